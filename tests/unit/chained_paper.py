"""A journal in memory, chained as the real one: what checkpoints are proven against."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gatekeeper.journal.chain import GENESIS, Chain, number, prepare
from gatekeeper.model import EntryKind, JournalEntry

KEY = b"k" * 32


class Paper:
    """Entries and their digests; what a JournalReader answers about them."""

    def __init__(self, key: bytes = KEY) -> None:
        self.entries: list[JournalEntry] = []
        self.digests: list[bytes] = []
        self._chain = Chain(key)

    def add(self, entry: JournalEntry) -> int:
        """Append it; its number."""
        seq = len(self.entries) + 1
        before = self.digests[-1] if self.digests else GENESIS
        self.entries.append(msgspec.structs.replace(entry, seq=seq))
        self.digests.append(self._chain.link(before, seq, number(prepare(entry), seq)))
        return seq

    def since(self, seq: int, limit: int = 1000) -> Sequence[JournalEntry]:
        """Entries above `seq`."""
        return self.entries[seq : seq + limit]

    def entry(self, seq: int) -> JournalEntry | None:
        """The one numbered `seq`."""
        return self.entries[seq - 1] if 0 < seq <= len(self.entries) else None

    def head(self) -> int:
        """The last number."""
        return len(self.entries)

    def digest(self, seq: int) -> bytes | None:
        """Of the chain."""
        return self.digests[seq - 1] if 0 < seq <= len(self.digests) else None

    def withdrawn(self) -> frozenset[int]:
        """What is void."""
        found = (e.ref for e in self.entries if e.kind is EntryKind.WITHDRAWN)
        return frozenset(ref for ref in found if ref is not None)
