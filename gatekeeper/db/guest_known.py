"""What is stored of the guests and cards that a list may mean: bulk reads, no decision.

Internal to gatekeeper.db.guests; gatekeeper.db.guest_store writes, guest_batch decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from gatekeeper.db.guest_values import GuestRow
from gatekeeper.db.tables import Credential, Event, Invitation, Organisation, PassRow, Person
from gatekeeper.thai import search_form
from gatekeeper.titles import display_name

__all__ = [
    "INVITATION",
    "PERSON",
    "Known",
    "KnownGuests",
    "Owner",
    "chunks",
    "load_known",
    "load_owners",
]

CHUNK = 500

PERSON = ("title", "first_name", "last_name", "name_latin", "position")
INVITATION = {
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
    """Values of `PERSON`."""
    invitation: tuple[Any, ...]
    """Values of `INVITATION`."""


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
            *(getattr(Person, name) for name in PERSON),
            *(getattr(Invitation, name) for name in INVITATION.values()),
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
        *(Invitation.external_key.in_(part) for part in chunks(numbers)),
        *(Invitation.name_key.in_(part) for part in chunks(name_keys)),
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
        person=texts[: len(PERSON)],
        invitation=texts[len(PERSON) :],
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
    for part in chunks(credentials):
        for row in session.execute(query.where(Credential.value.in_(part))).all():
            ends = [at for at in row[4:6] if at is not None]
            name = display_name(row[7] or "", row[8] or "", row[9] or "") or row[6] or ""
            found[row[0]] = Owner(*row[:4], until=min(ends, default=None), name=name)
    return found


def chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
