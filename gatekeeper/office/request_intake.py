"""Taking a request from outside: what was typed becomes clean rows, or is refused by field.

The applicant has no account: a reference names the request, a secret (of which only a hash is
kept) shows its state. The watchlist is consulted at once; the applicant is never told of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from gatekeeper.db import requests as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonDraft, VehicleDraft
from gatekeeper.db.pass_classes import ClassInfo, list_classes
from gatekeeper.db.requests import Member, Request
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office import letters, watchlist
from gatekeeper.office.documents import Stored
from gatekeeper.office.holder_rules import clean_person, clean_text, clean_vehicle
from gatekeeper.office.holders import known_document
from gatekeeper.office.request_names import hashed, new_reference, new_secret, plain
from gatekeeper.office.validity import validity
from gatekeeper.vault import Vault

__all__ = [
    "FORMS",
    "MAX_MEMBERS",
    "FileDraft",
    "MemberDraft",
    "Receipt",
    "RequestDraft",
    "check_member",
    "class_of_form",
    "find",
    "subject_of",
    "submit",
]

FORMS = ("press", "broadcast", "vehicle")
MAX_MEMBERS = 60
A_DAY_OF_ONE = 5
"""Requests that one e-mail address may send within 24 hours."""


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """A person, or (with a plate) a vehicle, as typed."""

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    name_latin: str = ""
    position: str = ""
    document_kind: str = ""
    document_number: str = field(default="", repr=False)
    photo: str = ""
    plate: str = ""
    province: str = ""
    make: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A document that is stored already; `name`: what its sender called it."""

    kind: str
    stored: Stored
    name: str = ""


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A request as typed. Times are UTC seconds, `valid_until` exclusive."""

    form: str
    organisation: str
    contact_name: str
    contact_email: str
    contact_phone: str
    purpose: str
    valid_from: float | None
    valid_until: float | None
    language: str
    details: Mapping[str, Any]
    members: tuple[MemberDraft, ...]
    files: tuple[FileDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant is given; the secret is told once and cannot be found again."""

    reference: str
    secret: str


def class_of_form(session: Session, form: str) -> ClassInfo | None:
    """The class of passes that this form asks for; None: it is not offered."""
    return next(
        (each for each in list_classes(session, active_only=True) if each.request_form == form),
        None,
    )


def submit(
    session: Session, vault: Vault, draft: RequestDraft, *, now: float, zone: ZoneInfo
) -> Receipt:
    """Take a request up; what the applicant is given. Raises UserError naming a field."""
    found = class_of_form(session, draft.form)
    if found is None:
        raise UserError("this form is not offered now", "ขณะนี้ไม่เปิดรับคำขอประเภทนี้")
    values, receipt = _values(draft, found, now, zone)
    members = [_member(vault, each, found) for each in draft.members]
    _check_members(members)
    since = now - 86_400
    if rows.recent_of_contact(session, values["contact_email"], since) >= A_DAY_OF_ONE:
        raise UserError(
            f"{A_DAY_OF_ONE} requests came from this address within a day; wait, or call us",
            f"อีเมลนี้ส่งคำขอครบ {A_DAY_OF_ONE} ครั้งในหนึ่งวันแล้ว โปรดรอ หรือติดต่องานบัตรทางโทรศัพท์",
            field="contact_email",
        )
    request_id, _ = rows.add_request(session, values, members)
    store_files(session, request_id, draft.files, now)
    rows.add_note(session, request_id, now, "", "received", "")
    record_act(session, receipt.reference, "request.receive", f"request:{request_id}")
    request = rows.request_by_id(session, request_id)
    assert request is not None  # noqa: S101 (was added above)
    letters.queue(session, request, letters.Kind.RECEIVED, now=now, secret=receipt.secret)
    for member in rows.members_of(session, request_id):
        watchlist.consult(
            session, subject_of(member), place="request", actor=receipt.reference, now=now
        )
    return receipt


def find(session: Session, reference: str, secret: str) -> Request | None:
    """The request, where both are right. A wrong one of either costs the same time."""
    request = rows.request_by_reference(session, plain(reference, dash_at=4))
    seen = hashed(plain(secret))
    due = request.secret_hash if request is not None else "0" * 64
    right = hmac.compare_digest(seen, due)
    if request is None or request.erased_at is not None or not right:
        return None
    return request


def store_files(
    session: Session, request_id: int, files: tuple[FileDraft, ...], now: float
) -> None:
    """Enter documents that are on disk already."""
    for each in files:
        rows.add_file(
            session,
            {
                "application_id": request_id,
                "kind": each.kind,
                "key": each.stored.key,
                "name": clean_text(each.name[:120], "document"),
                "media_type": each.stored.media_type,
                "size": each.stored.size,
                "sha256": each.stored.sha256,
                "at": now,
            },
        )


def check_member(vault: Vault, draft: MemberDraft) -> None:
    """Raise UserError naming the field that a person or a vehicle could not be taken with."""
    _member(vault, draft, None)


def subject_of(member: Member) -> watchlist.Subject:
    """A member as the watchlist compares it."""
    return watchlist.Subject(
        "member",
        str(member.id),
        name="" if member.is_vehicle else member.name,
        name_latin=member.name_latin,
        document_hash=member.document_hash,
        plate=member.plate,
        province=member.province,
    )


def _values(
    draft: RequestDraft, found: ClassInfo, now: float, zone: ZoneInfo
) -> tuple[dict[str, Any], Receipt]:
    person = clean_person(
        PersonDraft(
            first_name=draft.contact_name,
            organisation=draft.organisation,
            email=draft.contact_email,
            phone=draft.contact_phone,
        )
    )
    if not person.email:
        raise UserError("an e-mail address is due", "กรุณากรอกอีเมล", field="contact_email")
    begin, end = validity(
        found.validity, found.validity_days, now, zone, draft.valid_from, draft.valid_until
    )
    receipt = Receipt(new_reference(draft.form, now, zone), new_secret())
    return {
        "reference": receipt.reference,
        "secret_hash": hashed(plain(receipt.secret)),
        "form": draft.form,
        "class_id": found.id,
        "organisation": person.organisation,
        "contact_name": clean_text(draft.contact_name, "contact_name"),
        "contact_email": person.email,
        "contact_phone": person.phone,
        "purpose": clean_text(draft.purpose, "purpose", 2000),
        "valid_from": begin,
        "valid_until": end,
        "language": draft.language,
        "details": dict(draft.details),
        "received_at": now,
        "changed_at": now,
    }, receipt


def _member(vault: Vault, draft: MemberDraft, found: ClassInfo | None) -> dict[str, Any]:
    """The columns of a member. `found` None: only looked at."""
    if draft.plate.strip():
        vehicle, _ = clean_vehicle(
            VehicleDraft(draft.plate, draft.province, draft.make, "", draft.colour)
        )
        return {each: getattr(vehicle, each) for each in ("plate", "province", "make", "colour")}
    person = clean_person(
        PersonDraft(
            title=draft.title,
            first_name=draft.first_name,
            last_name=draft.last_name,
            name_latin=draft.name_latin,
            position=draft.position,
            photo=draft.photo,
        )
    )
    kept = ("title", "first_name", "last_name", "name_latin", "position", "photo")
    values: dict[str, Any] = {name: getattr(person, name) for name in kept}
    if draft.document_kind not in set(DocumentKind):
        raise UserError("which document is it?", "โปรดเลือกประเภทเอกสาร", field="document_kind")
    keep = found is not None and found.keep_document
    document = known_document(
        vault, DocumentKind(draft.document_kind), draft.document_number, keep=keep
    )
    return {
        **values,
        "document_kind": document.kind.value,
        "document_hash": document.fingerprint,
        "document_tail": document.tail,
        "document_sealed": document.sealed,
    }


def _check_members(members: list[dict[str, Any]]) -> None:
    if not members:
        raise UserError("nobody is named in this request", "คำขอนี้ยังไม่มีรายชื่อ", field="members")
    if len(members) > MAX_MEMBERS:
        raise UserError(
            f"{len(members)} in the list; at most {MAX_MEMBERS} are due; send a second request",
            f"มี {len(members)} รายการ รับได้ไม่เกิน {MAX_MEMBERS} รายการต่อคำขอ โปรดแยกเป็นสองคำขอ",
            field="members",
        )
    seen: dict[object, int] = {}
    for number, member in enumerate(members, 1):
        key = member.get("document_hash") or (member.get("plate"), member.get("province"))
        if key in seen:
            raise UserError(
                f"numbers {seen[key]} and {number} of the list are the same",
                f"ลำดับที่ {seen[key]} และ {number} ซ้ำกัน",
                field="members",
            )
        seen[key] = number
