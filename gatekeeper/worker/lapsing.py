"""What ends by time and must be told: entries of the watchlist, requests for a second person.

Looked for in a snapshot first: whoever only looks must not hold the write lock.
"""

from __future__ import annotations

from gatekeeper.db import approvals as asked
from gatekeeper.db import watchlist as watched
from gatekeeper.db.engine import Database
from gatekeeper.office import approvals, watchlist

__all__ = ["end_lapsed"]


def end_lapsed(database: Database, now: float) -> int:
    """End what is over at `now` (UTC seconds); how many. Raises StoreError."""
    with database.reading() as session:
        any_over = watched.lapsed(session, now) or asked.lapsed(session, now)
    if not any_over:
        return 0
    with database.session() as session:
        return watchlist.end_lapsed(session, now=now) + approvals.expire(session, now)
