"""Follows the main database's change sequence, and lives without it.

A thread asks the main database twenty times a second (and at once when hinted) whether
anything changed, puts changes in force in memory first and into the node's copy second. No
copy, or another database than the copy was taken from: everything is loaded anew, into the
copy, then from there into memory, so that a load that breaks off changes nothing. While the
database cannot be reached the node decides on with what it has, and this asks again each
second. The database's library is imported in this thread only: the node starts without it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from gatekeeper.errors import GatekeeperError, StoreError
from gatekeeper.model import PassState
from gatekeeper.node.copy import Item, PassCopy, Table

__all__ = ["Follower", "Source"]

log = logging.getLogger(__name__)

POLL_S = 0.05
"""Between two looks; a revocation is to be in force within 250 ms even when no hint comes."""
RETRY_S = 0.8
"""Between two tries while the main database is gone."""
EMPTIED = (
    "main database: another one without any pass has taken its place; deciding with the passes "
    "known so far (move passes.copy away and restart the node if that is meant)"
)
BATCH = 2000
"""Changes taken at once."""
MANY = 200
"""Changes from which on those that close are put in force before any is worked out."""


class Source(Protocol):
    """The main database as the follower sees it; every method raises StoreError."""

    def latest(self) -> tuple[str, int]:
        """Which database this is, and the number of its last change."""

    def since(self, seq: int, limit: int) -> tuple[list[Item], int]:
        """Changes after `seq`, at most `limit`: what they mean now, and the last one's number."""

    def refused_since(self, seq: int) -> list[tuple[str, PassState]]:
        """Keys changed after `seq` that open nothing now, and why; asked in one quick question."""

    def everything(self) -> tuple[Iterable[tuple[str, bytes]], int, str]:
        """All passes packed by credential, the change they stand for, and which database."""

    def close(self) -> None:
        """Let go of the database."""


class Follower:
    """Keeps `table` and `copy` in step with the source that `open_source` gives."""

    def __init__(
        self,
        open_source: Callable[[], Source],
        copy: PassCopy,
        table: Table,
        on_loaded: Callable[[], None],
        on_reach: Callable[[bool, str], None] = lambda reached, problem: None,
    ) -> None:
        """`on_loaded` is called once the table holds passes for the first time.

        `on_reach` is told when the main database is lost (and why) and when it is back.
        """
        self._open_source = open_source
        self._copy = copy
        self._table = table
        self._on_loaded = on_loaded
        self._on_reach = on_reach
        self._behind: dict[str, bytes | None] = {}
        self._seq = -1
        self._refused = -1
        """The change up to which those that close are in force; `_seq`: all of them."""
        self._origin = ""
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.database_ok = True
        """Whether the last look at the main database succeeded."""
        self._lost_why = ""
        self._unsaved_why = ""

    @property
    def problem(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return self._lost_why or self._unsaved_why

    @property
    def change_seq(self) -> int:
        """The last change in force; -1 before anything was loaded."""
        return self._seq

    def start(self) -> None:
        """Read the copy into the table, here and now; then follow in a thread."""
        try:
            if self._copy.load(self._table):
                self._seq, self._origin = self._copy.change_seq, self._copy.origin
                if self._copy.torn:
                    log.warning("pass copy: %d torn bytes cut off its end", self._copy.torn)
                self._on_loaded()
        except StoreError as error:
            log.error("%s; it is loaded anew from the main database", error)
            self._lost_why = str(error)
        self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
        self._thread.start()

    def hint(self) -> None:
        """Something changed: look at once."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        source: Source | None = None
        while not self._stopping:
            try:
                source = source or self._open_source()
                self._follow(source)
            except GatekeeperError as error:
                self._lost(str(error))
            except Exception as error:
                # Whatever the database's library throws, the node must go on asking.
                log.exception("following the main database failed")
                self._lost(f"main database: {type(error).__name__}")
            self._wake.wait(RETRY_S)
            self._wake.clear()
        if source is not None:
            source.close()

    def _lost(self, problem: str) -> None:
        news, first = problem != self._lost_why, self.database_ok
        self.database_ok, self._lost_why = False, problem
        if first or news:
            log.warning("main database lost: %s; deciding with the passes known so far", problem)
        if first:
            self._on_reach(False, problem)

    def _follow(self, source: Source) -> None:
        while not self._stopping:
            more = self._look(source)
            self._found()
            self._save()
            if not more:
                self._wake.wait(POLL_S)
                self._wake.clear()

    def _found(self) -> None:
        back = not self.database_ok
        self.database_ok, self._lost_why = True, ""
        if back:
            log.info("main database is back, change %d in force", self._seq)
            self._on_reach(True, "")

    def _look(self, source: Source) -> bool:
        """Take what is new; whether there may be more."""
        origin, latest = source.latest()
        if self._seq < 0 or origin != self._origin or latest < self._seq:
            self._load_all(source)
            return True
        if latest == self._seq:
            return False
        if latest - max(self._seq, self._refused) > MANY:
            self._refuse(source, latest)
        items, seq = source.since(self._seq, BATCH)
        for credential, packed in items:
            self._table.apply(credential, packed)
        self._behind.update(items)
        self._seq = seq
        return seq < latest

    def _refuse(self, source: Source, latest: int) -> None:
        """Close first: thousands of passes ended in one act are refused within one question.

        It only ever closes, so it may run ahead of the copy and of the order of changes; what
        each change means in full follows, and what is open again by then opens again.
        """
        for credential, state in source.refused_since(max(self._seq, self._refused)):
            self._table.refuse(credential, state)
        self._refused = latest

    def _load_all(self, source: Source) -> None:
        passes, seq, origin = source.everything()
        log.info("loading all passes from the main database (change %d)", seq)
        self._copy.replace(self._guarded(passes), seq, origin)
        self._behind.clear()
        self._copy.load(self._table)
        first, self._seq, self._origin = self._seq < 0, seq, origin
        self._refused = seq
        if first:
            self._on_loaded()

    def _guarded(self, passes: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        """`passes`; raises StoreError, so that what is in force stays, in two cases.

        The node ends meanwhile; or there are none where there were some: a database that
        was emptied is no news to act upon.
        """
        empty = self._seq >= 0
        for item in passes:
            if self._stopping:
                raise StoreError("the node ends; the load was broken off")
            empty = False
            yield item
        if empty:
            raise StoreError(EMPTIED)

    def _save(self) -> None:
        """Bring the copy up to what is in force; what cannot be written now is tried again."""
        if not self._behind:
            return
        try:
            self._copy.append(list(self._behind.items()), self._seq)
            self._behind.clear()
            if self._copy.wants_compaction:
                self._copy.compact()
            self._unsaved_why = ""
        except StoreError as error:
            if str(error) != self._unsaved_why:
                log.error("%s", error)
            self._unsaved_why = str(error)
