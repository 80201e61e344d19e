"""What people at gates do: search, let in by hand, override, say who really came, close a gate.

Every act goes through the node, which decides and records; nothing here decides. The main
database is asked for names only.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, g, request
from flask_login import current_user
from msgspec import Meta, Struct
from msgspec.json import Decoder

from gatekeeper.credential import pass_number_in
from gatekeeper.db.people import Guest
from gatekeeper.errors import LinkError, UserError
from gatekeeper.model import GateState, JournalEntry, Presentation
from gatekeeper.web.accounts import actor
from gatekeeper.web.body import answer, parse, whole_number
from gatekeeper.web.credentials import readable
from gatekeeper.web.entries import dress, holder_json, reason_json
from gatekeeper.web.pages.screens import MAX_COMPANIONS, NOTE_MIN, event_of
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import gate_settings, services
from gatekeeper.web.texts import iso

__all__ = ["ui"]

ui = Blueprint("ui", __name__, url_prefix="/ui")

_SEARCH_LEAST = 2
_PAGE_MOST = 200

PassId = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(min_length=1, max_length=600)]


class AdmitBody(Struct):
    """Who is to be let in, by pass or by what stands on the card."""

    nonce: Annotated[str, Meta(min_length=8, max_length=64)]
    pass_id: PassId | None = None
    credential: Text | None = None
    by: Literal["hand", "wedge"] = "hand"
    """Who typed it; a wedge is told from a person by its rhythm, so this is no proof."""


class OverrideBody(Struct):
    """Who is let through against the decision, and why."""

    note: Annotated[str, Meta(min_length=NOTE_MIN, max_length=500)]
    ref: Annotated[int, Meta(ge=1)] | None = None
    pass_id: PassId | None = None
    credential: Text | None = None


class CompanionsBody(Struct):
    """How many really came along."""

    companions: Annotated[int, Meta(ge=0, le=MAX_COMPANIONS)]


class RepresentativeBody(Struct):
    """Who came in the guest's place."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class GateStateBody(Struct):
    """Open or close a gate."""

    state: GateState
    note: Annotated[str, Meta(max_length=500)] = ""


class AcknowledgeBody(Struct):
    """The entry whose alert is taken."""

    seq: Annotated[int, Meta(ge=1)]


_admit, _override = Decoder(AdmitBody), Decoder(OverrideBody)
_companions, _representative = Decoder(CompanionsBody), Decoder(RepresentativeBody)
_gate_state, _acknowledge = Decoder(GateStateBody), Decoder(AcknowledgeBody)


@ui.get("/gates/<gate>/search")
def gate_search(gate: str) -> Response:
    """Guests of the gate's event by a part of the name, and any pass by its number or its code."""
    event = gate_settings(gate).event
    return answer({"results": [*_by_number(gate, event), *_search(event)]})


@ui.get("/events/<slug>/search")
def event_search(slug: str) -> Response:
    """Guests of an event by a part of the name."""
    return answer({"results": _search(event_of(slug).slug)})


@ui.post("/gates/<gate>/admit")
def admit(gate: str) -> Response:
    """Decide on somebody found by name or typed number, as on any read."""
    gate_settings(gate)
    body = parse(_admit)
    if (body.pass_id is None) == (body.credential is None):
        refuse("invalid", "either pass_id or credential is due")
    credential = _key(body.pass_id) if body.pass_id else readable(body.credential or "")
    now_ns = time.monotonic_ns()
    presentation = Presentation(
        gate=gate,
        reader="manual" if body.by == "hand" else "wedge",
        credential=credential,
        first_seen_ns=now_ns,
        seen_ns=now_ns,
        seen_at=time.time(),
        nonce=body.nonce,
        actor=actor(),
    )
    decided = services().link.read(presentation)
    services().holders.learn(decided.entry.pass_id, decided.holder)
    return answer(dress(decided.entry, decided.holder))


@ui.post("/gates/<gate>/override")
def override(gate: str) -> Response:
    """Let somebody through, with a reason, in the officer's name."""
    gate_settings(gate)
    body = parse(_override)
    if sum(value is not None for value in (body.ref, body.pass_id, body.credential)) != 1:
        refuse("invalid", "one of ref, pass_id and credential is due")
    if len(body.note.strip()) < NOTE_MIN:
        refuse("invalid", f"note: at least {NOTE_MIN} characters are due")
    decided = services().link.override(
        gate,
        actor=actor(),
        note=body.note.strip(),
        ref=body.ref,
        credential=readable(body.credential) if body.credential else None,
        pass_id=body.pass_id,
    )
    return answer(dress(decided.entry, decided.holder))


@ui.post("/entries/<int:seq>/companions")
def companions(seq: int) -> Response:
    """Say how many companions really came."""
    _in_scope(seq)
    entry = services().link.companions(seq, parse(_companions).companions, actor=actor())
    return answer(_dressed(entry))


@ui.post("/entries/<int:seq>/representative")
def representative(seq: int) -> Response:
    """Say who came in the guest's place."""
    _in_scope(seq)
    entry = services().link.representative(seq, parse(_representative).name.strip(), actor=actor())
    return answer(_dressed(entry))


@ui.post("/gates/<gate>/state")
def gate_state(gate: str) -> Response:
    """Open or close a gate."""
    gate_settings(gate)
    body = parse(_gate_state)
    entry = services().link.set_gate_state(gate, body.state, actor=actor(), note=body.note)
    return answer(_dressed(entry))


@ui.get("/events/<slug>/missing")
def missing(slug: str) -> Response:
    """Who has not come: VIPs first, then by the Thai dictionary."""
    event_of(slug)
    offset = whole_number("offset", 0, 1_000_000)
    limit = whole_number("limit", 50, _PAGE_MOST, least=1)
    page = services().guests.missing(
        slug,
        group=request.args.get("group", ""),
        text=request.args.get("q", ""),
        vip=request.args.get("vip") == "1",
        offset=offset,
        limit=limit,
    )
    return answer({**page, "offset": offset, "limit": limit})


@ui.post("/events/<slug>/acknowledge")
def acknowledge(slug: str) -> Response:
    """Take the alert of a VIP, by name, for everybody who watches."""
    event_of(slug)
    user: Any = current_user
    taken, first = services().acknowledged.take(
        slug, parse(_acknowledge).seq, user.display_name, time.time()
    )
    if first:
        services().hub.tell_acknowledged(slug, taken)
    return answer(taken)


def _in_scope(seq: int) -> None:
    """Answer 403 where the entry is of a gate that this person does not work at."""
    if g.caller.scope.whole:
        return
    entry = services().journal.entry(seq)
    gate = services().gates.get(entry.gate or "") if entry else None
    if gate is None or not g.caller.scope.has_gate(gate.id, gate.event):
        refuse("forbidden")


def _dressed(entry: JournalEntry) -> dict[str, Any]:
    known = services().holders.get([entry.pass_id])
    return dress(entry, known.get(entry.pass_id or ""))


def _key(pass_id: str) -> str:
    """What the node knows a pass by: its credential, or its own key where it has none."""
    found = services().store.key_of(pass_id)
    if found is None:
        refuse("not_found", f"pass {pass_id!r} does not exist")
    return found


def _search(event: str | None) -> list[dict[str, Any]]:
    text = _asked()
    if len(text) < _SEARCH_LEAST:
        return []
    found = services().store.search(text, event, whole_number("limit", 20, 50, least=1))
    return [_found(each, event) for each in found]


def _by_number(gate: str, event: str | None) -> list[dict[str, Any]]:
    """The pass whose number or printed code was asked for, with what this gate would say to it.

    Only shown: a code that everybody can photograph decides nothing.
    """
    printed = pass_number_in(_asked())
    found = services().store.by_number(printed[0]) if printed else None
    if printed is None or found is None:
        return []
    issued = pass_number_in(found.holder.number)
    return [
        _found(found, event)
        | {
            "by_number": True,
            "old_issue": issued is not None and printed[1] != issued[1] and _names_issue(),
            "would": _would(found.pass_id, gate),
        }
    ]


def _names_issue() -> bool:
    """A code is of one card: none behind its number means the first. People may leave it out."""
    return _asked().lower().startswith("qr:") or "/" in _asked()


def _would(pass_id: str, gate: str) -> dict[str, Any] | None:
    """What the gate would say now, in words; None where it cannot be asked."""
    try:
        explained = services().link.explain(_key(pass_id), gate)
    except (LinkError, UserError):  # down, or it has not heard of the pass yet
        return None
    reason = explained.decision.reason
    return {"reason": reason} | reason_json(reason, explained.holder)


def _asked() -> str:
    return request.args.get("q", "").strip()


def _found(each: Guest, event: str | None) -> dict[str, Any]:
    arrived, inside = services().hub.arrived(event or "")
    return {
        "pass_id": each.pass_id,
        "credential": each.credential,
        "state": each.state,
        "invitation": each.invitation,
        "arrived_at": iso(arrived.get(each.pass_id)),
        "inside": each.pass_id in inside,
        "companions": each.companions,
        "holder": holder_json(each.holder),
    }
