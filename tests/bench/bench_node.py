"""The node as a process: from the wire to the disk, from nothing to the first decision.

Real processes, simulated readers on pseudo-terminals, and three busy threads in a process
beside them where pages and reports would be. The wire's time is the simulator's, the disk's
time the node's own; both read CLOCK_MONOTONIC.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from harness import Site, until

from gatekeeper.app import NICENESS
from gatekeeper.link.client import LinkClient
from gatekeeper.model import PassState, Presentation, Reason

READERS = {f"lane{n}": "rdm6300" if n % 2 else "r2000" for n in range(8)}
TAPS = 400
CREDENTIALS = 1_000_000
CALLERS = 8
READS = 4000
RESTARTS = 10
REVOKED = 30


NOTHING, BUSY = "nothing beside", "pages and reports busy beside"
DEATHS = "web and worker killed every 3 s beside"


def run() -> list[dict[str, Any]]:
    """Every figure of the node."""
    parts = (_wire_to_disk, _cold_start, _restart, _reads_over_the_link, _revocation)
    return [row for part in parts for row in part()]


def _wire_to_disk() -> Iterable[dict[str, Any]]:
    for beside in (NOTHING, BUSY, DEATHS):
        # The disk's own delay, before and after: what else runs on this machine shows in both.
        commits = _bare_commits_ms()
        delays = _taps_ms(beside)
        commits += _bare_commits_ms()
        yield {
            "name": f"last byte to durable entry, 8 readers, {beside}: p99 of {len(delays)}",
            "value": _percentile(delays, 99),
            "unit": "ms",
            "baseline": _percentile(commits, 99),
            "baseline_name": "one row committed by bare SQLite, p99",
            "ratio": _percentile(delays, 99) / _percentile(commits, 99),
            "aim": "" if beside is NOTHING else "<= 8 ms",
        }
        yield {
            "name": f"last byte to durable entry, 8 readers, {beside}: p50",
            "value": _percentile(delays, 50),
            "unit": "ms",
            "baseline": _percentile(commits, 50),
            "baseline_name": "one row committed by bare SQLite, p50",
            "ratio": _percentile(delays, 50) / _percentile(commits, 50),
        }


def _taps_ms(beside: str) -> list[float]:
    """Milliseconds from the last byte of the deciding frame to the durable entry, for each tap."""
    with tempfile.TemporaryDirectory() as home, Site(Path(home), READERS) as site:
        cards = [_credential(n, driver) for n, driver in enumerate(_drivers())]
        site.fill((f"p{n}", card) for n, card in enumerate(cards))
        site.simulate()
        site.serve() if beside is DEATHS else site.node()
        durable: dict[int, int] = {}
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(site, durable, done))
        watcher.start()
        busy = subprocess.Popen([sys.executable, __file__]) if beside is BUSY else None
        killer = threading.Thread(target=_kill, args=(site, done))
        if beside is DEATHS:
            killer.start()
        try:
            head = site.journal.head()
            lanes = list(READERS)
            pause = threading.Event()
            for n, card in enumerate(cards):
                site.command("tap", lanes[n % len(lanes)], card, "250")
                pause.wait(0.06)  # 16 taps a second, each lane one in half a second
            until("all taps", lambda: _recorded(site, head) >= 0.98 * TAPS)
        finally:
            done.set()
            watcher.join()
            if busy:
                busy.kill()
                busy.wait()
            if beside is DEATHS:
                killer.join()
        entries = {e.credential: e for e in site.decisions()}
        wire = _truth(site)
        return [
            (durable[_at_or_after(durable, entry.seq)] - wire[card]) / 1e6
            for card, entry in entries.items()
            if card in wire and entry.seq <= max(durable)
        ]


def _kill(site: Site, done: threading.Event) -> None:
    """kill -9 of web and worker, again as soon as they are there and three seconds have passed."""
    while not done.wait(3.0):
        for name in ("web", "worker"):
            site.kill(name)


def _drivers() -> list[str]:
    kinds = list(READERS.values())
    return [kinds[n % len(kinds)] for n in range(TAPS)]


def _credential(number: int, driver: str) -> str:
    return f"em4100:{number:010X}" if driver == "rdm6300" else f"epc:3008{number:020X}"


def _recorded(site: Site, head: int) -> int:
    return sum(entry.seq > head for entry in site.decisions())


def _watch(site: Site, durable: dict[int, int], done: threading.Event) -> None:
    """Note when each head became durable; a head passed over counts as late as the next."""
    client, seq = LinkClient.for_data(site.data), 0
    while not done.is_set():
        head = client.await_head(seq, 0.5)
        if head.seq > seq:
            durable[head.seq], seq = head.durable_ns, head.seq
    client.close()


def _at_or_after(durable: dict[int, int], seq: int) -> int:
    while seq not in durable:
        seq += 1
    return seq


def _truth(site: Site) -> dict[str, int]:
    """Credential -> monotonic time of the last byte of the frame that made it decidable."""
    rows = [json.loads(line) for line in (site.lines / "truth.jsonl").read_text().splitlines()]
    return {
        row["credential"]: row["decided_ns"]
        for row in rows
        if row["type"] == "presentation" and row["decided_ns"]
    }


def _busy() -> None:
    """Three threads of one process that never rest: pages rendered, a report added up.

    It takes the rank that `serve` gives to the web process, the higher one of the two.
    """
    os.nice(NICENESS["web"])

    def report() -> None:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE entry (at REAL, reason TEXT)")
        while True:
            database.executemany(
                "INSERT INTO entry VALUES (?, ?)", [(n, f"r{n % 7}") for n in range(500)]
            )
            database.execute("SELECT reason, count(*), avg(at) FROM entry GROUP BY 1").fetchall()
            database.execute("DELETE FROM entry WHERE rowid % 3 = 0")

    def page() -> None:
        while True:
            json.dumps([{"name": "x" * 20, "seq": n, "text": str(n) * 5} for n in range(300)])

    for work in (report, page, page):
        threading.Thread(target=work, daemon=True).start()
    threading.Event().wait()


def _bare_commits_ms() -> list[float]:
    """One row at a time, WAL, synchronous=FULL, on the disk where the bench keeps its data."""
    with tempfile.TemporaryDirectory() as home:
        database = sqlite3.connect(Path(home) / "bare.sqlite3", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB)")
        return [
            _timed(lambda: database.execute("INSERT INTO entry (body) VALUES (?)", (b"x" * 300,)))
            * 1000
            for _ in range(500)
        ]


def _cold_start() -> Iterable[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as home, Site(Path(home), {}) as site:
        site.write_settings('[[gates]]\nid = "in"\nevent = "reception"\n')
        credentials = [f"epc:3008{n:020X}" for n in range(CREDENTIALS)]
        site.fill((f"p{n}", credential) for n, credential in enumerate(credentials))
        bare = _timed(lambda: _bare_read(site))
        begun = time.perf_counter()
        node = site.gatekeeper("node")
        shown = Presentation(gate="in", reader="bench", credential=credentials[-1])
        site.wait_status("a node that decides", lambda s: s.ready)
        answer = site.link.read(shown)
        took = time.perf_counter() - begun
        assert answer.entry.reason == "granted", answer
        status = Path(f"/proc/{node.pid}/status").read_text()
        memory = {
            line.split(":")[0]: line.split()[1] for line in status.splitlines() if "kB" in line
        }
        yield {
            "name": f"cold start with {CREDENTIALS:,} credentials to first decision",
            "value": took,
            "unit": "s",
            "baseline": bare,
            "baseline_name": "the same file read into a bare dict",
            "ratio": took / bare,
            "aim": "<= 5 s",
        }
        for name, key in (("peak", "VmHWM"), ("resident", "VmRSS")):
            yield {
                "name": f"memory of that node, {name}",
                "value": int(memory[key]) / 1024,
                "unit": "MB",
                "aim": "<= 600 MB",
            }


def _bare_read(site: Site) -> None:
    from gatekeeper.node.copy import PassCopy, Table

    found: dict[str, bytes] = {}
    PassCopy(site.data / "passes.copy").load(
        Table(lambda passes, seq: found.update(passes), _nothing, _nothing)
    )
    assert len(found) == CREDENTIALS


def _nothing(key: str, what: object) -> None:
    """The bare baseline takes no changes."""


def _restart() -> Iterable[dict[str, Any]]:
    """kill -9 under `serve`-like care: from the kill to the first decision of the next node."""
    with tempfile.TemporaryDirectory() as home, Site(Path(home)) as site:
        site.fill([("p1", "em4100:62E3086CED")])
        site.simulate()
        site.node()
        took = [_timed(lambda: _kill_and_start(site)) for _ in range(RESTARTS)]
        yield {
            "name": f"node killed and deciding again, worst of {RESTARTS}",
            "value": max(took),
            "unit": "s",
            "baseline": _timed(lambda: os.system(f"{sys.executable} -c 'import click'")),
            "baseline_name": "a Python that imports click",
            "aim": "<= 3 s",
        }


def _kill_and_start(site: Site) -> None:
    site.kill("node")
    site.gatekeeper("node")
    site.wait_status("a node that decides", lambda s: s.ready)
    site.link.read(Presentation(gate="lf1", reader="bench", credential="em4100:62E3086CED"))


def _reads_over_the_link() -> Iterable[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as home, Site(Path(home)) as site:
        cards = [f"em4100:{n:010X}" for n in range(200)]
        site.fill((f"p{n}", card) for n, card in enumerate(cards))
        site.node()
        took: list[float] = []

        def call(number: int) -> None:
            client = LinkClient.for_data(site.data)
            for turn in range(READS // CALLERS):
                card = cards[(number * 31 + turn) % len(cards)]
                shown = Presentation(gate="lf1", reader="bench", credential=card)
                took.append(_timed(lambda shown=shown: client.read(shown)))  # type: ignore[misc]
            client.close()

        threads = [threading.Thread(target=call, args=(n,)) for n in range(CALLERS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        yield {
            "name": f"durable reads over the link, {CALLERS} callers",
            "value": READS / seconds,
            "unit": "/s",
            "aim": ">= 1,000/s",
        }
        yield {
            "name": f"durable reads over the link, {CALLERS} callers: p99",
            "value": _percentile([t * 1000 for t in took], 99),
            "unit": "ms",
            "aim": "<= 30 ms",
        }


def _revocation() -> Iterable[dict[str, Any]]:
    """From the commit at the desk until a gate refuses, without any hint."""
    cards = [f"em4100:{n:010X}" for n in range(REVOKED)]
    with tempfile.TemporaryDirectory() as home, Site(Path(home)) as site:
        site.invite(cards)
        site.node()
        took = []
        for card in cards:
            site.set_state(card, PassState.REVOKED)
            committed = time.perf_counter()
            until("the gate refuses", lambda card=card: _refused(site, card))  # type: ignore[misc]
            took.append((time.perf_counter() - committed) * 1000)
        yield {
            "name": f"revocation committed to in force, worst of {REVOKED}",
            "value": max(took),
            "unit": "ms",
            "aim": "<= 250 ms",
        }


def _refused(site: Site, card: str) -> bool:
    return site.link.explain(card, "lf1").decision.reason is Reason.REVOKED


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    _busy()
