"""How an entry becomes bytes, and how each one's hash holds all before it.

    hash(n) = HMAC-SHA256(key, hash(n-1) + n as 8 bytes big-endian + body(n))

`hash(0)` is 32 zero bytes. The body is the entry as JSON, `seq` first. Nothing here
touches a file.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

from gatekeeper.errors import JournalError
from gatekeeper.model import JournalEntry

__all__ = ["GENESIS", "HASH_BYTES", "Chain", "decode", "number", "prepare"]

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""What the first entry's hash is built on."""

_BLOCK = 64
"""SHA-256 works on blocks of 64 bytes; HMAC pads its key to one (RFC 2104)."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(JournalEntry)


class Chain:
    """The chain's hash under one key.

    HMAC-SHA256 with both padded keys hashed in advance: a third of the time of
    `hmac.digest`, which matters as every entry of a batch passes here one after another.
    """

    def __init__(self, key: bytes) -> None:
        """`key`: at most 64 bytes."""
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 of `message`, 32 bytes."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def link(self, previous: bytes, seq: int, body: bytes) -> bytes:
        """The hash of entry `seq` with `body`, after the entry whose hash is `previous`."""
        return self.mac(previous + seq.to_bytes(8, "big") + body)


def prepare(entry: JournalEntry) -> bytes:
    """`entry` as JSON without its number; `number` puts it in.

    Done by whoever appends, so that an entry that cannot be written fails alone. Raises
    JournalError for text that is not Unicode and for a time that is no time.
    """
    if not math.isfinite(entry.at):
        raise JournalError(f"entry.at: {entry.at} seen; UTC seconds are due")
    try:
        body = _encoder.encode(msgspec.structs.replace(entry, seq=0) if entry.seq else entry)
    except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError) as error:
        raise JournalError(f"entry cannot be written: {error}") from error
    return body if len(body) > 2 else b'{"at":0.0}'


def number(prepared: bytes, seq: int) -> bytes:
    """The body of entry `seq`, from what `prepare` made."""
    return b'{"seq":%d,' % seq + prepared[1:]


def decode(body: bytes) -> JournalEntry:
    """The entry that `body` is. Raises msgspec.DecodeError where it is none."""
    return _decoder.decode(body)
