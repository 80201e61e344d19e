"""Who is where, by area: a fold over the journal, the same live and at start.

`apply` is the only way in. Live it is called with the decision before it is durable, so
that the next decision knows of it; the token it returns takes it back. Nothing here
decides, and nothing is kept that the journal could not give again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from gatekeeper.model import Direction, EntryKind, JournalEntry, Reason

__all__ = ["NOWHERE", "Presence", "PresenceState", "Undo"]


class PresenceState(NamedTuple):
    """What is known of one pass in one area. Times are UTC seconds."""

    inside: bool = False
    entered_at: float | None = None
    """When the holder last came in."""
    first_seen_at: float | None = None
    """When the holder first came in."""
    entries: int = 0
    """How often the holder came in."""


NOWHERE = PresenceState()
"""Of a pass that was never let into the area."""


class Undo(NamedTuple):
    """What an `apply` changed; tokens of one pass and area are taken back newest first."""

    area: str
    pass_id: str
    before: PresenceState | None


_LETS_IN = frozenset({Reason.GRANTED, Reason.GRANTED_REENTRY, Reason.GRANTED_OVERRIDE})
_LETS_OUT = frozenset({Reason.GRANTED_EXIT, Reason.GRANTED_OVERRIDE})
_MOVES = frozenset({EntryKind.DECISION, EntryKind.OVERRIDE})


class Presence:
    """Presence of every pass that was ever let in. Callers serialise `apply` and `undo`."""

    def __init__(self, areas: dict[str, dict[str, PresenceState]] | None = None) -> None:
        """`areas`: what an earlier fold's `snapshot` gave, to go on from; it is taken over."""
        self._areas: dict[str, dict[str, PresenceState]] = {} if areas is None else areas

    def lookup(self, pass_id: str, area: str) -> PresenceState:
        """What is known of `pass_id` in `area`."""
        known = self._areas.get(area)
        return NOWHERE if known is None else known.get(pass_id, NOWHERE)

    def apply(self, entry: JournalEntry) -> Undo | None:
        """Take `entry` into account; None where it moves nobody."""
        pass_id, area, reason = entry.pass_id, entry.area, entry.reason
        if entry.kind not in _MOVES or pass_id is None or area is None or reason is None:
            return None
        known = self._areas.setdefault(area, {})
        before = known.get(pass_id)
        if entry.direction is Direction.IN and reason in _LETS_IN:
            first = entry.at if before is None else before.first_seen_at
            entries = 1 if before is None else before.entries + 1
            known[pass_id] = PresenceState(
                True, entry.at, entry.at if first is None else first, entries
            )
        elif entry.direction is Direction.OUT and reason in _LETS_OUT:
            known[pass_id] = (before or NOWHERE)._replace(inside=False)
        else:
            return None
        return Undo(area, pass_id, before)

    def undo(self, token: Undo) -> None:
        """Make the area as it was before the `apply` that returned `token`."""
        known = self._areas[token.area]
        if token.before is None:
            del known[token.pass_id]
        else:
            known[token.pass_id] = token.before

    def replay(self, entries: Iterable[JournalEntry], withdrawn: Collection[int] = ()) -> None:
        """Take `entries` into account in order, except those whose numbers are `withdrawn`.

        An entry is withdrawn by a later one, so the numbers have to be known beforehand.
        """
        for entry in entries:
            if entry.seq not in withdrawn:
                self.apply(entry)

    def inside(self, area: str) -> frozenset[str]:
        """Identities of the passes whose holders are in `area` now."""
        known = self._areas.get(area, {})
        return frozenset(pass_id for pass_id, state in tuple(known.items()) if state.inside)

    def areas(self) -> tuple[str, ...]:
        """Every area that somebody was ever let into."""
        return tuple(self._areas)

    def snapshot(self) -> dict[str, dict[str, PresenceState]]:
        """A copy of everything, equal to another's when both know the same."""
        areas = {area: dict(known) for area, known in tuple(self._areas.items())}
        return {area: known for area, known in areas.items() if known}
