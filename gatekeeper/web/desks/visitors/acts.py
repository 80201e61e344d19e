"""What is done with a visit from the lists: back, lost, an hour more, called, not coming."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db.engine import Session
from gatekeeper.errors import UserError
from gatekeeper.office import visits, visits_open
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.forms import LostForm
from gatekeeper.web.desks.visitors.lists import visit_or_404, visit_page
from gatekeeper.web.forms import say
from gatekeeper.web.problems import in_words

__all__: list[str] = []


@visitors.post("/desk/visitors/<int:visit_id>/return")
def back(visit_id: int) -> AnyResponse:
    """The card is back, said from the list; with `group=1` those of the whole group."""

    def act(session: Session) -> str:
        visit = visit_or_404(session, visit_id)
        if request.form.get("group") == "1":
            leader = visit.leader_id or visit.id
            told = visits.give_back_group(session, leader, actor=actor(), now=time.time())
            last = told[-1]
        else:
            if visit.card_number is None:
                raise UserError("no card was lent for this visit", "รายการนี้ไม่ได้แลกบัตร")
            last = visits.give_back(session, visit.card_number, actor=actor(), now=time.time())
        return _desk(done=last.visit.id, was="returned", slot=last.slot)

    return _done(act, visit_id)


@visitors.post("/desk/visitors/<int:visit_id>/lost")
def lost(visit_id: int) -> AnyResponse | str:
    """The card did not come back and is reported lost."""
    form = LostForm()
    if form.validate():
        try:
            with acting() as session:
                slot = visits_open.lose(
                    session,
                    visit_id,
                    document_back=form.document_back.data == "yes",
                    actor=actor(),
                    now=time.time(),
                    note=form.note.data or "",
                )
            return redirect(_desk(done=visit_id, was="lost", slot=slot))
        except UserError as error:
            form.blame(error)
    with looking() as session:
        return visit_page(session, visit_or_404(session, visit_id), form)


@visitors.post("/desk/visitors/<int:visit_id>/extend")
def extend(visit_id: int) -> AnyResponse:
    """An hour more."""

    def act(session: Session) -> str:
        visits_open.extend(session, visit_id, actor=actor(), now=time.time())
        flash(say("ขยายเวลาให้อีก 1 ชั่วโมงแล้ว", "One hour more was given"))
        return _desk()

    return _done(act, visit_id)


@visitors.post("/desk/visitors/<int:visit_id>/call")
def call(visit_id: int) -> AnyResponse:
    """Somebody was called about the card."""

    def act(session: Session) -> str:
        visits_open.called(session, visit_id, actor=actor(), now=time.time())
        flash(say("บันทึกว่าติดต่อแล้ว", "Recorded: called"))
        return _desk()

    return _done(act, visit_id)


@visitors.post("/desk/visitors/<int:visit_id>/document")
def document(visit_id: int) -> AnyResponse:
    """The document of a visit whose card was lost goes back after all."""

    def act(session: Session) -> str:
        slot = visits_open.hand_back(session, visit_id, actor=actor(), now=time.time())
        return _desk(done=visit_id, was="lost", slot=slot)

    return _done(act, visit_id)


@visitors.post("/desk/visitors/<int:visit_id>/cancel")
def cancel(visit_id: int) -> AnyResponse:
    """An expected visitor does not come."""

    def act(session: Session) -> str:
        visits_open.cancel(session, visit_id, actor=actor(), now=time.time())
        flash(say("ยกเลิกรายการแล้ว", "Cancelled"))
        return url_for("visitors.expected") if request.form.get("from") == "expected" else _desk()

    return _done(act, visit_id)


def _done(act: Callable[[Session], str], visit_id: int) -> AnyResponse:
    """Do it and lead on; what cannot be is told on the visit's page."""
    try:
        with acting() as session:
            target = act(session)
    except UserError as error:
        flash(in_words(error), "fault")
        target = url_for("visitors.visit", visit_id=visit_id)
    return redirect(target)


def _desk(**about: Any) -> str:
    desk = request.values.get("desk") or None
    return url_for("visitors.desk", desk=desk, **about)
