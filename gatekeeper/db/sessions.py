"""The sessions of people that are open, for their owners to see.

A session lives in its cookie (`gatekeeper.web.accounts`) and needs no row to be good; a row says
when it began, from where, and when it was last used. Rows whose cookies are too old are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.tables import EndedSession, OpenSession, User

__all__ = ["AGENT_MOST", "SessionInfo", "note_seen", "open_session", "sessions_of"]

AGENT_MOST = 200


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its owner sees it; times are UTC seconds."""

    id: str
    began_at: float
    seen_at: float
    """To a minute."""
    origin: str
    agent: str


def open_session(
    session: Session, session_id: str, user_id: int, version: int, *, at: float, origin: str,
    agent: str, forget_before: float,
) -> None:  # fmt: skip
    """A session has begun; those not seen since `forget_before` are forgotten."""
    session.execute(delete(OpenSession).where(OpenSession.seen_at < forget_before))
    row = OpenSession(
        id=session_id,
        user_id=user_id,
        version=version,
        began_at=at,
        seen_at=at,
        origin=origin,
        agent=agent[:AGENT_MOST],
    )
    session.add(row)


def note_seen(session: Session, seen: Mapping[str, float]) -> None:
    """When each session was last used."""
    for session_id, at in seen.items():
        session.execute(update(OpenSession).where(OpenSession.id == session_id).values(seen_at=at))


def sessions_of(session: Session, user_id: int, since: float) -> list[SessionInfo]:
    """Those of one person that can still be used and were since `since`, the latest first."""
    query = (
        select(OpenSession)
        .join(User, OpenSession.user_id == User.id)
        .outerjoin(EndedSession, EndedSession.id == OpenSession.id)
        .where(
            OpenSession.user_id == user_id,
            OpenSession.version == User.session_version,
            OpenSession.seen_at >= since,
            EndedSession.id.is_(None),
        )
        .order_by(OpenSession.seen_at.desc(), OpenSession.id)
    )
    return [
        SessionInfo(row.id, row.began_at, row.seen_at, row.origin, row.agent)
        for row in session.scalars(query)
    ]
