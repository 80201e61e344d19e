"""Audit rows on their way into the journal, and rows compared with what the journal says.

The outbox is the table itself: a row without `journal_seq` waits. Rows go in the order of
their numbers. Who hands them over, and when, is the worker's business.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.audit_digest import digest_of, flaw, make_parts
from gatekeeper.db.changes import source
from gatekeeper.db.tables import Audit

__all__ = [
    "Claim",
    "Waiting",
    "adopt",
    "claims",
    "count_waiting",
    "known_keys",
    "last_noted",
    "note",
    "source",
    "unready",
    "waiting",
    "waiting_keys",
]

PAGE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a row goes into the journal: identities and a hash."""

    id: int
    key: str
    actor: str
    action: str
    subject: str
    digest: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that says which entry of the journal proves it."""

    id: int
    key: str | None
    seq: int
    row: Mapping[str, Any]

    def flaw(self, proven: str) -> str:
        """What of the row is not as the digest `proven` says; empty: it is whole."""
        try:
            return flaw(self.row, proven)
        except (TypeError, ValueError, KeyError, AttributeError):
            return "its salts and hashes cannot be read"


def adopt(session: Session, limit: int = PAGE) -> int:
    """Give rows that were written before rows were proven what they lack; how many there were.

    From then on they are proven as they are now.
    """
    rows = session.scalars(select(Audit).where(Audit.key.is_(None)).limit(limit)).all()
    for row in rows:
        row.key = secrets.token_hex(16)
        row.parts = make_parts(_columns(row))
        row.digest = digest_of(_columns(row), row.parts)
    session.flush()
    return len(rows)


def waiting(session: Session, limit: int) -> list[Waiting]:
    """The next rows that the journal does not know yet, the oldest first."""
    columns = (getattr(Audit, name) for name in Waiting.__dataclass_fields__)
    query = select(*columns).where(Audit.journal_seq.is_(None), Audit.key.is_not(None))
    return [Waiting(*row) for row in session.execute(query.order_by(Audit.id).limit(limit))]


def unready(session: Session) -> bool:
    """Whether there are rows for `adopt`."""
    return session.scalar(select(Audit.id).where(Audit.key.is_(None)).limit(1)) is not None


def last_noted(session: Session) -> int:
    """The highest entry that a row names; 0: none."""
    return session.scalar(select(func.max(Audit.journal_seq))) or 0


def waiting_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of `keys` (at most some hundred) whose rows the journal is not known to have."""
    query = select(Audit.key).where(Audit.key.in_(keys), Audit.journal_seq.is_(None))
    return {key for key in session.scalars(query) if key is not None}


def count_waiting(session: Session) -> int:
    """How many rows the journal does not know yet."""
    query = select(func.count()).select_from(Audit).where(Audit.journal_seq.is_(None))
    return session.scalar(query) or 0


def note(session: Session, seqs: Mapping[str, int]) -> None:
    """The journal has these: key of the row to number of the entry."""
    for key, seq in seqs.items():
        session.execute(update(Audit).where(Audit.key == key).values(journal_seq=seq))


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of `keys` (at most some hundred) that have a row."""
    found = session.scalars(select(Audit.key).where(Audit.key.in_(keys)))
    return {key for key in found if key is not None}


def claims(session: Session, after: int, limit: int = PAGE) -> Sequence[Claim]:
    """Rows with a number above `after` that name an entry, in order, to be held against it."""
    query = select(Audit).where(Audit.id > after, Audit.journal_seq.is_not(None))
    rows = session.scalars(query.order_by(Audit.id).limit(limit))
    return [Claim(row.id, row.key, row.journal_seq or 0, _columns(row)) for row in rows]


def _columns(row: Audit) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in Audit.__table__.columns}
