"""Driver of Numato Lab USB relay modules: words over a serial line, relays and inputs.

    host    relay on 0 <CR>      relay off 0      relay read 0      gpio read 3
    board   the command itself, character by character, then its answer, then `>`

(numato.com/docs, 1 and 8 Channel USB Relay Module; the published examples read
`relay read 0 LF CR on LF CR >`.) Relays and inputs are numbered from 0 there and from 1 in the
settings. An input is read as 0 or 1. The line is a USB one: its speed has no meaning.

Used by the boards that also hold a door's contact.
"""

from __future__ import annotations

import re
from typing import Annotated, cast

import msgspec

from gatekeeper.config import BoardSettings
from gatekeeper.errors import OutputError
from gatekeeper.outputs.base import BoardOptions, Clock, Look, OpenLine, parse_options

__all__ = ["NumatoBoard", "NumatoOptions"]

TRIES = 2
ANSWER_S = 0.22
HEARD_MAX = 256
"""Bytes kept of what the board says; an answer has 30."""
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
"""Relays from the eleventh on are called by letters."""


class NumatoOptions(BoardOptions, frozen=True):
    """Options of this driver."""

    channels: Annotated[int, msgspec.Meta(ge=1, le=len(DIGITS))] = 1
    inputs: Annotated[int, msgspec.Meta(ge=0, le=len(DIGITS))] = 4
    baud: Annotated[int, msgspec.Meta(ge=300, le=921600)] = 19200


class NumatoBoard:
    """One board on its line."""

    title = "USB relay module by Numato Lab, with inputs"
    options = NumatoOptions
    confirms = True

    def __init__(self, settings: BoardSettings, open_line: OpenLine, clock: Clock) -> None:
        chosen = cast(NumatoOptions, parse_options(NumatoOptions, settings))
        self.channels, self.inputs = chosen.channels, chosen.inputs
        self._line = open_line(settings.url, chosen.baud)
        self._clock = clock

    def open(self) -> None:
        """Take the line, and end a command that was begun before."""
        self._line.open()
        self._line.write(b"\r")
        self._line.read()

    def switch(self, channel: int, on: bool) -> None:
        """Switch a relay and read it back."""
        word, number = ("on" if on else "off"), DIGITS[channel - 1]
        said: str | None = None
        for _ in range(TRIES):
            self._ask(f"relay {word} {number}")
            said = self._ask(f"relay read {number}")
            if said == word:
                return
        raise OutputError(f"{self._line.url}: relay {channel}: {said!r} seen; {word!r} is due")

    def look(self, relays: frozenset[int], inputs: frozenset[int]) -> Look:
        """Read `relays` and `inputs` one by one."""
        states = {c: self._read(f"relay read {DIGITS[c - 1]}", "off", "on") for c in sorted(relays)}
        levels = {n: self._read(f"gpio read {DIGITS[n - 1]}", "0", "1") for n in sorted(inputs)}
        return Look(states, levels)

    def close(self) -> None:
        """Release the line."""
        self._line.close()

    def _read(self, asked: str, no: str, yes: str) -> bool:
        said: str | None = None
        for _ in range(TRIES):
            said = self._ask(asked)
            if said in (no, yes):
                return said == yes
        raise OutputError(f"{self._line.url}: {asked}: {said!r} seen; {no!r} or {yes!r} is due")

    def _ask(self, asked: str) -> str | None:
        """The answer to the command `asked`: None without one in time, "" for a bare prompt."""
        echo = asked.encode("ascii")
        self._line.write(echo + b"\r")
        heard = b""
        until = self._clock.monotonic_ns() + round(ANSWER_S * 1e9)
        while self._clock.monotonic_ns() < until:
            heard = (heard + self._line.read())[-HEARD_MAX:]
            # Only behind its own echo is an answer this command's.
            match = re.search(rb"%s[\r\n ]*([^\r\n>]*)[\r\n ]*>" % re.escape(echo), heard)
            if match:
                return match[1].decode("ascii", "replace").strip()
        return None
