"""Parallax 28140 (serial) and 28340 (USB), 125 kHz (EM4100): `0A | 10 hex digits | 0D`.

2400 8N1, 12 bytes, repeated while the reader is enabled and a tag is held. There is no check
at all: a damaged digit is another number. Whoever uses this wire must see a number twice.
Source: Parallax RFID Card Reader documentation v2.1, page 2.
"""

from __future__ import annotations

import re

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["ParallaxCodec"]

START = 0x0A
END = 0x0D
DIGITS = frozenset(b"0123456789ABCDEF")
RUN = re.compile(rb"[0-9A-F]*")
DATA_DIGITS = 10
SIZE = DATA_DIGITS + 2
SCHEME = "em4100:"


class ParallaxCodec(StreamCodec):
    """Bytes of a Parallax reader to tags."""

    wire = "parallax"
    start = START
    longest = SIZE

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag with an em4100 credential."""
        if not isinstance(frame, Tag) or not frame.credential.startswith(SCHEME):
            raise CodecError(f"parallax: {frame!r} seen; a tag with an em4100 credential is due")
        text = frame.credential.removeprefix(SCHEME).encode()
        if len(text) != DATA_DIGITS or not DIGITS.issuperset(text):
            raise CodecError(f"parallax: {frame.credential!r} seen; 10 hex digits are due")
        return bytes([START]) + text + bytes([END])

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        # The first strange byte tells: those behind it may not have come yet.
        at = RUN.match(data, 1, 1 + DATA_DIGITS).end()  # type: ignore[union-attr]
        if at < min(len(data), 1 + DATA_DIGITS):
            return Refusal(GarbageReason.LENGTH if data[at] == END else GarbageReason.FRAMING)
        digits = data[1:at]
        if len(data) < SIZE:
            return None
        if data[SIZE - 1] != END:
            return Refusal(GarbageReason.FRAMING)
        return Match(Tag(SCHEME + digits.decode("ascii"), raw=data[:SIZE]), SIZE)
