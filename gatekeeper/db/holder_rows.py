"""From the columns of a row to the holder as screens show it. No query is here."""

from __future__ import annotations

from typing import Any

from gatekeeper.model import Holder, HolderKind, PassKind
from gatekeeper.titles import display_name

__all__ = ["holder_of_row", "printed_number"]


def holder_of_row(row: Any) -> Holder:
    """The holder in a row that has the columns of a pass, its invitation and its person.

    Columns of the pass's class, vehicle and visit are taken where the row has them.
    """
    vehicle = row.kind == PassKind.VEHICLE
    person = display_name(row.title or "", row.first_name or "", row.last_name or "")
    plate = getattr(row, "plate", None) or ""
    province = getattr(row, "province", None) or ""
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
        number=printed_number(getattr(row, "number", None), getattr(row, "issue", 1)),
        class_th=getattr(row, "class_th", None) or "",
        class_en=getattr(row, "class_en", None) or "",
        plate=plate,
        province=province,
        make=getattr(row, "make", None) or "",
        colour=getattr(row, "colour", None) or "",
        responsible=person if vehicle else "",
        host=" · ".join(filter(None, (getattr(row, each, None) for each in _HOST))),
        place=getattr(row, "visit_place", None) or "",
    )


_HOST = ("host_name", "host_unit")


def printed_number(number: str | None, issue: int) -> str:
    """What stands on the badge: `PR-000123`, from the second issue on `PR-000123/2`."""
    return "" if not number else number if issue <= 1 else f"{number}/{issue}"
