"""The writes behind taking a guest list, in bulk, and what differs; no decision.

Internal to gatekeeper.db.guests; guest_known reads, guest_batch decides what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.bulk import insert_rows, take_numbers
from gatekeeper.db.guest_known import INVITATION, PERSON, Known, chunks
from gatekeeper.db.guest_values import GuestRow
from gatekeeper.db.passes import new_pass_id
from gatekeeper.db.tables import (
    Credential,
    Invitation,
    Organisation,
    PassRow,
    Person,
)
from gatekeeper.model import PassKind, PassState
from gatekeeper.thai import search_form, sort_key

__all__ = [
    "Changes",
    "bind",
    "differences",
    "insert_guests",
    "organisation_ids",
    "person_texts",
    "release",
    "update_guests",
]


_KNOWN = "organisations"


class Changes(NamedTuple):
    """Columns to write, with `id`; empty: nothing differs."""

    person: dict[str, Any]
    invitation: dict[str, Any]


def _forget(session: Session, _: object) -> None:
    session.info[_KNOWN].clear()


def organisation_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    """Identity of each organisation; those not there yet are made.

    A session asks for each once: lists name the same few in thousands of rows. None is ever
    deleted; what a savepoint took back is forgotten with it.
    """
    if _KNOWN not in session.info:
        session.info[_KNOWN] = {}
        event.listen(session, "after_soft_rollback", _forget)
    known: dict[str, int] = session.info[_KNOWN]
    found = {name: known[name] for name in names if name in known}
    query = select(Organisation.name, Organisation.id)
    for part in chunks([name for name in names if name not in found]):
        found.update(session.execute(query.where(Organisation.name.in_(part))).all())
    missing = sorted(set(names) - found.keys())
    if missing:
        made = insert(Organisation).returning(Organisation.name, Organisation.id)
        found.update(session.execute(made, [{"name": name} for name in missing]).all())
    known.update(found)
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
    persons = take_numbers(session, Person, len(rows))
    invitations = take_numbers(session, Invitation, len(rows))
    passes = [new_pass_id() for _ in rows]
    insert_rows(
        session,
        Person,
        [
            _new_person(row, organisations) | {"id": person}
            for (row, _), person in zip(rows, persons, strict=True)
        ],
    )
    insert_rows(
        session,
        Invitation,
        [
            _new_invitation(row, key, event_id, person) | {"id": invitation}
            for (row, key), person, invitation in zip(rows, persons, invitations, strict=True)
        ],
    )
    insert_rows(
        session,
        PassRow,
        [
            _new_pass(pass_id, event_id, invitation, person)
            for pass_id, invitation, person in zip(passes, invitations, persons, strict=True)
        ],
    )
    return list(zip(invitations, passes, strict=True))


def _new_pass(pass_id: str, event_id: int, invitation: int, person: int) -> dict[str, Any]:
    return {
        "id": pass_id,
        "kind": PassKind.EVENT.value,
        "state": PassState.ACTIVE.value,
        "event_id": event_id,
        "invitation_id": invitation,
        "person_id": person,
    }


def _new_person(row: GuestRow, organisations: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in PERSON}
    values["organisation_id"] = organisations.get(row.organisation)
    return values | person_texts(row.title, row.first_name, row.last_name, row.name_latin)


def _new_invitation(row: GuestRow, key: str, event_id: int, person_id: int) -> dict[str, Any]:
    values = {column: getattr(row, name) for name, column in INVITATION.items()}
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
        for name, old in zip(PERSON, guest.person, strict=True)
        if name in fields and getattr(row, name) != old
    }
    organisation = organisations.get(row.organisation)
    if "organisation" in fields and organisation != guest.organisation_id:
        person["organisation_id"] = organisation
    if person:
        names = [person.get(n, old) for n, old in zip(PERSON, guest.person, strict=True)][:4]
        person |= person_texts(*names) | {"id": guest.person_id}
    invitation = {
        column: getattr(row, name)
        for (name, column), old in zip(INVITATION.items(), guest.invitation, strict=True)
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
    for part in chunks(pass_ids):
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
    insert_rows(session, Credential, new)
    old = [
        {"value": value, "pass_id": pass_id, "bound": True, "changed_at": now}
        for pass_id, value in bindings.items()
        if value in known
    ]
    if old:
        session.execute(update(Credential), old)
