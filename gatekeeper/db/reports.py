"""What people ask after and during a reception, answered from the projected journal.

Late by what the worker is behind (normally well under a second). Live screens count for
themselves from the journal; these figures must agree with theirs once the worker is there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gatekeeper.db.people import Guest, guests_except
from gatekeeper.db.tables import Arrival, Event, Invitation, PassRow, ProjectionEntry
from gatekeeper.model import EntryKind
from gatekeeper.reasons import Reason, ReasonClass

__all__ = ["Attendance", "GroupCount", "arrivals_over_time", "attendance", "not_come", "refusals"]

_REFUSALS = tuple(reason.value for reason in Reason if reason.cls is ReasonClass.RED)


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Guests of one group: people, not scans; companions apart."""

    group: str
    expected: int
    """Invited, neither cancelled nor declined."""
    arrived: int
    """Came in at least once, expected or not."""
    inside: int
    companions: int
    """Companions whom somebody counted at the gate."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """An event in numbers; the totals are those of `by_group` together."""

    expected: int
    arrived: int
    inside: int
    companions: int
    refused: int
    """Different credentials that were refused in red at a gate of the event."""
    by_group: tuple[GroupCount, ...]


def attendance(session: Session, event: str) -> Attendance:
    """Figures of the event of this slug; all zero for one that nobody knows."""
    came = _came(session, event)
    query = (
        select(PassRow.id, Invitation.group_name, Invitation.cancelled, Invitation.reply)
        .join(Invitation, PassRow.invitation_id == Invitation.id)
        .join(Event, Invitation.event_id == Event.id)
        .where(Event.slug == event)
    )
    expected, arrived, inside, companions = (Counter[str]() for _ in range(4))
    for pass_id, group, cancelled, reply in session.execute(query):
        expected[group] += not cancelled and reply != "declined"
        if pass_id in came:
            is_inside, brought = came[pass_id]
            arrived[group] += 1
            inside[group] += is_inside
            companions[group] += brought
    by_group = tuple(
        GroupCount(group, expected[group], arrived[group], inside[group], companions[group])
        for group in sorted(expected)
    )
    return Attendance(
        expected=expected.total(),
        arrived=arrived.total(),
        inside=inside.total(),
        companions=companions.total(),
        refused=sum(refusals(session, event).values()),
        by_group=by_group,
    )


def arrivals_over_time(session: Session, event: str, step_s: int = 300) -> list[tuple[float, int]]:
    """`(start of the step in UTC seconds, first entries in it)`; steps without any left out."""
    query = select(Arrival.first_in_at).where(Arrival.event == event)
    steps = Counter(int(at // step_s) for at in session.scalars(query))
    return [(float(step * step_s), steps[step]) for step in sorted(steps)]


def not_come(
    session: Session, event: str, *, group: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, list[Guest]]:
    """How many expected guests have not come, and a page of them in dictionary order."""
    came = _came(session, event)
    return guests_except(
        session, event, without=came.keys(), group=group, offset=offset, limit=limit
    )


def refusals(session: Session, event: str) -> dict[str, int]:
    """By reason, how many different credentials were refused in red at the event's gates."""
    query = (
        select(ProjectionEntry.reason, func.count(func.distinct(ProjectionEntry.credential)))
        .where(
            ProjectionEntry.event == event,
            ProjectionEntry.kind == EntryKind.DECISION.value,
            ProjectionEntry.reason.in_(_REFUSALS),
        )
        .group_by(ProjectionEntry.reason)
    )
    return {str(reason): int(number) for reason, number in session.execute(query)}


def _came(session: Session, event: str) -> dict[str, tuple[bool, int]]:
    """Pass to (is inside, companions counted), over all areas of the event."""
    query = select(Arrival.pass_id, Arrival.inside, Arrival.companions)
    came: dict[str, tuple[bool, int]] = {}
    for pass_id, inside, companions in session.execute(query.where(Arrival.event == event)):
        before = came.get(pass_id, (False, 0))
        came[pass_id] = before[0] or inside, max(before[1], companions or 0)
    return came
