"""A person's photo, and two records of one person made one, over HTTP."""

from __future__ import annotations

import time
from typing import Annotated, Any

from flask import Response, request, send_from_directory
from msgspec import Meta, Struct
from msgspec.json import Decoder
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import UserError
from gatekeeper.office import holders as office
from gatekeeper.office import merging
from gatekeeper.office.holders import PersonRecord
from gatekeeper.office.photos import FOLDER, store_photo
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe
from gatekeeper.web.api.holders import PersonJson, living, told
from gatekeeper.web.body import answer, parse
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services

PICTURE = "application/octet-stream"


class FieldJson(Struct):
    """A field in which the records differ."""

    field: str
    keep: str
    other: str
    proposed: bool
    """Whether the other's value is proposed: there is none in the record that stays."""


class ClashPassJson(Struct):
    """An active pass of one of the two."""

    id: str
    number: str
    person_id: int


class ClashJson(Struct):
    """A class of which both have an active pass; one of them must be chosen."""

    class_id: str
    name_th: str
    name_en: str
    passes: list[ClashPassJson]


class MergePreviewJson(Struct):
    """What merging would do."""

    keep: PersonJson
    gone: PersonJson
    fields: list[FieldJson]
    moved: dict[str, int]
    """Rows of the other record, by table."""
    clashes: list[ClashJson]


class MergeBody(Struct):
    """Whose value stays, and which pass of a class."""

    take: list[Annotated[str, Meta(max_length=63)]] = []
    """Fields of which the other record's value stays."""
    active: dict[Annotated[str, Meta(max_length=63)], Annotated[str, Meta(max_length=63)]] = {}
    """The pass that stays active, by class; the other is revoked."""


_choices = Decoder(MergeBody)


@api.get("/people/<int:person_id>/photo")
@describe(None, media="image/jpeg", problems=(404, 503))
def person_photo(person_id: int) -> AnyResponse:
    """A person's photo; reading a VIP's, or of somebody watched for, is recorded."""
    with looking() as session:
        found = living(session, person_id)
    if not found.photo:
        refuse("not_found", f"person {person_id} has no photo")
    note_reading(found.id)
    made = send_from_directory(services().config.data / FOLDER, found.photo, conditional=False)
    made.headers["Cache-Control"] = "no-store"
    return made


@api.put("/people/<int:person_id>/photo")
@describe(PersonJson, takes=PICTURE, problems=(404, 413, 422, 503))
def put_photo(person_id: int) -> Response:
    """Another photo: JPEG, PNG or WebP, painted anew; gates show it at once."""
    with looking() as session:
        living(session, person_id)
    data = request.get_data(cache=False)
    if not data:
        raise UserError("a photo is due", "กรุณาส่งไฟล์รูปถ่าย", field="photo")
    return _photo(person_id, store_photo(services().config.data / FOLDER, data))


@api.delete("/people/<int:person_id>/photo")
@describe(PersonJson, problems=(404, 503))
def remove_photo(person_id: int) -> Response:
    """Take the photo off the record."""
    with looking() as session:
        living(session, person_id)
    return _photo(person_id, "")


def _photo(person_id: int, key: str) -> Response:
    with acting() as session:
        office.set_photo(session, person_id, key, actor=actor(), now=time.time())
        return answer(told(office.living_person(session, person_id)))


@api.get("/people/<int:person_id>/merge/<int:other_id>")
@describe(MergePreviewJson, problems=(404, 422, 503))
def merge_preview(person_id: int, other_id: int) -> Response:
    """What merging the second record into the first would do; nothing is changed."""
    with looking() as session:
        seen = _preview(session, person_id, other_id)
    note_reading(seen.keep.id)
    note_reading(seen.gone.id)
    return answer(
        {"keep": told(seen.keep), "gone": told(seen.gone), "moved": seen.moved}
        | fields_and_clashes(seen)
    )


@api.post("/people/<int:person_id>/merge/<int:other_id>")
@describe(PersonJson, body=MergeBody, problems=(400, 404, 422, 503))
def merge(person_id: int, other_id: int) -> Response:
    """Merge the second record into the first; it cannot be undone."""
    body = parse(_choices)
    unknown = sorted(set(body.take) - set(merging.FIELDS))
    if unknown:
        refuse("invalid", f"take: {unknown[0]!r} seen; due: {', '.join(merging.FIELDS)}")
    with acting() as session:
        _preview(session, person_id, other_id)
        merging.merge_people(
            session, person_id, other_id,
            take=body.take, active=body.active, actor=actor(), now=time.time(),
        )  # fmt: skip
        return answer(told(office.living_person(session, person_id)))


def _preview(session: Any, person_id: int, other_id: int) -> merging.Preview[PersonRecord]:
    """Answers 404 where one of the two is not on record (any more)."""
    for each in (person_id, other_id):
        living(session, each)
    try:
        return merging.preview(session, person_id, other_id)
    except UserError as error:
        refuse("invalid", in_words(error))


def fields_and_clashes(seen: merging.Preview[Any]) -> dict[str, Any]:
    """What differs, and which passes cannot both stay, as a preview's JSON has them."""
    fields = [
        {"field": name, "keep": _text(mine), "other": _text(other), "proposed": proposed}
        for name, mine, other, proposed in seen.fields
    ]
    clashes = [
        {
            "class_id": clash.class_id,
            "name_th": clash.name_th,
            "name_en": clash.name_en,
            "passes": [
                {"id": pass_id, "number": number, "person_id": whose}
                for pass_id, number, whose in clash.passes
            ],
        }
        for clash in seen.clashes
    ]
    return {"fields": fields, "clashes": clashes}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
