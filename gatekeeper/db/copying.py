"""The main database as one file, and back, whichever kind it is.

The file is always an SQLite database with this program's tables. So a backup of a
PostgreSQL installation can be looked into with any tool, needs no pg_dump of the right
version, and can be restored to either kind: it is also the way to move from one to the
other. Rows are copied as they are, table by table, within one snapshot.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from gatekeeper.db.changes import new_source
from gatekeeper.db.engine import Database, connect, translated
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.tables import Base
from gatekeeper.errors import StoreError

__all__ = ["copy_to_file", "fill_from_file", "is_empty", "renew_source"]

ROWS = 2000


def copy_to_file(database: Database, target: Path) -> None:
    """Make `target` (which must not exist) a consistent copy, while others read and write.

    Raises StoreError.
    """
    if target.exists():
        raise StoreError(f"{target}: exists already")
    target.touch(mode=0o600)
    if not database.is_sqlite:
        _copy_tables(database, target)
        return
    with translated(database), database.engine.connect() as connection:
        connection.rollback()  # VACUUM cannot run inside the transaction that was begun
        driver: Any = connection.connection.driver_connection
        driver.execute("VACUUM INTO ?", (str(target),))


def fill_from_file(source: Path, database: Database) -> None:
    """Fill the empty tables of `database` with those of the file `source`.

    `source` is brought to this program's tables first, so give a copy that may be changed.
    Raises StoreError, also where `database` is not empty.
    """
    upgrade(f"sqlite:///{source}")
    origin = connect(f"sqlite:///{source}")
    try:
        with origin.reading() as read, database.session() as write:
            if not _is_empty(write.connection()):
                raise StoreError("main database: is not empty; nothing is overwritten")
            _copy_rows(read.connection(), write.connection())
            new_source(write)
    finally:
        origin.close()


def is_empty(database: Database) -> bool:
    """Whether nothing has been entered yet. Raises StoreError."""
    with database.reading() as session:
        return _is_empty(session.connection())


def renew_source(database: Database) -> None:
    """After a restore: make every gate load all passes anew. Raises StoreError."""
    with database.session() as session:
        new_source(session)


def _copy_tables(database: Database, target: Path) -> None:
    upgrade(f"sqlite:///{target}")
    written = connect(f"sqlite:///{target}")
    try:
        with database.reading() as read, written.session() as write:
            # One snapshot for all tables.
            read.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            _copy_rows(read.connection(), write.connection())
        with translated(written), written.engine.connect() as connection:
            connection.rollback()
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        written.close()
        target.with_name(target.name + ".lock").unlink(missing_ok=True)


def _copy_rows(read: Connection, write: Connection) -> None:
    """Every table in an order that keeps foreign keys whole; the counter's row is replaced."""
    for table in Base.metadata.sorted_tables:
        write.execute(table.delete())
        rows = read.execution_options(yield_per=ROWS).execute(select(table))
        for part in rows.partitions():
            write.execute(insert(table), [dict(row._mapping) for row in part])
        if write.dialect.name == "postgresql":
            _go_on_numbering(write, table)


def _go_on_numbering(write: Connection, table: Table) -> None:
    """Rows were inserted with their numbers; the next one must be above them."""
    column = table.c.get("id")
    if column is None or column.identity is None:
        return
    name = func.pg_get_serial_sequence(func.quote_ident(table.name), "id")
    highest = select(func.max(column)).scalar_subquery()
    write.execute(select(func.setval(name, func.coalesce(highest, 1), highest.is_not(None))))


def _is_empty(connection: Connection) -> bool:
    made_by_migrations = {"change_counter", "pass_class"}
    tables = (each for each in Base.metadata.sorted_tables if each.name not in made_by_migrations)
    nothing = all(connection.execute(select(table).limit(1)).first() is None for table in tables)
    return nothing and _classes_as_shipped(connection)


def _classes_as_shipped(connection: Connection) -> bool:
    """Whether the classes of passes are those that the migrations bring, untouched."""
    table = Base.metadata.tables["pass_class"]
    found = {row.id: row._mapping for row in connection.execute(select(table))}
    shipped = {row["id"]: row for row in json.loads(_CLASSES.read_text(encoding="utf-8"))}
    return found.keys() == shipped.keys() and all(
        row["last_number"] == 0 and {name: row[name] for name in shipped[key]} == shipped[key]
        for key, row in found.items()
    )


_CLASSES = Path(__file__).parent / "migrations" / "versions" / "0002_pass_classes.json"
