"""Bulk acts on passes as rows: what each pass was and became, so that it can be taken back.

Which acts there are and when one may be undone is gatekeeper.office.bulk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.pass_acts import Facts, Step
from gatekeeper.db.tables import BulkAct, BulkItem
from gatekeeper.kinds_office import Act

__all__ = [
    "BulkInfo",
    "begin_bulk",
    "bulk_act",
    "bulk_items",
    "close_undo",
    "columns_of",
    "latest_bulk_acts",
    "remember",
]


@dataclass(frozen=True, slots=True)
class BulkInfo:
    """A bulk act that was done."""

    id: int
    at: float
    actor: str
    act: Act
    chosen: Mapping[str, Any]
    count: int
    reason: str
    undo_until: float
    undone_at: float | None
    undone_by: str

    def can_be_undone(self, now: float) -> bool:
        """Whether there is still time, and nobody did."""
        return self.undone_at is None and now < self.undo_until


def columns_of(facts: Facts) -> dict[str, Any]:
    """The columns of a pass that an act may change, as they are in `facts`."""
    return {
        "state": facts.state.value,
        "issue": facts.issue,
        "valid_until": facts.valid_until,
        "checked_by": facts.checked_by,
        "approved_by": facts.approved_by,
        "renewal_state": facts.renewal.value,
        "renewal_until": facts.renewal_until,
        "renewal_by": facts.renewal_by,
        "renewal_checked_by": facts.renewal_checked_by,
        "changed_at": facts.changed_at,
    }


def begin_bulk(session: Session, values: Mapping[str, Any]) -> int:
    """A new bulk act; its number."""
    row = BulkAct(**values)
    row.undone_by = ""
    session.add(row)
    session.flush()
    return row.id


def remember(session: Session, bulk_id: int, steps: Sequence[Step], now: float) -> None:
    """What each pass of the act was and became."""
    rows = []
    for step in steps:
        before = columns_of(step.facts)
        after = {**before, **step.planned.values, "state": step.planned.state.value}
        after |= {"issue": step.planned.issue, "changed_at": now}
        rows.append(
            {"bulk_id": bulk_id, "pass_id": step.facts.id, "before": before, "after": after}
        )
    insert_rows(session, BulkItem, rows)


def bulk_act(session: Session, bulk_id: int, *, lock: bool = False) -> BulkInfo | None:
    """One bulk act; `lock`: nobody else undoes it until this transaction ends."""
    row = session.get(BulkAct, bulk_id, with_for_update=lock or None)
    return None if row is None else _info(row)


def bulk_items(session: Session, bulk_id: int) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Pass id to what it was and what it became."""
    query = select(BulkItem.pass_id, BulkItem.before, BulkItem.after)
    rows = session.execute(query.where(BulkItem.bulk_id == bulk_id))
    return {row.pass_id: (row.before, row.after) for row in rows}


def latest_bulk_acts(session: Session, limit: int = 20) -> list[BulkInfo]:
    """The latest first."""
    query = select(BulkAct).order_by(BulkAct.id.desc()).limit(limit)
    return [_info(row) for row in session.scalars(query)]


def close_undo(session: Session, bulk_id: int, actor: str, now: float) -> None:
    """The act was taken back."""
    query = update(BulkAct).where(BulkAct.id == bulk_id)
    session.execute(query.values(undone_at=now, undone_by=actor))


def _info(row: BulkAct) -> BulkInfo:
    return BulkInfo(
        id=row.id,
        at=row.at,
        actor=row.actor,
        act=Act(row.act),
        chosen=row.chosen,
        count=row.count,
        reason=row.reason,
        undo_until=row.undo_until,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )
