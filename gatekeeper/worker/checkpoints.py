"""Keeps the checkpoints: folds the journal behind its end, page by page.

Made from the journal alone, by the same folds as a replay. Where something that was folded
already is withdrawn, or the journal is another one, it begins from nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from gatekeeper.access.fold import Fold, FoldCopy
from gatekeeper.checkpoint import feed, file, presence
from gatekeeper.checkpoint.file import CheckpointFile
from gatekeeper.feed.fold import FeedCopy, FeedFold
from gatekeeper.feed.places import Places
from gatekeeper.journal.keys import load_key
from gatekeeper.model import JournalEntry

__all__ = ["EVERY", "PAGE", "Checkpoints", "Journal", "of_feed", "of_presence"]

EVERY = 20_000
"""Entries between two checkpoints: a fifth of a second of a start of the node, half a one of the
web."""

PAGE = 2_000
"""Entries folded in one round, some milliseconds."""

log = logging.getLogger(__name__)

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class Journal(file.Journal, Protocol):
    """What is folded; gatekeeper.journal.reader.JournalReader is one."""

    def since(self, seq: int, limit: int = ...) -> Sequence[JournalEntry]:
        """Entries above `seq` in order, at most `limit`."""

    def head(self) -> int:
        """Number of the last entry, 0 while there is none."""

    def withdrawn(self) -> frozenset[int]:
        """Numbers of the entries that were withdrawn."""


class Folding(Protocol[S_co]):
    """A fold of the journal."""

    def replay(self, entries: Iterable[JournalEntry], withdrawn: Collection[int]) -> None:
        """Take `entries` into account, except what those `withdrawn` did."""

    def copy(self) -> S_co:
        """All that is needed to go on, as of the last entry."""


def of_presence(
    data: Path, journal: Journal, *, behind: int = presence.BEHIND
) -> Checkpoints[FoldCopy]:
    """The checkpoint that the node starts from. Reads nothing yet."""
    return Checkpoints(data, presence.presence_file(data), journal, Fold.of, behind)


def of_feed(
    data: Path, places: Places, journal: Journal, *, behind: int = feed.BEHIND
) -> Checkpoints[FeedCopy]:
    """The checkpoint that the web starts from. Reads nothing yet."""

    def begin(copy: FeedCopy | None) -> FeedFold:
        return FeedFold(places, copy)

    return Checkpoints(data, feed.feed_file(data, places), journal, begin, behind)


class Checkpoints(Generic[S]):
    """One checkpoint of a data directory, kept up to date. Used by the worker's thread."""

    def __init__(
        self,
        data: Path,
        kept: CheckpointFile[S],
        journal: Journal,
        begin: Callable[[S | None], Folding[S]],
        behind: int,
    ) -> None:
        """`begin` makes a fold, anew or from a copy; `behind`: how far to stay behind the end."""
        self._data = data
        self._file = kept
        self._journal = journal
        self._make = begin
        self._behind = behind
        self._begun = False
        self._nothing_yet()

    def _nothing_yet(self) -> None:
        self._fold, self._seq, self._saved = self._make(None), 0, 0
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
            log.info("%s is begun anew", self._file.path.name)
            self._nothing_yet()
        page = self._journal.since(self._seq, min(PAGE, end - self._seq))
        if not page:
            return False
        self._fold.replay(page, withdrawn)
        self._seq, self._withdrawn = page[-1].seq, withdrawn
        self._digest = self._journal.digest(self._seq)
        if self._seq - self._saved >= EVERY and self._digest is not None:
            self._file.save(self._key(), self._seq, self._digest, withdrawn, self._fold.copy())
            self._saved = self._seq
        return self._seq < end

    def _begin(self) -> None:
        """Go on from the file, if it is proven."""
        withdrawn = self._journal.withdrawn()
        found = self._file.load(self._key(), self._journal, withdrawn)
        if found is not None:
            self._fold, self._seq, self._saved = self._make(found.state), found.seq, found.seq
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
