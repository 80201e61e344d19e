"""Visits over HTTP: who has a card out or is expected, the exchange, and the return."""

from __future__ import annotations

import time
from typing import Annotated, Any

from flask import Response, request
from msgspec import Meta, Struct
from msgspec.json import Decoder

from gatekeeper.db import visits as rows
from gatekeeper.db.visits import VisitInfo
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState
from gatekeeper.office import visits as office
from gatekeeper.office.names import split_full_name
from gatekeeper.office.visit_values import Errand, Halted, Visitor
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, parse, whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.visitors.site import rules
from gatekeeper.web.problems import refuse
from gatekeeper.web.texts import iso

Text = Annotated[str, Meta(max_length=200)]


class VisitJson(Struct):
    """A visit; of the document its kind and last digits alone."""

    id: int
    state: VisitState
    name: str
    organisation: str
    purpose: VisitPurpose
    host_name: str
    host_unit: str
    place: str
    card: str | None
    pass_id: str | None
    leader: int | None
    document_kind: DocumentKind | None
    document_tail: str
    slot: str | None
    document_kept: bool
    expected_at: str | None
    opened_at: str | None
    due_at: str | None
    closed_at: str | None


class VisitsJson(Struct):
    """Visits, soonest due first."""

    visits: list[VisitJson]


class ReturnedJson(Struct):
    """A card came back: where the document lies that is to be given back, if any."""

    visit: VisitJson
    slot: str | None
    still_out: int


class ExchangeBody(Struct):
    """A document in, a card out. The document's number is fingerprinted and not stored."""

    card: Annotated[str, Meta(min_length=1, max_length=600)]
    purpose: VisitPurpose = VisitPurpose.OTHER
    name: Text = ""
    """With its title; empty where `expected` has it."""
    name_latin: Text = ""
    organisation: Text = ""
    document_kind: DocumentKind | None = None
    document_number: Annotated[str, Meta(max_length=40)] = ""
    host_name: Text = ""
    host_unit: Text = ""
    place: Text = ""
    plate: Text = ""
    slot: Annotated[str, Meta(max_length=8)] = ""
    expected: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    leader: Annotated[int, Meta(ge=1, le=2**53)] | None = None


_exchange = Decoder(ExchangeBody)
_STATES = ", ".join(state.value for state in VisitState)


@api.get("/visits")
@describe(
    VisitsJson,
    parameters=(
        query("state", "string", f"One of {_STATES}; default open"),
        query("q", "string", "A part of the name, the card's number, a plate, whom or which unit"),
        query("limit", "integer", "At most so many, 1 to 500; default 100"),
    ),
    problems=(422, 503),
)
def visits() -> Response:
    """Visits in a state; the open ones soonest due first."""
    state = request.args.get("state") or VisitState.OPEN.value
    if state not in set(VisitState):
        refuse("invalid", f"state: {state[:20]!r} seen; one of {_STATES} is due")
    limit, text = whole_number("limit", 100, 500, least=1), request.args.get("q", "")[:200]
    with looking() as session:
        if text.strip():
            found = rows.search_visits(session, text, [VisitState(state)], limit)
        else:
            found = rows.visits_in(session, VisitState(state), limit)
    return answer({"visits": [visit_json(visit) for visit in found]})


@api.post("/visits")
@describe(VisitJson, body=ExchangeBody, problems=(400, 409, 422, 503))
def open_visit() -> Response:
    """Exchange: lend a card for a document; 409 where the watchlist stops or asks."""
    body = parse(_exchange)
    title, first, last = split_full_name(body.name)
    visitor = Visitor(
        title, first, last, body.name_latin, body.organisation, "",
        body.document_kind, body.document_number,
    )  # fmt: skip
    errand = Errand(body.purpose, body.host_name, body.host_unit, "", body.place, body.plate)
    told = body.expected is None or body.host_name or body.host_unit
    with acting() as session:
        made = office.exchange(
            session,
            rules(),
            body.card,
            visitor=visitor if body.name or body.document_number or not body.expected else None,
            errand=errand if told else None,
            slot=body.slot,
            expected_id=body.expected,
            leader_id=body.leader,
            actor=actor(),
            now=time.time(),
        )
    if isinstance(made, Halted):
        found = made.found.stops or made.found.questions
        said = "; ".join(dict.fromkeys(each.instruction for each in found))
        refuse("watch_stop", said, visit=made.visit.id, stopped=bool(made.found.stops))
    return answer(visit_json(made.visit))


@api.post("/visits/<visit_id>/return")
@describe(ReturnedJson, problems=(404, 422, 503))
def return_visit(visit_id: str) -> Response:
    """Take the card of a visit back; it opens nothing from now on."""
    if not (visit_id.isascii() and visit_id.isdigit()) or len(visit_id) > 15:
        refuse("not_found", f"visit {visit_id[:20]!r} does not exist")
    with acting() as session:
        visit = rows.visit_by_id(session, int(visit_id))
        if visit is None:
            refuse("not_found", f"visit {visit_id} does not exist")
        if visit.card_number is None or visit.state is not VisitState.OPEN:
            raise UserError(
                f"no card is out for visit {visit_id} ({visit.state.value})",
                "รายการนี้ไม่มีบัตรค้างอยู่",
            )
        back = office.give_back(session, visit.card_number, actor=actor(), now=time.time())
    return answer({"visit": visit_json(back.visit), "slot": back.slot, "still_out": back.still_out})


def visit_json(visit: VisitInfo) -> dict[str, Any]:
    """A visit as JSON types."""
    same = (
        "id", "state", "name", "organisation", "purpose", "host_name", "host_unit", "place",
        "pass_id", "document_kind", "document_tail", "document_kept",
    )  # fmt: skip
    times = ("expected_at", "opened_at", "due_at", "closed_at")
    return {
        **{name: getattr(visit, name) for name in same},
        **{name: iso(getattr(visit, name)) for name in times},
        "card": visit.card_number,
        "leader": visit.leader_id,
        "slot": visit.document_slot,
    }
