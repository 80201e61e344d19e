"""Binding tags: on the page of a pass, and many in a row without touching the mouse.

What the desk's reader reads comes over the live feed (gatekeeper.web.desk_taps); what is typed or
scanned into the page comes here the same way. No gate decides anything on these reads.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gatekeeper.db.engine import Session
from gatekeeper.errors import CredentialError, UserError
from gatekeeper.office import enrolment
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import answer, parse_bytes, whole_body
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.passes import desk_choices, line_json, one_page, passes
from gatekeeper.web.tags import tag_json
from gatekeeper.web.texts import language

__all__: list[str] = []


class BindBody(msgspec.Struct):
    """A tag as it was read, scanned or typed."""

    credential: str


_body = msgspec.json.Decoder(BindBody)


@passes.post("/passes/<pass_id>/bind")
def bind(pass_id: str) -> Response | tuple[str, int]:
    """Bind a tag to one pass, from its page."""
    try:
        with acting() as session:
            enrolment.bind(session, pass_id, _typed(request.form), actor=actor(), now=time.time())
    except (UserError, CredentialError) as error:
        return one_page(pass_id, _in_both(error)), 422
    return redirect(url_for("passes.one", pass_id=pass_id, done="bind"))


@passes.get("/passes/enrol")
def enrol() -> str:
    """The next made pass without a tag; tap, and the next one comes."""
    with looking() as session:
        queue = _queue(session, request.args.get("after", ""))
    return render_template(
        "desks/passes/enrol.html",
        page={
            "queue": queue,
            "desks": desk_choices(),
            "lang": language(),
            "urls": {"bind": "/ui/passes/{id}/bind", "next": "/ui/passes/next"},
        },
        queue=queue,
    )


@passes.get("/ui/passes/next")
def ui_next() -> Response:
    """What is to be bound next, behind `?after=PASS`."""
    with looking() as session:
        return answer(_queue(session, request.args.get("after", "")))


@passes.post("/ui/passes/<pass_id>/bind")
def ui_bind(pass_id: str) -> Response:
    """Bind a tag, and say what comes next."""
    body = parse_bytes(_body, whole_body())
    with acting() as session:
        tag = enrolment.bind(session, pass_id, body.credential, actor=actor(), now=time.time())
        queue = _queue(session, pass_id)
    return answer({"tag": tag_json(tag), "queue": queue})


def _queue(session: Session, after: str) -> dict[str, Any]:
    count, line = enrolment.next_to_bind(session, after)
    if line is None:
        return {"count": count, "pass": None}
    shown = line_json(line)
    return {
        "count": count,
        "pass": {
            "id": line.id,
            "number": line.number,
            "name": line.name,
            "detail": " · ".join(part for part in (line.detail, line.organisation) if part),
            "class": shown["class_name"],
            "url": shown["url"],
        },
    }


def _typed(form: Any) -> str:
    return str(form.get("credential", ""))[:600]


def _in_both(error: UserError | CredentialError) -> UserError:
    if isinstance(error, UserError):
        return error
    return UserError(str(error), "อ่านหมายเลขนี้ไม่ได้ กรุณาแตะหรือพิมพ์ใหม่", field="credential")
