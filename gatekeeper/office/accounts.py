"""Rules of accounts: what an administrator does alone, and what needs a second person.

Alone: add an account of an ordinary role, disable, set a scope, send a new link. With a
second administrator: change a role; make or enable an account that may issue passes or
administer. Otherwise one person could make themselves a second one and approve anything.

`gatekeeper user …` on the machine itself needs nobody: it is the way in when only one
administrator is left, and is recorded as `cli`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.db import user_admin, users
from gatekeeper.db.engine import Session
from gatekeeper.db.users import Account, Role
from gatekeeper.errors import UserError
from gatekeeper.office import approvals

__all__ = ["KIND", "NEEDS_TWO", "ROLE_NAMES", "add", "change_role", "disable", "enable", "subject"]

KIND = "role_change"

NEEDS_TWO = frozenset({Role.ADMIN, Role.ISSUER})
"""Roles that are given by two people, also to a new account."""

ROLE_NAMES: dict[str, tuple[str, str]] = {
    "guard": ("เจ้าหน้าที่รักษาความปลอดภัย", "Security staff"),
    "protocol": ("เจ้าหน้าที่พิธีการ", "Protocol officer"),
    "desk": ("จุดแลกบัตร", "Visitor desk"),
    "issuer": ("งานบัตร", "Pass office"),
    "admin": ("ผู้ดูแลระบบ", "Administrator"),
    "auditor": ("ผู้ตรวจสอบ", "Auditor"),
}


def subject(name: str) -> str:
    """What an account is called in the record."""
    return f"user:{name}"


def add(
    session: Session,
    name: str,
    role: Role,
    *,
    display_name: str = "",
    gates: Sequence[str] | None = None,
    events: Sequence[str] | None = None,
    reason: str = "",
    actor: str,
    actor_role: str,
    now: float,
) -> tuple[Account, str]:
    """A new account and the secret of its one-time link. Raises UserError.

    One of a role that needs two is disabled until a second administrator approves.
    """
    two = role in NEEDS_TWO
    made = user_admin.add_invited(
        session,
        name,
        role,
        display_name=display_name.strip(),
        gates=gates,
        events=events,
        disabled=two,
        actor=actor,
    )
    if two:
        _ask(session, made, role, enable=True, reason=reason, by=(actor, actor_role), now=now)
    return made, user_admin.invite(session, name, now, actor)


def change_role(
    session: Session, name: str, role: Role, *, reason: str, actor: str, actor_role: str, now: float
) -> approvals.Asked:
    """Ask a second administrator to change the role. Raises UserError."""
    account = _known(session, name)
    if account.role is role:
        raise UserError(f"{name} has role {role} already", "บัญชีนี้มีบทบาทนี้อยู่แล้ว", field="role")
    by = actor, actor_role
    return _ask(session, account, role, enable=False, reason=reason, by=by, now=now)


def enable(
    session: Session, name: str, *, reason: str, actor: str, actor_role: str, now: float
) -> approvals.Asked | None:
    """Enable an account at once (None), or ask a second administrator where its role needs two."""
    account = _known(session, name)
    if not account.disabled:
        return None
    if account.role not in NEEDS_TWO:
        users.enable_user(session, name, actor)
        return None
    by = actor, actor_role
    return _ask(session, account, account.role, enable=True, reason=reason, by=by, now=now)


def disable(session: Session, name: str, *, actor: str) -> Account:
    """End an account and all its sessions; nobody locks themselves out. Raises UserError."""
    if name == actor:
        raise UserError("nobody disables their own account", "ปิดบัญชีของตนเองไม่ได้")
    return users.disable_user(session, name, actor)


def _known(session: Session, name: str) -> Account:
    return users.account_of(users.required(session, name))


def _ask(
    session: Session,
    account: Account,
    role: Role,
    *,
    enable: bool,
    reason: str,
    by: tuple[str, str],
    now: float,
) -> approvals.Asked:
    if approvals.is_asked(session, KIND, subject(account.name)):
        raise UserError(
            "a change of this account waits for a second person already",
            "บัญชีนี้มีเรื่องรอผู้อนุมัติคนที่สองอยู่แล้ว",
        )
    details = {
        "user": account.name,
        "from": account.role.value,
        "to": role.value,
        "enable": enable,
    }
    return approvals.ask(
        session,
        KIND,
        subject=subject(account.name),
        details=details,
        reason=reason,
        actor=by[0],
        role=by[1],
        now=now,
    )


def _act(session: Session, details: Mapping[str, Any], by: str, now: float) -> None:
    account = _known(session, details["user"])
    if account.role.value != details["from"]:
        raise UserError(
            f"{account.name} has another role by now; ask again",
            "บทบาทของบัญชีนี้เปลี่ยนไปแล้ว โปรดเสนอเรื่องใหม่",
        )
    user_admin.set_role(session, account.name, Role(details["to"]), by)
    if details["enable"]:
        users.enable_user(session, account.name, by)


def _summary(details: Mapping[str, Any]) -> tuple[str, str]:
    name, old, new = details["user"], details["from"], details["to"]
    if details["enable"]:
        return (
            f"เปิดใช้บัญชี {name} ในบทบาท{ROLE_NAMES[new][0]}",
            f"Enable the account {name} as {ROLE_NAMES[new][1]}",
        )
    return (
        f"เปลี่ยนบทบาทของบัญชี {name} จาก{ROLE_NAMES[old][0]}เป็น{ROLE_NAMES[new][0]}",
        f"Change the role of {name} from {ROLE_NAMES[old][1]} to {ROLE_NAMES[new][1]}",
    )


approvals.register(
    approvals.Kind(
        KIND,
        ("เปลี่ยนบทบาทหรือเปิดใช้บัญชี", "Role of an account"),
        askers=frozenset({Role.ADMIN}),
        deciders=frozenset({Role.ADMIN}),
        summary=_summary,
        act=_act,
    )
)
