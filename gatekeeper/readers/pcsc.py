"""Driver of contactless readers of the PC/SC kind (CCID: ACR122U and its like).

Unlike a serial reader this one is reached through a service (pcscd), together with other
readers and other programs, and it is asked with calls that may not come back. So a thread of
its own (pcsc_watch.py) makes the calls, and the driver watches the thread:

    1 s   in one call: suspect, with what is waited for
    5 s   ReaderError: closed and opened anew, which waits until the call has come back

A service that is gone or restarted, or a reader that is unplugged, is a TransportError; the
reader is looked for again by its name, in a new context, whenever the driver is opened.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import unquote

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead, ReasonClass
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.options import Option, parse_options
from gatekeeper.readers.facts import Counters, Family, Probe
from gatekeeper.readers.pcsc_lights import Lights
from gatekeeper.readers.pcsc_watch import Plan, Watcher
from gatekeeper.readers.serial_reader import gone_option

__all__ = ["PcscReader", "reader_part"]

SUSPECT_S = 1.0
DEAD_S = 5.0
OPEN_S = 2.0
"""How long the service may take to name its readers."""
CLOSE_S = 0.5
READ_S = 0.05
NAME_MAX = 127
"""Longest name of a reader in pcsc-lite (MAX_READERNAME less its end)."""


def reader_part(url: str) -> str:
    """The part of a reader's name in `pcsc://PART`; blanks may be written as %20.

    Raises ConfigError for anything else.
    """
    part = unquote(url.removeprefix("pcsc://")).strip()
    if not url.startswith("pcsc://") or len(part) > NAME_MAX or re.search(r"[\x00-\x1f\x7f]", part):
        raise ConfigError(
            f"{url!r} seen; pcsc:// and a part of the reader's name is due, e.g. pcsc://ACR122U"
        )
    return part


class PcscReader:
    """13.56 MHz, asked for the UID of the card that is there ten times a second."""

    title: ClassVar[str] = "Contactless PC/SC reader, 13.56 MHz (ACR122U and other CCID readers)"
    wire: ClassVar[str] = "pcsc"
    line: ClassVar[str] = "pcsc"
    probe: ClassVar[Probe | None] = None
    family: ClassVar[Family] = Family(
        frames_needed=1,
        frames_within_s=0.3,
        # Five readings: a card at the edge of the field comes and goes.
        gone_after_s=0.5,
        proves_alive=True,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("poll_ms", "Milliseconds between two readings of a card that is there.", 100,
               low=20, high=1000),
        Option("lights", "Whose commands light and buzzer understand; auto: by the reader's name.",
               "auto", choices=("auto", "acr122u", "none")),
        Option("buzzer", "Whether decisions are sounded; off leaves the lights.",
               "on", choices=("on", "off")),
        gone_option(family),
    )  # fmt: skip

    def __init__(self, settings: ReaderSettings, clock: Clock) -> None:
        self.id, self.url, self.clock = settings.id, settings.url, clock
        self.counters = Counters()
        try:
            self._chosen = parse_options(self.options, settings.options)
            self._part = reader_part(settings.url)
        except (CodecError, ConfigError) as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error
        self._watcher: Watcher | None = None
        self._left: Watcher | None = None
        """A watcher that was left in a call which did not come back."""

    def open(self) -> None:
        """Find the reader in the service. Raises ConfigError where pyscard is not installed,
        TransportError where the service or the reader is not there."""
        self.close()
        if self._left is not None and self._left.running:
            what, seconds = self._left.busy()
            raise TransportError(
                f"{self.url}: {what or 'an answer'} waited for since {seconds:.0f} s seen; "
                "an end of that is due (take the card off the reader; unplug the reader)"
            )
        self._left = None
        buzzer = self._chosen["buzzer"] == "on"
        lights = Lights(str(self._chosen["lights"]), self.counters, buzzer=buzzer)
        plan = Plan(self._part, int(self._chosen["poll_ms"]) / 1000, lights)
        self._watcher = Watcher(plan, self.clock, self.counters, self.id)
        self._watcher.start(OPEN_S)

    def read(self) -> list[CardRead]:
        """Reads since the last call; blocks about 50 ms at most."""
        if self._watcher is None:
            raise TransportError(f"{self.url}: not open seen; an open reader is due")
        seen = self._watcher.take(READ_S)
        what, seconds = self._watcher.busy()
        if not seen and seconds >= DEAD_S:
            self.counters.errors["watchdog"] += 1
            raise ReaderError(f"{self.url}: {seconds:.1f} s without {what} seen; 1 s is due")
        return [
            CardRead(reader=self.id, credential=one.credential, seen_ns=one.ns, seen_at=one.at)
            for one in seen
        ]

    @property
    def alive(self) -> bool:
        """Whether the service has named the reader since it was opened."""
        return self._watcher is not None and bool(self._watcher.name)

    def problem(self) -> str:
        """A call that does not come back, then a card that cannot be read."""
        if self._watcher is None:
            return "not open"
        what, seconds = self._watcher.busy()
        if seconds >= SUSPECT_S:
            return f"waiting for {what} since {seconds:.1f} s; an answer within 1 s is due"
        text, seconds = self._watcher.trouble()
        return f"card unreadable since {seconds:.0f} s: {text}" if seconds >= SUSPECT_S else ""

    def indicate(self, shown: ReasonClass) -> None:
        """Show a decision with lights and buzzer, where the reader has them."""
        if self._watcher is not None:
            self._watcher.show(shown)

    def close(self) -> None:
        """Give context and handles back; at once, or when a call under way comes back."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None and not watcher.stop(CLOSE_S):
            self._left = watcher

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
