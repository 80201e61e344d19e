"""What a desk typed, cleaned and judged: names, contact, texts. No session, no database.

Every function takes what was typed and gives what is kept, or raises UserError that names the
field. Cleaning keeps what a reader would see (gatekeeper.office.text).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from email_validator import EmailNotValidError, validate_email

from gatekeeper.db.holder_values import PersonDraft, VehicleDraft
from gatekeeper.errors import UserError
from gatekeeper.office.names import split_full_name, split_title
from gatekeeper.office.text import clean, damage
from gatekeeper.plates import Plate, plate_with_province
from gatekeeper.provinces import find_province
from gatekeeper.thai import arabic_digits

__all__ = ["clean_person", "clean_text", "clean_vehicle"]

TEXT_MAX = 200
TITLE_MAX = 80
NOTE_MAX = 2000
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-,]{4,28}(?: ?(?:ต่อ|ext\.?|x) ?[0-9]{1,6})?\Z", re.IGNORECASE)
_PHOTO = re.compile(r"[A-Za-z0-9_-]{1,64}\.(?:jpg|jpeg|png|webp)\Z")


def clean_person(draft: PersonDraft) -> PersonDraft:
    """The draft with title and names apart and every text clean; the document untouched.

    Raises UserError for a field that cannot be kept.
    """
    texts: dict[str, Any] = {
        name: clean_text(getattr(draft, name), name, TITLE_MAX if name == "title" else TEXT_MAX)
        for name in ("title", "first_name", "last_name", "name_latin", "position", "organisation")
    }
    named = replace(draft, **texts)
    named = replace(named, **_names(named.title, named.first_name, named.last_name))
    if not named.first_name and not named.name_latin:
        raise UserError(
            "a first name, or a name in Latin letters, is due",
            "กรุณากรอกชื่อ หรือชื่ออักษรโรมัน",
            field="first_name",
        )
    if draft.photo and not _PHOTO.match(draft.photo):
        raise UserError("this is no stored photo", "รูปถ่ายไม่ถูกต้อง", field="photo")
    return replace(named, email=_email(draft.email), phone=_phone(draft.phone))


def clean_vehicle(draft: VehicleDraft) -> tuple[VehicleDraft, Plate]:
    """The draft with its plate in one spelling and its province by name; and the plate.

    Raises UserError for a field that cannot be kept.
    """
    plate, behind = plate_with_province(draft.plate)
    province = clean_text(draft.province, "province", TEXT_MAX)
    known = find_province(province) if province else behind
    if province and known is None:
        raise UserError(
            f"{province[:30]!r} is no province; its name or abbreviation is due",
            f"ไม่มีจังหวัดชื่อ “{province[:30]}” กรอกชื่อหรืออักษรย่อของจังหวัด",
            field="province",
        )
    if province and behind and known != behind:
        raise UserError(
            f"{behind} behind the plate, {known} as province: which one?",
            f"หลังเลขทะเบียนเขียน {behind} แต่ช่องจังหวัดเป็น {known} โปรดเลือกให้ตรงกัน",
            field="province",
        )
    texts: dict[str, Any] = {
        name: clean_text(getattr(draft, name), name, NOTE_MAX if name == "note" else TEXT_MAX)
        for name in ("make", "model", "colour", "organisation", "note")
    }
    return replace(draft, plate=plate.text, province=known or "", **texts), plate


def clean_text(text: str, field: str, most: int = TEXT_MAX) -> str:
    """`text` without what cannot be seen. Raises UserError where it is too long or damaged."""
    kept = clean(text)
    if damage(kept):
        raise UserError(
            "a character that cannot be shown is in it; type it anew",
            "มีอักขระที่แสดงผลไม่ได้ โปรดพิมพ์ใหม่",
            field=field,
        )
    if len(kept) > most:
        raise UserError(
            f"{len(kept)} characters seen; at most {most} are due",
            f"กรอก {len(kept)} ตัวอักษร กรอกได้ไม่เกิน {most} ตัวอักษร",
            field=field,
        )
    return kept


def _names(title: str, first: str, last: str) -> dict[str, Any]:
    """Title and names apart, where they were typed joined."""
    if last:
        more, first = split_title(first, joined=not title)
    else:
        more, first, last = split_full_name(first, joined=not title)
    if not first:  # nothing but a title: then it is the name
        first, more = more, ""
    return {"title": title or more, "first_name": first, "last_name": last}


def _email(text: str) -> str:
    plain = clean_text(text, "email", 254)
    if not plain:
        return ""
    try:
        # Whether the domain takes mail is found out by sending, not by asking a name server.
        return str(validate_email(plain, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise UserError(
            f"{plain[:60]!r} is no e-mail address; name@example.go.th is due",
            f"“{plain[:60]}” ไม่ใช่ที่อยู่อีเมล ตัวอย่างที่ถูกต้อง name@example.go.th",
            field="email",
        ) from None


def _phone(text: str) -> str:
    plain = arabic_digits(clean_text(text, "phone", 60))
    if plain and not _PHONE.match(plain):
        raise UserError(
            f"{plain[:30]!r} is no telephone number; 08 1234 5678 or 0 2123 4567 ext. 12 is due",
            f"“{plain[:30]}” ไม่ใช่หมายเลขโทรศัพท์ ตัวอย่างที่ถูกต้อง 08 1234 5678 หรือ 0 2123 4567 ต่อ 12",
            field="phone",
        )
    return plain
