"""What is changed of an account after it was made: role, scope, one-time links, second factor.

Statements only; who may, and when two people must agree, is in gatekeeper.office.accounts. What
takes something away (role, scope, second factor) ends every session of the account.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db import passwords
from gatekeeper.db.audit import record_act
from gatekeeper.db.tables import User
from gatekeeper.db.users import Account, Role, account_of, check_new_name, required
from gatekeeper.errors import UserError

__all__ = [
    "INVITE_S",
    "SecondFactor",
    "accept_invite",
    "add_invited",
    "by_invite",
    "end_sessions",
    "forget_second_factor",
    "invite",
    "note_sign_in",
    "second_factor",
    "set_role",
    "set_scope",
    "set_second_factor",
]

INVITE_S = 72 * 3600.0
"""How long a one-time link is good."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """One-time codes of an account, as stored."""

    sealed: bytes | None = None
    """The secret; gatekeeper.vault opens it."""
    confirmed: bool = False
    """Whether a code proved that the owner has the secret."""
    last: int = 0
    """Time step of the last code taken."""
    recovery: tuple[str, ...] = ()
    """SHA-256 of each recovery code left."""


def add_invited(
    session: Session,
    name: str,
    role: Role,
    *,
    display_name: str = "",
    gates: Sequence[str] | None = None,
    events: Sequence[str] | None = None,
    disabled: bool = False,
    actor: str,
) -> Account:
    """A new account without a usable password; `invite` makes the link by which one is set.

    Raises UserError for a bad or taken name.
    """
    check_new_name(session, name)
    user = User(
        name=name,
        display_name=display_name,
        password_hash=passwords.hash_password(secrets.token_urlsafe(32)),
        role=role.value,
        gates=None if gates is None else list(gates),
        events=None if events is None else list(events),
        disabled=disabled,
        created_at=time.time(),
    )
    session.add(user)
    session.flush()
    after = {"role": role.value, "gates": user.gates, "events": user.events, "disabled": disabled}
    record_act(session, actor, "user.add", f"user:{name}", after=after)
    return account_of(user)


def set_role(session: Session, name: str, role: Role, actor: str) -> Account:
    """Another role; every session of the account ends. Raises UserError."""
    user = required(session, name)
    if user.role != role.value:
        before, user.role = user.role, role.value
        user.session_version += 1
        record_act(
            session,
            actor,
            "user.role",
            f"user:{name}",
            before={"role": before},
            after={"role": role.value},
        )
    return account_of(user)


def set_scope(
    session: Session,
    name: str,
    gates: Sequence[str] | None,
    events: Sequence[str] | None,
    actor: str,
) -> Account:
    """The only gates and events of an account (None: every one); its sessions end."""
    user = required(session, name)
    before = {"gates": user.gates, "events": user.events}
    after = {
        "gates": None if gates is None else list(gates),
        "events": None if events is None else list(events),
    }
    if before != after:
        user.gates, user.events = after["gates"], after["events"]
        user.session_version += 1
        record_act(session, actor, "user.scope", f"user:{name}", before=before, after=after)
    return account_of(user)


def invite(session: Session, name: str, now: float, actor: str) -> str:
    """The secret of a link by which the owner sets a password; an older link is void."""
    user = required(session, name)
    secret = secrets.token_urlsafe(32)
    user.invite_hash, user.invite_until = _hash(secret), now + INVITE_S
    record_act(session, actor, "user.invite", f"user:{name}")
    return secret


def by_invite(session: Session, secret: str, now: float) -> Account | None:
    """The account of a link, or None where it is unknown, used, too old, or the account is off."""
    user = _invited(session, secret)
    if user is None or user.disabled or now >= (user.invite_until or 0.0):
        return None
    return account_of(user)


def accept_invite(session: Session, secret: str, password: str, now: float) -> Account:
    """Set the owner's password; the link is used up, and every session ends. Raises UserError."""
    found = by_invite(session, secret, now)
    if found is None:
        raise UserError("this link is void; ask for a new one", "ลิงก์นี้ใช้ไม่ได้แล้ว โปรดขอลิงก์ใหม่")
    user = required(session, found.name)
    passwords.check_strength(password, user.name)
    user.password_hash = passwords.hash_password(password)
    user.invite_hash = user.invite_until = None
    user.session_version += 1
    record_act(session, user.name, "user.passwd", f"user:{user.name}", "by one-time link")
    return account_of(user)


def note_sign_in(session: Session, user_id: int, at: float, origin: str) -> None:
    """Somebody signed in with the account, from `origin`."""
    user = session.get(User, user_id)
    if user is not None:
        user.last_sign_in_at, user.last_sign_in_from = at, origin
        record_act(session, user.name, "user.sign_in", f"user:{user.name}")


def second_factor(session: Session, user_id: int, *, lock: bool = False) -> SecondFactor:
    """As stored. `lock`: no other transaction takes the same code until this one ends."""
    user = session.get_one(User, user_id, with_for_update=lock, populate_existing=lock)
    recovery = tuple(user.recovery or ())
    return SecondFactor(user.totp_sealed, user.totp_confirmed, user.totp_last, recovery)


def set_second_factor(session: Session, user_id: int, second: SecondFactor) -> None:
    """Store it; recorded by who calls, who knows what it means."""
    user = session.get_one(User, user_id)
    user.totp_sealed, user.totp_confirmed = second.sealed, second.confirmed
    user.totp_last, user.recovery = second.last, list(second.recovery) or None


def forget_second_factor(session: Session, name: str, actor: str) -> Account:
    """A lost phone: the owner enrols anew at the next sign-in; every session ends."""
    user = required(session, name)
    user.totp_sealed, user.totp_confirmed, user.recovery = None, False, None
    user.session_version += 1
    record_act(session, actor, "user.totp_reset", f"user:{name}")
    return account_of(user)


def end_sessions(session: Session, name: str) -> Account:
    """Every session of the account ends; recorded by who calls, who knows why."""
    user = required(session, name)
    user.session_version += 1
    return account_of(user)


def _invited(session: Session, secret: str) -> User | None:
    query = select(User).where(User.invite_hash == _hash(secret))
    return session.scalars(query).one_or_none()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
