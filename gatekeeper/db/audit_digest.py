"""The hash by which the journal proves an audit row, made so that parts can be erased.

    part   = SHA-256( salt | canonical JSON of the value )      for note, before, after
    digest = SHA-256( canonical JSON of [version, key, at, actor, action, subject, origin,
                                         {name of part: its hash}] )

Each part has a random salt of its own, kept in the row. Erasing a person takes value and salt
away and leaves the part's hash: the digest can still be recomputed from the row, so the rest
stays proven, and the hash alone tells nothing (a name without its salt cannot be guessed).
An empty part has no hash. Pure functions, no database.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["PARTS", "digest_of", "flaw", "make_parts", "without"]

PARTS = ("note", "before", "after")
"""The columns that may hold personal data and can be erased."""

VERSION = 1
SALT_BYTES = 16
_HEAD = ("key", "at", "actor", "action", "subject", "origin")

_encode = msgspec.json.Encoder(order="deterministic").encode

Parts = Mapping[str, list[str]]
"""Name of part to `[salt, hash]`, both hexadecimal; salt empty: the part was erased."""


def make_parts(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """Salts and hashes of the parts of a new row that hold anything."""
    made = {}
    for name in PARTS:
        if row[name]:
            salt = secrets.token_bytes(SALT_BYTES)
            made[name] = [salt.hex(), _hash_part(salt, row[name])]
    return made


def digest_of(row: Mapping[str, Any], parts: Parts) -> str:
    """64 hexadecimal digits over the row's head and the hashes of its parts."""
    hashes = {name: pair[1] for name, pair in parts.items()}
    return hashlib.sha256(_encode([VERSION, *(row[name] for name in _HEAD), hashes])).hexdigest()


def flaw(row: Mapping[str, Any], proven: str) -> str:
    """What of `row` (columns of audit) is not as `proven`, the digest in the journal, says.

    Empty: the row is as it was, but for parts that were erased.
    """
    parts: Parts = row["parts"] or {}
    for name in PARTS:
        salt, due = parts.get(name, ["", ""])
        if not row[name]:
            if salt:
                return f"{name} is gone, and was not erased as erasing does it"
        elif not salt or _hash_part(bytes.fromhex(salt), row[name]) != due:
            return f"{name} is not what was written"
    if digest_of(row, parts) != proven:
        return "who, what, whom, when or from where is not what was written"
    return ""


def without(parts: Parts | None, names: tuple[str, ...] = PARTS) -> dict[str, list[str]]:
    """`parts` after the parts `names` were erased: their hashes stay."""
    kept = dict(parts or {})
    return {name: ["", pair[1]] if name in names else list(pair) for name, pair in kept.items()}


def _hash_part(salt: bytes, value: Any) -> str:
    return hashlib.sha256(salt + _encode(value)).hexdigest()
