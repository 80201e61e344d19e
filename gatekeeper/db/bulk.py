"""Many rows at once: their numbers taken beforehand, then one plain `executemany`.

Asking the database for each new row's number (RETURNING, in the order of the rows) costs
SQLite a statement a row; the mapper's own bulk insert costs more Python than SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Base, Invitation, Person

__all__ = ["insert_rows", "refresh_statistics", "take_numbers"]


def take_numbers(session: Session, table: type[Person | Invitation], count: int) -> list[int]:
    """`count` numbers that no row of `table` has or will be given by anybody else.

    On SQLite they are safe as long as this session holds the write lock, which `session()`
    takes at its start.
    """
    if session.connection().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
        series = func.generate_series(1, count).table_valued("n")
        return list(session.scalars(select(func.nextval(sequence)).select_from(series)))
    highest = session.scalar(select(func.max(table.id))) or 0
    return list(range(highest + 1, highest + 1 + count))


def insert_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, all with the same keys; other columns get their defaults."""
    if rows:
        session.connection().execute(insert(table), rows)


def refresh_statistics(session: Session, *tables: type[Base]) -> None:
    """Let PostgreSQL plan for the rows of this transaction, which its own upkeep cannot see.

    Without it a list of 20,000 into empty tables is planned as for empty tables to its end,
    and each batch reads all that came before. SQLite plans well without.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.execute(text(f'ANALYZE "{table.__tablename__}"'))
