"""The main database through the follower's eyes, on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gatekeeper.access.index import unpack
from gatekeeper.db.changes import new_source, record_change
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.migrate import open_database
from gatekeeper.db.passes import set_credential_state
from gatekeeper.db.tables import Credential, PassRow
from gatekeeper.errors import StoreError
from gatekeeper.model import PassState
from gatekeeper.node import database as seen
from gatekeeper.node.database import DatabaseSource

CARDS = [f"em4100:{number:010X}" for number in range(1, 6)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'main.sqlite3'}"


@pytest.fixture
def office(database_url: str) -> Iterator[Database]:
    database = connect(database_url)
    with database.session() as session:
        rows = [
            GuestRow(external_key=card, first_name="A", last_name=card, credential=card)
            for card in CARDS
        ]
        apply_guests(session, "gala", rows)
    yield database
    database.close()


@pytest.fixture
def source(database_url: str) -> Iterator[DatabaseSource]:
    made = DatabaseSource(database_url)
    yield made
    made.close()


def revoke(office: Database, card: str) -> None:
    with office.session() as session:
        set_credential_state(session, card, PassState.REVOKED, "desk")


def test_everything_is_every_pass_with_the_change_it_stands_for(
    office: Database, source: DatabaseSource
) -> None:
    passes, seq, origin = source.everything()

    found = dict(passes)
    assert sorted(found) == CARDS
    assert unpack(found[CARDS[0]]).event == "gala"
    assert (origin, seq) == source.latest()


def test_what_closes_is_told_in_one_question(office: Database, source: DatabaseSource) -> None:
    """A revoked card, an ended pass without a card; what opens is not in it."""
    _, before = source.latest()
    revoke(office, CARDS[0])
    with office.session() as session:
        ended, bare, active = session.scalars(select(PassRow).order_by(PassRow.id).limit(3))
        held = select(Credential.value).where(Credential.pass_id == ended.id)
        of_ended = session.scalar(held)
        ended.state = bare.state = PassState.EXPIRED
        unbind = update(Credential).where(Credential.pass_id == bare.id)
        session.execute(unbind.values(bound=False, pass_id=None))
        record_change(session, passes=[ended.id, bare.id, active.id])

    found = dict(source.refused_since(before))

    due = {CARDS[0]: PassState.REVOKED, f"pass:{bare.id}": PassState.EXPIRED}
    due.setdefault(str(of_ended), PassState.EXPIRED)
    assert found == due
    assert source.refused_since(source.latest()[1]) == []


def test_a_change_is_seen_although_the_file_was_looked_at_a_moment_before(
    office: Database, source: DatabaseSource
) -> None:
    _, before = source.latest()
    revoke(office, CARDS[0])
    revoke(office, CARDS[1])

    items, after = source.since(before, 1)

    assert source.latest()[1] == before + 2
    assert after == before + 1
    assert [key for key, _ in items] == [CARDS[0]]
    assert items[0][1] is not None
    assert unpack(items[0][1]).state is PassState.REVOKED
    assert source.since(before + 2, 10) == ([], before + 2)


def test_an_unchanged_file_is_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(url).close()
    source = DatabaseSource(url)
    monkeypatch.setattr(seen, "UNSEEN_S", 3600.0)
    source.latest()  # its own first connection makes the log file
    told = source.latest()
    monkeypatch.setattr(seen.changes, "latest", lambda _: pytest.fail("asked"))

    assert source.latest() == told
    source.close()


def test_a_restored_database_is_another_one(office: Database, source: DatabaseSource) -> None:
    before, _ = source.latest()

    with office.session() as session:
        new_source(session)

    assert source.latest()[0] != before


def test_a_file_moved_away_is_gone_and_found_again(url: str, tmp_path: Path) -> None:
    open_database(url).close()
    source = DatabaseSource(url)
    told = source.latest()
    away = tmp_path / "away"
    away.mkdir()
    for file in tmp_path.glob("main.sqlite3*"):
        file.rename(away / file.name)

    with pytest.raises(StoreError):
        source.latest()
    for file in away.iterdir():
        file.rename(tmp_path / file.name)

    assert source.latest() == told
    source.close()


def test_no_database_is_a_store_error_and_makes_none(url: str, tmp_path: Path) -> None:
    source = DatabaseSource(url)

    for ask in (source.latest, source.everything, lambda: source.since(0, 10)):
        with pytest.raises(StoreError):
            ask()

    assert list(tmp_path.iterdir()) == []
    source.close()


def test_a_database_without_tables_is_a_store_error(url: str) -> None:
    connect(url, create=True).engine.connect().close()
    source = DatabaseSource(url)

    with pytest.raises(StoreError):
        source.latest()
    source.close()
