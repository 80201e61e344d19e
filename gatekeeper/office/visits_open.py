"""What is done with a visit beside the exchange: lost, extended, called about, cancelled.

Functions on a session, each one transaction of the caller's, each recorded with who did it.
"""

from __future__ import annotations

from gatekeeper.db import visitor_cards as cards
from gatekeeper.db import visits as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.passes import set_pass_validity
from gatekeeper.db.visitor_cards import CardState
from gatekeeper.db.visits import VisitInfo
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Act, VisitState
from gatekeeper.office.passes import step
from gatekeeper.office.visits import document_due

__all__ = ["EXTEND_S", "called", "cancel", "extend", "hand_back", "lose"]

EXTEND_S = 3600.0


def lose(
    session: Session,
    visit_id: int,
    *,
    document_back: bool,
    actor: str,
    now: float,
    note: str,
) -> str | None:
    """The card did not come back: it opens nothing any more and is never lent again.

    `document_back`: the visitor is here and gets the document; the slot that it lies in is
    given, if no other card of the group waits for it. Raises UserError.
    """
    visit = _in(session, visit_id, VisitState.OPEN)
    reason = note.strip() or "visitor card lost"
    step(session, visit.pass_id or "", Act.REPORT_LOST, actor=actor, now=now, reason=reason)
    cards.set_card(session, visit.card_number or "", CardState.LOST, reason)
    rows.update_visit(
        session, visit.id, state=VisitState.LOST.value, closed_at=now, closed_by=actor, note=reason
    )
    slot = document_due(session, visit, now)[0] if document_back else None
    after = {"card": visit.card_number, "slot": slot}
    record_act(session, actor, "visit.lost", f"visit:{visit.id}", reason, after=after)
    return slot


def hand_back(session: Session, visit_id: int, *, actor: str, now: float) -> str:
    """The document of a visit whose card was lost is given back after all; its slot."""
    visit = _in(session, visit_id, VisitState.LOST)
    slot, still_out = document_due(session, visit, now)
    if slot is None:
        raise UserError(
            "no document of this visit is to be given back"
            + (f"; {still_out} cards of the group are out" if still_out else ""),
            "ไม่มีเอกสารที่ต้องคืน" + (f" กลุ่มนี้ยังค้างบัตร {still_out} ใบ" if still_out else ""),
        )
    record_act(session, actor, "visit.document", f"visit:{visit.id}", after={"slot": slot})
    return slot


def extend(session: Session, visit_id: int, *, actor: str, now: float) -> float:
    """An hour more, from the end or from now, whichever is later; the new end."""
    visit = _in(session, visit_id, VisitState.OPEN)
    before = visit.due_at or now
    due = max(before, now) + EXTEND_S
    set_pass_validity(session, visit.pass_id or "", visit.opened_at, due, actor)
    rows.update_visit(session, visit.id, due_at=due)
    record_act(
        session,
        actor,
        "visit.extend",
        f"visit:{visit.id}",
        before={"due_at": before},
        after={"due_at": due},
    )
    return due


def called(session: Session, visit_id: int, *, actor: str, now: float) -> None:
    """Somebody was called about a card that did not come back."""
    visit = _in(session, visit_id, VisitState.OPEN)
    rows.update_visit(session, visit.id, called_at=now, called_by=actor)
    record_act(session, actor, "visit.call", f"visit:{visit.id}")


def cancel(session: Session, visit_id: int, *, actor: str, now: float, note: str = "") -> None:
    """An expected visitor does not come; with the leader the whole group does not."""
    visit = _in(session, visit_id, VisitState.EXPECTED)
    whole = rows.group_of(session, visit.id) if visit.leader_id is None else [visit]
    for each in whole:
        if each.state is VisitState.EXPECTED:
            values = {"state": VisitState.CANCELLED.value, "closed_at": now, "closed_by": actor}
            rows.update_visit(session, each.id, **values)
            record_act(session, actor, "visit.cancel", f"visit:{each.id}", note)


def _in(session: Session, visit_id: int, state: VisitState) -> VisitInfo:
    """The visit, locked. Raises UserError where it is not in `state`."""
    found = rows.visit_by_id(session, visit_id, lock=True)
    if found is None:
        raise UserError(f"visit {visit_id} does not exist", "ไม่พบรายการนี้")
    if found.state is not state:
        raise UserError(
            f"the visit is {found.state.value} by now; look at the list again",
            f"รายการนี้{_NOW[found.state]}แล้ว โปรดดูรายการใหม่",
        )
    return found


_NOW = {
    VisitState.EXPECTED: "ยังไม่ได้แลกบัตร",
    VisitState.OPEN: "แลกบัตร",
    VisitState.CLOSED: "คืนบัตร",
    VisitState.LOST: "แจ้งบัตรหาย",
    VisitState.CANCELLED: "ยกเลิก",
}
