"""Copies the journal into the main database, page by page, and survives the loss of either.

    projector = Projector(site, reader, database)
    projector.catch_up()   # True while there may be more

It holds no state of its own: where to go on stands in the database, in the same
transaction as what was stored. So after a crash, a restored backup or a move to another
server it goes on where the data says, and an entry is never stored twice.

A journal that is not the one projected so far (it ends before our place, or the entry at
our place is another one) is not projected: that would mix two records. The reason is
stored for the pages and the doctor, logged once, and looked at again and again, because
somebody may put the right file back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from gatekeeper.db import projection
from gatekeeper.db.engine import Database
from gatekeeper.model import JournalEntry

__all__ = ["PAGE", "Journal", "Projector"]

PAGE = 1000
"""Entries of one transaction: a second's worth at the busiest gate, and quickly stored."""

log = logging.getLogger(__name__)


class Journal(Protocol):
    """What the projector reads; gatekeeper.journal.reader.JournalReader is one."""

    def since(self, seq: int, limit: int = ...) -> Sequence[JournalEntry]:
        """Entries above `seq` in order, at most `limit`."""

    def head(self) -> int:
        """Number of the last entry, 0 while there is none."""


class Projector:
    """One journal into one database."""

    def __init__(self, site: str, journal: Journal, database: Database) -> None:
        """Opens nothing."""
        self._site = site
        self._journal = journal
        self._database = database
        self._problem = ""

    @property
    def problem(self) -> str:
        """Why the journal is not being projected; empty when it is."""
        return self._problem

    def catch_up(self) -> bool:
        """Project the next page; whether there may be more at once.

        Raises StoreError or JournalError when one of the two is out of reach; call again.
        """
        with self._database.reading() as session:
            done = projection.progress_of(session, self._site)
        # From the last one projected on, to see that it is still the same one.
        entries = self._journal.since(max(done.seq - 1, 0), PAGE + 1)
        problem = self._other_journal(done, entries)
        if problem:
            self._say(problem, done.problem)
            return False
        new = [entry for entry in entries if entry.seq > done.seq]
        if not new and not done.problem:
            self._problem = ""
            return False
        with self._database.session() as session:
            projection.store_entries(session, self._site, new)
            if done.problem:
                projection.note_problem(session, self._site, "")
                log.info("the journal is the right one again")
        self._problem = ""
        return len(new) >= PAGE

    def _other_journal(self, done: projection.Progress, entries: Sequence[JournalEntry]) -> str:
        """What is wrong with the journal as seen from our place in it; empty: nothing."""
        if done.seq == 0:
            return ""
        if not entries or entries[0].seq != done.seq:
            head = self._journal.head()
            # A journal that is not there (yet) is no other journal: wait for it.
            return (
                f"journal replaced: it ends at {head}, {done.seq} entries were projected before"
                if head
                else ""
            )
        if projection.digest_of(entries[0]) != done.digest:
            return f"journal replaced: entry {done.seq} is not the one that was projected before"
        return ""

    def _say(self, problem: str, stored: str) -> None:
        if problem != self._problem:
            log.error("%s; reports stand still until the right journal is back", problem)
        self._problem = problem
        if problem != stored:
            with self._database.session() as session:
                projection.note_problem(session, self._site, problem)
