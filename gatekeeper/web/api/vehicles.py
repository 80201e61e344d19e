"""Vehicles over HTTP: found, read, entered, changed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any

from flask import Response, request
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Decoder

from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.office import vehicles as office
from gatekeeper.office.holder_search import search_vehicles
from gatekeeper.office.holder_watch import vehicle_meets_watchlist
from gatekeeper.office.holders import VehicleDraft, VehicleKind, VehicleRecord
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.api.holders import OFFSET_MOST, PAGE, PAGE_MOST, Text
from gatekeeper.web.body import answer, parse, whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.texts import iso

Plate = Annotated[str, Meta(min_length=1, max_length=60)]
Note = Annotated[str, Meta(max_length=2000)]
PersonId = Annotated[int, Meta(ge=1, lt=1 << 53)]


class VehicleJson(Struct):
    """A vehicle on record."""

    id: int
    plate: str
    province: str
    make: str
    model: str
    colour: str
    kind: VehicleKind
    person_id: int | None
    """Who answers for it."""
    person_name: str
    organisation: str
    note: str
    created_at: str | None
    changed_at: str | None
    merged_into: int | None
    erased_at: str | None


class VehiclesJson(Struct):
    """A page of vehicles; `by` says what the text was taken for."""

    total: int
    by: str
    vehicles: list[VehicleJson]
    next: int | None
    """Offset of the next page; null: this is the last."""


class VehicleBody(Struct):
    """A new vehicle; the plate may end with its province."""

    plate: Plate
    province: Text = ""
    make: Text = ""
    model: Text = ""
    colour: Text = ""
    kind: VehicleKind = VehicleKind.PRIVATE
    person_id: PersonId | None = None
    organisation: Text = ""
    note: Note = ""


class VehicleChange(Struct):
    """What is to be different; what is left out stays."""

    plate: Plate | UnsetType = UNSET
    province: Text | UnsetType = UNSET
    make: Text | UnsetType = UNSET
    model: Text | UnsetType = UNSET
    colour: Text | UnsetType = UNSET
    kind: VehicleKind | UnsetType = UNSET
    person_id: PersonId | UnsetType | None = UNSET
    organisation: Text | UnsetType = UNSET
    note: Note | UnsetType = UNSET


_new = Decoder(VehicleBody)
_change = Decoder(VehicleChange)


@api.get("/vehicles")
@describe(
    VehiclesJson,
    parameters=(
        query("q", "string", "Part of a plate, a card or a pass number"),
        query("organisation", "string", "Its whole name"),
        query("offset", "integer", "Skip so many"),
        query("limit", "integer", f"At most so many, 1 to {PAGE_MOST}; default {PAGE}"),
    ),
    problems=(422, 503),
)
def vehicles() -> Response:
    """Vehicles by plate, or which a text means."""
    offset = whole_number("offset", 0, OFFSET_MOST)
    with looking() as session:
        found = search_vehicles(
            session,
            request.args.get("q", ""),
            organisation=request.args.get("organisation") or None,
            offset=offset,
            limit=whole_number("limit", PAGE, PAGE_MOST, least=1),
        )
    following = offset + len(found.vehicles)
    return answer(
        {
            "total": found.total,
            "by": found.by,
            "vehicles": [told(each) for each in found.vehicles],
            "next": following if found.vehicles and following < found.total else None,
        }
    )


@api.post("/vehicles")
@describe(VehicleJson, body=VehicleBody, problems=(400, 409, 422, 503))
def add_vehicle() -> Response:
    """Enter a vehicle; 409 with `existing` where plate and province are on record."""
    body = parse(_new)
    draft = VehicleDraft(**{name: getattr(body, name) for name in VehicleBody.__struct_fields__})
    try:
        with acting() as session:
            made = office.add_vehicle(session, draft, actor=actor(), now=time.time())
            vehicle_meets_watchlist(session, made, actor=actor(), now=time.time())
            return answer(told(office.living_vehicle(session, made)))
    except AlreadyOnRecord as error:
        refuse("conflict", in_words(error), existing=error.row, field=error.field)


@api.get("/vehicles/<int:vehicle_id>")
@describe(VehicleJson, problems=(404, 503))
def vehicle(vehicle_id: int) -> Response:
    """One vehicle; reading one that is watched for is recorded."""
    with looking() as session:
        found = office.vehicle_of(session, vehicle_id)
    if found is None:
        refuse("not_found", f"vehicle {vehicle_id} is not on record")
    note_reading(None, vehicle_id)
    return answer(told(found))


@api.patch("/vehicles/<int:vehicle_id>")
@describe(VehicleJson, body=VehicleChange, problems=(400, 404, 409, 422, 503))
def change_vehicle(vehicle_id: int) -> Response:
    """Change what is given; gates show it within a quarter of a second."""
    body = parse(_change)
    given = {
        name: value
        for name in VehicleChange.__struct_fields__
        if (value := getattr(body, name)) is not UNSET
    }
    try:
        with acting() as session:
            old = living(session, vehicle_id)
            draft = VehicleDraft(**{name: getattr(old, name) for name in VehicleDraft.__slots__})
            office.change_vehicle(
                session, vehicle_id, replace(draft, **given), actor=actor(), now=time.time()
            )
            vehicle_meets_watchlist(session, vehicle_id, actor=actor(), now=time.time())
            return answer(told(office.living_vehicle(session, vehicle_id)))
    except AlreadyOnRecord as error:
        refuse("conflict", in_words(error), existing=error.row, field=error.field)


def living(session: Any, vehicle_id: int) -> VehicleRecord:
    """The vehicle; answers 404 where it is not on record (any more)."""
    try:
        return office.living_vehicle(session, vehicle_id)
    except UserError as error:
        refuse("not_found", in_words(error))


def told(record: VehicleRecord) -> dict[str, Any]:
    """A VehicleJson."""
    values = {
        name: getattr(record, name)
        for name in VehicleJson.__struct_fields__
        if not name.endswith("_at")
    }
    times = {
        name: iso(getattr(record, name) or None)
        for name in ("created_at", "changed_at", "erased_at")
    }
    return values | times
