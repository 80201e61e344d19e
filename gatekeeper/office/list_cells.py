"""One cell of a list of holders or passes: its text, a choice, a day, yes or no; or its fault.

And the other way round: how values are written, so that what is written comes back unchanged
and no spreadsheet program runs it. Nothing here knows where a cell stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from gatekeeper import thai
from gatekeeper.db.holder_values import VehicleKind
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import DocumentKind, Employment, Purpose
from gatekeeper.office.faults import FaultCode, Problem
from gatekeeper.office.text import Odd, OddKind, clean, damage, folded, formula_like

__all__ = [
    "DOCUMENTS",
    "EMPLOYMENTS",
    "PURPOSES",
    "STATES",
    "VEHICLE_KINDS",
    "Refused",
    "choice",
    "day",
    "flag",
    "plain",
    "refused_by",
    "written",
]

_C = TypeVar("_C", bound=StrEnum)
_DANGEROUS = "=+-@\t\r\n＝＋－＠"
_MARKED = re.compile(f"'+(?:[{_DANGEROUS}]|[–—−‐]\\Z)")
_DASHES = frozenset(("-", "–", "—", "−", "‐", "--", "---"))
_ODD = {
    OddKind.FORMULA: FaultCode.FORMULA,
    OddKind.ERROR: FaultCode.CELL_ERROR,
    OddKind.DATE: FaultCode.DATE_IN_CELL,
    OddKind.LOSSY: FaultCode.CREDENTIAL_LOSSY,
}
LONGEST = 4000
"""No column takes more; each column's own limit is the office's."""


class Refused(Exception):
    """A row is refused: a field, and what is wrong, as code and sentences or as a Problem."""

    def __init__(self, field: str, code: str, th: str = "", en: str = "") -> None:
        super().__init__(code)
        self.field = field
        self.code = code
        self.values: dict[str, object] = {"th": th, "en": en}

    @classmethod
    def of(cls, field: str, problem: Problem) -> Refused:
        """The same of a Problem."""
        made = cls(field, problem.code)
        made.values = dict(problem.values)
        return made


def plain(cell: str, *, dates: bool = False, literal: bool = False) -> str | Problem:
    """The text of a cell as it is kept. A dash alone is nothing; a formula is none of ours.

    `dates`: a spreadsheet's date may stand here. `literal`: it comes from a program and is what it
    is.

    An apostrophe before what looks like a formula is the mark of a text (`written` sets it) and
    no part of it.
    """
    if isinstance(cell, Odd) and not (dates and cell.kind is OddKind.DATE):
        return Problem(_ODD[cell.kind], {"seen": str(cell)})
    text = clean(str(cell))
    if not literal:
        if not text or text in _DASHES:
            return ""
        if _MARKED.match(text):
            text = text[1:]
        elif formula_like(text):
            return Problem(FaultCode.FORMULA, {"seen": text})
    if char := damage(text):
        return Problem(FaultCode.CONTROL_CHARACTER, {"seen": char})
    if len(text) > LONGEST:
        return Problem(FaultCode.TOO_LONG, {"length": len(text), "limit": LONGEST})
    return text


def written(text: str) -> str:
    """`text` as a cell: an apostrophe before whatever a spreadsheet might run or `plain` drop."""
    marked = text.startswith(tuple(_DANGEROUS)) or text in _DASHES or _MARKED.match(text)
    return f"'{text}" if marked else text


def choice(field: str, text: str, words: Mapping[_C, str]) -> _C | None:
    """The member that `text` names, by its value or a word of the table; None for nothing.

    Raises Refused with the words that are known.
    """
    if not text:
        return None
    wanted = folded(text)
    for member, names in words.items():
        if wanted in {folded(name) for name in (member.value, *names.split("|"))}:
            return member
    first = ", ".join(names.partition("|")[0] for names in words.values())
    codes = ", ".join(member.value for member in words)
    raise Refused(
        field,
        f"unknown_{field}",
        f"ไม่รู้จัก “{text[:40]}” ใช้ได้: {first}",
        f"unknown value {text[:40]!r}; due: {codes}",
    )


def day(field: str, text: str) -> date | None:
    """A day as people here write it. Raises Refused."""
    if not text:
        return None
    try:
        return thai.parse_date(text.partition(" 00:00")[0])
    except ValueError:
        raise Refused(
            field,
            "date_invalid",
            f"อ่านวันที่ “{text[:30]}” ไม่ได้ ตัวอย่างที่ถูกต้อง 22/11/2569",
            f"{text[:30]!r} is no date; 22/11/2569 or 2026-11-22 is due",
        ) from None


def flag(field: str, text: str) -> bool:
    """Yes or no; nothing is no. Raises Refused."""
    if not text or folded(text) in _NO:
        return False
    if folded(text) in _YES:
        return True
    raise Refused(
        field,
        f"unknown_{field}",
        f"ไม่รู้จัก “{text[:40]}” ใช้ได้: ใช่ ไม่ใช่ หรือเว้นว่าง",
        f"unknown value {text[:40]!r}; due: yes, no, or nothing",
    )


def refused_by(error: UserError) -> Refused:
    """What the office refused, at the field that it names."""
    field = error.field
    return Refused(field, f"{field}_invalid" if field else "refused", error.th, str(error))


_YES = frozenset(folded(word) for word in ("ใช่", "เป็น", "yes", "y", "true", "1", "x", "✓", "vip"))
_NO = frozenset(folded(word) for word in ("ไม่", "ไม่ใช่", "no", "n", "false", "0"))

EMPLOYMENTS: Mapping[Employment, str] = {
    Employment.OFFICIAL: "ข้าราชการ|civil servant",
    Employment.GOVERNMENT_EMPLOYEE: "พนักงานราชการ|government employee",
    Employment.PERMANENT_EMPLOYEE: "ลูกจ้างประจำ|permanent employee",
    Employment.TEMPORARY_EMPLOYEE: "ลูกจ้างชั่วคราว|temporary employee",
    Employment.POLITICAL: "ข้าราชการการเมือง|การเมือง|political official",
    Employment.CONTRACTOR: "ผู้รับจ้าง|ผู้รับเหมา|จ้างเหมา|จ้างเหมาบริการ",
    Employment.INTERN: "นักศึกษาฝึกงาน|ฝึกงาน|นักศึกษา|trainee",
    Employment.PRESS: "สื่อมวลชน|ผู้สื่อข่าว|media",
    Employment.OTHER: "อื่น ๆ|อื่นๆ|อื่น",
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.STAFF: "บุคลากร|ปฏิบัติงาน",
    Purpose.PRESS: "สื่อมวลชน|media",
    Purpose.VEHICLE: "ผู้รับผิดชอบยานพาหนะ",
    Purpose.VISITOR: "ผู้มาติดต่อ",
    Purpose.EVENT: "ผู้ได้รับเชิญ|guest",
}
DOCUMENTS: Mapping[DocumentKind, str] = {
    DocumentKind.NATIONAL_ID: "บัตรประจำตัวประชาชน|บัตรประชาชน|national id|id card",
    DocumentKind.PASSPORT: "หนังสือเดินทาง|พาสปอร์ต",
    DocumentKind.DRIVING_LICENCE: "ใบอนุญาตขับรถ|ใบขับขี่|driving licence|driving license",
    DocumentKind.OFFICIAL_CARD: "บัตรประจำตัวเจ้าหน้าที่ของรัฐ|บัตรข้าราชการ|official card",
}
VEHICLE_KINDS: Mapping[VehicleKind, str] = {
    VehicleKind.OFFICIAL: "รถราชการ|ราชการ|ยานพาหนะราชการ",
    VehicleKind.PRIVATE: "รถส่วนบุคคล|ส่วนบุคคล|ยานพาหนะส่วนบุคคล|ส่วนตัว",
}
STATES: Mapping[PassState, str] = {
    PassState.ACTIVE: "ใช้งานอยู่|ใช้งาน|ปกติ|valid|ok",
    PassState.HANDED_OVER: "ส่งมอบแล้ว",
    PassState.MADE: "จัดทำแล้ว",
    PassState.APPROVED: "อนุมัติแล้ว|รอจัดทำ",
    PassState.CHECKED: "ตรวจสอบแล้ว|รออนุมัติ",
    PassState.REQUESTED: "รอตรวจสอบ|ขอออกบัตร",
    PassState.EXPIRED: "หมดอายุ",
    PassState.SUSPENDED: "ถูกระงับ|ระงับ",
    PassState.REVOKED: "ถูกยกเลิก|ยกเลิก|cancelled",
    PassState.LOST: "แจ้งหาย|สูญหาย|หาย",
    PassState.RETURNED: "คืนแล้ว|คืน",
    PassState.REFUSED: "ไม่อนุมัติ",
}
"""The first word is the one that is written."""
