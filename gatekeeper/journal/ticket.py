"""What a caller of the journal holds until its entry is on disk.

Entries that are written together are waited for together: one raw lock a cohort, released
once by the writer, then by each waiter for the next. So at any time one waiter wakes up, and
not all of them only to queue for the interpreter's lock; a waiter that has given up is
simply not there, and breaks nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import JournalFault
from gatekeeper.model import JournalEntry

__all__ = ["Cohort", "Outcome", "Ticket"]

Outcome = Callable[[JournalEntry | None], None]
"""Called once with the durable entry, or with None where it will never be written."""

_log = logging.getLogger("gatekeeper.journal")


class Cohort:
    """Tickets that share one commit, and the turnstile in front of their waiters."""

    __slots__ = ("tickets", "turnstile")

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.turnstile = threading.Lock()
        self.turnstile.acquire()

    def succeed(self, entries: list[JournalEntry]) -> None:
        """Only the writer calls this: `entries` (one a ticket, in order) are on disk."""
        for ticket, entry in zip(self.tickets, entries, strict=True):
            ticket.entry = entry
        self.turnstile.release()
        for ticket in self.tickets:
            ticket.tell()

    def fail(self, why: str) -> None:
        """Only the writer calls this: none of the tickets will ever be written."""
        for ticket in self.tickets:
            ticket.failure = why
        self.turnstile.release()
        for ticket in self.tickets:
            ticket.tell()


class Ticket:
    """The outcome of one append, now or later. Any thread, any number of waiters."""

    __slots__ = ("_observers", "cohort", "entry", "failure", "prepared", "proposed")

    def __init__(self, proposed: JournalEntry, prepared: bytes) -> None:
        """`proposed`: the entry without its number; `prepared`: its JSON (`chain.prepare`)."""
        self.proposed = proposed
        self.prepared = prepared
        self.cohort: Cohort | None = None
        """Set when it is queued."""
        self.entry: JournalEntry | None = None
        """The entry with its number, once it is durable."""
        self.failure: str | None = None
        """Why it was not written, once that is certain."""
        self._observers: list[Outcome] | None = None

    @property
    def durable(self) -> bool:
        """Whether the entry is on disk."""
        return self.entry is not None

    def wait(self, timeout: float) -> JournalEntry:
        """The durable entry, with its number; `timeout` in seconds.

        Raises JournalFault when it will not be written, TimeoutError when nothing is known
        yet (it may still become durable; see `JournalWriter.abandon`).
        """
        if self.entry is None and self.failure is None and self.cohort is not None:
            turnstile = self.cohort.turnstile
            if turnstile.acquire(timeout=max(0.0, timeout)):
                turnstile.release()
        if self.entry is not None:
            return self.entry
        if self.failure is not None:
            raise JournalFault(self.failure)
        raise TimeoutError(f"journal: nothing durable within {timeout:.3f} s")

    def then(self, observer: Outcome) -> None:
        """Call `observer` with the outcome: at once if it is known, else from the writer."""
        if self._observers is None:
            self._observers = []
        self._observers.append(observer)
        if self.entry is not None or self.failure is not None:
            self.tell()

    def tell(self) -> None:
        """Give the outcome to the observers; whoever calls this has set it."""
        # `then` and the writer may come here at the same time: each observer is popped once.
        while self._observers:
            try:
                observer = self._observers.pop()
            except IndexError:
                return
            try:
                observer(self.entry)
            except Exception:
                # The writer's thread serves everybody; one observer's defect is its own.
                _log.exception("an observer of a journal entry failed")
