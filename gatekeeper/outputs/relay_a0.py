"""Driver of "A0" serial relay boards: LCUS-1, -2, -4, -8 and those that copy them.

They differ in what they say, hence the option `answers`:

    none   nothing at all (LCUS-1): only a line that is gone is noticed. Whether a relay
           followed cannot be known, and is not claimed
    frame  the query 05 is answered with a frame
    text   the byte FF is answered with a line a relay (LC Technology's boards of several)

No board of the kind times a pulse by itself in a way its sheet gives seconds for, so the end
of a pulse comes from here; see docs/outputs.md for what that means when the program dies.
"""

from __future__ import annotations

from typing import Annotated, Literal, cast

import msgspec

from gatekeeper.config import BoardSettings
from gatekeeper.errors import OutputError
from gatekeeper.outputs import codec_a0
from gatekeeper.outputs.base import BoardOptions, Clock, Look, OpenLine, parse_options
from gatekeeper.outputs.codec_a0 import A0Answers, Operation

__all__ = ["RelayA0Board", "RelayA0Options"]

TRIES = 2
ANSWER_S = 0.22
"""How long one try may take: a command and eight lines of text at 9600 baud are 0.1 s."""


class RelayA0Options(BoardOptions, frozen=True):
    """Options of this driver."""

    channels: Annotated[int, msgspec.Meta(ge=1, le=codec_a0.CHANNELS_MAX)] = 1
    answers: Literal["none", "frame", "text"] = "none"
    baud: Annotated[int, msgspec.Meta(ge=300, le=921600)] = 9600


class RelayA0Board:
    """One board on its line."""

    title = "serial relay board, 'A0' commands (LCUS and relatives)"
    options = RelayA0Options
    inputs = 0

    def __init__(self, settings: BoardSettings, open_line: OpenLine, clock: Clock) -> None:
        chosen = cast(RelayA0Options, parse_options(RelayA0Options, settings))
        self.channels = chosen.channels
        self.confirms = chosen.answers != "none"
        self._answers = chosen.answers
        self._line = open_line(settings.url, chosen.baud)
        self._clock = clock
        self._heard = A0Answers()

    def open(self) -> None:
        """Take the line; what was said before is forgotten."""
        self._line.open()
        self._heard = A0Answers()

    def switch(self, channel: int, on: bool) -> None:
        """Switch a relay by the plain command that every board knows, then ask how it is.

        The sheets do not agree on 02: "off, with answer" to one, "query" to another. So it
        is never sent.
        """
        plain = codec_a0.command(channel, Operation.ON if on else Operation.OFF)
        said: bool | None = None
        for _ in range(TRIES):
            self._line.write(plain)
            if not self.confirms:
                return
            # Two commands in a row are too quick for some boards: this waits a moment.
            self._heard.feed(self._line.read())
            said = self._ask(channel)
            if said is on:
                return
        words = {None: "nothing", True: "on", False: "off"}
        raise OutputError(
            f"{self._line.url}: relay {channel}: {words[said]!r} seen; {words[on]!r} is due"
        )

    def look(self, relays: frozenset[int], inputs: frozenset[int]) -> Look:
        """Ask for `relays`; a board that says nothing is only listened to."""
        if not self.confirms:
            self._line.read()
            return Look({}, {})
        seen: dict[int, bool] = {}
        for channel in sorted(relays):
            said = self._ask(channel)
            if said is None:
                said = self._ask(channel)
            if said is None:
                raise OutputError(
                    f"{self._line.url}: relay {channel}: silence seen; a state is due"
                )
            seen[channel] = said
        return Look(seen, {})

    def close(self) -> None:
        """Release the line."""
        self._line.close()

    def _ask(self, channel: int) -> bool | None:
        """Whether `channel` is on, or None where no answer came in time."""
        text = self._answers == "text"
        self._heard.clear()
        self._line.write(codec_a0.QUERY_ALL if text else codec_a0.command(channel, Operation.QUERY))
        until = self._clock.monotonic_ns() + round(ANSWER_S * 1e9)
        while self._clock.monotonic_ns() < until:
            for state in self._heard.feed(self._line.read()):
                if state.channel == channel:
                    return state.on
        return None
