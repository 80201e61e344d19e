"""Acts that need two people: asked for by one, decided by another, done once, within a day.

A room that has such an act registers its kind once, when it is imported:

    approvals.register(Kind("watch_removal", ("…", "…"), askers, deciders, summary, act))

and asks instead of acting: `ask(session, "watch_removal", …)`. A kind with an `act` is done in
the transaction that approves it. A kind without one is done later by whoever asked: their act
calls `use`, which gives the details that were approved, and only once.

Two names are two people only as far as accounts are personal. The command line needs no
second person: it is the way in when there is only one (docs/security.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.db import approvals as store
from gatekeeper.db.approvals import ApprovalState, Asked
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.errors import UserError

__all__ = [
    "KINDS",
    "LIFETIME_S",
    "ApprovalState",
    "Asked",
    "Kind",
    "ask",
    "decide",
    "expire",
    "is_asked",
    "kinds_for",
    "register",
    "to_show",
    "use",
    "waiting",
]

LIFETIME_S = 24 * 3600.0
"""From asking to the act; what was true yesterday may not be true today."""

REASON_LEAST = 3
REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act that needs two people. `title` and what `summary` gives: Thai, English."""

    name: str
    title: tuple[str, str]
    askers: frozenset[str]
    deciders: frozenset[str]
    """Roles."""
    summary: Callable[[Mapping[str, Any]], tuple[str, str]]
    """What will be done, from the details."""
    act: Callable[[Session, Mapping[str, Any], str, float], None] | None = None
    """`(session, details, who asked, UTC seconds)`: does it, in the transaction that approves."""


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let `kind` be asked for. Raises ValueError where another one has its name."""
    if KINDS.get(kind.name, kind) is not kind:
        raise ValueError(f"approval kind {kind.name!r} is registered twice")
    KINDS[kind.name] = kind


def ask(
    session: Session,
    kind: str,
    *,
    subject: str,
    details: Mapping[str, Any],
    reason: str,
    actor: str,
    role: str,
    now: float,
) -> Asked:
    """Ask for an act. `subject` is an identity, never a name. Raises UserError."""
    known = KINDS[kind]
    if role not in known.askers:
        raise _refused(f"role {role} may not ask for {kind}", "ท่านไม่มีสิทธิเสนอเรื่องนี้")
    values = {
        "kind": kind,
        "subject": subject,
        "details": dict(details),
        "reason": _reason(reason),
        "state": ApprovalState.OPEN,
        "requested_by": actor,
        "requested_at": now,
        "expires_at": now + LIFETIME_S,
    }
    made = store.add(session, values)
    record_act(
        session,
        actor,
        "approval.ask",
        f"approval:{made.id}",
        made.reason,
        after={"kind": kind, "subject": subject, **details},
    )
    return made


def decide(
    session: Session,
    request: int,
    *,
    approve: bool,
    reason: str,
    actor: str,
    role: str,
    now: float,
) -> Asked:
    """Approve (and do, where its kind has an act) or refuse. Raises UserError; then nothing is
    changed. A refusal needs a reason."""
    found = _alive(session, request, ApprovalState.OPEN, now)
    kind = KINDS[found.kind]
    if role not in kind.deciders:
        raise _refused(f"role {role} may not decide on {kind.name}", "ท่านไม่มีสิทธิพิจารณาเรื่องนี้")
    if actor.casefold() == found.requested_by.casefold():
        raise _refused(
            "who asked cannot decide: another person is due",
            "ผู้เสนอพิจารณาเรื่องของตนเองไม่ได้ ต้องให้บุคคลอื่นพิจารณา",
        )
    reason = reason.strip()[:REASON_MOST] if approve else _reason(reason)
    state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
    decided = _to(session, found, state, actor, reason, decided_by=actor, decided_at=now)
    if not approve or kind.act is None:
        return decided
    kind.act(session, found.details, found.requested_by, now)
    return _to(session, decided, ApprovalState.USED, found.requested_by)


def use(session: Session, request: int, kind: str, *, actor: str, now: float) -> Mapping[str, Any]:
    """The approved details, for the act of whoever asked, and only this once. Raises UserError."""
    found = _alive(session, request, ApprovalState.APPROVED, now)
    if found.kind != kind or found.requested_by != actor:
        raise _refused(
            f"approval {request} is for another act or another person",
            "การอนุมัตินี้เป็นของเรื่องอื่นหรือของบุคคลอื่น",
        )
    _to(session, found, ApprovalState.USED, actor)
    return found.details


def expire(session: Session, now: float) -> int:
    """End the requests whose time is over; how many."""
    over = store.lapsed(session, now)
    for each in over:
        _to(session, each, ApprovalState.EXPIRED, "system")
    return len(over)


def is_asked(session: Session, kind: str, subject: str) -> bool:
    """Whether somebody asked for this act already and nobody has decided."""
    return store.is_open(session, kind, subject)


def kinds_for(role: str) -> tuple[str, ...]:
    """Names of the kinds on which `role` may decide."""
    return tuple(kind.name for kind in KINDS.values() if role in kind.deciders)


def waiting(session: Session, *, actor: str, role: str, now: float) -> int:
    """How many requests wait for this person."""
    kinds = kinds_for(role)
    return store.count_open(session, kinds, not_by=actor, now=now) if kinds else 0


def to_show(session: Session, *, actor: str, role: str) -> list[Asked]:
    """What this person may decide on, and what they asked for; open ones first."""
    return store.latest(session, kinds_for(role), by=actor)


def _alive(session: Session, request: int, due: ApprovalState, now: float) -> Asked:
    """The request, locked, in the state `due` and in time."""
    found = store.asked(session, request, lock=True)
    if found is None or found.kind not in KINDS:
        raise _refused(f"approval {request} does not exist", "ไม่พบเรื่องที่ขออนุมัติ")
    if found.state is not due:
        raise _refused(
            f"approval {request} is {found.state}; {due} is due",
            "เรื่องนี้พิจารณาหรือใช้ไปแล้ว หรือหมดเวลาแล้ว",
        )
    if now >= found.expires_at:
        raise _refused(
            f"approval {request} has expired; ask again", "เรื่องนี้เกินเวลา 24 ชั่วโมงแล้ว โปรดเสนอใหม่"
        )
    return found


def _to(
    session: Session,
    found: Asked,
    state: ApprovalState,
    actor: str,
    note: str = "",
    **values: Any,
) -> Asked:
    if note:
        values["decision_reason"] = note
    before = {"state": found.state.value}
    changed = store.change(session, found.id, {"state": state, **values})
    record_act(
        session,
        actor,
        f"approval.{_STEPS[state]}",
        f"approval:{found.id}",
        note,
        before=before,
        after={"state": state.value, "kind": found.kind, "subject": found.subject},
    )
    return changed


_STEPS = {
    ApprovalState.APPROVED: "approve",
    ApprovalState.REFUSED: "refuse",
    ApprovalState.EXPIRED: "expire",
    ApprovalState.USED: "use",
}


def _reason(text: str) -> str:
    found = " ".join(text.split())
    if not REASON_LEAST <= len(found) <= REASON_MOST:
        raise UserError(
            f"reason: {len(found)} characters seen; {REASON_LEAST} to {REASON_MOST} are due",
            f"กรุณาระบุเหตุผล {REASON_LEAST} ถึง {REASON_MOST} ตัวอักษร",
            field="reason",
        )
    return found


def _refused(message: str, th: str) -> UserError:
    return UserError(message, th)
