"""What pages keep beyond their own restart: sessions that were ended, alerts that were taken.

A session lives in its cookie (`gatekeeper.web.accounts`); here stands only that it was ended
before its time. Who takes an alert of a VIP takes it for everybody who watches.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gatekeeper.db.audit import record_act
from gatekeeper.db.tables import Acknowledgement, EndedSession

__all__ = ["Taken", "end_session", "ended_sessions", "take_alert", "taken_alerts"]


@dataclass(frozen=True, slots=True)
class Taken:
    """Who took the alert of entry `seq`; `at` is UTC seconds."""

    seq: int
    by: str
    at: float


def end_session(session: Session, session_id: str, at: float, forget_before: float) -> None:
    """A session is over; twice is once. Those ended before `forget_before` are forgotten: their
    cookies are too old by now."""
    session.execute(delete(EndedSession).where(EndedSession.ended_at < forget_before))
    session.merge(EndedSession(id=session_id, ended_at=at))


def ended_sessions(session: Session) -> set[str]:
    """Identities of all that are remembered."""
    return set(session.scalars(select(EndedSession.id)))


def take_alert(session: Session, site: str, event: str, taken: Taken) -> Taken:
    """Store that `taken`, unless somebody was first; who it was."""
    known = session.get(Acknowledgement, (site, taken.seq))
    if known is not None:
        return Taken(known.seq, known.by, known.at)
    row = Acknowledgement(site=site, event=event, seq=taken.seq, by=taken.by, at=taken.at)
    session.add(row)
    record_act(session, taken.by, "vip.acknowledge", event, f"entry {taken.seq}")
    return taken


def taken_alerts(session: Session, site: str, each: int) -> dict[str, list[Taken]]:
    """By event, the latest `each` of every event, oldest first."""
    found: dict[str, list[Taken]] = {}
    events = select(Acknowledgement.event).where(Acknowledgement.site == site).distinct()
    for event in session.scalars(events):
        query = (
            select(Acknowledgement)
            .where(Acknowledgement.site == site, Acknowledgement.event == event)
            .order_by(Acknowledgement.seq.desc())
            .limit(each)
        )
        rows = reversed(session.scalars(query).all())
        found[event] = [Taken(row.seq, row.by, row.at) for row in rows]
    return found
