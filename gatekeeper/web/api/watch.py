"""The watchlist over HTTP, for the roles that may see it: read, add, ask for a removal."""

from __future__ import annotations

import time
from typing import Annotated, Any

from flask import Response, g, request
from msgspec import Meta, Struct
from msgspec.json import Decoder

from gatekeeper.db import watchlist as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.watchlist import Entry
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind, WatchKind
from gatekeeper.office import watch_removal, watchlist
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, parse
from gatekeeper.web.desks.acting import acting
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

Text = Annotated[str, Meta(max_length=500)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
UntilAt = Annotated[float, Meta(gt=0, lt=253_402_300_800)]


class WatchEntryJson(Struct):
    """An entry; of a document only its last four signs."""

    id: int
    kind: WatchKind
    name: str
    name_latin: str
    document_tail: str
    plate: str
    province: str
    credential: str | None
    reason: str
    instruction: str
    added_by: str
    added_at: str
    until_at: str | None
    removed_by: str
    removed_at: str | None


class WatchlistJson(Struct):
    """The newest first."""

    entries: list[WatchEntryJson]


class WatchBody(Struct):
    """Whom or what to watch for; which fields count goes by `kind`."""

    kind: WatchKind
    reason: Reason
    instruction: Text = ""
    name: Text = ""
    name_latin: Text = ""
    document_kind: DocumentKind = DocumentKind.NATIONAL_ID
    document_number: Text = ""
    plate: Text = ""
    province: Text = ""
    credential: Text = ""
    until_at: UntilAt | None = None
    """UTC seconds since the epoch."""


class RemovalBody(Struct):
    """Why it is to be removed; a second person decides."""

    reason: Reason


class RemovalJson(Struct):
    """The request that waits for a second person."""

    approval: int
    state: str


_add, _removal = Decoder(WatchBody), Decoder(RemovalBody)


@api.get("/watchlist")
@describe(
    WatchlistJson,
    parameters=(query("removed", "boolean", "Those no longer in force; default false"),),
    problems=(503,),
)
def watchlist_entries() -> Response:
    """Who and what is watched for; the look is recorded."""
    removed = request.args.get("removed", "") in ("1", "true")
    with acting() as session:
        found = rows.entries(session, time.time(), removed=removed)
        record_act(session, actor(), "watch.read", "list")
    return answer({"entries": [_entry(each) for each in found]})


@api.post("/watchlist")
@describe(WatchEntryJson, body=WatchBody, problems=(400, 422, 503))
def watchlist_add() -> Response:
    """Watch for one more; in force at every gate and desk at once."""
    body = parse(_add)
    draft = EntryDraft(**{name: getattr(body, name) for name in WatchBody.__struct_fields__})
    with acting() as session:
        made = watchlist.add(session, services().vault, draft, actor=actor(), now=time.time())
        found = rows.entry_of(session, made)
    with acting() as session:
        watchlist.sweep(session, made, actor=actor(), now=time.time())
    return answer(_entry(found))


@api.post("/watchlist/<int:entry_id>/removal")
@describe(RemovalJson, body=RemovalBody, problems=(400, 404, 422, 503))
def watchlist_removal(entry_id: int) -> Response:
    """Ask that an entry be removed; it stays in force until a second person agrees."""
    body = parse(_removal)
    with acting() as session:
        try:
            rows.entry_of(session, entry_id)
        except UserError as error:
            refuse("not_found", in_words(error))
        asked = watch_removal.ask(
            session,
            entry_id,
            reason=body.reason,
            actor=actor(),
            role=g.caller.role,
            now=time.time(),
        )
    return answer({"approval": asked.id, "state": asked.state.value})


def _entry(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in WatchEntryJson.__struct_fields__}
    times = ("added_at", "until_at", "removed_at")
    return values | {name: iso(values[name]) for name in times}
