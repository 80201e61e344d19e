"""What a driver and a line must be, and nothing else.

A driver is `__init__(settings, clock)` that stores, `open()` that acts, `read()` that blocks
for a moment, `close()`. It knows its wire; it does not know gates, journals or screens.
"""

from __future__ import annotations

from types import TracebackType
from typing import ClassVar, Protocol, Self, runtime_checkable

from gatekeeper.config import ReaderSettings
from gatekeeper.model import CardRead, ReasonClass
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.facts import Counters, Family, Probe

__all__ = ["Indicator", "Reader", "Switch", "Transport"]


class Transport(Protocol):
    """A line to a reader. Raises TransportError, and nothing else, when it is gone."""

    url: str
    quiet_s: float
    """Silence after which half a frame will not be completed."""

    def open(self) -> None:
        """Take the line, for this process alone."""

    def read(self) -> bytes:
        """What has arrived; waits a moment (about 50 ms) for a first byte, then b""."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def set_baud(self, baud: int) -> None:
        """Talk at `baud` from now on, at once where the line is open."""

    def close(self) -> None:
        """Release the line. Never raises; a second call does nothing."""


class Reader(Protocol):
    """A driver."""

    title: ClassVar[str]
    """What the device is, in a few words."""
    wire: ClassVar[str]
    """Name of its wire format."""
    line: ClassVar[str]
    """Which kind of transport it takes, e.g. `serial`."""
    options: ClassVar[tuple[Option, ...]]
    family: ClassVar[Family]
    probe: ClassVar[Probe | None]
    """How it is recognised on a serial line; None: it cannot be."""
    counters: Counters

    def __init__(self, settings: ReaderSettings, clock: Clock) -> None:
        """Store. Raises ConfigError for an option or URL that is not due."""

    def open(self) -> None:
        """Take the line and start the reader. Raises TransportError or ReaderError."""

    def read(self) -> list[CardRead]:
        """Reads since the last call; blocks about 50 ms at most.

        Raises TransportError when the line is gone, ReaderError when the reader must be
        opened anew. Any bytes whatever are no reason to raise.
        """

    @property
    def alive(self) -> bool:
        """Whether the reader itself was heard since it was opened; True where a reader that
        is well may be silent for ever."""

    def problem(self) -> str:
        """Why the reader is suspect, in plain English with the numbers; empty: it is well."""

    def close(self) -> None:
        """Release the line. Never raises."""

    def __enter__(self) -> Self:
        """`with` opens."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """`with` closes."""


@runtime_checkable
class Indicator(Protocol):
    """A driver whose device has a light or a buzzer for the answer."""

    def indicate(self, shown: ReasonClass) -> None:
        """Show a decision of this class: green, amber or red.

        Called from any thread; returns at once, never raises. The driver's own thread acts
        it out at its next turn; of several that wait, the last one counts.
        """


@runtime_checkable
class Switch(Protocol):
    """A driver whose device has contacts of its own (reader GPIO, OSDP outputs)."""

    def pulse(self, output: int, seconds: float) -> None:
        """Close contact `output`, numbered from 1, for so long; it opens by itself: by the
        device, or by the driver, which then also opens it whenever it starts.

        Called from any thread; waits until the device has confirmed, 1 s at most. Raises
        TransportError where it did not, ConfigError for a contact that it does not have.
        """
