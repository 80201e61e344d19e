"""One room of the live feed: its history, what waits to be sent, and the pace of sending.

Pure bookkeeping: nothing is sent, read or timed here; the hub passes the time in. A room
never sends more than one message of entries in `INTERVAL_S`, so a burst becomes a batch and
a lone entry goes at once.
"""

from __future__ import annotations

from collections import deque

from gatekeeper.feed.places import RECENT
from gatekeeper.model import JournalEntry

__all__ = ["BATCH", "HISTORY", "INTERVAL_S", "Numbered", "Room"]

INTERVAL_S = 1 / 17
"""Seconds between two messages of entries: with beats and counts never over 20 in any second."""

HISTORY = 4000
"""Entries kept for pages that come back: a minute at the rate of a full reception."""

BATCH = 250
"""Entries in one message."""

COUNTS_INTERVAL_S = 1.0


Numbered = tuple[int, JournalEntry]
"""An entry, and before it the `seq` of the one before it in the room (0: none)."""


class Room:
    """The entries of one room in order, each with the `seq` of the one before it."""

    def __init__(self, name: str) -> None:
        """A room that has seen nothing."""
        self.name = name
        self.sent = 0
        """`seq` of the last entry sent."""
        self.sent_at = 0.0
        """UTC of that entry."""
        self._history: deque[Numbered] = deque(maxlen=HISTORY)
        self._pending: deque[JournalEntry] = deque()
        self._next_at = 0.0
        self._counts_due = False
        self._counts_at = 0.0

    def resume(self, history: list[Numbered]) -> None:
        """Begin with the last entries that an earlier process knew of; nothing is in it yet."""
        for self.sent, entry in history:
            self.remember(entry)

    def remember(self, entry: JournalEntry) -> None:
        """`entry` was recorded before this process looked: history, not news."""
        self._history.append((self.sent, entry))
        self.sent, self.sent_at = entry.seq, entry.at

    def offer(self, entry: JournalEntry) -> None:
        """`entry` is to be sent."""
        self._pending.append(entry)

    def due_in(self, now: float) -> float | None:
        """Seconds until something may be sent, or None where nothing waits."""
        waits = [self._next_at] if self._pending else []
        if self._counts_due:
            waits.append(self._counts_at)
        return max(0.0, min(waits) - now) if waits else None

    def take(self, now: float | None) -> list[Numbered]:
        """The entries to be sent now; none when it is not yet time. `now` None: it is time."""
        if not self._pending or (now is not None and now < self._next_at):
            return []
        batch: list[Numbered] = []
        while self._pending and len(batch) < BATCH:
            entry = self._pending.popleft()
            batch.append((self.sent, entry))
            self.remember(entry)
        if now is not None:
            self._next_at = now + INTERVAL_S
        return batch

    def counts_changed(self) -> None:
        """The counts are to be sent again, in an event's room."""
        self._counts_due = True

    def take_counts(self, now: float) -> bool:
        """Whether the counts are to be sent now; then they are taken as sent."""
        if not self._counts_due or now < self._counts_at:
            return False
        self._counts_due = False
        self._counts_at = now + COUNTS_INTERVAL_S
        return True

    def since(self, seq: int | None) -> tuple[list[Numbered], bool]:
        """`(prev, entry)` after `seq` (None: the last 50), and whether nothing is left out."""
        kept = list(self._history)
        if seq is None:
            return kept[-RECENT:], True
        if seq > self.sent or (kept and seq < kept[0][0]):
            return kept[-RECENT:], False
        return [pair for pair in kept if pair[1].seq > seq], True
