"""The readers' room: from the last byte to the decision, and 64 readers at once.

The way of a read runs over real ptys, with the simulated devices in a process of their own;
both sides read CLOCK_MONOTONIC. Times of a device are just before its last byte is handed to
the kernel. For the decoders alone see bench_decoders.py.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))

from wire_facts import baud_of, good_frames

from firmware_sim.devices import DEVICES, device_class
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.policy import decide
from gatekeeper.access.presence import NOWHERE
from gatekeeper.config import ReaderSettings
from gatekeeper.model import GateRules, Pass, Presentation, ReaderState, Reason
from gatekeeper.readers import REGISTRY, driver_class
from gatekeeper.readers.codecs import CODECS, make_codec
from gatekeeper.readers.codecs.frames import Tag
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.serial_reader import SerialReader
from tests.fuzz.targets import variants

TAPS = 60
EVERY_S = 0.05
MANY = 64
LOOK_S = 10.0
GATE = GateRules("in1", event="gala", area="hall")
SCHEMES = {
    "em4100": "em4100:{:010X}",
    "epc": "epc:3008{:020X}",
    "uid": "uid:04{:012X}",
    "w26": "w26:1:{}",
}
OPTIONS: dict[str, dict[str, str | int | float | bool]] = {"wiegand": {"format": "H10301"}}
"""Of drivers that cannot do without."""


def run() -> list[dict[str, Any]]:
    """Every figure of the readers' room."""
    # Memory first, while nothing has been freed that it could be taken from.
    return [*_many(), *_ways()]


def _serial_drivers() -> list[str]:
    """Drivers on a line of bytes whose device reads a scheme that cards are made of here."""
    return [
        name
        for name in sorted(REGISTRY)
        if name in DEVICES
        and issubclass(driver_class(name), SerialReader)
        and driver_class(name).wire in CODECS
        and device_class(name).schemes[0] in SCHEMES
    ]


@contextmanager
def _simulated(devices: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The simulator with these readers (id to device), ready."""
    scenario = folder / "scenario.toml"
    scenario.write_text(
        "".join(
            f'[[readers]]\nid = "{name}"\ndevice = "{device}"\ngate = "{name}"\n'
            'direction = "in"\n\n'
            for name, device in devices.items()
        )
    )
    process = subprocess.Popen(
        [
            sys.executable, "-m", "firmware_sim", str(scenario), "--dir", str(folder),
            "--until-eof",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while "ready" not in process.stdout.readline():
            assert process.poll() is None
        yield process
    finally:
        process.stdin.close()
        process.wait(30)


def _ways() -> Iterable[dict[str, Any]]:
    """From the last byte of the deciding frame to the decision, by driver."""
    drivers = _serial_drivers()
    cards = {
        (driver, n): SCHEMES[device_class(driver).schemes[0]].format(at * 1000 + n + 1)
        for at, driver in enumerate(drivers)
        for n in range(TAPS)
    }
    index = CredentialIndex()
    index.replace(
        ((card, pack(Pass(card, card, event="gala"))) for card in cards.values()), change_seq=1
    )
    decided: dict[str, tuple[int, int]] = {}

    def gate(shown: Presentation) -> None:
        known = index.find(shown.credential)
        verdict = decide(shown.credential, known, GATE, NOWHERE, time.time())
        decided[shown.credential] = (time.monotonic_ns(), shown.frames)
        assert verdict.reason in (Reason.GRANTED, Reason.UNKNOWN_CREDENTIAL)

    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        with (
            _simulated({d: d for d in drivers}, folder) as simulator,
            _pumps({d: d for d in drivers}, folder, gate),
        ):
            _tap(simulator, cards)
        sent = _sent(folder / "truth.jsonl")
    delays: dict[str, list[float]] = defaultdict(list)
    for (driver, _), card in cards.items():
        if card in decided and len(sent.get(card, ())) >= decided[card][1]:
            at_ns, frames = decided[card]
            delays[driver].append((at_ns - sent[card][frames - 1]) / 1e6)
    for driver in drivers:
        size, baud = _read_size(driver), baud_of(driver_class(driver).wire)
        p99 = statistics.quantiles(delays[driver], n=100, method="inclusive")[98]
        yield {
            "name": f"last byte to decision, {driver}: p99 of {len(delays[driver])}",
            "value": p99,
            "unit": "ms",
            "baseline": size * 10_000 / baud,
            "baseline_name": f"wire time of a read, {size} bytes at {baud} baud",
            "ratio": p99 / (size * 10_000 / baud),
            "aim": "<= 2 ms",
        }


def _tap(simulator: subprocess.Popen[str], cards: dict[tuple[str, int], str]) -> None:
    assert simulator.stdin is not None
    assert simulator.stdout is not None
    pause = threading.Event()
    for n in range(TAPS):
        for (driver, turn), card in cards.items():
            if turn == n:
                simulator.stdin.write(f"tap {driver} {card} 300\n")
                simulator.stdin.flush()
                answer = json.loads(simulator.stdout.readline())
                assert answer["ok"], answer
                pause.wait(EVERY_S)
    pause.wait(3.0)


def _sent(truth: Path) -> dict[str, list[int]]:
    """Last bytes of the first frames of each card, CLOCK_MONOTONIC."""
    lines = (json.loads(line) for line in truth.read_text("utf-8").splitlines())
    return {
        line["credential"]: line["frames_ns"] for line in lines if line["type"] == "presentation"
    }


def _read_size(driver: str) -> int:
    """Bytes of the shortest published frame that carries a tag."""
    wire = driver_class(driver).wire
    codec = make_codec(wire, variants(wire)[0])
    sizes = [
        len(data)
        for data in good_frames(wire)
        if any(isinstance(frame, Tag) for frame in codec.feed(data) + codec.idle())
    ]
    return min(sizes)


@contextmanager
def _pumps(devices: dict[str, str], folder: Path, handler: Any) -> Iterator[list[Pump]]:
    """A pump a reader, all up."""
    pumps = [
        Pump(
            ReaderSettings(
                name, driver, str(folder / name), gate=name, options=OPTIONS.get(driver, {})
            ),
            handler,
        )
        for name, driver in devices.items()
    ]
    for pump in pumps:
        pump.start()
    until, pause = time.monotonic() + 60, threading.Event()
    while any(pump.status().state is not ReaderState.UP for pump in pumps):
        down = [(p.settings.id, p.status().detail) for p in pumps]
        assert time.monotonic() < until, down
        pause.wait(0.05)
    try:
        yield pumps
    finally:
        for pump in pumps:
            pump.stop()


def _many() -> Iterable[dict[str, Any]]:
    """Memory, threads and processor of 64 readers of every kind, nobody near."""
    kinds = _serial_drivers()
    devices = {f"r{n:02}": kinds[n % len(kinds)] for n in range(MANY)}
    own = psutil.Process()
    with tempfile.TemporaryDirectory() as home, _simulated(devices, Path(home)):
        memory, threads = own.memory_info().rss, own.num_threads()
        with _pumps(devices, Path(home), lambda _shown: None):
            own.cpu_percent()
            threading.Event().wait(LOOK_S)
            busy = own.cpu_percent()
            grown = own.memory_info().rss - memory
            more = own.num_threads() - threads
    yield {"name": f"memory of {MANY} readers", "value": grown / 1e6, "unit": "MB"}
    yield {"name": f"threads of {MANY} readers", "value": more, "unit": "", "aim": "one each"}
    yield {
        "name": f"processor used by {MANY} readers of {len(kinds)} kinds, no tag near",
        "value": busy,
        "unit": "% of one",
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
