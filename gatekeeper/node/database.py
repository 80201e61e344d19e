"""The main database as the change follower sees it. Import it in the follower's thread only.

A look at an unchanged SQLite file is two `stat` calls, not a query: twenty queries a second
would be felt by the decisions that share this process. A query follows at least five times
a second all the same, because two commits within one tick of the file system's clock can
look like one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import msgspec

from gatekeeper.db import changes
from gatekeeper.db.engine import Database, connect
from gatekeeper.model import PassState
from gatekeeper.node.copy import Item

__all__ = ["DatabaseSource"]

UNSEEN_S = 0.2
"""Longest time without a query."""

_NOTHING = (0, 0, 0)
"""Stamp of a file that is not there; a log is not while nobody has the database open."""

_Stamp = tuple[tuple[int, int, int], ...]


class DatabaseSource:
    """The main database at `url`, for one thread."""

    def __init__(self, url: str) -> None:
        self._database: Database = connect(url)
        self._encode = msgspec.msgpack.Encoder().encode
        self._stamp: _Stamp = ()
        self._seen = ("", -1)
        self._seen_at = 0.0

    def latest(self) -> tuple[str, int]:
        """Identity of the database and number of its last change. Raises StoreError."""
        stamp = self._look()
        now = time.monotonic()
        if stamp and stamp == self._stamp and now - self._seen_at < UNSEEN_S:
            return self._seen
        with self._database.reading() as session:
            self._seen = changes.source(session), changes.latest(session)
        self._stamp, self._seen_at = stamp, now
        return self._seen

    def since(self, seq: int, limit: int) -> tuple[list[Item], int]:
        """What the next changes after `seq` mean now. Raises StoreError."""
        with self._database.reading() as session:
            rows = changes.changes_since(session, seq, limit)
        items = [(key, self._encode(found) if found else None) for _, key, found in rows]
        return items, rows[-1][0] if rows else seq

    def refused_since(self, seq: int) -> list[tuple[str, PassState]]:
        """Which keys changed after `seq` open nothing now, and why. Raises StoreError."""
        with self._database.reading() as session:
            return changes.refused_since(session, seq)

    def everything(self) -> tuple[Iterable[tuple[str, bytes]], int, str]:
        """All passes in one snapshot, the change they stand for, and which database it is.

        The passes raise StoreError when the database goes away half-way; iterate them once,
        to the end.
        """
        with ExitStack() as stack:
            session = stack.enter_context(self._database.reading())
            origin, seq = changes.source(session), changes.latest(session)
            found = changes.all_passes(session)
            kept = stack.pop_all()

        def passes() -> Iterator[tuple[str, bytes]]:
            with kept:
                for one in found:
                    yield one.credential, self._encode(one)

        return passes(), seq, origin

    def close(self) -> None:
        """Close its connections."""
        self._database.close()

    def _look(self) -> _Stamp:
        """What the files look like; empty where that tells nothing (a server, no file)."""
        path = self._database.path
        if path is None:
            return ()
        file, log = _stamp(str(path)), _stamp(f"{path}-wal")
        return (file, log) if file != _NOTHING else ()


def _stamp(name: str) -> tuple[int, int, int]:
    try:
        found = os.stat(name)  # noqa: PTH116 (a Path would cost as much as the call)
    except OSError:
        return _NOTHING
    return found.st_ino, found.st_mtime_ns, found.st_size
