"""Visitors announced by the unit they come to, alone or as a group with one leader.

Each is put before the watchlist at once; who is met is not expected quietly: the consultation
goes back to who announced, and the desk asks again at the exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gatekeeper.db import visits as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import VisitState
from gatekeeper.office.names import split_full_name
from gatekeeper.office.visit_people import consult_for, errand_values, store_person
from gatekeeper.office.visit_values import Errand, Rules, Visitor
from gatekeeper.office.watchlist import Consultation

__all__ = ["MOST_MEMBERS", "Announced", "add_members", "announce", "names_of_lines"]

MOST_MEMBERS = 100
_AHEAD_S = 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Announced:
    """The leader's (or only) visit, and what the watchlist says of each that it met."""

    visit_id: int
    members: tuple[int, ...]
    met: tuple[tuple[int, Consultation], ...] = ()
    """Visit and consultation, those that are clear left out."""


def announce(
    session: Session,
    rules: Rules,
    visitor: Visitor,
    errand: Errand,
    expected_at: float,
    members: Sequence[str] = (),
    *,
    actor: str,
    now: float,
) -> Announced:
    """Expect a visitor, and `members` (names) with them. Raises UserError naming a field."""
    if not now - 86400 <= expected_at <= now + _AHEAD_S:
        raise UserError(
            "a day from today to a year ahead is due",
            "วันที่ต้องเป็นวันนี้ หรือภายในหนึ่งปีข้างหน้า",
            field="day",
        )
    values = errand_values(errand)
    person = store_person(session, rules, visitor, None, actor=actor, now=now)
    visit_id = rows.insert_visit(
        session,
        **values,
        person_id=person,
        state=VisitState.EXPECTED.value,
        expected_at=expected_at,
        created_at=now,
        created_by=actor,
    )
    record_act(session, actor, "visit.expect", f"visit:{visit_id}", after={"person": person})
    met = _met(session, visit_id, actor, now)
    added, more = add_members(
        session, rules, visit_id, members, visitor.organisation, actor=actor, now=now
    )
    return Announced(visit_id, tuple(added), (*met, *more))


def add_members(
    session: Session,
    rules: Rules,
    leader_id: int,
    names: Sequence[str],
    organisation: str = "",
    *,
    actor: str,
    now: float,
) -> tuple[list[int], list[tuple[int, Consultation]]]:
    """More people of the leader's group, with the leader's errand; their visits, who was met."""
    if len(names) > MOST_MEMBERS:
        raise UserError(
            f"{len(names)} members seen; at most {MOST_MEMBERS} are due",
            f"มีผู้ร่วมคณะ {len(names)} คน ใส่ได้ไม่เกิน {MOST_MEMBERS} คน",
            field="members",
        )
    leader = rows.visit_by_id(session, leader_id)
    if leader is None or leader.leader_id is not None:
        raise UserError("this visit leads no group", "รายการนี้ไม่ใช่หัวหน้ากลุ่ม", field="leader_id")
    added: list[int] = []
    met: list[tuple[int, Consultation]] = []
    for name in names:
        visitor = replace(_named(name), organisation=organisation or leader.organisation)
        person = store_person(session, rules, visitor, None, actor=actor, now=now)
        visit_id = rows.insert_visit(
            session,
            person_id=person,
            leader_id=leader_id,
            state=VisitState.EXPECTED.value,
            purpose=leader.purpose.value,
            host_name=leader.host_name,
            host_unit=leader.host_unit,
            host_phone=leader.host_phone,
            place=leader.place,
            expected_at=leader.expected_at or now,
            created_at=now,
            created_by=actor,
        )
        record_act(session, actor, "visit.expect", f"visit:{visit_id}", after={"person": person})
        added.append(visit_id)
        met += _met(session, visit_id, actor, now)
    return added, met


def names_of_lines(text: str) -> list[str]:
    """Names, one a line; numbers in front (`1. `) and empty lines go."""
    lines = (
        line.strip().lstrip("0123456789๐๑๒๓๔๕๖๗๘๙").lstrip(".) \t") for line in text.splitlines()
    )
    return [line for line in lines if line]


def _named(name: str) -> Visitor:
    title, first, last = split_full_name(name)
    latin = name.isascii()
    return Visitor(title=title, first_name=first, last_name=last, name_latin=name if latin else "")


def _met(session: Session, visit_id: int, actor: str, now: float) -> list[tuple[int, Consultation]]:
    visit = rows.visit_by_id(session, visit_id)
    assert visit is not None  # noqa: S101 (just stored, in this transaction)
    found = consult_for(session, visit, actor=actor, now=now)
    return [] if found.clear else [(visit_id, found)]
