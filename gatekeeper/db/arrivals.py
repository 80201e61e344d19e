"""Who came in and who is still inside, folded from projected journal entries. Pure.

The rules are those of gatekeeper.access.presence (which this room may not import; a test
holds the two side by side): a granted decision or an override moves a holder, in or out,
per pass and area. Beyond presence this keeps what reports want: the gate, the number of
companions who really came, the representative.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gatekeeper.model import Direction, EntryKind, JournalEntry
from gatekeeper.reasons import Reason

__all__ = ["Standing", "fold", "step"]

_LETS_IN = frozenset({Reason.GRANTED, Reason.GRANTED_REENTRY, Reason.GRANTED_OVERRIDE})
_LETS_OUT = frozenset({Reason.GRANTED_EXIT, Reason.GRANTED_OVERRIDE})
_MOVES = frozenset({EntryKind.DECISION, EntryKind.OVERRIDE})


class Standing(NamedTuple):
    """Where the holder of a pass stands in one area. Times are UTC seconds."""

    event: str | None
    first_in_at: float
    last_at: float
    inside: bool
    entries: int
    gate: str | None
    companions: int | None = None
    representative: str = ""


def step(before: Standing | None, entry: JournalEntry) -> Standing | None:
    """What `entry`, which speaks of this pass and area, makes of `before`."""
    if entry.kind in _MOVES:
        if entry.direction is Direction.IN and entry.reason in _LETS_IN:
            return _entered(before, entry)
        if before and entry.direction is Direction.OUT and entry.reason in _LETS_OUT:
            return before._replace(inside=False, last_at=entry.at)
    elif before and entry.kind is EntryKind.COMPANIONS:
        return before._replace(companions=entry.companions)
    elif before and entry.kind is EntryKind.REPRESENTATIVE:
        return before._replace(representative=entry.note or "")
    return before


def fold(entries: Iterable[JournalEntry]) -> dict[str, Standing]:
    """By area, the standing of one pass after `entries` (those withdrawn left out already)."""
    areas: dict[str, Standing] = {}
    for entry in entries:
        if entry.area is not None:
            after = step(areas.get(entry.area), entry)
            if after is not None:
                areas[entry.area] = after
    return areas


def _entered(before: Standing | None, entry: JournalEntry) -> Standing:
    if before is None:
        return Standing(entry.event, entry.at, entry.at, True, 1, entry.gate)
    return before._replace(inside=True, last_at=entry.at, entries=before.entries + 1)
