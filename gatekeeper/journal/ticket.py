"""What a caller of the journal holds until its entry is on disk.

One raw lock a ticket, held until the outcome is known: the writer releases it once, and
each waiter that gets through releases it for the next. That is one wake-up a waiter, and
nothing is shared among tickets.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import JournalFault
from gatekeeper.model import JournalEntry

__all__ = ["Outcome", "Ticket"]

Outcome = Callable[[JournalEntry | None], None]
"""Called once with the durable entry, or with None where it will never be written."""


_log = logging.getLogger("gatekeeper.journal")


class Ticket:
    """The outcome of one append, now or later. Any thread, any number of waiters."""

    __slots__ = ("_gate", "_observers", "entry", "failure", "prepared", "proposed")

    def __init__(self, proposed: JournalEntry, prepared: bytes) -> None:
        """`proposed`: the entry without its number; `prepared`: its JSON (`chain.prepare`)."""
        self.proposed = proposed
        self.prepared = prepared
        self.entry: JournalEntry | None = None
        """The entry with its number, once it is durable."""
        self.failure: str | None = None
        """Why it was not written, once that is certain."""
        self._observers: list[Outcome] = []
        self._gate = threading.Lock()
        self._gate.acquire()

    @property
    def durable(self) -> bool:
        """Whether the entry is on disk."""
        return self.entry is not None

    def wait(self, timeout: float) -> JournalEntry:
        """The durable entry, with its number; `timeout` in seconds.

        Raises JournalFault when it will not be written, TimeoutError when nothing is known
        yet (it may still become durable; see `JournalWriter.abandon`).
        """
        if not self._gate.acquire(timeout=max(0.0, timeout)):
            raise TimeoutError(f"journal: nothing durable within {timeout:.3f} s")
        self._gate.release()
        if self.entry is None:
            raise JournalFault(self.failure or "not written")
        return self.entry

    def then(self, observer: Outcome) -> None:
        """Call `observer` with the outcome: at once if it is known, else from the writer."""
        self._observers.append(observer)
        if self.entry is not None or self.failure is not None:
            self._tell()

    def succeed(self, entry: JournalEntry) -> None:
        """Only the writer calls this: `entry` is on disk."""
        self.entry = entry
        self._gate.release()
        if self._observers:
            self._tell()

    def fail(self, why: str) -> None:
        """Only the writer calls this: the entry will never be written."""
        self.failure = why
        self._gate.release()
        if self._observers:
            self._tell()

    def _tell(self) -> None:
        # Both sides may come here at the same time: `pop` gives each observer to one of them.
        while True:
            try:
                observer = self._observers.pop()
            except IndexError:
                return
            try:
                observer(self.entry)
            except Exception:
                # The writer's thread serves everybody; one observer's defect is its own.
                _log.exception("an observer of a journal entry failed")
