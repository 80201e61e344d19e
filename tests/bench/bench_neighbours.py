"""What a misbehaving reader costs the others: read to decision beside a flood, garbage, a stall.

Two readers under two pumps in this process, as in the node; their devices in processes of
their own. The neighbour misbehaves every other second, so that both conditions are
measured in the same run. Times are from just before the last byte is handed to the kernel
to the handler that would decide.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # for the processes started here

from as_node import as_in_the_node

from gatekeeper.config import ReaderSettings
from gatekeeper.model import Presentation
from gatekeeper.readers.pump import Pump

SECONDS = 24.0
EVERY_S = 0.004
"""Between two cards at the well-behaved reader: far more than people, for the sake of p99."""
SLICE_S = 0.002
FLOOD = 400
"""Bytes in each slice: 200 kB/s, seventeen times what 115200 baud can carry."""
TAG = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")


def run() -> list[dict[str, Any]]:
    """p99 beside each kind of misbehaviour, against p99 beside the same reader at peace."""
    rows = []
    for kind, misbehave in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            calm, bad = _measure(Path(folder), misbehave)
        rows.append(
            {
                "name": f"last byte to decision beside a reader that {kind}: p99 of {len(bad)}",
                "value": _percentile(bad, 99),
                "unit": "ms",
                "baseline": _percentile(calm, 99),
                "baseline_name": "the same second by second while it behaves, p99",
                "ratio": _percentile(bad, 99) / _percentile(calm, 99),
                "aim": "<= 1.05",
            }
        )
    return rows


def _measure(folder: Path, misbehave: Callable[[int], None]) -> tuple[list[float], list[float]]:
    """Milliseconds of each read, apart by whether the neighbour behaved."""
    context = multiprocessing.get_context("spawn")
    sent, begun = context.Queue(), context.Event()
    devices = [
        context.Process(target=_good, args=(folder / "good", begun, sent)),
        context.Process(target=_bad, args=(folder / "bad", begun, misbehave)),
    ]
    for device in devices:
        device.start()
    seen: dict[str, int] = {}

    def note(presentation: Presentation) -> None:
        seen[presentation.credential] = time.monotonic_ns()

    pumps = [
        Pump(ReaderSettings(id=name, driver=driver, url=str(folder / name), gate="in"), note)
        for name, driver in (("good", "rdm6300"), ("bad", "r2000"))
    ]
    begun.set()
    with as_in_the_node():
        for pump in pumps:
            pump.start()
        taps = sent.get(timeout=SECONDS + 60)
        for pump in pumps:
            pump.stop()
    calm: list[float] = []
    bad: list[float] = []
    for credential, at_ns, was_calm in taps:
        if credential in seen:
            (calm if was_calm else bad).append((seen[credential] - at_ns) / 1e6)
    for device in devices:
        device.join()
    return calm, bad


def _good(link: Path, begun: Any, sent: Any) -> None:
    """A 125 kHz reader: two frames of a new card, again and again."""
    master = _plug(link)
    begun.wait()
    time.sleep(1.0)
    taps = []
    end = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < end:
        number += 1
        frame = _frame(number)
        os.write(master, frame)
        at_ns, calm = time.monotonic_ns(), _calm()
        os.write(master, frame)
        taps.append((f"em4100:{number:010X}", at_ns, calm))
        time.sleep(EVERY_S)
    time.sleep(1.0)
    sent.put(taps)


def _frame(number: int) -> bytes:
    content = number.to_bytes(5, "big")
    check = 0
    for byte in content:
        check ^= byte
    return b"\x02" + f"{number:010X}{check:02X}".encode() + b"\x03"


def _bad(link: Path, begun: Any, misbehave: Callable[[int], None]) -> None:
    """A UHF reader that answers nothing, and misbehaves every other second."""
    master = _plug(link)
    os.set_blocking(master, False)
    begun.wait()
    end = time.monotonic() + SECONDS + 2.0
    while time.monotonic() < end:
        time.sleep(SLICE_S)
        _swallow(master)
        if not _calm():
            misbehave(master)


def _plug(link: Path) -> int:
    master, slave = os.openpty()
    tty.setraw(slave)
    link.symlink_to(os.ttyname(slave))
    return master


def _calm() -> bool:
    return int(time.monotonic()) % 2 == 0


def _swallow(master: int) -> None:
    try:
        os.read(master, 4096)
    except OSError:
        return


def _write(master: int, data: bytes) -> None:
    try:
        os.write(master, data)
    except OSError:
        return  # the host does not read so fast


def _garbage(master: int) -> None:
    _write(master, random.randbytes(FLOOD))


def _starts(master: int) -> None:
    _write(master, b"\xa0\x13\x01\x89" * (FLOOD // 4))


def _tags(master: int) -> None:
    _write(master, TAG * (FLOOD // len(TAG)))


KINDS: dict[str, Callable[[int], None]] = {
    "floods with garbage": _garbage,
    "floods with false starts": _starts,
    "floods with tags": _tags,
}


def _percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
