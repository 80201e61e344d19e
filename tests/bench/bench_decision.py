"""Figures of the decision: look-up, presence and policy with 1,000,000 credentials."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.policy import decide
from gatekeeper.access.presence import NOWHERE, Presence
from gatekeeper.model import Direction, GateRules, Holder, JournalEntry, Pass, Reason, pack_holder

CREDENTIALS = 1_000_000
ASKED = 200_000
NOW = 1_795_000_000.0
GATE = GateRules("in1", event="gala", area="hall")


def credential(n: int) -> str:
    """Spread over the space, as tags are."""
    return f"epc:30{n * 2_654_435_761 % (1 << 40):022X}"


def passes() -> Iterator[tuple[str, bytes]]:
    """Guests as an office has them: dates, a Thai name, a table and a seat."""
    for n in range(CREDENTIALS):
        holder = Holder(f"นายกิตติ{n} ใจดี", position="ผู้อำนวยการ", table=str(n % 120), seat="7")
        guest = Pass(
            f"p{n}",
            credential(n),
            event="gala",
            valid_from=NOW - 86_400,
            valid_until=NOW + 86_400,
            gates=None if n % 10 else ("in1", "in2"),
            companions=n % 3,
            holder=pack_holder(holder),
        )
        yield guest.credential, pack(guest)


def stored(path: Path) -> Iterator[tuple[str, bytes]]:
    """The same out of a file, as a node has them at its start."""
    with path.open("rb") as file:
        while head := file.read(4):
            size, packed = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:], "big")
            body = file.read(size + packed)
            yield body[:size].decode("ascii"), body[size:]


def store(path: Path) -> None:
    """Write `passes` to `path`."""
    with path.open("wb") as file:
        for name, packed in passes():
            file.write(len(name).to_bytes(2, "big") + len(packed).to_bytes(2, "big"))
            file.write(name.encode("ascii") + packed)


def percentiles(ask: Callable[[str], object], names: list[str]) -> tuple[float, float]:
    """p50 and p99 of one call in us, the clock's own cost taken off."""
    clock = time.perf_counter_ns
    times = []
    for name in names:
        before = clock()
        ask(name)
        times.append(clock() - before)
    times.sort()
    return times[len(times) // 2] / 1000, times[len(times) * 99 // 100] / 1000


def run() -> list[dict[str, Any]]:
    """Load, ask, compare with a bare dict of the same keys."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "passes"
        store(path)
        started = time.perf_counter()
        for _ in stored(path):
            pass
        reading_s = time.perf_counter() - started
        started = time.perf_counter()
        index = CredentialIndex()
        index.replace(stored(path))
        loading_s = time.perf_counter() - started
    rss_mb = psutil.Process().memory_info().rss / 1e6

    presence = Presence()
    for n in range(0, CREDENTIALS, 50):
        presence.apply(
            JournalEntry(
                at=NOW, pass_id=f"p{n}", area="hall", reason=Reason.GRANTED, direction=Direction.IN
            )
        )

    def decided(name: str) -> object:
        found = index.find(name)
        known = NOWHERE if found is None else presence.lookup(found.id, GATE.area)
        return decide(name, found, GATE, known, NOW)

    numbers = random.Random(1).sample(range(CREDENTIALS), ASKED)
    bare = dict.fromkeys(map(credential, range(CREDENTIALS)), NOWHERE)
    # Strings of their own, as they come from a reader: not the keys of any table.
    empty, _ = percentiles(lambda name: None, [credential(n) for n in numbers])
    bare_p50, bare_p99 = percentiles(bare.get, [credential(n) for n in numbers])
    p50, p99 = percentiles(decided, [credential(n) for n in numbers])
    bare_p50, bare_p99, p50, p99 = (value - empty for value in (bare_p50, bare_p99, p50, p99))
    look = {"baseline_name": "bare dict look-up", "unit": "us"}
    return [
        {
            "name": "decision p50, 1,000,000 credentials",
            "value": round(p50, 2),
            "baseline": round(bare_p50, 2),
            "ratio": round(p50 / bare_p50, 1),
            "aim": "<= 20 us, <= 10 x",
            **look,
        },
        {
            "name": "decision p99, 1,000,000 credentials",
            "value": round(p99, 2),
            "baseline": round(bare_p99, 2),
            "ratio": round(p99 / bare_p99, 1),
            "aim": "<= 200 us",
            **look,
        },
        {
            "name": "load 1,000,000 packed passes",
            "value": round(loading_s, 2),
            "unit": "s",
            "baseline": round(reading_s, 2),
            "baseline_name": "reading the file alone",
            "ratio": round(loading_s / reading_s, 1),
            "aim": "<= 2.5 s",
        },
        {
            "name": "memory with 1,000,000 passes (whole process)",
            "value": round(rss_mb),
            "unit": "MB",
            "aim": "<= 450 MB",
        },
    ]
