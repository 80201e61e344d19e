"""People as holders of passes: add, change, find by document. Rules; statements are in db.

Whatever is done here is recorded with who did it, and told to the gates that show the holder.
A document's number comes in and is never given out again: what is kept is its fingerprint, its
last digits, and the whole number, sealed, only where a class of pass asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from gatekeeper.db import holders as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.guest_store import organisation_ids, person_texts
from gatekeeper.db.holder_values import (
    PersonDraft,
    PersonRecord,
    VehicleDraft,
    VehicleKind,
    VehicleRecord,
)
from gatekeeper.documents import document_number
from gatekeeper.errors import AlreadyOnRecord, UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office.holder_rules import clean_person
from gatekeeper.vault import Vault, tail

__all__ = [
    "DOCUMENT_SEAL",
    "KnownDocument",
    "PersonDraft",
    "PersonRecord",
    "VehicleDraft",
    "VehicleKind",
    "VehicleRecord",
    "add_person",
    "change_person",
    "find_by_document",
    "known_document",
    "living_person",
    "person_of",
    "set_photo",
]

DOCUMENT_SEAL = "document"
"""Purpose under which a whole document number is sealed (Vault.seal)."""

_SHOWN_AT_GATES = ("title", "first_name", "last_name", "name_latin", "position", "photo")
"""Columns that gates show; with the organisation."""


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document without its number: what a request from outside keeps, and a person too."""

    kind: DocumentKind
    fingerprint: str
    tail: str
    sealed: bytes | None = None


def known_document(vault: Vault, kind: DocumentKind, number: str, *, keep: bool) -> KnownDocument:
    """What is kept of a number; `keep`: the whole of it, sealed, too.

    Raises UserError (field `document_number`) for a number that cannot be one.
    """
    plain = document_number(kind, number)
    sealed = vault.seal(plain, DOCUMENT_SEAL) if keep else None
    return KnownDocument(kind, vault.fingerprint(kind.value, plain), tail(plain), sealed)


def find_by_document(session: Session, vault: Vault, kind: DocumentKind, number: str) -> int | None:
    """Whose document this is; None: nobody's here. Raises UserError for an impossible number."""
    return rows.person_by_document(
        session, vault.fingerprint(kind.value, document_number(kind, number))
    )


def person_of(session: Session, person_id: int) -> PersonRecord | None:
    """The person with this id, merged and erased ones included."""
    return rows.person_record(session, person_id)


def add_person(
    session: Session,
    draft: PersonDraft,
    *,
    vault: Vault,
    actor: str,
    now: float,
    keep_document: bool = False,
    document: KnownDocument | None = None,
) -> int:
    """A new person; their id.

    `document` in place of the draft's number: as a request or another record has kept it.
    Raises UserError naming a field, AlreadyOnRecord where the document is somebody's already.
    """
    clean = clean_person(draft)
    if document is None:
        document = _document(clean, vault, keep_document)
    values = _columns(session, clean) | _document_columns(document)
    if document is not None:
        _refuse_second(session, document)
    made = rows.insert_person(session, values | {"created_at": now, "changed_at": now})
    if made is None:
        raise _taken(session, document)
    record_act(session, actor, "person.add", f"person:{made}", after=_told(clean, document))
    return made


def change_person(
    session: Session,
    person_id: int,
    draft: PersonDraft,
    *,
    vault: Vault,
    actor: str,
    now: float,
    keep_document: bool = False,
    seen_at: float | None = None,
) -> bool:
    """Make the person what the draft says; False: nothing differs.

    `seen_at`: `changed_at` as the editor saw it; another one now is a UserError, so that nobody
    overwrites unseen what somebody else has just entered. Raises UserError naming a field,
    AlreadyOnRecord where the document is somebody else's.
    """
    old = living_person(session, person_id)
    if seen_at is not None and seen_at != old.changed_at:
        raise UserError(
            "somebody else changed this record meanwhile; look at it again",
            "มีผู้อื่นแก้ไขข้อมูลนี้ไปแล้วระหว่างที่ท่านเปิดอยู่ โปรดเปิดดูข้อมูลล่าสุดก่อน",
        )
    clean = clean_person(draft)
    document, touched = _new_document(old, clean, vault, keep_document)
    before, after = _differences(old, clean, document, touched)
    if not after:
        return False
    values = _columns(session, clean) | {"changed_at": now}
    if touched:
        values |= _document_columns(document)
    if document is not None:
        _refuse_second(session, document, person_id)
    if not rows.update_person(session, person_id, values):
        raise _taken(session, document)
    record_act(session, actor, "person.change", f"person:{person_id}", before=before, after=after)
    if after.keys() & {*_SHOWN_AT_GATES, "organisation"}:
        record_change(session, passes=rows.passes_of_person(session, person_id))
    return True


def set_photo(session: Session, person_id: int, photo: str, *, actor: str, now: float) -> None:
    """Another photo (the key of a stored one), or none. Raises UserError."""
    old = living_person(session, person_id)
    if photo == old.photo:
        return
    rows.update_person(session, person_id, {"photo": photo, "changed_at": now})
    before, after = {"photo": old.photo}, {"photo": photo}
    record_act(session, actor, "person.change", f"person:{person_id}", before=before, after=after)
    record_change(session, passes=rows.passes_of_person(session, person_id))


def living_person(session: Session, person_id: int) -> PersonRecord:
    """The person, if the record may be worked with. Raises UserError where it may not."""
    found = rows.person_record(session, person_id)
    if found is None or found.erased_at is not None:
        raise UserError(f"person {person_id} is not on record", "ไม่พบข้อมูลบุคคลนี้")
    if found.merged_into is not None:
        raise UserError(
            f"person {person_id} was merged into {found.merged_into}",
            "ข้อมูลบุคคลนี้ถูกรวมเข้ากับอีกรายการหนึ่งแล้ว",
        )
    return found


def _columns(session: Session, clean: PersonDraft) -> dict[str, Any]:
    names = (clean.title, clean.first_name, clean.last_name, clean.name_latin)
    known = organisation_ids(session, [clean.organisation]) if clean.organisation else {}
    return {
        **person_texts(*names),
        **{name: getattr(clean, name) for name in _SHOWN_AT_GATES},
        "organisation_id": known.get(clean.organisation),
        "employment": clean.employment or "",
        "purpose": clean.purpose.value,
        "email": clean.email,
        "phone": clean.phone,
        "vip": clean.vip,
    }


def _document(clean: PersonDraft, vault: Vault, keep: bool) -> KnownDocument | None:
    if clean.document_kind is None:
        if clean.document_number.strip():
            raise UserError(
                "which document has this number?",
                "โปรดเลือกประเภทเอกสารของเลขที่นี้",
                field="document_kind",
            )
        return None
    if not clean.document_number.strip():
        raise UserError(
            "the number of the document is due", "กรุณากรอกเลขที่เอกสาร", field="document_number"
        )
    return known_document(vault, clean.document_kind, clean.document_number, keep=keep)


def _new_document(
    old: PersonRecord, clean: PersonDraft, vault: Vault, keep: bool
) -> tuple[KnownDocument | None, bool]:
    """The document that the draft gives, and whether what is on record is to be replaced."""
    stays = clean.document_kind is not None and clean.document_kind == old.document_kind
    if stays and not clean.document_number.strip():
        return None, False
    document = _document(clean, vault, keep)
    return document, document is not None or old.document_kind is not None


def _document_columns(document: KnownDocument | None) -> dict[str, Any]:
    if document is None:
        return {
            "document_kind": "",
            "document_hash": None,
            "document_tail": "",
            "document_sealed": None,
        }
    return {
        "document_kind": document.kind.value,
        "document_hash": document.fingerprint,
        "document_tail": document.tail,
        "document_sealed": document.sealed,
    }


def _refuse_second(session: Session, document: KnownDocument, but: int | None = None) -> None:
    owner = rows.person_by_document(session, document.fingerprint)
    if owner not in (None, but):
        raise _already(owner)


def _taken(session: Session, document: KnownDocument | None) -> UserError:
    """Somebody else entered the same document between our look and our statement."""
    owner = rows.person_by_document(session, document.fingerprint if document else "")
    return _already(owner or 0)


def _already(owner: int | None) -> AlreadyOnRecord:
    return AlreadyOnRecord(
        "somebody with this document is on record already",
        "มีผู้ถือบัตรที่ใช้เอกสารเลขที่นี้อยู่แล้ว",
        field="document_number",
        kind="person",
        row=owner or 0,
    )


_FIELDS = tuple(f.name for f in fields(PersonDraft) if not f.name.startswith("document_"))


def _told(clean: PersonDraft, document: KnownDocument | None) -> dict[str, Any]:
    """What the audit keeps of a new person: what was filled in."""
    told = {name: getattr(clean, name) for name in _FIELDS if getattr(clean, name)}
    return told | _document_told(document)


def _document_told(document: KnownDocument | None) -> dict[str, Any]:
    return {"document": f"{document.kind.value} …{document.tail}"} if document else {}


def _differences(
    old: PersonRecord, clean: PersonDraft, document: KnownDocument | None, touched: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changed fields before and after."""
    changed = [name for name in _FIELDS if getattr(old, name) != getattr(clean, name)]
    before = {name: getattr(old, name) for name in changed}
    after = {name: getattr(clean, name) for name in changed}
    if touched:
        kind = old.document_kind
        before["document"] = f"{kind.value} …{old.document_tail}" if kind else ""
        after["document"] = _document_told(document).get("document", "")
    return before, after
