"""Whole lists over HTTP: taken in, and given out after a second person's word, as on the pages."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request
from msgspec import Meta, Struct
from msgspec.json import Decoder
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import ImportFault, LinkError
from gatekeeper.office import bulk_export
from gatekeeper.office.approvals import REASON_MOST, ApprovalState, Asked
from gatekeeper.office.bulk_export import Order
from gatekeeper.office.import_lists import Importer, import_list
from gatekeeper.office.import_passes import PassImport
from gatekeeper.office.import_people import PeopleImport, VehicleImport
from gatekeeper.web import security
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, parse
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.exports import TYPES, approved_file
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso, language

IMPORTS = ("people", "vehicles", "passes")
RATE = "60 per hour"
"""Lists that one address may send: each holds the main database's pen for seconds."""
_PIECE = 1 << 16

Short = Annotated[str, Meta(max_length=63)]


class SentenceJson(Struct):
    """In both languages."""

    th: str
    en: str


class FaultJson(Struct):
    """One thing wrong in one row."""

    row: int
    """As the sheet or file counts it."""
    column: str
    code: str
    message: SentenceJson


class StoppedJson(Struct):
    """A row that is the same as an entry of the watchlist."""

    row: int
    instruction: str


class MetJson(Struct):
    """What the watchlist met."""

    stopped: list[StoppedJson]
    questions: int
    """Rows that are only alike; which, only the roles of the watchlist may know."""


class ImportJson(Struct):
    """The report of an import; where any row is at fault nothing is taken, unless `partial`."""

    rows: int
    imported: int
    updated: int
    unchanged: int
    faults: list[FaultJson]
    watchlist: MetJson


class ExportBody(Struct):
    """A list that is asked for; another person decides."""

    kind: Short
    """`people`, `vehicles`, `passes` or `guests`."""
    format: Short
    """`csv`, `xlsx` or `json`."""
    reason: Annotated[str, Meta(max_length=REASON_MOST)]
    event: Short = ""
    """Slug, for guests."""


class ExportJson(Struct):
    """A list that was asked for, and how that stands."""

    id: int
    kind: str
    format: str
    event: str
    state: ApprovalState
    """An approved one can be fetched once, until it expires."""
    reason: str
    requested_at: str | None
    expires_at: str | None
    decided_by: str
    decision_reason: str


class ExportsJson(Struct):
    """What this caller asked for, the newest first."""

    exports: list[ExportJson]


_wanted = Decoder(ExportBody)


def limit(app: Flask) -> None:
    """How often a list may be sent."""
    security.limit_posts(app, {"api.import_rows": RATE})


@api.post("/imports/<kind>")
@describe(
    ImportJson,
    takes="application/octet-stream",
    parameters=(
        query("dry_run", "string", "1: say what would happen, change nothing"),
        query("partial", "string", "1: take the good rows although others are at fault"),
        query("sheet", "string", "Sheet of a workbook that has several lists"),
    ),
    problems=(404, 413, 422, 429, 503),
)
def import_rows(kind: str) -> Response:
    """Take a list of people, vehicles or passes: CSV, XLSX or JSON, told by its content."""
    if kind not in IMPORTS:
        refuse("not_found", f"list {kind[:20]!r} is not known; due: {', '.join(IMPORTS)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        _receive(path)
        try:
            report = import_list(
                services().store.database,
                path,
                _importer(kind),
                partial=request.args.get("partial") == "1",
                dry_run=request.args.get("dry_run") == "1",
                sheet=request.args.get("sheet") or None,
            )
        except ImportFault as error:
            refuse("invalid", error.th if language() == "th" else str(error))
    with contextlib.suppress(LinkError):
        services().link.changed()  # only a hint: the node polls, too
    return answer(report.to_json())


@api.get("/exports")
@describe(ExportsJson, problems=(503,))
def exports() -> Response:
    """What this caller asked for, and how it stands."""
    with looking() as session:
        found = bulk_export.orders_of(session, actor())
    return answer({"exports": [_export(each) for each in found]})


@api.post("/exports")
@describe(ExportJson, body=ExportBody, problems=(400, 422, 503))
def ask_export() -> Response:
    """Ask for a whole list; an administrator or auditor decides on it."""
    body = parse(_wanted)
    order = Order(body.kind, body.format, body.event if body.kind == "guests" else "")
    with acting() as session:
        asked = bulk_export.ask(
            session, order, reason=body.reason, actor=actor(), role=g.caller.role,
            events=g.caller.scope.events, now=time.time(),
        )  # fmt: skip
    return answer(_export(asked))


@api.post("/exports/<int:request_id>/file")
@describe(None, media="|".join(TYPES.values()), problems=(404, 422, 503))
def fetch_export(request_id: int) -> AnyResponse:
    """The list that was approved, once; it says who exported it and when."""
    return approved_file(request_id)


def _receive(path: Path) -> None:
    """The body into a file; answers 413 where it is too large, also of a length not told."""
    left = security.UPLOADS["api.import_rows"]
    with path.open("wb") as file:
        while piece := request.stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise RequestEntityTooLarge
            file.write(piece)


def _importer(kind: str) -> Importer:
    who: dict[str, Any] = {"vault": services().vault, "actor": actor(), "now": time.time()}
    if kind == "people":
        return PeopleImport(**who)
    if kind == "vehicles":
        return VehicleImport(**who)
    config = services().config
    return PassImport(
        **who,
        zone=ZoneInfo(config.site.timezone),
        gates=frozenset(services().gates),
        reason=f"list over HTTP by {actor()}",
    )


def _export(asked: Asked) -> dict[str, Any]:
    details = asked.details
    return {
        "id": asked.id,
        "kind": details["kind"],
        "format": details["format"],
        "event": details.get("event", ""),
        "state": asked.state_at(time.time()),
        "reason": asked.reason,
        "requested_at": iso(asked.requested_at),
        "expires_at": iso(asked.expires_at),
        "decided_by": asked.decided_by,
        "decision_reason": asked.decision_reason,
    }
