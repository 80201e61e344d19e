"""What is printed and when it was: passes as their badges say it, the queue, the record of prints.

A print is a row of its own and a number on the pass (`printed_issue`); no state, no credential and
no gate is touched here. Who may print what is gatekeeper.office.printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from gatekeeper.db.holder_rows import printed_number
from gatekeeper.db.tables import (
    Credential,
    Organisation,
    PassClass,
    PassRow,
    Person,
    PrintJob,
    Vehicle,
)
from gatekeeper.kinds import HolderKind, PassState
from gatekeeper.titles import display_name

__all__ = [
    "Choice",
    "PrintFacts",
    "Waiting",
    "codes_bound",
    "passes_by_number",
    "print_facts",
    "prints_of",
    "record_prints",
    "to_print",
    "waiting_by_class",
]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class PrintFacts:
    """A pass as far as its print goes. Personal data: never logged."""

    pass_id: str
    number: str
    """With its issue: `PR-000123/2`."""
    issue: int
    printed_issue: int
    state: PassState
    class_id: str
    class_th: str
    class_en: str
    colour: str
    ink: str
    layout: str
    legal_basis: str
    holder: HolderKind
    name: str
    name_latin: str
    position: str
    organisation: str
    photo: str
    plate: str
    province: str
    vehicle: str
    valid_until: float | None
    credential: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which passes: of a class, in these states; not printed yet in their present issue, or so."""

    states: tuple[PassState, ...]
    class_id: str = ""
    unprinted: bool = True
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many passes of a class wait for their print."""

    class_id: str
    name_th: str
    name_en: str
    count: int


_OfPerson = aliased(Organisation)
_OfVehicle = aliased(Organisation)


def print_facts(
    session: Session, pass_ids: Sequence[str], *, lock: bool = False
) -> list[PrintFacts]:
    """The passes with these ids, in their order; unknown ones and those without a class left out.

    `lock`: nobody else changes them until this transaction ends.
    """
    found: dict[str, PrintFacts] = {}
    for start in range(0, len(pass_ids), CHUNK):
        part = pass_ids[start : start + CHUNK]
        query = _wide().where(PassRow.id.in_(part))
        if lock:
            rows = select(PassRow.id).where(PassRow.id.in_(part)).order_by(PassRow.id)
            session.execute(rows.with_for_update()).all()
        for row in session.execute(query):
            found[row.PassRow.id] = _facts(row)
    return [found[pass_id] for pass_id in pass_ids if pass_id in found]


def to_print(
    session: Session, choice: Choice, *, offset: int = 0, limit: int | None = None
) -> tuple[int, list[PrintFacts]]:
    """How many passes of the choice there are, and a part of them, the oldest request first."""
    where = _where(choice)
    total = session.scalar(select(func.count()).select_from(PassRow).where(*where)) or 0
    query = (
        select(PassRow.id).where(*where).order_by(PassRow.created_at, PassRow.number, PassRow.id)
    )
    query = query.offset(offset)
    if limit is not None:
        query = query.limit(limit)
    return total, print_facts(session, list(session.scalars(query)))


def waiting_by_class(session: Session, states: Iterable[PassState]) -> list[Waiting]:
    """Classes that have passes to print, in the order of the office."""
    where = _where(Choice(tuple(states)))
    query = (
        select(PassClass.id, PassClass.name_th, PassClass.name_en, func.count())
        .join(PassRow, PassRow.class_id == PassClass.id)
        .where(*where)
        .group_by(PassClass.id, PassClass.name_th, PassClass.name_en, PassClass.rank)
        .order_by(PassClass.rank, PassClass.id)
    )
    return [Waiting(*row) for row in session.execute(query)]


def record_prints(
    session: Session,
    facts: Sequence[PrintFacts],
    *,
    layout: str,
    reason: str,
    batch: str,
    actor: str,
    now: float,
) -> None:
    """One row a pass, and the pass's printed issue. A reason stands only where it was a reprint."""
    for start in range(0, len(facts), CHUNK):
        part = facts[start : start + CHUNK]
        session.execute(
            insert(PrintJob),
            [
                {
                    "pass_id": one.pass_id,
                    "issue": one.issue,
                    "at": now,
                    "actor": actor,
                    "layout": layout,
                    "reason": reason if one.printed_issue >= one.issue else "",
                    "batch": batch,
                }
                for one in part
            ],
        )
        ids = [one.pass_id for one in part]
        query = update(PassRow).where(PassRow.id.in_(ids)).values(printed_issue=PassRow.issue)
        session.execute(query, execution_options={"synchronize_session": False})


def prints_of(session: Session, pass_id: str) -> list[PrintJob]:
    """Every print of a pass, the latest first."""
    query = select(PrintJob).where(PrintJob.pass_id == pass_id).order_by(PrintJob.id.desc())
    return list(session.scalars(query))


def codes_bound(session: Session, numbers: Sequence[str]) -> list[str]:
    """Those of the printed numbers that a gate would take for a credential (`qr:NUMBER`)."""
    found: list[str] = []
    for start in range(0, len(numbers), CHUNK):
        part = [f"qr:{number}" for number in numbers[start : start + CHUNK]]
        query = select(Credential.value).where(Credential.value.in_(part), Credential.bound)
        found += [value.removeprefix("qr:") for value in session.scalars(query)]
    return found


def passes_by_number(session: Session, numbers: Sequence[str]) -> dict[str, str]:
    """Number without its issue to the id of the pass; unknown ones are left out."""
    found: dict[str, str] = {}
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        query = select(PassRow.number, PassRow.id).where(PassRow.number.in_(part))
        found.update({number: pass_id for number, pass_id in session.execute(query) if number})
    return found


def _where(choice: Choice) -> list[Any]:
    where: list[Any] = [
        PassRow.class_id.is_not(None),
        PassRow.kind != "visitor",
        PassRow.number.is_not(None),
        PassRow.state.in_([state.value for state in choice.states]),
    ]
    if choice.unprinted:
        where.append(PassRow.printed_issue < PassRow.issue)
    if choice.printed:
        where.append(PassRow.printed_issue >= PassRow.issue)
    if choice.class_id:
        where.append(PassRow.class_id == choice.class_id)
    return where


def _wide() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PassRow,
            PassClass,
            Person,
            Vehicle,
            _OfPerson.name.label("of_person"),
            _OfVehicle.name.label("of_vehicle"),
            Credential.value.label("credential"),
        )
        .join(PassClass, PassRow.class_id == PassClass.id)
        .outerjoin(Person, PassRow.person_id == Person.id)
        .outerjoin(Vehicle, PassRow.vehicle_id == Vehicle.id)
        .outerjoin(_OfPerson, Person.organisation_id == _OfPerson.id)
        .outerjoin(_OfVehicle, Vehicle.organisation_id == _OfVehicle.id)
        .outerjoin(Credential, (Credential.pass_id == PassRow.id) & Credential.bound)
        .execution_options(populate_existing=True)
    )


def _facts(row: Any) -> PrintFacts:
    one, of_class, person, car = row.PassRow, row.PassClass, row.Person, row.Vehicle
    vehicle = of_class.holder == HolderKind.VEHICLE
    name = display_name(person.title, person.first_name, person.last_name) if person else one.label
    make = f"{car.make} {car.model}".strip() if car else ""
    painted = f"สี{car.colour.removeprefix('สี')}" if car and car.colour else ""
    return PrintFacts(
        pass_id=one.id,
        number=printed_number(one.number, one.issue),
        issue=one.issue,
        printed_issue=one.printed_issue,
        state=PassState(one.state),
        class_id=of_class.id,
        class_th=of_class.name_th,
        class_en=of_class.name_en,
        colour=of_class.colour,
        ink=of_class.ink,
        layout=of_class.layout,
        legal_basis=of_class.legal_basis,
        holder=HolderKind(of_class.holder),
        name="" if vehicle else name,
        name_latin=person.name_latin if person and not vehicle else "",
        position=person.position if person and not vehicle else "",
        organisation=(row.of_vehicle if vehicle else row.of_person) or "",
        photo=person.photo if person and not vehicle else "",
        plate=car.plate if car else "",
        province=car.province if car else "",
        vehicle=f"{make} {painted}".strip(),
        valid_until=one.valid_until,
        credential=row.credential,
    )
