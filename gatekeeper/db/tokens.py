"""Secrets of devices and programs that use the HTTP API; each is shown once, at creation.

Only the SHA-256 of a secret is kept. That is enough here, unlike for passwords: a secret
has 256 random bits and cannot be guessed from its hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db.audit import record_act
from gatekeeper.db.tables import Token
from gatekeeper.db.users import Role
from gatekeeper.errors import UserError

__all__ = ["TokenInfo", "create_token", "list_tokens", "revoke_token", "token_by_secret"]

PREFIX = "gk_"
"""Makes a leaked secret recognisable to scanners of code and logs."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as others see it. `gate`: the only gate it may speak for; None: any.
    `events`: the only ones it may see; None: every one."""

    id: int
    name: str
    role: Role
    gate: str | None
    disabled: bool
    created_at: float
    events: tuple[str, ...] | None = None


def create_token(
    session: Session,
    role: Role,
    *,
    gate: str | None = None,
    events: Sequence[str] | None = None,
    name: str = "",
    actor: str = "cli",
) -> tuple[TokenInfo, str]:
    """A new token and its secret, which cannot be shown again.

    Without a name it is called after its role and gate. Raises UserError for a bad or
    taken name.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    name = name or f"{gate or role.value}-{secrets.token_hex(3)}"
    if not NAME.match(name):
        raise UserError(
            f"token name {name!r} seen; letters, digits or . _ - are due",
            "ชื่อโทเค็นต้องเป็นตัวอักษรละติน ตัวเลข หรือ . _ -",
            field="name",
        )
    if session.scalar(select(Token.id).where(Token.name == name)) is not None:
        raise UserError(f"token {name!r} exists already", "มีโทเค็นชื่อนี้อยู่แล้ว", field="name")
    token = Token(
        name=name,
        secret_hash=_hash(secret),
        role=role.value,
        gate=gate,
        events=None if events is None else list(events),
        created_at=time.time(),
    )
    session.add(token)
    session.flush()
    after: dict[str, object] = {"role": role.value, "gate": gate}
    if token.events is not None:
        after["events"] = token.events
    record_act(session, actor, "token.create", f"token:{name}", after=after)
    return _info(token), secret


def revoke_token(session: Session, name: str, actor: str = "cli") -> TokenInfo:
    """The token is refused from now on. Raises UserError where there is none of this name."""
    token = session.scalars(select(Token).where(Token.name == name)).one_or_none()
    if token is None:
        raise UserError(f"token {name!r} does not exist", "ไม่พบโทเค็นนี้", field="name")
    if not token.disabled:
        token.disabled = True
        record_act(session, actor, "token.revoke", f"token:{name}")
    return _info(token)


def token_by_secret(session: Session, secret: str) -> TokenInfo | None:
    """The token of this secret, or None where it is unknown or revoked."""
    query = select(Token).where(Token.secret_hash == _hash(secret))
    token = session.scalars(query).one_or_none()
    return None if token is None or token.disabled else _info(token)


def list_tokens(session: Session) -> list[TokenInfo]:
    """All tokens by name, revoked ones included."""
    return [_info(token) for token in session.scalars(select(Token).order_by(Token.name))]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _info(token: Token) -> TokenInfo:
    return TokenInfo(
        id=token.id,
        name=token.name,
        role=Role(token.role),
        gate=token.gate,
        disabled=token.disabled,
        created_at=token.created_at,
        events=None if token.events is None else tuple(token.events),
    )
