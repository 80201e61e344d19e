"""The line in which entries wait for the disk: order, refusal and the end of an epoch.

Every append and every failure passes one mutex, so that at any instant either an entry is
in the line of this epoch or its caller has been refused. No file, no hash here.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from gatekeeper.errors import JournalFault
from gatekeeper.journal.ticket import Cohort, Ticket

__all__ = ["MAX_COHORTS", "MAX_TOGETHER", "Intake"]

MAX_TOGETHER = 512
"""Entries in one commit: some 5 ms of work, so that no batch delays the next for long."""

MAX_COHORTS = 40
"""Full cohorts waiting for the disk (20,000 entries); beyond it an append is refused."""

STUCK_NS = 2_000_000_000
"""A commit that takes longer than this is a fault, although nothing has failed yet."""


class Intake:
    """A bounded line of tickets with one taker (the writer's thread)."""

    def __init__(self) -> None:
        self.epoch = 0
        self.fault: str | None = "not open"
        self.closing = False
        self._begun_ns = 0
        self._queue: deque[Cohort] = deque()
        self._mutex = threading.Lock()
        # Held whenever nobody has to be woken; a Condition would cost three times as much.
        self._idle = False
        self._wake = threading.Lock()
        self._wake.acquire()

    @property
    def problem(self) -> str:
        """Why an append has no chance now, or empty."""
        if self.fault is not None:
            return self.fault
        begun = self._begun_ns
        stuck = time.monotonic_ns() - begun if begun else 0
        return f"no answer from the disk for {stuck / 1e9:.1f} s" if stuck > STUCK_NS else ""

    def add(self, ticket: Ticket, epoch: int | None) -> None:
        """Put `ticket` at the end of the line. Raises JournalFault, and then it is not in it."""
        begun = self._begun_ns
        if begun and time.monotonic_ns() - begun > STUCK_NS:
            raise JournalFault(self.problem)
        with self._mutex:
            if self.fault is not None:
                raise JournalFault(self.fault)
            if self.closing:
                raise JournalFault("the journal is closing")
            if epoch is not None and epoch != self.epoch:
                raise JournalFault("a fault happened since the decision was begun")
            queue = self._queue
            if not queue or len(queue[-1].tickets) >= MAX_TOGETHER:
                if len(queue) >= MAX_COHORTS:
                    raise JournalFault(f"{MAX_COHORTS * MAX_TOGETHER} entries wait for the disk")
                queue.append(Cohort())
            ticket.cohort = queue[-1]
            ticket.cohort.tickets.append(ticket)
            self._rouse()

    def remove(self, ticket: Ticket) -> bool:
        """Take `ticket` out if it still waits; False: it was taken, or has its outcome."""
        with self._mutex:
            cohort = ticket.cohort
            if cohort is None or cohort not in self._queue:
                return False
            cohort.tickets.remove(ticket)
            ticket.failure = "abandoned"
            return True

    def take(self, timeout: float) -> Cohort | None:
        """The next cohort; None after `timeout` seconds without one, or when closing."""
        with self._mutex:
            if self._queue or self.closing:
                return self._next()
            self._idle = True
        if not self._wake.acquire(timeout=timeout):
            with self._mutex:
                if not self._idle:
                    self._wake.acquire()  # roused in this very moment: take the wake-up back
                self._idle = False
        with self._mutex:
            return self._next()

    def done(self) -> bool:
        """What was taken has its outcome. Returns whether that took as long as a fault."""
        begun, self._begun_ns = self._begun_ns, 0
        return time.monotonic_ns() - begun > STUCK_NS

    def fail(self, taken: Cohort | None, why: str) -> None:
        """Fail `taken` and all that waits, end the epoch, refuse appends until `resume`."""
        with self._mutex:
            lost = [*([taken] if taken else []), *self._queue]
            self._queue.clear()
            self.epoch += 1
            self.fault = why
        for cohort in lost:
            cohort.fail(why)

    def resume(self) -> None:
        """The fault is over."""
        with self._mutex:
            self.fault = None

    def close(self) -> None:
        """Refuse appends; `take` still gives out what waits."""
        with self._mutex:
            self.closing = True
            self._rouse()

    def _rouse(self) -> None:
        if self._idle:
            self._idle = False
            self._wake.release()

    def _next(self) -> Cohort | None:
        if not self._queue:
            return None
        self._begun_ns = time.monotonic_ns()
        return self._queue.popleft()
