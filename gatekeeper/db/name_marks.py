"""Names that changed since one looked last: what an index of names in memory is kept by.

Every row of `person` carries a mark that triggers set whenever its name, its standing (merged,
erased), purpose or organisation changes, whoever wrote it: a desk, an import, the nightly erase.
So no writer can forget to tell. On SQLite the mark counts up under the one write lock. On
PostgreSQL it is the number of the writing transaction; numbers are given when transactions
begin and become visible when they end, so a reader asks from the oldest one that was still
running when it looked last (`pg_snapshot_xmin`): it may get a row twice, and never misses one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.orm import Session

from gatekeeper.db.changes import source
from gatekeeper.db.tables import Person

__all__ = ["Marked", "Names", "changed_names"]


class Marked(NamedTuple):
    """A person as searches need them."""

    id: int
    search: str
    sort_key: str
    purpose: str
    organisation_id: int | None
    living: bool
    """Neither merged nor erased."""


class Names(NamedTuple):
    """What changed; ask next time with `source` and `since`."""

    source: str
    since: int
    whole: bool
    """These are all, and not only the changed ones."""
    rows: list[Marked]


def changed_names(session: Session, known: str, since: int) -> Names:
    """Every person marked after `since`; all living ones where `known` is another database."""
    now = source(session)
    whole = now != known
    postgres = session.connection().dialect.name == "postgresql"
    mark: Any = Person.mark
    if postgres:
        snapshot = func.pg_snapshot_xmin(func.pg_current_snapshot())
        following = session.scalar(select(cast(cast(snapshot, Text), BigInteger))) or 0
    else:
        following = session.scalar(select(func.max(mark))) or 0
    living = Person.merged_into.is_(None) & Person.erased_at.is_(None)
    query = select(
        Person.id, Person.search, Person.sort_key, Person.purpose, Person.organisation_id, living
    )
    if whole:
        query = query.where(living)
    elif following == since and not postgres:
        return Names(now, since, whole=False, rows=[])
    else:
        query = query.where(mark >= since if postgres else mark > since)
    rows = [Marked(*row[:5], bool(row[5])) for row in session.execute(query)]
    return Names(now, following, whole, rows)
