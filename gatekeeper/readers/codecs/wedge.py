"""A keyboard wedge as Linux tells it: records of /dev/input/eventN, a line of keys a scan.

A record has 24 bytes (64-bit kernels): seconds and microseconds of 8 bytes, type and code of
2, value of 4, little-endian (linux/input.h). A key that goes down or up is one record of type
1, usually with its scan code (type 4), and a report closes with a record of type 0. Keys
become characters by their code (keys.py), never by a layout; a line ends with Enter or Tab,
and is whole when that key has come up again and its report is closed.

A kernel hands over whole records and loses none silently: where its buffer overran it says so
(SYN_DROPPED), and the line is refused to its end. Any other key than those that type (Alt,
F1, CapsLock) refuses its line as well: a device that needs them is set up for another
keyboard. Noise can only come from what is no kernel; records are then found again by what a
record must look like.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.keys import BY_CHARACTER, CHARACTERS, ENTER, SHIFTS, TAB
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.scanner import TEXT_MAX, text_of
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["RECORD", "WedgeCodec"]

RECORD = struct.Struct("<qqHHi")
EV_SYN, EV_KEY, EV_MSC, EV_LED, EV_REP = 0, 1, 4, 17, 20
SYN_DROPPED = 3
UP, DOWN, REPEAT = 0, 1, 2
OTHER_TYPES = frozenset({EV_MSC, EV_LED, EV_REP})
SECONDS_MAX = 1 << 40
CODE_MAX = 0x2FF
LINE_MAX = TEXT_MAX * 12 + 4
"""Records of the longest line: shift, key, and both up again, each with scan code and report."""
NO_TEXT = "no_text"
"""Records in which no key goes down: what is left of keys that were held before."""
ENDS = {"auto": ENTER | TAB, "enter": ENTER, "tab": TAB, "silence": ENTER | TAB}


class _Event(NamedTuple):
    type: int
    code: int
    value: int


class WedgeCodec(StreamCodec):
    """Records of an input device to tags."""

    wire = "wedge"
    start = None
    longest = LINE_MAX * RECORD.size
    options = (
        Option(
            "end",
            "What ends a line: enter, tab, auto for either, or silence where neither is sent.",
            "auto",
            choices=tuple(ENDS),
        ),
    )

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        self._end = str(self.chosen["end"])
        self._ends = ENDS[self._end]
        self._refused: GarbageReason | None = None
        self._begin_line()

    def encode(self, frame: Frame) -> bytes:
        """The records of a Tag with a qr credential, or those of an Answer without text."""
        if isinstance(frame, Answer) and frame.name == NO_TEXT:
            return bytes.fromhex(str(frame.detail("data")))
        keys: list[tuple[int, int]] = []
        for character in text_of(frame, self.wire):
            code, shifted = BY_CHARACTER[character]
            tap = [(code, DOWN), (code, UP)]
            keys += [(min(SHIFTS), DOWN), *tap, (min(SHIFTS), UP)] if shifted else tap
        end = 15 if self._end == "tab" else 28
        keys += [(end, DOWN), (end, UP)]
        return b"".join(
            RECORD.pack(1, 0, EV_KEY, code, value) + RECORD.pack(1, 0, EV_SYN, 0, 0)
            for code, value in keys
        )

    def idle(self) -> list[Frame]:
        """The keys fell silent: what comes next begins a line."""
        frames = super().idle()
        self._refused = None
        return frames

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        raise CodecError("wedge: a line is followed record by record, not judged whole")

    def _begin_line(self) -> None:
        self._parsed = 0
        """Bytes at the head of the buffer that belong to the line under way."""
        self._text: list[str] = []
        self._held: set[int] = set()
        self._ending = 0
        """The key that ends the line, once it is down."""
        self._closing = self._pressed = False

    def _scan(self, frames: list[Frame], *, at_end: bool) -> None:
        while len(self._buffer) - self._parsed >= RECORD.size:
            event = _event(self._buffer, self._parsed)
            if event is None:
                self._refuse(GarbageReason.FRAMING, frames)
                self._skip_one(self._buffer[0], frames)
                del self._buffer[0]
                continue
            if self._ending and event.type == EV_KEY and event.value == DOWN:
                self._end_line(frames)  # the next line begins before the last key is up
            self._parsed += RECORD.size
            trouble = self._take(event)
            if trouble is None and self._parsed > self.longest - RECORD.size:
                trouble = GarbageReason.LENGTH
            if trouble is not None or self._refused:
                self._refuse(trouble or GarbageReason.FRAMING, frames)
            if self._closing and event.type == EV_SYN:
                self._end_line(frames)
        if at_end:
            self._give_up(frames)

    def _take(self, event: _Event) -> GarbageReason | None:
        """Follow one record; why it spoils its line, if it does."""
        if event.type == EV_SYN and event.code == SYN_DROPPED:
            return GarbageReason.LENGTH
        if event.type != EV_KEY or event.value == REPEAT:
            return None
        code = event.code
        if event.value == UP:
            self._held.discard(code)
            self._closing = self._closing or code == self._ending
            return None
        self._pressed = True
        if code in SHIFTS:
            self._held.add(code)
        elif code in self._ends:
            self._ending = code
        elif code in CHARACTERS and len(self._text) < TEXT_MAX:
            self._text.append(CHARACTERS[code][bool(self._held)])
        else:
            return GarbageReason.LENGTH if code in CHARACTERS else GarbageReason.FRAMING
        return None

    def _refuse(self, reason: GarbageReason, frames: list[Frame]) -> None:
        """Give up what is held of the line; its rest follows as it comes."""
        self._refused = self._refused or reason
        held = self._buffer[: self._parsed]
        del self._buffer[: self._parsed]
        self._parsed = 0
        if not self._noise:
            self._reason = self._refused
        self._skip(held, frames, self._refused)

    def _end_line(self, frames: list[Frame]) -> None:
        text = "".join(self._text).strip()
        raw = bytes(self._buffer[: self._parsed])
        self._report_noise(frames)
        if self._refused is None:
            frames.append(_said(text, raw))
            del self._buffer[: self._parsed]
        self._refused = None
        held = self._held
        self._begin_line()
        self._held = held

    def _give_up(self, frames: list[Frame]) -> None:
        whole = self._parsed and self._parsed == len(self._buffer) and self._refused is None
        if whole and not self._pressed:
            raw = bytes(self._buffer)
            self._report_noise(frames)
            frames.append(Answer(NO_TEXT, (("data", raw.hex().upper()),), raw))
            self._buffer.clear()
        elif whole and self._end == "silence" and self._text:
            self._end_line(frames)
        elif self._buffer:
            self._parsed = len(self._buffer)
            self._refuse(GarbageReason.LENGTH, frames)
        self._begin_line()


def _said(text: str, raw: bytes) -> Tag | Garbage:
    """A line without text is an Enter that somebody pressed."""
    return Tag(f"qr:{text}", raw=raw) if text else Garbage(GarbageReason.FRAMING, raw)


def _event(data: bytearray, at: int) -> _Event | None:
    """The record at `at`, or None where there is none."""
    seconds, microseconds, kind, code, value = RECORD.unpack_from(data, at)
    if not 0 < seconds < SECONDS_MAX or not 0 <= microseconds < 1_000_000:
        return None
    if kind == EV_KEY:
        sound = code <= CODE_MAX and value in (UP, DOWN, REPEAT)
    elif kind == EV_SYN:
        sound = code <= SYN_DROPPED and 0 <= value <= 1
    else:
        sound = kind in OTHER_TYPES
    return _Event(kind, code, value) if sound else None
