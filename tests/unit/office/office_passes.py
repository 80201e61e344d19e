"""Passes in any state for tests of making, put straight into the tables."""

from __future__ import annotations

from itertools import count
from typing import Any

from gatekeeper.db.engine import Database, Session
from gatekeeper.db.guest_store import organisation_ids
from gatekeeper.db.passes import new_pass_id
from gatekeeper.db.tables import PassRow, Person, Vehicle

AT = 1_795_000_000.0
NUMBERS = count(1)


def add_badge(database: Database, state: str = "approved", **values: Any) -> str:
    """A person with a pass of class `official`; its id. `values` are columns of the pass."""
    name = values.pop("name", "กิตติ์")
    photo, latin = values.pop("photo", ""), values.pop("latin", "Mr. Kit Chaidee")
    with database.session() as session:
        unit = organisation_ids(session, ["กองพิธีการ"])["กองพิธีการ"]
        person = Person(
            title="นาย", first_name=name, last_name="ใจดี", name_latin=latin,
            position="นักวิเคราะห์", organisation_id=unit, photo=photo,
        )  # fmt: skip
        session.add(person)
        session.flush()
        values.setdefault("kind", "badge")
        return _add(session, "official", "OF", state, person_id=person.id, **values)


def add_permit(database: Database, state: str = "approved", **values: Any) -> str:
    """A vehicle with a pass of class `private_vehicle`; its id."""
    with database.session() as session:
        number = next(NUMBERS)
        car = Vehicle(
            plate=f"กก {number}", plate_key=f"กก{number}", province="กรุงเทพมหานคร",
            make="Toyota", model="Vios", colour="ขาว",
        )  # fmt: skip
        session.add(car)
        session.flush()
        values.setdefault("kind", "vehicle")
        return _add(session, "private_vehicle", "PV", state, vehicle_id=car.id, **values)


def _add(session: Session, class_id: str, prefix: str, state: str, **values: Any) -> str:
    row = {
        "id": new_pass_id(), "class_id": class_id, "state": state,
        "number": f"{prefix}-{next(NUMBERS):06d}", "created_at": AT, "requested_by": "asker",
        "valid_until": AT + 1e8, "checked_by": "checker", "approved_by": "approver",
    }  # fmt: skip
    session.add(PassRow(**{**row, **values}))
    return str(row["id"])


def pass_row(database: Database, pass_id: str) -> PassRow:
    """The pass as it stands in the table."""
    with database.reading() as session:
        return session.get_one(PassRow, pass_id)
