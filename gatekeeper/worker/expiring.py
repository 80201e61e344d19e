"""Once a minute: passes whose time is over are marked so, and nobody is kept from writing else."""

from __future__ import annotations

import logging

from gatekeeper.db.engine import Database
from gatekeeper.db.pass_lists import past_validity
from gatekeeper.office.expiring import BY_TIME, expire_passes

__all__ = ["mark_expired"]

log = logging.getLogger(__name__)


def mark_expired(database: Database, now: float) -> int:
    """Mark every pass that is over at `now` (UTC seconds), some at a time; how many."""
    count = 0
    while _any(database, now):
        with database.session() as session:
            found = expire_passes(session, now)
        if not found:
            break
        count += found
    if count:
        log.info("%d passes are over", count)
    return count


def _any(database: Database, now: float) -> bool:
    with database.reading() as session:
        return bool(past_validity(session, BY_TIME, now, 1))
