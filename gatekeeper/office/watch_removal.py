"""Taking an entry off the watchlist: asked for by one person, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.db.engine import Session
from gatekeeper.db.watchlist import entry_of
from gatekeeper.errors import UserError
from gatekeeper.office import approvals, watchlist

__all__ = ["KIND", "ask", "subject"]

KIND = "watch_removal"

_ROLES = frozenset({"admin"})


def ask(
    session: Session, entry_id: int, *, reason: str, actor: str, role: str, now: float
) -> approvals.Asked:
    """Ask that an entry be removed. Raises UserError where it is, or is asked for already."""
    entry = entry_of(session, entry_id)
    if entry.removed_at is not None:
        raise UserError(f"watchlist entry {entry_id} is removed already", "รายการนี้ถูกนำออกจากบัญชีแล้ว")
    if approvals.is_asked(session, KIND, subject(entry_id)):
        raise UserError(
            f"the removal of entry {entry_id} waits for a second person already",
            "มีผู้เสนอนำรายการนี้ออกแล้ว รอผู้อนุมัติคนที่สอง",
        )
    return approvals.ask(
        session,
        KIND,
        subject=subject(entry_id),
        details={"entry": entry_id},
        reason=reason,
        actor=actor,
        role=role,
        now=now,
    )


def subject(entry_id: int) -> str:
    """How an approval names an entry."""
    return f"watch:{entry_id}"


def _summary(details: Mapping[str, Any]) -> tuple[str, str]:
    number = details["entry"]
    return f"นำรายการเฝ้าระวังเลขที่ {number} ออก", f"remove watchlist entry {number}"


def _act(session: Session, details: Mapping[str, Any], asked_by: str, now: float) -> None:
    watchlist.remove(session, int(details["entry"]), actor=asked_by, now=now, reason="approved")


approvals.register(
    approvals.Kind(
        KIND,
        ("นำออกจากบัญชีเฝ้าระวัง", "Removal from the watchlist"),
        askers=_ROLES,
        deciders=_ROLES,
        summary=_summary,
        act=_act,
    )
)
