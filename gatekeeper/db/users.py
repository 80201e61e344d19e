"""Accounts of people: add, change, disable, and the check at sign-in.

A web session holds the user's id and `session_version`. It is over as soon as
`user_by_id` gives None, a disabled account, or another version: disabling, a new password
and a new role all raise the version. Device tokens are in gatekeeper.db.tokens.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db import passwords
from gatekeeper.db.audit import record_act
from gatekeeper.db.tables import User
from gatekeeper.errors import UserError

__all__ = [
    "Account",
    "Role",
    "account_of",
    "add_user",
    "authenticate",
    "check_new_name",
    "choose_language",
    "disable_user",
    "enable_user",
    "list_users",
    "required",
    "set_password",
    "user_by_id",
    "user_by_name",
]

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}\Z")


class Role(StrEnum):
    """What an account or a token is for; what each may do is the web room's table."""

    GUARD = "guard"
    PROTOCOL = "protocol"
    DESK = "desk"
    ISSUER = "issuer"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as others see it; the password's hash never leaves this room."""

    id: int
    name: str
    role: Role
    disabled: bool
    session_version: int
    created_at: float
    language: str = ""
    """`th` or `en`; empty: has not chosen."""
    display_name: str = ""
    gates: tuple[str, ...] | None = None
    """The only gates it may work at; None: every gate."""
    events: tuple[str, ...] | None = None
    """The only events it may see; None: every event."""
    totp: bool = False
    """Whether a code of its owner's device is asked for at sign-in."""
    last_sign_in_at: float | None = None
    last_sign_in_from: str = ""
    invite_until: float | None = None
    """Until when a one-time link to set the password is good; None: there is none."""


def add_user(session: Session, name: str, password: str, role: Role, actor: str = "cli") -> Account:
    """A new account. Raises UserError for a bad or taken name or a weak password."""
    check_new_name(session, name)
    passwords.check_strength(password, name)
    user = User(
        name=name,
        password_hash=passwords.hash_password(password),
        role=role.value,
        created_at=time.time(),
    )
    session.add(user)
    session.flush()
    record_act(session, actor, "user.add", f"user:{name}", after={"role": role.value})
    return account_of(user)


def check_new_name(session: Session, name: str) -> None:
    """Raise UserError where no account can be called so."""
    if not NAME.match(name):
        raise UserError(
            f"user name {name!r} seen; 2 to 63 small letters, digits or . _ @ - are due",
            "ชื่อผู้ใช้ต้องเป็นตัวพิมพ์เล็ก ตัวเลข หรือ . _ @ - ความยาว 2 ถึง 63 ตัวอักษร",
            field="name",
        )
    if _find(session, name) is not None:
        raise UserError(f"user {name!r} exists already", "มีชื่อผู้ใช้นี้อยู่แล้ว", field="name")


def set_password(session: Session, name: str, password: str, actor: str = "cli") -> Account:
    """Another password; every session of the account ends. Raises UserError."""
    user = required(session, name)
    passwords.check_strength(password, name)
    user.password_hash = passwords.hash_password(password)
    user.session_version += 1
    record_act(session, actor, "user.passwd", f"user:{name}")
    return account_of(user)


def choose_language(session: Session, user_id: int, language: str) -> None:
    """Remember it for this person, wherever they sign in; their sessions go on."""
    user = session.get(User, user_id)
    if user is not None:
        user.language = language


def disable_user(session: Session, name: str, actor: str = "cli") -> Account:
    """Nobody signs in with this account any more, and every session of it ends."""
    return _set_disabled(session, name, True, actor)


def enable_user(session: Session, name: str, actor: str = "cli") -> Account:
    """Undo `disable_user`; sessions that it ended stay ended."""
    return _set_disabled(session, name, False, actor)


def authenticate(session: Session, name: str, password: str) -> Account | None:
    """The account, or None: unknown, disabled and wrong password look and last the same.

    Works in `reading()`; some 20 ms of CPU by intention, so limit tries by address.
    """
    user = _find(session, name.strip().lower())
    if user is None:
        passwords.dummy_verify(password)
        return None
    if not passwords.verify(user.password_hash, password) or user.disabled:
        return None
    return account_of(user)


def user_by_id(session: Session, user_id: int) -> Account | None:
    """The account as it is now, disabled ones included."""
    user = session.get(User, user_id)
    return None if user is None else account_of(user)


def user_by_name(session: Session, name: str) -> Account | None:
    """The account as it is now, disabled ones included."""
    user = _find(session, name)
    return None if user is None else account_of(user)


def list_users(session: Session) -> list[Account]:
    """All accounts by name."""
    return [account_of(user) for user in session.scalars(select(User).order_by(User.name))]


def _set_disabled(session: Session, name: str, disabled: bool, actor: str) -> Account:
    user = required(session, name)
    if user.disabled != disabled:
        user.disabled = disabled
        user.session_version += 1
        record_act(session, actor, "user.disable" if disabled else "user.enable", f"user:{name}")
    return account_of(user)


def _find(session: Session, name: str) -> User | None:
    return session.scalars(select(User).where(User.name == name)).one_or_none()


def required(session: Session, name: str) -> User:
    """The row of an account. Raises UserError where there is none of this name."""
    user = _find(session, name)
    if user is None:
        raise UserError(f"user {name!r} does not exist", "ไม่พบบัญชีผู้ใช้นี้", field="name")
    return user


def account_of(user: User) -> Account:
    """The row as others see it."""
    return Account(
        id=user.id,
        name=user.name,
        role=Role(user.role),
        disabled=user.disabled,
        session_version=user.session_version,
        created_at=user.created_at,
        language=user.language,
        display_name=user.display_name,
        gates=None if user.gates is None else tuple(user.gates),
        events=None if user.events is None else tuple(user.events),
        totp=user.totp_confirmed,
        last_sign_in_at=user.last_sign_in_at,
        last_sign_in_from=user.last_sign_in_from,
        invite_until=user.invite_until,
    )
