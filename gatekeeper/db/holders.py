"""Statements about people as holders: add, change, find by document, one record whole.

Rules are in gatekeeper.office.holders; searching in gatekeeper.db.holder_search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gatekeeper.db.holder_values import PersonRecord
from gatekeeper.db.tables import Organisation, PassRow, Person
from gatekeeper.kinds_office import DocumentKind, Employment, Purpose

__all__ = [
    "insert_person",
    "names_of",
    "passes_of_person",
    "person_by_document",
    "person_record",
    "person_records",
    "update_person",
]

_Query = Select[*tuple[Any, ...]]


def person_record(session: Session, person_id: int) -> PersonRecord | None:
    """The record with this id, merged and erased ones included; None: there is none."""
    if not 0 < person_id < 1 << 63:
        return None
    row = session.execute(_people().where(Person.id == person_id)).first()
    return None if row is None else _record(row)


def person_records(session: Session, ids: list[int]) -> list[PersonRecord]:
    """The records with these ids, in their order; unknown ids are left out."""
    rows = session.execute(_people().where(Person.id.in_(ids)))
    found = {row.id: _record(row) for row in rows}
    return [found[each] for each in ids if each in found]


def person_by_document(session: Session, fingerprint: str) -> int | None:
    """Whose document has this fingerprint."""
    return session.scalar(select(Person.id).where(Person.document_hash == fingerprint))


def names_of(session: Session, person_id: int) -> tuple[str, str, str, str | None] | None:
    """First and last name, the name in Latin letters, and the document's fingerprint."""
    columns = (Person.first_name, Person.last_name, Person.name_latin, Person.document_hash)
    found = session.execute(select(*columns).where(Person.id == person_id)).first()
    return None if found is None else tuple(found)  # type: ignore[return-value]


def insert_person(session: Session, values: Mapping[str, Any]) -> int | None:
    """A new person; its id. None: somebody else has the same document (and was there first)."""
    query = insert(Person).returning(Person.id)
    if not values.get("document_hash"):
        return session.scalar(query, dict(values))  # nobody can have been there first
    try:
        with session.begin_nested():
            return session.scalar(query, dict(values))
    except IntegrityError:
        if person_by_document(session, values.get("document_hash") or "") is None:
            raise
        return None


def update_person(session: Session, person_id: int, values: Mapping[str, Any]) -> bool:
    """Write these columns; False: somebody else has the same document."""
    query = update(Person).where(Person.id == person_id).values(dict(values))
    try:
        with session.begin_nested():
            session.execute(query.execution_options(synchronize_session=False))
    except IntegrityError:
        owner = person_by_document(session, values.get("document_hash") or "")
        if owner in (None, person_id):
            raise
        return False
    return True


def passes_of_person(session: Session, person_id: int) -> list[str]:
    """Ids of every pass that a person holds or held."""
    return list(session.scalars(select(PassRow.id).where(PassRow.person_id == person_id)))


def _people() -> _Query:
    return (
        select(
            Person.id,
            Person.title,
            Person.first_name,
            Person.last_name,
            Person.name_latin,
            Person.position,
            Person.employment,
            Person.purpose,
            Person.email,
            Person.phone,
            Person.vip,
            Person.photo,
            Person.document_kind,
            Person.document_tail,
            Person.document_sealed.is_not(None).label("document_kept"),
            Person.created_at,
            Person.changed_at,
            Person.merged_into,
            Person.erased_at,
            Organisation.name.label("organisation"),
        )
        .select_from(Person)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
    )


def _record(row: Any) -> PersonRecord:
    values = dict(row._mapping)
    values["organisation"] = row.organisation or ""
    values["employment"] = Employment(row.employment) if row.employment else None
    values["purpose"] = Purpose(row.purpose)
    values["document_kind"] = DocumentKind(row.document_kind) if row.document_kind else None
    values["document_kept"] = bool(row.document_kept)
    return PersonRecord(**values)
