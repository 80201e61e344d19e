"""All rooms of the feed, and the counts that are folded beside them.

Knows which rooms an entry belongs to. Pure bookkeeping, no thread and no sending; whoever
uses it from several threads holds the hub's lock.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.config import GateSettings
from gatekeeper.model import EntryKind, JournalEntry
from gatekeeper.web.attendance import Attendance, Invited, Standings
from gatekeeper.web.rooms import Room

__all__ = ["READERS", "Ledger"]

READERS = "readers"
"""The room of what happens to machines rather than people."""

_MACHINES = (EntryKind.READER, EntryKind.NODE, EntryKind.CLOCK, EntryKind.GATE)


class Ledger:
    """Rooms by name, and who stands where."""

    def __init__(self, gates: Iterable[GateSettings]) -> None:
        """Rooms of the gates of the settings and of their events exist from the start."""
        self._event_of = {gate.id: gate.event for gate in gates}
        self._rooms: dict[str, Room] = {}
        self._guests: dict[str, dict[str, Invited]] = {}
        self.standings = Standings()
        """Of every area, for musters."""
        self.seq = 0
        """Last entry of the journal taken in."""
        self.clear()

    def clear(self) -> None:
        """Forget every entry (another journal lies in the place of the one read so far)."""
        names = {READERS, *self._rooms}
        for gate, event in self._event_of.items():
            names.update([f"gate:{gate}"] if event is None else [f"gate:{gate}", f"event:{event}"])
        self._rooms = {}
        self.standings = Standings()
        self.seq = 0
        for name in sorted(names):
            self.room(name)

    def rooms(self) -> list[Room]:
        """Every room."""
        return list(self._rooms.values())

    def has(self, name: str) -> bool:
        """Whether there is such a room."""
        return name in self._rooms

    def room(self, name: str) -> Room:
        """The room `name`, made if it is new."""
        room = self._rooms.get(name)
        if room is None:
            kind, _, slug = name.partition(":")
            room = Room(name, Attendance() if kind == "event" else None)
            if room.attendance is not None and slug in self._guests:
                room.attendance.set_guests(self._guests[slug])
            self._rooms[name] = room
        return room

    def event(self, slug: str) -> Attendance | None:
        """The attendance of an event, if there is such a room."""
        room = self._rooms.get(f"event:{slug}")
        return room.attendance if room else None

    def set_guests(self, slug: str, guests: dict[str, Invited]) -> None:
        """The guest list of an event: pass to invitation."""
        self._guests[slug] = guests
        room = self.room(f"event:{slug}")
        if room.attendance is not None:
            room.attendance.set_guests(guests)
            room.counts_changed()

    def remember(self, entry: JournalEntry) -> None:
        """Take in an entry that was recorded before this process looked."""
        for room in self._rooms_of(entry):
            room.remember(entry)
        self._fold(entry)

    def offer(self, entry: JournalEntry) -> None:
        """Take in news: it waits in its rooms to be sent."""
        for room in self._rooms_of(entry):
            room.offer(entry)
        self._fold(entry)

    def gates_of(self, name: str) -> tuple[str, ...] | None:
        """The gates that a room may speak of; None: all."""
        kind, _, key = name.partition(":")
        if kind == "gate":
            return (key,)
        if kind == "event":
            return tuple(gate for gate, event in self._event_of.items() if event == key)
        return None

    def room_names(self, entry: JournalEntry) -> list[str]:
        """The rooms that `entry` belongs to."""
        names = []
        if entry.gate:
            names.append(f"gate:{entry.gate}")
        event = entry.event or self._event_of.get(entry.gate or "")
        if event:
            names.append(f"event:{event}")
        if entry.kind in _MACHINES:
            names.append(READERS)
        return names

    def _rooms_of(self, entry: JournalEntry) -> list[Room]:
        return [self.room(name) for name in self.room_names(entry)]

    def _fold(self, entry: JournalEntry) -> None:
        self.seq = entry.seq
        self.standings.apply(entry)
