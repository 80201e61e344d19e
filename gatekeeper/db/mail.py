"""Letters that wait to be sent: put here in the transaction that they tell of, taken by the worker.

A letter is claimed before it is tried, so that a worker that dies while sending tries it again
later and not at once, and never loses it. How it is sent is gatekeeper.worker.mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Mail

__all__ = [
    "Letter",
    "MailCounts",
    "claim_due",
    "failed",
    "given_up",
    "mail_counts",
    "queue_mail",
    "sent",
]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `at`: when it was written (UTC seconds)."""

    id: int
    at: float
    recipient: str
    subject: str
    body: str
    language: str
    tries: int


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How the letters stand."""

    waiting: int
    """Not yet sent, and still tried."""
    failing: int
    """Of these, tried at least once."""
    given_up: int
    """Given up since the moment that was asked for."""
    problem: str
    """What was last wrong with one of them; empty: nothing."""


def queue_mail(
    session: Session,
    *,
    recipient: str,
    subject: str,
    body: str,
    language: str,
    now: float,
    application_id: int | None = None,
) -> None:
    """Put a letter in the queue; it is sent only if the transaction is committed."""
    values = {
        "at": now,
        "recipient": recipient,
        "subject": subject,
        "body": body,
        "language": language,
        "application_id": application_id,
        "next_try_at": now,
    }
    session.execute(insert(Mail), values)


def claim_due(session: Session, now: float, again_at: float) -> Letter | None:
    """The next letter that is due, counted as tried, not due again before `again_at`."""
    query = (
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.given_up_at.is_(None), Mail.next_try_at <= now)
        .order_by(Mail.next_try_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    row.tries += 1
    row.next_try_at = again_at
    return Letter(row.id, row.at, row.recipient, row.subject, row.body, row.language, row.tries)


def sent(session: Session, letter_id: int, now: float) -> None:
    """It went out: what it said is not kept longer than that."""
    _set(session, letter_id, sent_at=now, problem="", body="")


def failed(session: Session, letter_id: int, problem: str, again_at: float) -> None:
    """It did not go out; try again then."""
    _set(session, letter_id, problem=problem[:500], next_try_at=again_at)


def given_up(session: Session, letter_id: int, problem: str, now: float) -> None:
    """It will not be tried again; a page and the doctor say so."""
    _set(session, letter_id, problem=problem[:500], given_up_at=now)


def mail_counts(session: Session, since: float) -> MailCounts:
    """How the letters stand; `since`: from when on those given up count."""
    open_ones = (Mail.sent_at.is_(None), Mail.given_up_at.is_(None))
    waiting = session.scalar(select(func.count()).select_from(Mail).where(*open_ones)) or 0
    failing = (*open_ones, Mail.problem != "")
    tried = session.scalar(select(func.count()).select_from(Mail).where(*failing)) or 0
    over = Mail.given_up_at >= since
    lost = session.scalar(select(func.count()).select_from(Mail).where(over)) or 0
    last = select(Mail.problem).where(Mail.problem != "", Mail.sent_at.is_(None))
    problem = session.scalar(last.order_by(Mail.id.desc()).limit(1)) or ""
    return MailCounts(waiting, tried, lost, problem)


def letters_of(session: Session, application_id: int) -> list[Mail]:
    """Every letter about one request, the oldest first."""
    query = select(Mail).where(Mail.application_id == application_id).order_by(Mail.id)
    return list(session.scalars(query))


def _set(session: Session, letter_id: int, **values: object) -> None:
    session.execute(update(Mail).where(Mail.id == letter_id).values(**values))
