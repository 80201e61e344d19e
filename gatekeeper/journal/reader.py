"""Reading the journal from any process: by sequence, while it is being written.

Read-only by its connection, not by promise. Survives that the file does not exist yet and
that it is replaced: asking again is the only thing a caller ever has to do. It proves
nothing (see verify.py) and never waits for new entries.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gatekeeper.errors import JournalCorrupt, JournalFault
from gatekeeper.journal.chain import decode
from gatekeeper.model import JournalEntry

__all__ = ["JournalReader"]

_PAGE = 2_000


class JournalReader:
    """Entries of the file at `path`. One object may be used by many threads."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        """`key` is not needed to read; it is taken so that callers may pass what they have."""
        self.path = path
        self._wal = path.with_name(path.name + "-wal")
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, ...] = ()
        self._mutex = threading.Lock()

    def since(self, seq: int, limit: int = 1000) -> list[JournalEntry]:
        """At most `limit` entries numbered above `seq`, in order; empty where there are none.

        Raises JournalFault where the file cannot be read now, JournalCorrupt where an entry
        is none.
        """
        return [_entry(body) for body in self.lines(seq, limit)]

    def lines(self, seq: int, limit: int = 1000) -> list[bytes]:
        """As `since`, but each entry as the JSON that the chain protects."""
        rows = self._query("SELECT body FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
        return [body for (body,) in rows]

    def head(self) -> int:
        """Number of the last entry; 0 while there is none."""
        rows = self._query("SELECT max(seq) FROM entry")
        return int(rows[0][0] or 0) if rows else 0

    def entry(self, seq: int) -> JournalEntry | None:
        """The entry numbered `seq`, or None."""
        rows = self._query("SELECT body FROM entry WHERE seq = ?", seq)
        return _entry(rows[0][0]) if rows else None

    def digest(self, seq: int) -> bytes | None:
        """The hash of the entry numbered `seq` in the chain, or None where there is none."""
        rows = self._query("SELECT hash FROM entry WHERE seq = ?", seq)
        return bytes(rows[0][0]) if rows else None

    def by_event(self, event: str, since: int = 0, limit: int = 1000) -> list[JournalEntry]:
        """As `since`, only entries of the event with slug `event`."""
        sql = "SELECT body FROM entry WHERE event = ? AND seq > ? ORDER BY seq LIMIT ?"
        return [_entry(body) for (body,) in self._query(sql, event, since, limit)]

    def acts(self, since: int = 0, limit: int = 1000) -> list[JournalEntry]:
        """As `since`, only entries of kind `act`; withdrawn ones included."""
        sql = "SELECT body FROM entry WHERE kind = 'act' AND seq > ? ORDER BY seq LIMIT ?"
        return [_entry(body) for (body,) in self._query(sql, since, limit)]

    def latest_acts(self, limit: int) -> list[JournalEntry]:
        """The last entries of kind `act`, at most `limit`, in order."""
        sql = "SELECT body FROM entry WHERE kind = 'act' ORDER BY seq DESC LIMIT ?"
        return [_entry(body) for (body,) in reversed(self._query(sql, limit))]

    def withdrawn(self) -> frozenset[int]:
        """Numbers of the entries that were withdrawn: nobody was let through by them."""
        rows = self._query("SELECT body FROM entry WHERE kind = 'withdrawn'")
        refs = (_entry(body).ref for (body,) in rows)
        return frozenset(ref for ref in refs if ref is not None)

    def replay(self, since: int = 0) -> Iterator[JournalEntry]:
        """Every entry above `since`, in order, without holding them all or the file."""
        while page := self.since(since, _PAGE):
            yield from page
            since = page[-1].seq

    def close(self) -> None:
        """Let the file go; the next question opens it again."""
        with self._mutex:
            self._drop()

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._mutex:
            try:
                connection = self._current()
                return [] if connection is None else connection.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                self._drop()
                if "no such table" in str(error):
                    return []  # the writer has made the file, not yet the table
                if isinstance(error, sqlite3.OperationalError):
                    raise JournalFault(f"{self.path}: cannot be read: {error}") from error
                raise JournalCorrupt(f"{self.path}: {error}") from error

    def _current(self) -> sqlite3.Connection | None:
        """The connection to the file that lies at the path now; None while there is none."""
        identity = self._look()
        if self._connection is not None and identity == self._identity:
            return self._connection
        self._drop()
        if not identity:
            return None
        self._connection = sqlite3.connect(
            f"file:{quote(str(self.path.absolute()))}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=1.0,
        )
        self._identity = identity
        return self._connection

    def _look(self) -> tuple[int, ...]:
        """Identity of the file and of its log: a log that was replaced is stale, too."""
        try:
            main = self.path.stat()
        except OSError:
            return ()
        with contextlib.suppress(OSError):
            return main.st_dev, main.st_ino, self._wal.stat().st_ino
        return main.st_dev, main.st_ino

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _entry(body: bytes) -> JournalEntry:
    try:
        return decode(body)
    except ValueError as error:  # msgspec's decode errors are ValueErrors
        raise JournalCorrupt(f"an entry cannot be read: {error}") from error
