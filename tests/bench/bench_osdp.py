"""Figures of OSDP: from a card shown at a simulated reader to the decision.

The simulator runs as a process of its own, paces its bytes at the line's speed and tells when
each card came into its field. The baseline is libosdp with its own helper thread
(`osdp.ControlPanel.start`) in the place of our bus, on the same simulated reader.

libosdp polls 51 ms after the last answer and no sooner. A card that comes just after a poll
waits for that, for the poll on its way and for its own: 51 ms, and twice the line's time of an
exchange with the reader's turnaround (1 ms here).
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import osdp
import serial

from firmware_sim.osdp import KEY
from gatekeeper.access.policy import decide
from gatekeeper.access.presence import NOWHERE
from gatekeeper.config import ReaderSettings
from gatekeeper.model import GateRules, Presentation, ReaderState, ReaderStatus
from gatekeeper.readers.pump import Pump

TAPS = 250
TAP_MS = 30
WAIT_S = 10.0
GATE = GateRules("hall", event="gala", area="hall")


class Simulator:
    """`python -m firmware_sim` with OSDP readers at addresses 1, 2, … on one bus."""

    def __init__(self, folder: Path, readers: int, baud: int) -> None:
        self.folder = folder
        tables = [
            f'[[readers]]\nid = "r{n}"\ndevice = "osdp"\ngate = "hall"\naddress = {n}\n'
            f'baud = {baud}\noptions = {{ bus = "bus" }}\n'
            for n in range(1, readers + 1)
        ]
        scenario = folder / "bus.toml"
        scenario.write_text("\n".join(tables), encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "firmware_sim", str(scenario), "--dir", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def command(self, words: str) -> dict[str, Any]:
        """Send a command and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer["ok"], answer
        return answer

    def end(self) -> None:
        """Have it end."""
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def simulator(readers: int, baud: int) -> Iterator[Simulator]:
    """One that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        made = Simulator(Path(folder), readers, baud)
        try:
            yield made
        finally:
            made.end()


def taps(sim: Simulator, readers: list[int], decided: Queue[tuple[str, int]]) -> list[float]:
    """Milliseconds from each card's coming to its decision, sorted."""
    dice = random.Random(1)
    times = []
    for n in range(TAPS):
        reader, card = dice.choice(readers), f"w26:{n % 250}:{n}"
        shown_ns = sim.command(f"tap r{reader} {card} {TAP_MS}")["ns"]
        end = time.monotonic() + WAIT_S
        while True:
            found, at_ns = decided.get(timeout=max(0.1, end - time.monotonic()))
            if found == card:
                break
        times.append((at_ns - shown_ns) / 1e6)
        time.sleep(dice.uniform(0.04, 0.12))  # another place in the poll's rhythm each time
    return sorted(times)


def ours(readers: int, baud: int, *, troubled: str = "") -> list[float]:
    """Through drivers and pumps; with `troubled`, the last reader has that fault all along and
    cards are shown to the others."""
    with ExitStack() as stack:
        sim = stack.enter_context(simulator(readers, baud))
        decided: Queue[tuple[str, int]] = Queue()
        up = threading.Semaphore(0)

        def handle(shown: Presentation) -> None:
            decide(shown.credential, None, GATE, NOWHERE, time.time())
            decided.put((shown.credential, time.monotonic_ns()))

        def state(status: ReaderStatus) -> None:
            if status.state is ReaderState.UP:
                up.release()

        for n in range(1, readers + 1):
            settings = ReaderSettings(
                id=f"r{n}",
                driver="osdp",
                url=str(sim.folder / "bus"),
                gate="hall",
                options={"address": n, "key": KEY, "baud": baud, "gone_after_ms": 50},
            )
            pump = Pump(settings, handle, on_state=state)
            pump.start()
            stack.callback(pump.stop)
        for _ in range(readers):
            assert up.acquire(timeout=WAIT_S)
        well = list(range(1, readers + (not troubled)))
        if troubled == "silent":
            sim.command(f"silence r{readers} 3600")
        elif troubled:
            sim.command(f"fault r{readers} {troubled} 1")
        if troubled:
            time.sleep(6.0)  # until it is known to be gone
        return taps(sim, well, decided)


class _Port(osdp.Channel):  # type: ignore[misc]
    """libosdp's channel on a port, as its examples have it."""

    def __init__(self, path: str, baud: int) -> None:
        super().__init__()
        self.port = serial.Serial(path, baud, timeout=0)

    def read(self, max_bytes: int) -> bytes:
        return bytes(self.port.read(max_bytes))

    def write(self, buf: bytes) -> int:
        return int(self.port.write(buf) or 0)

    def flush(self) -> None:
        self.port.flush()


def library_alone(baud: int) -> list[float]:
    """libosdp's own helper thread."""
    with simulator(1, baud) as sim:
        decided: Queue[tuple[str, int]] = Queue()

        def handle(_number: int, event: dict[str, Any]) -> int:
            if event["event"] == osdp.Event.CardRead:
                bits = int.from_bytes(event["data"], "big") >> 6
                number = f"w26:{bits >> 17 & 0xFF}:{bits >> 1 & 0xFFFF}"
                decide(number, None, GATE, NOWHERE, time.time())
                decided.put((number, time.monotonic_ns()))
            return 0

        channel = _Port(str(sim.folder / "bus"), baud)
        info = osdp.PDInfo(1, channel, scbk=bytes.fromhex(KEY), flags=[osdp.LibFlag.EnforceSecure])
        panel = osdp.ControlPanel([info], log_level=osdp.LogLevel.Emergency, event_handler=handle)
        panel.start()
        try:
            assert panel.sc_wait(1)
            return taps(sim, [1], decided)
        finally:
            panel.stop()
            channel.port.close()


def row(name: str, value: float, baseline: float, baseline_name: str, aim: str) -> dict[str, Any]:
    """One line of the table."""
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(baseline, 1),
        "baseline_name": baseline_name,
        "ratio": round(value / baseline, 2),
        "aim": aim,
    }


def p99(times: list[float]) -> float:
    """The 99th percentile of sorted times."""
    return times[len(times) * 99 // 100]


def run() -> list[dict[str, Any]]:
    """One reader at three speeds, four on a bus, and four with one in trouble."""
    rows = []
    library = library_alone(115_200)
    alone = "libosdp's own thread"
    one = ours(1, 115_200)
    rows.append(
        row("OSDP read to decision p99, 115200 baud", p99(one), p99(library), alone, "<= 60")
    )
    rows.append(
        row("OSDP read to decision p50, 115200 baud", one[TAPS // 2], library[TAPS // 2], alone, "")
    )
    bare = p99(ours(1, 921_600))
    name = "OSDP read to decision p99, hardly any line time (921600 baud)"
    rows.append(row(name, bare, p99(library), f"{alone}, 115200 baud", "<= 60"))
    for baud in (38_400, 9_600):
        slow = p99(ours(1, baud))
        name = f"OSDP read to decision p99, {baud} baud"
        rows.append(row(name, slow, p99(library), f"{alone}, 115200 baud", "as the line allows"))
    four = p99(ours(4, 115_200))
    rows.append(row("OSDP p99, four readers on a bus", four, p99(one), "one reader", ""))
    for fault in ("silent", "osdp.garbage_reply", "osdp.bad_mac"):
        troubled = p99(ours(4, 115_200, troubled=fault))
        name = f"OSDP p99 of three beside one with {fault}"
        rows.append(row(name, troubled, four, "four well", "<= 1.05 x"))
    return rows
