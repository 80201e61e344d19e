"""Connections to the main database: SQLite beside the journal, or PostgreSQL by URL.

    database = connect(config.database_url)      # opens nothing yet
    with database.reading() as session: ...      # a snapshot; for queries only
    with database.session() as session: ...      # may write; commits at the end, or rolls back

Nothing here knows tables. On SQLite `session()` takes the write lock at its start (BEGIN
IMMEDIATE), because a reader that turns writer half-way is refused at once when another
process has written meanwhile; so keep it short, and use `reading()` for all that only reads.

A SQLite file that has been moved away or replaced is noticed at the next use: an open file
descriptor would go on writing into the moved one. It is never created anew by a mere
connection; only `migrate.upgrade` creates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    DisconnectionError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from gatekeeper.errors import ConfigError, StoreError, UnfitValue

__all__ = ["Database", "Session", "connect", "translated"]

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another one on SQLite: longer than a list of 100,000 guests is
being taken, so that a revocation behind it comes late rather than never."""

CONNECT_TIMEOUT_S = 3
"""How long PostgreSQL may take to answer a connection."""

_WRITES = "gatekeeper_writes"


class Database:
    """One main database. Thread-safe; make one a process and `close()` it at the end."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path
        """The SQLite file, or None for PostgreSQL."""
        self._writing = engine.execution_options(**{_WRITES: True})

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file beside the journal rather than a server."""
        return self.path is not None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end, rolled back by an exception.

        Raises StoreError when the database is gone, locked for too long, or refuses.
        """
        opened = Session(self._writing, expire_on_commit=False)
        with translated(self), opened as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for queries; nothing done in it is kept. Raises StoreError."""
        with translated(self), Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(url: str, *, create: bool = False) -> Database:
    """A `Database` for `url` (`sqlite:///FILE`, `postgresql://…`); no connection is made yet.

    `create` lets SQLite make the file; only migrations and tests ask for it.
    Raises ConfigError for a URL of any other kind.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "database url: sqlite:///FILE or postgresql://USER@HOST/NAME is due"
        ) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _sqlite(Path(parsed.database).absolute(), create)
    if kind == "postgresql":
        return _postgresql(parsed)
    raise ConfigError(
        f"database url: {parsed.render_as_string(hide_password=True)} seen; "
        "sqlite:///FILE or postgresql://USER@HOST/NAME is due"
    )


def _sqlite(path: Path, create: bool) -> Database:
    mode = "rwc" if create else "rw"
    url = URL.create(
        "sqlite+pysqlite",
        database=f"file:{quote(str(path))}",
        query={"uri": "true", "mode": mode, "timeout": str(BUSY_TIMEOUT_MS / 1000)},
    )
    engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=24)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # The driver's own transaction handling begins late and never IMMEDIATE; `begin`
        # below does it instead.
        connection.isolation_level = None
        # What is erased is overwritten in the file, too.
        for pragma in (
            "secure_delete=ON",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def still_there(connection: Any, record: Any, proxy: Any) -> None:
        if _identity(path) != record.info["file"]:
            raise DisconnectionError(f"{path} was moved or replaced")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return Database(engine, path)


def _postgresql(url: URL) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "gatekeeper",
            # A server that vanished without a word is noticed within about ten seconds.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        },
    )
    return Database(engine, None)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def translated(database: Database) -> Iterator[None]:
    """Let nothing of sqlalchemy leave this room, nor a parameter (a name, a card number)."""
    try:
        yield
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        # PostgreSQL refuses a NUL and numbers beyond its columns; SQLite's driver refuses numbers
        # beyond 64 bits and halves of surrogates by exceptions of Python itself.
        raise UnfitValue("a value cannot be stored: damaged text, or too large") from error
    except DBAPIError as error:
        first_line = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "?"
        raise StoreError(f"main database ({_where(database)}): {first_line}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"main database ({_where(database)}): {error}") from error


def _where(database: Database) -> str:
    return str(database.path or database.engine.url.render_as_string(hide_password=True))
