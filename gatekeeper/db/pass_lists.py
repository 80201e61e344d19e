"""Passes found and shown at the pass office: queues, search, one pass with its history.

Only queries; a pass without a class (a guest's) is not the pass office's and never listed. Text
is looked for as a credential, a pass number, a plate and a part of a name, whichever it can be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from gatekeeper.credential import canonical
from gatekeeper.db.pass_lines import PassLine, pass_lines
from gatekeeper.db.people import MAX_TERMS
from gatekeeper.db.tables import (
    Credential,
    Organisation,
    PassAct,
    PassRow,
    Person,
    Vehicle,
)
from gatekeeper.errors import CredentialError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Renewal
from gatekeeper.plates import plate_key
from gatekeeper.thai import search_form
from gatekeeper.titles import split_title

__all__ = [
    "ActLine",
    "Choice",
    "chosen_ids",
    "find_passes",
    "history",
    "holder_of_pass",
    "one_pass",
    "organisations",
    "pass_ids_of",
    "past_validity",
    "queue_counts",
]

_NUMBER = re.compile(r"([A-Za-z]{1,4})\s*-?\s*0*([0-9]{1,9})(?:/[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which passes are meant; what is empty does not narrow."""

    text: str = ""
    class_id: str = ""
    states: tuple[PassState, ...] = ()
    organisation_id: int | None = None
    employment: str = ""
    renewal: Renewal | None = None
    """Only passes whose renewal stands like this."""
    unbound: bool = False
    """Only passes without a tag."""


@dataclass(frozen=True, slots=True)
class ActLine:
    """One line of a pass's history."""

    at: float
    actor: str
    act: Act
    before: str
    after: str
    issue: int
    reason: str


def find_passes(
    session: Session, choice: Choice, *, offset: int = 0, limit: int = 50, oldest: bool = False
) -> tuple[int, list[PassLine]]:
    """How many passes are meant, and a page of them; the latest change first, or last."""
    ids = _chosen(session, choice)
    columns = (PassRow.changed_at, PassRow.id)
    order = [column.asc() if oldest else column.desc() for column in columns]
    page = ids.order_by(*order).offset(offset).limit(limit)
    if choice.text.strip():
        # What is looked for by its words is looked for once: each row brings the count along.
        rows = session.execute(page.add_columns(func.count().over())).all()
        found, total = [row[0] for row in rows], rows[0][1] if rows else None
    else:
        found, total = list(session.scalars(page)), None
    if total is None:
        total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    return total, pass_lines(session, found)


def chosen_ids(session: Session, choice: Choice, limit: int) -> list[str]:
    """The ids of the passes that are meant, in the order of their numbers, at most `limit`."""
    return list(session.scalars(_chosen(session, choice).order_by(PassRow.number).limit(limit)))


def pass_ids_of(session: Session, names: Sequence[str]) -> dict[str, str]:
    """Pass numbers or ids as somebody types them, to ids; what is unknown is left out."""
    found: dict[str, str] = {}
    for name in names:
        number = _number(name)
        where = or_(PassRow.id == name, PassRow.number == (number or ""))
        if pass_id := session.scalar(select(PassRow.id).where(where)):
            found[name] = pass_id
    return found


def holder_of_pass(session: Session, pass_id: str) -> tuple[int | None, int | None]:
    """`(person, vehicle)` of a pass."""
    query = select(PassRow.person_id, PassRow.vehicle_id).where(PassRow.id == pass_id)
    row = session.execute(query).first()
    return (None, None) if row is None else (row.person_id, row.vehicle_id)


def one_pass(session: Session, pass_id: str) -> PassLine | None:
    """The pass with this id; None: there is none, or it is a guest's."""
    return next(iter(pass_lines(session, [pass_id])), None)


def history(session: Session, pass_id: str) -> list[ActLine]:
    """What was done with a pass, the latest first."""
    query = select(PassAct).where(PassAct.pass_id == pass_id).order_by(PassAct.id.desc())
    return [
        ActLine(r.at, r.actor, Act(r.act), r.before, r.after, r.issue, r.reason)
        for r in session.scalars(query)
    ]


def queue_counts(session: Session) -> dict[str, int]:
    """How many passes are in each state, and `renewal_requested`, `renewal_checked`."""
    query = select(PassRow.state, func.count()).where(PassRow.class_id.is_not(None))
    found: dict[str, int] = dict(session.execute(query.group_by(PassRow.state)).all())
    renewing = select(PassRow.renewal_state, func.count()).where(PassRow.renewal_state != "")
    for state, count in session.execute(renewing.group_by(PassRow.renewal_state)):
        found[f"renewal_{state}"] = count
    return found


def organisations(session: Session) -> list[tuple[int, str]]:
    """Organisations of people and vehicles that have passes, by name."""
    people = exists().where(
        Person.organisation_id == Organisation.id,
        PassRow.person_id == Person.id,
        PassRow.class_id.is_not(None),
    )
    cars = exists().where(
        Vehicle.organisation_id == Organisation.id, PassRow.vehicle_id == Vehicle.id
    )
    query = select(Organisation.id, Organisation.name).where(or_(people, cars))
    return [(row.id, row.name) for row in session.execute(query.order_by(Organisation.name))]


def past_validity(
    session: Session, states: Sequence[PassState], now: float, limit: int
) -> list[str]:
    """Passes of a class in `states` whose validity is over, at most `limit`."""
    query = select(PassRow.id).where(
        PassRow.class_id.is_not(None),
        PassRow.state.in_([state.value for state in states]),
        PassRow.valid_until <= now,
    )
    return list(session.scalars(query.order_by(PassRow.id).limit(limit)))


def _number(text: str) -> str | None:
    """`pr123`, `PR-000123/2` as `PR-000123`."""
    found = _NUMBER.match(text.strip())
    return f"{found[1].upper()}-{int(found[2]):06d}" if found else None


def _chosen(session: Session, choice: Choice) -> Select[str]:
    query = select(PassRow.id).where(PassRow.class_id.is_not(None))
    if choice.class_id:
        query = query.where(PassRow.class_id == choice.class_id)
    if choice.states:
        query = query.where(PassRow.state.in_([state.value for state in choice.states]))
    if choice.renewal is not None:
        query = query.where(PassRow.renewal_state == choice.renewal.value)
    if choice.organisation_id is not None:
        people = select(Person.id).where(Person.organisation_id == choice.organisation_id)
        cars = select(Vehicle.id).where(Vehicle.organisation_id == choice.organisation_id)
        query = query.where(or_(PassRow.person_id.in_(people), PassRow.vehicle_id.in_(cars)))
    if choice.employment:
        people = select(Person.id).where(Person.employment == choice.employment)
        query = query.where(PassRow.person_id.in_(people))
    if choice.unbound:
        bound = exists().where(Credential.pass_id == PassRow.id, Credential.bound)
        query = query.where(~bound)
    if choice.text.strip():
        query = query.where(or_(*_by_text(session, choice.text.strip())))
    return query


def _by_text(session: Session, text: str) -> list[ColumnElement[bool]]:
    if number := _number(text):
        return [PassRow.number == number]
    if pass_id := _by_card(session, text):
        return [PassRow.id == pass_id]
    found: list[ColumnElement[bool]] = []
    for words in dict.fromkeys((search_form(text), search_form(split_title(text)[1]))):
        if words:
            terms = [Person.search.contains(w, autoescape=True) for w in words.split()[:MAX_TERMS]]
            found.append(PassRow.person_id.in_(select(Person.id).where(and_(*terms))))
    if plate := plate_key(text):
        cars = select(Vehicle.id).where(Vehicle.plate_key.contains(plate, autoescape=True))
        found.append(PassRow.vehicle_id.in_(cars))
    return found or [PassRow.id == ""]


def _by_card(session: Session, text: str) -> str | None:
    try:
        card = canonical(text)
    except CredentialError:
        return None
    return session.scalar(select(Credential.pass_id).where(Credential.value == card))
