"""Answers already given, by the nonce under which they were asked for.

A caller over HTTP that got no answer asks again with the same nonce; it must get the same
answer and be counted once. The newest are kept, and the journal gives them back at start.
"""

from __future__ import annotations

import msgspec

from gatekeeper.model import JournalEntry

__all__ = ["KEPT", "Key", "Nonces", "key_of"]

KEPT = 100_000
"""Answers kept; they stay packed, some 400 bytes each."""

Key = tuple[str, str, str]
"""Gate, nonce and credential: a caller that uses one nonce for two tags asks two questions."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(JournalEntry)


class Nonces:
    """The newest answers. The caller holds the ledger's lock."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._answers: dict[Key, bytes] = {}

    def get(self, key: Key) -> JournalEntry | None:
        """The answer given under `key`, or None."""
        packed = self._answers.get(key)
        return None if packed is None else _decoder.decode(packed)

    def put(self, key: Key, entry: JournalEntry) -> None:
        """Remember `entry` as the answer; the oldest one makes room."""
        self._answers[key] = _encoder.encode(entry)
        if len(self._answers) > self._kept:
            del self._answers[next(iter(self._answers))]

    def __len__(self) -> int:
        return len(self._answers)


def key_of(entry: JournalEntry) -> Key | None:
    """The key of a recorded answer, or None where it was asked for without a nonce."""
    if entry.nonce is None or entry.gate is None or entry.credential is None:
        return None
    return entry.gate, entry.nonce, entry.credential
