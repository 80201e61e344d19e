"""Presence and journal in step: decided at once, taken back if it did not become durable.

An entry counts from the moment it is queued, so that the same tag at two gates is admitted
once; it counts for good only when it is durable. The journal fails in order: when it fails,
everything not yet durable fails with it, and is taken back newest first, before the next
decision is made. So presence in memory is what a replay of the journal would give.

Denials that could not be recorded are kept, and recorded when the journal is well again.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from gatekeeper.access.ports import Journal, Ticket
from gatekeeper.access.presence import Presence, Undo
from gatekeeper.errors import JournalError, JournalFault
from gatekeeper.model import EntryKind, JournalEntry

__all__ = ["MAX_UNRECORDED", "UNRECORDED_LOST", "Ledger", "Pending"]

MAX_UNRECORDED = 10_000
"""Denials kept while the journal cannot write; beyond it they are only counted."""

UNRECORDED_LOST = "denials_not_recorded"
"""`state` of the NODE entry that gives the number of denials beyond MAX_UNRECORDED."""

_log = logging.getLogger("gatekeeper.access")


class Pending:
    """An entry that counts already and is not known to be durable yet."""

    __slots__ = ("entry", "ticket", "undo", "withdrawn")

    def __init__(self, entry: JournalEntry, ticket: Ticket, undo: Undo | None) -> None:
        self.entry = entry
        self.ticket = ticket
        self.undo = undo
        self.withdrawn = False
        """Set, under the ledger's lock, when its caller has to be told of a fault."""


class Ledger:
    """The only place that applies entries to presence and appends them to the journal."""

    def __init__(self, presence: Presence, journal: Journal) -> None:
        self.presence = presence
        self.lock = threading.RLock()
        """Held for each look-up, decision and append together. Never held while waiting."""
        self._journal = journal
        self._epoch = journal.epoch
        self._pending: deque[Pending] = deque()
        self._unrecorded: deque[JournalEntry] = deque()
        self._being_recorded = 0
        self._lost = 0
        self._lost_at = 0.0
        journal.on_recovered(self.record_late)

    @property
    def unrecorded(self) -> int:
        """Denials given and not yet in the journal."""
        return len(self._unrecorded) + self._being_recorded + self._lost

    @property
    def waiting(self) -> bool:
        """Whether something is to be recorded late and is not even queued."""
        return bool(self._unrecorded or self._lost)

    def settle(self) -> int:
        """Forget what is durable, take back what failed. The lock is held.

        Returns the epoch for which presence is now right: what is decided from it may only
        be recorded in that epoch.
        """
        epoch = self._journal.epoch  # read first: what is durable was marked before it changed
        pending = self._pending
        while pending and pending[0].ticket.durable:
            pending.popleft()
        if epoch != self._epoch:
            while pending:
                self._take_back(pending.pop())
            self._epoch = epoch
        return epoch

    def record(self, entry: JournalEntry, epoch: int) -> Pending:
        """Count `entry` and queue it; `epoch` is what `settle` gave when it was decided.

        The lock is held. Raises JournalFault or JournalError, and then nothing has changed.
        """
        undo = self.presence.apply(entry)
        try:
            ticket = self._journal.append(entry, epoch=epoch)
        except BaseException:
            if undo is not None:
                self.presence.undo(undo)
            raise
        pending = Pending(entry, ticket, undo)
        self._pending.append(pending)
        return pending

    def wait(self, pending: Pending, timeout: float) -> JournalEntry:
        """The durable entry of `pending`, within `timeout` seconds. The lock is not held.

        Raises JournalFault or TimeoutError; then the entry no longer counts, and if it
        becomes durable nevertheless it is withdrawn by an entry of its own.
        """
        try:
            entry = pending.ticket.wait(timeout)
            flagged = pending.withdrawn
            if not flagged:
                return entry
        except JournalFault:
            with self.lock:
                self.settle()
            raise
        except TimeoutError:
            with self.lock:
                if not self._give_up(pending):
                    return pending.ticket.wait(0)
            raise
        with self.lock:  # the flag may have been set and cleared again: see `_give_up`
            if not pending.withdrawn:
                return entry
        raise JournalFault("withdrawn together with an earlier entry of the same pass")

    def deny(self, entry: JournalEntry) -> None:
        """Keep `entry`, a denial that was given and is not in the journal. The lock is held."""
        if len(self._unrecorded) >= MAX_UNRECORDED:
            self._lost += 1
            self._lost_at = entry.at
            return
        self._unrecorded.append(entry)

    def record_late(self) -> None:
        """Queue what could not be recorded, if the journal takes it now. Never raises."""
        with self.lock:
            self.settle()
            while self._unrecorded:
                if not self._queue_late(self._unrecorded[0]):
                    return
                self._unrecorded.popleft()
            if self._lost:
                note = f"{self._lost} denials during a fault were not recorded one by one"
                summary = JournalEntry(
                    at=self._lost_at, kind=EntryKind.NODE, state=UNRECORDED_LOST, note=note
                )
                if self._queue_late(summary):
                    self._lost = 0

    def _queue_late(self, entry: JournalEntry) -> bool:
        """Whether `entry` is off our hands for now; it comes back if it does not get durable."""

        def recorded(durable: JournalEntry | None) -> None:
            with self.lock:
                self._being_recorded -= 1
                if durable is None:
                    self._unrecorded.appendleft(entry)

        try:
            ticket = self._journal.append(entry, epoch=self._epoch)
        except JournalFault:
            return False
        except JournalError as error:
            _log.error("a denial can never be recorded: %s", error)
            return True
        except Exception:
            # A defect of the journal must not reach whoever was just denied.
            _log.exception("a denial is not recorded yet")
            return False
        self._being_recorded += 1
        ticket.then(recorded)
        return True

    def _give_up(self, pending: Pending) -> bool:
        """Take back `pending` and what was decided upon it; False: it is durable after all.

        The flags come before the question whether it is durable. A caller who saw his flag
        unset had a durable entry by then, hence so had every earlier one, and then nothing
        is taken back here.
        """
        self.settle()
        if pending.withdrawn:
            return True
        if pending not in self._pending:
            return not pending.ticket.durable
        start = self._pending.index(pending)
        chain = [other for other in list(self._pending)[start:] if _depends(other, pending)]
        for other in chain:
            other.withdrawn = True
        if pending.ticket.durable:
            for other in chain:
                other.withdrawn = False
            return False
        for other in reversed(chain):
            self._pending.remove(other)
            self._take_back(other)
            self._journal.abandon(other.ticket, self._withdraw)
        return True

    def _withdraw(self, durable: JournalEntry | None) -> None:
        """An abandoned entry has ended; if it is in the journal, the journal says it is void."""
        if durable is None:
            return
        with self.lock:
            # First in line and without a bound: who is inside depends on it.
            self._unrecorded.appendleft(
                JournalEntry(
                    at=durable.at,
                    kind=EntryKind.WITHDRAWN,
                    gate=durable.gate,
                    event=durable.event,
                    pass_id=durable.pass_id,
                    ref=durable.seq,
                    late=True,
                )
            )
            self.record_late()

    def _take_back(self, pending: Pending) -> None:
        if pending.undo is not None:
            self.presence.undo(pending.undo)


def _depends(other: Pending, first: Pending) -> bool:
    """Whether `other`, decided later, could have been decided otherwise without `first`."""
    if other is first:
        return True
    if first.undo is None:
        return False
    mine, its = first.entry, other.entry
    return (mine.pass_id, mine.area) == (its.pass_id, its.area)
