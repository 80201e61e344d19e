"""Proof that the record is whole: nothing altered, nothing missing, nothing cut off.

Recomputes every hash from the key and compares the end with the anchor. Reads through a
connection of its own, while the journal is being written if need be; changes nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec

from gatekeeper.errors import JournalCorrupt
from gatekeeper.journal.anchor import Anchor, AnchorFile
from gatekeeper.journal.chain import Chain, decode
from gatekeeper.journal.store import COLUMNS, Row
from gatekeeper.journal.writer import ANCHOR_NAME

__all__ = ["VerifyResult", "verify"]

_STEP = 1_000


class VerifyResult(msgspec.Struct, frozen=True):
    """What was found."""

    ok: bool
    entries: int
    """How many entries were proven before the first bad one, or all."""
    first_bad: int | None = None
    """Number of the first entry that is altered or missing, where one can be named."""
    problem: str = ""
    """What is wrong, in one sentence; empty when all is well."""
    head: str = ""
    """Hash of the last proven entry, in hex: noted elsewhere, it binds also whoever has the key."""


def verify(path: Path, key: bytes, progress: Callable[[int], None] | None = None) -> VerifyResult:
    """Prove the journal at `path` with the 32 bytes `key`; never raises for what it finds.

    `progress` is told how many entries are proven, now and then.
    """
    proof = _Proof(path, key, progress)
    bad: int | None = None
    problem = ""
    try:
        proof.run()
    except JournalCorrupt as error:
        bad, problem = error.seq, str(error)
    except (sqlite3.Error, OSError) as error:
        problem = f"{path}: cannot be read: {error}"
    return VerifyResult(not problem, proof.end.seq, bad, problem, proof.end.hash.hex())


class _Proof:
    """One walk along the chain."""

    def __init__(self, path: Path, key: bytes, progress: Callable[[int], None] | None) -> None:
        self._path = path
        self._chain = Chain(key)
        self._progress = progress
        self.end = Anchor()

    def run(self) -> None:
        # The anchor first: it is never ahead of the file, so a live journal passes.
        anchor = AnchorFile(self._path.with_name(ANCHOR_NAME), self._chain).read()
        if not self._path.exists():
            if anchor is not None and anchor.seq:
                raise JournalCorrupt(f"{self._path}: is gone; {anchor.seq} entries were written", 1)
            raise JournalCorrupt(f"{self._path}: does not exist")
        self._walk(anchor or Anchor())
        if anchor is None and self.end.seq:
            raise JournalCorrupt("the anchor is missing: a cut tail could not be seen")
        if anchor is not None and self.end.seq < anchor.seq:
            raise JournalCorrupt(
                f"the tail is cut: ends at {self.end.seq}; {anchor.seq} entries were written",
                self.end.seq + 1,
            )

    def _walk(self, anchor: Anchor) -> None:
        address = f"file:{quote(str(self._path.absolute()))}?mode=ro"
        sql = f"SELECT {', '.join(COLUMNS)} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
            # Before 1 as well: an entry numbered 0 or below was never written by us.
            after = -(2**63)
            while rows := connection.execute(sql, (after, _STEP)).fetchall():
                for row in rows:
                    self._check(Row(*row), anchor)
                after = rows[-1][0]
                if self._progress is not None:
                    self._progress(self.end.seq)

    def _check(self, row: Row, anchor: Anchor) -> None:
        due = self.end.seq + 1
        if row.seq != due:
            seen = f"entry {row.seq} follows {self.end.seq}" if row.seq > due else "a row too many"
            raise JournalCorrupt(f"entry {due} is missing: {seen}", due)
        if not isinstance(row.body, bytes):
            raise JournalCorrupt(f"entry {due} is altered: its body is no longer bytes", due)
        digest = self._chain.link(self.end.hash, due, row.body)
        if digest != row.hash:
            why = "it is altered, or the key is another one"
            raise JournalCorrupt(f"entry {due} does not fit the chain: {why}", due)
        if due == anchor.seq and digest != anchor.hash:
            raise JournalCorrupt(f"entry {due} is not the one that the anchor names", due)
        self._columns(row)
        self.end = Anchor(due, digest)

    def _columns(self, row: Row) -> None:
        """The columns only help to find entries; they must say what the body says."""
        try:
            entry = decode(row.body)
        except ValueError as error:
            raise JournalCorrupt(f"entry {row.seq} cannot be read: {error}", row.seq) from error
        said = (entry.seq, entry.at, entry.kind, entry.event, entry.gate, entry.pass_id)
        if said != row[:6]:
            raise JournalCorrupt(
                f"entry {row.seq} is altered: its columns contradict its body", row.seq
            )
