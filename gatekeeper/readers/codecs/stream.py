"""The part that all codecs of a byte stream share: find frames, never fail, never hold much.

A codec says only whether the bytes at a start byte are a frame, not yet a frame, or none.
Everything else is here: half a frame waits, noise is gathered into garbage, a candidate
that fails gives back all but its first byte, so that a good frame inside it is found.
No port, no clock, no log: silence on the line is told by calling `idle()`.

Every decision depends on byte positions alone, so where the stream is cut does not matter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from gatekeeper.readers.codecs.frames import Frame, Garbage, GarbageReason
from gatekeeper.readers.codecs.options import Option, parse_options

__all__ = ["Match", "Refusal", "StreamCodec"]

NOISE_MAX = 256
"""Longest piece of garbage reported at once, in bytes, where its extent is not known."""

CHUNK = 4096
"""Bytes taken into the buffer at a time, so that a large `feed` does not grow it."""


class Match(msgspec.Struct, frozen=True, gc=False):
    """A whole frame: what it says and how many bytes it took."""

    frame: Frame
    size: int
    more: tuple[Frame, ...] = ()
    """What else the same bytes say (a frame that lists several tags). `frame` holds the bytes
    of them all in `raw`; these hold none, so that every byte is still in exactly one."""


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """No frame begins here. `size` is the extent of the bad frame, 0 where unknown."""

    reason: GarbageReason
    size: int = 0
    skip: int = 1
    """Bytes given up at once, of those that were shown; no frame is looked for inside them. More
    than one where a frame can be told by its place alone (a line of text, bare numbers)."""


_CUT_OFF = Refusal(GarbageReason.LENGTH)


class StreamCodec(ABC):
    """A codec of one wire. Feed it bytes; it yields frozen frames and never raises on them."""

    wire: ClassVar[str]
    start: ClassVar[int | None]
    """The byte that every frame of this wire begins with; None: any byte may begin one."""
    longest: ClassVar[int]
    """Most bytes that a verdict on one frame can take; no more than this is ever held back."""
    options: ClassVar[tuple[Option, ...]] = ()

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        """Raises CodecError for an option that is unknown or not due."""
        self.chosen = parse_options(self.options, options or {})
        self._buffer = bytearray()
        self._noise = bytearray()
        self._reason = GarbageReason.FRAMING
        self._extent = 0

    @property
    def pending(self) -> int:
        """Bytes held: the half frame and the noise not yet reported."""
        return len(self._buffer) + len(self._noise)

    def feed(self, data: bytes) -> list[Frame]:
        """Frames and garbage that `data` completes, in the order of the wire."""
        frames: list[Frame] = []
        for offset in range(0, len(data), CHUNK):
            self._buffer += data[offset : offset + CHUNK]
            self._scan(frames, at_end=False)
        return frames

    def idle(self) -> list[Frame]:
        """The line fell silent: what is held will not be completed; give up waiting for it."""
        frames: list[Frame] = []
        self._scan(frames, at_end=True)
        self._report_noise(frames)
        return frames

    @abstractmethod
    def encode(self, frame: Frame) -> bytes:
        """The bytes of `frame` on this wire. Raises CodecError for what it cannot carry."""

    @abstractmethod
    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        """Judge `data`, which begins with the start byte; None: more bytes are needed.

        `at_end`: no more will come. More bytes must never change a verdict that fewer bytes
        have led to.
        """

    def _scan(self, frames: list[Frame], *, at_end: bool) -> None:
        # One copy of all that is there: slices of bytes are then cheap, and frames are many.
        buffer, longest, position = bytes(self._buffer), self.longest, 0
        size = len(buffer)
        while position < size:
            begin = self._begin(position)
            if begin > position:
                self._skip(self._buffer[position:begin], frames)
                position = begin
                if position == size:
                    break
            found = self._match(buffer[position : position + longest], at_end=at_end)
            if found is None:
                if not at_end:
                    break
                found = _CUT_OFF
            if isinstance(found, Match):
                if self._noise:
                    self._report_noise(frames)
                frames.append(found.frame)
                if found.more:
                    frames += found.more
                position += found.size
            else:
                self._turn_down(found, buffer, position, frames)
                position += found.skip
        del self._buffer[:position]

    def _begin(self, position: int) -> int:
        """Where, from `position` on, a frame may begin; the end of the buffer: nowhere."""
        if self.start is None:
            return position
        found = self._buffer.find(self.start, position)
        return len(self._buffer) if found < 0 else found

    def _turn_down(
        self, refusal: Refusal, buffer: bytes, position: int, frames: list[Frame]
    ) -> None:
        """What is refused at `position` is noise. In a flood of false starts: byte after byte."""
        if not self._extent:  # else it is inside a bad frame: part of the same garbage
            if refusal.size:
                self._report_noise(frames)
                self._extent = refusal.size
            if not self._noise:
                self._reason = refusal.reason
        if refusal.skip == 1:
            self._skip_one(buffer[position], frames)
        else:
            given_up = self._buffer[position : position + refusal.skip]
            self._skip(given_up, frames, refusal.reason)

    def _skip(
        self,
        data: bytearray,
        frames: list[Frame],
        reason: GarbageReason = GarbageReason.FRAMING,
    ) -> None:
        while data:
            if not self._noise and not self._extent:
                self._reason = reason
            room = (self._extent or NOISE_MAX) - len(self._noise)
            self._noise += data[:room]
            del data[:room]
            if len(self._noise) == (self._extent or NOISE_MAX):
                self._report_noise(frames)

    def _skip_one(self, byte: int, frames: list[Frame]) -> None:
        """`_skip` of a single byte."""
        self._noise.append(byte)
        if len(self._noise) == (self._extent or NOISE_MAX):
            self._report_noise(frames)

    def _report_noise(self, frames: list[Frame]) -> None:
        if self._noise:
            frames.append(Garbage(self._reason, bytes(self._noise)))
        self._noise.clear()
        self._reason = GarbageReason.FRAMING
        self._extent = 0
