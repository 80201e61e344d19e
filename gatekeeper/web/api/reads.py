"""POST /gates/{gate}/reads: scanners, QR phones and foreign readers come in here.

The hot path of the web: no database is asked (tokens are kept for a second), the node
decides and records, and its answer goes out as it came. No answer of the node is a denial.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

import msgspec
from flask import Response, request

from gatekeeper.link.messages import ReadAnswer
from gatekeeper.model import Presentation
from gatekeeper.web.accounts import actor
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe
from gatekeeper.web.api.shapes import ReadAnswerJson, ReadBody
from gatekeeper.web.body import answer, parse
from gatekeeper.web.credentials import readable
from gatekeeper.web.entries import holder_json, reason_json
from gatekeeper.web.metrics import read_seconds
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import Services, gate_settings, services
from gatekeeper.web.texts import iso

body_decoder = msgspec.json.Decoder(ReadBody)
FAILED = "gatekeeper.link_error"
"""Key of a request's environment: the node was asked already, and this is what came of it."""

_FUTURE_S = 300.0
"""A tap cannot lie further ahead of our clock than the clock of its device may be wrong."""


@api.post("/gates/<gate>/reads")
@describe(ReadAnswerJson, body=ReadBody, problems=(400, 404, 413, 422, 503))
def read(gate: str) -> Response:
    """Decide on a credential shown at a gate; the same nonce gives the same answer."""
    gate_settings(gate)
    failed = request.environ.get(FAILED)
    if failed is not None:
        raise failed
    return answer(decide(services(), gate, parse(body_decoder), actor()))


def decide(house: Services, gate: str, body: ReadBody, actor: str) -> dict[str, object]:
    """Have the node decide; the answer as the API gives it.

    Raises Problem and CredentialError for what cannot be, LinkError without an answer.
    """
    began = time.monotonic_ns()
    presentation = Presentation(
        gate=gate,
        reader="http",
        credential=readable(body.credential),
        first_seen_ns=began,
        seen_ns=began,
        seen_at=_instant(body.at),
        nonce=body.nonce,
        actor=actor,
    )
    decided = house.link.read(presentation)
    read_seconds.observe((time.monotonic_ns() - began) / 1e9)
    return said(decided)


def said(decided: ReadAnswer) -> dict[str, object]:
    """The answer of the API to a decided read."""
    entry = decided.entry
    return {
        "seq": entry.seq,
        "reason": entry.reason,
        **reason_json(entry.reason, decided.holder),
        "holder": holder_json(decided.holder),
        "first_seen": iso(entry.first_seen_at),
        "at": iso(entry.at),
        "gate": entry.gate,
        "credential": entry.credential,
        "companions": entry.companions,
    }


def _instant(at: str | float | None) -> float:
    """UTC seconds of `at`, now without one; answers 422 where it is no time that can be."""
    now = time.time()
    if at is None:
        return now
    if isinstance(at, str):
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            refuse("invalid", f"at: {at[:40]!r} seen; ISO 8601 is due")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        at = moment.timestamp()
    if not math.isfinite(at) or not 0 < at < now + _FUTURE_S:
        refuse("invalid", f"at: {at} seen; a time up to now is due")
    return at
