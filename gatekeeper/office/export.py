"""Guest lists out: CSV or XLSX that a spreadsheet program opens as text and never runs.

Written row by row, so that a list of any length costs no memory. What is written comes back
unchanged through the import. Where guests come from, and who may have them, is the caller's.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gatekeeper.db.guests import GuestRow

__all__ = ["COLUMNS", "safe", "write_csv", "write_xlsx"]

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_REPLIES = {
    "accepted": "ตอบรับ",
    "declined": "ไม่สะดวก",
    "no_reply": "ยังไม่ตอบ",
    "representative": "ส่งผู้แทน",
}

COLUMNS: tuple[tuple[str, Callable[[GuestRow], str]], ...] = (
    ("ลำดับ", lambda row: row.external_key or ""),
    ("คำนำหน้า", lambda row: row.title),
    ("ชื่อ", lambda row: row.first_name),
    ("นามสกุล", lambda row: row.last_name),
    ("ชื่ออังกฤษ", lambda row: row.name_latin),
    ("ตำแหน่ง", lambda row: row.position),
    ("หน่วยงาน", lambda row: row.organisation),
    ("กลุ่ม", lambda row: row.group),
    ("โต๊ะ", lambda row: row.table),
    ("ที่นั่ง", lambda row: row.seat),
    ("ผู้ติดตาม", lambda row: str(row.companions)),
    ("การตอบรับ", lambda row: _REPLIES[row.reply]),
    ("สถานะ", lambda row: "ยกเลิก" if row.cancelled else "ปกติ"),
    ("หมายเลขบัตร", lambda row: row.credential or ""),
    ("VIP", lambda row: "ใช่" if row.vip else ""),
    ("ผู้แทน", lambda row: row.representative),
    ("ผู้ต้อนรับ", lambda row: row.greeter or ""),
    ("หมายเหตุ", lambda row: row.note),
)
"""Header and text of every column, in order; the import knows all of these headers."""


def safe(text: str) -> str:
    """`text` so that no spreadsheet program takes it for a formula: an apostrophe before it.

    OWASP "CSV Injection": =, +, -, @, tab and line breaks at the start of a cell.
    """
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_csv(path: Path, guests: Iterable[GuestRow]) -> int:
    """Write `guests` to `path` as UTF-8 with a mark (Excel needs it); how many they were."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([header for header, _ in COLUMNS])
        for count, guest in enumerate(guests, start=1):  # noqa: B007 (the last one is the answer)
            writer.writerow([safe(text(guest)) for _, text in COLUMNS])
    return count


def write_xlsx(path: Path, guests: Iterable[GuestRow], title: str = "") -> int:
    """Write `guests` to `path`, every cell as text, below `title`; how many they were."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("รายชื่อ")
    sheet.freeze_panes = "A2" if not title else "A3"
    bold = Font(bold=True)

    def cell(text: str, font: Font | None = None) -> Any:
        # openpyxl would make a formula of any text that begins with "="; a text is a text.
        made = WriteOnlyCell(sheet, value=safe(text))
        made.data_type = "s"
        made.number_format = "@"
        if font is not None:
            made.font = font
        return made

    if title:
        sheet.append([cell(title, bold)])
    sheet.append([cell(header, bold) for header, _ in COLUMNS])
    count = 0
    for count, guest in enumerate(guests, start=1):  # noqa: B007 (the last one is the answer)
        sheet.append([cell(text(guest)) for _, text in COLUMNS])
    book.save(path)
    return count
