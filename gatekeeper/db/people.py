"""Guests found by part of a name, and listed in dictionary order.

Searching goes over one column, `person.search`: names without title, both scripts, in the
form of `thai.search_form`. It is a scan, measured with 200,000 guests in one event: 0.06 to
0.13 s of one core on SQLite; 0.3 to 0.9 s on PostgreSQL while other work held both cores. A
trigram index (FTS5, pg_trgm) would find nothing for the one- and two-letter beginnings that
people type first, and PostgreSQL's is not always installed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from gatekeeper.db.compiled import invitation_state, worse
from gatekeeper.db.holder_rows import HOLDER_COLUMNS, holder_of_row
from gatekeeper.db.tables import (
    Credential,
    Event,
    Invitation,
    Organisation,
    PassClass,
    PassRow,
    Person,
    Vehicle,
    Visit,
)
from gatekeeper.model import Holder, InvitationState, PassKind, PassState
from gatekeeper.thai import search_form
from gatekeeper.titles import split_title

__all__ = [
    "Guest",
    "expected_groups",
    "guest_of_pass",
    "guests_except",
    "holder_of_number",
    "invited_groups",
    "search_guests",
]

MAX_TERMS = 6
"""Words of a query that are used; more would only make it slow."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A pass and its holder as a person searching needs it."""

    pass_id: str
    credential: str | None
    kind: PassKind
    state: PassState
    """The worse of pass and credential."""
    event: str | None
    invitation: InvitationState
    reply: str
    companions: int
    external_key: str | None
    holder: Holder


def search_guests(session: Session, event: str | None, text: str, limit: int = 20) -> list[Guest]:
    """Guests of `event` (None: every pass with a person) whose name has `text` in it.

    Every word of `text` must occur somewhere in the name, in either script, with or
    without title, in any order; a number is also looked up among the list's own numbers. Names
    that begin with the text come first, then those with a word that does, then by
    dictionary order. An empty text finds nobody.
    """
    wanted = search_form(text)
    if not wanted:
        return []
    # First which, then what is known of them: sorting 200,000 whole rows would take longer
    # than finding them.
    ids = select(PassRow.id).join(Person, PassRow.person_id == Person.id)
    if event is not None:
        ids = ids.join(Event, PassRow.event_id == Event.id).where(Event.slug == event)
    if wanted.isdigit():
        ids = ids.outerjoin(Invitation, PassRow.invitation_id == Invitation.id)
    ids = ids.where(or_(*_conditions(wanted, text)))
    ids = ids.order_by(_rank(wanted, text), Person.sort_key, PassRow.id).limit(limit)
    return _in_order(session, session.scalars(ids).all())


def guest_of_pass(session: Session, pass_id: str) -> Guest | None:
    """The guest who has this pass."""
    has = PassRow.id == pass_id, PassRow.person_id.is_not(None)
    row = session.execute(_guests().where(*has)).first()
    return None if row is None else _guest(row)


def holder_of_number(session: Session, number: str) -> Guest | None:
    """The pass with this number, as `PR-000123` without an issue, whoever or whatever has it."""
    row = session.execute(_guests().where(PassRow.number == number)).first()
    return None if row is None else _guest(row)


def expected_groups(session: Session, event: str) -> dict[str, str]:
    """Pass id to group of every guest who is expected: not cancelled, not declined."""
    query = (
        select(PassRow.id, Invitation.group_name)
        .join(Invitation, PassRow.invitation_id == Invitation.id)
        .join(Event, Invitation.event_id == Event.id)
        .where(Event.slug == event, *_expected())
    )
    return dict(session.execute(query).all())


def invited_groups(session: Session, event: str) -> list[tuple[str, str, bool]]:
    """`(pass id, group, is expected)` of every invitation, cancelled and declined included."""
    query = (
        select(PassRow.id, Invitation.group_name, and_(*_expected()))
        .join(Invitation, PassRow.invitation_id == Invitation.id)
        .join(Event, Invitation.event_id == Event.id)
        .where(Event.slug == event)
    )
    return [(row[0], row[1], bool(row[2])) for row in session.execute(query)]


def guests_except(
    session: Session,
    event: str,
    *,
    without: Collection[str] = frozenset(),
    group: str = "",
    text: str = "",
    vip_first: bool = False,
    vip_only: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[Guest]]:
    """How many expected guests are not in `without` (pass ids), and a page of them.

    In dictionary order, VIPs before the others if so asked; `group`, `text` (part of a
    name) and `vip_only` narrow it down.
    """
    ids = select(PassRow.id).join(Person, PassRow.person_id == Person.id)
    ids = ids.join(Invitation, PassRow.invitation_id == Invitation.id)
    ids = ids.join(Event, Invitation.event_id == Event.id)
    ids = ids.where(Event.slug == event, *_expected())
    if group:
        ids = ids.where(Invitation.group_name == group)
    if wanted := search_form(text):
        ids = ids.where(or_(*_conditions(wanted, text)))
    if vip_only:
        ids = ids.where(Invitation.vip)
    order = (Invitation.vip.desc(),) if vip_first else ()
    ordered = session.scalars(ids.order_by(*order, Person.sort_key, PassRow.id)).all()
    left = [pass_id for pass_id in ordered if pass_id not in without]
    page = left[offset : offset + limit]
    return len(left), _in_order(session, page)


def _in_order(session: Session, pass_ids: Sequence[str]) -> list[Guest]:
    rows = session.execute(_guests().where(PassRow.id.in_(pass_ids)))
    found = {row.id: _guest(row) for row in rows}
    return [found[pass_id] for pass_id in pass_ids if pass_id in found]


def _expected() -> tuple[ColumnElement[bool], ...]:
    return (~Invitation.cancelled, Invitation.reply != "declined")


def _conditions(wanted: str, text: str) -> list[ColumnElement[bool]]:
    """All words as typed; or all words without the title; or the list's number."""
    found = [_all_words(wanted)]
    rest = search_form(split_title(text)[1])
    if rest and rest != wanted:
        found.append(_all_words(rest))
    if wanted.isdigit():
        found.append(Invitation.external_key == wanted)
    return found


def _all_words(text: str) -> ColumnElement[bool]:
    words = text.split()[:MAX_TERMS]
    return and_(*(Person.search.contains(word, autoescape=True) for word in words))


def _rank(wanted: str, text: str) -> ColumnElement[int]:
    """0: the name begins so, 1: a word of it does, 2: elsewhere."""
    first = (search_form(split_title(text)[1]) or wanted).split()[0]
    return case(
        (Person.search.startswith(f" {first}", autoescape=True), 0),
        (Person.search.contains(f" {first}", autoescape=True), 1),
        else_=2,
    )


_Query = Select[*tuple[Any, ...]]


_COLUMNS = (
    *HOLDER_COLUMNS,
    PassRow.id,
    PassRow.state,
    Credential.value.label("credential"),
    func.coalesce(Credential.state, PassState.ACTIVE.value).label("credential_state"),
    Event.slug,
    Invitation.id.label("invitation_id"),
    Invitation.external_key,
    Invitation.cancelled,
    Invitation.reply,
    Invitation.companions,
)


def _guests() -> _Query:
    return (
        select(*_COLUMNS)
        .select_from(PassRow)
        .outerjoin(Person, PassRow.person_id == Person.id)
        .outerjoin(PassClass, PassRow.class_id == PassClass.id)
        .outerjoin(Vehicle, PassRow.vehicle_id == Vehicle.id)
        .outerjoin(Visit, Visit.pass_id == PassRow.id)
        .outerjoin(Invitation, PassRow.invitation_id == Invitation.id)
        .outerjoin(Event, PassRow.event_id == Event.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
    )


def _guest(row: Any) -> Guest:
    return Guest(
        pass_id=row.id,
        credential=row.credential,
        kind=PassKind(row.kind),
        state=worse(PassState(row.state), PassState(row.credential_state)),
        event=row.slug,
        invitation=invitation_state(PassKind(row.kind), row),
        reply=row.reply or "",
        companions=row.companions or 0,
        external_key=row.external_key,
        holder=holder_of_row(row),
    )
