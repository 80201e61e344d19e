"""Who did what at a desk, a page or a command line; only appended to, never changed.

Gates have the journal. Here no card number and no name of a guest is written, only
identities: the record outlives the erasing of a person.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Audit

__all__ = ["ORIGIN", "latest_acts", "record_act"]

ORIGIN: ContextVar[str] = ContextVar("origin", default="cli")
"""From where acts come at the moment: the web sets the caller's address for each request."""


def record_act(
    session: Session,
    actor: str,
    action: str,
    subject: str = "",
    note: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """`actor` (a user's name, `cli`, a token's name) did `action` (`user.add`) to `subject`.

    `before` and `after`: the fields that changed, as JSON types; personal data in them is
    erased with the person, the rest of the line never.
    """
    values = {
        "at": time.time(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "note": note,
        "key": secrets.token_hex(16),
        "origin": ORIGIN.get(),
        "before": None if before is None else dict(before),
        "after": None if after is None else dict(after),
    }
    session.execute(insert(Audit), values)


def latest_acts(session: Session, limit: int = 100) -> list[tuple[float, str, str, str, str]]:
    """`(at, actor, action, subject, note)`, newest first."""
    query = select(Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.note)
    return list(session.execute(query.order_by(Audit.id.desc()).limit(limit)).all())
