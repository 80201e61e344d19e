"""From the columns of a row to the holder as screens show it. No query is here."""

from __future__ import annotations

from typing import Any

from gatekeeper.db.tables import (
    Invitation,
    Organisation,
    PassClass,
    PassRow,
    Person,
    Vehicle,
    Visit,
)
from gatekeeper.model import Holder, HolderKind, PassKind
from gatekeeper.titles import display_name

__all__ = ["HOLDER_COLUMNS", "holder_of_row", "printed_number"]

HOLDER_COLUMNS = (
    PassRow.kind,
    PassRow.label,
    PassRow.number,
    PassRow.issue,
    PassClass.name_th.label("class_th"),
    PassClass.name_en.label("class_en"),
    Vehicle.plate,
    Vehicle.province,
    Vehicle.make,
    Vehicle.colour,
    Visit.host_name,
    Visit.host_unit,
    Visit.place.label("visit_place"),
    Invitation.group_name,
    Invitation.table_name,
    Invitation.seat,
    Invitation.vip,
    Invitation.greeter,
    Invitation.note,
    Invitation.representative,
    Person.title,
    Person.first_name,
    Person.last_name,
    Person.name_latin,
    Person.position,
    Person.photo,
    Organisation.name.label("organisation"),
)
"""What a query selects for `holder_of_row`, from these tables joined to the pass."""


def holder_of_row(row: Any) -> Holder:
    """The holder in a row that has HOLDER_COLUMNS."""
    vehicle = row.kind == PassKind.VEHICLE
    person = display_name(row.title or "", row.first_name or "", row.last_name or "")
    plate, province = row.plate or "", row.province or ""
    shown = row.label or f"{plate} {province}".strip()
    return Holder(
        name=shown if vehicle and shown else person or row.label,
        kind=HolderKind.VEHICLE if vehicle else HolderKind.PERSON,
        name_latin=row.name_latin or "",
        position=row.position or "",
        organisation=row.organisation or "",
        group=row.group_name or "",
        table=row.table_name or "",
        seat=row.seat or "",
        vip=bool(row.vip),
        greeter=row.greeter or "",
        note=row.note or "",
        photo=row.photo or "",
        representative=row.representative or "",
        number=printed_number(row.number, row.issue),
        class_th=row.class_th or "",
        class_en=row.class_en or "",
        plate=plate,
        province=province,
        make=row.make or "",
        colour=row.colour or "",
        responsible=person if vehicle else "",
        host=" · ".join(filter(None, (row.host_name, row.host_unit))),
        place=row.visit_place or "",
    )


def printed_number(number: str | None, issue: int) -> str:
    """What stands on the badge: `PR-000123`, from the second issue on `PR-000123/2`."""
    return "" if not number else number if issue <= 1 else f"{number}/{issue}"
