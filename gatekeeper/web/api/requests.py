"""Requests from outside for programs: the queue, one request, a decision, how long they take."""

from __future__ import annotations

import time

import msgspec
from flask import Response, request

from gatekeeper.db import requests as rows
from gatekeeper.db.requests import Request
from gatekeeper.kinds_office import ApplicationState
from gatekeeper.office import request_view
from gatekeeper.office.request_intake import FORMS
from gatekeeper.office.request_view import MemberView, RequestView
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.api.request_shapes import (
    DecisionAnswer,
    DecisionBody,
    KnownHolderJson,
    RequestFileJson,
    RequestJson,
    RequestLineJson,
    RequestMemberJson,
    RequestNoteJson,
    RequestsJson,
    TurnaroundJson,
)
from gatekeeper.web.body import answer, parse_bytes, whole_body, whole_number
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.requests import act_on, zone
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

_PAGE = 100
_decision = msgspec.json.Decoder(DecisionBody)


@api.get("/requests")
@describe(
    RequestsJson,
    parameters=(
        query("state", "string", "One state; without it, those that wait"),
        query("form", "string", "press, broadcast or vehicle"),
        query("q", "string", "Part of organisation, contact or reference"),
        query("limit", "integer", "At most 100"),
        query("offset", "integer", "How many to pass over"),
    ),
    problems=(422, 503),
)
def requests() -> Response:
    """The queue of requests from outside, the oldest first."""
    state, form = request.args.get("state", ""), request.args.get("form", "")
    if state and state not in set(ApplicationState):
        refuse("invalid", f"state: one of {', '.join(ApplicationState)} is due")
    if form and form not in FORMS:
        refuse("invalid", f"form: one of {', '.join(FORMS)} is due")
    text = request.args.get("q", "")[:100]
    if "\0" in text:
        refuse("invalid", "q: a text without control characters is due")
    now = time.time()
    with looking() as session:
        found, total = rows.queue(
            session,
            states=[ApplicationState(state)] if state else rows.OPEN,
            form=form,
            text=text,
            limit=whole_number("limit", _PAGE, _PAGE, least=1),
            offset=whole_number("offset", 0, 1_000_000),
        )
    return answer(RequestsJson(total, [_line(each, now) for each in found]))


@api.get("/requests/turnaround")
@describe(TurnaroundJson, problems=(503,))
def request_turnaround() -> Response:
    """How long requests took in the last twelve weeks, by week."""
    with looking() as session:
        return answer(request_view.times(session, time.time(), zone()))


@api.get("/requests/<reference>")
@describe(RequestJson, problems=(404, 503))
def one_request(reference: str) -> Response:
    """One request with its people, documents and what was said."""
    return answer(_whole(_view(reference), time.time()))


@api.post("/requests/<reference>/decisions")
@describe(DecisionAnswer, body=DecisionBody, problems=(400, 404, 422, 503))
def decide_request(reference: str) -> Response:
    """Check, ask back, refuse, approve (another account than the checker's), tell it is ready."""
    body = parse_bytes(_decision, whole_body())
    passes = act_on(_view(reference).request.id, body.act, body.text, body.text)
    return answer(DecisionAnswer(reference, _view(reference).request.state.value, passes))


def _view(reference: str) -> RequestView:
    if "\0" in reference:
        refuse("not_found")
    with acting() as session:
        found = request_view.view(session, reference, actor=actor(), names=services().names)
    if found is None:
        refuse("not_found", "no such request")
    return found


def _line(each: Request, now: float) -> RequestLineJson:
    return RequestLineJson(
        each.reference,
        each.form,
        each.class_id,
        each.state.value,
        each.organisation,
        iso(each.received_at),
        iso(each.decided_at),
        round(each.hours(now), 2),
        each.members,
    )


def _whole(found: RequestView, now: float) -> RequestJson:
    one = found.request
    return RequestJson(
        line=_line(one, now),
        contact_name=one.contact_name,
        contact_email=one.contact_email,
        contact_phone=one.contact_phone,
        purpose=one.purpose,
        valid_from=iso(one.valid_from),
        valid_until=iso(one.valid_until),
        checked_by=one.checked_by,
        decided_by=one.decided_by,
        reason=one.reason,
        details={key: str(value) for key, value in one.details.items()},
        members=[_member(each) for each in found.members],
        files=[RequestFileJson(e.id, e.kind, e.media_type, e.size) for e in found.files],
        notes=[RequestNoteJson(iso(e.at), e.author, e.kind, e.text) for e in found.notes],
    )


def _member(each: MemberView) -> RequestMemberJson:
    member = each.member
    known = [
        KnownHolderJson(holder.id, record.name, holder.same)
        for holder in each.alike
        if (record := holder.person or holder.vehicle) is not None
    ]
    return RequestMemberJson(
        member.id,
        member.name,
        member.position,
        member.document_kind,
        member.document_tail,
        member.state,
        member.reason,
        each.watched,
        each.chosen,
        known,
        each.pass_id,
        each.pass_state,
    )
