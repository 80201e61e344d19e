"""The journal's SQLite file as its one writer uses it: rows in, durable or an exception.

WAL with `synchronous=FULL`: a commit returns after the disk has it. Nothing here knows the
chain, threads or callers.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gatekeeper.errors import JournalFault

__all__ = ["COLUMNS", "Row", "Store"]

COLUMNS = ("seq", "at", "kind", "event", "gate", "pass_id", "body", "hash")

_LOG_PAGES = 8_000
"""Pages of 4 KiB in the log before a commit moves them into the file: 32 MB, which a start
after a crash reads in a tenth of a second. SQLite's own 1,000 made every two hundredth commit
wait for two more syncs, while people stood at a gate."""

_STATEMENT_ROWS = 32
"""Rows in one INSERT. One statement is one release of the interpreter's lock; a row at a
time gives every other thread a turn between two rows of the same batch."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    event TEXT,
    gate TEXT,
    pass_id TEXT,
    body BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_event ON entry (event, seq) WHERE event IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_withdrawn ON entry (seq) WHERE kind = 'withdrawn';
CREATE INDEX IF NOT EXISTS entry_act ON entry (seq) WHERE kind = 'act';
"""


class Row(NamedTuple):
    """One row of the table, in the order of COLUMNS."""

    seq: int
    at: float
    kind: str
    event: str | None
    gate: str | None
    pass_id: str | None
    body: bytes
    hash: bytes


class Store:
    """One connection to one file, and the file's identity on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal = path.with_name(path.name + "-wal")
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._wal_identity: tuple[int, int] | None = None

    def open(self) -> None:
        """Open or make the file. Raises sqlite3.Error or OSError."""
        if self.is_missing:
            self._make()
        self._connection = _connect(self.path)
        self._identity = _identity(self.path)
        self._wal_identity = None

    @property
    def is_open(self) -> bool:
        """Whether a connection is held, healthy or not."""
        return self._connection is not None

    @property
    def is_missing(self) -> bool:
        """Whether nothing lies at the path."""
        return _identity(self.path) is None

    @property
    def is_displaced(self) -> bool:
        """Whether something else lies at the path than the file that is open."""
        return _identity(self.path) != self._identity

    def append(self, rows: Sequence[Row]) -> None:
        """Make `rows` durable, all or none. Raises sqlite3.Error, or JournalFault when the
        file is no longer the one at this path, so that the rows would be lost with it."""
        connection = self._due()
        if len(rows) <= _STATEMENT_ROWS:
            # Outside a transaction one statement is one: written, synced, or nothing.
            connection.execute(_insert(len(rows)), [value for row in rows for value in row])
        else:
            connection.execute("BEGIN IMMEDIATE")
            for start in range(0, len(rows), _STATEMENT_ROWS):
                part = rows[start : start + _STATEMENT_ROWS]
                connection.execute(_insert(len(part)), [value for row in part for value in row])
            connection.execute("COMMIT")
        self.check_in_place()

    def check_in_place(self) -> None:
        """Raise JournalFault unless the open file and its log still lie at their paths.

        An unlinked file takes writes without complaint and vanishes with the process.
        """
        if _identity(self.path) != self._identity:
            raise JournalFault(f"{self.path}: was moved or deleted")
        wal = _identity(self._wal)
        if self._wal_identity is None:
            self._wal_identity = wal
        if wal is None or wal != self._wal_identity:
            raise JournalFault(f"{self._wal}: was moved or deleted")

    def head(self) -> tuple[int, bytes] | None:
        """Number and hash of the last entry, or None while there is none."""
        row = self._due().execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1")
        found: tuple[int, bytes] | None = row.fetchone()
        return found

    def rows(self, after: int, limit: int) -> list[Row]:
        """At most `limit` rows numbered above `after`, in order."""
        sql = f"SELECT {', '.join(COLUMNS)} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        return [Row(*row) for row in self._due().execute(sql, (after, limit))]

    def rescue(self) -> None:
        """Write the still open content back to the path from which the file was deleted.

        The deleted file lives as long as this connection. Raises sqlite3.Error or OSError.
        """
        draft = self.path.with_name(self.path.name + ".rescue")
        draft.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(draft)) as copy:
            self._due().backup(copy)
        _sync(draft)
        draft.rename(self.path)
        _sync(draft.parent)

    def flush(self) -> None:
        """Move everything from the log into the file itself, as far as possible."""
        with contextlib.suppress(sqlite3.Error):
            self._due().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Give the file up; more than once does no harm."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _make(self) -> None:
        """Make an empty journal aside and move it here: nobody ever meets half of one.

        A file that was left half made would need its writer before anybody could read it.
        """
        draft = self.path.with_name(self.path.name + ".new")
        for leftover in draft.parent.glob(draft.name + "*"):
            leftover.unlink()
        _connect(draft).close()
        _sync(draft)
        draft.rename(self.path)
        _sync(draft.parent)

    def _due(self) -> sqlite3.Connection:
        if self._connection is None:
            raise JournalFault(f"{self.path}: not open")
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    """A connection of the writer's kind, with the schema in place."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=2 * _STATEMENT_ROWS,
        timeout=2.0,
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"journal mode {mode!r} seen; wal is due")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _sync(path: Path) -> None:
    """Wait until the disk has a file's content, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=_STATEMENT_ROWS)
def _insert(rows: int) -> str:
    one = f"({', '.join('?' * len(COLUMNS))})"
    return f"INSERT INTO entry ({', '.join(COLUMNS)}) VALUES {', '.join([one] * rows)}"  # noqa: S608


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
