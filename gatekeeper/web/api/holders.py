"""People over HTTP: found, read, entered, changed. A document's number comes in, never out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any

from flask import Response, request
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Decoder

from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.kinds_office import DocumentKind, Employment, Purpose
from gatekeeper.office import holders as office
from gatekeeper.office.holder_search import search_people
from gatekeeper.office.holder_watch import person_meets_watchlist
from gatekeeper.office.holders import PersonDraft, PersonRecord
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, parse, whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

PAGE, PAGE_MOST, OFFSET_MOST = 50, 500, 10_000_000

Text = Annotated[str, Meta(max_length=200)]
Number = Annotated[str, Meta(max_length=40)]


class PersonJson(Struct):
    """A person on record; of the document its kind and last signs alone."""

    id: int
    name: str
    title: str
    first_name: str
    last_name: str
    name_latin: str
    position: str
    organisation: str
    employment: Employment | None
    purpose: Purpose
    email: str
    phone: str
    vip: bool
    photo: str
    document_kind: DocumentKind | None
    document_tail: str
    document_kept: bool
    """Whether the whole number is kept, sealed."""
    created_at: str | None
    changed_at: str | None
    merged_into: int | None
    """The record that this one was merged into."""
    erased_at: str | None


class PeopleJson(Struct):
    """A page of people; `by` says what the text was taken for."""

    total: int
    """At least so many where it is 2,000 or more and `by` is `name`."""
    by: str
    people: list[PersonJson]
    next: int | None
    """Offset of the next page; null: this is the last."""


class PersonBody(Struct):
    """A new person. A title may stand joined to the first name, and the whole name in it."""

    first_name: Text = ""
    last_name: Text = ""
    title: Annotated[str, Meta(max_length=80)] = ""
    name_latin: Text = ""
    position: Text = ""
    organisation: Text = ""
    employment: Employment | None = None
    purpose: Purpose = Purpose.STAFF
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=60)] = ""
    vip: bool = False
    document_kind: DocumentKind | None = None
    document_number: Number = ""
    keep_document: bool = False
    """Keep the whole number, sealed; only where a class of pass requires it."""


class PersonChange(Struct):
    """What is to be different; what is left out stays. `document_kind` null: no document."""

    first_name: Text | UnsetType = UNSET
    last_name: Text | UnsetType = UNSET
    title: Annotated[str, Meta(max_length=80)] | UnsetType = UNSET
    name_latin: Text | UnsetType = UNSET
    position: Text | UnsetType = UNSET
    organisation: Text | UnsetType = UNSET
    employment: Employment | UnsetType | None = UNSET
    purpose: Purpose | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=254)] | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    vip: bool | UnsetType = UNSET
    document_kind: DocumentKind | UnsetType | None = UNSET
    document_number: Number = ""
    keep_document: bool = False


_new = Decoder(PersonBody)
_change = Decoder(PersonChange)


@api.get("/people")
@describe(
    PeopleJson,
    parameters=(
        query("q", "string", "Part of a name, a card, a pass number or a whole document number"),
        query("purpose", "string", f"One of {', '.join(Purpose)}"),
        query("organisation", "string", "Its whole name"),
        query("offset", "integer", "Skip so many"),
        query("limit", "integer", f"At most so many, 1 to {PAGE_MOST}; default {PAGE}"),
    ),
    problems=(422, 503),
)
def people() -> Response:
    """People in dictionary order, or whom a text means."""
    offset = whole_number("offset", 0, OFFSET_MOST)
    limit = whole_number("limit", PAGE, PAGE_MOST, least=1)
    purpose = request.args.get("purpose", "")
    if purpose and purpose not in set(Purpose):
        refuse("invalid", f"purpose: {purpose[:20]!r} seen; one of {', '.join(Purpose)} is due")
    with looking() as session:
        found = search_people(
            session,
            request.args.get("q", ""),
            names=services().names,
            vault=services().vault,
            purpose=Purpose(purpose) if purpose else None,
            organisation=request.args.get("organisation") or None,
            offset=offset,
            limit=limit,
        )
    following = offset + len(found.people)
    return answer(
        {
            "total": found.total,
            "by": found.by,
            "people": [told(each) for each in found.people],
            "next": following if found.people and following < found.total else None,
        }
    )


@api.post("/people")
@describe(PersonJson, body=PersonBody, problems=(400, 409, 422, 503))
def add_person() -> Response:
    """Enter a person; 409 with `existing` where the document is somebody's already."""
    body = parse(_new)
    values = {name: getattr(body, name) for name in PersonBody.__struct_fields__}
    keep = values.pop("keep_document")
    try:
        with acting() as session:
            person_id = office.add_person(
                session,
                PersonDraft(**values),
                vault=services().vault,
                keep_document=keep,
                actor=actor(),
                now=time.time(),
            )
            person_meets_watchlist(session, person_id, actor=actor(), now=time.time())
            return answer(told(office.living_person(session, person_id)))
    except AlreadyOnRecord as error:
        refuse("conflict", in_words(error), existing=error.row, field=error.field)


@api.get("/people/<int:person_id>")
@describe(PersonJson, problems=(404, 503))
def person(person_id: int) -> Response:
    """One person; reading a VIP or somebody watched for is recorded."""
    with looking() as session:
        found = office.person_of(session, person_id)
    if found is None:
        refuse("not_found", f"person {person_id} is not on record")
    note_reading(person_id)
    return answer(told(found))


@api.patch("/people/<int:person_id>")
@describe(PersonJson, body=PersonChange, problems=(400, 404, 409, 422, 503))
def change_person(person_id: int) -> Response:
    """Change what is given; gates show it within a quarter of a second."""
    body = parse(_change)
    given = {
        name: value
        for name in PersonChange.__struct_fields__
        if name != "keep_document" and (value := getattr(body, name)) is not UNSET
    }
    try:
        with acting() as session:
            old = living(session, person_id)
            office.change_person(
                session,
                person_id,
                replace(_as_draft(old), **given),
                vault=services().vault,
                keep_document=body.keep_document,
                actor=actor(),
                now=time.time(),
            )
            person_meets_watchlist(session, person_id, actor=actor(), now=time.time())
            return answer(told(office.living_person(session, person_id)))
    except AlreadyOnRecord as error:
        refuse("conflict", in_words(error), existing=error.row, field=error.field)


def living(session: Any, person_id: int) -> PersonRecord:
    """The record, if it may be worked with; answers 404 where it may not."""
    try:
        return office.living_person(session, person_id)
    except UserError as error:
        refuse("not_found", in_words(error))


def _as_draft(record: PersonRecord) -> PersonDraft:
    kept = [name for name in PersonDraft.__slots__ if name != "document_number"]
    return PersonDraft(**{name: getattr(record, name) for name in kept})


def told(record: PersonRecord) -> dict[str, Any]:
    """A record as PersonJson."""
    values = {
        name: getattr(record, name)
        for name in PersonJson.__struct_fields__
        if not name.endswith("_at")
    }
    times = {
        name: iso(getattr(record, name) or None)
        for name in ("created_at", "changed_at", "erased_at")
    }
    return values | times
