"""Wires that carry lines of text: a line is taken whole or refused whole.

There is no start byte, so a line begins where the one before it ended, and nothing is looked
for inside a refused one: the end of a long number is not a short number. After a line that
never ends, everything up to the next end (or silence) belongs to it.

How a line ends is an option. With `auto` a CR, LF or CRLF ends it; a lone CR is not known to
be alone before another byte comes or the line falls silent, so `cr` answers sooner where a
device ends its lines so. With `silence` a line that was cut looks like a short one: that is
for devices that send no end at all.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from gatekeeper.readers.codecs.frames import Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["ENDS", "END_OPTION", "LineCodec"]

CR, LF = 0x0D, 0x0A
WORTH_TELLING = 6
"""Characters from which on a refused line is garbage of its own."""
ENDS = {"auto": b"\r", "cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "silence": b""}
"""What an encoder puts behind a line."""

END_OPTION = Option(
    "end",
    "How a line ends: cr, lf, crlf, auto for any of them, or silence where no end is sent.",
    "auto",
    choices=tuple(ENDS),
)


class LineCodec(StreamCodec):
    """A codec of lines. A subclass says what one line means."""

    start = None
    line_max: ClassVar[int]
    """Longest line, in bytes without its end."""
    stops: ClassVar[re.Pattern[bytes]] = re.compile(rb"[\r\n]")
    """What interrupts a line. What does so and is no end refuses it."""
    gaps: ClassVar[re.Pattern[bytes]] = re.compile(rb"[\r\n]+")
    """What lies between lines and says nothing: empty lines."""

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        self._end = str(self.chosen["end"])
        self._overlong = False

    def idle(self) -> list[Frame]:
        """The line fell silent: what comes next begins a line."""
        frames = super().idle()
        self._overlong = False
        return frames

    @abstractmethod
    def _read(self, text: bytes) -> tuple[str, Details] | GarbageReason:
        """Credential and details of a line, or why it is none."""

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        stop = None if self._end == "silence" else self.stops.search(data)
        at = stop.start() if stop else len(data)
        if self._overlong or at > self.line_max:
            self._overlong = stop is None
            return Refusal(GarbageReason.LENGTH, skip=min(len(data), at + 1))
        if stop is None:
            if not at_end:
                return None
            if self._end != "silence":
                return Refusal(GarbageReason.LENGTH, skip=at)
            return self._judge(data, data, at)
        if not at and (gap := self.gaps.match(data)):
            return Refusal(GarbageReason.FRAMING, skip=gap.end())
        size = self._end_size(data[at : at + 2], at_end=at_end)
        if size is None:
            return None
        if at_end and not size and self._end == "crlf" and data[at:] == b"\r":
            return Refusal(GarbageReason.LENGTH, skip=at + 1)
        if not size:
            return Refusal(GarbageReason.FRAMING, skip=max(at, 1))
        return self._judge(data[:at], data, at + size)

    def _judge(self, text: bytes, data: bytes, size: int) -> Match | Refusal:
        """What `text` means, which the first `size` bytes of `data` say."""
        read = self._read(text)
        if isinstance(read, GarbageReason):
            # The extent is told of what could have been a line; a flood of less is one noise.
            return Refusal(read, size if len(text) >= WORTH_TELLING else 0, skip=size)
        return Match(Tag(read[0], details=read[1], raw=data[:size]), size)

    def _end_size(self, end: bytes, *, at_end: bool) -> int | None:
        """Bytes of the end that `end` begins with; 0: it is none; None: not yet known."""
        if self._end in ("cr", "lf"):
            return int(end[:1] == ENDS[self._end])
        if end[0] == CR and len(end) == 1 and not at_end:
            return None
        if end == b"\r\n":
            return 2
        return int(self._end == "auto" and end[0] in (CR, LF))
