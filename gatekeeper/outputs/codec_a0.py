"""The four bytes of the "A0" relay boards (LCUS and its relatives): commands and answers.

    A0 channel operation sum        sum: the three bytes before it, modulo 256

9600 8N1. `A0 01 01 A2` switches relay 1 on, `A0 01 00 A1` off (LC Technology's sheet, repeated
by every seller). Boards with feedback answer 05 (query) with `A0 channel state sum`; their 02 to
04 and 06 (off, on and toggle with an answer, flash) are not sent here, as the sheets do not agree
on them. Boards of several relays by LC Technology answer the lone
byte FF with a line a relay, `CH1: OFF`. No port, no clock, no log.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from gatekeeper.errors import CodecError

__all__ = ["QUERY_ALL", "A0Answers", "A0State", "Operation", "command"]

START = 0xA0
LENGTH = 4
QUERY_ALL = b"\xff"
"""Ask for the text lines of all relays."""
CHANNELS_MAX = 16
LINE_MAX = 32
"""Characters of the longest line that can be an answer."""

_LINE = re.compile(rb"CH([0-9]{1,2}): *(ON|OFF) *\Z")


class Operation(IntEnum):
    """The third byte of a command."""

    OFF = 0x00
    ON = 0x01
    QUERY = 0x05


class A0State(NamedTuple):
    """What a board says of one relay."""

    channel: int
    on: bool


def command(channel: int, operation: Operation) -> bytes:
    """The command for relay `channel`, from 1. Raises CodecError for one that cannot be."""
    if not 1 <= channel <= CHANNELS_MAX:
        raise CodecError(f"relay_a0: channel {channel} seen; 1 to {CHANNELS_MAX} is due")
    body = bytes([START, channel, operation])
    return body + bytes([sum(body) & 0xFF])


class A0Answers:
    """Bytes of a board into states; what is none of its answers is counted as garbage bytes.

    Never raises, keeps at most `LINE_MAX` bytes.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.garbage = 0
        """Bytes that were no answer."""

    def feed(self, data: bytes) -> list[A0State]:
        """Every state that `data` completes."""
        found: list[A0State] = []
        for byte in data:
            self._buffer.append(byte)
            self._step(found)
        return found

    def clear(self) -> None:
        """Forget half an answer."""
        self.garbage += len(self._buffer)
        self._buffer.clear()

    def _step(self, found: list[A0State]) -> None:
        """Take from the front of the buffer whatever can be judged now."""
        while self._buffer:
            if self._buffer[0] == START:
                if len(self._buffer) < LENGTH:
                    return
                self._frame(found)
            elif not self._text(found):
                return

    def _frame(self, found: list[A0State]) -> None:
        start, channel, state, check = self._buffer[:LENGTH]
        plausible = 1 <= channel <= CHANNELS_MAX and state in (0, 1)
        if plausible and (start + channel + state) & 0xFF == check:
            found.append(A0State(channel, bool(state)))
            del self._buffer[:LENGTH]
        else:
            self._drop(1)

    def _text(self, found: list[A0State]) -> bool:
        """Take a line, or drop what can be none; False: more is due."""
        end = self._buffer.find(b"\n")
        begin = self._buffer.find(START)
        if begin > 0 and (end < 0 or begin < end):
            self._drop(begin)  # a frame begins: what stood before it is no line any more
            return True
        if end < 0:
            if len(self._buffer) <= LINE_MAX:
                return False
            self._drop(len(self._buffer) - LINE_MAX)
            return False
        match = _LINE.match(bytes(self._buffer[:end]).strip())
        if match and 1 <= int(match[1]) <= CHANNELS_MAX:
            found.append(A0State(int(match[1]), match[2] == b"ON"))
            del self._buffer[: end + 1]
        elif bytes(self._buffer[:end]).strip():
            self._drop(end + 1)
        else:
            del self._buffer[: end + 1]  # an empty line says nothing
        return True

    def _drop(self, count: int) -> None:
        self.garbage += count
        del self._buffer[:count]
