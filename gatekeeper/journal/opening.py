"""Opening a journal: at start with proof that its end is whole, and again after a fault.

What was acknowledged must be found again, exactly. What lies beyond it (a commit whose
answer never came back) is kept and reported, so that the writer can withdraw it. Nothing
here repairs, and nothing starts a new record where an old one is missing.
"""

from __future__ import annotations

import sqlite3
import time

from gatekeeper.errors import JournalCorrupt, JournalFault
from gatekeeper.journal.anchor import Anchor, AnchorFile
from gatekeeper.journal.chain import GENESIS, Chain
from gatekeeper.journal.store import Row, Store
from gatekeeper.model import EntryKind, JournalEntry

__all__ = ["PROVEN_AT_START", "RECOVERED", "Recovery", "open_proven"]

PROVEN_AT_START = 100_000
"""Entries whose chain is checked at start, from the end: some 0.3 s of work. Older ones are
proven by `gatekeeper journal verify`, so that a node is back soon after years of service."""

RECOVERED = "journal_recovered"
"""`state` of the NODE entry that says a fault is over; its `note` says which and how long."""

_OWN_KINDS = (EntryKind.WITHDRAWN, EntryKind.NODE)
"""Nobody acts on these: found beyond the acknowledged end, they may stand."""


def open_proven(store: Store, chain: Chain, anchor_file: AnchorFile) -> Anchor:
    """Open `store` and return its end, once the newest entries are proven.

    Raises JournalCorrupt where the record is not whole, JournalFault where the disk
    refuses to open it.
    """
    try:
        anchor = anchor_file.read()
        store.open()
        head = _prove(store, chain, anchor or Anchor())
        if anchor is None and head.seq:
            raise JournalCorrupt(f"{store.path}: holds {head.seq} entries but has no anchor")
        anchor_file.write(head, sync=True)
    except sqlite3.OperationalError as error:
        raise JournalFault(f"{store.path}: cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        raise JournalCorrupt(f"{store.path}: {error}") from error
    except OSError as error:
        raise JournalFault(f"{store.path}: cannot be opened: {error}") from error
    return head


class Recovery:
    """What a fault leaves to be done. Only the writer's thread uses it."""

    def __init__(self, store: Store, chain: Chain) -> None:
        self._store = store
        self._chain = chain
        self._since_ns = 0
        self._owed: list[Row] = []

    def begin(self) -> None:
        """A fault has happened."""
        self._since_ns = time.monotonic_ns()

    def reopen(self, head: Anchor) -> Anchor:
        """Open the file again, as it was when entry `head` was acknowledged; its true end.

        Whatever lies beyond `head` was refused to its callers. A deleted file is written
        back from the connection that still holds it. Raises sqlite3.Error, OSError or
        JournalError while it is not as it was.
        """
        _reopen(self._store, head)
        _match(self._store, head)
        beyond = _linked(self._store, self._chain, head)
        self._owed += [row for row in beyond if row.kind not in _OWN_KINDS]
        return Anchor(beyond[-1].seq, beyond[-1].hash) if beyond else head

    def account(self, fault: str, now: float) -> list[JournalEntry]:
        """What the record has to say of the fault that is over, at `now` (UTC seconds)."""
        withdrawn = [
            JournalEntry(at=now, kind=EntryKind.WITHDRAWN, ref=row.seq, gate=row.gate)
            for row in self._owed
        ]
        note = f"{fault[:200]} (for {(time.monotonic_ns() - self._since_ns) / 1e9:.1f} s)"
        return [*withdrawn, JournalEntry(at=now, kind=EntryKind.NODE, state=RECOVERED, note=note)]

    def done(self) -> None:
        """That account is durable."""
        self._owed = []


def _reopen(store: Store, head: Anchor) -> None:
    if store.is_open:
        if not store.path.parent.is_dir():
            raise JournalFault(f"{store.path.parent}: is gone")
        if store.is_missing:
            store.rescue()
        elif store.is_displaced:
            raise JournalFault(f"{store.path}: another file lies there; put the journal back")
        store.flush()
        store.close()
    elif store.is_missing and head.seq:
        raise JournalFault(f"{store.path}: is gone")
    store.open()


def _prove(store: Store, chain: Chain, anchor: Anchor) -> Anchor:
    """The end of `store`, its newest entries recomputed and `anchor` found among them."""
    found = store.head()
    head = Anchor(*found) if found else Anchor()
    if head.seq < anchor.seq:
        raise JournalCorrupt(
            f"{store.path}: ends at {head.seq}; {anchor.seq} entries were written", head.seq + 1
        )
    _match(store, anchor)
    before = max(0, head.seq - PROVEN_AT_START)
    known = store.rows(before - 1, 1) if before else []
    if before and (not known or known[0].seq != before):
        raise JournalCorrupt(f"{store.path}: entry {before} is missing", before)
    start = Anchor(before, known[0].hash) if known else Anchor()
    rows = _linked(store, chain, start)
    if len(rows) != head.seq - before:
        raise JournalCorrupt(f"{store.path}: entries are missing", before + len(rows) + 1)
    return head


def _match(store: Store, anchor: Anchor) -> None:
    """Raise JournalCorrupt unless the entry that `anchor` names is there, with its hash."""
    if anchor.seq == 0:
        return
    rows = store.rows(anchor.seq - 1, 1)
    if not rows or rows[0].seq != anchor.seq or rows[0].hash != anchor.hash:
        raise JournalCorrupt(
            f"{store.path}: entry {anchor.seq} is not the one that was written", anchor.seq
        )


def _linked(store: Store, chain: Chain, start: Anchor) -> list[Row]:
    """All rows after `start`, each proven to follow the one before."""
    seq, digest = start.seq, start.hash or GENESIS
    rows = store.rows(seq, -1)
    for row in rows:
        seq += 1
        if row.seq != seq:
            raise JournalCorrupt(f"{store.path}: entry {seq} is missing", seq)
        if not isinstance(row.body, bytes):
            raise JournalCorrupt(f"{store.path}: entry {seq} is altered", seq)
        digest = chain.link(digest, seq, row.body)
        if row.hash != digest:
            raise JournalCorrupt(
                f"{store.path}: entry {seq} is altered, or the key is another one", seq
            )
    return rows
