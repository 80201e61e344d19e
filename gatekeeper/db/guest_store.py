"""The statements behind taking a guest list: bulk reads and bulk writes, no decision.

Internal to gatekeeper.db.guests; gatekeeper.db.guest_batch decides what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.guest_values import GuestRow
from gatekeeper.db.passes import new_pass_id
from gatekeeper.db.tables import (
    Credential,
    Event,
    Invitation,
    Organisation,
    PassRow,
    Person,
)
from gatekeeper.model import PassKind, PassState
from gatekeeper.thai import search_form, sort_key
from gatekeeper.titles import display_name

__all__ = [
    "Changes",
    "Known",
    "KnownGuests",
    "Owner",
    "bind",
    "differences",
    "insert_guests",
    "load_known",
    "load_owners",
    "organisation_ids",
    "person_texts",
    "release",
    "update_guests",
]

CHUNK = 500

_PERSON = ("title", "first_name", "last_name", "name_latin", "position")
_INVITATION = {
    # field of GuestRow: column of invitation
    "group": "group_name",
    "table": "table_name",
    "seat": "seat",
    "companions": "companions",
    "reply": "reply",
    "cancelled": "cancelled",
    "note": "note",
    "vip": "vip",
    "representative": "representative",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A guest of the event as stored."""

    invitation_id: int
    person_id: int
    pass_id: str
    external_key: str | None
    name_key: str
    organisation_id: int | None
    organisation: str
    """In its search form."""
    credential: str | None
    greeter: str
    person: tuple[Any, ...]
    """Values of `_PERSON`."""
    invitation: tuple[Any, ...]
    """Values of `_INVITATION`."""


class KnownGuests:
    """The stored guests that the rows of a batch may mean."""

    def __init__(self, guests: Iterable[Known]) -> None:
        self._by_key: dict[str, Known] = {}
        self._by_name: dict[str, list[Known]] = {}
        for guest in guests:
            if guest.external_key is not None:
                self._by_key[guest.external_key] = guest
            self._by_name.setdefault(guest.name_key, []).append(guest)

    def find(self, row: GuestRow, name_key: str, fields: frozenset[str]) -> Sequence[Known]:
        """None, the one, or several (then the row is ambiguous).

        A numbered row means the guest of that number, or one of its name whom no list has
        numbered yet. Organisations tell namesakes apart where the list has them.
        """
        if row.external_key and row.external_key in self._by_key:
            return [self._by_key[row.external_key]]
        named = self._by_name.get(name_key, [])
        if named and "organisation" in fields:
            organisation = search_form(row.organisation)
            named = [guest for guest in named if guest.organisation == organisation]
        if row.external_key:
            return [guest for guest in named if guest.external_key is None]
        return named


class Owner(NamedTuple):
    """A stored credential and whose it is."""

    value: str
    state: str
    bound: bool
    pass_id: str | None
    until: float | None
    """When what it is bound to is over; None: never, as far as is known."""
    name: str

    def is_over(self, now: float) -> bool:
        """Whether the card may be taken because its pass has ended."""
        return self.until is not None and self.until <= now


class Changes(NamedTuple):
    """Columns to write, with `id`; empty: nothing differs."""

    person: dict[str, Any]
    invitation: dict[str, Any]


def load_known(
    session: Session, event_id: int, rows: Sequence[GuestRow], name_keys: Sequence[str]
) -> KnownGuests:
    """The guests of the event that `rows` may mean, by number or by name."""
    query = (
        select(
            Invitation.id,
            Invitation.person_id,
            PassRow.id,
            Invitation.external_key,
            Invitation.name_key,
            Person.organisation_id,
            Organisation.name,
            Credential.value,
            Invitation.greeter,
            *(getattr(Person, name) for name in _PERSON),
            *(getattr(Invitation, name) for name in _INVITATION.values()),
        )
        .join(Person, Invitation.person_id == Person.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .join(PassRow, PassRow.invitation_id == Invitation.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
        .where(Invitation.event_id == event_id)
    )
    found: dict[int, Known] = {}
    numbers = [row.external_key for row in rows if row.external_key]
    conditions: list[ColumnElement[bool]] = [
        *(Invitation.external_key.in_(part) for part in _chunks(numbers)),
        *(Invitation.name_key.in_(part) for part in _chunks(name_keys)),
    ]
    for condition in conditions:
        for row in session.execute(query.where(condition)):
            found[row[0]] = _known(tuple(row))
    return KnownGuests(found.values())


def _known(row: tuple[Any, ...]) -> Known:
    """Columns in the order of `load_known`'s query."""
    plain, texts = row[:9], row[9:]
    invitation_id, person_id, pass_id, number, key, organisation_id, name, card, greeter = plain
    return Known(
        invitation_id=invitation_id,
        person_id=person_id,
        pass_id=pass_id,
        external_key=number,
        name_key=key,
        organisation_id=organisation_id,
        organisation=search_form(name or ""),
        credential=card,
        greeter=greeter,
        person=texts[: len(_PERSON)],
        invitation=texts[len(_PERSON) :],
    )


def load_owners(session: Session, credentials: Sequence[str]) -> dict[str, Owner]:
    """What is stored of these credentials; unknown ones are left out."""
    query = (
        select(
            Credential.value,
            Credential.state,
            Credential.bound,
            Credential.pass_id,
            PassRow.valid_until,
            Event.ends_at,
            PassRow.label,
            Person.title,
            Person.first_name,
            Person.last_name,
        )
        .outerjoin(PassRow, Credential.pass_id == PassRow.id)
        .outerjoin(Event, PassRow.event_id == Event.id)
        .outerjoin(Person, PassRow.person_id == Person.id)
    )
    found = {}
    for part in _chunks(credentials):
        for row in session.execute(query.where(Credential.value.in_(part))).all():
            ends = [at for at in row[4:6] if at is not None]
            name = display_name(row[7] or "", row[8] or "", row[9] or "") or row[6] or ""
            found[row[0]] = Owner(*row[:4], until=min(ends, default=None), name=name)
    return found


def organisation_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    """Identity of each organisation; those not there yet are made."""
    found: dict[str, int] = {}
    query = select(Organisation.name, Organisation.id)
    for part in _chunks(list(names)):
        found.update(session.execute(query.where(Organisation.name.in_(part))).all())
    missing = sorted(set(names) - found.keys())
    if missing:
        made = insert(Organisation).returning(Organisation.name, Organisation.id)
        found.update(session.execute(made, [{"name": name} for name in missing]).all())
    return found


def person_texts(title: str, first_name: str, last_name: str, name_latin: str) -> dict[str, str]:
    """The derived columns of a person: what is searched, and the sort key."""
    del title  # searching and sorting go by the name alone
    name = f"{first_name} {last_name}".strip()
    search = f" {search_form(name)} {search_form(name_latin)} "
    return {"search": search, "sort_key": sort_key(name or name_latin)}


def insert_guests(
    session: Session,
    event_id: int,
    rows: Sequence[tuple[GuestRow, str]],
    organisations: Mapping[str, int],
) -> list[tuple[int, str]]:
    """New person, invitation and pass for each `(row, name key)`; `(invitation, pass)` ids."""
    persons = session.scalars(
        insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [_new_person(row, organisations) for row, _ in rows],
    ).all()
    invitations = session.scalars(
        insert(Invitation).returning(Invitation.id, sort_by_parameter_order=True),
        [
            _new_invitation(row, key, event_id, person)
            for (row, key), person in zip(rows, persons, strict=True)
        ],
    ).all()
    passes = [
        {
            "id": new_pass_id(),
            "kind": PassKind.EVENT.value,
            "state": PassState.ACTIVE.value,
            "event_id": event_id,
            "invitation_id": invitation,
            "person_id": person,
        }
        for invitation, person in zip(invitations, persons, strict=True)
    ]
    session.execute(insert(PassRow), passes)
    return [
        (invitation, str(made["id"])) for invitation, made in zip(invitations, passes, strict=True)
    ]


def _new_person(row: GuestRow, organisations: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in _PERSON}
    values["organisation_id"] = organisations.get(row.organisation)
    return values | person_texts(row.title, row.first_name, row.last_name, row.name_latin)


def _new_invitation(row: GuestRow, key: str, event_id: int, person_id: int) -> dict[str, Any]:
    values = {column: getattr(row, name) for name, column in _INVITATION.items()}
    return values | {
        "event_id": event_id,
        "person_id": person_id,
        "external_key": row.external_key or None,
        "name_key": key,
        "greeter": row.greeter or "",
    }


def differences(
    row: GuestRow,
    key: str,
    guest: Known,
    fields: frozenset[str],
    organisations: Mapping[str, int],
) -> Changes:
    """What the row says otherwise than what is stored, among the fields that the list has."""
    person = {
        name: getattr(row, name)
        for name, old in zip(_PERSON, guest.person, strict=True)
        if name in fields and getattr(row, name) != old
    }
    organisation = organisations.get(row.organisation)
    if "organisation" in fields and organisation != guest.organisation_id:
        person["organisation_id"] = organisation
    if person:
        names = [person.get(n, old) for n, old in zip(_PERSON, guest.person, strict=True)][:4]
        person |= person_texts(*names) | {"id": guest.person_id}
    invitation = {
        column: getattr(row, name)
        for (name, column), old in zip(_INVITATION.items(), guest.invitation, strict=True)
        if name in fields and getattr(row, name) != old
    }
    if row.greeter is not None and row.greeter != guest.greeter:
        invitation["greeter"] = row.greeter
    if row.external_key and row.external_key != guest.external_key:
        invitation["external_key"] = row.external_key
    if person and key != guest.name_key:
        invitation["name_key"] = key
    if invitation:
        invitation["id"] = guest.invitation_id
    return Changes(person, invitation)


def update_guests(
    session: Session, persons: list[dict[str, Any]], invitations: list[dict[str, Any]]
) -> None:
    """Write what `differences` found."""
    if persons:
        session.execute(update(Person), persons)
    if invitations:
        session.execute(update(Invitation), invitations)


def release(session: Session, pass_ids: Sequence[str], now: float) -> None:
    """Unbind whatever credential these passes have."""
    for part in _chunks(pass_ids):
        session.execute(
            update(Credential)
            .where(Credential.pass_id.in_(part), Credential.bound)
            .values(bound=False, changed_at=now)
            .execution_options(synchronize_session=False)
        )


def bind(session: Session, bindings: Mapping[str, str], known: set[str], now: float) -> None:
    """Bind each pass to its credential; those in `known` have a row already."""
    new = [
        {"value": value, "pass_id": pass_id, "bound": True, "changed_at": now}
        for pass_id, value in bindings.items()
        if value not in known
    ]
    if new:
        session.execute(insert(Credential), new)
    old = [
        {"value": value, "pass_id": pass_id, "bound": True, "changed_at": now}
        for pass_id, value in bindings.items()
        if value in known
    ]
    if old:
        session.execute(update(Credential), old)


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
