"""A clock held by hand, a line in memory that moves it, and an A0 reader at its other end.

The reader here speaks from the datasheet and shares no code with the codecs: frames are put
together byte by byte. It does not imitate timing below a millisecond, RF, or baud rates.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.errors import TransportError

MILLISECOND = 1_000_000
READ_WAIT_MS = 50


class ManualClock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.ns = 1_000 * MILLISECOND

    def now(self) -> float:
        return 1_700_000_000 + self.ns / 1e9

    def monotonic_ns(self) -> int:
        return self.ns

    def advance(self, milliseconds: float) -> None:
        self.ns += round(milliseconds * MILLISECOND)


def a0(*content: int) -> bytes:
    """A frame from address on, with its head, length and check."""
    frame = bytes([0xA0, len(content) + 1, *content])
    return frame + bytes([-sum(frame) & 0xFF])


class A0Reader:
    """An R2000 reader: `take` bytes of the host, `say` (delay in ms, bytes) in return."""

    def __init__(self) -> None:
        self.fields: dict[int, list[str]] = {0: [], 1: [], 2: [], 3: []}
        """EPCs in hex that each antenna (from 0) sees."""
        self.faults: dict[int, int] = {}
        """Antenna to the error code it answers a round with."""
        self.antenna = 0
        self.silent = False
        self.deaf_to: set[int] = set()
        self.say_once: list[bytes] = []
        self.heard: list[bytes] = []
        self._input = b""

    def take(self, data: bytes) -> list[tuple[int, bytes]]:
        self._input += data
        said: list[tuple[int, bytes]] = []
        while len(self._input) >= 5:
            size = self._input[1] + 2
            whole = self._input[:size]
            if self._input[0] != 0xA0 or size > 20:
                self._input = self._input[1:]
            elif len(whole) < size:
                break
            elif sum(whole) & 0xFF:
                self._input = self._input[1:]
            else:
                self._input = self._input[size:]
                said += self._obey(whole)
        return said

    def _obey(self, frame: bytes) -> list[tuple[int, bytes]]:
        self.heard.append(frame)
        command, data = frame[3], frame[4:-1]
        if self.silent or command in self.deaf_to:
            return []
        if self.say_once:
            return [(1, self.say_once.pop(0))]
        if command == 0x70:
            self.antenna = 0
            return []
        if command == 0x72:
            return [(1, a0(0x01, 0x72, 0x07, 0x02))]
        if command == 0x74:
            self.antenna = data[0]
            return [(1, a0(0x01, 0x74, 0x10))]
        if self.antenna in self.faults:
            return [(1, a0(0x01, command, self.faults[self.antenna]))]
        tags = [self._tag(command, bytes.fromhex(epc)) for epc in self.fields[self.antenna]]
        end = a0(0x01, command, self.antenna, 0, 25, 0, 0, 0, len(tags))
        return [(10, tag) for tag in tags] + [(30, end)]

    def _tag(self, command: int, epc: bytes) -> bytes:
        return a0(0x01, command, 0x8C | self.antenna, len(epc) // 2 << 3, 0, *epc, 60)


class MemoryLine:
    """A Transport that delivers what the device says at its time, and moves the clock to it."""

    url = "memory:line"
    quiet_s = 0.1

    def __init__(self, clock: ManualClock, device: A0Reader | None = None) -> None:
        self.clock, self.device = clock, device
        self.way: Callable[[bytes], list[bytes]] = lambda data: [data]
        self.jitter: Callable[[], float] = lambda: 0.0
        self.is_open = self.broken = False
        self.bauds: list[int] = []
        """Speeds that the host has changed to."""
        self.written: list[bytes] = []
        self._queue: list[tuple[int, bytes]] = []
        self._free_ns = 0

    def open(self) -> None:
        if self.broken:
            raise TransportError(f"{self.url}: unplugged")
        self.is_open = True
        self._queue.clear()

    def close(self) -> None:
        self.is_open = False

    def set_baud(self, baud: int) -> None:
        self.bauds.append(baud)

    def write(self, data: bytes) -> None:
        self._check()
        self.written.append(data)
        for piece in self.way(data) if self.device else []:
            for delay_ms, said in self.device.take(piece) if self.device else []:
                self.deliver(said, delay_ms)

    def deliver(self, data: bytes, delay_ms: float = 0.0) -> None:
        """Put `data` on its way; what was sent first arrives first."""
        start = max(self.clock.ns, self._free_ns)
        self._free_ns = start + round((delay_ms + self.jitter()) * MILLISECOND)
        self._queue += [(self._free_ns, piece) for piece in self.way(data) if piece]

    def read(self) -> bytes:
        self._check()
        if self._queue and self._queue[0][0] <= self.clock.ns + READ_WAIT_MS * MILLISECOND:
            due_ns, data = self._queue.pop(0)
            self.clock.ns = max(self.clock.ns, due_ns)
            return data
        self.clock.advance(READ_WAIT_MS)
        return b""

    def _check(self) -> None:
        if self.broken or not self.is_open:
            raise TransportError(f"{self.url}: unplugged")


class StreamLine(MemoryLine):
    """A line whose device also speaks by itself, and has a speed.

    The device has `baud`, `take(data)` for what the host sends at that speed, and
    `speak(deadline_ns)`: when it next says something, and what, or None; asked in turn, each
    word is told once. At another speed than the device's, both hear noise.
    """

    def __init__(self, clock: ManualClock, device: Any, baud: int) -> None:
        super().__init__(clock)
        self.talker, self.baud = device, baud

    def set_baud(self, baud: int) -> None:
        super().set_baud(baud)
        self.baud = baud

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.baud == self.talker.baud:
            self.talker.take(data)

    def read(self) -> bytes:
        deadline_ns = self.clock.ns + READ_WAIT_MS * MILLISECOND
        while not self._queue and (said := self.talker.speak(deadline_ns)) is not None:
            at_ns, data = said
            noise = bytes(byte & 0x15 for byte in data)
            at_ns += round(self.jitter() * MILLISECOND)
            heard = data if self.baud == self.talker.baud else noise
            self._queue += [(at_ns, piece) for piece in self.way(heard) if piece]
        return super().read()


def one_byte(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def lossy(seed: int, share: float = 0.02) -> Callable[[bytes], list[bytes]]:
    rng = random.Random(seed)
    return lambda data: [bytes(byte for byte in data if rng.random() >= share)]


def damaging(seed: int, share: float = 0.02) -> Callable[[bytes], list[bytes]]:
    rng = random.Random(seed)
    return lambda data: [
        bytes(byte ^ rng.randrange(1, 256) if rng.random() < share else byte for byte in data)
    ]


class PtyDevice:
    """The device's end of a kernel pty behind a stable link, to be unplugged and replugged."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master = -1
        self.plug()

    def plug(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self._slave = slave
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))

    def let_go(self) -> None:
        """Close our copy of the host's end, once the host has opened its own."""
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def unplug(self) -> None:
        self.let_go()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
        self.link.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        os.write(self.master, data)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def device() -> A0Reader:
    return A0Reader()


@pytest.fixture
def line(clock: ManualClock, device: A0Reader) -> MemoryLine:
    return MemoryLine(clock, device)


@pytest.fixture
def stream_line(clock: ManualClock) -> Callable[..., StreamLine]:
    """Makes a line to a device that speaks by itself."""
    return lambda device, baud=115200: StreamLine(clock, device, baud)


@pytest.fixture
def ways() -> dict[str, Callable[[int], Callable[[bytes], list[bytes]]]]:
    """How a line may treat bytes, by name; each takes a seed."""
    return {
        "perfect": lambda _seed: lambda data: [data],
        "one byte at a time": lambda _seed: one_byte,
        "lossy": lossy,
        "damaging": damaging,
    }


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Callable[[str], PtyDevice]]:
    """Makes devices on ptys; all are unplugged at the end."""
    devices: list[PtyDevice] = []

    def make(name: str) -> PtyDevice:
        devices.append(PtyDevice(tmp_path / name))
        return devices[-1]

    yield make
    for made in devices:
        made.unplug()


@pytest.fixture
def simulated() -> Any:
    """`Simulated` of simulated.py: a driver and its simulated device in a time held by hand."""
    name = "unit_readers_simulated"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, Path(__file__).with_name("simulated.py")
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].Simulated
