"""For monitors: /healthz and /metrics. No names, no cards."""

from __future__ import annotations

import time

from flask import Blueprint, Response

from gatekeeper.web.accounts import bearer_role
from gatekeeper.web.body import answer
from gatekeeper.web.lanes import can_decide
from gatekeeper.web.metrics import render
from gatekeeper.web.permissions import Role
from gatekeeper.web.problems import refuse
from gatekeeper.web.security import from_this_machine
from gatekeeper.web.services import services
from gatekeeper.web.texts import iso

__all__ = ["ops"]

ops = Blueprint("ops", __name__)


@ops.get("/healthz")
def healthz() -> Response:
    """200 while every gate can decide; else 503 and why."""
    view, status = services().watch.view, services().watch.status
    gates = {gate.id: can_decide(view, gate.id) for gate in services().config.gates}
    well = view.node == "up" and not view.problem and all(gates.values())
    report = {
        "status": "ok" if well else "fault",
        "at": iso(time.time()),
        "node": view.node,
        "problem": view.problem,
        "detail": status.problem if status else "the node does not answer",
        "gates": gates,
        "readers": {
            reader["id"]: reader["state"] for lane in view.lanes.values() for reader in lane.readers
        },
        "database": status.database_ok if status else None,
        "feed_seq": services().hub.seq,
    }
    return answer(report, 200 if well else 503)


@ops.get("/metrics")
def metrics() -> Response:
    """For Prometheus: from this machine freely, from elsewhere with an administrator's token."""
    if not from_this_machine() and bearer_role(services().accounts) not in (
        Role.ADMIN,
        Role.AUDITOR,
    ):
        refuse("unauthenticated")
    response = Response(render(services().watch))
    response.content_type = "text/plain; version=0.0.4; charset=utf-8"
    return response
