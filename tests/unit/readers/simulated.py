"""A driver and its simulated device on a line in memory, in a time that only reading moves.

Nothing waits and nothing depends on the machine's pace: a silence of five seconds takes a few
milliseconds, and the same seed gives the same play. The line keeps speeds apart as the pty
does: at the wrong one the device hears nothing and the host hears noise.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware_sim.device import Device
from firmware_sim.devices import device_class
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.loop import Loop
from firmware_sim.wire import Wire, wire_time_ns
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers import driver_class
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of

READ_WAIT_NS = 50_000_000


class HeldLoop(Loop):
    """A loop whose time is moved by hand; the driver's clock at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.ns = 1_000_000_000

    def now(self) -> Any:  # type: ignore[override]
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns

    def pass_until(self, until_ns: int, enough: Callable[[], bool]) -> None:
        """Serve timers up to `until_ns`, or until it is `enough`."""
        while not enough():
            if not self._timers or self._timers[0].when_ns > until_ns:
                self.ns = max(self.ns, until_ns)
                return
            timer = heapq.heappop(self._timers)
            self.ns = max(self.ns, timer.when_ns)
            if timer.call is not None:
                timer.call()


class Clock:
    """The driver's clock: UTC seconds and monotonic nanoseconds of the loop."""

    def __init__(self, loop: HeldLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return 1_700_000_000 + self._loop.ns / 1e9

    def monotonic_ns(self) -> int:
        return self._loop.ns


class HeldWire(Wire):
    """The device's end: what it sends lies in `heard` until the host reads it."""

    def __init__(self, loop: Loop, link: Path, baud: int, rng: random.Random) -> None:
        super().__init__(loop, link, baud, rng)
        self.heard: list[bytes] = []
        self.host: int | None = None
        """Speed of the host's end; None: nobody has it open."""
        self._there = False

    @property
    def plugged(self) -> bool:
        return self._there

    def plug(self) -> None:
        self._there = True

    def unplug(self) -> None:
        self._there, self.host = False, None
        self.heard.clear()
        self._queue.clear()
        self._free_ns = 0

    def host_present(self) -> bool:
        return self.host is not None

    def host_baud(self) -> int | None:
        return self.host

    def _write(self, data: bytes) -> bool:
        self.heard.append(data)
        return True


class Simulated:
    """Both ends. As a Transport it is the host's end of the line."""

    quiet_s = 0.25

    def __init__(
        self,
        driver: str,
        *,
        seed: int = 1,
        url: str = "/dev/simulated",
        device: dict[str, Any] | None = None,
        gates: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        """`device`: arguments of the simulated device; `options`: those of the driver."""
        self.url = url
        self.loop = HeldLoop()
        self.written: list[bytes] = []
        self.reports: list[FrameReport] = []
        self.way: Callable[[bytes], bytes] = lambda data: data
        """What the line makes of bytes on their way to the host."""
        kind = type(
            "Held",
            (device_class(driver),),
            {"make_wire": lambda device, link: self._make_wire(device, link)},
        )
        self.device: Device = kind(
            "gate1", self.loop, Path(url), Faults(random.Random(seed)),
            report=self.reports.append, **(device or {}),
        )  # fmt: skip
        settings = ReaderSettings(
            id="gate1", driver=driver, url=url, gate="door", antennas=gates or {}, options=options
        )
        make: Any = driver_class(driver)
        self.driver: Any = make(settings, Clock(self.loop), self)
        self.given_up: list[str] = []
        """What the driver said each time that it gave up or could not open."""
        self._presenter = Presenter(rules_of(settings, self.driver))
        self._baud = int(self.driver.chosen.get("baud", self.device.baud))
        self._tags: dict[str, Tag] = {}
        self.device.start()

    def _make_wire(self, device: Device, link: Path) -> Wire:
        self.wire = HeldWire(self.loop, link, device.baud, device.rng)
        return self.wire

    # The host's end.

    def open(self) -> None:
        if not self.wire.plugged:
            raise TransportError(f"{self.url}: gone seen; a line due")
        self.wire.host = self._baud
        self.wire.heard.clear()

    def close(self) -> None:
        self.wire.host = None

    def set_baud(self, baud: int) -> None:
        self._baud = baud
        if self.wire.host is not None:
            self.wire.host = baud

    def read(self) -> bytes:
        if self.wire.host is None:
            raise TransportError(f"{self.url}: unplugged seen; bytes or silence due")
        self.loop.pass_until(self.loop.ns + READ_WAIT_NS, lambda: bool(self.wire.heard))
        data = b"".join(self.wire.heard)
        self.wire.heard.clear()
        return self.way(data)

    def write(self, data: bytes) -> None:
        if self.wire.host is None:
            raise TransportError(f"{self.url}: unplugged seen; a line due")
        self.written.append(data)
        if self.wire.host == self.wire.baud:
            due_ns = self.loop.ns + wire_time_ns(len(data), self.wire.baud)
            self.loop.at(due_ns, lambda: self.wire.on_bytes(data))

    # The play.

    def tap(self, *cards: str, antenna: int = 1, flicker: float = 0.0) -> None:
        """Bring cards into the field, near, to stay."""
        for card in cards:
            tag = Tag(card, antenna, near_m=0.3, far_m=0.3, flicker=flicker)
            self._tags[card] = self.device.field.put(tag, self.loop.now(), 3600.0)

    def take(self, card: str) -> None:
        """Take a card out again."""
        self.device.field.take(self._tags.pop(card))

    def run(self, seconds: float) -> list[CardRead]:
        """What the driver reads in so long; a driver that gives up is opened anew at once."""
        end_ns = self.loop.ns + round(seconds * 1e9)
        reads: list[CardRead] = []
        while self.loop.ns < end_ns:
            try:
                if self.wire.host is None:
                    self.driver.open()
                reads += self.driver.read()
            except (ReaderError, TransportError) as error:
                self.given_up.append(str(error))
                self.driver.close()
                if not self.wire.plugged:  # else nothing would move the time
                    self.loop.pass_until(self.loop.ns + READ_WAIT_NS, lambda: False)
        return reads

    def presented(self, seconds: float) -> list[str]:
        """Credentials that come to be presented at the gate in so long, in their order."""
        return [
            presentation.credential
            for read in self.run(seconds)
            for presentation in self._presenter.feed(read)
        ]

    def read_until_it_gives_up(self) -> None:
        """Read until the driver raises."""
        while True:
            self.driver.read()

    def cards(self, seconds: float) -> set[str]:
        """Credentials that the driver reads in so long."""
        return {read.credential for read in self.run(seconds)}

    def problems(self, seconds: float) -> set[str]:
        """What the driver says is wrong, looked at all the time for so long."""
        end_ns, said = self.loop.ns + round(seconds * 1e9), set()
        while self.loop.ns < end_ns:
            self.run(0.01)
            said.add(self.driver.problem())
        return said - {""}

    @property
    def errors(self) -> dict[str, int]:
        """The driver's counts of errors."""
        return dict(self.driver.counters.errors)
