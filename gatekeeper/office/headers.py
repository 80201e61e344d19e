"""Which column holds what: header names in Thai or English, in any order.

A header is looked for among the first rows, because offices put titles and dates above it,
and may fill two rows. What a cell below it means is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.errors import ImportFault
from gatekeeper.office.text import clean, shown

__all__ = ["SCAN_ROWS", "SYNONYMS", "Field", "Header", "field_of", "find_header"]

SCAN_ROWS = 60
"""A header that begins below this row is not found."""


class Field(StrEnum):
    """What a column of a guest list can hold."""

    NUMBER = "number"
    TITLE = "title"
    NAME = "name"
    """`ชื่อ` alone: the first name beside a column of last names, else the full name."""
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    NAME_LATIN = "name_latin"
    POSITION = "position"
    ORGANISATION = "organisation"
    GROUP = "group"
    TABLE = "table"
    SEAT = "seat"
    COMPANIONS = "companions"
    REPLY = "reply"
    STATUS = "status"
    CREDENTIAL = "credential"
    NOTE = "note"
    VIP = "vip"
    REPRESENTATIVE = "representative"
    GREETER = "greeter"


_F = Field
SYNONYMS: dict[Field, str] = {
    # Separated by |; compared without case, spaces, dots, brackets, dashes and slashes.
    _F.NUMBER: "ลำดับ|ลำดับที่|ที่|เลขที่|เลขลำดับ|no|number|seq|sequence|sequence no|guest no|#|id|ref",
    _F.TITLE: "คำนำหน้า|คำนำหน้าชื่อ|คำนำหน้านาม|ยศ|ยศ/คำนำหน้า|คำนำหน้า/ยศ|title|prefix|rank|honorific",
    _F.NAME: "ชื่อ|name|ชื่อแขก|ชื่อผู้ได้รับเชิญ|ผู้ได้รับเชิญ|รายชื่อ|guest|guest name",
    _F.FIRST_NAME: "ชื่อจริง|ชื่อตัว|ชื่อต้น|first name|firstname|given name|forename|first",
    _F.LAST_NAME: "นามสกุล|สกุล|ชื่อสกุล/นามสกุล|last name|lastname|surname|family name|last",
    _F.FULL_NAME: "ชื่อ-สกุล|ชื่อ-นามสกุล|ชื่อและนามสกุล|ชื่อ นามสกุล|ชื่อ/นามสกุล|ชื่อเต็ม|ชื่อและสกุล|"
    "ยศ ชื่อ สกุล|ยศ-ชื่อ-นามสกุล|คำนำหน้า ชื่อ นามสกุล|คำนำหน้าชื่อ-สกุล|full name|fullname|"
    "name and surname|name-surname|name surname",
    _F.NAME_LATIN: "ชื่ออังกฤษ|ชื่อภาษาอังกฤษ|ชื่อ-สกุล (อังกฤษ)|ชื่อ-สกุลภาษาอังกฤษ|ชื่อ-นามสกุล (อังกฤษ)|"
    "name (english)|english name|name in english|latin name|name latin|name (en)|name_latin",
    _F.POSITION: "ตำแหน่ง|position|job title|post|role|designation",
    _F.ORGANISATION: "หน่วยงาน|สังกัด|องค์กร|บริษัท|กระทรวง|ประเทศ|หน่วยงาน/ประเทศ|หน่วยงาน/สังกัด|"
    "organisation|organization|company|agency|department|ministry|country|affiliation",
    _F.GROUP: "กลุ่ม|ประเภท|หมวด|กลุ่มผู้ได้รับเชิญ|กลุ่มแขก|group|category|guest group|class",
    _F.TABLE: "โต๊ะ|โต๊ะที่|เลขโต๊ะ|หมายเลขโต๊ะ|table|table no|table number",
    _F.SEAT: "ที่นั่ง|เลขที่นั่ง|หมายเลขที่นั่ง|ที่นั่งที่|seat|seat no|seat number|chair",
    _F.COMPANIONS: "ผู้ติดตาม|จำนวนผู้ติดตาม|ผู้ติดตาม (คน)|จำนวนผู้ติดตาม (คน)|companions|companion|"
    "plus|accompanying|number of companions|no of companions",
    _F.REPLY: "การตอบรับ|ตอบรับ|ผลการตอบรับ|การตอบรับคำเชิญ|สถานะการตอบรับ|reply|rsvp|response",
    _F.STATUS: "สถานะ|สถานะการเชิญ|สถานะบัตรเชิญ|status|invitation status",
    _F.CREDENTIAL: "หมายเลขบัตร|เลขบัตร|รหัสบัตร|เลขที่บัตร|แท็ก|หมายเลขแท็ก|รหัสแท็ก|บัตร|credential|tag|"
    "tag id|epc|card|card no|card number|rfid|uid",
    _F.NOTE: "หมายเหตุ|บันทึก|ข้อสังเกต|note|notes|remark|remarks|comment|comments",
    _F.VIP: "vip|วีไอพี|บุคคลสำคัญ|แขกวีไอพี|แขก vip",
    _F.REPRESENTATIVE: "ผู้แทน|ชื่อผู้แทน|ผู้แทน (ชื่อ)|ผู้มาแทน|representative|represented by|delegate",
    _F.GREETER: "ผู้ต้อนรับ|ผู้รับรอง|ต้อนรับโดย|greeter|greeted by|received by|host",
}

_NAMES = frozenset({_F.NAME, _F.FIRST_NAME, _F.LAST_NAME, _F.FULL_NAME, _F.NAME_LATIN})
_PUNCTUATION = re.compile(r"[\s.\-–—_/()\[\]:*,;'\"’]+")
_LATIN_LETTERS = re.compile(r"[a-z]", re.IGNORECASE)


def _folded(header: str) -> str:
    return _PUNCTUATION.sub("", clean(header)).casefold()


_BY_NAME: dict[str, Field] = {
    _folded(name): field for field, names in SYNONYMS.items() for name in names.split("|")
}


def field_of(header: str) -> Field | None:
    """The field that a header cell names, or None."""
    return _BY_NAME.get(_folded(header)) if header else None


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns of a list are."""

    row: int
    """Row number of the header's last line."""
    columns: Mapping[Field, int]
    """Index of each field's column. Never holds NAME: it was decided which name is meant."""
    full_name: tuple[int, ...]
    """Columns that together hold the full name: a header merged over title, first and last
    name leaves the columns beside it without one."""
    latin: tuple[int, ...]
    """Columns that together spell the name in Latin letters."""
    texts: Mapping[Field, str]
    """What the file calls each field."""
    unknown: tuple[str, ...]
    """Headers that mean nothing here; their columns are not read."""
    width: int
    """Cells of the header row, up to its last filled one."""
    cells: tuple[str, ...]
    """The header row itself, clean: printed lists repeat it on every page."""

    def text(self, *fields: Field) -> str:
        """What the file calls the first of `fields` that it has, or the name of the field."""
        return next((self.texts[field] for field in fields if field in self.texts), fields[0].value)


def find_header(rows: Sequence[tuple[int, Sequence[str]]]) -> Header | None:
    """The first of `rows` (number, cells) that names guests' columns, or None.

    A header names a name and at least one thing more. The row below it belongs to it when
    it only names more columns (headers merged over two rows).

    Raises ImportFault where two columns are called the same, so that one would be lost.
    """
    for index, (number, cells) in enumerate(rows):
        if not _is_header(cells):
            continue
        if index + 1 < len(rows) and _continues(cells, rows[index + 1][1]):
            number, below = rows[index + 1]
            width = max(len(cells), len(below))
            upper, lower = (list(row) + [""] * (width - len(row)) for row in (cells, below))
            cells = [low or up for up, low in zip(upper, lower, strict=True)]
        return _header(number, [clean(cell) for cell in cells])
    return None


def _is_header(cells: Sequence[str]) -> bool:
    found = {field for cell in cells if (field := field_of(cell))}
    filled = sum(1 for cell in cells if clean(cell))
    return bool(found & _NAMES) and (len(found) > 1 or filled == 1)


def _continues(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether every filled cell of `lower` names a column, other than the one above it does."""
    filled = [(index, cell) for index, cell in enumerate(lower) if clean(cell)]
    return bool(filled) and all(
        field_of(cell) and (index >= len(upper) or field_of(cell) != field_of(upper[index]))
        for index, cell in filled
    )


def _header(number: int, cells: list[str]) -> Header:
    columns: dict[Field, int] = {}
    latin: list[int] = []
    unknown: list[str] = []
    thai_names = any(
        field_of(cell) in _NAMES - {_F.NAME_LATIN} and not _LATIN_LETTERS.search(cell)
        for cell in cells
    )
    for index, cell in enumerate(cells):
        field = field_of(cell)
        if field is None:
            unknown += [shown(cell)] if cell else []
        elif field is _F.NAME_LATIN or (
            field in _NAMES and thai_names and _LATIN_LETTERS.search(cell)
        ):
            latin.append(index)
        elif field in columns:
            raise _twice(number, cells[columns[field]], columns[field], cell, index)
        else:
            columns[field] = index
    _decide_name(number, columns, cells)
    return Header(
        row=number,
        columns=columns,
        full_name=_name_columns(columns, cells),
        latin=tuple(latin),
        texts={field: cells[index] for field, index in columns.items()},
        unknown=tuple(unknown),
        width=max(index for index, cell in enumerate(cells) if cell) + 1,
        cells=tuple(cells),
    )


def _decide_name(number: int, columns: dict[Field, int], cells: list[str]) -> None:
    """Replace NAME by what it means beside the other columns."""
    if _F.NAME in columns:
        index = columns.pop(_F.NAME)
        meant = _F.FIRST_NAME if _F.LAST_NAME in columns else _F.FULL_NAME
        if meant in columns:
            raise _twice(number, cells[columns[meant]], columns[meant], cells[index], index)
        columns[meant] = index


def _name_columns(columns: dict[Field, int], cells: list[str]) -> tuple[int, ...]:
    if _F.FULL_NAME not in columns:
        return ()
    first = columns[_F.FULL_NAME]
    after = next((i for i in range(first + 1, len(cells)) if cells[i]), first + 1)
    return tuple(range(first, after))


def _twice(number: int, one: str, at_one: int, other: str, at_other: int) -> ImportFault:
    return ImportFault(
        f"row {number}: columns {at_one + 1} ({shown(one)}) and {at_other + 1} ({shown(other)}) "
        "mean the same; one of them is due",
        th=f"แถว {number}: คอลัมน์ {at_one + 1} ({shown(one)}) และ {at_other + 1} ({shown(other)}) "
        "มีความหมายเดียวกัน โปรดเหลือไว้คอลัมน์เดียว",
    )
