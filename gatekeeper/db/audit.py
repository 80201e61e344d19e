"""Who did what at a desk, a page or a command line; only appended to, never changed.

Gates have the journal. Here no card number and no name of a guest is written, only
identities: the record outlives the erasing of a person.
"""

from __future__ import annotations

import time

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Audit

__all__ = ["latest_acts", "record_act"]


def record_act(
    session: Session, actor: str, action: str, subject: str = "", note: str = ""
) -> None:
    """`actor` (a user's name, `cli`, a token's name) did `action` (`user.add`) to `subject`."""
    values = {"at": time.time(), "actor": actor, "action": action, "subject": subject, "note": note}
    session.execute(insert(Audit), values)


def latest_acts(session: Session, limit: int = 100) -> list[tuple[float, str, str, str, str]]:
    """`(at, actor, action, subject, note)`, newest first."""
    query = select(Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.note)
    return list(session.execute(query.order_by(Audit.id.desc()).limit(limit)).all())
