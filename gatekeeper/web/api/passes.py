"""Passes: listed, asked for, taken a step on. The same rules as at the desk."""

from __future__ import annotations

import contextlib
import time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from flask import Response, request
from msgspec import Meta

from gatekeeper.db.pass_acts import facts_of
from gatekeeper.db.pass_lines import PassLine
from gatekeeper.db.pass_lists import Choice, find_passes, history, one_pass
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office import passes as office
from gatekeeper.office.life_cycle import acts_of
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, parse_bytes, whole_body
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.problems import refuse
from gatekeeper.web.reading import note_reading
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

MOST = 200
"""Passes in one answer."""

_BIGGEST = 2**53
"""Whole numbers that JSON carries; identities are far smaller."""

Seconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
Identity = Annotated[int, Meta(ge=1, le=_BIGGEST)]


class PassJson(msgspec.Struct):
    """A pass. Times are UTC; `valid_until` is the first instant at which it is over."""

    id: str
    number: str
    issue: int
    class_id: str
    state: str
    renewal: str
    holder: str
    person_id: int | None
    vehicle_id: int | None
    name: str
    organisation: str
    credential: str | None
    valid_from: str | None
    valid_until: str | None
    requested_by: str
    checked_by: str
    approved_by: str
    changed_at: str | None


class PassesJson(msgspec.Struct):
    """A page of passes, the latest change first; `total`: how many there are."""

    total: int
    passes: list[PassJson]


class PassActJson(msgspec.Struct):
    """A line of a pass's history."""

    at: str | None
    actor: str
    act: str
    before: str
    after: str
    issue: int
    reason: str


class OnePassJson(msgspec.Struct):
    """A pass, what may be done with it now, and what was done."""

    passed: PassJson = msgspec.field(name="pass")
    acts: list[str]
    history: list[PassActJson]


class NewPassBody(msgspec.Struct):
    """What is asked for; a person or a vehicle, as the class wants. Times: UTC seconds."""

    class_id: Annotated[str, Meta(min_length=1, max_length=32)]
    person_id: Identity | None = None
    vehicle_id: Identity | None = None
    valid_from: Seconds | None = None
    valid_until: Seconds | None = None
    gates: list[Annotated[str, Meta(max_length=63)]] | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class PassActBody(msgspec.Struct):
    """A step, why, and the end that a renewal asks for (UTC seconds)."""

    act: Act
    reason: Annotated[str, Meta(max_length=500)] = ""
    valid_until: Seconds | None = None


_new = msgspec.json.Decoder(NewPassBody)
_step = msgspec.json.Decoder(PassActBody)


@api.get("/passes")
@describe(
    PassesJson,
    parameters=(
        query("q", "string", "part of a name, a pass number, a plate or a credential"),
        query("class", "string", "class of passes"),
        query("state", "string", "one state"),
        query("offset", "integer", "passes to leave out"),
        query("limit", "integer", f"at most so many, up to {MOST}"),
    ),
    problems=(422, 503),
)
def passes() -> Response:
    """Passes that are looked for."""
    state = request.args.get("state", "")
    if state and state not in list(PassState):
        due = ", ".join(PassState)
        raise UserError(f"state {state[:40]!r} seen; {due} are due", "สถานะไม่ถูกต้อง")
    choice = Choice(
        text=request.args.get("q", "")[:100],
        class_id=request.args.get("class", "")[:32],
        states=(PassState(state),) if state else (),
    )
    offset, limit = _whole("offset", 0, 10**9), _whole("limit", 50, MOST)
    with looking() as session:
        total, lines = find_passes(session, choice, offset=offset, limit=limit)
    return answer({"total": total, "passes": [_json(line) for line in lines]})


@api.get("/passes/<pass_id>")
@describe(OnePassJson, problems=(404, 503))
def one_pass_(pass_id: str) -> Response:
    """One pass with its history; reading a VIP's, or of somebody watched for, is recorded."""
    told = _one(pass_id)
    note_reading(told["pass"]["person_id"], told["pass"]["vehicle_id"], through=f"pass {pass_id}")
    return answer(told)


@api.post("/passes")
@describe(OnePassJson, body=NewPassBody, problems=(400, 422, 503))
def new_pass() -> Response:
    """Ask for a pass."""
    body = parse_bytes(_new, whole_body())
    with acting() as session:
        pass_id = office.request_pass(
            session,
            body.class_id,
            person_id=body.person_id,
            vehicle_id=body.vehicle_id,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            gates=body.gates,
            actor=actor(),
            now=time.time(),
            zone=_zone(),
            reason=body.reason,
        )
    return answer(_one(pass_id))


@api.post("/passes/<pass_id>/acts")
@describe(OnePassJson, body=PassActBody, problems=(400, 404, 422, 503))
def pass_act(pass_id: str) -> Response:
    """Take a step with a pass; in force everywhere within a quarter of a second."""
    body = parse_bytes(_step, whole_body())
    _one(pass_id)  # 404 for one that is not the pass office's
    with acting() as session:
        office.step(
            session,
            pass_id,
            body.act,
            actor=actor(),
            now=time.time(),
            reason=body.reason,
            zone=_zone(),
            valid_until=body.valid_until,
        )
    return answer(_one(pass_id))


def _one(pass_id: str) -> dict[str, Any]:
    with looking() as session:
        line = one_pass(session, pass_id)
        facts = facts_of(session, [pass_id], lock=False).get(pass_id)
        if line is None or facts is None:
            refuse("not_found", f"pass {pass_id[:40]!r} does not exist")
        lines = history(session, pass_id)
    return {
        "pass": _json(line),
        "acts": [act.value for act in acts_of(facts)],
        "history": [
            {
                "at": iso(each.at),
                "actor": each.actor,
                "act": each.act.value,
                "before": each.before,
                "after": each.after,
                "issue": each.issue,
                "reason": each.reason,
            }
            for each in lines
        ],
    }


def _json(line: PassLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "number": line.number,
        "issue": line.issue,
        "class_id": line.class_id,
        "state": line.state.value,
        "renewal": line.renewal.value,
        "holder": line.holder.value,
        "person_id": line.person_id,
        "vehicle_id": line.vehicle_id,
        "name": line.name,
        "organisation": line.organisation,
        "credential": line.credential,
        "valid_from": iso(line.valid_from),
        "valid_until": iso(line.valid_until),
        "requested_by": line.requested_by,
        "checked_by": line.checked_by,
        "approved_by": line.approved_by,
        "changed_at": iso(line.changed_at),
    }


def _zone() -> ZoneInfo:
    return ZoneInfo(services().config.site.timezone)


def _whole(name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    with contextlib.suppress(ValueError):
        if text.isascii() and len(text) < 12 and 0 <= int(text) <= most:
            return int(text)
    raise UserError(f"{name} {text[:20]!r} seen; 0 to {most} is due", "ตัวเลขไม่ถูกต้อง")
