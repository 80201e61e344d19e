"""Two records of one vehicle made one: what would become of it, and doing it.

As with people (gatekeeper.office.merging): a person compares both and says which value stays; the
other record stays as an empty one that leads here. A plate goes with its province.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gatekeeper.db import merging as rows
from gatekeeper.db import vehicles
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.guest_store import organisation_ids
from gatekeeper.db.holder_values import VehicleRecord
from gatekeeper.db.tables import Vehicle
from gatekeeper.office.merging import Preview, compared, settle
from gatekeeper.office.plates_alike import plate_key
from gatekeeper.office.vehicles import living_vehicle

__all__ = ["FIELDS", "merge_vehicles", "preview"]

FIELDS = ("plate", "make", "model", "colour", "kind", "person_id", "organisation", "note")
"""What is chosen field by field."""


def preview(session: Session, keep_id: int, gone_id: int) -> Preview[VehicleRecord]:
    """What `merge_vehicles` would do. Raises UserError where these two cannot be merged."""
    return compared(session, keep_id, gone_id, living_vehicle, FIELDS, _shown, Vehicle)


def merge_vehicles(
    session: Session,
    keep_id: int,
    gone_id: int,
    *,
    take: Collection[str] = (),
    active: Mapping[str, str] | None = None,
    actor: str,
    now: float,
) -> None:
    """Merge `gone_id` into `keep_id`; `take` names the fields of which the other's value stays.

    `active`: the pass that stays active, by class, where both have one; the others are revoked.
    Raises UserError (field `active-CLASS`) where one was not chosen.
    """
    seen = preview(session, keep_id, gone_id)
    why = f"vehicle:{gone_id} merged into vehicle:{keep_id}"
    settle(session, seen.clashes, active or {}, why=why, actor=actor, now=now)
    taken = {name for name, *_ in seen.fields} & set(take)
    rows.move_to(session, gone_id, keep_id, Vehicle)
    rows.blank_vehicle(session, gone_id, keep_id, now)
    vehicles.update_vehicle(session, keep_id, _columns(session, seen, taken) | {"changed_at": now})
    plate = seen.gone if "plate" in taken else seen.keep
    vehicles.relabel_passes(session, keep_id, f"{plate.plate} {plate.province}".strip())
    other = {name: _shown(seen.gone, name) for name in FIELDS if _shown(seen.gone, name)}
    record_act(
        session,
        actor,
        "vehicle.merge",
        f"vehicle:{keep_id}",
        f"vehicle:{gone_id}",
        before={name: _shown(seen.keep, name) for name in sorted(taken)} | {"other": other},
        after={name: _shown(seen.gone, name) for name in sorted(taken)} | seen.moved,
    )
    record_change(session, passes=vehicles.passes_of_vehicle(session, keep_id))


def _columns(
    session: Session, seen: Preview[VehicleRecord], taken: Collection[str]
) -> dict[str, Any]:
    """Columns of the record that stays, with the chosen values of the other one."""

    def of(name: str) -> VehicleRecord:
        return seen.gone if name in taken else seen.keep

    plate, organisation = of("plate"), of("organisation").organisation
    known = organisation_ids(session, [organisation]) if organisation else {}
    return {
        "plate": plate.plate,
        "plate_key": plate_key(plate.plate),
        "province": plate.province,
        "make": of("make").make,
        "model": of("model").model,
        "colour": of("colour").colour,
        "kind": of("kind").kind.value,
        "person_id": of("person_id").person_id,
        "organisation_id": known.get(organisation),
        "note": of("note").note,
    }


def _shown(record: VehicleRecord, name: str) -> str:
    """A value as it is compared and kept in the record of acts."""
    if name == "plate":
        return f"{record.plate} {record.province}".strip()
    if name == "person_id":
        return "" if record.person_id is None else f"{record.person_name} ({record.person_id})"
    return str(getattr(record, name) or "")
