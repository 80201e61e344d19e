"""An act at a desk as the journal keeps it; the act itself stands in the main database."""

from __future__ import annotations

import msgspec

__all__ = ["DeskAct"]


class DeskAct(msgspec.Struct, frozen=True):
    """Who, what, whom, and the hash of the row that says all of it. Identities, never names."""

    key: str
    """Of the row; an act that is handed over twice is recorded once."""
    actor: str
    action: str
    subject: str
    digest: str
    """SHA-256, hexadecimal; see gatekeeper.db.audit_digest."""
