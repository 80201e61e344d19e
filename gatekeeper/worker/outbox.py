"""Hands audit rows to the node, in order, until the journal has them; any number of kills later.

    outbox = Outbox(database, link, journal)
    outbox.hand_over()   # True while there may be more

A row waits in the main database (`journal_seq` is null) until the node said which entry of the
journal proves it. Killed between the node's answer and the note of it, the row is handed over
again and the node gives the same number. After a start, and when the database was put back
from a backup, rows that the journal has already are found there first, by their keys.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from gatekeeper.db import audit_outbox
from gatekeeper.db.engine import Database
from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import LinkError
from gatekeeper.model import JournalEntry

__all__ = ["PAGE", "Outbox"]

PAGE = 200
"""Acts of one message and of one transaction."""

log = logging.getLogger(__name__)


class Node(Protocol):
    """What the outbox asks of the node; gatekeeper.link.client.LinkClient is one."""

    def witness(self, acts: Iterable[DeskAct], deadline_s: float = ...) -> tuple[int, ...]:
        """Numbers of the acts' entries, durable. Raises LinkError."""


class Journal(Protocol):
    """What is on record; gatekeeper.journal.reader.JournalReader is one."""

    def acts(self, since: int = ..., limit: int = ...) -> Sequence[JournalEntry]:
        """Entries of kind `act` above `since`, in order."""

    def withdrawn(self) -> frozenset[int]:
        """Numbers of the entries that do not count."""


class Outbox:
    """One main database, one node."""

    def __init__(self, database: Database, node: Node, journal: Journal) -> None:
        """Opens nothing."""
        self._database = database
        self._node = node
        self._journal = journal
        self._source = ""
        self._silent = ""

    def hand_over(self) -> bool:
        """Hand the next rows over; whether there may be more at once.

        A node that does not answer is logged once; the rows wait. Raises StoreError and
        JournalError; call again.
        """
        with self._database.reading() as session:
            rows = audit_outbox.waiting(session, PAGE)
            unready = audit_outbox.unready(session)
        if unready:
            with self._database.session() as session:
                audit_outbox.adopt(session)
            return True
        if not rows:
            return False
        if self._look_up():
            return True
        try:
            seqs = self._node.witness([_act(row) for row in rows])
        except LinkError as error:
            if not self._silent:
                log.warning("acts wait for the journal: %s", error)
            self._silent = str(error)
            return False
        if self._silent:
            log.info("acts go into the journal again")
        self._silent = ""
        self._note({row.key: seq for row, seq in zip(rows, seqs, strict=True)})
        return len(rows) == PAGE

    def _look_up(self) -> bool:
        """Once for each database: note what the journal has already; whether there was any."""
        with self._database.reading() as session:
            source = audit_outbox.source(session)
            since = audit_outbox.last_noted(session)
        if source == self._source:
            return False
        found, withdrawn = False, self._journal.withdrawn()
        while page := self._journal.acts(since, PAGE):
            since = page[-1].seq
            on_record = {each.nonce: each.seq for each in page if each.seq not in withdrawn}
            with self._database.reading() as session:
                mine = audit_outbox.waiting_keys(session, [key for key in on_record if key])
            if mine:
                self._note({key: on_record[key] for key in mine})
                found = True
        self._source = source
        return found

    def _note(self, seqs: dict[str, int]) -> None:
        with self._database.session() as session:
            audit_outbox.note(session, seqs)


def _act(row: audit_outbox.Waiting) -> DeskAct:
    return DeskAct(row.key, row.actor, row.action, row.subject, row.digest)
