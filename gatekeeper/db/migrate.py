"""Bring the main database to the tables of this program; every process may do it at start.

Two processes that start together take turns: on PostgreSQL by an advisory lock that ends
with the transaction, on SQLite by a lock file and BEGIN IMMEDIATE. A database that a newer
program has made is refused, never guessed at. A failed step leaves nothing half-done:
both databases roll table changes back.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gatekeeper.db.engine import Database, connect
from gatekeeper.errors import StoreError

__all__ = ["current_revision", "head_revision", "open_database", "upgrade"]

MIGRATIONS = Path(__file__).parent / "migrations"

ADVISORY_LOCK = 0x6761_7465
"""Any number that no other program on the same PostgreSQL database uses (`gate`)."""


def upgrade(url: str, *, create: bool = True) -> None:
    """Create or upgrade the database at `url`. Does nothing where it is up to date.

    `create` False: a SQLite file that is not there (any more) is an error.
    Raises StoreError when it cannot be reached, is from a newer version, or is no
    database of this program.
    """
    database = connect(url, create=create)
    try:
        if database.path is not None:
            _prepare_sqlite(database, database.path, create)
        with _one_at_a_time(database.path), database.session() as session:
            connection = session.connection()
            if not database.is_sqlite:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
                )
            _upgrade_on(connection)
    finally:
        database.close()


def open_database(url: str) -> Database:
    """`upgrade`, then `connect`: what a process does at its start. Raises StoreError."""
    upgrade(url)
    return connect(url)


def head_revision() -> str:
    """The version of the tables that this program works with."""
    return str(ScriptDirectory.from_config(_settings(None)).get_current_head())


def current_revision(url: str) -> str | None:
    """The version of the tables of the database at `url`; None where it has none yet.

    Raises StoreError when it cannot be reached.
    """
    database = connect(url)
    try:
        with database.reading() as session:
            return MigrationContext.configure(session.connection()).get_current_revision()
    finally:
        database.close()


def _upgrade_on(connection: Connection) -> None:
    settings = _settings(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(settings)
    if current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"main database: made by a newer version of this program (tables {current}, "
            f"this program knows up to {scripts.get_current_head()}); update the program"
        )
    command.upgrade(settings, "head")


def _settings(connection: Connection | None) -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _prepare_sqlite(database: Database, path: Path, create: bool) -> None:
    """Make directory and file, readable by this account alone, in WAL mode."""
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        with _one_at_a_time(path), database.engine.connect() as connection:
            # WAL is a property of the file and cannot be set inside a transaction.
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 (narrows the type)
            connection.rollback()
            driver.execute("PRAGMA journal_mode=WAL")
    except OSError as error:
        raise StoreError(f"main database ({path}): {error.strerror}") from error
    except DBAPIError as error:
        raise StoreError(f"main database ({path}): {error.orig}") from error


@contextmanager
def _one_at_a_time(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
