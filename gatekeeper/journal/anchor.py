"""Where the journal's end was when last looked at, kept apart from the journal.

A chain proves that nothing within it was changed; it cannot show that its tail was cut.
The anchor can: it names the last entry and its hash under the same key. Two slots are
written in turn, each with its own proof, so that a write torn by a power cut leaves the
other. The anchor is never ahead of what is durable.
"""

from __future__ import annotations

import hmac
import logging
import os
import struct
import time
from pathlib import Path
from typing import NamedTuple

from gatekeeper.errors import JournalCorrupt
from gatekeeper.journal.chain import GENESIS, Chain

__all__ = ["Anchor", "AnchorFile"]

_MAGIC = b"GKANCHR1"
_FIELDS = struct.Struct(">8sQ32s")
_SLOT = 128
"""Bytes a slot takes; the rest of it is zero."""

EVERY_NS = 1_000_000_000
"""So much of the newest record could be cut off unseen."""

_log = logging.getLogger("gatekeeper.journal")


class Anchor(NamedTuple):
    """The last durable entry: its number (0: none yet) and its hash."""

    seq: int = 0
    hash: bytes = GENESIS


class AnchorFile:
    """The file that holds the newest anchor."""

    def __init__(self, path: Path, chain: Chain) -> None:
        self._path = path
        self._chain = chain
        self._next_slot = 0
        self._kept = Anchor()
        self._kept_ns = 0

    def read(self) -> Anchor | None:
        """The newest anchor, or None where there is no file.

        Raises JournalCorrupt for a file without a genuine anchor, OSError where it cannot
        be read.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        found = [self._slot(data[n * _SLOT : (n + 1) * _SLOT]) for n in (0, 1)]
        genuine = [anchor for anchor in found if anchor is not None]
        if not genuine:
            raise JournalCorrupt(f"{self._path}: no genuine anchor in it (wrong key or altered)")
        newest = max(genuine)
        self._next_slot = 1 - found.index(newest)
        return newest

    def write(self, anchor: Anchor, *, sync: bool = False) -> None:
        """Replace the older slot by `anchor`; `sync` waits for the disk. Raises OSError."""
        fields = _FIELDS.pack(_MAGIC, anchor.seq, anchor.hash)
        slot = (fields + self._chain.mac(fields)).ljust(_SLOT, b"\0")
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, slot, self._next_slot * _SLOT)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._next_slot = 1 - self._next_slot
        self._kept = anchor

    def keep(self, anchor: Anchor) -> None:
        """Write `anchor` if it is new and the last one is a second old.

        A failure is logged and tried again: the record itself does not depend on it.
        """
        now_ns = time.monotonic_ns()
        if anchor == self._kept or now_ns - self._kept_ns < EVERY_NS:
            return
        self._kept_ns = now_ns
        try:
            self.write(anchor)
        except OSError as error:
            _log.error("the journal's anchor cannot be written: %s", error)

    def _slot(self, data: bytes) -> Anchor | None:
        fields, proof = data[: _FIELDS.size], data[_FIELDS.size : _FIELDS.size + 32]
        if len(proof) != len(GENESIS) or not hmac.compare_digest(proof, self._chain.mac(fields)):
            return None
        magic, seq, digest = _FIELDS.unpack(fields)
        return Anchor(seq, digest) if magic == _MAGIC else None
