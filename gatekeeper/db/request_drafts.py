"""Requests that are still being filled in: one sealed text each, found by a secret's hash.

Whoever fills in a public form has no account; the browser holds the secret in its session. What
was typed is sealed, since nobody here has been asked yet to know it.
"""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.tables import ApplicationDraft

__all__ = [
    "add_draft",
    "count_drafts",
    "draft_by_hash",
    "drafts_before",
    "drop_draft",
    "keep_draft",
]


def add_draft(session: Session, token_hash: str, sealed: bytes, now: float) -> None:
    """A new one."""
    values = {"token_hash": token_hash, "sealed": sealed, "changed_at": now}
    session.execute(insert(ApplicationDraft), values)


def draft_by_hash(session: Session, token_hash: str, since: float) -> bytes | None:
    """What was typed, sealed; None where there is none that was changed since then."""
    where = (ApplicationDraft.token_hash == token_hash, ApplicationDraft.changed_at >= since)
    return session.scalar(select(ApplicationDraft.sealed).where(*where))


def keep_draft(session: Session, token_hash: str, sealed: bytes, now: float) -> None:
    """Replace what was typed."""
    where = ApplicationDraft.token_hash == token_hash
    session.execute(update(ApplicationDraft).where(where).values(sealed=sealed, changed_at=now))


def drop_draft(session: Session, token_hash: str) -> bool:
    """Forget it; False: somebody did already."""
    where = ApplicationDraft.token_hash == token_hash
    gone = session.execute(
        delete(ApplicationDraft).where(where).returning(ApplicationDraft.token_hash)
    )
    return gone.scalar() is not None


def drafts_before(session: Session, at: float, limit: int = 100) -> list[tuple[str, bytes]]:
    """`(hash, sealed)` of those that nobody has changed since `at`."""
    query = select(ApplicationDraft.token_hash, ApplicationDraft.sealed)
    found = session.execute(query.where(ApplicationDraft.changed_at < at).limit(limit))
    return [(row.token_hash, row.sealed) for row in found]


def count_drafts(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(ApplicationDraft)) or 0
