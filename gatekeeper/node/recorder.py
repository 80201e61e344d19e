"""Records what nobody waits for: readers' states, the node's own life, steps of the clock.

What cannot be written now waits, so many and no more, the oldest given up first, and is
written when the journal is well again, with the time at which it happened and marked late.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from gatekeeper.errors import JournalFault
from gatekeeper.model import JournalEntry

__all__ = ["Recorder"]

log = logging.getLogger(__name__)

KEPT = 1000
"""Entries that wait for a journal that cannot write."""


class _Ticket(Protocol):
    def then(self, observer: Callable[[JournalEntry | None], None]) -> None: ...


class _Journal(Protocol):
    def append(self, entry: JournalEntry) -> _Ticket: ...


class Recorder:
    """Appends to `journal` without waiting. Any thread."""

    def __init__(self, journal: _Journal) -> None:
        self._journal = journal
        self._waiting: deque[JournalEntry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many entries wait for the journal."""
        return len(self._waiting)

    def record(self, entry: JournalEntry) -> None:
        """Write `entry` now or later. Never raises for a journal that cannot write."""
        try:
            ticket = self._journal.append(entry)
        except JournalFault as fault:
            log.debug("not recorded yet: %s", fault)
            self._keep(entry)
            return

        def done(written: JournalEntry | None) -> None:
            if written is None:
                self._keep(entry)

        ticket.then(done)

    def catch_up(self) -> None:
        """The journal is well again: write what waits."""
        with self._lock:
            entries = list(self._waiting)
            self._waiting.clear()
        for entry in entries:
            self.record(entry)

    def _keep(self, entry: JournalEntry) -> None:
        with self._lock:
            self._waiting.append(msgspec.structs.replace(entry, late=True))
