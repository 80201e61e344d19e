"""The list of a team: a workbook to fill in, and what comes back, every faulty row named.

Read by the same reader as guest lists: formulas are refused and never evaluated, entities never
expanded, a bomb is not unpacked. What a person must have is gatekeeper.office.request_intake.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from gatekeeper.errors import ImportFault, UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.office.delimited import Delimited
from gatekeeper.office.package import refuse_old_or_locked
from gatekeeper.office.request_intake import MAX_MEMBERS, MemberDraft, check_member
from gatekeeper.office.text import Odd, OddKind, clean, shown
from gatekeeper.office.workbook import Workbook
from gatekeeper.vault import Vault

__all__ = ["MAX_BYTES", "RowFault", "TeamList", "read_team", "template"]

MAX_BYTES = 2_000_000
_SCAN_ROWS = 30
_MOST_FAULTS = 100

_COLUMNS: dict[str, tuple[str, str, str]] = {
    # field: header of the template, other headers that are understood, example
    "title": ("คำนำหน้า", "คำนำหน้าชื่อ|ยศ|title|prefix", "นาย"),
    "first_name": ("ชื่อ", "ชื่อจริง|ชื่อตัว|first name|name", "สมมุติ"),
    "last_name": ("นามสกุล", "สกุล|last name|surname", "ตัวอย่างดี"),
    "name_latin": ("ชื่อ-สกุล (อังกฤษ)", "ชื่ออังกฤษ|name in english|latin name", "Sommut Tuayangdee"),
    "position": ("ตำแหน่ง", "หน้าที่|position|duty", "ช่างภาพ"),
    "document_kind": ("ประเภทเอกสาร", "เอกสาร|document|document kind", "บัตรประชาชน"),
    "document_number": (
        "เลขที่เอกสาร",
        "เลขประจำตัวประชาชน|เลขบัตรประชาชน|เลขที่หนังสือเดินทาง|document number|id number|passport",
        "",
    ),
}
_NAME = ("first_name", "name_latin")
_KINDS: dict[str, DocumentKind] = {
    "": DocumentKind.NATIONAL_ID,
    "บัตรประชาชน": DocumentKind.NATIONAL_ID,
    "บัตรประจำตัวประชาชน": DocumentKind.NATIONAL_ID,
    "national id": DocumentKind.NATIONAL_ID,
    "id card": DocumentKind.NATIONAL_ID,
    "หนังสือเดินทาง": DocumentKind.PASSPORT,
    "passport": DocumentKind.PASSPORT,
    "ใบขับขี่": DocumentKind.DRIVING_LICENCE,
    "driving licence": DocumentKind.DRIVING_LICENCE,
    "บัตรข้าราชการ": DocumentKind.OFFICIAL_CARD,
    "official card": DocumentKind.OFFICIAL_CARD,
}
_OFFERED = ("บัตรประชาชน", "หนังสือเดินทาง", "ใบขับขี่", "บัตรข้าราชการ")


class RowFault(NamedTuple):
    """What is wrong in one row, as the sheet counts it; column empty: the row as a whole."""

    row: int
    column: str
    th: str
    en: str


class TeamList(NamedTuple):
    """What a list holds. Members are taken only where there are no faults."""

    members: list[MemberDraft]
    faults: list[RowFault]


def template() -> bytes:
    """An XLSX to fill in: headers, an example, columns as text so that no digit is lost."""
    from openpyxl import Workbook as NewWorkbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    book = NewWorkbook()
    sheet = book.create_sheet("รายชื่อทีม", 0)
    del book["Sheet"]
    sheet.append([header for header, _, _ in _COLUMNS.values()])
    for number, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E4E7EA")
        letter = cell.column_letter
        sheet.column_dimensions[letter].width = 24 if number > 1 else 12
        for row in range(2, MAX_MEMBERS + 2):
            sheet[f"{letter}{row}"].number_format = "@"
    choices = DataValidation("list", formula1='"' + ",".join(_OFFERED) + '"', allow_blank=True)
    sheet.add_data_validation(choices)
    choices.add(f"F2:F{MAX_MEMBERS + 1}")
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_team(data: bytes, vault: Vault) -> TeamList:
    """The people in an XLSX or CSV. Raises UserError (field `list`) where it is no such list."""
    if len(data) > MAX_BYTES:
        raise UserError(
            f"the list has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES // 1_000_000} MB are due",
            f"ไฟล์มีขนาด {len(data) / 1e6:.1f} MB ต้องไม่เกิน {MAX_BYTES // 1_000_000} MB",
            field="list",
        )
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        path = Path(folder) / "list.xlsx"
        path.write_bytes(data)
        try:
            return _read(path, data[:8], vault)
        except ImportFault as fault:
            raise UserError(str(fault), fault.th, field="list") from fault


def _read(path: Path, head: bytes, vault: Vault) -> TeamList:
    refuse_old_or_locked(path, head)
    if not head.strip():
        raise ImportFault("the file is empty", th="ไฟล์ว่างเปล่า")
    if not head.startswith(b"PK"):
        return _people(Delimited(path).rows(), vault)
    with Workbook(path) as book:
        return _people(book.rows(book.sheets[0]), vault)


def _people(rows: Iterator[tuple[int, list[str]]], vault: Vault) -> TeamList:
    columns = _header(rows)
    members: list[MemberDraft] = []
    faults: list[RowFault] = []
    for number, cells in rows:
        values = {name: cells[at] for name, at in columns.items() if at < len(cells)}
        if not any(clean(each) for each in values.values()):
            continue
        if len(members) + len(faults) >= MAX_MEMBERS + _MOST_FAULTS:
            break
        found = _person(number, values, vault)
        (members if isinstance(found, MemberDraft) else faults).append(found)  # type: ignore[arg-type]
    if len(members) > MAX_MEMBERS:
        raise ImportFault(
            f"more than {MAX_MEMBERS} people; split the list",
            th=f"มีมากกว่า {MAX_MEMBERS} คน โปรดแบ่งเป็นหลายคำขอ",
        )
    if not members and not faults:
        raise ImportFault("nobody in the list", th="ไม่มีรายชื่อในไฟล์")
    return TeamList(members, faults + _twice(members))


def _header(rows: Iterator[tuple[int, list[str]]]) -> dict[str, int]:
    """Field to column; the header is looked for among the first rows."""
    for number, cells in rows:
        found: dict[str, int] = {}
        for at, cell in enumerate(cells):
            name = _BY_HEADER.get(_folded(cell))
            if name is not None:
                found.setdefault(name, at)
        if len(found) >= 2 and any(name in found for name in _NAME):
            return found
        if number > _SCAN_ROWS:
            break
    due = ", ".join(header for header, _, _ in _COLUMNS.values())
    raise ImportFault(
        f"no header found; the columns {due} are due (use the template)",
        th=f"ไม่พบหัวตาราง ต้องมีคอลัมน์ {due} (ใช้แบบฟอร์มที่ดาวน์โหลดได้)",
    )


def _person(number: int, values: dict[str, str], vault: Vault) -> MemberDraft | RowFault:
    for name, cell in values.items():
        if isinstance(cell, Odd):
            return _odd(number, name, cell)
    kind = _KINDS.get(clean(values.get("document_kind", "")).casefold())
    if kind is None:
        seen = shown(values["document_kind"])
        header = _COLUMNS["document_kind"][0]
        due = ", ".join(_OFFERED)
        return RowFault(
            number, header, f"ไม่รู้จัก {seen} ใช้ได้: {due}", f"{seen} seen; one of {due} is due"
        )
    texts = {name: clean(cell) for name, cell in values.items()}
    draft = MemberDraft(**{**texts, "document_kind": kind.value})
    try:
        check_member(vault, draft)
    except UserError as error:
        header = _COLUMNS.get(error.field, ("", "", ""))[0]
        return RowFault(number, header, error.th, str(error))
    return draft


def _odd(number: int, name: str, cell: Odd) -> RowFault:
    header = _COLUMNS[name][0]
    if cell.kind is OddKind.FORMULA:
        return RowFault(
            number, header, f"พบสูตร {shown(cell)} ไม่รับสูตร โปรดใส่เป็นข้อความ",
            f"formula {shown(cell)} seen; plain text is due",
        )  # fmt: skip
    return RowFault(
        number, header, f"ตารางคำนวณเปลี่ยนค่าเป็น {shown(cell)} โปรดจัดรูปแบบช่องเป็นข้อความแล้วพิมพ์ใหม่",
        f"the spreadsheet made {shown(cell)} of it; format the cell as text and type it again",
    )  # fmt: skip


def _twice(members: list[MemberDraft]) -> list[RowFault]:
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for number, member in enumerate(members, 1):
        key = member.document_kind, "".join(filter(str.isalnum, member.document_number))
        if key in seen:
            name = shown(asdict(member)["first_name"])
            faults.append(
                RowFault(
                    0, _COLUMNS["document_number"][0],
                    f"คนที่ {number} ({name}) มีเลขเอกสารซ้ำกับคนที่ {seen[key]}",
                    f"person {number} ({name}) has the document of person {seen[key]} again",
                )
            )  # fmt: skip
        seen.setdefault(key, number)
    return faults


def _folded(header: str) -> str:
    return "".join(clean(header).casefold().split()).strip("*.")


_BY_HEADER = {
    _folded(name): field
    for field, (header, others, _) in _COLUMNS.items()
    for name in (header, *others.split("|"), field)
}
