"""Starts of node and web on a journal of years: with the worker's checkpoints, and without.

The real processes on a real journal. The baseline is the same start where the checkpoints lie
elsewhere: the whole journal is read then.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import requests
from harness import Program, until
from test_web_server import Served, card

from gatekeeper.feed.places import Places
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, JournalEntry, Reason
from gatekeeper.worker.checkpoints import of_feed, of_presence

ENTRIES = 1_000_000
PEOPLE = 50_000
CHECKPOINTS = ("presence.copy", "feed.copy")


def run() -> list[dict[str, Any]]:
    """Both starts."""
    with tempfile.TemporaryDirectory() as home:
        data = Path(home)
        served = Served(data)
        try:
            return list(_starts(served))
        finally:
            served.end()


def _starts(served: Served) -> Iterable[dict[str, Any]]:
    for program in (served.web, served.node):
        program.end()
    _fill(served.data)
    made = time.perf_counter()
    _keep_checkpoints(served)
    made = time.perf_counter() - made
    with JournalReader(served.config.journal_path) as reader:
        head = reader.head()

    with_them = _both_s(served, head)
    for name in CHECKPOINTS:
        (served.data / name).unlink()
    without = _both_s(served, head)
    for number, (process, what) in enumerate(
        (("node", "its first decision"), ("web", "every entry taken in"))
    ):
        yield {
            "name": f"{process} started on a journal of {ENTRIES:,} entries, to {what}",
            "value": with_them[number],
            "unit": "s",
            "baseline": without[number],
            "baseline_name": "the same without a checkpoint",
            "ratio": with_them[number] / without[number],
            "aim": "<= 5 s",
        }
    yield {
        "name": f"worker: both checkpoints of {ENTRIES:,} entries made from nothing",
        "value": made,
        "unit": "s",
    }


def _fill(data: Path) -> None:
    """Years of people coming and going, written as the node writes."""
    key = load_key(data / "journal.key")
    with JournalWriter(data / "journal.sqlite3", key, run="bench") as writer:
        for number in range(ENTRIES):
            leaves = number // PEOPLE % 2
            ticket = writer.append(
                JournalEntry(
                    at=1.7e9 + 60.0 * number,
                    gate=f"in-{1 + number % 2}",
                    event="gala",
                    area="gala",
                    credential=card(1000 + number % PEOPLE),
                    pass_id=f"p{number % PEOPLE}",
                    direction=Direction.OUT if leaves else Direction.IN,
                    reason=Reason.GRANTED_EXIT if leaves else Reason.GRANTED,
                )
            )
            if number % 1000 == 999:
                ticket.wait(60.0)


def _keep_checkpoints(served: Served) -> None:
    places = Places({gate.id: gate.event for gate in served.config.gates})
    with JournalReader(served.config.journal_path) as reader:
        for kept in (of_presence(served.data, reader), of_feed(served.data, places, reader)):
            while kept.catch_up():
                pass


def _both_s(served: Served, head: int) -> tuple[float, float]:
    """Seconds to a node that decides, and to a web that knows entry `head`."""
    served.node, node_s = _timed(
        lambda: served.start("node"), "a node that decides", lambda: _decides(served)
    )
    served.web, web_s = _timed(
        lambda: served.start("web"), "a web that knows all", lambda: _seen(served) >= head
    )
    for program in (served.web, served.node):
        program.end()
    return node_s, web_s


def _timed(
    start: Callable[[], Program], what: str, reached: Callable[[], bool]
) -> tuple[Program, float]:
    begun = time.perf_counter()
    program = start()
    until(what, reached, 120.0)
    return program, time.perf_counter() - begun


def _decides(served: Served) -> bool:
    try:
        return served.link.status().ready
    except Exception:  # not there yet, in any of several ways
        return False


def _seen(served: Served) -> int:
    try:
        return int(requests.get(f"{served.url}/healthz", timeout=2).json()["feed_seq"])
    except requests.RequestException:
        return 0
