"""References and secrets of requests: made, and read however somebody types them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["hashed", "new_reference", "new_secret", "plain"]

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O, 1 I L, U: a reference is read out on the telephone."""
_PREFIXES = {"press": "PR", "broadcast": "BC", "vehicle": "VE"}
_BUDDHIST = 543


def new_reference(form: str, now: float, zone: ZoneInfo) -> str:
    """What names a request: kind, year, seven random signs (`PR69-K7QF2MX`)."""
    year = (datetime.fromtimestamp(now, zone).year + _BUDDHIST) % 100
    return f"{_PREFIXES[form]}{year:02}-{''.join(secrets.choice(_SIGNS) for _ in range(7))}"


def new_secret() -> str:
    """What shows it: twelve random signs."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(12))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def plain(text: str, *, dash_at: int = 0) -> str:
    """Capitals and digits alone, however typed; with one dash where references have theirs."""
    signs = "".join(sign for sign in text[:40].upper() if sign.isascii() and sign.isalnum())
    return f"{signs[:dash_at]}-{signs[dash_at:]}" if dash_at else signs


def hashed(secret: str) -> str:
    """Its 60 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
