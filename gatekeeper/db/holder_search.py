"""People and vehicles found: by part of a name or plate, by card, pass number and document.

Only statements; what a text may mean is judged by gatekeeper.office.holder_search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import Credential, Organisation, PassRow, Person, Vehicle
from gatekeeper.kinds_office import Purpose

__all__ = [
    "Narrowed",
    "organisation_id",
    "people_by_name",
    "people_of_credentials",
    "people_of_pass_number",
    "vehicles_by_plate",
    "vehicles_of_credentials",
    "vehicles_of_pass_number",
]


class Narrowed(NamedTuple):
    """What a list is narrowed to; None: not by this."""

    purpose: Purpose | None = None
    organisation: int | None = None
    """Its id; 0 is nobody's."""


def organisation_id(session: Session, name: str | None) -> int | None:
    """Id of an organisation; 0 for a name that is not known, None for no name."""
    if name is None:
        return None
    return session.scalar(select(Organisation.id).where(Organisation.name == name)) or 0


def people_by_name(
    session: Session,
    readings: Sequence[Sequence[str]],
    narrowed: Narrowed,
    offset: int,
    limit: int,
) -> tuple[int, list[int]]:
    """How many people have all words of one of the readings in their name, and a page of them.

    A word is in the form of `thai.search_form`. No reading: everybody. Names that begin with
    the first word come first, then those with a word that does, then by dictionary order.
    """
    ids = _narrow(select(Person.id), narrowed)
    if readings:
        ids = ids.where(or_(*(_all_words(words) for words in readings)))
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    rank = [_rank(readings[-1][0])] if readings else []
    ids = ids.order_by(*rank, Person.sort_key, Person.id).offset(offset).limit(limit)
    return total, list(session.scalars(ids))


def people_of_credentials(session: Session, keys: Sequence[str], like: str | None) -> list[int]:
    """Who has, or last had, one of these credentials, or one that is LIKE `like`."""
    query = select(PassRow.person_id).join(Credential, Credential.pass_id == PassRow.id)
    return _distinct(session, query.where(_credential(keys, like), PassRow.person_id.is_not(None)))


def people_of_pass_number(session: Session, number: str) -> list[int]:
    """Whose pass has this printed number, or id."""
    query = select(PassRow.person_id).where(
        or_(PassRow.number == number, PassRow.id == number.lower())
    )
    return _distinct(session, query.where(PassRow.person_id.is_not(None)))


def vehicles_by_plate(
    session: Session, key: str, organisation: str | None, offset: int, limit: int
) -> tuple[int, list[int]]:
    """How many vehicles have `key` in their plate, and a page of them; an empty key: all."""
    ids = select(Vehicle.id).where(Vehicle.merged_into.is_(None), Vehicle.erased_at.is_(None))
    if key:
        ids = ids.where(Vehicle.plate_key.contains(key, autoescape=True))
    if organisation is not None:
        ids = ids.join(Organisation, Vehicle.organisation_id == Organisation.id)
        ids = ids.where(Organisation.name == organisation)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    first = case((Vehicle.plate_key.startswith(key, autoescape=True), 0), else_=1)
    ids = ids.order_by(first, Vehicle.plate_key, Vehicle.id).offset(offset).limit(limit)
    return total, list(session.scalars(ids))


def vehicles_of_credentials(session: Session, keys: Sequence[str], like: str | None) -> list[int]:
    """Which vehicle's pass has, or last had, one of these credentials."""
    query = select(PassRow.vehicle_id).join(Credential, Credential.pass_id == PassRow.id)
    return _distinct(session, query.where(_credential(keys, like), PassRow.vehicle_id.is_not(None)))


def vehicles_of_pass_number(session: Session, number: str) -> list[int]:
    """Which vehicle's pass has this printed number, or id."""
    query = select(PassRow.vehicle_id).where(
        or_(PassRow.number == number, PassRow.id == number.lower())
    )
    return _distinct(session, query.where(PassRow.vehicle_id.is_not(None)))


_Ids = Select[*tuple[Any, ...]]


def _narrow(ids: _Ids, narrowed: Narrowed) -> _Ids:
    ids = ids.where(Person.merged_into.is_(None), Person.erased_at.is_(None))
    if narrowed.purpose is not None:
        ids = ids.where(Person.purpose == narrowed.purpose.value)
    if narrowed.organisation is not None:
        ids = ids.where(Person.organisation_id == narrowed.organisation)
    return ids


def _all_words(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(Person.search.contains(word, autoescape=True) for word in words))


def _rank(first: str) -> ColumnElement[int]:
    """0: the name begins so, 1: a word of it does, 2: elsewhere."""
    return case(
        (Person.search.startswith(f" {first}", autoescape=True), 0),
        (Person.search.contains(f" {first}", autoescape=True), 1),
        else_=2,
    )


def _credential(keys: Sequence[str], like: str | None) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [Credential.value.in_(keys)]
    if like is not None:
        conditions.append(Credential.value.like(like))
    return or_(*conditions)


def _distinct(session: Session, query: _Ids) -> list[int]:
    return [each for (each,) in session.execute(query.distinct())]
