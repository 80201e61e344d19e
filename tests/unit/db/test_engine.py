"""Connections that come, go, and are lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from gatekeeper.db.engine import Database, connect
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.tables import Organisation
from gatekeeper.errors import ConfigError, StoreError, UnfitValue


def names(database: Database) -> list[str]:
    """All organisations, as a stand-in for anything stored."""
    with database.reading() as session:
        return list(session.scalars(select(Organisation.name).order_by(Organisation.name)))


def fail_half_way(database: Database) -> None:
    """A defect between two statements of one act."""
    with database.session() as session:
        session.execute(insert(Organisation), {"name": "lost"})
        _ = 1 / 0


def test_what_a_session_did_is_kept_and_what_failed_is_not(database: Database) -> None:
    """One transaction a session."""
    with database.session() as session:
        session.execute(insert(Organisation), {"name": "kept"})
    with pytest.raises(ZeroDivisionError):
        fail_half_way(database)

    assert names(database) == ["kept"]


def test_a_reading_session_keeps_nothing(database: Database) -> None:
    """A page that only shows cannot change."""
    with database.reading() as session:
        session.execute(insert(Organisation), {"name": "lost"})

    assert names(database) == []


def test_an_error_of_the_database_leaves_as_ours_without_its_parameters(
    database: Database,
) -> None:
    """A log of the message must not hold the name that was being written."""
    with database.session() as session:
        session.execute(insert(Organisation), {"name": "กระทรวงหนึ่ง"})

    with pytest.raises(StoreError) as caught, database.session() as session:
        session.execute(insert(Organisation), {"name": "กระทรวงหนึ่ง"})

    assert "กระทรวงหนึ่ง" not in str(caught.value)


def test_a_missing_file_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    """An empty database in place of a lost one would look like an empty guest list."""
    path = tmp_path / "main.sqlite3"

    with pytest.raises(StoreError), connect(f"sqlite:///{path}").reading() as session:
        session.execute(text("SELECT 1"))

    assert not path.exists()


def test_a_file_that_is_moved_away_is_noticed_and_its_return_too(tmp_path: Path) -> None:
    """An open descriptor would go on writing into the moved file."""
    path, away = tmp_path / "main.sqlite3", tmp_path / "away.sqlite3"
    upgrade(f"sqlite:///{path}")
    database = connect(f"sqlite:///{path}")
    with database.session() as session:
        session.execute(insert(Organisation), {"name": "one"})

    path.rename(away)
    with pytest.raises(StoreError):
        names(database)
    away.rename(path)

    assert names(database) == ["one"]
    database.close()


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    """After a restore nobody reads the old file."""
    path, other = tmp_path / "main.sqlite3", tmp_path / "other.sqlite3"
    upgrade(f"sqlite:///{other}")
    shutil.copy(other, path)
    database = connect(f"sqlite:///{path}")
    with database.session() as session:
        session.execute(insert(Organisation), {"name": "old"})

    # The log belongs to the old file; SQLite would play it into the new one.
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    other.replace(path)

    assert names(database) == []
    database.close()


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    """A long import must not stop the pages."""
    with database.session() as writing:
        writing.execute(insert(Organisation), {"name": "one"})

        assert names(database) == []


def test_sqlite_commits_are_durable_and_foreign_keys_hold(tmp_path: Path) -> None:
    """A revocation that was confirmed survives a power cut: synchronous=FULL is 2."""
    upgrade(f"sqlite:///{tmp_path / 'main.sqlite3'}")
    database = connect(f"sqlite:///{tmp_path / 'main.sqlite3'}")

    with database.reading() as session:
        values = [
            session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert values == ["wal", 2, 1]
    database.close()


@pytest.mark.parametrize(
    "url", ["mysql://root@host/db", "sqlite://", "nonsense", "sqlite:///:memory:"]
)
def test_a_url_of_another_kind_is_a_config_error(url: str) -> None:
    """The text says what is due."""
    with pytest.raises(ConfigError, match="postgresql://"):
        connect(url)


def test_a_password_in_a_url_is_not_shown() -> None:
    """The message goes to a terminal and a log."""
    database = connect("postgresql://gate:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as caught, database.reading() as session:
        session.execute(text("SELECT 1"))

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["a\x00b", "half \ud800", 2**63, 2**70])
def test_a_value_that_cannot_be_held_is_no_fault_of_the_database(
    database: Database, value: str | int
) -> None:
    """Whoever sent it is told, and nobody that the database is gone; or it is held as it is."""
    held = {"name": value} if isinstance(value, str) else {"id": value, "name": "big"}
    refused = False
    try:
        with database.session() as session:
            session.execute(insert(Organisation), held)
    except UnfitValue:
        refused = True

    assert names(database) == ([] if refused else [held["name"]])
