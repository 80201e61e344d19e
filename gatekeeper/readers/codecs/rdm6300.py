"""RDM6300 / RDM630, 125 kHz (EM4100): `02 | 10 hex digits | 2 hex digits of check | 03`.

9600 8N1; the reader pushes a frame about every 65 ms while a tag is held, the host never
sends. The check is the XOR of the five data bytes, in upper-case ASCII like the data.
Source: Seeed wiki, 125Khz_RFID_module-UART; RDM630-Spec.pdf.

Clones differ: some sum instead of XOR (lomassubedi/rfid_attendance), some send the XOR as
one raw byte, which makes 13 bytes (esphome/issues#3610); that byte may itself be 02 or 03.
Only upper-case digits are taken: one flipped bit turns `A` into `a`, the same number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import xor

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["Rdm6300Codec"]

STX = 0x02
ETX = 0x03
DIGITS = frozenset(b"0123456789ABCDEF")
RUN = re.compile(rb"[0-9A-F]*")
DATA_DIGITS = 10
SCHEME = "em4100:"


class Rdm6300Codec(StreamCodec):
    """Bytes of an RDM6300 to tags."""

    wire = "rdm6300"
    start = STX
    longest = 14
    options = (
        Option(
            "checksum",
            "How the check is made: xor of the data bytes as two digits, their sum (clones), "
            "or the xor as one raw byte (13-byte clones).",
            "xor",
            choices=("xor", "sum", "raw"),
        ),
    )

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        self._raw_check = self.chosen["checksum"] == "raw"
        self._digits = DATA_DIGITS if self._raw_check else DATA_DIGITS + 2
        self._size = 13 if self._raw_check else 14

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag with an em4100 credential."""
        if not isinstance(frame, Tag) or not frame.credential.startswith(SCHEME):
            raise CodecError(f"rdm6300: {frame!r} seen; a tag with an em4100 credential is due")
        text = frame.credential.removeprefix(SCHEME).encode()
        if len(text) != DATA_DIGITS or not DIGITS.issuperset(text):
            raise CodecError(f"rdm6300: {frame.credential!r} seen; 10 hex digits are due")
        check = self._check(bytes.fromhex(text.decode()))
        tail = bytes([check]) if self._raw_check else b"%02X" % check
        return bytes([STX]) + text + tail + bytes([ETX])

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        # The first strange byte tells: those behind it may not have come yet.
        at = RUN.match(data, 1, 1 + self._digits).end()  # type: ignore[union-attr]
        if at < min(len(data), 1 + self._digits):
            return Refusal(GarbageReason.LENGTH if data[at] == ETX else GarbageReason.FRAMING)
        if len(data) < self._size:
            return None
        raw = data[: self._size]
        if raw[-1] != ETX:
            return Refusal(GarbageReason.FRAMING)
        text = raw[1 : 1 + DATA_DIGITS].decode("ascii")
        seen = raw[11] if self._raw_check else int(raw[11:13], 16)
        if seen != self._check(bytes.fromhex(text)):
            return Refusal(GarbageReason.CHECKSUM, self._size)
        return Match(Tag(SCHEME + text, raw=raw), self._size)

    def _check(self, content: bytes) -> int:
        if self.chosen["checksum"] == "sum":
            return sum(content) & 0xFF
        return reduce(xor, content)
