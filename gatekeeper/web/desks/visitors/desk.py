"""The desk's one screen: exchange, return, what a tapped card is, the identity card's reading."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from flask import Response, redirect, render_template, request, url_for
from msgspec.json import Decoder
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import visitor_cards as cards
from gatekeeper.db import visits as rows
from gatekeeper.db.engine import Session
from gatekeeper.db.visits import VisitInfo
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind, VisitState
from gatekeeper.office import visits
from gatekeeper.office.holders import find_by_document
from gatekeeper.office.visit_values import Halted, Returned
from gatekeeper.office.visitor_cards import card_meant
from gatekeeper.office.visits_expected import add_members, names_of_lines
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import answer, parse
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.visitors import visitors
from gatekeeper.web.desks.visitors.forms import ExchangeForm
from gatekeeper.web.desks.visitors.lists import lists_of
from gatekeeper.web.desks.visitors.site import desk_here, rules
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__: list[str] = []

ID_CARD_WAIT_S = 4.0
"""For a card to be put in after the key was pressed."""


class TapBody(msgspec.Struct):
    """What was tapped or typed."""

    card: str


class DocumentBody(msgspec.Struct):
    """A document whose owner may have been here before."""

    kind: DocumentKind
    number: str


_tap, _document = Decoder(TapBody), Decoder(DocumentBody)


@visitors.get("/desk/visitors")
def desk() -> str:
    """The screen; `?done=ID` shows what was just done, `?expected=ID` fills the form."""
    with looking() as session:
        chosen = _chosen(session, "expected")
        form = ExchangeForm(formdata=None, **(_filled(chosen) if chosen else {}))
        return _page(session, form, chosen=chosen)


@visitors.post("/desk/visitors")
def exchange() -> AnyResponse | str:
    """A document in, a card out; or the form again with what is wrong."""
    form, halted = ExchangeForm(), None
    if form.validate():
        try:
            with acting() as session:
                made = _exchange(session, form)
            if isinstance(made, VisitInfo):
                return redirect(_done(made.id, "opened"))
            halted = made
        except UserError as error:
            form.blame(error)
    with looking() as session:
        chosen = halted.visit if halted else _chosen(session, "expected")
        return _page(session, form, chosen=chosen, halted=halted)


def _exchange(session: Session, form: ExchangeForm) -> VisitInfo | Halted:
    """The opened visit, or what halts it; a group's members are entered with their leader."""
    now = time.time()
    told = form.first_name.data or form.document_number.data
    made = visits.exchange(
        session,
        rules(),
        form.card.data or "",
        visitor=form.visitor() if told else None,
        errand=form.errand(),
        slot=form.slot.data or "",
        expected_id=form.expected.data,
        leader_id=form.leader.data,
        actor=actor(),
        now=now,
    )
    if isinstance(made, Halted):
        return made
    if names := names_of_lines(form.members.data or ""):
        add_members(session, rules(), made.visit.id, names, actor=actor(), now=now)
    return made.visit


@visitors.post("/desk/visitors/return")
def take_back() -> AnyResponse | str:
    """The card that was tapped or typed is back."""
    card = request.form.get("card", "")
    try:
        with acting() as session:
            back = visits.give_back(session, card, actor=actor(), now=time.time())
    except UserError as error:
        with looking() as session:
            form = ExchangeForm(formdata=None)
            return _page(session, form, return_fault=in_words(error), returned_card=card)
    return redirect(_done_back(back))


@visitors.post("/desk/visitors/tap")
def tap() -> Response:
    """What a card is: free (to lend), lent (to take back), lost, retired; or why unknown."""
    with looking() as session:
        try:
            card = card_meant(session, parse(_tap).card)
        except UserError as error:
            return answer({"state": "unknown", "message": in_words(error)})
        return answer({"state": card.state.value, "number": card.number})


@visitors.post("/desk/visitors/id-card")
def id_card() -> Response:
    """Number and names of the identity card in this desk's reader; or why not, in words."""
    here = desk_here()
    if here is None:
        refuse("not_found", "no desk is defined in the settings")
    found = services().link.read_id_card(here.id, ID_CARD_WAIT_S)
    if found.card is None:
        said = found.th if language() == "th" else found.en
        return answer({"result": "by_hand", "reason": found.reason, "message": said})
    card = found.card
    return answer({"result": "read", **msgspec.structs.asdict(card)} | _known(card.number))


@visitors.post("/desk/visitors/known")
def known() -> Response:
    """What is on record of a visitor who has been here before, by their document."""
    body = parse(_document)
    with looking() as session:
        try:
            person = find_by_document(session, services().vault, body.kind, body.number)
        except UserError as error:
            return answer({"known": False, "message": in_words(error)})
        return answer(_last_time(session, person))


def _known(number: str) -> dict[str, Any]:
    with looking() as session:
        person = find_by_document(session, services().vault, DocumentKind.NATIONAL_ID, number)
        return _last_time(session, person)


def _last_time(session: Session, person_id: int | None) -> dict[str, Any]:
    last = None if person_id is None else rows.latest_visit_of_person(session, person_id)
    if last is None:
        return {"known": False}
    told = {name: getattr(last, name) for name in ("name", "organisation", "phone")}
    told |= {name: getattr(last, name) for name in ("host_name", "host_unit", "place")}
    return {"known": True, "last": told}


def _page(
    session: Session,
    form: ExchangeForm,
    *,
    chosen: VisitInfo | None = None,
    halted: Halted | None = None,
    **more: Any,
) -> str:
    here = desk_here()
    free = (str(n) for n in range(1, rules().slots + 1))
    taken = rows.kept_slots(session)
    now = time.time()
    return render_template(
        "desks/visitors/desk.html",
        form=form,
        chosen=chosen,
        halted=halted,
        result=_result(session),
        next_slot=next((slot for slot in free if slot not in taken), ""),
        desk=here,
        tap_reader=here is not None
        and any(reader.desk == here.id for reader in services().config.readers),
        desks=services().config.desks,
        hosts=rows.recent_hosts(session),
        card_counts=cards.count_cards(session),
        **lists_of(session, now),
        **more,
    )


def _chosen(session: Session, name: str) -> VisitInfo | None:
    text = request.values.get(name, "")
    found = rows.visit_by_id(session, int(text)) if text.isdigit() and len(text) < 18 else None
    return found if found and found.state is VisitState.EXPECTED else None


def _filled(visit: VisitInfo) -> dict[str, Any]:
    """The form as it is known already of an expected visitor."""
    names = ("organisation", "phone", "host_name", "host_unit", "host_phone", "place", "plate")
    known = {name: getattr(visit, name) for name in names}
    kind = visit.document_kind or DocumentKind.NATIONAL_ID
    return known | {
        "expected": visit.id,
        "first_name": visit.name,
        "purpose": visit.purpose.value,
        "document_kind": kind.value,
        "note": visit.note,
    }


def _result(session: Session) -> dict[str, Any] | None:
    """What was just done, large: where the document goes or lies."""
    text, was = request.args.get("done", ""), request.args.get("was", "")
    if not (text.isdigit() and len(text) < 18) or was not in _WAS:
        return None
    visit = rows.visit_by_id(session, int(text))
    if visit is None:
        return None
    group = rows.group_of(session, visit.leader_id or visit.id)
    waiting = [each for each in group if each.state is VisitState.EXPECTED]
    out = [each for each in group if each.state is VisitState.OPEN]
    slot = request.args.get("slot", "")
    return {
        "visit": visit,
        "was": was,
        "slot": visit.document_slot if was == "opened" else slot[:8],
        "still_out": len(out) if was != "opened" and not slot else 0,
        "waiting": waiting if was == "opened" else [],
    }


_WAS = frozenset({"opened", "returned", "lost", "found"})


def _done(visit_id: int, was: str, slot: str | None = None) -> str:
    desk_id = request.values.get("desk") or None
    return url_for("visitors.desk", done=visit_id, was=was, slot=slot or None, desk=desk_id)


def _done_back(back: Returned) -> str:
    return _done(back.visit.id, "found" if back.was_lost else "returned", back.slot)
