"""Which rooms of the live feed an entry of the journal belongs to.

A room is a name: `gate:ID`, `event:SLUG` or `readers`. Keeps nothing of what was in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model import DoorEvent, EntryKind, JournalEntry

__all__ = ["READERS", "RECENT", "Places"]

READERS = "readers"
"""The room of what happens to machines rather than people."""

RECENT = 50
"""Entries that a page which has seen none is given."""

_MACHINES = frozenset(
    {EntryKind.READER, EntryKind.NODE, EntryKind.CLOCK, EntryKind.GATE, EntryKind.DOOR}
)
_PASSAGES = frozenset({DoorEvent.RELEASED, DoorEvent.OPENED, DoorEvent.CLOSED})
"""What a door does for everybody who goes through: no news for who sees them go."""


class Places:
    """Rooms of entries, by the events that the settings give to gates."""

    def __init__(self, events: Mapping[str, str | None]) -> None:
        """`events`: each gate of the settings, and the slug of the event it admits to."""
        self.events = dict(events)
        self._named: dict[tuple[str | None, str | None], tuple[str, ...]] = {}

    def names_of(self, entry: JournalEntry) -> tuple[str, ...]:
        """The rooms of `entry`; none for what speaks of no gate, event or machine."""
        if entry.kind is EntryKind.DOOR and entry.state in _PASSAGES:
            return (READERS,)
        names = self._of_place(entry.gate, entry.event)
        return (*names, READERS) if entry.kind in _MACHINES else names

    def all_names(self) -> list[str]:
        """The rooms that exist before anything has happened, in order."""
        gates = {f"gate:{gate}" for gate in self.events}
        return sorted({READERS} | gates | {f"event:{e}" for e in self.events.values() if e})

    def _of_place(self, gate: str | None, event: str | None) -> tuple[str, ...]:
        names = self._named.get((gate, event))
        if names is None:
            slug = event or self.events.get(gate or "")
            of_gate = (f"gate:{gate}",) if gate else ()
            names = self._named[gate, event] = of_gate + ((f"event:{slug}",) if slug else ())
        return names
