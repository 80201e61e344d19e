"""Stored requests for acts that need two people; the rules are in gatekeeper.office.approvals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Approval

__all__ = [
    "ApprovalState",
    "Asked",
    "add",
    "asked",
    "change",
    "count_open",
    "is_open",
    "lapsed",
    "latest",
]


class ApprovalState(StrEnum):
    """How far a request has come. The last three are ends."""

    OPEN = "open"
    APPROVED = "approved"
    """Decided, and not yet done."""
    REFUSED = "refused"
    EXPIRED = "expired"
    USED = "used"
    """Done; it cannot be done again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Times are UTC seconds; `details` are what the act's own function takes."""

    id: int
    kind: str
    subject: str
    details: Mapping[str, Any]
    reason: str
    state: ApprovalState
    requested_by: str
    requested_at: float
    expires_at: float
    decided_by: str
    decided_at: float | None
    decision_reason: str

    def state_at(self, now: float) -> ApprovalState:
        """How it stands at `now`: what still waits is over at its end, also before the sweep."""
        waits = self.state in (ApprovalState.OPEN, ApprovalState.APPROVED)
        return ApprovalState.EXPIRED if waits and now >= self.expires_at else self.state


def add(session: Session, values: Mapping[str, Any]) -> Asked:
    """A new request of these columns."""
    row = Approval(**values)
    session.add(row)
    session.flush()
    return _asked(row)


def asked(session: Session, request: int, *, lock: bool = False) -> Asked | None:
    """The request, or None. `lock`: nobody else decides on it until this transaction ends."""
    row = session.get(Approval, request, with_for_update=lock, populate_existing=lock)
    return None if row is None else _asked(row)


def change(session: Session, request: int, values: Mapping[str, Any]) -> Asked:
    """Set columns of a request that was locked before."""
    row = session.get_one(Approval, request)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return _asked(row)


def is_open(session: Session, kind: str, subject: str) -> bool:
    """Whether a request of this kind for this subject waits for its decision."""
    query = select(Approval.id).where(
        Approval.kind == kind, Approval.subject == subject, Approval.state == ApprovalState.OPEN
    )
    return session.execute(query).first() is not None


def lapsed(session: Session, now: float) -> list[Asked]:
    """Requests that are neither refused nor done and whose time is over."""
    alive = (ApprovalState.OPEN, ApprovalState.APPROVED)
    query = select(Approval).where(Approval.state.in_(alive), Approval.expires_at <= now)
    return [_asked(row) for row in session.scalars(query.order_by(Approval.id))]


def latest(
    session: Session, kinds: Collection[str], *, by: str = "", most: int = 100
) -> list[Asked]:
    """Of these kinds or asked for by `by`, open ones first, then the newest."""
    query = select(Approval).where(Approval.kind.in_(kinds) | (Approval.requested_by == by))
    is_open = Approval.state == ApprovalState.OPEN
    query = query.order_by(is_open.desc(), Approval.id.desc()).limit(most)
    return [_asked(row) for row in session.scalars(query)]


def count_open(session: Session, kinds: Collection[str], *, not_by: str, now: float) -> int:
    """How many of these kinds wait for somebody else than `not_by`."""
    query = (
        select(func.count())
        .select_from(Approval)
        .where(
            Approval.kind.in_(kinds),
            Approval.state == ApprovalState.OPEN,
            Approval.expires_at > now,
            Approval.requested_by != not_by,
        )
    )
    return session.scalar(query) or 0


def _asked(row: Approval) -> Asked:
    values = {name: getattr(row, name) for name in Asked.__dataclass_fields__}
    return Asked(**{**values, "state": ApprovalState(row.state), "details": dict(row.details)})
