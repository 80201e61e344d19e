"""Who comes: the person and the visit of an exchange, stored and put before the watchlist.

Used by gatekeeper.office.visits and .visits_expected; the document's number is fingerprinted
here and goes no further.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatekeeper.db import visits as rows
from gatekeeper.db.engine import Session
from gatekeeper.db.visits import VisitInfo
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Purpose, VisitState
from gatekeeper.office.holder_rules import clean_text
from gatekeeper.office.holders import (
    KnownDocument,
    PersonDraft,
    PersonRecord,
    add_person,
    change_person,
    find_by_document,
    known_document,
    person_of,
)
from gatekeeper.office.visit_values import Errand, Rules, Visitor
from gatekeeper.office.watchlist import Consultation, Subject, consult
from gatekeeper.thai import arabic_digits

__all__ = ["consult_for", "errand_values", "plain_digits", "prepare", "store_person"]

PLACE = "visitor desk"
"""The step at which the watchlist is asked, as its hits name it."""


def prepare(
    session: Session,
    rules: Rules,
    visitor: Visitor | None,
    errand: Errand | None,
    expected_id: int | None,
    leader_id: int | None,
    *,
    actor: str,
    now: float,
) -> VisitInfo:
    """The expected visit brought up to what the desk now knows, or a new one in that state.

    Raises UserError naming a field, above all where a document is due and none is given.
    """
    expected = None if expected_id is None else _expected(session, expected_id)
    leader_id = expected.leader_id if expected else leader_id
    leader = None if leader_id is None else _leader(session, leader_id)
    document = _document(rules, visitor, expected, leader)
    if document is not None:
        _refuse_second(session, document, expected)
    values = errand_values(errand) if errand else {}
    if visitor is not None:
        stored = None if expected is None else expected.person_id
        values["person_id"] = store_person(session, rules, visitor, stored, actor=actor, now=now)
    if document is not None:
        values |= {
            "document_kind": document.kind.value,
            "document_hash": document.fingerprint,
            "document_tail": document.tail,
        }
    if expected is None:
        values |= {"leader_id": leader_id, "state": VisitState.EXPECTED.value, "expected_at": now}
        return _stored(session, rows.insert_visit(session, **_new(values, actor, now)))
    if values:
        rows.update_visit(session, expected.id, **values)
    return _stored(session, expected.id)


def store_person(
    session: Session,
    rules: Rules,
    visitor: Visitor,
    person_id: int | None,
    *,
    actor: str,
    now: float,
) -> int:
    """Whose visit it is: by the document, else the expected person, else somebody new.

    Only a visitor's own record is brought up to what was typed; that of an official who comes
    as a visitor is left alone.
    """
    kind, number = visitor.document_kind, visitor.document_number
    if kind is not None and number.strip():
        person_id = find_by_document(session, rules.vault, kind, number) or person_id
    draft = PersonDraft(
        title=visitor.title,
        first_name=visitor.first_name,
        last_name=visitor.last_name,
        name_latin=visitor.name_latin,
        organisation=visitor.organisation,
        phone=visitor.phone,
        purpose=Purpose.VISITOR,
        document_kind=kind if number.strip() else None,
        document_number=number,
    )
    known = None if person_id is None else person_of(session, person_id)
    if known is None or known.erased_at is not None or known.merged_into is not None:
        return add_person(session, draft, vault=rules.vault, actor=actor, now=now)
    if known.purpose is Purpose.VISITOR:
        merged = _merged(draft, known)
        change_person(session, known.id, merged, vault=rules.vault, actor=actor, now=now)
    return known.id


def _merged(draft: PersonDraft, known: PersonRecord) -> PersonDraft:
    """What the desk typed over what is on record; what it left empty stays."""
    kept: dict[str, Any] = {
        "name_latin": draft.name_latin or known.name_latin,
        "organisation": draft.organisation or known.organisation,
        "phone": draft.phone or known.phone,
        "position": known.position,
        "employment": known.employment,
        "email": known.email,
        "vip": known.vip,
        "photo": known.photo,
        "document_kind": draft.document_kind or known.document_kind,
    }
    if known.document_kind is not None and known.document_kind is not draft.document_kind:
        # The first document stays on record; what is handed in today is the visit's.
        kept |= {"document_kind": known.document_kind, "document_number": ""}
    return replace(draft, **kept)


def errand_values(errand: Errand) -> dict[str, Any]:
    """The columns of an errand, clean. Raises UserError naming a field."""
    texts = ("host_name", "host_unit", "host_phone", "place", "plate", "note")
    values: dict[str, Any] = {name: clean_text(getattr(errand, name), name) for name in texts}
    if not values["host_name"] and not values["host_unit"]:
        raise UserError(
            "whom, or which unit, does the visitor come to?",
            "กรุณากรอกผู้ที่มาพบ หรือหน่วยงานที่มาติดต่อ",
            field="host_name",
        )
    return values | {"purpose": errand.purpose.value}


def consult_for(
    session: Session, visit: VisitInfo, credential: str = "", *, actor: str, now: float
) -> Consultation:
    """What the watchlist says of the visitor, the document, the plate and the card."""
    subject = Subject(
        "person",
        str(visit.person_id),
        name=visit.name,
        name_latin=visit.name_latin,
        document_hash=rows.document_hash_of(session, visit.id),
        plate=visit.plate,
        credential=credential,
    )
    return consult(session, subject, place=PLACE, actor=actor, now=now)


def plain_digits(text: str) -> str:
    """A number of a slot as typed: Arabic digits, no leading zeros."""
    plain = arabic_digits(text).strip()
    return plain.lstrip("0") or plain


def _document(
    rules: Rules, visitor: Visitor | None, expected: VisitInfo | None, leader: VisitInfo | None
) -> KnownDocument | None:
    """What is handed in; None where it is on record already, or the leader's is enough."""
    if visitor is not None and visitor.document_kind and visitor.document_number.strip():
        return known_document(
            rules.vault, visitor.document_kind, visitor.document_number, keep=False
        )
    if expected is not None and expected.document_kind is not None:
        return None
    if leader is not None and not rules.each_document:
        return None
    raise UserError(
        "a document is to be handed in; its number is due",
        "ต้องฝากเอกสารประจำตัว กรุณากรอกเลขที่เอกสาร",
        field="document_number",
    )


def _refuse_second(session: Session, document: KnownDocument, mine: VisitInfo | None) -> None:
    """One document cannot lie in two slots: its owner has a card already."""
    other = rows.visit_keeping(session, document.fingerprint)
    if other is None or (mine is not None and other.id == mine.id):
        return
    raise UserError(
        f"this document lies in slot {other.document_slot} for card {other.card_number}",
        f"เอกสารนี้อยู่ในช่อง {other.document_slot} ของบัตร {other.card_number} แล้ว",
        field="document_number",
    )


def _expected(session: Session, visit_id: int) -> VisitInfo:
    found = rows.visit_by_id(session, visit_id, lock=True)
    if found is None or found.state is not VisitState.EXPECTED:
        raise UserError(
            "this visitor is not expected (any more); look at the list again",
            "รายการนี้แลกบัตรหรือยกเลิกไปแล้ว โปรดดูรายการใหม่",
        )
    return found


def _leader(session: Session, leader_id: int) -> VisitInfo:
    found = rows.visit_by_id(session, leader_id)
    if found is None or found.leader_id is not None:
        raise UserError("this visit leads no group", "รายการนี้ไม่ใช่หัวหน้ากลุ่ม", field="leader_id")
    if found.state is not VisitState.OPEN:
        raise UserError(
            "the group's leader has no card; exchange the leader's first",
            "หัวหน้ากลุ่มยังไม่ได้แลกบัตร โปรดแลกบัตรให้หัวหน้ากลุ่มก่อน",
            field="leader_id",
        )
    return found


def _new(values: dict[str, Any], actor: str, now: float) -> dict[str, Any]:
    if "person_id" not in values:
        raise UserError("who comes?", "กรุณากรอกชื่อผู้มาติดต่อ", field="first_name")
    if "purpose" not in values:
        raise UserError("what for?", "กรุณาเลือกวัตถุประสงค์", field="purpose")
    return {**values, "created_at": now, "created_by": actor}


def _stored(session: Session, visit_id: int) -> VisitInfo:
    found = rows.visit_by_id(session, visit_id)
    assert found is not None  # noqa: S101 (just stored, in this transaction)
    return found
