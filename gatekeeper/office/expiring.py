"""Passes whose time is over are marked so: for lists and counts. Gates go by the time itself."""

from __future__ import annotations

from gatekeeper.db import pass_acts
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_acts import Step
from gatekeeper.db.pass_lists import past_validity
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office.life_cycle import plan

__all__ = ["BY_TIME", "expire_passes"]

BY_TIME = (PassState.APPROVED, PassState.MADE, PassState.HANDED_OVER, PassState.ACTIVE)
"""What the clock ends. A suspended pass stays suspended: its reason says more than the date."""

ACTOR = "worker"
AT_ONCE = 500
"""In one transaction; others wait behind it."""


def expire_passes(session: Session, now: float) -> int:
    """Mark at most `AT_ONCE` passes that are over as expired; how many."""
    ids = past_validity(session, BY_TIME, now, AT_ONCE)
    if not ids:
        return 0
    facts = pass_acts.facts_of(session, ids).values()
    steps = [
        Step(each, plan(each, Act.EXPIRE, actor=ACTOR, now=now))
        for each in facts
        if each.state in BY_TIME
    ]
    keys = pass_acts.write(session, steps, Act.EXPIRE, actor=ACTOR, now=now, reason="")
    record_act(session, ACTOR, "passes.over", "", after={"count": len(steps)})
    record_change(session, credentials=keys)
    return len(steps)
