"""Visits: stored, found, listed; which slots are taken, who came in where.

Queries and statements only; what may be done with a visit is in gatekeeper.office.visits. Where
a visitor is inside or out is told by the projected entries of the journal, never by this table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Organisation, Person, Visit
from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState
from gatekeeper.thai import search_form
from gatekeeper.titles import display_name, split_title

__all__ = [
    "VisitInfo",
    "claim_slot",
    "count_visits",
    "document_hash_of",
    "expected_visits",
    "group_of",
    "insert_visit",
    "kept_slots",
    "latest_visit_of_card",
    "latest_visit_of_person",
    "open_visit_of_card",
    "open_visits",
    "recent_hosts",
    "search_visits",
    "update_visit",
    "visit_by_id",
    "visit_keeping",
    "visits_between",
    "visits_in",
]

TRIES = 20
"""How many desks may take the same slot at the same moment before one gives up."""
MAX_TERMS = 6


@dataclass(frozen=True, slots=True)
class VisitInfo:
    """A visit with its visitor's name. Times are UTC seconds."""

    id: int
    state: VisitState
    person_id: int
    name: str
    name_latin: str
    organisation: str
    phone: str
    purpose: VisitPurpose
    host_name: str
    host_unit: str
    host_phone: str
    place: str
    plate: str
    pass_id: str | None
    card_number: str | None
    leader_id: int | None
    document_kind: DocumentKind | None
    document_tail: str
    document_slot: str | None
    document_returned_at: float | None
    expected_at: float | None
    opened_at: float | None
    due_at: float | None
    closed_at: float | None
    called_at: float | None
    called_by: str
    created_by: str
    opened_by: str
    closed_by: str
    note: str

    @property
    def document_kept(self) -> bool:
        """Whether the visitor's document still lies in its slot."""
        return self.document_slot is not None and self.document_returned_at is None


def insert_visit(session: Session, **values: Any) -> int:
    """A new visit; its id."""
    made = insert(Visit).values(**values).returning(Visit.id)
    return int(session.execute(made).scalar_one())


def update_visit(session: Session, visit_id: int, **values: Any) -> None:
    """Change columns of a visit."""
    session.execute(update(Visit).where(Visit.id == visit_id).values(**values))


def visit_by_id(session: Session, visit_id: int, *, lock: bool = False) -> VisitInfo | None:
    """The visit; `lock` keeps others from changing it until the transaction ends."""
    if lock:
        session.execute(select(Visit.id).where(Visit.id == visit_id).with_for_update())
    return _first(session, _visits().where(Visit.id == visit_id))


def open_visit_of_card(session: Session, number: str) -> VisitInfo | None:
    """The visit for which a card is lent now."""
    where = (Visit.card_number == number, Visit.state == VisitState.OPEN.value)
    return _first(session, _visits().where(*where))


def latest_visit_of_card(session: Session, number: str, last_pass: str | None) -> VisitInfo | None:
    """The last visit for which a card was lent; `last_pass`: the pass its tag was bound to last.

    By the clock it could be an earlier one: clocks are set back. Without it the later entry.
    """
    by_tag = case((Visit.pass_id == last_pass, 0), else_=1)
    query = _visits().where(Visit.card_number == number)
    return _first(session, query.order_by(by_tag, Visit.id.desc()).limit(1))


def latest_visit_of_person(session: Session, person_id: int) -> VisitInfo | None:
    """The last exchange of somebody who has been here before."""
    query = _visits().where(Visit.person_id == person_id, Visit.opened_at.is_not(None))
    return _first(session, query.order_by(Visit.opened_at.desc()).limit(1))


def visit_keeping(session: Session, document_hash: str) -> VisitInfo | None:
    """The visit for which this document lies in a slot now."""
    kept = (Visit.document_slot.is_not(None), Visit.document_returned_at.is_(None))
    return _first(session, _visits().where(Visit.document_hash == document_hash, *kept))


def document_hash_of(session: Session, visit_id: int) -> str | None:
    """Fingerprint of the document that was handed in, else of the visitor's on record."""
    query = select(func.coalesce(Visit.document_hash, Person.document_hash))
    return session.scalar(
        query.join(Person, Visit.person_id == Person.id).where(Visit.id == visit_id)
    )


def group_of(session: Session, leader_id: int) -> list[VisitInfo]:
    """The leader's visit and those of the members, in the order in which they were entered."""
    query = _visits().where(or_(Visit.id == leader_id, Visit.leader_id == leader_id))
    return _all(session, query.order_by(Visit.id))


def open_visits(
    session: Session, *, overdue_at: float | None = None, limit: int = 500
) -> list[VisitInfo]:
    """Visits with a card lent, soonest due first; with `overdue_at` those due before it."""
    query = _visits().where(Visit.state == VisitState.OPEN.value)
    if overdue_at is not None:
        query = query.where(Visit.due_at <= overdue_at)
    return _all(session, query.order_by(Visit.due_at, Visit.id).limit(limit))


def expected_visits(
    session: Session, since: float, until: float, *, offset: int = 0, limit: int = 500
) -> list[VisitInfo]:
    """Visits that were announced for a time from `since` to before `until`, leaders and alone."""
    query = _visits().where(*_announced(since, until)).order_by(Visit.expected_at, Visit.id)
    return _all(session, query.offset(offset).limit(limit))


def count_expected(session: Session, since: float, until: float) -> int:
    """How many `expected_visits` there are."""
    return session.scalar(select(func.count()).where(*_announced(since, until))) or 0


def _announced(since: float, until: float) -> tuple[ColumnElement[bool], ...]:
    expected = Visit.state == VisitState.EXPECTED.value
    return expected, Visit.expected_at >= since, Visit.expected_at < until


def visits_between(session: Session, since: float, until: float) -> list[VisitInfo]:
    """Every visit that was open at some time from `since` to before `until`, by its opening."""
    ended = or_(Visit.closed_at.is_(None), Visit.closed_at >= since)
    query = _visits().where(Visit.opened_at.is_not(None), Visit.opened_at < until, ended)
    return _all(session, query.order_by(Visit.opened_at, Visit.id))


def visits_in(session: Session, state: VisitState, limit: int) -> list[VisitInfo]:
    """Visits in a state, soonest due or expected first."""
    query = _visits().where(Visit.state == state.value)
    return _all(session, query.order_by(Visit.due_at, Visit.expected_at, Visit.id).limit(limit))


def search_visits(
    session: Session, text: str, states: Collection[VisitState], limit: int = 50
) -> list[VisitInfo]:
    """Visits in one of `states` by a part of the name, the card's number, a plate, host or unit."""
    wanted = search_form(text)
    if not wanted:
        return []
    conditions: list[ColumnElement[bool]] = [
        func.lower(Visit.card_number) == wanted,
        func.ltrim(Visit.card_number, "0") == (wanted.lstrip("0") or "0"),
        Visit.document_slot == wanted,
    ]
    for name in {wanted, search_form(split_title(text)[1])} - {""}:
        words = name.split()[:MAX_TERMS]
        conditions.append(and_(*(Person.search.contains(w, autoescape=True) for w in words)))
    for column in (Visit.plate, Visit.host_name, Visit.host_unit):
        conditions.append(func.lower(column).contains(wanted, autoescape=True))
    order = (Visit.opened_at.desc(), Visit.id.desc())
    # Which ones first: whole visits are not sorted to show the latest fifty.
    query = select(Visit.id).join(Person, Visit.person_id == Person.id)
    query = query.where(Visit.state.in_([state.value for state in states]), or_(*conditions))
    ids = list(session.scalars(query.order_by(*order).limit(limit)))
    return _all(session, _visits().where(Visit.id.in_(ids)).order_by(*order))


def recent_hosts(session: Session, limit: int = 60) -> list[tuple[str, str, str]]:
    """`(name, unit, place)` of whom visitors came to lately, the most visited first."""
    columns = (Visit.host_name, Visit.host_unit, Visit.place)
    lately = select(*columns).order_by(Visit.id.desc()).limit(1000).subquery()
    query = select(lately).group_by(*lately.c).order_by(func.count().desc()).limit(limit)
    return [(name, unit, place) for name, unit, place in session.execute(query)]


def count_visits(session: Session, now: float) -> tuple[int, int]:
    """`(open, of them overdue)`."""
    query = select(func.count(), func.count().filter(Visit.due_at <= now))
    row = session.execute(query.where(Visit.state == VisitState.OPEN.value)).one()
    return int(row[0]), int(row[1])


def kept_slots(session: Session) -> dict[str, int]:
    """Slot to visit of each document that still lies there."""
    where = (Visit.document_slot.is_not(None), Visit.document_returned_at.is_(None))
    rows = session.execute(select(Visit.document_slot, Visit.id).where(*where))
    return {slot: visit_id for slot, visit_id in rows if slot is not None}


def claim_slot(session: Session, visit_id: int, slots: Iterable[str]) -> str | None:
    """Give the visit the first of `slots` that is free, whoever else takes one now; None: none is.

    The unique index decides: where another desk was quicker, the next one is tried.
    """
    offered = list(slots)
    for _ in range(TRIES):
        taken = kept_slots(session)
        free = next((slot for slot in offered if slot not in taken), None)
        if free is None:
            return None
        try:
            with session.begin_nested():
                update_visit(session, visit_id, document_slot=free)
        except IntegrityError:
            continue
        return free
    return None


_Query = Select[*tuple[Any, ...]]


def _visits() -> _Query:
    return (
        select(Visit, Person, Organisation.name)
        .join(Person, Visit.person_id == Person.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .execution_options(populate_existing=True)
    )


def _first(session: Session, query: _Query) -> VisitInfo | None:
    row = session.execute(query).first()
    return None if row is None else _info(*row)


def _all(session: Session, query: _Query) -> list[VisitInfo]:
    rows: Sequence[Any] = session.execute(query).all()
    return [_info(*row) for row in rows]


_PLAIN = (
    "id", "person_id", "host_name", "host_unit", "host_phone", "place", "plate", "pass_id",
    "card_number", "leader_id", "document_tail", "document_slot", "document_returned_at",
    "expected_at", "opened_at", "due_at", "closed_at", "called_at", "called_by", "created_by",
    "opened_by", "closed_by", "note",
)  # fmt: skip


def _info(visit: Visit, person: Person, organisation: str | None) -> VisitInfo:
    values = {name: getattr(visit, name) for name in _PLAIN}
    return VisitInfo(
        state=VisitState(visit.state),
        purpose=VisitPurpose(visit.purpose),
        document_kind=DocumentKind(visit.document_kind) if visit.document_kind else None,
        name=display_name(person.title, person.first_name, person.last_name) or person.name_latin,
        name_latin=person.name_latin,
        organisation=organisation or "",
        phone=person.phone,
        **values,
    )
