"""Vehicles as holders of passes: add, change, find by plate. Rules; statements are in db."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gatekeeper.db import vehicles as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.guest_store import organisation_ids
from gatekeeper.db.holder_values import VehicleDraft, VehicleRecord
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.office.holder_rules import clean_vehicle
from gatekeeper.office.holders import living_person
from gatekeeper.plates import Plate, plate_with_province
from gatekeeper.provinces import find_province

__all__ = [
    "add_vehicle",
    "change_vehicle",
    "find_vehicle_by_plate",
    "living_vehicle",
    "vehicle_of",
]

_FIELDS = tuple(field.name for field in fields(VehicleDraft))


def find_vehicle_by_plate(session: Session, plate: str, province: str = "") -> int | None:
    """The vehicle with exactly this plate and province, both as typed; None: not on record.

    Raises UserError for text that is no plate.
    """
    parsed, behind = plate_with_province(plate)
    known = find_province(province) if province.strip() else behind
    return rows.vehicle_by_plate(session, parsed.key, known or "")


def vehicle_of(session: Session, vehicle_id: int) -> VehicleRecord | None:
    """The vehicle with this id, merged and erased ones included."""
    return rows.vehicle_record(session, vehicle_id)


def add_vehicle(session: Session, draft: VehicleDraft, *, actor: str, now: float) -> int:
    """A new vehicle; its id.

    Raises UserError naming a field, AlreadyOnRecord where plate and province are on record.
    """
    clean, plate = clean_vehicle(draft)
    _refuse_second(session, plate, clean.province)
    values = _columns(session, clean, plate)
    made = rows.insert_vehicle(session, values | {"created_at": now, "changed_at": now})
    if made is None:
        raise _already(session, plate, clean.province)
    told = {name: getattr(clean, name) for name in _FIELDS if getattr(clean, name)}
    record_act(session, actor, "vehicle.add", f"vehicle:{made}", after=told)
    return made


def change_vehicle(
    session: Session,
    vehicle_id: int,
    draft: VehicleDraft,
    *,
    actor: str,
    now: float,
    seen_at: float | None = None,
) -> bool:
    """Make the vehicle what the draft says; False: nothing differs.

    `seen_at` as with `change_person`. Raises UserError, AlreadyOnRecord.
    """
    old = living_vehicle(session, vehicle_id)
    if seen_at is not None and seen_at != old.changed_at:
        raise UserError(
            "somebody else changed this record meanwhile; look at it again",
            "มีผู้อื่นแก้ไขข้อมูลนี้ไปแล้วระหว่างที่ท่านเปิดอยู่ โปรดเปิดดูข้อมูลล่าสุดก่อน",
        )
    clean, plate = clean_vehicle(draft)
    changed = [name for name in _FIELDS if getattr(old, name) != getattr(clean, name)]
    if not changed:
        return False
    _refuse_second(session, plate, clean.province, vehicle_id)
    values = _columns(session, clean, plate) | {"changed_at": now}
    if not rows.update_vehicle(session, vehicle_id, values):
        raise _already(session, plate, clean.province)
    record_act(
        session,
        actor,
        "vehicle.change",
        f"vehicle:{vehicle_id}",
        before={name: getattr(old, name) for name in changed},
        after={name: getattr(clean, name) for name in changed},
    )
    if {"plate", "province"} & set(changed):
        rows.relabel_passes(session, vehicle_id, f"{clean.plate} {clean.province}".strip())
    record_change(session, passes=rows.passes_of_vehicle(session, vehicle_id))
    return True


def living_vehicle(session: Session, vehicle_id: int) -> VehicleRecord:
    """The vehicle, if the record may be worked with. Raises UserError where it may not."""
    found = rows.vehicle_record(session, vehicle_id)
    if found is None or found.erased_at is not None:
        raise UserError(f"vehicle {vehicle_id} is not on record", "ไม่พบข้อมูลยานพาหนะนี้")
    if found.merged_into is not None:
        raise UserError(
            f"vehicle {vehicle_id} was merged into {found.merged_into}",
            "ข้อมูลยานพาหนะนี้ถูกรวมเข้ากับอีกรายการหนึ่งแล้ว",
        )
    return found


def _columns(session: Session, clean: VehicleDraft, plate: Plate) -> dict[str, Any]:
    if clean.person_id is not None:
        _responsible(session, clean.person_id)
    known = organisation_ids(session, [clean.organisation]) if clean.organisation else {}
    return {
        "plate": plate.text,
        "plate_key": plate.key,
        "province": clean.province,
        "make": clean.make,
        "model": clean.model,
        "colour": clean.colour,
        "kind": clean.kind.value,
        "person_id": clean.person_id,
        "organisation_id": known.get(clean.organisation),
        "note": clean.note,
    }


def _responsible(session: Session, person_id: int) -> None:
    try:
        living_person(session, person_id)
    except UserError as error:
        raise UserError(str(error), error.th, field="person_id") from error


def _refuse_second(session: Session, plate: Plate, province: str, but: int | None = None) -> None:
    owner = rows.vehicle_by_plate(session, plate.key, province)
    if owner is not None and owner != but:
        raise _already(session, plate, province)


def _already(session: Session, plate: Plate, province: str) -> AlreadyOnRecord:
    name = f"{plate.text} {province}".strip()
    return AlreadyOnRecord(
        f"{name} is on record already",
        f"มียานพาหนะทะเบียน {name} อยู่แล้ว",
        field="plate",
        kind="vehicle",
        row=rows.vehicle_by_plate(session, plate.key, province) or 0,
    )
