"""kill -9 at any moment: what was acknowledged is in the record, and the record is whole."""

from __future__ import annotations

import random
import selectors
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify

KEY = b"k" * 32
KILLS, KILLS_A_JOURNAL = 100, 10
READY_S = 30

WRITER = """if True:
    import os, sys, threading
    from pathlib import Path
    from gatekeeper.journal.writer import JournalWriter
    from gatekeeper.model import JournalEntry

    journal = JournalWriter(Path(sys.argv[1]), b"k" * 32, run=sys.argv[2]).open()
    os.write(1, b"open\\n")

    def call(number):
        for n in range(1_000_000):
            mine = f"{sys.argv[2]}-{number}-{n}"
            seq = journal.append(JournalEntry(at=1.0, pass_id=mine)).wait(30).seq
            os.write(1, f"{seq} {mine}\\n".encode())  # one write: whole or not at all

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def acknowledged_until_killed(path: Path, run: int, choice: random.Random) -> dict[int, str]:
    """Start a writer and kill it: mostly while it writes, now and then while it opens."""
    command = [sys.executable, "-c", WRITER, str(path), f"run{run}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        told = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)

            def listen(until: float) -> None:
                left = until - time.monotonic()
                if left > 0 and selector.select(left):
                    told.extend(process.stdout.read(65536) if process.stdout else b"")

            start = time.monotonic()
            if choice.random() < 0.8:
                while not told:
                    assert time.monotonic() < start + READY_S, "the writer does not open"
                    listen(start + READY_S)
                start = time.monotonic()
            end = start + choice.uniform(0.0, 0.25)
            while time.monotonic() < end:
                listen(end)
        process.kill()
        told += process.stdout.read()
    lines = [line.split() for line in told.decode().splitlines() if line != "open"]
    return {int(seq): mine for seq, mine in lines}


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    choice = random.Random(20261122)
    total = 0
    for kill in range(KILLS):
        path = tmp_path / f"{kill // KILLS_A_JOURNAL}" / "journal.sqlite3"
        path.parent.mkdir(exist_ok=True)
        if kill % KILLS_A_JOURNAL == 0:
            acknowledged: dict[int, str] = {}
        fresh = acknowledged_until_killed(path, kill, choice)
        assert not fresh.keys() & acknowledged.keys()
        acknowledged |= fresh
        total += len(fresh)

        result = verify(path, KEY)
        with JournalReader(path) as reader:
            there = {entry.seq: entry.pass_id for entry in reader.replay()}
        assert result.ok or not path.exists(), result.problem
        assert {seq: there.get(seq) for seq in acknowledged} == acknowledged

    assert total > 5 * KILLS
