"""Lists that stay quick and whole however long their tables are: every page of the office asked.

How long they take in an office of 50,000 holders is measured by tests/bench/bench_pages.py; here
the same questions are put to a small one, and what a page costs is counted, not timed.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text

from gatekeeper.db import audit
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.migrate import open_database
from gatekeeper.db.pass_lists import Choice, find_passes, organisations, queue_counts
from gatekeeper.db.tables import Audit, PassRow, WatchEntry
from gatekeeper.db.visit_passages import visitors_by_gate
from tests.bench import bench_pages, office_at_size

PEOPLE = 400


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, dict[str, str]]:
    """A hundredth of the office, an administrator signed in."""
    return bench_pages.office(tmp_path_factory.mktemp("office"), people=PEOPLE)


@pytest.fixture
def full(database: Database) -> Database:
    """The tables of a hundredth of the office."""
    office_at_size.fill(database, people=PEOPLE)
    return database


def test_every_list_and_search_page_answers(office: tuple[FlaskClient, dict[str, str]]) -> None:
    """What the bench measures are pages, not refusals of them."""
    asked = {address for _, address, _ in bench_pages.ask_all(*office, runs=1)}

    assert len(asked) == sum(map(len, bench_pages.PAGES.values()))


def test_a_list_that_the_bench_does_not_ask_is_noticed(
    office: tuple[FlaskClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds a page says what it is asked, or why it is not."""
    app = office[0].application
    bench_pages.check_complete(app)

    monkeypatch.delitem(bench_pages.PAGES, "holders.people")

    with pytest.raises(AssertionError, match=r"no table: \['holders.people'\]"):
        bench_pages.check_complete(app)


def steps(session: Session, act: Callable[[], object]) -> int:
    """How many hundred instructions SQLite's machine took for `act`."""
    connection: Any = session.connection().connection.dbapi_connection
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 100)
    try:
        act()
    finally:
        connection.set_progress_handler(None, 0)
    return count


COSTS: dict[str, tuple[Callable[[Session], object], int]] = {
    "every action there is": (audit.actions, 20),
    "acts of one": (lambda s: audit.acts(s, actor="user7"), 40),
    "how many of one": (lambda s: audit.count_acts(s, actor="user7"), 20),
    "acts of a kind that never was": (lambda s: audit.acts(s, action="nothing"), 20),
    "acts of a time": (lambda s: audit.count_acts(s, since=time.time() + 1), 20),
    "the last of the acts": (lambda s: audit.acts(s, offset=1950), 140),
    "units that have passes": (organisations, 60),
    "a queue of passes": (lambda s: find_passes(s, Choice(class_id="press"), limit=5), 60),
    "how many in each queue": (queue_counts, 150),
    "today at the gates": (lambda s: visitors_by_gate(s, time.time() + 1), 20),
    "every day at the gates": (lambda s: visitors_by_gate(s, 0.0), 400),
}
"""What is asked, and the most hundreds of steps for it: far fewer than its table has rows."""


@pytest.mark.parametrize("counted", [False, True], ids=["as it is", "after ANALYZE"])
def test_what_a_page_asks_costs_its_answer_not_its_table(
    tmp_path: Path, subtests: Any, counted: bool
) -> None:
    """Without the index or the order of asking each one reads a table to its end.

    An administrator may have SQLite count its tables: it plans by the counts from then on.
    """
    database = open_database(f"sqlite:///{tmp_path / 'main.sqlite3'}")
    office_at_size.fill(database, people=PEOPLE)
    if counted:
        with database.session() as session:
            session.execute(text("ANALYZE"))
    with database.reading() as session:
        for name, (act, most) in COSTS.items():
            with subtests.test(name):
                act(session)
                assert steps(session, lambda act=act: act(session)) <= most  # type: ignore[misc]
    database.close()


def test_acts_of_a_kind_are_those_of_its_parts(full: Database) -> None:
    """`person` is person.change and person.read, and nothing that only begins alike."""
    with full.session() as session:
        audit.record_act(session, "x", "personal.thing", "a")
        audit.record_act(session, "x", "person", "a")

    with full.reading() as session:
        found = {each.action for each in audit.acts(session, action="person", limit=5000)}
        count = audit.count_acts(session, action="person")
        every = session.scalars(select(Audit.action).distinct()).all()

        assert found == {"person", "person.change", "person.read"}
        assert count == 2 * 200 + 1
        assert audit.actions(session) == sorted(every)


def test_pages_of_the_record_follow_each_other(full: Database) -> None:
    """Every act once, the newest first, on whichever page."""
    with full.reading() as session:
        pages = [
            [each.subject for each in audit.acts(session, actor="user7", offset=at, limit=7)]
            for at in range(0, 28, 7)
        ]
        whole = [each.subject for each in audit.acts(session, actor="user7", limit=28)]

    assert [each for page in pages for each in page] == whole
    assert len(whole) == 20


def test_what_is_found_is_counted_on_its_first_page_and_past_its_last(full: Database) -> None:
    """One search gives page and count; a page that is empty is counted all the same."""
    with full.reading() as session:
        total, lines = find_passes(session, Choice(text="ก"), limit=3)
        past, nothing = find_passes(session, Choice(text="ก"), offset=100_000)
        everything = find_passes(session, Choice(text="ก"), limit=1000)[1]
        none, _ = find_passes(session, Choice(text="ไม่มีใคร"))

    assert (total, past, none) == (len(everything), len(everything), 0)
    assert lines == everything[:3]
    assert nothing == []
    assert total > 50


def test_one_query_searches_for_page_and_count(full: Database) -> None:
    """A part of a name is looked for in every name: once, not twice."""
    asked: list[str] = []
    event.listen(full.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
    with full.reading() as session:
        find_passes(session, Choice(text="ก"))

    assert sum("LIKE" in each for each in asked) == 1


def test_units_are_those_with_passes_of_the_office(full: Database) -> None:
    """Of people and of vehicles; a unit without a pass is not offered."""
    with full.session() as session:
        cars = session.scalars(select(PassRow).where(PassRow.vehicle_id.is_not(None)))
        for row in cars:
            row.vehicle_id = None
        for row in session.scalars(select(PassRow).where(PassRow.person_id % 50 != 7)):
            row.person_id = None
        session.flush()

        assert [number for number, _ in organisations(session)] == [8]


def test_the_desk_shows_the_first_and_says_how_many_more(
    office: tuple[FlaskClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The piece is fetched every few seconds; what it leaves out is counted and can be found."""
    client = office[0]
    monkeypatch.setattr(sys.modules["gatekeeper.web.desks.visitors.lists"], "FIRST", 2)

    page = client.get("/desk/visitors/lists").text

    assert page.count('data-testid="visit-line"') == 2 + 2
    assert 'data-testid="count-out">4<' in page
    assert re.findall(r'data-testid="not-shown">\D*(\d+)', page) == ["2", "2"]


def test_the_expected_are_paged(
    office: tuple[FlaskClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is on the next page rather than nowhere."""
    client = office[0]
    monkeypatch.setattr(sys.modules["gatekeeper.web.desks.visitors.expected"], "FIRST", 1)
    first = client.get("/visits/expected").text
    total = re.search(r"1[^0-9<]+1[^0-9<]+(\d+)", re.sub(r"\s+", " ", first.split("pager")[1]))

    assert total is not None
    seen = re.findall(r"/desk/visitors/(\d+)/cancel", first)[:1]
    for offset in range(1, int(total[1])):
        page = client.get(f"/visits/expected?offset={offset}").text
        seen += re.findall(r"/desk/visitors/(\d+)/cancel", page)
    assert len(set(seen)) == len(seen) == int(total[1]) > 1


def test_the_watchlist_is_paged(office: tuple[FlaskClient, dict[str, str]]) -> None:
    """Fifty on a page; those no longer in force have pages of their own."""
    client = office[0]
    store = client.application.extensions["gatekeeper"].store.database
    with store.session() as session:
        session.add_all(
            WatchEntry(kind="person", name=f"ทดสอบ {n}", added_by="x", added_at=1.0, until_at=None)
            for n in range(60)
        )
    with store.reading() as session:
        force = session.scalar(select(func.count()).where(WatchEntry.removed_at.is_(None))) or 0

    first, second = (
        set(re.findall(r'class="number"><a href="/watchlist/(\d+)"', client.get(url).text))
        for url in ("/watchlist", "/watchlist?offset=50")
    )

    assert (len(first), len(second)) == (50, force - 50)
    assert not first & second
    assert "/watchlist?removed=1&amp;offset=" not in client.get("/watchlist?removed=1").text
