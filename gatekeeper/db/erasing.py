"""What is known of records that may be erased, and the erasing itself; the rules are elsewhere.

Erasing takes values, never rows: passes, journal and audit go on speaking of identities that then
lead to nobody. A new column of personal data is to be entered here. Photos and documents are
files; their keys are given back, and whoever erases deletes the files after the commit (what a
crash leaves, `keys_in_use` finds).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.surely_kept import Moment, surely_kept
from gatekeeper.db.tables import (
    Application,
    ApplicationFile,
    ApplicationMember,
    Arrival,
    Event,
    Invitation,
    PassClass,
    PassRow,
    Person,
    ProjectionEntry,
    Vehicle,
    Visit,
)

__all__ = [
    "PassFacts",
    "Record",
    "erase_applications",
    "erase_people",
    "erase_vehicles",
    "keys_in_use",
    "people",
    "record_of",
    "vehicles",
]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class PassFacts:
    """A pass as the keeping of its holder's record sees it."""

    state: str
    until: tuple[float | None, float | None]
    changed_at: float
    event: bool
    days: int | None
    """Of its class; None: it has none."""


@dataclass(frozen=True, slots=True)
class Record:
    """A person or a vehicle, and what it may be kept for."""

    id: int
    purpose: str
    created_at: float
    passes: tuple[PassFacts, ...]
    visits: tuple[float | None, ...] = ()
    """When each visit was over; None: it is not."""
    vehicles: tuple[int, ...] = ()
    """Vehicles, not erased, that a person answers for."""


def people(session: Session, at: Moment | None = None) -> Iterator[list[Record]]:
    """Every person who is not erased, some hundred at a time, by id.

    With `at` without most of those whom a pass or a visit keeps: they are the many, and are found
    by the database; whoever is in doubt is among the given ones.
    """
    last = 0
    query = select(Person.id, Person.purpose, Person.created_at).where(Person.erased_at.is_(None))
    if at is not None:
        here = exists().where(Visit.person_id == Person.id, Visit.state.not_in(_VISIT_OVER))
        query = query.where(
            ~surely_kept(PassRow.person_id == Person.id, Person.created_at, at), ~here
        )
    while True:
        rows = session.execute(query.where(Person.id > last).order_by(Person.id).limit(CHUNK)).all()
        if not rows:
            return
        last = rows[-1].id
        yield _people(session, rows)


def record_of(session: Session, person_id: int) -> Record | None:
    """One person, erased ones not."""
    row = session.execute(
        select(Person.id, Person.purpose, Person.created_at).where(
            Person.id == person_id, Person.erased_at.is_(None)
        )
    ).first()
    return None if row is None else _people(session, [row])[0]


def vehicles(session: Session, at: Moment | None = None) -> Iterator[list[Record]]:
    """Every vehicle that is not erased, some hundred at a time, by id; `at` as for `people`."""
    last = 0
    query = select(Vehicle.id, Vehicle.created_at).where(Vehicle.erased_at.is_(None))
    if at is not None:
        query = query.where(~surely_kept(PassRow.vehicle_id == Vehicle.id, Vehicle.created_at, at))
    while True:
        rows = session.execute(
            query.where(Vehicle.id > last).order_by(Vehicle.id).limit(CHUNK)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        passes = _passes(session, PassRow.vehicle_id, [row.id for row in rows])
        yield [Record(row.id, "vehicle", row.created_at, tuple(passes[row.id])) for row in rows]


def erase_people(session: Session, ids: Sequence[int], now: float) -> tuple[list[str], list[str]]:
    """Take everything personal from these people; `(pass ids, keys of photos)` that were theirs."""
    photos = list(session.scalars(select(Person.photo).where(Person.id.in_(ids))))
    passes = list(session.scalars(select(PassRow.id).where(PassRow.person_id.in_(ids))))
    _set(session, Person, Person.id.in_(ids), **_NOBODY, erased_at=now, changed_at=now)
    _set(session, Invitation, Invitation.person_id.in_(ids), **_NO_GUEST)
    visit = {"host_name": "", "host_phone": "", "place": "", "plate": "", "note": ""}
    whose = Visit.person_id.in_(ids)
    _set(session, Visit, whose, document_hash=None, document_tail="", **visit)
    for start in range(0, len(passes), CHUNK):
        part = passes[start : start + CHUNK]
        _set(session, PassRow, PassRow.id.in_(part), note="")
        _set(session, Arrival, Arrival.pass_id.in_(part), representative="")
        _set(session, ProjectionEntry, ProjectionEntry.pass_id.in_(part), note=None)
    return passes, [key for key in photos if key]


def erase_vehicles(session: Session, ids: Sequence[int], now: float) -> list[str]:
    """Take everything from these vehicles that leads to somebody; ids of their passes."""
    empty = dict.fromkeys(("plate", "plate_key", "make", "model", "colour", "note", "province"), "")
    _set(
        session, Vehicle, Vehicle.id.in_(ids),
        **empty, person_id=None, organisation_id=None, erased_at=now, changed_at=now,
    )  # fmt: skip
    return list(session.scalars(select(PassRow.id).where(PassRow.vehicle_id.in_(ids))))


def erase_applications(
    session: Session, now: float, *, ended: Collection[str], days: int
) -> tuple[list[int], list[str]]:
    """Erase requests that ended (`ended` states) long enough ago, by their class's days.

    `days`: for classes that say nothing. `(ids, keys of photos and documents)`.
    """
    kept = func.coalesce(PassClass.retention_days, days)
    query = (
        select(Application.id)
        .outerjoin(PassClass, Application.class_id == PassClass.id)
        .where(
            Application.erased_at.is_(None),
            Application.state.in_(ended),
            func.coalesce(Application.decided_at, Application.changed_at) + kept * 86_400.0 <= now,
        )
        .limit(CHUNK)
    )
    ids = list(session.scalars(query))
    files = select(ApplicationFile.key).where(ApplicationFile.application_id.in_(ids))
    photos = select(ApplicationMember.photo).where(ApplicationMember.application_id.in_(ids))
    keys = [key for key in (*session.scalars(files), *session.scalars(photos)) if key]
    empty = dict.fromkeys(("contact_name", "contact_email", "contact_phone", "purpose"), "")
    _set(session, Application, Application.id.in_(ids), **empty, details={}, erased_at=now)
    _set(session, ApplicationMember, ApplicationMember.application_id.in_(ids), **_NO_MEMBER)
    _set(session, ApplicationFile, ApplicationFile.application_id.in_(ids), name="")
    return ids, keys


def keys_in_use(session: Session) -> set[str]:
    """Keys of every photo and document that a record names."""
    found: set[str] = set()
    for column in (Person.photo, ApplicationMember.photo):
        found.update(session.scalars(select(column).where(column != "")))
    live = select(ApplicationFile.key).join(
        Application, ApplicationFile.application_id == Application.id
    )
    found.update(session.scalars(live.where(Application.erased_at.is_(None))))
    return found


_NOBODY: dict[str, Any] = {
    **dict.fromkeys(
        (
            "title", "first_name", "last_name", "name_latin", "position", "photo", "search",
            "sort_key", "employment", "email", "phone", "document_kind", "document_tail",
        ),
        "",
    ),
    "organisation_id": None,
    "document_hash": None,
    "document_sealed": None,
    "vip": False,
}  # fmt: skip
_NO_GUEST: dict[str, Any] = {
    **dict.fromkeys(("name_key", "representative", "note", "greeter", "seat", "table_name"), ""),
    "external_key": None,
}
_NO_MEMBER: dict[str, Any] = {
    **dict.fromkeys(
        (
            "title", "first_name", "last_name", "name_latin", "position", "document_kind",
            "document_tail", "photo", "plate", "province", "make", "colour", "reason",
        ),
        "",
    ),
    "document_hash": None,
    "document_sealed": None,
}  # fmt: skip


_VISIT_OVER = ("closed", "lost", "cancelled")


def _people(session: Session, rows: Sequence[Any]) -> list[Record]:
    ids = [row.id for row in rows]
    passes = _passes(session, PassRow.person_id, ids)
    visits: defaultdict[int, list[float | None]] = defaultdict(list)
    query = select(Visit.person_id, Visit.state, Visit.closed_at, Visit.expected_at)
    for visit in session.execute(query.where(Visit.person_id.in_(ids))):
        over = visit.state in _VISIT_OVER
        ended = (visit.closed_at or visit.expected_at or 0.0) if over else None
        visits[visit.person_id].append(ended)
    cars: defaultdict[int, list[int]] = defaultdict(list)
    owned = select(Vehicle.person_id, Vehicle.id).where(
        Vehicle.person_id.in_(ids), Vehicle.erased_at.is_(None)
    )
    for person, vehicle in session.execute(owned):
        cars[int(person or 0)].append(vehicle)
    return [
        Record(
            row.id, row.purpose, row.created_at,
            tuple(passes[row.id]), tuple(visits[row.id]), tuple(cars[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _passes(session: Session, owner: Any, ids: Sequence[int]) -> defaultdict[int, list[PassFacts]]:
    query = (
        select(
            owner.label("owner"),
            PassRow.state,
            PassRow.valid_until,
            PassRow.changed_at,
            PassRow.event_id,
            Event.ends_at,
            PassClass.retention_days,
        )
        .outerjoin(Event, PassRow.event_id == Event.id)
        .outerjoin(PassClass, PassRow.class_id == PassClass.id)
        .where(owner.in_(ids))
    )
    found: defaultdict[int, list[PassFacts]] = defaultdict(list)
    for row in session.execute(query):
        until = (row.valid_until, row.ends_at)
        event = row.event_id is not None
        found[row.owner].append(
            PassFacts(row.state, until, row.changed_at, event, row.retention_days)
        )
    return found


def _set(session: Session, table: Any, where: Any, **values: Any) -> None:
    query = update(table).where(where).values(**values)
    session.execute(query.execution_options(synchronize_session=False))
