"""People, vehicles and passes as whole lists: row by row out of the database, in order.

For what goes through all of them (exports, finding again who a list means). Records that were
merged or erased are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Credential, Organisation, PassRow, Person, Vehicle
from gatekeeper.kinds import PassKind
from gatekeeper.kinds_office import Purpose

__all__ = [
    "HOLDERS",
    "PassLine",
    "each_pass",
    "each_person",
    "each_vehicle",
    "known_people",
    "pass_by_number",
    "passes_of",
    "person_of_pass",
]

HOLDERS = (Purpose.STAFF, Purpose.PRESS, Purpose.VEHICLE)
"""Why somebody is on record who may hold a pass; guests and visitors have lists of their own."""

_PART = 1000


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass with its holder, as a list has it. Times are UTC seconds."""

    id: str
    number: str
    class_id: str
    state: str
    issue: int
    person_id: int | None
    title: str
    first_name: str
    last_name: str
    name_latin: str
    organisation: str
    plate: str
    province: str
    valid_from: float | None
    valid_until: float | None
    gates: tuple[str, ...] | None
    credential: str
    note: str


def known_people(session: Session) -> Iterator[tuple[int, str, str, str, str, str]]:
    """`(id, first, last, latin, organisation, last digits of the document)` of every holder."""
    query = (
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.name_latin,
            Organisation.name,
            Person.document_tail,
        )
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .where(*_HOLDING)
    )
    for row in session.execute(query.execution_options(yield_per=_PART)):
        yield row.id, row.first_name, row.last_name, row.name_latin, row.name or "", row[5]


def each_person(session: Session) -> Iterator[tuple[int, str]]:
    """`(id, number of a pass or empty)` of every holder: the pass that was asked for last."""
    query = select(Person.id).where(*_HOLDING).order_by(Person.id)
    ids = list(session.scalars(query))
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        found = session.execute(
            select(PassRow.person_id, PassRow.number)
            .where(PassRow.person_id.in_(part), PassRow.vehicle_id.is_(None), *_OF_CLASS)
            .order_by(PassRow.created_at, PassRow.number)
        )
        numbers = {row.person_id: row.number or "" for row in found}
        yield from ((each, numbers.get(each, "")) for each in part)


def each_vehicle(session: Session) -> list[int]:
    """Ids of every vehicle."""
    query = select(Vehicle.id).where(Vehicle.merged_into.is_(None), Vehicle.erased_at.is_(None))
    return list(session.scalars(query.order_by(Vehicle.id)))


def each_pass(session: Session) -> Iterator[PassLine]:
    """Every pass of a class, guests' and visitors' left out, in the order of their numbers."""
    query = _passes().order_by(PassRow.number).execution_options(yield_per=_PART)
    for row in session.execute(query):
        yield _line(row)


def pass_by_number(session: Session, number: str) -> PassLine | None:
    """The pass with this printed number."""
    row = session.execute(_passes().where(PassRow.number == number)).first()
    return None if row is None else _line(row)


def passes_of(
    session: Session, class_id: str, *, person_id: int | None, vehicle_id: int | None
) -> list[PassLine]:
    """The holder's passes of a class."""
    query = _passes().where(PassRow.class_id == class_id)
    if vehicle_id is not None:
        query = query.where(PassRow.vehicle_id == vehicle_id)
    else:
        query = query.where(PassRow.person_id == person_id)
    return [_line(row) for row in session.execute(query.order_by(PassRow.number))]


def person_of_pass(session: Session, number: str) -> int | None:
    """Who holds the pass with this printed number."""
    query = select(PassRow.person_id).where(PassRow.number == number, *_OF_CLASS)
    return session.scalar(query)


_HOLDING = (
    Person.merged_into.is_(None),
    Person.erased_at.is_(None),
    Person.purpose.in_([purpose.value for purpose in HOLDERS]),
)
_OF_CLASS = (PassRow.class_id.is_not(None), PassRow.kind != PassKind.VISITOR.value)


def _passes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PassRow.id,
            PassRow.number,
            PassRow.class_id,
            PassRow.state,
            PassRow.issue,
            PassRow.person_id,
            PassRow.valid_from,
            PassRow.valid_until,
            PassRow.gates,
            PassRow.note,
            Person.title,
            Person.first_name,
            Person.last_name,
            Person.name_latin,
            Organisation.name.label("organisation"),
            Vehicle.plate,
            Vehicle.province,
            Credential.value.label("credential"),
        )
        .select_from(PassRow)
        .outerjoin(Person, PassRow.person_id == Person.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .outerjoin(Vehicle, PassRow.vehicle_id == Vehicle.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
        .where(*_OF_CLASS)
    )


def _line(row: Any) -> PassLine:
    values = dict(row._mapping)
    texts = ("number", "title", "first_name", "last_name", "name_latin", "organisation")
    for name in (*texts, "plate", "province", "credential"):
        values[name] = values[name] or ""
    values["gates"] = None if row.gates is None else tuple(row.gates)
    return PassLine(**values)
