"""A fold of the journal up to some entry, kept in a file, so that a start replays the rest only.

It is never the truth: it is used where it is proven to be what a replay would give, and is
ignored everywhere else, which costs a longer start and nothing more. Proven means: sealed with
the journal's key, of this very journal (the entry it ends at has the hash it names), and made
with the same entries withdrawn and the same settings. What is kept of whom is the business of
each kind of fold.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from gatekeeper.errors import JournalError

__all__ = ["Checkpoint", "CheckpointFile", "Journal"]

_MAGIC = b"gatekeeper-checkpoint-2\n"
_SEAL_BYTES = 32

log = logging.getLogger(__name__)

S = TypeVar("S")


class Checkpoint(msgspec.Struct, Generic[S], frozen=True, array_like=True):
    """What a fold gave after entry `seq`, whose hash in the chain is `digest`."""

    name: str
    """Of the file: one sort is never taken for another."""
    made_with: str
    """The settings that the fold depends on."""
    seq: int
    digest: bytes
    withdrawn: tuple[int, ...]
    """Entries up to `seq` that were left out, because later ones withdrew them."""
    state: S
    """To be gone on with; it is handed over, so use it once."""


class Journal(Protocol):
    """What proves a checkpoint; gatekeeper.journal.reader.JournalReader is one."""

    def digest(self, seq: int) -> bytes | None:
        """The hash of entry `seq`, or None where there is none. Raises JournalError."""


class CheckpointFile(Generic[S]):
    """The checkpoint of one sort in a data directory."""

    def __init__(
        self, data: Path, name: str, decoder: msgspec.msgpack.Decoder[Checkpoint[S]], made_with: str
    ) -> None:
        """`name` of the file in `data`; `decoder` of its form; `made_with`: settings, as text."""
        self.path = data / name
        self._decoder = decoder
        self._encoder = msgspec.msgpack.Encoder()
        self._made_with = made_with

    def save(
        self, key: bytes, seq: int, digest: bytes, withdrawn: Collection[int], state: S
    ) -> None:
        """Put in one step what a fold gave that took everything up to `seq` but the `withdrawn`.

        Raises OSError.
        """
        found = Checkpoint(
            self.path.name, self._made_with, seq, digest, _up_to(seq, withdrawn), state
        )
        body = self._encoder.encode(found)
        draft = self.path.with_name(self.path.name + ".new")
        with draft.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(_MAGIC + _seal(key, body) + body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.path)

    def load(
        self, key: bytes, journal: Journal, withdrawn: Collection[int]
    ) -> Checkpoint[S] | None:
        """The checkpoint, if it is proven; None: replay everything. Never raises."""
        try:
            found = self._read(key)
            if found is None:
                return None
            if found.name != self.path.name:
                raise ValueError(f"it is {found.name}")
            if found.made_with != self._made_with:
                raise ValueError("it was made with other settings")
            if journal.digest(found.seq) != found.digest:
                raise ValueError("it is of another journal")
            if found.withdrawn != _up_to(found.seq, withdrawn):
                raise ValueError("entries before its end were withdrawn since")
        except (OSError, ValueError, JournalError) as error:
            log.warning("%s is of no use, the whole journal is replayed: %s", self.path, error)
            return None
        return found

    def _read(self, key: bytes) -> Checkpoint[S] | None:
        """What is in the file; None where there is no file. Raises OSError, ValueError."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        start = len(_MAGIC) + _SEAL_BYTES
        if raw[: len(_MAGIC)] != _MAGIC:
            raise ValueError("no checkpoint of this version")
        if not hmac.compare_digest(_seal(key, raw[start:]), raw[len(_MAGIC) : start]):
            raise ValueError("damaged, or sealed with another key")
        return self._decoder.decode(raw[start:])  # msgspec's errors are ValueErrors


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _MAGIC + body, "sha256")


def _up_to(seq: int, withdrawn: Collection[int]) -> tuple[int, ...]:
    return tuple(sorted(ref for ref in withdrawn if ref <= seq))
