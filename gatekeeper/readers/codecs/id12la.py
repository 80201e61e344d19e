"""ID-Innovations ID-12LA / ID-20LA, 125 kHz (EM4100): `02 | 10 digits | 2 digits | 0D 0A | 03`.

9600 8N1, 16 bytes, upper-case hex digits; the check is the XOR of the five data bytes. The
module sends a frame once, when a tag enters its field.

A line is not what it looks like: whoever reads up to the line feed leaves the 03 behind, and
the next frame then begins with 03 02 (seen in public readers). So the frame is taken whole,
by its start byte and its length. Source: ID-12LA data sheet, "ASCII" output format; no whole
captured frame was found.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["Id12laCodec"]

STX = 0x02
TAIL = b"\r\n\x03"
DIGITS = frozenset(b"0123456789ABCDEF")
RUN = re.compile(rb"[0-9A-F]*")
DATA_DIGITS = 10
CHECKED_DIGITS = DATA_DIGITS + 2
SIZE = 1 + CHECKED_DIGITS + len(TAIL)
SCHEME = "em4100:"


class Id12laCodec(StreamCodec):
    """Bytes of an ID-12LA to tags."""

    wire = "id12la"
    start = STX
    longest = SIZE

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag with an em4100 credential."""
        if not isinstance(frame, Tag) or not frame.credential.startswith(SCHEME):
            raise CodecError(f"id12la: {frame!r} seen; a tag with an em4100 credential is due")
        text = frame.credential.removeprefix(SCHEME).encode()
        if len(text) != DATA_DIGITS or not DIGITS.issuperset(text):
            raise CodecError(f"id12la: {frame.credential!r} seen; 10 hex digits are due")
        check = reduce(xor, bytes.fromhex(text.decode()))
        return bytes([STX]) + text + b"%02X" % check + TAIL

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        # The first strange byte tells: those behind it may not have come yet.
        at = RUN.match(data, 1, 1 + CHECKED_DIGITS).end()  # type: ignore[union-attr]
        if at < min(len(data), 1 + CHECKED_DIGITS):
            return Refusal(GarbageReason.LENGTH if data[at] in TAIL else GarbageReason.FRAMING)
        digits = data[1:at]
        if not TAIL.startswith(data[1 + CHECKED_DIGITS : SIZE]):
            return Refusal(GarbageReason.FRAMING)
        if len(data) < SIZE:
            return None
        text = digits[:DATA_DIGITS].decode("ascii")
        if int(digits[DATA_DIGITS:], 16) != reduce(xor, bytes.fromhex(text)):
            return Refusal(GarbageReason.CHECKSUM, SIZE)
        return Match(Tag(SCHEME + text, raw=data[:SIZE]), SIZE)
