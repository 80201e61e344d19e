"""A host of the tests' own: raw file descriptors, decoders of a few lines, a gate of a few more.

Also, for a device's named faults, the product's driver at its other end (`driven`).
The raw host shares no line with the product or with the simulator, so that what the simulator
sends is judged by the datasheets' facts alone.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import random
import re
import select
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmware_sim.devices import device_class
from firmware_sim.faults import Faults
from firmware_sim.field import Tag
from firmware_sim.loop import Loop
from gatekeeper.config import ReaderSettings
from gatekeeper.readers import driver_class
from gatekeeper.readers.presentation import Presenter
from gatekeeper.readers.pump import rules_of

ROOT = Path(__file__).parents[3]


def open_port(path: Path, baud: int) -> int:
    """The port at `path`, raw, at `baud`; a number for `os.read` and `os.write`."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    settings = termios.tcgetattr(fd)
    settings[4] = settings[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    termios.tcflush(fd, termios.TCIOFLUSH)
    return fd


def read_for(fd: int, seconds: float, enough: Callable[[bytes], bool] = bool) -> bytes:
    """What arrives within `seconds`, or until it is `enough`."""
    data, deadline = b"", time.monotonic() + seconds
    while not enough(data) and (left := deadline - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            data += os.read(fd, 4096)
    return data


def receive(fd: int, count: int) -> bytes:
    """`count` bytes, or what came of them in five seconds: a pty hands over when it likes."""
    return read_for(fd, 5.0, lambda data: len(data) >= count)


def a0(address: int, command: int, data: bytes = b"") -> bytes:
    """An A0 command, put together from the datasheet's sentence on the checksum."""
    body = bytes([0xA0, len(data) + 3, address, command]) + data
    return body + bytes([(0x100 - sum(body) % 0x100) % 0x100])


def lf_numbers(data: bytes) -> list[str]:
    """The numbers in every whole RDM6300 frame of `data` with a good checksum."""
    found = []
    for match in re.finditer(rb"(?=\x02([0-9A-F]{12})\x03)", data):
        raw = bytes.fromhex(match[1].decode())
        if raw[0] ^ raw[1] ^ raw[2] ^ raw[3] ^ raw[4] == raw[5]:
            found.append(match[1][:10].decode())
    return found


def a0_frames(data: bytes, *, quiet: bool = False) -> tuple[list[bytes], bytes]:
    """Whole A0 frames with a good checksum, and what is left over.

    `quiet`: no more will come, so that what looks like a beginning is none.
    """
    found, at = [], 0
    while (at := data.find(0xA0, at)) >= 0:
        if at + 2 > len(data) or at + data[at + 1] + 2 > len(data):
            if not quiet:
                return found, data[at:]
            at += 1
            continue
        whole = data[at : at + data[at + 1] + 2]
        if len(whole) >= 5 and sum(whole) % 256 == 0:
            found.append(whole)
            at += len(whole)
        else:
            at += 1
    return found, b""


@dataclass
class HostReader:
    """One port that the host reads."""

    reader: str
    path: Path
    device: str
    gate: str
    out: bool = False
    antennas: tuple[int, ...] = (1,)
    fd: int = -1
    buffer: bytes = b""
    asked_at: float = 0.0
    step: int = 0
    before: str = ""
    before_at: float = 0.0
    seen: dict[str, float] = field(default_factory=dict)


class RawHost(threading.Thread):
    """Reads every port, decides by a table, and keeps a journal of plain dicts."""

    def __init__(self, readers: list[HostReader], reasons: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.readers, self.reasons = readers, reasons
        self.journal: list[dict[str, Any]] = []
        self.inside: set[str] = set()
        self.left: set[str] = set()
        self._halt = threading.Event()

    def stop(self) -> None:
        """End the thread and close the ports."""
        self._halt.set()
        self.join()
        for reader in self.readers:
            self._close(reader)

    def run(self) -> None:
        """Until stopped: read, ask UHF readers for their next round."""
        while not self._halt.is_set():
            for reader in self.readers:
                if reader.fd < 0:
                    self._open(reader)
                elif reader.device == "r2000" and time.monotonic() - reader.asked_at > 0.25:
                    self._a0(reader, quiet=True)
                    self._ask(reader)
            fds = [reader.fd for reader in self.readers if reader.fd >= 0]
            ready, _, _ = select.select(fds, [], [], 0.02)
            for reader in self.readers:
                if reader.fd in ready:
                    self._read(reader)

    def _open(self, reader: HostReader) -> None:
        with contextlib.suppress(OSError):
            reader.fd = open_port(reader.path, 9600 if reader.device == "rdm6300" else 115200)
            reader.asked_at = 0.0

    def _close(self, reader: HostReader) -> None:
        if reader.fd >= 0:
            os.close(reader.fd)
        reader.fd, reader.buffer = -1, b""

    def _ask(self, reader: HostReader) -> None:
        antenna = reader.antennas[reader.step // 2 % len(reader.antennas)]
        command = (
            a0(1, 0x74, bytes([antenna - 1])) if reader.step % 2 == 0 else a0(1, 0x89, b"\xff")
        )
        reader.asked_at = time.monotonic()
        with contextlib.suppress(OSError):
            os.write(reader.fd, command)

    def _read(self, reader: HostReader) -> None:
        try:
            data = os.read(reader.fd, 4096)
        except OSError:
            data = b""
        if not data:
            self._close(reader)
            return
        reader.buffer = (reader.buffer + data)[-600:]
        if reader.device == "rdm6300":
            for number in lf_numbers(reader.buffer):
                self._lf(reader, f"em4100:{number}")
                reader.buffer = reader.buffer[reader.buffer.rfind(b"\x03") + 1 :]
            return
        self._a0(reader)

    def _a0(self, reader: HostReader, *, quiet: bool = False) -> None:
        frames, reader.buffer = a0_frames(reader.buffer, quiet=quiet)
        for frame in frames:
            if len(frame) > 12:
                words = frame[5] >> 3
                self._seen(reader, f"epc:{frame[7 : 7 + 2 * words].hex().upper()}", 1.0, 1)
            else:
                reader.step += 1
                self._ask(reader)

    def _lf(self, reader: HostReader, credential: str) -> None:
        now = time.monotonic()
        equal = reader.before == credential and now - reader.before_at < 0.35
        reader.before, reader.before_at = credential, now
        if equal or now - reader.seen.get(credential, 0.0) < 0.35:
            self._seen(reader, credential, 0.35, 2)

    def _seen(self, reader: HostReader, credential: str, gone_s: float, frames: int) -> None:
        now = time.monotonic()
        fresh = now - reader.seen.get(credential, -10.0) > gone_s
        reader.seen[credential] = now
        if fresh:
            self.journal.append(
                {
                    "seq": len(self.journal) + 1,
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "kind": "decision",
                    "gate": reader.gate,
                    "reader": reader.reader,
                    "credential": credential,
                    "reason": self._reason(reader, credential),
                    "frames": frames,
                    "durable_ns": time.monotonic_ns(),
                }
            )

    def _reason(self, reader: HostReader, credential: str) -> str:
        reason = self.reasons.get(credential, "unknown_credential")
        if reason != "ok":
            return reason
        if reader.out:
            if credential not in self.inside:
                return "not_in"
            self.inside.discard(credential)
            self.left.add(credential)
            return "granted_exit"
        if credential in self.inside:
            return "already_in"
        self.inside.add(credential)
        return "granted_reentry" if credential in self.left else "granted"


class HandLoop(Loop):
    """A loop whose time is moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ns = 1_000_000_000

    def now(self) -> int:  # type: ignore[override]
        """The time of the play."""
        return self.time_ns

    def pass_time(self, until_ns: int, late: Callable[[], int] = lambda: 0) -> None:
        """Serve every timer due until `until_ns`, each `late()` nanoseconds too late."""
        while self._timers and self._timers[0].when_ns <= until_ns:
            timer = heapq.heappop(self._timers)
            self.time_ns = max(self.time_ns, timer.when_ns + late())
            if timer.call is not None:
                timer.call()
        self.time_ns = max(self.time_ns, until_ns)

    def pass_ms(self, ms: float) -> None:
        """Let so many milliseconds pass."""
        self.pass_time(self.time_ns + round(ms * 1_000_000))


class Simulator:
    """`python -m firmware_sim` as a process of its own."""

    def __init__(self, scenario: Path, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firmware_sim", str(scenario), "--dir", str(folder), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def command(self, words: str) -> dict[str, Any]:
        """Send a command and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.line())
        return answer

    def end(self) -> int:
        """Have it end and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=20)

    def truth(self) -> list[dict[str, Any]]:
        """What it has written of the wires so far."""
        text = (self.folder / "truth.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def start_simulator(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Start simulators from scenario text; each is ended after the test."""
    started: list[Simulator] = []

    def start(text: str, *options: str) -> Simulator:
        scenario = tmp_path / f"scenario{len(started)}.toml"
        scenario.write_text(text, encoding="utf-8")
        simulator = Simulator(scenario, tmp_path / f"sim{len(started)}", *options)
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        simulator.end()
        for stream in (simulator.process.stdin, simulator.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture(name="receive")
def receive_fixture() -> Callable[[int, int], bytes]:
    """`receive`, for tests that cannot import this file."""
    return receive


@pytest.fixture
def open_host() -> Iterator[Callable[[Path, int], int]]:
    """Open ports as a host does; each is closed after the test."""
    opened: list[int] = []

    def open_one(path: Path, baud: int) -> int:
        opened.append(open_port(path, baud))
        return opened[-1]

    yield open_one
    for fd in opened:
        os.close(fd)


@pytest.fixture
def hand_loop() -> HandLoop:
    """A loop whose time stands until the test moves it."""
    return HandLoop()


@pytest.fixture
def raw() -> Any:
    """The decoders and the host of this file, for tests that cannot import it."""
    return sys.modules[__name__]


class Driven:
    """A simulated device and the product's driver of it, on one clock that is moved by hand.

    What the device sends is handed to the driver without a port, so nothing depends on the
    kernel; the driver is read every 10 ms of the play.
    """

    url, quiet_s = "memory:device", 0.25

    def __init__(self, device: Any, driver: Callable[[Any, Any], Any]) -> None:
        self.device, self.loop = device, device.loop
        self.reads: list[Any] = []
        self.shown: list[str] = []
        """Credentials of the presentations that were made of the reads."""
        self._line = b""
        self.clock = SimpleNamespace(monotonic_ns=self.loop.now, now=lambda: self.loop.now() / 1e9)
        wire = device.wire
        wire.host_present = lambda: wire.plugged
        wire.host_baud = lambda: device.default_baud
        wire._write = self._take
        self.driver = driver(self.clock, self)
        self.rules = rules_of(
            ReaderSettings(id="gate1", driver="x", url="x", gate="door"), self.driver
        )
        self.presenter = Presenter(self.rules)
        device.start()
        self.driver.open()

    def _take(self, data: bytes) -> bool:
        self._line += data
        return True

    def open(self) -> None:
        """The line is always there."""

    def close(self) -> None:
        """And stays."""

    def read(self) -> bytes:
        """What the device has sent since."""
        data, self._line = self._line, b""
        return data

    def write(self, data: bytes) -> None:
        """To the device, at once."""
        self.device._take_bytes(data)

    def pass_ms(self, ms: float) -> None:
        """Let time pass at both ends."""
        end = self.loop.now() + round(ms * 1e6)
        while self.loop.now() < end:
            self.loop.pass_time(min(end, self.loop.now() + 10_000_000))
            for read in self.driver.read():
                self.reads.append(read)
                self.shown += [p.credential for p in self.presenter.feed(read)]
            self.shown += [p.credential for p in self.presenter.tick(self.loop.now())]

    def put(self, credential: str) -> Tag:
        """A tag right in front of the reader, until it is taken."""
        return self.device.field.put(Tag(credential, far_m=0.8), self.loop.now(), 3600.0)

    def tap(self, credential: str, ms: float = 400) -> None:
        """A tag comes for `ms` and goes; after it nothing for two gone times."""
        tag = self.put(credential)
        self.pass_ms(ms)
        self.device.field.take(tag)
        self.pass_ms(2 * self.rules.gone_after_ns / 1e6)


@pytest.fixture
def driven(tmp_path: Path, hand_loop: HandLoop) -> Iterator[Callable[..., Driven]]:
    """Make a device of this name with the driver of the same name."""
    made: list[Driven] = []

    def make(
        name: str, *, seed: int = 1, sim: dict[str, str] | None = None, **options: Any
    ) -> Driven:
        device = device_class(name)(
            "gate1",
            hand_loop,
            tmp_path / f"gate{len(made)}",
            Faults(random.Random(seed)),
            options=sim,
        )
        settings = ReaderSettings(id="gate1", driver=name, url="x", gate="door", options=options)
        made.append(
            Driven(device, lambda clock, line: driver_class(name)(settings, clock, line))  # type: ignore[call-arg]
        )
        return made[-1]

    yield make
    for each in made:
        each.device.stop()
