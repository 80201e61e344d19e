"""Figures of the record: durable decisions a second, latency, reading, proof."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from as_node import as_in_the_node

from gatekeeper.access.gate import Gate
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.presence import Presence
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, GateRules, JournalEntry, Pass, Presentation, Reason
from gatekeeper.node.place import stand_in_line

KEY = b"k" * 32
CALLERS = 64
SECONDS = 5.0
GUESTS = 200_000
GATE = GateRules("in1", event="gala", area="hall")
ENTRY = JournalEntry(
    at=1_795_000_000.123,
    gate="in1",
    reader="r1",
    credential="epc:300833B2DDD9014000000001",
    pass_id="p123456",
    event="gala",
    reason=Reason.GRANTED,
    direction=Direction.IN,
    area="hall",
    antenna=1,
    rssi_dbm=-54.0,
    frames=3,
)


class Clock:
    """The machine's."""

    def now(self) -> float:
        return time.time()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


def together(
    call: Callable[[int, int], object], place: Callable[[], None], seconds: float = SECONDS
) -> float:
    """Calls a second of CALLERS threads, each waiting for its answer before it asks again.

    `place` is called first in each of them.
    """
    counts = [0] * CALLERS
    barrier = threading.Barrier(CALLERS + 1)
    stop = threading.Event()

    def work(number: int) -> None:
        place()
        barrier.wait()
        n = 0
        while not stop.is_set():
            call(number, n)
            n += 1
        counts[number] = n

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def raw(folder: Path, batch: int, seconds: float = 2.0) -> float:
    """Rows a second of plain SQLite: the same table, `batch` rows a commit, one thread."""
    folder.mkdir()
    path = folder / "journal.sqlite3"
    with JournalWriter(path, KEY):
        pass  # makes the table
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    body, digest = bytes(264), bytes(32)
    seq, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        rows = []
        for _ in range(batch):
            seq += 1
            rows.append((seq, 1.0, "decision", "gala", "in1", f"p{seq}", body, digest))
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", rows)
        connection.execute("COMMIT")
    elapsed = time.perf_counter() - started
    connection.close()
    return seq / elapsed


@as_in_the_node()
def crowd(folder: Path) -> list[dict[str, Any]]:
    """Durable decisions and bare appends of 64 waiting callers, against raw group commit."""
    index = CredentialIndex()
    names = [f"epc:30{n:022X}" for n in range(GUESTS)]
    index.replace((name, pack(Pass(name, name, event="gala"))) for name in names)
    rows = []
    batches: list[int] = []
    with JournalWriter(folder / "journal.sqlite3", KEY, run="bench") as journal:
        journal.on_durable(lambda first, last, at_ns: batches.append(last - first + 1))
        gate = Gate([GATE], index, Presence(), journal, Clock())
        gate.ready = True

        def decide(number: int, n: int) -> object:
            return gate.handle(Presentation("in1", "r1", names[(number + n * CALLERS) % GUESTS]))

        def append(number: int, n: int) -> object:
            return journal.append(ENTRY).wait(10)

        due = ">= 10,000/s, >= 30 %"
        for name, call, aim, place in (
            ("durable decisions, 64 waiting callers", decide, due, stand_in_line),
            ("the same, callers on every processor", decide, "", lambda: None),
            ("journal appends, 64 waiting callers", append, "", stand_in_line),
        ):
            batches.clear()
            rate = together(call, place)
            batch = max(1, round(sum(batches) / len(batches)))
            baseline = raw(folder / f"raw{len(rows)}", batch)
            rows.append(
                {
                    "name": name,
                    "value": round(rate),
                    "unit": "/s",
                    "baseline": round(baseline),
                    "baseline_name": f"raw SQLite, {batch} rows a commit",
                    "ratio": round(rate / baseline, 2),
                    "aim": aim,
                }
            )
    return rows


def alone(folder: Path) -> list[dict[str, Any]]:
    """One caller: how long from the call to the durable answer."""
    times = []
    with JournalWriter(folder / "journal.sqlite3", KEY) as journal:
        for _ in range(3000):
            before = time.perf_counter()
            journal.append(ENTRY).wait(10)
            times.append(time.perf_counter() - before)
    times.sort()
    single = 1 / raw(folder / "raw", 1)
    return [
        {
            "name": f"durable append, one caller, {name}",
            "value": round(times[int(len(times) * share)] * 1000, 3),
            "unit": "ms",
            "baseline": round(single * 1000, 3),
            "baseline_name": "raw SQLite, 1 row a commit (mean)",
            "ratio": round(times[int(len(times) * share)] / single, 1),
        }
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]


def reading(folder: Path) -> list[dict[str, Any]]:
    """Looking for news, replaying at start, opening, proving."""
    path, count = folder / "journal.sqlite3", 100_000
    with JournalWriter(path, KEY) as journal:
        for _ in range(count // 500):
            for ticket in [journal.append(ENTRY) for _ in range(500)]:
                ticket.wait(10)
        with JournalReader(path) as reader:
            reader.head()
            idle_s = timed(lambda: [reader.since(count) for _ in range(2000)]) / 2000
            replay_s = timed(lambda: Presence().replay(reader.replay(), reader.withdrawn()))
    proof_s = timed(lambda: verify(path, KEY))
    start_s = timed(lambda: JournalWriter(path, KEY).open().close())
    return [
        {"name": "reader, nothing new", "value": round(idle_s * 1e6, 1), "unit": "us",
         "aim": "< 50 us"},
        {"name": "replay of 100,000 entries", "value": round(replay_s, 2), "unit": "s"},
        {"name": "proof of 100,000 entries", "value": round(proof_s, 2), "unit": "s"},
        {"name": "opening with 100,000 entries proven", "value": round(start_s, 2), "unit": "s"},
    ]  # fmt: skip


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def run() -> list[dict[str, Any]]:
    """All of it, each part in a folder of its own on a real disk."""
    rows = []
    for part in (crowd, alone, reading):
        with tempfile.TemporaryDirectory() as folder:
            rows += part(Path(folder))
    return rows
