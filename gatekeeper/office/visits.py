"""The card exchange: a document comes in and a card goes out, and the other way round.

Functions on a session, each one transaction of the caller's; who acts and when is passed in. A
card is with one visitor, a slot holds one document, whoever else sits at another desk. What a
card opens follows at every gate by the change sequence; a returned one opens nothing from the
moment of the commit.
"""

from __future__ import annotations

from typing import Any

from gatekeeper.db import visitor_cards as cards
from gatekeeper.db import visits as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.visitor_cards import CardInfo, CardState
from gatekeeper.db.visits import VisitInfo
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import VisitState
from gatekeeper.office import visit_people as people
from gatekeeper.office.passes import lend_visitor_pass, return_visitor_pass
from gatekeeper.office.visit_values import (
    Errand,
    Halted,
    Opened,
    Returned,
    Rules,
    Visitor,
    closing_after,
)
from gatekeeper.office.visitor_cards import card_meant

__all__ = ["exchange", "give_back", "give_back_group"]


def exchange(
    session: Session,
    rules: Rules,
    card: str,
    *,
    visitor: Visitor | None = None,
    errand: Errand | None = None,
    slot: str = "",
    expected_id: int | None = None,
    leader_id: int | None = None,
    actor: str,
    now: float,
) -> Opened | Halted:
    """Lend the card that was tapped or typed; or stop where the watchlist says so.

    `visitor`, `errand`: None where the expected visit has them. `slot` empty: the lowest free
    one. Raises UserError naming the field (`card`, `slot`, `document_number`, …); Halted is to
    be committed: what was met stays on record.
    """
    lent = _free_card(session, card)
    draft = people.prepare(
        session, rules, visitor, errand, expected_id, leader_id, actor=actor, now=now
    )
    found = people.consult_for(session, draft, lent.credential, actor=actor, now=now)
    if not found.clear:
        record_act(session, actor, "visit.halt", f"visit:{draft.id}")
        return Halted(_one(session, draft.id), found)
    due = closing_after(rules, now)
    pass_id = lend_visitor_pass(
        session,
        draft.person_id,
        lent.credential,
        valid_until=due,
        gates=rules.gates or None,
        actor=actor,
        now=now,
    )
    rows.update_visit(
        session,
        draft.id,
        state=VisitState.OPEN.value,
        pass_id=pass_id,
        card_number=lent.number,
        opened_at=now,
        opened_by=actor,
        due_at=due,
    )
    cards.set_card(session, lent.number, CardState.LENT)
    chosen = _take_slot(session, rules, draft, slot) if draft.document_kind else None
    _told(session, actor, "visit.open", draft.id, after={"card": lent.number, "slot": chosen})
    return Opened(_one(session, draft.id), chosen)


def give_back(session: Session, card: str, *, actor: str, now: float) -> Returned:
    """The card that was tapped or typed is back; it opens nothing from now on.

    Raises UserError (field `card`) for one that is with nobody.
    """
    known = card_meant(session, card)
    known = cards.card_by_number(session, known.number, lock=True) or known
    if known.state is CardState.LOST:
        return _lost_one_back(session, known, actor, now)
    visit = rows.open_visit_of_card(session, known.number)
    if visit is None:
        raise UserError(
            f"card {known.number} is with nobody ({known.state.value})",
            f"บัตร {known.number} ไม่ได้อยู่กับผู้ใด{_SINCE[known.state]}",
            field="card",
        )
    return _close(session, visit, actor, now)


def give_back_group(session: Session, leader_id: int, *, actor: str, now: float) -> list[Returned]:
    """Every card of a group is back. Raises UserError where none of it is out."""
    out = [each for each in rows.group_of(session, leader_id) if each.state is VisitState.OPEN]
    if not out:
        raise UserError("no card of this group is out", "กลุ่มนี้ไม่มีบัตรค้างอยู่")
    # The leader last: the document that all of them rely on is then given back once.
    out.sort(key=lambda each: each.id == leader_id)
    return [_close(session, each, actor, now) for each in out]


_SINCE = {
    CardState.FREE: " (อยู่ที่จุดแลกบัตรแล้ว)",
    CardState.LENT: "",
    CardState.LOST: " (แจ้งหายแล้ว)",
    CardState.RETIRED: " (เลิกใช้แล้ว)",
}


def _free_card(session: Session, text: str) -> CardInfo:
    """The card, locked against another desk. Raises UserError where it cannot be lent."""
    meant = card_meant(session, text)
    card = cards.card_by_number(session, meant.number, lock=True) or meant
    if card.state is CardState.FREE:
        return card
    if card.state is CardState.LENT and card.visit_id is not None:
        visit = _one(session, card.visit_id)
        raise UserError(
            f"card {card.number} is with {visit.name}; take another one, or take it back first",
            f"บัตร {card.number} อยู่กับ {visit.name} โปรดใช้บัตรอื่น หรือรับคืนก่อน",
            field="card",
        )
    raise UserError(
        f"card {card.number} is {card.state.value}; take another one",
        f"บัตร {card.number} ใช้ไม่ได้{_SINCE[card.state]} โปรดใช้บัตรอื่น",
        field="card",
    )


def _take_slot(session: Session, rules: Rules, visit: VisitInfo, wanted: str) -> str:
    """Where the document goes. Raises UserError (field `slot`) where there is no room."""
    every = [str(number) for number in range(1, rules.slots + 1)]
    wanted = people.plain_digits(wanted)
    if wanted and wanted not in every:
        raise UserError(
            f"slot {wanted[:12]!r} seen; 1 to {rules.slots} are there",
            f"ไม่มีช่อง “{wanted[:12]}” มีช่อง 1 ถึง {rules.slots}",
            field="slot",
        )
    taken = rows.claim_slot(session, visit.id, [wanted] if wanted else every)
    if taken is not None:
        return taken
    if wanted:
        raise UserError(
            f"slot {wanted} holds another document",
            f"ช่อง {wanted} มีเอกสารของผู้อื่นอยู่ โปรดใช้ช่องอื่น",
            field="slot",
        )
    raise UserError("every slot is taken", "ช่องเก็บเอกสารเต็มทุกช่อง", field="slot")


def _close(session: Session, visit: VisitInfo, actor: str, now: float) -> Returned:
    return_visitor_pass(session, visit.pass_id or "", actor=actor, now=now)
    values = {"state": VisitState.CLOSED.value, "closed_at": now, "closed_by": actor}
    rows.update_visit(session, visit.id, **values)
    cards.set_card(session, visit.card_number or "", CardState.FREE)
    slot, still_out = document_due(session, visit, now)
    _told(session, actor, "visit.close", visit.id, after={"card": visit.card_number, "slot": slot})
    return Returned(_one(session, visit.id), slot, still_out)


def document_due(session: Session, visit: VisitInfo, now: float) -> tuple[str | None, int]:
    """The slot of the document that is to be given back now, and cards that it still waits for.

    A group's document is the leader's, and waits for every member who handed in none.
    """
    group = rows.group_of(session, visit.leader_id or visit.id)
    mine = next(each for each in group if each.id == visit.id)
    owner = mine if mine.document_slot is not None else group[0]
    if not owner.document_kept:
        return None, 0
    relying = [each for each in group if each.id == owner.id or each.document_slot is None]
    if owner.leader_id is not None:
        relying = [owner]
    still_out = sum(each.state is VisitState.OPEN for each in relying)
    if still_out:
        return None, still_out
    rows.update_visit(session, owner.id, document_returned_at=now)
    return owner.document_slot, 0


def _lost_one_back(session: Session, card: CardInfo, actor: str, now: float) -> Returned:
    """A card that was reported lost lies on the desk: the document goes back, the card away."""
    visit = rows.latest_visit_of_card(
        session, card.number, cards.last_pass(session, card.credential)
    )
    if visit is None:
        raise UserError(
            f"card {card.number} was reported lost",
            f"บัตร {card.number} แจ้งหายแล้ว",
            field="card",
        )
    cards.set_card(session, card.number, CardState.RETIRED)
    slot, still_out = document_due(session, visit, now)
    _told(session, actor, "visit.found", visit.id, after={"card": card.number, "slot": slot})
    return Returned(_one(session, visit.id), slot, still_out, was_lost=True)


def _told(session: Session, actor: str, action: str, visit_id: int, *, after: Any = None) -> None:
    record_act(session, actor, action, f"visit:{visit_id}", after=after)


def _one(session: Session, visit_id: int) -> VisitInfo:
    found = rows.visit_by_id(session, visit_id)
    if found is None:
        raise UserError(f"visit {visit_id} does not exist", "ไม่พบรายการนี้")
    return found
