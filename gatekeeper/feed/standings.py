"""Where the holder of each pass stands, folded from the journal entry by entry.

The same for history, for news and for a checkpoint; the rules of a step are those of the
reports (`gatekeeper.db.arrivals`), so that screens and reports agree. Reads nothing by itself.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from gatekeeper.db.arrivals import Standing, step
from gatekeeper.model import EntryKind, JournalEntry

__all__ = ["Change", "Standings"]

_REMEMBERED = 10_000
"""Moves that a later withdrawal can still take back; it comes within seconds."""


class Change(NamedTuple):
    """What one entry made of where a holder stands; None: never let in."""

    pass_id: str
    area: str
    before: Standing | None
    after: Standing | None


class Standings:
    """Where the holder of each pass stands in each area."""

    def __init__(self, areas: dict[str, dict[str, Standing]] | None = None) -> None:
        """`areas`: what an earlier fold's `snapshot` gave, to go on from; it is taken over."""
        self._areas: dict[str, dict[str, Standing]] = {} if areas is None else areas
        self._recent: deque[tuple[JournalEntry, Standing | None]] = deque(maxlen=_REMEMBERED)

    def apply(self, entry: JournalEntry) -> Change | None:
        """Fold one entry; they come in order, each once. None where it changes nothing."""
        if entry.kind is EntryKind.WITHDRAWN:
            return self._withdraw(entry.ref)
        pass_id, area = entry.pass_id, entry.area
        if pass_id is None or area is None:
            return None
        before = self._areas.get(area, {}).get(pass_id)
        after = step(before, entry)
        if after is before:
            return None
        self._recent.append((entry, before))
        return self._put(pass_id, area, after)

    def inside(self) -> dict[str, dict[str, float]]:
        """Area to the passes inside it, with UTC of the latest move; each that anybody entered."""
        return {
            area: {pass_id: each.last_at for pass_id, each in standings.items() if each.inside}
            for area, standings in self._areas.items()
            if standings
        }

    def snapshot(self) -> dict[str, dict[str, Standing]]:
        """A copy of everything, by area and pass; areas where nobody ever was are left out."""
        return {area: dict(known) for area, known in self._areas.items() if known}

    def _put(self, pass_id: str, area: str, after: Standing | None) -> Change:
        standings = self._areas.setdefault(area, {})
        before = standings.pop(pass_id, None)
        if after is not None:
            standings[pass_id] = after
        return Change(pass_id, area, before, after)

    def _withdraw(self, ref: int | None) -> Change | None:
        """Nobody was let through by entry `ref`: as before it, and then what came later."""
        found = next((pair for pair in self._recent if pair[0].seq == ref), None)
        if found is None:
            return None
        withdrawn, standing = found
        whom = withdrawn.pass_id, withdrawn.area
        kept = []
        for entry, before in self._recent:
            if entry.seq <= withdrawn.seq or (entry.pass_id, entry.area) != whom:
                kept.append((entry, before))
                continue
            kept.append((entry, standing))
            standing = step(standing, entry)
        kept.remove(found)
        self._recent = deque(kept, maxlen=_REMEMBERED)
        return self._put(withdrawn.pass_id or "", withdrawn.area or "", standing)
