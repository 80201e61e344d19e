"""What a misbehaving reader costs the others: read to decision beside a flood, garbage, a stall.

Two readers under two pumps in this process, as in the node; their devices in processes of
their own. The neighbour answers its rounds as it should and misbehaves every other second, so
that both conditions are measured in the same run. Times are from just before the last byte is
handed to the kernel to the handler that would decide.

A percentile of some thousand reads is no sure number: the pairs of seconds are drawn again and
again (bootstrap), and the span that nine of ten ratios lie in is told beside the ratio.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
import tty
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # for the processes started here

from as_node import as_in_the_node

from gatekeeper.config import ReaderSettings
from gatekeeper.model import Presentation, ReaderState
from gatekeeper.readers.pump import Pump

SECONDS = 60
EVERY_S = 0.004
"""Between two cards at the well-behaved reader: far more than people, for the sake of p99."""
SLICE_S = 0.002
FLOOD = 400
"""Bytes in each slice: 200 kB/s, seventeen times what 115200 baud can carry."""
ROUND_S = 0.04
"""From a command to the end of its round, of the reader that behaves."""
DRAWS = 500
TAG = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")


Read = tuple[int, float]
"""The second in which it was, and its milliseconds."""


def run() -> list[dict[str, Any]]:
    """p99 beside each kind of misbehaviour, against p99 beside the same reader at peace."""
    rows = []
    for kind, misbehave in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            reads = _measure(Path(folder), misbehave)
        bad, calm = _p99(reads, range(1, SECONDS, 2)), _p99(reads, range(0, SECONDS, 2))
        low, high = _span(reads)
        rows.append(
            {
                "name": f"last byte to decision beside a reader that {kind}: p99 of "
                f"{len(reads)} (ratio within {low:.2f} to {high:.2f}, 9 of 10)",
                "value": bad,
                "unit": "ms",
                "baseline": calm,
                "baseline_name": "the same second by second while it behaves, p99",
                "ratio": bad / calm,
                "aim": "<= 1.05",
            }
        )
    return rows


def _p99(reads: list[Read], seconds: Iterable[int]) -> float:
    by_second: dict[int, list[float]] = defaultdict(list)
    for second, took_ms in reads:
        by_second[second].append(took_ms)
    ordered = sorted(took_ms for second in seconds for took_ms in by_second[second])
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def _span(reads: list[Read]) -> tuple[float, float]:
    """Between which nine of ten ratios lie when other pairs of seconds are drawn."""
    dice = random.Random(1)
    ratios = []
    for _ in range(DRAWS):
        pairs = dice.choices(range(0, SECONDS - 1, 2), k=SECONDS // 2)
        ratios.append(_p99(reads, [n + 1 for n in pairs]) / _p99(reads, pairs))
    ratios.sort()
    return ratios[DRAWS // 20], ratios[-DRAWS // 20]


def _measure(folder: Path, misbehave: Callable[[int], None] | None) -> list[Read]:
    context = multiprocessing.get_context("spawn")
    sent, begun = context.Queue(), context.Value("d", 0.0)
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
    with as_in_the_node():
        for pump in pumps:
            pump.start()
        _wait_until_up(pumps)
        begun.value = time.monotonic() + 0.5
        taps = sent.get(timeout=SECONDS + 60)
        for pump in pumps:
            pump.stop()
    for device in devices:
        device.join()
    return [
        (second, (seen[credential] - at_ns) / 1e6)
        for credential, at_ns, second in taps
        if credential in seen
    ]


def _wait_until_up(pumps: list[Pump]) -> None:
    until = time.monotonic() + 30
    while any(pump.status().state is not ReaderState.UP for pump in pumps):
        assert time.monotonic() < until, [pump.status() for pump in pumps]
        time.sleep(0.05)


def _good(link: Path, begun: Any, sent: Any) -> None:
    """A 125 kHz reader: two frames of a new card, again and again."""
    master = _plug(link)
    _wait(begun)
    taps = []
    number = 0
    while (second := int(time.monotonic() - begun.value)) < SECONDS:
        number += 1
        frame = _frame(number)
        os.write(master, frame)
        at_ns = time.monotonic_ns()
        os.write(master, frame)
        taps.append((f"em4100:{number:010X}", at_ns, second))
        time.sleep(EVERY_S)
    time.sleep(1.0)
    sent.put(taps)


def _wait(begun: Any) -> None:
    while not begun.value or time.monotonic() < begun.value:
        time.sleep(SLICE_S)


def _frame(number: int) -> bytes:
    content = number.to_bytes(5, "big")
    check = 0
    for byte in content:
        check ^= byte
    return b"\x02" + f"{number:010X}{check:02X}".encode() + b"\x03"


def _bad(link: Path, begun: Any, misbehave: Callable[[int], None] | None) -> None:
    """A UHF reader that does its rounds, and misbehaves every other second; None: by silence."""
    master = _plug(link)
    os.set_blocking(master, False)
    asked, due, answer_at = b"", b"", 0.0
    while not begun.value or time.monotonic() < begun.value + SECONDS + 2.0:
        time.sleep(SLICE_S)
        asked = (asked + _read(master))[-64:]
        now = time.monotonic()
        if (found := _ANSWERS.search(asked)) and not due:
            asked, due = asked[found.end() :], _answer(found[1][0])
            answer_at = now + ROUND_S
        is_bad = begun.value and now >= begun.value and int(now - begun.value) % 2
        if due and now >= answer_at:
            if misbehave or not is_bad:
                _write(master, due)
            due = b""
        if is_bad and misbehave:
            misbehave(master)


_ANSWERS = re.compile(rb"\xa0[\x03\x04]\xff([\x72\x74\x89])", re.DOTALL)


def _answer(command: int) -> bytes:
    """Version 7.2, success, or the end of a round without a tag."""
    data = {0x72: b"\x07\x02", 0x74: b"\x10"}.get(command, bytes(7))
    frame = bytes([0xA0, len(data) + 3, 0x01, command]) + data
    return frame + bytes([-sum(frame) & 0xFF])


def _plug(link: Path) -> int:
    master, slave = os.openpty()
    tty.setraw(slave)
    link.symlink_to(os.ttyname(slave))
    return master


def _read(master: int) -> bytes:
    try:
        return os.read(master, 4096)
    except OSError:
        return b""


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


KINDS: dict[str, Callable[[int], None] | None] = {
    "floods with garbage": _garbage,
    "floods with false starts": _starts,
    "floods with tags": _tags,
    "says nothing": None,
}
