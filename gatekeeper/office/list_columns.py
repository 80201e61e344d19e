"""The columns of lists of people, vehicles and passes: their names, in Thai and English, in any
order, for reading and for writing.

Guest lists have their own words (gatekeeper.office.headers). What a cell holds is decided in
list_cells, what a row means in import_people, import_vehicles and import_passes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.errors import ImportFault
from gatekeeper.office.text import clean, shown

__all__ = ["PASSES", "PEOPLE", "VEHICLES", "ListHeader", "Vocabulary"]

_PUNCTUATION = re.compile(r"[\s.\-–—_/()\[\]:*,;'\"’]+")


@dataclass(frozen=True, slots=True)
class ListHeader:
    """Where the columns of a list are."""

    row: int
    """Row number of the header."""
    columns: Mapping[str, int]
    """Index of each field's column."""
    texts: Mapping[str, str]
    """What the file calls each field."""
    unknown: tuple[str, ...]
    width: int
    """Cells of the header row, up to its last filled one."""
    cells: tuple[str, ...]

    def text(self, *fields: str) -> str:
        """What the file calls the first of `fields` that it has, or the name of the field."""
        return next((self.texts[field] for field in fields if field in self.texts), fields[0])


class Vocabulary:
    """The columns that one kind of list may have."""

    def __init__(self, due: Sequence[str], columns: Mapping[str, str]) -> None:
        """`columns`: field to its names, the one that is written first, separated by `|`.
        `due`: fields of which a header names one at least."""
        self.headers = {field: names.partition("|")[0] for field, names in columns.items()}
        self.due = frozenset(due)
        self._by_name = {
            _folded(name): field
            for field, names in columns.items()
            for name in (*names.split("|"), field)
        }

    def find(self, rows: Sequence[tuple[int, Sequence[str]]]) -> ListHeader | None:
        """The first of `rows` (number, cells) that names what is due and one thing more.

        Raises ImportFault where two columns are called the same, so that one would be lost.
        """
        for number, cells in rows:
            named = {found for cell in cells if (found := self._field(cell))}
            if named & self.due and len(named) > 1:
                return self._header(number, [clean(cell) for cell in cells])
        return None

    def _field(self, cell: str) -> str | None:
        return self._by_name.get(_folded(cell)) if cell else None

    def _header(self, number: int, cells: list[str]) -> ListHeader:
        columns: dict[str, int] = {}
        unknown: list[str] = []
        for index, cell in enumerate(cells):
            field = self._field(cell)
            if field is None:
                unknown += [shown(cell)] if cell else []
            elif field in columns:
                raise _twice(number, cells[columns[field]], columns[field], cell, index)
            else:
                columns[field] = index
        texts = {field: cells[index] for field, index in columns.items()}
        width = max(index for index, cell in enumerate(cells) if cell) + 1
        return ListHeader(number, columns, texts, tuple(unknown), width, tuple(cells))


def _folded(header: str) -> str:
    return _PUNCTUATION.sub("", clean(header)).casefold()


def _twice(number: int, one: str, at_one: int, other: str, at_other: int) -> ImportFault:
    return ImportFault(
        f"row {number}: columns {at_one + 1} ({shown(one)}) and {at_other + 1} ({shown(other)}) "
        "mean the same; one of them is due",
        th=f"แถว {number}: คอลัมน์ {at_one + 1} ({shown(one)}) และ {at_other + 1} ({shown(other)}) "
        "มีความหมายเดียวกัน โปรดเหลือไว้คอลัมน์เดียว",
    )


_NAME = {
    "title": "คำนำหน้า|คำนำหน้าชื่อ|คำนำหน้านาม|ยศ|ยศ/คำนำหน้า|คำนำหน้า/ยศ|prefix|rank|honorific",
    "first_name": "ชื่อ|ชื่อจริง|ชื่อตัว|ชื่อต้น|ชื่อ-สกุล|ชื่อ-นามสกุล|ชื่อและนามสกุล|ชื่อเต็ม|name|"
    "first name|given name|full name|fullname",
    "last_name": "นามสกุล|สกุล|last name|surname|family name",
    "name_latin": "ชื่ออังกฤษ|ชื่อภาษาอังกฤษ|ชื่อ-สกุล (อังกฤษ)|ชื่อ-นามสกุล (อังกฤษ)|english name|"
    "name in english|name (english)|name (en)|latin name",
}
_PLATE = {
    "plate": "ทะเบียน|ทะเบียนรถ|เลขทะเบียน|เลขทะเบียนรถ|หมายเลขทะเบียน|ป้ายทะเบียน|plate no|plate number|"
    "licence plate|license plate|registration",
    "province": "จังหวัด|ทะเบียนจังหวัด|จังหวัดที่จดทะเบียน",
}
_ORGANISATION = "หน่วยงาน|สังกัด|องค์กร|บริษัท|กอง|กระทรวง|organization|company|agency|department|unit"
_NOTE = "หมายเหตุ|บันทึก|ข้อสังเกต|notes|remark|remarks|comment"
_DOCUMENT = {
    "document_kind": "ชนิดเอกสาร|ประเภทเอกสาร|เอกสาร|document|document type|id type",
    "document_number": "เลขที่เอกสาร|เลขเอกสาร|เลขประจำตัวประชาชน|เลขบัตรประชาชน|เลขหนังสือเดินทาง|"
    "document no|id number|id no|national id|passport|passport no",
}

PEOPLE = Vocabulary(
    ("first_name", "name_latin"),
    {
        "record": "เลขระเบียน|ระเบียน|record no|record id",
        **_NAME,
        "position": "ตำแหน่ง|job title|post|role",
        "organisation": _ORGANISATION,
        "employment": "ประเภทบุคลากร|ประเภทการจ้าง|ประเภท|employment class|type",
        "purpose": "วัตถุประสงค์|เหตุผลที่เก็บข้อมูล",
        "email": "อีเมล|อีเมล์|ไปรษณีย์อิเล็กทรอนิกส์|e-mail|mail",
        "phone": "โทรศัพท์|เบอร์โทร|เบอร์โทรศัพท์|หมายเลขโทรศัพท์|มือถือ|telephone|tel|mobile|phone number",
        "vip": "บุคคลสำคัญ|วีไอพี",
        **_DOCUMENT,
        "document_tail": "เลขท้ายเอกสาร|document tail|last digits",
        "number": "เลขที่บัตรผ่าน|เลขที่บัตร|บัตรเลขที่|pass number|pass no|badge number|badge no",
    },
)

VEHICLES = Vocabulary(
    ("plate",),
    {
        **_PLATE,
        "make": "ยี่ห้อ|brand",
        "model": "รุ่น",
        "colour": "สี|สีรถ|color",
        "kind": "ประเภท|ประเภทรถ|ประเภทยานพาหนะ|vehicle type|type",
        "responsible": "ผู้รับผิดชอบ|ผู้ครอบครอง|เจ้าของ|เจ้าของรถ|responsible person|owner|driver",
        "responsible_record": "เลขระเบียนผู้รับผิดชอบ|record of responsible",
        "organisation": _ORGANISATION,
        "note": _NOTE,
    },
)

PASSES = Vocabulary(
    ("class",),
    {
        "number": "เลขที่บัตรผ่าน|เลขที่บัตร|บัตรเลขที่|pass number|pass no|badge number|badge no",
        "class": "ประเภทบัตร|ประเภทบัตรผ่าน|ชนิดบัตร|class id|pass class|pass type",
        "state": "สถานะ|สถานะบัตร|status",
        "record": "เลขระเบียน|ระเบียน|record no|record id",
        **_NAME,
        "organisation": _ORGANISATION,
        **_DOCUMENT,
        **_PLATE,
        "valid_from": "วันเริ่มใช้|วันออกบัตร|ใช้ได้ตั้งแต่|เริ่มใช้|valid from|issue date|issued",
        "valid_until": "วันหมดอายุ|ใช้ได้ถึง|บัตรหมดอายุ|หมดอายุ|valid until|expiry|expiry date|expires|"
        "last day",
        "gates": "ประตู|ประตูที่ผ่านได้|gate",
        "credential": "หมายเลขบัตร|แท็ก|หมายเลขแท็ก|รหัสแท็ก|รหัสบัตร|tag|tag id|epc|rfid|uid|card number",
        "note": _NOTE,
    },
)
