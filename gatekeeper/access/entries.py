"""Decisions as journal entries: what is written of a presentation, whatever it brought.

Pure. What comes from outside is bounded here, so that no tag and no caller can swell the
record or write into it what is no text.
"""

from __future__ import annotations

import math

from gatekeeper.errors import JournalFault
from gatekeeper.model import Decision, GateRules, JournalEntry, Presentation, Reason

__all__ = ["LONGEST_TEXT", "clean", "of_decision", "of_fault"]

LONGEST_TEXT = 600
"""Characters kept of a credential, a nonce or a message; a QR code has at most 512."""

FOREIGN_S = 1.0
"""A tap this much apart from its decision came late or from a foreign clock: both times are
recorded."""


def of_decision(p: Presentation, rules: GateRules, decision: Decision, now: float) -> JournalEntry:
    """The entry of `decision` on `p`, made at `now` (UTC seconds)."""
    apart = abs(p.seen_at - now)
    return JournalEntry(
        at=now,
        gate=p.gate,
        reader=p.reader,
        credential=p.credential[:LONGEST_TEXT],
        pass_id=decision.pass_id,
        event=rules.event,
        reason=decision.reason,
        direction=rules.direction,
        area=rules.area,
        antenna=p.antenna,
        rssi_dbm=p.rssi_dbm,
        frames=p.frames,
        companions=decision.companions or None,
        first_seen_at=decision.first_seen_at,
        seen_at=p.seen_at if p.seen_at and FOREIGN_S < apart < math.inf else None,
        nonce=p.nonce,
        actor=p.actor,
    )


def of_fault(
    p: Presentation, rules: GateRules | None, error: Exception, now: float, *, ready: bool
) -> JournalEntry:
    """The denial of `p` because of `error`; `rules` where the gate is defined.

    While the node is not ready the journal is not either, and waiting is all there is to
    do: that is said, and no fault.
    """
    loading = not ready and isinstance(error, JournalFault)
    return JournalEntry(
        at=now if math.isfinite(now) else 0.0,
        gate=clean(p.gate),
        reader=clean(p.reader),
        credential=clean(p.credential),
        event=None if rules is None else rules.event,
        reason=Reason.NOT_READY if loading else Reason.SYSTEM_FAULT,
        direction=None if rules is None else rules.direction,
        area=None if rules is None else rules.area,
        nonce=None if p.nonce is None else clean(p.nonce),
        actor=None if p.actor is None else clean(p.actor),
        note=clean(f"{type(error).__name__}: {error}"),
    )


def clean(text: object) -> str:
    """`text` as it can always be written: bounded, and without what is no Unicode."""
    return str(text)[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")
