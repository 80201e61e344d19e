"""Passwords: argon2id, the only `import argon2`. No table here.

Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet): some 20 ms
on one core. Not the library's default, whose four lanes of 64 MiB would take both cores of
a small machine from the gates at each sign-in.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gatekeeper.errors import UserError

__all__ = ["check_strength", "dummy_verify", "hash_password", "needs_rehash", "verify"]

MIN_LENGTH = 10
MAX_LENGTH = 200
"""Longer ones are refused before hashing: hashing megabytes would be a way to stop us."""

MIN_DISTINCT = 5

_COMMON = frozenset(
    [
        "1234567890",
        "12345678910",
        "0123456789",
        "password12",
        "password123",
        "password1234",
        "qwertyuiop",
        "qwerty12345",
        "iloveyou123",
        "adminadmin",
        "administrator",
        "gatekeeper",
        "gatekeeper1",
        "welcome123",
        "letmein123",
        "abcdefghij",
        "changeme123",
        "p@ssw0rd123",
        "passw0rd123",
        "1q2w3e4r5t",
    ]
)

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check_strength(password: str, user_name: str = "") -> None:
    """Raise UserError, which says what is due, for a password that is easily guessed."""
    if len(password) < MIN_LENGTH:
        raise UserError(
            f"password: {len(password)} characters seen; at least {MIN_LENGTH} are due",
            f"รหัสผ่านต้องยาวอย่างน้อย {MIN_LENGTH} ตัวอักษร",
            field="password",
        )
    if len(password) > MAX_LENGTH:
        raise UserError(
            f"password: at most {MAX_LENGTH} characters are due",
            f"รหัสผ่านต้องยาวไม่เกิน {MAX_LENGTH} ตัวอักษร",
            field="password",
        )
    folded = password.casefold()
    if len(set(folded)) < MIN_DISTINCT:
        raise UserError(
            f"password: at least {MIN_DISTINCT} different characters are due",
            f"รหัสผ่านต้องมีตัวอักษรต่างกันอย่างน้อย {MIN_DISTINCT} ตัว",
            field="password",
        )
    if folded in _COMMON:
        raise UserError(
            "password: this one is on every list of common passwords",
            "รหัสผ่านนี้เดาได้ง่าย โปรดตั้งใหม่",
            field="password",
        )
    if user_name and user_name.casefold() in folded and len(folded) < len(user_name) + 6:
        raise UserError(
            "password: more than the user's name is due", "รหัสผ่านต้องไม่ใช่เพียงชื่อผู้ใช้", field="password"
        )


def _weak(message: str, th: str) -> UserError:
    return UserError(message, th, field="password")


def hash_password(password: str) -> str:
    """The hash to store, parameters and salt included."""
    return _hasher.hash(password)


def verify(stored: str, password: str) -> bool:
    """Whether `password` is the one that `stored` was made of. Never raises."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def dummy_verify(password: str) -> None:
    """Take as long as `verify`, so that the time does not tell whether a user exists."""
    verify(_dummy(), password)


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


_dummies: list[str] = []


def _dummy() -> str:
    if not _dummies:
        _dummies.append(hash_password(secrets.token_hex(16)))
    return _dummies[0]
