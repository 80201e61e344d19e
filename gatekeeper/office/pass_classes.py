"""What a class of passes may be, and changing one.

A change of its areas is in force at every gate at once; a change of its validity counts for
passes that are made or renewed from then on.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_classes import (
    class_by_id,
    insert_class,
    passes_of_class,
    prefix_owner,
    update_class,
)
from gatekeeper.errors import UserError
from gatekeeper.kinds import HolderKind, PassKind
from gatekeeper.kinds_office import Purpose, ValidityRule

__all__ = ["LAYOUTS", "LEAST_CONTRAST", "ClassDraft", "contrast", "save_class"]

LAYOUTS = ("badge", "permit", "card")

LEAST_CONTRAST = 4.5
"""Of the ink on the class's colour (WCAG 2.2, 1.4.3): it is read at arm's length on a badge."""

_ID = re.compile(r"[a-z][a-z0-9_]{1,31}\Z")
_PREFIX = re.compile(r"[A-Z]{1,4}\Z")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ClassDraft:
    """A class as somebody wants it; see gatekeeper.db.tables_passes for the fields."""

    name_th: str
    name_en: str
    kind: PassKind
    prefix: str
    legal_basis: str
    purpose: Purpose
    validity: ValidityRule
    validity_days: int
    renewal_approval: bool
    zones: tuple[str, ...] | None
    colour: str
    ink: str
    layout: str
    employment: str
    keep_document: bool
    retention_days: int
    active: bool
    rank: int


def contrast(colour: str, ink: str) -> float:
    """The ratio of luminances of two colours `#RRGGBB`, 1 to 21 (WCAG 2.2)."""
    one, other = sorted((_luminance(colour), _luminance(ink)), reverse=True)
    return (one + 0.05) / (other + 0.05)


def save_class(
    session: Session, class_id: str, draft: ClassDraft, *, actor: str, new: bool = False
) -> None:
    """Make the class what the draft says. Raises UserError naming the field that cannot be."""
    _check(session, class_id, draft, new=new)
    before = class_by_id(session, class_id)
    values = asdict(draft) | {
        "kind": draft.kind.value,
        "purpose": draft.purpose.value,
        "validity": draft.validity.value,
        "zones": None if draft.zones is None else sorted(set(draft.zones)),
        "holder": _holder(draft.kind).value,
        "colour": draft.colour.upper(),
        "ink": draft.ink.upper(),
    }
    if before is None:
        insert_class(session, {"id": class_id, **values})
        record_act(session, actor, "class.add", class_id, after=values)
        return
    if _holder(draft.kind) is not before.holder:
        raise UserError(
            "a class stays one of people or of vehicles; make a new one",
            "เปลี่ยนจากบัตรบุคคลเป็นบัตรยานพาหนะไม่ได้ ให้เพิ่มประเภทใหม่",
            field="kind",
        )
    update_class(session, class_id, values)
    old = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(before).items()}
    # No areas at all is another thing than every gate: only a missing text is an empty one.
    changed = {
        name: value for name, value in values.items() if _plain(old.get(name)) != _plain(value)
    }
    record_act(
        session,
        actor,
        "class.change",
        class_id,
        before={name: old.get(name) for name in changed},
        after=changed,
    )
    if changed.keys() & {"zones", "name_th", "name_en"}:
        record_change(session, passes=passes_of_class(session, class_id))


def _check(session: Session, class_id: str, draft: ClassDraft, *, new: bool) -> None:
    exists = class_by_id(session, class_id) is not None
    wrong = {
        "id": not _ID.match(class_id) or (new and exists) or (not new and not exists),
        "name_th": not draft.name_th.strip(),
        "name_en": not draft.name_en.strip(),
        "legal_basis": not draft.legal_basis.strip(),
        "prefix": not _PREFIX.match(draft.prefix)
        or prefix_owner(session, draft.prefix) not in (None, class_id),
        "validity_days": not 1 <= draft.validity_days <= _LONGEST_DAYS,
        "retention_days": not 1 <= draft.retention_days <= _LONGEST_DAYS,
        "rank": not 0 <= draft.rank <= 9999,
        "layout": draft.layout not in LAYOUTS,
        "colour": not _COLOUR.match(draft.colour),
        "ink": not _COLOUR.match(draft.ink),
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            th, en = _WRONG[field]
            raise UserError(en, th, field=field)
    ratio = contrast(draft.colour, draft.ink)
    if ratio < LEAST_CONTRAST:
        raise UserError(
            f"the text would be hard to read on this colour: contrast {ratio:.1f}, "
            f"{LEAST_CONTRAST} is due",
            f"ตัวอักษรบนสีนี้อ่านยาก ความต่างสี {ratio:.1f} ต้องไม่น้อยกว่า {LEAST_CONTRAST}",
            field="ink",
        )


_WRONG = {
    "id": (
        "รหัสประเภทใช้ตัวพิมพ์เล็ก ตัวเลข และ _ และต้องไม่ซ้ำ",
        "small letters, digits and _ are due, of no other class",
    ),
    "name_th": ("กรุณากรอกชื่อภาษาไทย", "the Thai name is due"),
    "name_en": ("กรุณากรอกชื่อภาษาอังกฤษ", "the English name is due"),
    "legal_basis": (
        "กรุณาระบุระเบียบหรือคำสั่งที่ใช้ออกบัตร",
        "the rule or order that it is issued under is due",
    ),
    "prefix": (
        "อักษรนำหน้าเลขที่ใช้ A-Z ไม่เกิน 4 ตัว และต้องไม่ซ้ำกับประเภทอื่น",
        "1 to 4 letters A-Z are due, of no other class",
    ),
    "validity_days": ("จำนวนวันต้องอยู่ระหว่าง 1 ถึง 3650", "1 to 3650 days are due"),
    "retention_days": ("จำนวนวันต้องอยู่ระหว่าง 1 ถึง 3650", "1 to 3650 days are due"),
    "rank": ("ลำดับต้องอยู่ระหว่าง 0 ถึง 9999", "0 to 9999 is due"),
    "layout": ("กรุณาเลือกแบบพิมพ์", "a layout is due"),
    "colour": ("สีต้องเป็น #RRGGBB", "#RRGGBB is due"),
    "ink": ("สีต้องเป็น #RRGGBB", "#RRGGBB is due"),
}


def _plain(value: object) -> object:
    return "" if value is None else value


def _holder(kind: PassKind) -> HolderKind:
    return HolderKind.VEHICLE if kind is PassKind.VEHICLE else HolderKind.PERSON


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
