"""The one writer of the journal: many callers, one thread, one chain, one commit a batch.

Whatever waits when a commit ends becomes the next batch (group commit), so that nobody
waits for company and a crowd shares one sync. A caller is told only after the disk has its
entry. A fault (full disk, failing disk, deleted file) fails everything that was queued, in
order, so that what is durable is always a prefix of what was appended; the writer then
tries again by itself, and records that it was away once it can.

Not here: what an entry means, presence, or who may append.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gatekeeper.journal import opening
from gatekeeper.journal.anchor import Anchor, AnchorFile
from gatekeeper.journal.chain import Chain, number, prepare
from gatekeeper.journal.intake import Intake
from gatekeeper.journal.lock import WriterLock
from gatekeeper.journal.opening import RECOVERED
from gatekeeper.journal.store import Row, Store
from gatekeeper.journal.ticket import Cohort, Outcome, Ticket
from gatekeeper.model import JournalEntry

__all__ = ["ANCHOR_NAME", "RECOVERED", "Durable", "JournalWriter"]

ANCHOR_NAME = "journal.anchor"
CLOSE_S = 10.0
"""How long `close` waits for a disk that does not answer."""

RETRY_S = (0.02, 0.1, 0.25, 0.5)
"""Waits before the tries to get over a fault; the last is repeated."""

Durable = Callable[[int, int, int], None]
"""Told after each commit: first number, last number, monotonic time in ns."""

_log = logging.getLogger("gatekeeper.journal")


class JournalWriter:
    """Appends entries to the file at `path`; any thread may append.

    `open()` refuses a file whose record is not whole: whoever is about to decide from it
    must not, as who is inside and what was withdrawn could be forged. A node that meets
    JournalCorrupt stays closed until an administrator has looked.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        run: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`key`: 32 bytes (`keys.py`); `run` is stamped on every entry that carries none;
        `clock` gives UTC seconds for the writer's own entries."""
        self.path = path
        self._run = run
        self._chain = Chain(key)
        self._store = Store(path)
        self._anchor_file = AnchorFile(path.with_name(ANCHOR_NAME), self._chain)
        self._lock = WriterLock(path.with_name(path.name + ".lock"))
        self._intake = Intake()
        self._head = Anchor()
        self._clock = clock
        self._recovery = opening.Recovery(self._store, self._chain)
        self._tries = 0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._on_durable: list[Durable] = []
        self._on_recovered: list[Callable[[], None]] = []

    def open(self) -> JournalWriter:
        """Take the file, prove its end, start the thread.

        Raises AlreadyRunning where another process writes it, JournalCorrupt where the
        record is not whole, JournalFault where the file cannot be opened now.
        """
        self._lock.take()
        try:
            self._head = opening.open_proven(self._store, self._chain, self._anchor_file)
        except BaseException:
            self._store.close()
            self._lock.release()
            raise
        self._intake.resume()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        self._tell_recovered()
        return self

    def close(self) -> None:
        """Write what is queued, set the anchor, let go of the file."""
        self._closing.set()
        self._intake.close()
        if self._thread is not None:
            self._thread.join(CLOSE_S)
            if self._thread.is_alive():
                # The disk does not answer: what is in its hands stays there with the lock.
                self._intake.fail(None, "the journal is closed")
                return
            self._thread = None
        self._intake.fail(None, "the journal is closed")
        if self._store.is_open:
            with contextlib.suppress(OSError):
                self._anchor_file.write(self._head, sync=True)
            self._store.close()
        self._lock.release()

    def __enter__(self) -> JournalWriter:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def head(self) -> int:
        """Number of the last durable entry; 0 while there is none."""
        return self._head.seq

    @property
    def epoch(self) -> int:
        """Counts the faults: what was appended in an earlier epoch is durable or never will be."""
        return self._intake.epoch

    @property
    def ok(self) -> bool:
        """Whether an append has a chance now."""
        return not self._intake.problem

    @property
    def problem(self) -> str:
        """Why nothing can be written now, or empty."""
        return self._intake.problem

    def on_durable(self, callback: Durable) -> None:
        """`callback` runs in the writer's thread after each commit; it must be quick."""
        self._on_durable.append(callback)

    def on_recovered(self, callback: Callable[[], None]) -> None:
        """`callback` runs when the journal takes entries (again): after `open`, and in the
        writer's thread after a fault; it must be quick."""
        self._on_recovered.append(callback)

    def append(self, entry: JournalEntry, *, epoch: int | None = None) -> Ticket:
        """Queue `entry`; this call fixes its place among all entries.

        `epoch`: refuse if a fault has happened since that epoch. Raises JournalFault when
        nothing can be written now, JournalError for an entry that never can.
        """
        if entry.run is None and self._run is not None:
            entry = msgspec.structs.replace(entry, run=self._run)
        ticket = Ticket(entry, prepare(entry))
        self._intake.add(ticket, epoch)
        return ticket

    def abandon(self, ticket: Ticket, late: Outcome) -> None:
        """Nobody waits for `ticket` any more; `late` is told, once, how it ended.

        If it is still queued it is taken out and will never be written. If it is being
        written at this moment, the outcome comes when it is known.
        """
        self._intake.remove(ticket)
        ticket.then(late)

    def _work(self) -> None:
        """The thread: batches while well, tries while not, until closed."""
        while True:
            if self._intake.fault is None:
                cohort = self._intake.take(1.0)
                if cohort is not None:
                    self._write(cohort)
                elif self._closing.is_set():
                    return
            elif self._closing.wait(RETRY_S[min(self._tries, len(RETRY_S) - 1)]):
                return
            else:
                self._recover()
            self._anchor_file.keep(self._head)

    def _write(self, cohort: Cohort) -> None:
        """Commit what waits together and tell its callers, whatever happens."""
        try:
            entries = self._commit(cohort.tickets)
        except Exception as error:
            # Whatever it was, callers must learn that they cannot act, and the thread lives.
            self._recovery.begin()
            self._tries = 0
            self._intake.done()
            self._intake.fail(cohort, f"{self.path}: {error}")
            _log.error("journal cannot be written: %s", error)
            return
        was_stuck = self._intake.done()
        cohort.succeed(entries)
        if entries:
            now_ns = time.monotonic_ns()
            for callback in self._on_durable:
                _call(callback, entries[0].seq, entries[-1].seq, now_ns)
        if was_stuck:
            self._tell_recovered()

    def _commit(self, batch: list[Ticket]) -> list[JournalEntry]:
        if not batch:  # every caller gave up while it waited
            return []
        seq, digest = self._head
        rows, entries = [], []
        link, replace = self._chain.link, msgspec.structs.replace
        for ticket in batch:
            seq += 1
            entry = replace(ticket.proposed, seq=seq)
            body = number(ticket.prepared, seq)
            digest = link(digest, seq, body)
            rows.append(_row(entry, body, digest))
            entries.append(entry)
        self._store.append(rows)
        self._head = Anchor(seq, digest)
        return entries

    def _recover(self) -> None:
        """Try to get over a fault: open again, withdraw what nobody acted on, record it."""
        self._tries += 1
        recovery = self._recovery
        try:
            self._head = recovery.reopen(self._head)
            account = recovery.account(self._intake.fault or "", self._clock())
            self._commit([self._ticket(entry) for entry in account])
        except Exception as error:
            _log.debug("journal still cannot be written: %s", error)
            return
        recovery.done()
        _log.warning("journal is writable again at entry %d", self.head)
        self._intake.resume()
        self._tell_recovered()

    def _tell_recovered(self) -> None:
        for callback in self._on_recovered:
            _call(callback)

    def _ticket(self, entry: JournalEntry) -> Ticket:
        entry = msgspec.structs.replace(entry, run=self._run)
        return Ticket(entry, prepare(entry))


def _row(entry: JournalEntry, body: bytes, digest: bytes) -> Row:
    return Row(
        entry.seq, entry.at, entry.kind, entry.event, entry.gate, entry.pass_id, body, digest
    )


def _call(callback: Callable[..., None], *values: int) -> None:
    try:
        callback(*values)
    except Exception:
        # An observer's defect must not stop the record.
        _log.exception("a journal observer failed")
