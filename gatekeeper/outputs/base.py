"""What a board and its line must be, and what a board is told; nothing else.

A board is a device of relays, and perhaps inputs, on a line of its own. It knows its wire; it
knows no door, gate or journal. A relay that is on releases a door; off is the safe state.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

import msgspec

from gatekeeper.config import BoardSettings
from gatekeeper.errors import ConfigError

__all__ = ["Board", "BoardOptions", "Clock", "Line", "Look", "OpenLine", "parse_options"]


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> float:
        """UTC seconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Nanoseconds of a clock that is never set."""


class Line(Protocol):
    """A line to a board. Raises TransportError, and nothing else, when it is gone."""

    url: str

    def open(self) -> None:
        """Take the line, for this process alone."""

    def read(self) -> bytes:
        """What has arrived; waits a moment (about 50 ms) for a first byte, then b""."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def close(self) -> None:
        """Release the line. Never raises; a second call does nothing."""


class OpenLine(Protocol):
    """Makes a line that is not yet open; handed in, as this room opens no port itself."""

    def __call__(self, url: str, baud: int) -> Line:
        """Raises ConfigError for a URL that names no line."""


class Look(NamedTuple):
    """What a board says of itself. Empty where it does not say."""

    relays: dict[int, bool]
    """Relay to on."""
    inputs: dict[int, bool]
    """Input to its level."""


class BoardOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a driver's options; bounds stand in the types."""


class Board(Protocol):
    """A driver of a board. One thread uses it."""

    title: ClassVar[str]
    """What the device is, in a few words."""
    options: ClassVar[type[BoardOptions]]
    channels: int
    """Relays, numbered from 1."""
    inputs: int
    """Inputs, numbered from 1; 0: it has none."""
    confirms: bool
    """Whether it says what its relays do. One that does not cannot be proven to work."""

    def __init__(self, settings: BoardSettings, open_line: OpenLine, clock: Clock) -> None:
        """Store. Raises ConfigError for an option or URL that is not due."""

    def open(self) -> None:
        """Take the line. Raises TransportError."""

    def switch(self, channel: int, on: bool) -> None:
        """Switch a relay, and wait (1 s at most) until the board confirms, where it does.

        Raises OutputError where it did not, or says otherwise; TransportError when the line
        is gone.
        """

    def look(self, relays: frozenset[int], inputs: frozenset[int]) -> Look:
        """Ask how these relays and inputs are (1 s at most); notice a line that is gone.

        Raises OutputError where a board that should answer does not, TransportError when the
        line is gone.
        """

    def close(self) -> None:
        """Release the line. Never raises."""


def parse_options(kind: type[BoardOptions], settings: BoardSettings) -> BoardOptions:
    """The options of `settings`. Raises ConfigError naming the board and the option."""
    try:
        return msgspec.convert(settings.options, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"board {settings.id!r}: options: {error}") from error
