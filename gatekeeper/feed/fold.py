"""What a replay of the journal gives the live screens, as of an entry.

A plain fold, so that it can be begun from what an earlier fold gave; see
`gatekeeper.checkpoint`. Entries themselves are not kept, only their numbers: the journal has
them. Knows no guest list: who is expected stands in the main database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import msgspec

from gatekeeper.db.arrivals import Standing
from gatekeeper.feed.places import RECENT, Places
from gatekeeper.feed.standings import Standings
from gatekeeper.model import EntryKind, JournalEntry
from gatekeeper.reasons import ReasonClass

__all__ = ["FeedCopy", "FeedFold", "refusal_of"]

Link = tuple[int, int]
"""The number of an entry, and before it that of the one before it in the room (0: none)."""


class FeedCopy(msgspec.Struct, frozen=True, array_like=True):
    """All that is needed to go on."""

    standings: dict[str, dict[str, Standing]]
    """By area and pass."""
    refused: dict[str, set[tuple[str, str]]]
    """By event, the reasons and credentials that were refused in red."""
    rooms: dict[str, list[Link]]
    """By room, its last entries."""


class FeedFold:
    """Standings, refusals and the ends of rooms. One thread at a time."""

    def __init__(self, places: Places, copy: FeedCopy | None = None) -> None:
        """Goes on from `copy`, which is taken over; None: nothing has happened yet."""
        self._places = places
        self._standings = Standings(None if copy is None else copy.standings)
        self._refused = {} if copy is None else copy.refused
        rooms = {} if copy is None else copy.rooms
        self._rooms = {name: deque(links, maxlen=RECENT) for name, links in rooms.items()}

    def replay(self, entries: Iterable[JournalEntry], withdrawn: Collection[int]) -> None:
        """Take `entries` into account; by those whose numbers are `withdrawn` nobody moved."""
        for entry in entries:
            for name in self._places.names_of(entry):
                self._append(name, entry.seq)
            if entry.seq not in withdrawn:
                self._standings.apply(entry)
            refused = refusal_of(entry)
            if refused is not None and entry.event:
                self._refused.setdefault(entry.event, set()).add(refused)

    def copy(self) -> FeedCopy:
        """As of the last entry. Made of what this fold goes on with: write it before that."""
        rooms = {name: list(links) for name, links in self._rooms.items()}
        return FeedCopy(self._standings.snapshot(), self._refused, rooms)

    def _append(self, name: str, seq: int) -> None:
        links = self._rooms.get(name)
        if links is None:
            links = self._rooms[name] = deque(maxlen=RECENT)
        links.append((links[-1][1] if links else 0, seq))


def refusal_of(entry: JournalEntry) -> tuple[str, str] | None:
    """Reason and credential where `entry` refuses a card in red; None for everything else."""
    reason = entry.reason if entry.kind is EntryKind.DECISION else None
    if reason is None or reason.cls is not ReasonClass.RED or not entry.credential:
        return None
    return reason.value, entry.credential
