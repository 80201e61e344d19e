"""Bringing a database to the tables of this program."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from gatekeeper.db import changes
from gatekeeper.db.engine import connect
from gatekeeper.db.migrate import head_revision, open_database, upgrade
from gatekeeper.db.tables import Base
from gatekeeper.errors import StoreError


def test_the_migrations_end_at_the_tables_that_the_code_knows(empty_url: str) -> None:
    """A column added to tables.py without a migration fails here."""
    database = open_database(empty_url)

    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    database.close()


def test_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    """A start of an up-to-date installation keeps the change sequence."""
    database = open_database(empty_url)
    with database.reading() as session:
        before = changes.source(session)

    upgrade(empty_url)

    with database.reading() as session:
        assert before == changes.source(session) != ""
    database.close()


def test_processes_that_start_together_take_turns(empty_url: str) -> None:
    """Web, worker and an import may all find an empty database at the same moment."""
    failed: list[Exception] = []
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait(10)
        try:
            upgrade(empty_url)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    database = connect(empty_url)
    with database.reading() as session:
        assert [head_revision()] == list(session.scalars(text("SELECT * FROM alembic_version")))
    database.close()


def test_a_database_from_a_newer_version_is_refused(database_url: str) -> None:
    """Its tables mean what this program cannot know."""
    database = connect(database_url)
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="newer version"):
        upgrade(database_url)

    database.close()


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    """No traceback for a text file in the database's place."""
    path = tmp_path / "main.sqlite3"
    path.write_text("a letter to the editor " * 100)

    with pytest.raises(StoreError, match="not a database"):
        upgrade(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    """The text names the file."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"main\.sqlite3"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'main.sqlite3'}")


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """It holds names."""
    upgrade(f"sqlite:///{tmp_path / 'data' / 'main.sqlite3'}")

    assert (tmp_path / "data" / "main.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_database_that_must_exist_is_never_made_anew(tmp_path: Path) -> None:
    """An empty one in the place of one that has just gone would make strangers of everybody."""
    file = tmp_path / "main.sqlite3"

    with pytest.raises(StoreError):
        upgrade(f"sqlite:///{file}", create=False)

    assert not file.exists()
