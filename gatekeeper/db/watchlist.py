"""The watchlist as rows: its entries, what they met, and whom gates must stop because of it.

No judgement here: gatekeeper.office.watchlist says what is the same and what is only alike.
An entry that was removed, or whose time is over, counts for nothing; it stays, because records
speak of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.changes import record_change
from gatekeeper.db.tables import PassRow, Person, Vehicle, WatchEntry, WatchHit
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import WatchKind

__all__ = [
    "Entry",
    "Hit",
    "add_entry",
    "count_entries",
    "end_entry",
    "entries",
    "entry_of",
    "hits",
    "hits_of",
    "is_watched",
    "lapsed",
    "names_of_people",
    "people_and_vehicles",
    "save_hit",
    "set_hit_state",
    "tell_gates",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who or what is watched for. Times are UTC seconds; `removed_at` None: in force."""

    id: int
    kind: WatchKind
    name: str
    name_latin: str
    document_hash: str | None
    document_tail: str
    plate: str
    plate_key: str
    province: str
    credential: str | None
    reason: str
    instruction: str
    added_by: str
    added_at: float
    until_at: float | None
    removed_by: str
    removed_at: float | None


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that met a record. `state`: open, confirmed (the same), dismissed (another)."""

    id: int
    entry_id: int
    subject_kind: str
    subject_id: str
    match: str
    score: float
    place: str
    at: float
    actor: str
    state: str
    decided_by: str
    decided_at: float | None
    note: str

    @property
    def stops(self) -> bool:
        """Whether it stops its subject: sure, or confirmed by a person."""
        return self.state == "confirmed" or (self.match == "exact" and self.state == "open")


_STOPS = or_(
    WatchHit.state == "confirmed", and_(WatchHit.match == "exact", WatchHit.state == "open")
)


def add_entry(session: Session, values: dict[str, Any]) -> int:
    """Store an entry; its id."""
    return session.execute(insert(WatchEntry).returning(WatchEntry.id), values).scalar_one()


def entry_of(session: Session, entry_id: int) -> Entry:
    """The entry, removed ones too. Raises UserError for an unknown one."""
    row = session.get(WatchEntry, entry_id)
    if row is None:
        raise UserError(
            f"watchlist entry {entry_id} does not exist", f"ไม่พบรายการเฝ้าระวังเลขที่ {entry_id}"
        )
    return _entry(row)


def entries(
    session: Session,
    now: float,
    *,
    kinds: Collection[WatchKind] = tuple(WatchKind),
    removed: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[Entry]:
    """The entries in force (or, with `removed`, those no longer), the newest first.

    `limit` None: all of them, as comparing needs it.
    """
    query = select(WatchEntry).where(WatchEntry.kind.in_([kind.value for kind in kinds]))
    force = _in_force(now)
    query = query.where(~force if removed else force).order_by(WatchEntry.id.desc())
    return [_entry(row) for row in session.scalars(query.offset(offset).limit(limit))]


def count_entries(session: Session, now: float, *, removed: bool = False) -> int:
    """How many there are in force, or no longer."""
    force = _in_force(now)
    query = select(func.count()).select_from(WatchEntry)
    return session.scalar(query.where(~force if removed else force)) or 0


def end_entry(session: Session, entry_id: int, actor: str, now: float) -> None:
    """The entry counts for nothing from now on, and gates hear of it."""
    session.execute(
        update(WatchEntry)
        .where(WatchEntry.id == entry_id)
        .values(removed_at=now, removed_by=actor)
        .execution_options(synchronize_session="fetch")
    )
    tell_gates(session, hits_of(session, entry_id=entry_id))


def lapsed(session: Session, now: float) -> list[int]:
    """Entries whose time is over and that nobody has ended yet."""
    query = select(WatchEntry.id).where(WatchEntry.removed_at.is_(None), WatchEntry.until_at <= now)
    return list(session.scalars(query))


def save_hit(session: Session, values: dict[str, Any]) -> Hit | None:
    """Store a hit; None where entry and subject have met before (what was decided then holds)."""
    known = session.scalars(
        select(WatchHit.id).where(
            WatchHit.entry_id == values["entry_id"],
            WatchHit.subject_kind == values["subject_kind"],
            WatchHit.subject_id == values["subject_id"],
        )
    ).first()
    if known is not None:
        return None
    row = WatchHit(**values)
    session.add(row)
    session.flush()
    hit = _hit(row)
    if hit.stops:
        tell_gates(session, [hit])
    return hit


def hits_of(
    session: Session,
    *,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    entry_id: int | None = None,
) -> list[Hit]:
    """What one subject or one entry has met, in the order of meeting; of ended entries too."""
    query = select(WatchHit).order_by(WatchHit.id)
    if subject_kind is not None:
        query = query.where(WatchHit.subject_kind == subject_kind)
    if subject_id is not None:
        query = query.where(WatchHit.subject_id == subject_id)
    if entry_id is not None:
        query = query.where(WatchHit.entry_id == entry_id)
    return [_hit(row) for row in session.scalars(query)]


def hits(
    session: Session, now: float, *, open_questions: bool, offset: int = 0, limit: int = 50
) -> tuple[int, list[tuple[Hit, Entry]]]:
    """How many, and a page of them, the newest first; `open_questions`: near and undecided only."""
    query = select(WatchHit, WatchEntry).join(WatchEntry, WatchHit.entry_id == WatchEntry.id)
    if open_questions:
        query = query.where(WatchHit.match == "near", WatchHit.state == "open", _in_force(now))
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(WatchHit.id.desc()).offset(offset).limit(limit))
    return count, [(_hit(hit), _entry(entry)) for hit, entry in rows]


def set_hit_state(
    session: Session, hit_id: int, state: str, *, actor: str, now: float, note: str
) -> Hit:
    """Confirm or dismiss a hit; gates hear of it. Raises UserError for an unknown one."""
    row = session.get(WatchHit, hit_id)
    if row is None:
        raise UserError(f"hit {hit_id} does not exist", f"ไม่พบรายการที่ตรวจพบเลขที่ {hit_id}")
    row.state, row.decided_by, row.decided_at, row.note = state, actor, now, note
    session.flush()
    hit = _hit(row)
    tell_gates(session, [hit])
    return hit


def is_watched(session: Session, subject_kind: str, subject_id: str, now: float) -> bool:
    """Whether gates stop this subject."""
    query = (
        select(WatchHit.id)
        .join(WatchEntry, WatchHit.entry_id == WatchEntry.id)
        .where(
            WatchHit.subject_kind == subject_kind,
            WatchHit.subject_id == subject_id,
            _STOPS,
            _in_force(now),
        )
    )
    return session.execute(query).first() is not None


def tell_gates(session: Session, changed: Collection[Hit]) -> None:
    """Record a change for every pass and card of these subjects."""
    people = [int(hit.subject_id) for hit in changed if hit.subject_kind == "person"]
    vehicles = [int(hit.subject_id) for hit in changed if hit.subject_kind == "vehicle"]
    cards = [hit.subject_id for hit in changed if hit.subject_kind == "credential"]
    passes: list[str] = []
    if people or vehicles:
        query = select(PassRow.id).where(
            or_(PassRow.person_id.in_(people), PassRow.vehicle_id.in_(vehicles))
        )
        passes = list(session.scalars(query))
    if passes or cards:
        record_change(session, passes=passes, credentials=cards)


def names_of_people(session: Session) -> Iterator[tuple[int, str, str]]:
    """`(id, search form of the names, Latin name)` of every living record, streamed."""
    query = select(Person.id, Person.search, Person.name_latin).where(
        Person.erased_at.is_(None), Person.merged_into.is_(None)
    )
    for row in session.execute(query.execution_options(yield_per=2000)):
        yield row.id, row.search, row.name_latin


def people_and_vehicles(session: Session, entry: Entry) -> tuple[list[int], list[int]]:
    """Ids of people with the entry's document, and of vehicles with its plate."""
    people: list[int] = []
    vehicles: list[int] = []
    if entry.document_hash:
        query = select(Person.id).where(Person.document_hash == entry.document_hash)
        people = list(session.scalars(query))
    if entry.plate_key:
        plates = select(Vehicle.id).where(Vehicle.plate_key == entry.plate_key)
        if entry.province:
            plates = plates.where(Vehicle.province.in_((entry.province, "")))
        vehicles = list(session.scalars(plates))
    return people, vehicles


def _in_force(now: float) -> ColumnElement[bool]:
    return and_(
        WatchEntry.removed_at.is_(None),
        or_(WatchEntry.until_at.is_(None), WatchEntry.until_at > now),
    )


def _entry(row: WatchEntry) -> Entry:
    values = {name: getattr(row, name) for name in Entry.__dataclass_fields__}
    return Entry(**values | {"kind": WatchKind(row.kind)})


def _hit(row: WatchHit) -> Hit:
    return Hit(**{name: getattr(row, name) for name in Hit.__dataclass_fields__})
