"""A pass with its holder, class and card, as lists and its page show it. Only a query.

Which passes are shown is gatekeeper.db.pass_lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased

from gatekeeper.db.holder_rows import printed_number
from gatekeeper.db.tables import Credential, Organisation, PassClass, PassRow, Person, Vehicle
from gatekeeper.kinds import HolderKind, PassState
from gatekeeper.kinds_office import Renewal
from gatekeeper.titles import display_name

__all__ = ["PassLine", "pass_lines"]


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass as a list and its page show it. Personal data: never logged."""

    id: str
    number: str
    """As printed, the issue with it."""
    issue: int
    class_id: str
    class_th: str
    class_en: str
    kind: str
    state: PassState
    renewal: Renewal
    holder: HolderKind
    person_id: int | None
    vehicle_id: int | None
    member_id: int | None
    name: str
    detail: str
    """Position, or make and colour of a vehicle."""
    organisation: str
    photo: str
    credential: str | None
    valid_from: float | None
    valid_until: float | None
    renewal_until: float | None
    renewal_by: str
    renewal_checked_by: str
    requested_by: str
    checked_by: str
    approved_by: str
    printed_issue: int
    created_at: float
    changed_at: float
    note: str


def pass_lines(session: Session, pass_ids: Sequence[str]) -> list[PassLine]:
    """The passes with these ids, in their order; unknown ones and guests' are left out."""
    found: dict[str, PassLine] = {}
    for start in range(0, len(pass_ids), 500):
        part = pass_ids[start : start + 500]
        for row in session.execute(_wide().where(PassRow.id.in_(part))):
            found[row.PassRow.id] = _line(row)
    return [found[pass_id] for pass_id in pass_ids if pass_id in found]


_Query = Select[*tuple[Any, ...]]
_OfPerson = aliased(Organisation)
_OfVehicle = aliased(Organisation)


def _wide() -> _Query:
    return (
        select(
            PassRow,
            PassClass.name_th,
            PassClass.name_en,
            PassClass.holder,
            Person.title,
            Person.first_name,
            Person.last_name,
            Person.position,
            Person.photo,
            Vehicle.plate,
            Vehicle.province,
            Vehicle.make,
            Vehicle.colour,
            _OfPerson.name.label("of_person"),
            _OfVehicle.name.label("of_vehicle"),
            Credential.value.label("credential"),
        )
        .join(PassClass, PassRow.class_id == PassClass.id)
        .outerjoin(Person, PassRow.person_id == Person.id)
        .outerjoin(Vehicle, PassRow.vehicle_id == Vehicle.id)
        .outerjoin(_OfPerson, Person.organisation_id == _OfPerson.id)
        .outerjoin(_OfVehicle, Vehicle.organisation_id == _OfVehicle.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
    )


def _line(row: Any) -> PassLine:
    one: PassRow = row.PassRow
    person = display_name(row.title or "", row.first_name or "", row.last_name or "")
    plate = f"{row.plate or ''} {row.province or ''}".strip()
    car = row.holder == HolderKind.VEHICLE
    detail = f"{row.make or ''} {row.colour or ''}".strip() if car else row.position or ""
    return PassLine(
        id=one.id,
        number=printed_number(one.number, one.issue),
        issue=one.issue,
        class_id=one.class_id or "",
        class_th=row.name_th,
        class_en=row.name_en,
        kind=one.kind,
        state=PassState(one.state),
        renewal=Renewal(one.renewal_state),
        holder=HolderKind(row.holder),
        person_id=one.person_id,
        vehicle_id=one.vehicle_id,
        member_id=one.member_id,
        name=plate if car else person or one.label,
        detail=detail,
        organisation=(row.of_vehicle if car else row.of_person) or "",
        photo=row.photo or "",
        credential=row.credential,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        renewal_until=one.renewal_until,
        renewal_by=one.renewal_by,
        renewal_checked_by=one.renewal_checked_by,
        requested_by=one.requested_by,
        checked_by=one.checked_by,
        approved_by=one.approved_by,
        printed_issue=one.printed_issue,
        created_at=one.created_at,
        changed_at=one.changed_at,
        note=one.note,
    )
