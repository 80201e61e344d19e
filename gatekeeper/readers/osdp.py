"""Driver of OSDP v2 readers on RS-485, several on one bus, by libosdp.

A reader is an address on a bus; `[[readers]]` tables with the same url are on the same bus.
The secure channel is enforced: without a key of its own a reader is refused, and one that
offers no secure channel, or has another key, is down and says why. The one exception is the
install mode, which accepts the key that the standard publishes in order to give the reader
its own; it is shown as a warning for as long as it is set.

OSDP tells cards when they are shown and never that they have gone: a card is one read.
"""

from __future__ import annotations

import logging
from pathlib import Path
from queue import Empty
from types import TracebackType
from typing import Any, Self

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError, TransportError
from gatekeeper.model import CardRead, ReasonClass
from gatekeeper.readers import osdp_commands as commands
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.frames import Garbage, GarbageReason
from gatekeeper.readers.codecs.options import Option, OptionValue, parse_options
from gatekeeper.readers.codecs.wiegand_formats import FORMATS, credential_of, left_aligned
from gatekeeper.readers.facts import Counters, Family
from gatekeeper.readers.osdp_bus import Bus, join
from gatekeeper.readers.osdp_key import find_key, make_key
from gatekeeper.readers.osdp_panel import Panel, library
from gatekeeper.readers.osdp_probe import PROBE
from gatekeeper.readers.osdp_station import Station
from gatekeeper.readers.serial_reader import baud_option, gone_option
from gatekeeper.readers.transport import check_url

__all__ = ["OsdpReader"]

READ_S = 0.05
ANSWER_S = 1.0
"""How long a contact is waited for."""

log = logging.getLogger("gatekeeper.readers")


class OsdpReader:
    """One address on a bus."""

    title = "OSDP v2 reader on RS-485, with secure channel"
    wire = "osdp"
    line = "serial"
    family = Family(frames_needed=1, frames_within_s=0.0, gone_after_s=0.5, proves_alive=True)
    probe = PROBE
    options = (
        baud_option(9600),
        gone_option(family),
        Option("address", "The reader's address on its bus.", 0, low=0, high=126),
        Option("format", "What the bits of a card mean.", "H10301", choices=FORMATS),
        Option(
            "uid_order",
            "Order of the bytes of a raw UID.",
            "as_read",
            choices=("as_read", "reversed"),
        ),
        Option("key", "The reader's own key (SCBK), 32 hexadecimal digits.", None),
        Option("key_file", "A file that holds the key; install mode makes it.", None),
        Option("key_env", "An environment variable that holds the key.", None),
        Option(
            "install",
            "Accept the published default key, to give the reader its own; take it out afterwards.",
            "off",
            choices=("on", "off"),
        ),
    )

    def __init__(self, settings: ReaderSettings, clock: Clock) -> None:
        self.id, self.url, self.clock = settings.id, settings.url, clock
        self.counters = Counters()
        self._station: Station | None = None
        self._bus: Bus | None = None
        try:
            self.chosen: dict[str, OptionValue] = parse_options(self.options, settings.options)
            check_url(self.url)
            self.install = self.chosen["install"] == "on"
            self._key = find_key(self.chosen, install=self.install)
            library()
        except (CodecError, ConfigError) as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error
        self._tamper = self._power = False
        self._misfits = 0
        if self.install:
            log.warning("%s: %s", self.id, self._install_warning())

    def open(self) -> None:
        """Take a place on the bus, whose line is opened by the first one.

        Raises TransportError, and ConfigError for what only a bus can tell: an address that is
        taken, another speed. In install mode the key is made here, if there is none.
        """
        self.close()
        self._make_key()
        station = Station(
            self.id, int(self.chosen["address"]), self._panel, enforce=not self.install
        )
        station.on_online = lambda: [commands.local_status()]
        station.errors = self.counters.errors
        self._bus = join(
            self.url, int(self.chosen["baud"]), station, self.clock, self._count_garbage
        )
        self._station = station
        self._tamper = self._power = False
        self._misfits = 0

    def read(self) -> list[CardRead]:
        """Cards since the last call; blocks 50 ms at most. Raises TransportError."""
        station, bus = self._taken()
        reads: list[CardRead] = []
        wait_s = READ_S
        while True:
            try:
                item = station.events.get(timeout=wait_s) if wait_s else station.events.get_nowait()
            except Empty:
                break
            wait_s = 0.0
            if item is not None and (read := self._take(*item)) is not None:
                reads.append(read)
        if bus.ended and not reads:
            raise TransportError(bus.fault or f"{self.url}: closed seen; an open line is due")
        return reads

    def close(self) -> None:
        """Leave the bus; the last one closes its line."""
        bus, station = self._bus, self._station
        self._bus = self._station = None
        if bus is not None and station is not None:
            bus.leave(station)

    @property
    def alive(self) -> bool:
        """Whether the reader answered in session within the last seconds."""
        return self._station is not None and self._station.alive(self.clock.monotonic_ns())

    def problem(self) -> str:
        """What is wrong, the worst first; install mode is always named."""
        if self._station is None:
            return "not open"
        found = [self._station.problem(self.clock.monotonic_ns())]
        if self._tamper:
            found.append("tamper: the reader reports that it has been opened or moved")
        if self._power:
            found.append("the reader reports a failure of its power")
        if self._misfits:
            found.append(
                f"{self._misfits} cards in a row do not fit format {self.chosen['format']}"
            )
        if self.install:
            found.append(self._install_warning())
        return "; ".join(text for text in found if text)

    def indicate(self, shown: ReasonClass) -> None:
        """Light and buzzer, as far as the reader has them; returns at once, never raises."""
        station = self._station
        if station is not None:
            station.show(
                lambda: commands.shown(
                    shown,
                    led=station.panel.capability(commands.CAP_LED)[0] > 0,
                    buzzer=station.panel.capability(commands.CAP_AUDIBLE)[0] > 0,
                )
            )

    def pulse(self, output: int, seconds: float) -> None:
        """Close contact `output`, from 1, for 0.1 to 25.5 s; the reader opens it by itself."""
        station = self._station
        if station is None or not station.alive(self.clock.monotonic_ns()):
            raise TransportError(f"{self.id}: {self.problem()} seen; a reader in session is due")
        has = station.panel.capability(commands.CAP_OUTPUT)[1]
        if not 1 <= output <= has:
            raise ConfigError(f"{self.id}: output {output} seen; 1 to {has} is due")
        if not 0.1 <= seconds <= commands.OUTPUT_S_MAX:
            raise ConfigError(
                f"{self.id}: {seconds} s seen; 0.1 to {commands.OUTPUT_S_MAX} s is due"
            )
        job = commands.output(output, seconds)
        station.submit(job)
        answered = job.done.wait(ANSWER_S)
        # What was not sent by now must not close the contact later on.
        job.withdrawn = True
        if not answered or not job.obeyed:
            seen = "a refusal" if answered else f"no answer within {ANSWER_S:.0f} s"
            raise TransportError(f"{self.id}: output {output}: {seen} seen; a confirmation is due")

    def _panel(self, station: Station) -> Panel:
        return Panel(
            station.address,
            self._key,
            enforce=not self.install,
            on_event=station.take_event,
            on_done=lambda _command, obeyed: station.take_done(obeyed),
        )

    def _make_key(self) -> None:
        if self._key is None and "key_file" in self.chosen:
            path = Path(str(self.chosen["key_file"]))
            if not path.exists():
                make_key(path)
                log.warning("%s: a new key has been written to %s", self.id, path)
            self._key = find_key(self.chosen, install=self.install)

    def _install_warning(self) -> str:
        station = self._station
        if self._key is None and "key_file" not in self.chosen:
            return (
                "install mode without a key: whoever reaches the line reads every card and can "
                "play any; give the reader a key and remove install"
            )
        if station is not None and station.ready_ns and not station.default_key:
            return "install mode is on, and the reader has its key: remove install from its options"
        return "install mode is on: the published default key is accepted"

    def _taken(self) -> tuple[Station, Bus]:
        if self._station is None or self._bus is None:
            raise TransportError(f"{self.url}: not open seen; an open line is due")
        return self._station, self._bus

    def _take(self, seen_ns: int, event: dict[str, Any]) -> CardRead | None:
        kind = event.get("event")
        self.counters.frames += 1
        if kind == commands.EVENT_CARD:
            return self._take_card(seen_ns, event)
        if kind == commands.EVENT_STATUS:
            self._take_status(event)
        elif kind == commands.EVENT_KEYS:
            self.counters.errors["keys_ignored"] += 1
        else:
            self.counters.errors["event_ignored"] += 1
        return None

    def _take_card(self, seen_ns: int, event: dict[str, Any]) -> CardRead | None:
        bits, data = int(event.get("length", 0)), bytes(event.get("data", b""))
        value = left_aligned(data, bits)
        credential: str | GarbageReason = GarbageReason.LENGTH
        if value is not None:
            credential = credential_of(
                str(self.chosen["format"]),
                value,
                bits,
                reverse=self.chosen["uid_order"] == "reversed",
            )
        if isinstance(credential, GarbageReason):
            self._misfits += 1
            self.counters.errors[f"card_{bits}_bits_{credential.value}"] += 1
            self._count_garbage(Garbage(credential, data))
            return None
        self._misfits = 0
        now_ns = self.clock.monotonic_ns()
        return CardRead(
            reader=self.id,
            credential=credential,
            seen_ns=seen_ns,
            seen_at=self.clock.now() - (now_ns - seen_ns) / 1e9,
        )

    def _take_status(self, event: dict[str, Any]) -> None:
        report = bytes(event.get("report", b""))
        kind = event.get("type")
        if kind == commands.STATUS_LOCAL and len(report) >= 2:
            self._tamper, self._power = bool(report[0]), bool(report[1])
        elif kind == commands.STATUS_READER and report:
            self._tamper = any(report)

    def _count_garbage(self, garbage: Garbage) -> None:
        self.counters.garbage += 1
        self.counters.garbage_by_reason[garbage.reason.value] += 1

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
