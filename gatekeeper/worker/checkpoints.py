"""Keeps the checkpoint of presence: folds the journal behind its end, page by page.

Made from the journal alone, by the same fold as a replay. Where something that was folded
already is withdrawn, or the journal is another one, it begins from nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gatekeeper import checkpoint
from gatekeeper.access.fold import Fold
from gatekeeper.checkpoint import REPLAYED_ALWAYS
from gatekeeper.journal.keys import load_key
from gatekeeper.model import JournalEntry

__all__ = ["EVERY", "PAGE", "Checkpoints", "Journal"]

EVERY = 50_000
"""Entries between two checkpoints: some 0.15 s of a start."""

PAGE = 2_000
"""Entries folded in one round, some milliseconds."""

log = logging.getLogger(__name__)


class Journal(checkpoint.Journal, Protocol):
    """What is folded; gatekeeper.journal.reader.JournalReader is one."""

    def since(self, seq: int, limit: int = ...) -> Sequence[JournalEntry]:
        """Entries above `seq` in order, at most `limit`."""

    def head(self) -> int:
        """Number of the last entry, 0 while there is none."""

    def withdrawn(self) -> frozenset[int]:
        """Numbers of the entries that were withdrawn."""


class Checkpoints:
    """The checkpoint of one data directory. Used by the worker's thread."""

    def __init__(self, data: Path, journal: Journal, *, behind: int = REPLAYED_ALWAYS) -> None:
        """`behind`: how far it stays behind the journal's end. Reads nothing."""
        self._data = data
        self._journal = journal
        self._behind = behind
        self._begun = False
        self._nothing_yet()

    def _nothing_yet(self) -> None:
        self._fold, self._seq, self._saved = Fold(), 0, 0
        self._withdrawn: frozenset[int] = frozenset()
        self._digest: bytes | None = b""

    def catch_up(self) -> bool:
        """Fold the next page and save what is due; whether there is more at once.

        Raises JournalError where the journal cannot be read, or its key, OSError where the
        file cannot be written; call again.
        """
        end = self._journal.head() - self._behind
        if end - self._saved < EVERY:
            return False
        if not self._begun:
            self._begin()
        withdrawn = self._journal.withdrawn()
        if self._is_void(withdrawn):
            log.info("the checkpoint of presence is begun anew")
            self._nothing_yet()
        page = self._journal.since(self._seq, min(PAGE, end - self._seq))
        if not page:
            return False
        self._fold.replay(page, withdrawn)
        self._seq, self._withdrawn = page[-1].seq, withdrawn
        self._digest = self._journal.digest(self._seq)
        if self._seq - self._saved >= EVERY and self._digest is not None:
            found = checkpoint.make(self._seq, self._digest, withdrawn, self._fold)
            checkpoint.save(self._data, self._key(), found)
            self._saved = self._seq
        return self._seq < end

    def _begin(self) -> None:
        """Go on from the file, if it is proven."""
        withdrawn = self._journal.withdrawn()
        found = checkpoint.load(self._data, self._key(), self._journal, withdrawn)
        if found is not None:
            self._fold, self._seq, self._saved = found.fold(), found.seq, found.seq
            self._withdrawn, self._digest = withdrawn, found.digest
        self._begun = True

    def _is_void(self, withdrawn: frozenset[int]) -> bool:
        """Whether what was folded is not what a replay would give now."""
        if not self._seq:
            return False
        if any(ref <= self._seq for ref in withdrawn - self._withdrawn):
            return True
        return self._journal.digest(self._seq) != self._digest

    def _key(self) -> bytes:
        return load_key(self._data / "journal.key")
