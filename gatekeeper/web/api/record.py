"""What is on record: the journal, attendance of an event, and who is inside."""

from __future__ import annotations

import time
from typing import Any

from flask import Response

from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.api.shapes import AttendanceJson, JournalJson, MusterJson
from gatekeeper.web.body import answer, whole_number
from gatekeeper.web.entries import dress, holder_json
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

_PAGE = 100
_PAGE_MOST = 1000


@api.get("/journal")
@describe(
    JournalJson,
    parameters=(
        query("since", "integer", "Entries after this seq; default 0"),
        query("limit", "integer", f"At most so many, 1 to {_PAGE_MOST}; default {_PAGE}"),
    ),
    problems=(422, 503),
)
def journal() -> Response:
    """Entries of the journal in order."""
    since = whole_number("since", 0, 1 << 62)
    limit = whole_number("limit", _PAGE, _PAGE_MOST, least=1)
    entries = services().journal.since(since, limit)
    known = services().holders.get(entry.pass_id for entry in entries)
    return answer(
        {
            "entries": [dress(entry, known.get(entry.pass_id or "")) for entry in entries],
            "head": services().journal.head(),
            "next": entries[-1].seq if len(entries) == limit else None,
        }
    )


@api.get("/events/<slug>/attendance")
@describe(AttendanceJson, problems=(404,))
def attendance(slug: str) -> Response:
    """Counts of an event."""
    counts = services().hub.attendance(slug)
    if counts is None:
        refuse("not_found", f"event {slug!r} does not exist")
    return answer({"event": slug, **counts})


@api.get("/muster")
@describe(MusterJson)
def muster() -> Response:
    """Who is inside now, by area, longest inside first."""
    seq, musters = services().hub.seq, services().hub.muster()
    areas = [_area(area, inside) for area, inside in sorted(musters.items())]
    return answer({"seq": seq, "at": iso(time.time()), "areas": areas})


def _area(area: str, inside: dict[str, float]) -> dict[str, Any]:
    known = services().holders.get(inside)
    people = [
        {"pass_id": pass_id, "since": iso(at), "holder": holder_json(known.get(pass_id))}
        for pass_id, at in sorted(inside.items(), key=lambda pair: pair[1])
    ]
    return {"area": area, "count": len(people), "inside": people}
