"""Statements of merging one person, or vehicle, into another: what hangs on it, and moving it.

That is told by the tables themselves: every foreign key to `person.id` or `vehicle.id`. So a
table that is added later is moved too, and nobody has to remember.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Base, PassClass, PassRow, Person, Vehicle, WatchHit
from gatekeeper.kinds import PassState

__all__ = [
    "blank_person",
    "blank_vehicle",
    "counts_of",
    "document_row",
    "move_to",
    "references",
    "shared_classes",
]

_PERSONAL = (
    "title", "first_name", "last_name", "name_latin", "position", "photo", "email", "phone",
    "search", "sort_key", "document_tail", "document_kind",
)  # fmt: skip


_Holder = type[Person] | type[Vehicle]


def counts_of(session: Session, record: int, holder: _Holder = Person) -> dict[str, int]:
    """How many rows of each table (by its name) hang on a record; none: not in it."""
    found = {
        column.table.name: session.scalar(
            select(func.count()).select_from(column.table).where(column == record)
        )
        or 0
        for column in references(holder)
    }
    hits = select(func.count()).select_from(WatchHit).where(*_hits(record, holder))
    found["watch_hit"] = session.scalar(hits) or 0
    return {name: count for name, count in found.items() if count}


def move_to(session: Session, gone: int, keep: int, holder: _Holder = Person) -> None:
    """Let everything that hangs on `gone` hang on `keep`; hits that both have stay with `gone`."""
    for column in references(holder):
        session.execute(
            update(column.table).where(column == gone).values({column.name: keep}),
        )
    mine = select(WatchHit.entry_id).where(*_hits(keep, holder))
    session.execute(
        update(WatchHit)
        .where(*_hits(gone, holder), WatchHit.entry_id.not_in(mine))
        .values(subject_id=str(keep))
        .execution_options(synchronize_session=False)
    )


def blank_person(session: Session, gone: int, keep: int, now: float) -> None:
    """Leave nothing of a merged record but that it was merged, and into which."""
    values = dict.fromkeys(_PERSONAL, "") | {
        "document_hash": None,
        "document_sealed": None,
        "organisation_id": None,
        "merged_into": keep,
        "changed_at": now,
        "vip": False,
    }
    query = update(Person).where(Person.id == gone).values(values)
    session.execute(query.execution_options(synchronize_session=False))


def blank_vehicle(session: Session, gone: int, keep: int, now: float) -> None:
    """The same of a vehicle; its plate is free for the record that stays."""
    values = dict.fromkeys(
        ("plate", "plate_key", "province", "make", "model", "colour", "note"), ""
    )
    query = update(Vehicle).where(Vehicle.id == gone)
    query = query.values(
        **values, person_id=None, organisation_id=None, merged_into=keep, changed_at=now
    )
    session.execute(query.execution_options(synchronize_session=False))


def document_row(session: Session, person_id: int) -> dict[str, object]:
    """The columns of somebody's document, to be given to another record."""
    query = select(
        Person.document_kind, Person.document_hash, Person.document_tail, Person.document_sealed
    ).where(Person.id == person_id)
    return dict(session.execute(query).mappings().one())


def shared_classes(
    session: Session, one: int, other: int, holder: _Holder = Person
) -> list[tuple[str, str, str, list[tuple[str, str, int]]]]:
    """`(class, name in Thai, in English, [(pass, number, holder)])` where both have active ones."""
    whose = PassRow.person_id if holder is Person else PassRow.vehicle_id
    query = (
        select(
            PassClass.id,
            PassClass.name_th,
            PassClass.name_en,
            PassRow.id,
            PassRow.number,
            whose,
        )
        .join(PassClass, PassRow.class_id == PassClass.id)
        .where(whose.in_([one, other]), PassRow.state == PassState.ACTIVE.value)
        .order_by(PassClass.rank, PassClass.id, PassRow.number)
    )
    found: dict[tuple[str, str, str], list[tuple[str, str, int]]] = {}
    for class_id, th, en, pass_id, number, owner in session.execute(query):
        found.setdefault((class_id, th, en), []).append((pass_id, number or "", owner or 0))
    return [
        (*names, passes)
        for names, passes in found.items()
        if {owner for *_, owner in passes} == {one, other}
    ]


def references(holder: _Holder = Person) -> list[Column[int]]:
    """Every column that names a holder, `merged_into` of those merged earlier included."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column is holder.__table__.c.id
    ]


def _hits(record: int, holder: _Holder) -> tuple[ColumnElement[bool], ...]:
    kind = "person" if holder is Person else "vehicle"
    return (WatchHit.subject_kind == kind, WatchHit.subject_id == str(record))
