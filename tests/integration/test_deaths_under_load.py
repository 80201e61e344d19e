"""Web and worker die again and again while readers read: no read is lost, and both catch up."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from harness import Site, until

from gatekeeper.db import reports
from gatekeeper.db.projection import progress_of
from gatekeeper.model import Reason

LANES = {"lf1": "rdm6300", "lf3": "rdm6300", "uhf1": "r2000", "uhf2": "r2000"}
TAPS = 160
KILL_EVERY = 30
"""Taps: some three seconds, hardly enough for a web process to be back."""


@pytest.fixture
def lanes(tmp_path: Path) -> Any:
    with Site(tmp_path, LANES) as made:
        yield made


def _card(number: int) -> str:
    lane = list(LANES.values())[(number - 1) % len(LANES)]
    return f"em4100:{number:010X}" if lane == "rdm6300" else f"epc:3008{number:020X}"


def _sent(site: Site) -> set[str]:
    """Cards whose deciding frame went over a line whole, as the simulator knows."""
    rows = [json.loads(line) for line in (site.lines / "truth.jsonl").read_text().splitlines()]
    shown = (row for row in rows if row["type"] == "presentation" and row["decided_ns"])
    return {row["credential"] for row in shown}


def _page(site: Site, path: str) -> Any:
    try:
        return requests.get(f"http://127.0.0.1:{site.port}{path}", timeout=5).json()
    except requests.RequestException:
        return {}


@pytest.mark.slow
def test_no_read_is_lost_while_web_and_worker_die(lanes: Site) -> None:
    """Each card that crossed the wire has its one entry, of a node that never ended."""
    site, cards = lanes, [_card(number) for number in range(1, TAPS + 1)]
    site.invite(cards)
    site.simulate()
    site.serve()
    run, pause = site.status().run, threading.Event()
    killed = {"web": set[int](), "worker": set[int]()}

    for number, card in enumerate(cards):
        site.command("tap", list(LANES)[number % len(LANES)], card, "250")
        if number % KILL_EVERY == KILL_EVERY - 1:
            for name, pids in killed.items():
                pids.add(site.kill(name))
        pause.wait(0.1)  # ten a second, each lane one in four tenths

    until("all that was sent", lambda: _sent(site) <= {e.credential for e in site.decisions()})
    decisions = site.decisions()
    assert len(_sent(site)) > 0.9 * TAPS
    assert len(decisions) == len({entry.credential for entry in decisions})
    assert {entry.reason for entry in decisions} == {Reason.GRANTED}
    assert site.status().run == run
    assert all(len(pids) == TAPS // KILL_EVERY for pids in killed.values())
    _caught_up(site)


def _caught_up(site: Site) -> None:
    """Screens and reports know every entry, and count the same people."""
    until("the screens", lambda: _page(site, "/healthz").get("feed_seq") == site.journal.head())
    came = {entry.pass_id for entry in site.decisions()}
    database = site.database
    try:

        def projected() -> bool:
            with database.reading() as session:
                return progress_of(session, site.config.site.id).seq == site.journal.head()

        until("the reports", projected)
        with database.reading() as session:
            assert reports.attendance(session, "reception").arrived == len(came)
    finally:
        database.close()
    assert site.verify().ok
