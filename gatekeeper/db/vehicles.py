"""Statements about vehicles: add, change, find by plate, one record whole. No rule here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gatekeeper.db.holder_values import VehicleKind, VehicleRecord
from gatekeeper.db.tables import Organisation, PassRow, Person, Vehicle
from gatekeeper.titles import display_name

__all__ = [
    "insert_vehicle",
    "passes_of_vehicle",
    "relabel_passes",
    "update_vehicle",
    "vehicle_by_plate",
    "vehicle_record",
    "vehicle_records",
    "vehicles_of_person",
]

_Query = Select[*tuple[Any, ...]]


def vehicle_record(session: Session, vehicle_id: int) -> VehicleRecord | None:
    """The record with this id, merged and erased ones included; None: there is none."""
    if not 0 < vehicle_id < 1 << 63:
        return None
    row = session.execute(_vehicles().where(Vehicle.id == vehicle_id)).first()
    return None if row is None else _record(row)


def vehicle_records(session: Session, ids: list[int]) -> list[VehicleRecord]:
    """The records with these ids, in their order; unknown ids are left out."""
    rows = session.execute(_vehicles().where(Vehicle.id.in_(ids)))
    found = {row.id: _record(row) for row in rows}
    return [found[each] for each in ids if each in found]


def vehicle_by_plate(session: Session, key: str, province: str) -> int | None:
    """The living record of exactly this plate key and province."""
    query = select(Vehicle.id).where(Vehicle.plate_key == key, Vehicle.province == province)
    return session.scalar(query.where(*_LIVING))


def vehicles_of_person(session: Session, person_id: int) -> list[VehicleRecord]:
    """Those that a person answers for, by plate."""
    query = _vehicles().where(Vehicle.person_id == person_id, *_LIVING)
    return [_record(row) for row in session.execute(query.order_by(Vehicle.plate_key))]


def insert_vehicle(session: Session, values: Mapping[str, Any]) -> int | None:
    """A new vehicle; its id. None: the plate was entered by somebody else a moment ago."""
    try:
        with session.begin_nested():
            return session.scalar(insert(Vehicle).returning(Vehicle.id), dict(values))
    except IntegrityError:
        if vehicle_by_plate(session, values["plate_key"], values["province"]) is None:
            raise
        return None


def update_vehicle(session: Session, vehicle_id: int, values: Mapping[str, Any]) -> bool:
    """Write these columns; False: another vehicle has this plate."""
    query = update(Vehicle).where(Vehicle.id == vehicle_id).values(dict(values))
    try:
        with session.begin_nested():
            session.execute(query.execution_options(synchronize_session=False))
    except IntegrityError:
        owner = vehicle_by_plate(session, values["plate_key"], values["province"])
        if owner in (None, vehicle_id):
            raise
        return False
    return True


def passes_of_vehicle(session: Session, vehicle_id: int) -> list[str]:
    """Ids of every pass that a vehicle has or had."""
    return list(session.scalars(select(PassRow.id).where(PassRow.vehicle_id == vehicle_id)))


def relabel_passes(session: Session, vehicle_id: int, label: str) -> None:
    """What gates show of a vehicle's passes."""
    query = update(PassRow).where(PassRow.vehicle_id == vehicle_id).values(label=label)
    session.execute(query.execution_options(synchronize_session=False))


_LIVING = (Vehicle.merged_into.is_(None), Vehicle.erased_at.is_(None))


def _vehicles() -> _Query:
    return (
        select(
            Vehicle.id,
            Vehicle.plate,
            Vehicle.province,
            Vehicle.make,
            Vehicle.model,
            Vehicle.colour,
            Vehicle.kind,
            Vehicle.person_id,
            Vehicle.note,
            Vehicle.created_at,
            Vehicle.changed_at,
            Vehicle.merged_into,
            Vehicle.erased_at,
            Organisation.name.label("organisation"),
            Person.title,
            Person.first_name,
            Person.last_name,
            Person.name_latin,
        )
        .select_from(Vehicle)
        .outerjoin(Organisation, Vehicle.organisation_id == Organisation.id)
        .outerjoin(Person, Vehicle.person_id == Person.id)
    )


def _record(row: Any) -> VehicleRecord:
    name = display_name(row.title or "", row.first_name or "", row.last_name or "")
    return VehicleRecord(
        id=row.id,
        plate=row.plate,
        province=row.province,
        make=row.make,
        model=row.model,
        colour=row.colour,
        kind=VehicleKind(row.kind),
        person_id=row.person_id,
        person_name=name or row.name_latin or "",
        organisation=row.organisation or "",
        note=row.note,
        created_at=row.created_at,
        changed_at=row.changed_at,
        merged_into=row.merged_into,
        erased_at=row.erased_at,
    )
