"""Acts of desks into the journal: each key once, whoever asks again, whatever was killed.

The main database hands its audit rows over by key (gatekeeper.worker.outbox). A row that is
handed over twice, because its answer was lost with a process or came too late, gets the
number of its one entry. What happened before this process began is restored from the
journal, as presence is.

An act decides nothing, so it moves no presence and is never taken back: one that becomes
durable after its caller gave up is the answer to the caller's next try.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Sequence

from gatekeeper.access.ports import Clock, Journal, Ticket
from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import JournalFault
from gatekeeper.model import EntryKind, JournalEntry

__all__ = ["KEPT", "Witness"]

KEPT = 20_000
"""Keys remembered. Rows come in order and a few hundred at a time, so only the newest can come
again; for a main database that was put back, the worker looks the older ones up."""

LONGEST = 300
"""Characters of who, what and whom; the digest covers them whole."""


class Witness:
    """Thread-safe. Callers are told only what is durable."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._known: dict[str, int] = {}
        self._pending: dict[str, Ticket] = {}
        self._lock = threading.Lock()
        self.ready = False
        """Whether everything on record has been restored; before, nothing is taken."""

    def restore(self, entries: Iterable[JournalEntry], withdrawn: Collection[int] = ()) -> None:
        """Take over what the journal says, in order, and begin. `withdrawn`: entries unsaid."""
        with self._lock:
            for entry in entries:
                if entry.kind is EntryKind.ACT and entry.seq not in withdrawn and entry.nonce:
                    self._remember(entry.nonce, entry.seq)
            self.ready = True

    def record(self, acts: Sequence[DeskAct], deadline_s: float) -> tuple[int, ...]:
        """The numbers of the acts' entries, once all are durable.

        Raises JournalFault where they cannot be written now, TimeoutError where they were not
        durable within `deadline_s` seconds; ask again.
        """
        if not self.ready:
            raise JournalFault("the node is loading; try again in a moment")
        with self._lock:
            for act in acts:
                if act.key not in self._known and act.key not in self._pending:
                    self._pending[act.key] = self._journal.append(self._entry(act))
        until = time.monotonic() + deadline_s
        return tuple(self._durable(act.key, until) for act in acts)

    def _durable(self, key: str, until: float) -> int:
        with self._lock:
            known, ticket = self._known.get(key), self._pending.get(key)
        if known is not None:
            return known
        if ticket is None:
            raise JournalFault("written by nobody: another caller met a fault")
        try:
            seq = ticket.wait(max(0.0, until - time.monotonic())).seq
        except JournalFault:
            with self._lock:
                if self._pending.get(key) is ticket:
                    del self._pending[key]
            raise
        with self._lock:
            self._pending.pop(key, None)
            self._remember(key, seq)
        return seq

    def _remember(self, key: str, seq: int) -> None:
        self._known[key] = seq
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]

    def _entry(self, act: DeskAct) -> JournalEntry:
        return JournalEntry(
            at=self._clock.now(),
            kind=EntryKind.ACT,
            nonce=act.key,
            actor=act.actor[:LONGEST],
            state=act.action[:LONGEST],
            subject=act.subject[:LONGEST],
            digest=act.digest,
        )
