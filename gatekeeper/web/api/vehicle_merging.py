"""Two records of one vehicle made one, over HTTP; people's are in gatekeeper.web.api.merging."""

from __future__ import annotations

import time
from typing import Any

from flask import Response
from msgspec import Struct
from msgspec.json import Decoder

from gatekeeper.db.holder_values import VehicleRecord
from gatekeeper.errors import UserError
from gatekeeper.office import vehicle_merging
from gatekeeper.office import vehicles as office
from gatekeeper.office.merging import Preview
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe
from gatekeeper.web.api.merging import ClashJson, FieldJson, MergeBody, fields_and_clashes
from gatekeeper.web.api.vehicles import VehicleJson, living, told
from gatekeeper.web.body import answer, parse
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading


class VehicleMergePreviewJson(Struct):
    """What merging would do; in a clash `person_id` of a pass is its vehicle's number."""

    keep: VehicleJson
    gone: VehicleJson
    fields: list[FieldJson]
    """A plate goes with its province."""
    moved: dict[str, int]
    """Rows of the other record, by table."""
    clashes: list[ClashJson]


_choices = Decoder(MergeBody)


@api.get("/vehicles/<int:vehicle_id>/merge/<int:other_id>")
@describe(VehicleMergePreviewJson, problems=(404, 422, 503))
def vehicle_merge_preview(vehicle_id: int, other_id: int) -> Response:
    """What merging the second record into the first would do; nothing is changed."""
    with looking() as session:
        seen = _preview(session, vehicle_id, other_id)
    for each in (seen.keep.id, seen.gone.id):
        note_reading(None, each, through="merge")
    return answer(
        {"keep": told(seen.keep), "gone": told(seen.gone), "moved": seen.moved}
        | fields_and_clashes(seen)
    )


@api.post("/vehicles/<int:vehicle_id>/merge/<int:other_id>")
@describe(VehicleJson, body=MergeBody, problems=(400, 404, 422, 503))
def vehicle_merge(vehicle_id: int, other_id: int) -> Response:
    """Merge the second record into the first; it cannot be undone."""
    body = parse(_choices)
    unknown = sorted(set(body.take) - set(vehicle_merging.FIELDS))
    if unknown:
        due = ", ".join(vehicle_merging.FIELDS)
        refuse("invalid", f"take: {unknown[0]!r} seen; due: {due}")
    with acting() as session:
        _preview(session, vehicle_id, other_id)
        vehicle_merging.merge_vehicles(
            session, vehicle_id, other_id,
            take=body.take, active=body.active, actor=actor(), now=time.time(),
        )  # fmt: skip
        return answer(told(office.living_vehicle(session, vehicle_id)))


def _preview(session: Any, vehicle_id: int, other_id: int) -> Preview[VehicleRecord]:
    """Answers 404 where one of the two is not on record (any more)."""
    for each in (vehicle_id, other_id):
        living(session, each)
    try:
        return vehicle_merging.preview(session, vehicle_id, other_id)
    except UserError as error:
        refuse("invalid", in_words(error))
