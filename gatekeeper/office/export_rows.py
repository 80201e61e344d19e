"""What stands in a list that goes out: for each person, vehicle, pass or guest a row of texts.

The same columns that the import knows, so that what goes out can come back. Never in a list: a
document's number (its last digits are), a photo, anything sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from gatekeeper.db import holder_lists
from gatekeeper.db.engine import Session
from gatekeeper.db.events import event_by_slug
from gatekeeper.db.guest_lists import each_guest
from gatekeeper.db.holders import person_records
from gatekeeper.db.vehicles import vehicle_records
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.office.export import COLUMNS
from gatekeeper.office.headers import field_of
from gatekeeper.office.list_cells import (
    DOCUMENTS,
    EMPLOYMENTS,
    PURPOSES,
    STATES,
    VEHICLE_KINDS,
)
from gatekeeper.office.list_columns import PASSES, PEOPLE, VEHICLES, Vocabulary
from gatekeeper.office.validity import day_of

__all__ = ["LISTS", "Listing", "listing"]

LISTS = ("people", "vehicles", "passes", "guests")

_C = TypeVar("_C", bound=StrEnum)
_PART = 500
_PEOPLE = (
    "record", "title", "first_name", "last_name", "name_latin", "position", "organisation",
    "employment", "purpose", "email", "phone", "vip", "document_kind", "document_tail", "number",
)  # fmt: skip
_VEHICLES = (
    "plate", "province", "make", "model", "colour", "kind", "responsible", "responsible_record",
    "organisation", "note",
)  # fmt: skip
_PASSES = (
    "number", "class", "state", "record", "title", "first_name", "last_name", "name_latin",
    "organisation", "plate", "province", "valid_from", "valid_until", "gates", "credential", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """One list, ready to be written."""

    title: tuple[str, str]
    """Thai, English."""
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    """The same columns as programs call them."""
    rows: Iterator[list[str]]


def listing(session: Session, kind: str, *, zone: ZoneInfo, event: str = "") -> Listing:
    """The list `kind`; its rows are read while they are asked for, within the session.

    Raises UserError for guests of an event that does not exist.
    """
    if kind == "guests":
        if event_by_slug(session, event) is None:
            raise UserError(
                f"event {event[:63]!r} does not exist", f"ไม่พบงาน “{event[:63]}”", field="event"
            )
        headers = tuple(header for header, _ in COLUMNS)
        named = tuple(str(field_of(header)) for header in headers)
        rows = ([text(guest) for _, text in COLUMNS] for guest in each_guest(session, event))
        return Listing((f"รายชื่อแขกของงาน {event}", f"Guests of {event}"), headers, named, rows)
    title, vocabulary, fields, make = _KINDS[kind]
    headers = tuple(vocabulary.headers[field] for field in fields)
    found = ([row[field] for field in fields] for row in make(session, zone))
    return Listing(title, headers, fields, found)


def _people(session: Session, zone: ZoneInfo) -> Iterator[Mapping[str, str]]:
    numbers: dict[int, str] = {}
    for person_id, number in holder_lists.each_person(session):
        numbers[person_id] = number
        if len(numbers) == _PART:
            yield from _people_rows(session, numbers)
            numbers = {}
    yield from _people_rows(session, numbers)


def _people_rows(session: Session, numbers: Mapping[int, str]) -> Iterator[Mapping[str, str]]:
    texts = (
        "title", "first_name", "last_name", "name_latin", "position", "organisation", "email",
        "phone", "document_tail",
    )  # fmt: skip
    for each in person_records(session, list(numbers)):
        yield {
            **{name: getattr(each, name) for name in texts},
            "record": str(each.id),
            "employment": _word(each.employment, EMPLOYMENTS),
            "purpose": _word(each.purpose, PURPOSES),
            "vip": "ใช่" if each.vip else "",
            "document_kind": _word(each.document_kind, DOCUMENTS),
            "number": numbers[each.id],
        }


def _vehicles(session: Session, zone: ZoneInfo) -> Iterator[Mapping[str, str]]:
    ids = holder_lists.each_vehicle(session)
    texts = ("plate", "province", "make", "model", "colour", "organisation", "note")
    for start in range(0, len(ids), _PART):
        for each in vehicle_records(session, ids[start : start + _PART]):
            yield {
                **{name: getattr(each, name) for name in texts},
                "kind": _word(each.kind, VEHICLE_KINDS),
                "responsible": each.person_name,
                "responsible_record": "" if each.person_id is None else str(each.person_id),
            }


def _passes(session: Session, zone: ZoneInfo) -> Iterator[Mapping[str, str]]:
    texts = (
        "number", "title", "first_name", "last_name", "name_latin", "organisation", "plate",
        "province", "credential", "note",
    )  # fmt: skip
    for each in holder_lists.each_pass(session):
        begin, end = each.valid_from, each.valid_until
        yield {
            **{name: getattr(each, name) for name in texts},
            "class": each.class_id,
            "state": _word(PassState(each.state), STATES),
            "record": "" if each.person_id is None else str(each.person_id),
            "valid_from": "" if begin is None else day_of(begin, zone).isoformat(),
            # The last day on which it is valid, as it is printed.
            "valid_until": "" if end is None else day_of(end - 1, zone).isoformat(),
            "gates": " ".join(each.gates or ()),
        }


def _word(member: _C | None, words: Mapping[_C, str]) -> str:
    return "" if member is None else words[member].partition("|")[0]


_Make = Callable[[Session, ZoneInfo], Iterator[Mapping[str, str]]]
_KINDS: dict[str, tuple[tuple[str, str], Vocabulary, tuple[str, ...], _Make]] = {
    "people": (("ทะเบียนบุคคล", "People"), PEOPLE, _PEOPLE, _people),
    "vehicles": (("ทะเบียนยานพาหนะ", "Vehicles"), VEHICLES, _VEHICLES, _vehicles),
    "passes": (("ทะเบียนบัตรผ่าน", "Passes"), PASSES, _PASSES, _passes),
}
