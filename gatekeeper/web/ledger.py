"""All rooms of the feed, and the counts that are folded beside them.

Knows which rooms an entry belongs to. Pure bookkeeping, no thread and no sending; whoever
uses it from several threads holds the hub's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gatekeeper.config import GateSettings
from gatekeeper.feed.fold import FeedCopy, refusal_of
from gatekeeper.feed.places import READERS, Places
from gatekeeper.feed.standings import Change, Standings
from gatekeeper.model import JournalEntry
from gatekeeper.web.attendance import Attendance, Invited
from gatekeeper.web.rooms import Room

__all__ = ["READERS", "Ledger"]


class Ledger:
    """Rooms by name, who stands where, and the counts of each event."""

    def __init__(self, gates: Iterable[GateSettings]) -> None:
        """Rooms of the gates of the settings and of their events exist from the start."""
        self.places = Places({gate.id: gate.event for gate in gates})
        self._rooms: dict[str, Room] = {}
        self._guests: dict[str, dict[str, Invited]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget every entry (another journal lies in the place of the one read so far)."""
        names = {*self.places.all_names(), *self._rooms}
        self._rooms = {}
        self._attendances: dict[str, Attendance] = {}
        self._standings = Standings()
        self.seq = 0
        """Last entry of the journal taken in."""
        for name in sorted(names):
            self.room(name)
        for slug, guests in self._guests.items():
            self.set_guests(slug, guests)

    def event_of(self, gate: str) -> str | None:
        """The event that a gate admits to; None: none, or no such gate."""
        return self.places.events.get(gate)

    def rooms(self) -> list[Room]:
        """Every room."""
        return list(self._rooms.values())

    def has(self, name: str) -> bool:
        """Whether there is such a room."""
        return name in self._rooms

    def room(self, name: str) -> Room:
        """The room `name`, made if it is new."""
        if name not in self._rooms:
            self._rooms[name] = Room(name)
        return self._rooms[name]

    def counts(self, slug: str, *, whole: bool) -> dict[str, Any] | None:
        """Counts of an event, as of entry `seq`; None: no such event."""
        if not self.has(f"event:{slug}"):
            return None
        return {"seq": self.seq, **self.event(slug).counts(whole=whole)}

    def event(self, slug: str) -> Attendance:
        """The attendance of an event."""
        if slug not in self._attendances:
            self._attendances[slug] = Attendance()
        return self._attendances[slug]

    def inside(self) -> dict[str, dict[str, float]]:
        """Area to the passes inside it, with UTC of the latest move."""
        return self._standings.inside()

    def set_guests(self, slug: str, guests: dict[str, Invited]) -> None:
        """The guest list of an event: pass to invitation."""
        self._guests[slug] = guests
        self.event(slug).set_guests(guests)
        self.room(f"event:{slug}").counts_changed()

    def resume(self, seq: int, copy: FeedCopy, entries: Mapping[int, JournalEntry]) -> None:
        """Begin after entry `seq`, from what a fold up to it gave; nothing was taken in yet.

        `entries`: those that the rooms of `copy` name, by number.
        """
        self.seq = seq
        self._standings = Standings(copy.standings)
        for area, standings in copy.standings.items():
            for pass_id, standing in standings.items():
                self._count(Change(pass_id, area, None, standing))
        for slug, refused in copy.refused.items():
            self.event(slug).refuse(refused)
            self.room(f"event:{slug}").counts_changed()
        for name, links in copy.rooms.items():
            self.room(name).resume([(prev, entries[number]) for prev, number in links])

    def remember(self, entry: JournalEntry) -> None:
        """Take in an entry that was recorded before this process looked."""
        for room in self.rooms_of(entry):
            room.remember(entry)
        self._fold(entry)

    def offer(self, entry: JournalEntry) -> None:
        """Take in news: it waits in its rooms to be sent."""
        for room in self.rooms_of(entry):
            room.offer(entry)
        self._fold(entry)

    def gates_of(self, name: str) -> tuple[str, ...] | None:
        """The gates that a room may speak of; None: all."""
        kind, _, key = name.partition(":")
        if kind == "gate":
            return (key,)
        if kind == "event":
            return tuple(gate for gate, event in self.places.events.items() if event == key)
        return None

    def rooms_of(self, entry: JournalEntry) -> list[Room]:
        """The rooms that `entry` belongs to."""
        return [self.room(name) for name in self.places.names_of(entry)]

    def _fold(self, entry: JournalEntry) -> None:
        self.seq = entry.seq
        change = self._standings.apply(entry)
        if change is not None:
            self._count(change)
        refused = refusal_of(entry)
        if refused is not None and entry.event:
            self.event(entry.event).refuse([refused])
            self.room(f"event:{entry.event}").counts_changed()

    def _count(self, change: Change) -> None:
        """A holder belongs to the event at whose gate they first came into the area."""
        standings = [each for each in (change.before, change.after) if each is not None]
        for slug in {each.event for each in standings if each.event}:
            after = change.after if change.after and change.after.event == slug else None
            self.event(slug).put(change.pass_id, change.area, after)
            self.room(f"event:{slug}").counts_changed()
