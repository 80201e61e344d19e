"""Whom a row of a list means: by document, by the number of a pass, by record, by name.

Names are held in memory for the length of one list, because a list asks for thousands of them.
Two people of one name in one organisation are told apart by a document or a pass, and never
by guessing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.db import holder_lists
from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonDraft, PersonRecord
from gatekeeper.db.holders import person_by_document, person_record
from gatekeeper.documents import document_number
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office.holder_rules import clean_person
from gatekeeper.office.list_cells import DOCUMENTS, Refused, choice
from gatekeeper.office.text import folded
from gatekeeper.vault import Vault

__all__ = ["PeopleIndex", "document_of", "named", "record_of"]

_NAMES = ("title", "first_name", "last_name", "name_latin", "organisation")


def named(row: Mapping[str, str]) -> PersonDraft:
    """Title, names and organisation of a row, clean and apart. Raises UserError without a name."""
    texts: dict[str, Any] = {name: row.get(name, "") for name in _NAMES}
    return clean_person(PersonDraft(**texts))


def document_of(row: Mapping[str, str]) -> tuple[DocumentKind, str] | None:
    """The document that a row names; 13 digits without a kind are an identity card's.

    Raises Refused, UserError.
    """
    number = row.get("document_number", "")
    if not number:
        return None
    kind = choice("document_kind", row.get("document_kind", ""), DOCUMENTS)
    if kind is None:
        try:
            return DocumentKind.NATIONAL_ID, document_number(DocumentKind.NATIONAL_ID, number)
        except UserError:
            raise Refused(
                "document_number",
                "document_kind_missing",
                "ไม่ใช่เลขประจำตัวประชาชน โปรดระบุชนิดเอกสาร",
                "no number of an identity card; the kind of document is due",
            ) from None
    return kind, document_number(kind, number)


class PeopleIndex:
    """Everybody who may hold a pass, by name."""

    def __init__(self, session: Session, vault: Vault) -> None:
        """Reads all names."""
        self._vault = vault
        self._by_name: dict[str, list[int]] = {}
        self._about: dict[int, tuple[str, str]] = {}
        for row in holder_lists.known_people(session):
            self._enter(row[0], f"{row[1]} {row[2]}", row[3], row[4], row[5])

    def enter(self, person_id: int, draft: PersonDraft, tail: str) -> None:
        """Somebody whom this list has just added; the draft is clean."""
        name = f"{draft.first_name} {draft.last_name}"
        self._enter(person_id, name, draft.name_latin, draft.organisation, tail)

    def _enter(self, person_id: int, name: str, latin: str, organisation: str, tail: str) -> None:
        self._about[person_id] = (folded(organisation), tail)
        for key in {folded(name), folded(latin)} - {""}:
            self._by_name.setdefault(key, []).append(person_id)

    def who(self, session: Session, row: Mapping[str, str], draft: PersonDraft) -> int | None:
        """The person that a row means; None: nobody on record. Raises Refused, UserError."""
        document = document_of(row)
        if document is not None:
            kind, number = document
            found = person_by_document(session, self._vault.fingerprint(kind.value, number))
            if found is not None:
                return found
        if (number := row.get("number", "")) and (
            found := holder_lists.person_of_pass(session, number.partition("/")[0])
        ):
            return found
        tail = row.get("document_tail", "")
        keys = {folded(f"{draft.first_name} {draft.last_name}"), folded(draft.name_latin)} - {""}
        same_name = {each for key in keys for each in self._by_name.get(key, ())}
        record = row.get("record", "")
        if record.isascii() and record.isdigit() and len(record) < 19 and int(record) in same_name:
            return int(record)
        where = folded(draft.organisation) if "organisation" in row else None
        return self._one(
            each
            for each in sorted(same_name)
            if where in (None, self._about[each][0])
            and (not tail or self._about[each][1] in ("", tail))
            and (document is None or not self._about[each][1])
        )

    def responsible(self, text: str, record: str) -> int | None:
        """Who is meant by a name in one cell, or by the number of a record beside it.

        Raises Refused where nobody or more than one is.
        """
        draft = named({"first_name": text})
        keys = (folded(text), folded(f"{draft.first_name} {draft.last_name}"))
        found = next((self._by_name[key] for key in keys if key in self._by_name), [])
        if record.isascii() and record.isdigit() and len(record) < 19 and int(record) in found:
            return int(record)
        known = self._one(iter(found), "responsible")
        if known is None:
            raise Refused(
                "responsible",
                "person_unknown",
                "ไม่พบผู้รับผิดชอบในทะเบียน โปรดนำเข้ารายชื่อบุคคลก่อน",
                "nobody of this name is on record; import the people first",
            )
        return known

    @staticmethod
    def _one(found: Iterator[int], field: str = "first_name") -> int | None:
        people = list(found)
        if len(people) > 1:
            raise Refused(
                field,
                "ambiguous_person",
                f"มีผู้ที่ชื่อและหน่วยงานตรงกัน {len(people)} คน ระบุเลขที่เอกสารหรือเลขที่บัตรผ่านเพื่อแยก",
                f"{len(people)} people have this name and organisation; "
                "the number of a document or of a pass is due to tell them apart",
            )
        return people[0] if people else None


def record_of(session: Session, person_id: int) -> PersonRecord:
    """The record of somebody who was found. Raises Refused where it is no longer one."""
    found = person_record(session, person_id)
    if found is None or found.merged_into is not None or found.erased_at is not None:
        raise Refused(
            "first_name",
            "person_unknown",
            "ข้อมูลบุคคลนี้ถูกรวมหรือลบแล้ว",
            "this person's record was merged or erased",
        )
    return found
