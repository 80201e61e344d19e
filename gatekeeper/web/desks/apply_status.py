"""How a request stands, for whoever has its reference and its secret: look, answer, withdraw.

A wrong reference and a wrong secret get the same answer. What was right once is remembered in the
browser's session for half an hour.
"""

from __future__ import annotations

import time

from flask import Flask, redirect, render_template, request, session, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField, TextAreaField

from gatekeeper.db import requests as rows
from gatekeeper.db.requests import Request
from gatekeeper.errors import UserError
from gatekeeper.office import documents
from gatekeeper.office import requests as office
from gatekeeper.office.request_intake import FileDraft, find
from gatekeeper.web import security
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.apply import apply
from gatekeeper.web.desks.apply_fields import w
from gatekeeper.web.desks.apply_plan import form_name
from gatekeeper.web.forms import Due, Length, OfficeForm, say
from gatekeeper.web.services import services

__all__ = ["limit", "status"]

_SEEN = "apply_status"
_MINUTES = 30
_FILES = ("file_1", "file_2")
_RATES = {
    # posts of one address; an office sends from one address for many
    "apply.start": "20 per hour",
    "apply.step": "20 per minute; 300 per hour",
    "apply.check": "10 per minute; 60 per hour",
    "apply.team": "10 per minute; 60 per hour",
    "apply.team_member": "30 per minute; 300 per hour",
    "apply.team_photo": "20 per minute; 200 per hour",
    "apply.answer": "5 per minute; 30 per hour",
}


class StatusForm(OfficeForm):
    """Reference and secret."""

    reference = StringField(
        w("เลขที่อ้างอิง", "Reference"), validators=[Due("เลขที่อ้างอิง", "the reference"), Length(40)]
    )
    secret = StringField(w("รหัสลับ", "Secret"), validators=[Due("รหัสลับ", "the secret"), Length(40)])


class AnswerForm(OfficeForm):
    """What was asked for."""

    text = TextAreaField(w("คำตอบ", "Answer"), validators=[Length(2000)])
    file_1 = FileField(w("แนบไฟล์", "A file"))
    file_2 = FileField(w("แนบไฟล์อีกหนึ่งไฟล์", "Another file"))


@apply.route("/status", methods=["GET", "POST"])
def status() -> AnyResponse | str:
    """Asks for reference and secret."""
    form = StatusForm()
    if form.validate_on_submit():
        with looking() as database:
            found = find(database, form.reference.data or "", form.secret.data or "")
        if found is not None:
            session[_SEEN] = {"id": found.id, "until": time.time() + _MINUTES * 60}
            return redirect(url_for("apply.view"))
        form.general.append(
            say(
                "เลขที่อ้างอิงหรือรหัสลับไม่ถูกต้อง โปรดตรวจทั้งสองช่องแล้วลองอีกครั้ง",
                "The reference or the secret is wrong. Check both and try again.",
            )
        )
    text = render_template("desks/apply/status.html", form=form, limited=False)
    return AnyResponse(text, 422, content_type="text/html") if list(form.faults()) else text


def limit(app: Flask) -> None:
    """Hold the public routes to their rates; guessing also by the reference that is tried."""
    security.limit_posts(app, _RATES)
    security.limit_posts(app, {"apply.status": "10 per minute; 60 per hour"}, on_breach=_too_many)
    security.limit_posts(
        app, {"apply.status": "20 per hour"}, key=_tried_reference, on_breach=_too_many
    )


def _tried_reference() -> str:
    return "".join(filter(str.isalnum, request.form.get("reference", "")))[:40].upper()


def _too_many(_limit: object) -> AnyResponse:
    """The form again, after too many tries."""
    text = render_template("desks/apply/status.html", form=StatusForm(), limited=True)
    return AnyResponse(text, 429, content_type="text/html")


@apply.get("/status/view")
def view() -> AnyResponse | str:
    """The state, what was said, what is asked."""
    return _page(AnswerForm())


@apply.post("/status/answer")
def answer() -> AnyResponse | str:
    """Send what was asked for."""
    found, form = _seen(), AnswerForm()
    if found is None:
        return redirect(url_for("apply.status"))
    if form.validate_on_submit():
        try:
            files = tuple(_stored())
            with acting() as database:
                office.answer(database, found.id, form.text.data or "", files, now=time.time())
            return redirect(url_for("apply.view"))
        except UserError as error:
            form.blame(error)
    return _page(form)


@apply.post("/status/withdraw")
def withdraw() -> AnyResponse | str:
    """Want it no more; asked twice (the first page only asks)."""
    found, form = _seen(), AnswerForm()
    if found is None:
        return redirect(url_for("apply.status"))
    if request.form.get("sure") != "yes":
        return render_template("desks/apply/withdraw.html", found=found)
    try:
        with acting() as database:
            office.withdraw(database, found.id, now=time.time())
    except UserError as error:
        form.blame(error)
        return _page(form)
    return redirect(url_for("apply.view"))


@apply.post("/status/leave")
def leave() -> AnyResponse:
    """Forget in this browser what was looked at."""
    session.pop(_SEEN, None)
    return redirect(url_for("apply.index"))


def _seen() -> Request | None:
    """The request that this browser may see, while its half hour lasts."""
    known = session.get(_SEEN) or {}
    if known.get("until", 0) < time.time():
        return None
    with looking() as database:
        found = rows.request_by_id(database, int(known["id"]))
    return found if found is not None and found.erased_at is None else None


def _page(form: AnswerForm) -> AnyResponse | str:
    found = _seen()
    if found is None:
        return redirect(url_for("apply.status"))
    with looking() as database:
        values = {
            "members": rows.members_of(database, found.id),
            "files": rows.files_of(database, found.id),
            "notes": rows.notes_of(database, found.id),
            "passes": rows.passes_of_members(database, found.id),
        }
    text = render_template(
        "desks/apply/view.html", form=form, found=found, form_name=form_name(found.form), **values
    )
    return AnyResponse(text, 422, content_type="text/html") if list(form.faults()) else text


def _stored() -> list[FileDraft]:
    """The files of an answer, stored. Raises UserError."""
    found = []
    for name in _FILES:
        sent = request.files.get(name)
        if sent is not None and sent.filename:
            root = services().config.data / documents.FOLDER
            stored = documents.store_document(root, sent.read(), field=name)
            found.append(FileDraft("answer", stored, sent.filename))
    return found
