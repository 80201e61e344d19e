"""The site: gates, readers, and the revocation of a card; the OpenAPI document."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
from flask import Response, current_app

from gatekeeper.config import GateSettings
from gatekeeper.credential import canonical
from gatekeeper.errors import LinkError
from gatekeeper.model import ReaderState, ReaderStatus
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, document
from gatekeeper.web.api.shapes import (
    GatesJson,
    ReadersJson,
    RevokeAnswer,
    RevokeBody,
)
from gatekeeper.web.body import answer, parse_bytes, whole_body
from gatekeeper.web.lanes import can_decide, reader_json
from gatekeeper.web.pages.screens import gate_json
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

_revoke = msgspec.json.Decoder(RevokeBody)


@api.get("/gates")
@describe(GatesJson)
def gates() -> Response:
    """Every gate and how it is."""
    view = services().watch.view
    found = [_gate(gate) for gate in services().config.gates]
    return answer({"node": view.node, "problem": view.problem, "gates": found})


@api.get("/readers")
@describe(ReadersJson)
def readers() -> Response:
    """Every reader and how it is."""
    status = services().watch.status
    if status is not None:
        return answer({"readers": [_reader(reader) for reader in status.readers]})
    configured = services().config.readers
    down = [
        ReaderStatus(each.id, each.driver, ReaderState.DOWN, each.gates(), 0.0, "node is down")
        for each in configured
    ]
    return answer({"readers": [_reader(reader) for reader in down]})


@api.post("/credentials/<path:credential>/revoke")
@describe(RevokeAnswer, body=RevokeBody, problems=(400, 422, 503))
def revoke(credential: str) -> Response:
    """Revoke a card; it is refused everywhere within a quarter of a second."""
    data = whole_body()
    body = parse_bytes(_revoke, data) if data.strip() else RevokeBody()
    key = canonical(credential)
    note = body.note if isinstance(body.note, str) else ""
    revoked = services().store.revoke(key, actor=actor(), note=note)
    with contextlib.suppress(LinkError):
        # Only a hint: the node polls, and reads the change when it is back.
        services().link.changed()
    return answer({"credential": key, "pass_id": revoked, "state": "revoked"})


@api.get("/openapi.json")
def openapi() -> Response:
    """This API, described."""
    return answer(document(current_app))


def _gate(gate: GateSettings) -> dict[str, Any]:
    view = services().watch.view
    lane = view.lanes.get(gate.id)
    return {
        **gate_json(gate),
        "area": gate.rules().area,
        "state": lane.state.value if lane else ReaderState.DOWN.value,
        "gate_state": lane.gate_state.value if lane else "closed",
        "can_decide": can_decide(view, gate.id),
        "doors": lane.doors if lane else (),
    }


def _reader(reader: ReaderStatus) -> dict[str, Any]:
    return {
        **reader_json(reader),
        "since_at": iso(reader.since_at) if reader.since_at else None,
        "gates": reader.gates,
        "frames": reader.frames,
        "garbage": reader.garbage,
        "presentations": reader.presentations,
        "reconnects": reader.reconnects,
    }
