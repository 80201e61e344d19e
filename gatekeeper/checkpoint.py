"""A fold of the journal up to some entry, kept in a file, so that a start replays the rest only.

It is never the truth: it is used where it is proven to be what a replay would give, and is
ignored everywhere else, which costs a longer start and nothing more. Proven means: sealed with
the journal's key, of this very journal (the entry it ends at has the hash it names), and made
with the same entries withdrawn. The worker makes it from the journal, far from any gate.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import msgspec

from gatekeeper.access.fold import Fold, GateStanding
from gatekeeper.access.presence import Presence, PresenceState
from gatekeeper.errors import JournalError

__all__ = ["NAME", "REPLAYED_ALWAYS", "Checkpoint", "load", "make", "save"]

NAME = "presence.copy"
"""The file in the data directory."""

REPLAYED_ALWAYS = 100_000
"""A checkpoint ends so many entries before the journal's end: those are replayed at each start
for the answers that were given under a nonce, and whatever is withdrawn lies among them."""

_MAGIC = b"gatekeeper-presence-1\n"
_SEAL_BYTES = 32

log = logging.getLogger(__name__)


class Checkpoint(msgspec.Struct, frozen=True, array_like=True):
    """Where everybody was after entry `seq`, whose hash in the chain is `digest`."""

    seq: int
    digest: bytes
    withdrawn: tuple[int, ...]
    """Entries up to `seq` that were left out, because later ones withdrew them."""
    areas: dict[str, dict[str, PresenceState]]
    gates: dict[str, GateStanding]

    def fold(self) -> Fold:
        """To be gone on with. What it holds is handed over: call this once."""
        return Fold(Presence(self.areas), self.gates)


class Journal(Protocol):
    """What proves a checkpoint; gatekeeper.journal.reader.JournalReader is one."""

    def digest(self, seq: int) -> bytes | None:
        """The hash of entry `seq`, or None where there is none. Raises JournalError."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Checkpoint)


def make(seq: int, digest: bytes, withdrawn: Collection[int], fold: Fold) -> Checkpoint:
    """The checkpoint of `fold`, which has taken everything up to `seq` but the `withdrawn`."""
    return Checkpoint(seq, digest, _up_to(seq, withdrawn), fold.presence.snapshot(), fold.gates)


def save(data: Path, key: bytes, checkpoint: Checkpoint) -> None:
    """Put it into the directory `data` in one step. Raises OSError."""
    body = _encoder.encode(checkpoint)
    path = data / NAME
    draft = path.with_name(NAME + ".new")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(_MAGIC + _seal(key, body) + body)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def load(data: Path, key: bytes, journal: Journal, withdrawn: Collection[int]) -> Checkpoint | None:
    """The checkpoint in `data`, if it is proven; None: replay everything. Never raises."""
    path = data / NAME
    try:
        found = _read(path, key)
        if found is None:
            return None
        if journal.digest(found.seq) != found.digest:
            raise ValueError("it is of another journal")
        if found.withdrawn != _up_to(found.seq, withdrawn):
            raise ValueError("entries before its end were withdrawn since")
    except (OSError, ValueError, JournalError) as error:
        log.warning("%s is of no use, the whole journal is replayed: %s", path, error)
        return None
    return found


def _read(path: Path, key: bytes) -> Checkpoint | None:
    """What is in the file; None where there is no file. Raises OSError, ValueError."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    start = len(_MAGIC) + _SEAL_BYTES
    if raw[: len(_MAGIC)] != _MAGIC:
        raise ValueError("no checkpoint of this version")
    if not hmac.compare_digest(_seal(key, raw[start:]), raw[len(_MAGIC) : start]):
        raise ValueError("damaged, or sealed with another key")
    return _decoder.decode(raw[start:])  # msgspec's errors are ValueErrors


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _MAGIC + body, "sha256")


def _up_to(seq: int, withdrawn: Collection[int]) -> tuple[int, ...]:
    return tuple(sorted(ref for ref in withdrawn if ref <= seq))
