"""Settings made on pages, runs of the nightly erase, letters, and audit rows' erasable parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gatekeeper.db.audit import erase_acts_of
from gatekeeper.db.tables import ErasureRun, Mail, Setting

__all__ = ["add_run", "drop_letters", "forget_acts", "latest_runs", "set_setting", "setting"]

CHUNK = 500


def setting(session: Session, key: str) -> dict[str, Any] | None:
    """What was set under `key`; None: nothing yet."""
    row = session.get(Setting, key)
    return None if row is None else dict(row.value)


def set_setting(session: Session, key: str, value: dict[str, Any], actor: str, now: float) -> None:
    """Set it; who and when are kept with it. The caller records the act."""
    row = session.get(Setting, key)
    if row is None:
        session.add(Setting(key=key, value=value, changed_at=now, changed_by=actor))
    else:
        row.value, row.changed_at, row.changed_by = value, now, actor
    session.flush()


def add_run(session: Session, now: float, actor: str, kind: str, counts: dict[str, int]) -> None:
    """Keep what a run erased, as counts."""
    session.add(ErasureRun(at=now, actor=actor, kind=kind, counts=counts))
    session.flush()


def latest_runs(session: Session, limit: int = 30) -> list[tuple[float, str, str, dict[str, int]]]:
    """`(at, actor, kind, counts)`, newest first."""
    rows = session.scalars(select(ErasureRun).order_by(ErasureRun.id.desc()).limit(limit))
    return [(row.at, row.actor, row.kind, dict(row.counts)) for row in rows]


def forget_acts(session: Session, subjects: Sequence[str]) -> None:
    """Take what may be personal out of the acts on these subjects; the acts stay, and proven."""
    for start in range(0, len(subjects), CHUNK):
        erase_acts_of(session, subjects[start : start + CHUNK])


def drop_letters(session: Session, before: float) -> int:
    """Delete letters that were sent or given up before then; how many."""
    old = (Mail.sent_at.is_not(None), Mail.sent_at < before)
    count = session.scalar(select(func.count()).select_from(Mail).where(*old)) or 0
    if count:
        session.execute(delete(Mail).where(*old))
    return count
