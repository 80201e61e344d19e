"""What all drivers of a serial wire share: bytes to frames to reads, and an ear for garbage.

A driver of a wire that only pushes is this class with its facts filled in; one that polls
overrides `on_open`, `on_answer` and `on_quiet`. Logs wire bytes below DEBUG.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from types import TracebackType
from typing import ClassVar, Self

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError
from gatekeeper.model import CardRead
from gatekeeper.readers.allowance import Allowance
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs import codec_class, make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, Tag
from gatekeeper.readers.codecs.options import Option, OptionValue, parse_options
from gatekeeper.readers.facts import (
    GARBAGE_RUN,
    GARBAGE_WINDOW_NS,
    TRAFFIC,
    Counters,
    Family,
    Probe,
)
from gatekeeper.readers.transport import SerialTransport

__all__ = ["SerialReader", "baud_option", "gone_option"]

FLOOD_FACTOR = 2
"""A line cannot carry more than its speed; one that delivers so many times that is broken."""
FLOOD_LEAST = 8_000
"""Bytes a second that are taken of any line: they cost a twentieth of a processor at most."""
FLOOD_BURST = 8_192
"""Bytes that may come at once: what the kernel (4 kB) and a serial server have kept meanwhile."""
REST_S = 0.05
"""The rest after each piece of a flood; short, so that a reader can be stopped soon."""
FLOOD_REST_NS = 2 * SECOND
"""How long a line that floods is read with rests. Each piece takes the interpreter from others
for a tenth of a millisecond: of a hundred reads elsewhere not one may meet that."""
FLOOD_SHOWN_NS = 5_000_000_000
"""How long a flood is told of after it was last seen."""
BITS_PER_BYTE = 10

log = logging.getLogger("gatekeeper.readers")


def baud_option(default: int) -> Option:
    """The line's speed; ignored by socket:// and by ptys."""
    return Option("baud", "Speed of the line in baud.", default, low=300, high=921600)


def gone_option(family: Family) -> Option:
    """How long a tag may be silent before it counts as gone."""
    return Option(
        "gone_after_ms",
        "Silence in milliseconds after which a tag has left the field.",
        round(family.gone_after_s * 1000),
        low=50,
        high=60_000,
    )


class SerialReader:
    """A transport and a codec, and reads out of them."""

    title: ClassVar[str]
    wire: ClassVar[str]
    line: ClassVar[str] = "serial"
    options: ClassVar[tuple[Option, ...]]
    """Options of the driver; those of its codec are added to them by name."""
    family: ClassVar[Family]
    probe: ClassVar[Probe | None] = None
    """How it is recognised; None: only by its settings."""

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        self.id = settings.id
        self.clock = clock
        try:
            self.chosen: dict[str, OptionValue] = parse_options(self.options, settings.options)
            self.transport = transport or SerialTransport(settings.url, self.speed)
        except (CodecError, ConfigError) as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error
        codec_names = {option.name for option in codec_class(self.wire).options}
        self._codec_options = {k: v for k, v in self.chosen.items() if k in codec_names}
        self._codec = make_codec(self.wire, self._codec_options)
        self.counters = Counters()
        self._garbage_times: deque[int] = deque(maxlen=GARBAGE_RUN)
        self._last_byte_ns = 0
        self._allowance = Allowance(
            max(FLOOD_FACTOR * self.speed // BITS_PER_BYTE, FLOOD_LEAST), FLOOD_BURST
        )
        self._flood_ns: int | None = None
        self._rests_until_ns = 0

    @property
    def speed(self) -> int:
        """The line's speed in baud, as the settings say; 0: a line that has none."""
        return int(self.chosen.get("baud", 0))

    @property
    def codec_options(self) -> dict[str, OptionValue]:
        """The options with which it decodes now; a driver may find out the right ones."""
        return dict(self._codec_options)

    def open(self) -> None:
        """Take the line; the codec starts afresh, what was cut off stays cut off."""
        self.transport.open()
        self._codec = make_codec(self.wire, self._codec_options)
        self._garbage_times.clear()
        self._last_byte_ns = self.clock.monotonic_ns()
        self.on_open(self._last_byte_ns)

    def close(self) -> None:
        """Release the line."""
        self.transport.close()

    def read(self) -> list[CardRead]:
        """Reads since the last call; blocks about 50 ms at most."""
        data = self.transport.read()
        now_ns = self.clock.monotonic_ns()
        frames: list[Frame] = []
        if data:
            self._last_byte_ns = now_ns
            if log.isEnabledFor(TRAFFIC):
                log.log(TRAFFIC, "%s < %s", self.id, data.hex().upper())
            frames = self._codec.feed(data)
            self._slow_down(len(data), now_ns)
        elif self._codec.pending and now_ns - self._last_byte_ns >= self.transport.quiet_s * 1e9:
            frames = self._codec.idle()
        reads = [read for frame in frames if (read := self._take(frame, now_ns)) is not None]
        self.on_quiet(now_ns)
        return reads

    def write(self, data: bytes) -> None:
        """Send `data` to the reader."""
        if log.isEnabledFor(TRAFFIC):
            log.log(TRAFFIC, "%s > %s", self.id, data.hex().upper())
        self.transport.write(data)

    @property
    def alive(self) -> bool:
        """A reader that only pushes proves nothing by silence: an open line must do."""
        return True

    def problem(self) -> str:
        """Garbage with no frame among it: a wrong baud rate, another wire, a bad cable."""
        times = self._garbage_times
        now_ns = self.clock.monotonic_ns()
        if self._flood_ns is not None and now_ns - self._flood_ns <= FLOOD_SHOWN_NS:
            return f"more bytes than a line of {self.speed} baud can carry; the rest is left unread"
        if len(times) == GARBAGE_RUN and now_ns - times[0] <= GARBAGE_WINDOW_NS:
            return (
                f"{GARBAGE_RUN} pieces of garbage in a row and no frame of {self.wire}: "
                f"check speed ({self.speed} baud), wire and cable"
            )
        return ""

    def on_open(self, now_ns: int) -> None:
        """The line was taken just now."""

    def credential_of(self, tag: Tag) -> str:
        """What the tag is, where the wire alone does not say."""
        return tag.credential

    def on_tag(self, tag: Tag, now_ns: int) -> None:
        """A tag was read."""

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """The reader said something that is no tag."""

    def on_quiet(self, now_ns: int) -> None:
        """Called after each read, whether anything came or not: time for watchdogs."""

    def _slow_down(self, count: int, now_ns: int) -> None:
        """Leave a flood in the kernel, so that it costs other readers nothing."""
        if self._allowance.take(count, now_ns) > 0:
            self._flood_ns = now_ns
            self._rests_until_ns = now_ns + FLOOD_REST_NS
            self.counters.errors["flood"] += 1
        if now_ns < self._rests_until_ns:
            time.sleep(REST_S)

    def _take(self, frame: Frame, now_ns: int) -> CardRead | None:
        if isinstance(frame, Garbage):
            self.counters.garbage += 1
            self.counters.garbage_by_reason[frame.reason.value] += 1
            self._garbage_times.append(now_ns)
            log.debug("%s: garbage (%s): %s", self.id, frame.reason.value, frame.hex)
            return None
        self.counters.frames += 1
        self._garbage_times.clear()
        if isinstance(frame, Answer):
            self.on_answer(frame, now_ns)
            return None
        self.on_tag(frame, now_ns)
        return CardRead(
            reader=self.id,
            credential=self.credential_of(frame),
            antenna=frame.antenna,
            rssi_dbm=frame.rssi_dbm,
            seen_ns=now_ns,
            seen_at=self.clock.now(),
        )

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
