"""The worker's chores: each by itself, tried again after a failure, and what ends by time."""

from __future__ import annotations

import threading

import pytest

from gatekeeper.db.engine import Database
from gatekeeper.errors import StoreError
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office import approvals, watch_removal, watchlist
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault
from gatekeeper.worker.chores import Chore, Chores
from gatekeeper.worker.lapsing import end_lapsed

NOW = 1_795_000_000.0
DAY = 86_400.0


def test_a_chore_that_hangs_or_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """One waits for ever, one fails, one has a defect: the fourth is done again and again."""
    never, often = threading.Event(), threading.Semaphore(0)
    fails = iter(range(10_000))

    def fail(_: float) -> None:
        next(fails)
        raise StoreError("main database: gone")

    def defect(_: float) -> None:
        raise KeyError("x")

    chores = Chores(
        [
            Chore("hangs", 0.001, lambda _: never.wait(30)),
            Chore("fails", 0.001, fail),
            Chore("has a defect", 0.001, defect),
            Chore("works", 0.001, lambda _: often.release()),
        ],
        now=lambda: NOW,
    )
    chores.start()
    done = [often.acquire(timeout=30) for _ in range(20)]
    never.set()
    chores.stop()

    assert all(done)
    assert next(fails) > 1
    assert [record.message for record in caplog.records if "gone" in record.message] == [
        "fails: main database: gone; trying again"
    ]


def test_a_chore_is_given_the_time_and_ends_with_the_worker() -> None:
    seen: list[float] = []
    called = threading.Event()

    def act(now: float) -> None:
        seen.append(now)
        called.set()

    chores = Chores([Chore("once an hour", 3600.0, act)], now=lambda: NOW)
    chores.start()
    assert called.wait(30)
    chores.stop()

    assert seen == [NOW]


def test_what_is_over_ends_and_what_is_not_stays(database: Database) -> None:
    """An entry with an end, and a request for a second person, each at its time."""
    with database.session() as session:
        vault = Vault(bytes(32))
        ending, staying = (
            watchlist.add(
                session,
                vault,
                EntryDraft(WatchKind.PLATE, "r", plate=f"กข {n}", until_at=until),
                actor="admin",
                now=NOW,
            )
            for n, until in ((1234, NOW + 60), (5678, None))
        )
        watch_removal.ask(session, staying, reason="พบแล้ว", actor="admin", role="admin", now=NOW)

    assert end_lapsed(database, NOW + 59) == 0
    assert end_lapsed(database, NOW + 60) == 1
    assert end_lapsed(database, NOW + DAY) == 1
    with database.reading() as session:
        assert not approvals.is_asked(session, watch_removal.KIND, watch_removal.subject(staying))
        assert [each.id for each in watchlist.rows.entries(session, NOW + DAY)] == [staying]
    assert ending != staying
