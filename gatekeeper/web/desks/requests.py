"""The officers' queue of requests from outside: look, check, ask, refuse, approve.

Parse, call gatekeeper.office.requests, answer. Documents go out as attachments only.
"""

from __future__ import annotations

import time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField, TextAreaField

from gatekeeper.db import requests as rows
from gatekeeper.db.audit import record_act
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import ApplicationState
from gatekeeper.office import documents, request_holders, request_view
from gatekeeper.office import requests as office
from gatekeeper.office.request_intake import FORMS
from gatekeeper.office.request_view import RequestView
from gatekeeper.office.watchlist import refuse_watched
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.apply_plan import form_name
from gatekeeper.web.forms import Length, OfficeForm
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = ["act_on", "requests_desk", "zone"]

requests_desk = Blueprint("requests", __name__, url_prefix="/requests")

_PAGE = 50
_ACTS = {"check", "ask", "refuse", "approve", "ready"}


class DecisionForm(OfficeForm):
    """What is asked, or why it is refused."""

    text = TextAreaField(validators=[Length(2000)])
    reason = StringField(validators=[Length(500)])


@requests_desk.get("")
def queue() -> str:
    """Requests, the oldest first, and how long they take."""
    state, form = request.args.get("state", ""), request.args.get("form", "")
    text = request.args.get("q", "").strip()[:100]
    offset = whole_number("offset", 0, 1_000_000)
    states = [ApplicationState(state)] if state in set(ApplicationState) else rows.OPEN
    now = time.time()
    with looking() as session:
        found, total = rows.queue(
            session, states=states, form=form if form in FORMS else "", text=text,
            limit=_PAGE, offset=offset,
        )  # fmt: skip
        times = request_view.times(session, now, zone())
        mail = request_view.letters_now(session, now)
    return render_template(
        "desks/requests/queue.html",
        found=found, total=total, offset=offset, limit=_PAGE, now=now, times=times, mail=mail,
        mail_used=services().config.mail.used, forms=[(each, form_name(each)) for each in FORMS],
        chosen={"state": state, "form": form, "q": text}, states=list(ApplicationState),
        url=lambda at: url_for("requests.queue", state=state, form=form, q=text, offset=at),
        page=_chart(times),
    )  # fmt: skip


@requests_desk.get("/<reference>")
def show(reference: str) -> AnyResponse | str:
    """One request, whole."""
    return _page(_found(reference), DecisionForm())


@requests_desk.post("/<reference>")
def decide(reference: str) -> AnyResponse | str:
    """Take it a step on."""
    found, form = _found(reference), DecisionForm()
    if form.validate_on_submit():
        try:
            act_on(
                found.request.id,
                request.form.get("act", ""),
                form.text.data or "",
                form.reason.data or "",
            )
            return redirect(url_for("requests.show", reference=reference))
        except UserError as error:
            form.blame(error)
    return _page(_found(reference), form)


@requests_desk.post("/<reference>/members/<int:member_id>")
def member(reference: str, member_id: int) -> AnyResponse | str:
    """Leave one out, take them in again, or say whether a known holder is meant."""
    found, form = _found(reference), DecisionForm()
    if form.validate_on_submit():
        try:
            with acting() as session:
                _act_on_member(session, found, member_id, form.reason.data or "")
            return redirect(f"{url_for('requests.show', reference=reference)}#member-{member_id}")
        except UserError as error:
            form.blame(error)
    return _page(_found(reference), form)


@requests_desk.get("/<reference>/files/<int:file_id>")
def document(reference: str, file_id: int) -> AnyResponse:
    """One document, to be saved and opened outside the browser."""
    found = _found(reference)
    with acting() as session:
        file = rows.file_by_id(session, found.request.id, file_id)
        if file is None:
            refuse("not_found")
        record_act(session, actor(), "request.document", f"request:{found.request.id}", file.kind)
    ending = file.key.rpartition(".")[2]
    response = send_from_directory(
        services().config.data / documents.FOLDER,
        file.key,
        mimetype=file.media_type,
        as_attachment=True,
        download_name=f"{reference}-{file.kind}-{file.id}.{ending}",
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def zone() -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(services().config.site.timezone)


def act_on(request_id: int, act: str, text: str, reason: str) -> list[str]:
    """Do `act` in the caller's name; the passes that came of it. Raises UserError.

    What the watchlist says is stored before the act that it may forbid.
    """
    if act not in _ACTS:
        raise UserError(f"act {act[:20]!r} seen; one of {', '.join(sorted(_ACTS))} is due")
    now, name = time.time(), actor()
    if act in ("check", "approve"):
        with acting() as session:
            told = office.consult(session, request_id, actor=name, now=now)
        refuse_watched(told)
    passes: list[str] = []
    with acting() as session:
        if act == "check":
            office.check(session, request_id, actor=name, now=now)
        elif act == "ask":
            office.ask(session, request_id, text, actor=name, now=now)
        elif act == "refuse":
            office.refuse(session, request_id, reason or text, actor=name, now=now)
        elif act == "ready":
            office.tell_ready(session, request_id, text, actor=name, now=now)
        else:
            vault = services().vault
            passes = office.approve(session, vault, request_id, actor=name, now=now, zone=zone())
    return passes


def _act_on_member(session: Any, found: RequestView, member_id: int, reason: str) -> None:
    act, now = request.form.get("act", ""), time.time()
    if act in ("in", "out"):
        office.decide_member(
            session, found.request.id, member_id, admit=act == "in", reason=reason,
            actor=actor(), now=now,
        )  # fmt: skip
        return
    one = next((each.member for each in found.members if each.member.id == member_id), None)
    if one is None or not found.request.is_open:
        raise UserError("nobody of an open request", "ไม่มีรายการนี้ในคำขอที่ยังดำเนินการอยู่")
    holder = request.form.get("holder", "")
    request_holders.link(
        session, one, int(holder) if holder.isdecimal() and len(holder) < 16 else None,
        actor=actor(), now=now, names=services().names,
    )  # fmt: skip


def _found(reference: str) -> RequestView:
    with acting() as session:
        found = request_view.view(session, reference, actor=actor(), names=services().names)
    if found is None:
        refuse("not_found")
    return found


def _page(found: RequestView, form: DecisionForm) -> AnyResponse | str:
    text = render_template(
        "desks/requests/show.html",
        view=found, form=form, now=time.time(), form_name=form_name(found.request.form),
        acts=request_view.acts_for(found.request, actor()),
    )  # fmt: skip
    return AnyResponse(text, 422, content_type="text/html") if list(form.faults()) else text


def _chart(times: Any) -> dict[str, Any]:
    """What the page's script draws."""
    weeks = [[week.monday, week.decided, week.median_hours] for week in times.weeks]
    return {"kind": "turnaround", "lang": language(), "weeks": weeks}
