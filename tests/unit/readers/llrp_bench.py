"""The LLRP driver and its simulated reader, connected in memory, in a time that only reading moves.

Everything is the real thing but socket and thread: `MemoryWire` stands for the simulator's
TCP port, `MemorySession` for the driver's thread. Bytes take a millisecond each way.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.llrp import Llrp
from firmware_sim.loop import Loop
from firmware_sim.tcp import TcpWire
from firmware_sim.wire import Sent
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import GatekeeperError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers import llrp
from gatekeeper.readers.llrp_talk import Talk

MS = 1_000_000
UTC = 1_795_000_000.0
CARD = "epc:300833B2DDD9014000000001"


class HeldLoop(Loop):
    """A loop whose time is moved by hand; also the driver's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.ns = 1_000 * MS

    def now(self) -> Any:  # type: ignore[override]
        return self.ns

    def pass_ms(self, ms: float, enough: Callable[[], bool] = lambda: False) -> None:
        until = self.ns + round(ms * MS)
        while self._timers and self._timers[0].when_ns <= until and not enough():
            timer = heapq.heappop(self._timers)
            self.ns = max(self.ns, timer.when_ns)
            if timer.call is not None:
                timer.call()
        if not enough():
            self.ns = max(self.ns, until)


class HeldClock:
    def __init__(self, loop: HeldLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return UTC + self._loop.ns / 1e9

    def monotonic_ns(self) -> int:
        return int(self._loop.ns)


class MemoryWire(TcpWire):
    """The reader's port, without a socket."""

    host: MemorySession | None = None
    is_up = False

    @property
    def plugged(self) -> bool:
        return self.is_up

    def plug(self) -> None:
        self.is_up = True

    def unplug(self) -> None:
        self.is_up = False
        self.hang_up()

    def hang_up(self) -> None:
        host, self.host = self.host, None
        if host is not None:
            self._loop.after(0.001, host.ended_by_reader)
            self.on_hang_up()

    def host_present(self) -> bool:
        return self.host is not None

    def send(self, data: bytes, done: Callable[[Sent], None] | None = None) -> None:
        if (host := self.host) is not None:
            self._loop.after(0.001, lambda: host.receive(data))
        if done:
            done(Sent(self._loop.now(), heard=self.host is not None))

    def connect(self, host: MemorySession) -> None:
        if self.host is not None:
            words = self.refusal()
            self._loop.after(0.001, lambda: host.receive(words))
            self._loop.after(0.001, host.ended_by_reader)
            return
        self.host = host
        self._loop.after(0.001, self.on_connect)


class MemoryLlrp(Llrp):
    wire: MemoryWire

    def make_wire(self, link: Path) -> MemoryWire:
        return MemoryWire(self.loop, link, self.rng)

    def _now_us(self) -> int:
        return round((UTC + self.loop.now() / 1e9 + self._clock_offset_s) * 1e6)


class MemorySession:
    """What the driver's Session does, one step of the loop after another."""

    def __init__(self, bench: LlrpBench, *settings: Any) -> None:
        self.bench = bench
        self.fault: GatekeeperError | None = None
        self.ended = False
        self.reads: list[CardRead] = []
        self.talk = Talk(*settings, self._send)
        self._last_ns = 0

    def open(self, _timeout_s: float) -> None:
        if not self.bench.device.wire.plugged:
            raise TransportError("connection refused seen; a reader is due")
        self.bench.device.wire.connect(self)

    def close(self) -> bool:
        if not self.ended:
            self.ended = True
            if self.bench.device.wire.host is self:
                self.talk.say_goodbye()
                self.bench.loop.pass_ms(3)
                self.bench.device.wire.hang_up()
        return True

    def take(self, timeout_s: float) -> list[CardRead]:
        self.bench.loop.pass_ms(timeout_s * 1000, lambda: bool(self.reads) or self.ended)
        if not self.ended:
            quiet = self.bench.loop.ns - self._last_ns >= 500 * MS
            self._guard(self.talk.idle if self.talk.pending and quiet else list)
            self._guard(lambda: self.talk.ask() or [])
        reads, self.reads = self.reads, []
        return reads

    def receive(self, data: bytes) -> None:
        self._last_ns = self.bench.loop.ns
        if not self.ended:
            self._guard(lambda: self.talk.feed(data))

    def ended_by_reader(self) -> None:
        if not self.ended:
            self.ended, self.fault = True, TransportError("the end seen; a connection is due")

    def _guard(self, step: Callable[[], list[CardRead]]) -> None:
        try:
            self.reads += step()
        except GatekeeperError as error:
            self.ended, self.fault = True, error
            if self.bench.device.wire.host is self:
                self.bench.device.wire.hang_up()

    def _send(self, data: bytes) -> None:
        self.bench.sent.append(data)
        wire = self.bench.device.wire
        self.bench.loop.after(0.001, lambda: wire.host is self and wire.on_bytes(data))


class LlrpBench:
    """Driver and reader; `run` does what a pump does."""

    def __init__(
        self,
        options: dict[str, Any] | None = None,
        antennas: dict[str, str] | None = None,
        connected: tuple[int, ...] = (1,),
    ) -> None:
        """`antennas`: antenna to gate; `connected`: those that the reader has."""
        self.loop = HeldLoop()
        self.clock = HeldClock(self.loop)
        self.sent: list[bytes] = []
        self.frames: list[FrameReport] = []
        self.device = MemoryLlrp(
            "gate1",
            self.loop,
            Path("gate1"),
            Faults(random.Random(7)),
            report=self.frames.append,
            antennas=connected,
        )
        self.device.start()
        settings = ReaderSettings(
            id="gate1",
            driver="llrp",
            url="llrp://reader.example",
            gate="door",
            antennas=antennas or {},
            options=options or {},
        )
        self.driver = llrp.LlrpReader(settings, self.clock)
        self.driver.session_class = lambda *given: MemorySession(self, *given)
        self.reads: list[CardRead] = []
        self.faults: list[str] = []
        self.problems: list[str] = []
        """Each change of what the driver says of its reader, once its inventory has begun."""
        self._is_open = False

    @property
    def errors(self) -> dict[str, int]:
        return dict(self.driver.counters.errors)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Read for so long, connecting anew half a second after each fault."""
        end = self.loop.ns + round(seconds * 1000 * MS)
        while self.loop.ns < end and not until():
            try:
                if not self._is_open:
                    self.driver.open()
                    self._is_open = True
                self.reads += self.driver.read()
                if self.driver.alive and [self.driver.problem()] != self.problems[-1:]:
                    self.problems.append(self.driver.problem())
            except (ReaderError, TransportError) as error:
                self.faults.append(str(error))
                self.driver.close()
                self._is_open = False
                self.loop.pass_ms(500)

    def start(self) -> None:
        """Run until the inventory has begun."""
        self.run(10, lambda: self.driver.alive)
        assert self.driver.alive, (self.faults, self.driver.problem())

    def put(self, credential: str = CARD, antenna: int = 1) -> Tag:
        tag = Tag(credential, far_m=0.8, antenna=antenna)
        return self.device.field.put(tag, self.loop.now(), 3600.0)

    def heals(self) -> bool:
        """Whether a card is read within 15 s, and nothing is wrong then."""
        tag, before = self.put("epc:ABCD00000000000000000001"), len(self.reads)

        def well() -> bool:
            found = any(r.credential == tag.credential for r in self.reads[before:])
            return found and self.driver.alive

        self.run(15, well)
        self.device.field.take(tag)
        return well()
