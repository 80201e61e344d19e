"""Whom the gates stop: the watchlist's effect on passes, as three sets that a compilation asks.

Loaded once a compilation, because a watchlist is short and passes are many. The end of an entry
by time is not looked at here: it goes on stopping until the worker ends it, which tells the gates.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import WatchEntry, WatchHit

__all__ = ["Watched", "load_watched"]


class Watched(NamedTuple):
    """Ids of people and vehicles, and credentials, that are stopped."""

    people: frozenset[int]
    vehicles: frozenset[int]
    credentials: frozenset[str]

    def stops(self, person: int | None, vehicle: int | None, credential: str | None) -> bool:
        """Whether any of these is watched for."""
        return person in self.people or vehicle in self.vehicles or credential in self.credentials


def load_watched(session: Session) -> Watched:
    """The sets as they are in this transaction."""
    query = (
        select(WatchHit.subject_kind, WatchHit.subject_id)
        .join(WatchEntry, WatchHit.entry_id == WatchEntry.id)
        .where(
            WatchEntry.removed_at.is_(None),
            or_(
                WatchHit.state == "confirmed",
                and_(WatchHit.match == "exact", WatchHit.state == "open"),
            ),
        )
    )
    found: dict[str, set[str]] = {"person": set(), "vehicle": set(), "credential": set()}
    for kind, subject in session.execute(query):
        if kind in found:
            found[kind].add(subject)
    return Watched(
        frozenset(map(int, found["person"])),
        frozenset(map(int, found["vehicle"])),
        frozenset(found["credential"]),
    )
