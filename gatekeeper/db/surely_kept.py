"""Whose record is kept without a second thought, so that the nightly run judges the others only.

The rule is gatekeeper.office.retention; here the database leaves out those whom it would keep
whatever the details. Whoever is in doubt is left in. Queries only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import PassClass, PassRow, Person, Vehicle

__all__ = ["Moment", "count_held", "surely_kept"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is judged, and what the database needs to know to leave out who is surely kept."""

    now: float
    over: Collection[str]
    """States of a pass that is over."""
    days: int
    """The fewest days that anything is kept, where a class says nothing."""


def count_held(session: Session, watched: Collection[int]) -> int:
    """How many people are watched for (`watched`), or answer for a vehicle that is on record."""
    owners = select(Vehicle.person_id).where(
        Vehicle.erased_at.is_(None), Vehicle.person_id.is_not(None)
    )
    alive = Person.erased_at.is_(None)
    count = session.scalar(select(func.count()).where(alive, Person.id.in_(owners))) or 0
    ids = list(watched)
    for start in range(0, len(ids), _CHUNK):
        part = Person.id.in_(ids[start : start + _CHUNK])
        query = select(func.count()).where(alive, part, Person.id.not_in(owners))
        count += session.scalar(query) or 0
    return count


def surely_kept(own: ColumnElement[bool], made: Any, at: Moment) -> ColumnElement[bool]:
    """Whether its passes (`own`) or its age keep a record, as gatekeeper.office.retention judges.

    Only what needs no second thought: a pass of a class in force; or one that is over since a
    known time not long enough ago, or a record `made` not long enough ago, where no pass could be
    without an end.
    """
    over = PassRow.state.in_(at.over)
    in_force = exists().where(
        own,
        PassRow.event_id.is_(None),
        ~over,
        or_(PassRow.valid_until.is_(None), PassRow.valid_until > at.now),
    )
    keep = func.coalesce(PassClass.retention_days, at.days) * 86_400.0
    not_long = (
        select(PassRow.id)
        .outerjoin(PassClass, PassRow.class_id == PassClass.id)
        .where(own, over, PassRow.changed_at > 0, PassRow.changed_at + keep > at.now)
        .correlate_except(PassRow, PassClass)
        .exists()
    )
    unsure = exists().where(
        own, or_(PassRow.event_id.is_not(None), and_(over, PassRow.changed_at <= 0))
    )
    young = made + at.days * 86_400.0 > at.now
    return or_(in_force, and_(or_(young, not_long), ~unsure))
