"""Badges over HTTP: how one looks, and printing it, which is recorded."""

from __future__ import annotations

import time
from typing import Annotated

from flask import Response, request
from msgspec import Meta, Struct
from msgspec.json import Decoder

from gatekeeper.db.audit import ORIGIN
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_lists import holder_of_pass
from gatekeeper.db.prints import print_facts
from gatekeeper.office.badge_values import Form
from gatekeeper.office.print_site import preview
from gatekeeper.office.print_spool import new_batch
from gatekeeper.office.printing import PrintOrder, make
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import parse
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.desks.prints import site_and_photos
from gatekeeper.web.problems import refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services


class BadgeBody(Struct):
    """How a badge is printed; a reason is due where it was printed before."""

    form: Form = Form.CARDS
    lying: bool = False
    reason: Annotated[str, Meta(max_length=500)] = ""


_body = Decoder(BadgeBody)


@api.get("/passes/<pass_id>/badge.pdf")
@describe(
    None,
    media="application/pdf",
    parameters=(query("lying", "string", "1: the badge lies instead of standing upright"),),
    problems=(404, 422, 503),
)
def badge_specimen(pass_id: str) -> Response:
    """Both faces of a pass's badge, marked as a specimen; no print is recorded.

    That a VIP's, or that of somebody watched for, was looked at is recorded.
    """
    site, photos = site_and_photos()
    lying = request.args.get("lying") == "1"
    with looking() as session:
        _known(session, pass_id)
        person, vehicle = holder_of_pass(session, pass_id)
    note_reading(person, vehicle, through=f"badge of {pass_id}")
    with looking() as session:
        pdf = preview(session, [pass_id], site, photos, lying=lying, made_at=time.time())
    return _pdf(pdf)


@api.post("/passes/<pass_id>/badge.pdf")
@describe(None, media="application/pdf", body=BadgeBody, problems=(400, 404, 422, 503))
def badge_print(pass_id: str) -> Response:
    """Print a pass's badge: the document (of form `file` a ZIP), recorded as a print."""
    body = parse(_body)
    with looking() as session:
        _known(session, pass_id)
    site, photos = site_and_photos()
    order = PrintOrder(
        batch=new_batch(),
        pass_ids=(pass_id,),
        form=body.form,
        lying=body.lying,
        reason=body.reason,
        actor=actor(),
        origin=ORIGIN.get(),
        at=time.time(),
    )
    return _pdf(make(services().store.database, order, site, photos))


def _known(session: Session, pass_id: str) -> None:
    if "\0" in pass_id or not print_facts(session, [pass_id]):
        refuse("not_found", f"pass {pass_id[:20]!r} does not exist or is a guest's")


def _pdf(content: bytes) -> Response:
    kind = "application/pdf" if content.startswith(b"%PDF") else "application/zip"
    answer = Response(content, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    return answer
