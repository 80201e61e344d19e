"""Where visitors went in and out, from the journal's entries as the worker projects them.

Late by what the worker is behind, normally well under a second. Queries only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Arrival, ProjectionEntry, Visit
from gatekeeper.kinds_office import VisitState
from gatekeeper.model import Direction, EntryKind
from gatekeeper.reasons import Reason, Verdict

__all__ = ["GateCount", "Passage", "inside", "passages", "visitors_by_gate"]

_CHUNK = 400
_GRANTED = [reason.value for reason in Reason if reason.verdict is Verdict.GRANTED]
_SEEN = (
    ProjectionEntry.pass_id, ProjectionEntry.at, ProjectionEntry.gate, ProjectionEntry.direction,
    ProjectionEntry.reason,
)  # fmt: skip
_DECIDED = (EntryKind.DECISION.value, EntryKind.OVERRIDE.value)


@dataclass(frozen=True, slots=True)
class Passage:
    """A visitor's card was decided on at a gate. `at` is UTC seconds."""

    at: float
    gate: str
    direction: Direction | None
    reason: Reason

    @property
    def granted(self) -> bool:
        """Whether the visitor was let through."""
        return self.reason.value in _GRANTED


@dataclass(frozen=True, slots=True)
class GateCount:
    """How many visitors' cards a gate let through."""

    gate: str
    came_in: int
    went_out: int


def passages(session: Session, pass_ids: Collection[str]) -> dict[str, list[Passage]]:
    """What the gates decided on each pass, in order; withdrawn entries left out."""
    found: dict[str, list[Passage]] = {pass_id: [] for pass_id in pass_ids}
    ids = list(found)
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        query = (
            select(*_SEEN)
            .where(ProjectionEntry.pass_id.in_(part), ProjectionEntry.kind.in_(_DECIDED))
            .where(~_withdrawn())
            .order_by(ProjectionEntry.at, ProjectionEntry.seq)
        )
        for row in session.execute(query):
            direction = Direction(row.direction) if row.direction else None
            seen = Passage(
                row.at, row.gate or "", direction, Reason(row.reason or Reason.SYSTEM_FAULT)
            )
            found[row.pass_id or ""].append(seen)
    return found


def inside(session: Session, pass_ids: Collection[str]) -> set[str]:
    """Of these passes, whose holders are inside any area now."""
    ids, found = list(pass_ids), set[str]()
    for start in range(0, len(ids), _CHUNK):
        query = select(Arrival.pass_id).where(Arrival.inside)
        found.update(session.scalars(query.where(Arrival.pass_id.in_(ids[start : start + _CHUNK]))))
    return found


def visitors_by_gate(session: Session, since: float) -> tuple[int, list[GateCount]]:
    """Visitors inside now with a card lent, and what each gate let through since `since`."""
    lent = select(Visit.pass_id).where(Visit.state == VisitState.OPEN.value)
    query = select(func.count(Arrival.pass_id.distinct())).where(Arrival.inside)
    now_inside = session.scalar(query.where(Arrival.pass_id.in_(lent))) or 0
    came = func.count().filter(ProjectionEntry.direction == Direction.IN.value)
    went = func.count().filter(ProjectionEntry.direction == Direction.OUT.value)
    counted = (
        select(ProjectionEntry.gate, came, went)
        .join(Visit, Visit.pass_id == ProjectionEntry.pass_id)
        .where(ProjectionEntry.at >= since, ProjectionEntry.kind.in_(_DECIDED))
        .where(ProjectionEntry.reason.in_(_GRANTED), ~_withdrawn())
        .group_by(ProjectionEntry.gate)
        .order_by(ProjectionEntry.gate)
    )
    counts = [GateCount(gate or "", i, o) for gate, i, o in session.execute(counted)]
    return int(now_inside), counts


def _withdrawn() -> ColumnElement[bool]:
    """Nobody was let through by an entry that another one withdraws."""
    other = ProjectionEntry.__table__.alias("withdrawal")
    return (
        select(other.c.seq)
        .where(
            other.c.site == ProjectionEntry.site,
            other.c.ref == ProjectionEntry.seq,
            # Written out and not bound: only so does SQLite see that the index of these fits.
            other.c.kind == literal(EntryKind.WITHDRAWN.value, literal_execute=True),
        )
        .correlate(ProjectionEntry)
        .exists()
    )
