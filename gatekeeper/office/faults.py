"""What can be wrong with a row of a guest list, as codes with a sentence in two languages.

A table and the value that carries one line of it. What a cell must be is decided where it
is read (`fields`, `guest_rows`); what a whole file must be, where it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from gatekeeper.office.text import shown
from gatekeeper.reasons import Sentence

__all__ = ["TEXTS", "Fault", "FaultCode", "Problem"]


class FaultCode(StrEnum):
    """Why a row was refused. The set is part of the import report: codes are never renamed."""

    NO_NAME = "no_name"
    FORMULA = "formula"
    CELL_ERROR = "cell_error"
    DATE_IN_CELL = "date_in_cell"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    EXTRA_CELLS = "extra_cells"
    COMPANIONS_NOT_A_NUMBER = "companions_not_a_number"
    COMPANIONS_NEGATIVE = "companions_negative"
    TOO_MANY_COMPANIONS = "too_many_companions"
    TABLE_INVALID = "table_invalid"
    SEAT_NEGATIVE = "seat_negative"
    SEAT_INVALID = "seat_invalid"
    UNKNOWN_REPLY = "unknown_reply"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_VIP = "unknown_vip"
    CREDENTIAL_NOT_HEX = "credential_not_hex"
    CREDENTIAL_ODD_DIGITS = "credential_odd_digits"
    CREDENTIAL_LENGTH = "credential_length"
    CREDENTIAL_INVALID = "credential_invalid"
    CREDENTIAL_LOSSY = "credential_lossy"
    CREDENTIAL_UNTRUSTED = "credential_untrusted"
    CREDENTIAL_DUPLICATE = "credential_duplicate"
    DUPLICATE_ROW = "duplicate_row"
    DUPLICATE_NUMBER = "duplicate_number"
    DUPLICATE_GUEST = "duplicate_guest"


_C = FaultCode

TEXTS: dict[FaultCode, Sentence] = {
    _C.NO_NAME: Sentence("ไม่มีชื่อ", "no name"),
    _C.FORMULA: Sentence(
        "พบสูตร {seen} ไม่รับสูตร โปรดใส่เป็นข้อความ",
        "formula {seen} seen; formulas are not accepted, enter plain text",
    ),
    _C.CELL_ERROR: Sentence(
        "ช่องนี้เป็นค่าผิดพลาดของตารางคำนวณ {seen}", "the cell holds the spreadsheet error {seen}"
    ),
    _C.DATE_IN_CELL: Sentence(
        "ตารางคำนวณเปลี่ยนค่าเป็นวันที่ ({seen}) โปรดจัดรูปแบบช่องเป็นข้อความแล้วพิมพ์ใหม่",
        "the spreadsheet made a date of it ({seen}); format the cell as text and type it again",
    ),
    _C.CONTROL_CHARACTER: Sentence(
        "มีอักขระที่เสียหายหรืออ่านไม่ได้ ({seen})", "damaged or unreadable character ({seen})"
    ),
    _C.TOO_LONG: Sentence(
        "ยาว {length} ตัวอักษร ไม่เกิน {limit}", "{length} characters seen; at most {limit} are due"
    ),
    _C.EXTRA_CELLS: Sentence(
        "มีช่องเกินหัวตาราง ({seen}) อาจมีเครื่องหมายคั่นอยู่ในข้อความ",
        "more cells than the header has ({seen}); perhaps a text holds the delimiter",
    ),
    _C.COMPANIONS_NOT_A_NUMBER: Sentence(
        "จำนวนผู้ติดตามไม่ใช่ตัวเลข ({seen})", "companions is not a number ({seen})"
    ),
    _C.COMPANIONS_NEGATIVE: Sentence("จำนวนผู้ติดตามติดลบ ({seen})", "companions is negative ({seen})"),
    _C.TOO_MANY_COMPANIONS: Sentence(
        "ผู้ติดตาม {seen} คน เกินที่งานอนุญาต ({limit} คน)",
        "{seen} companions; the event allows {limit}",
    ),
    _C.TABLE_INVALID: Sentence(
        "โต๊ะไม่ถูกต้อง ({seen})", "table is negative or no whole number ({seen})"
    ),
    _C.SEAT_NEGATIVE: Sentence("ที่นั่งติดลบ ({seen})", "seat is negative ({seen})"),
    _C.SEAT_INVALID: Sentence("ที่นั่งไม่ใช่จำนวนเต็ม ({seen})", "seat is no whole number ({seen})"),
    _C.UNKNOWN_REPLY: Sentence(
        "ไม่รู้จักการตอบรับ {seen} ใช้ได้: ตอบรับ ไม่สะดวก ยังไม่ตอบ ส่งผู้แทน ยกเลิก",
        "unknown reply {seen}; due: accepted, declined, no reply, representative, cancelled",
    ),
    _C.UNKNOWN_STATUS: Sentence(
        "ไม่รู้จักสถานะ {seen} ใช้ได้: ปกติ ยกเลิก หรือการตอบรับ",
        "unknown status {seen}; due: active, cancelled, or a reply",
    ),
    _C.UNKNOWN_VIP: Sentence(
        "ไม่รู้จักค่า {seen} ในช่อง VIP ใช้ได้: ใช่ ไม่ใช่ หรือเว้นว่าง",
        "unknown value {seen} for VIP; due: yes, no, or nothing",
    ),
    _C.CREDENTIAL_NOT_HEX: Sentence(
        "หมายเลขบัตรมีตัวที่ไม่ใช่เลขฐานสิบหก ({seen})", "credential is not hexadecimal ({seen})"
    ),
    _C.CREDENTIAL_ODD_DIGITS: Sentence(
        "หมายเลขบัตรมี {length} หลัก เป็นจำนวนคี่", "credential has an odd number of digits ({length})"
    ),
    _C.CREDENTIAL_LENGTH: Sentence(
        "หมายเลขบัตรมี {length} หลัก ต้องเป็น 8, 10, 14, 20 หลัก หรือตั้งแต่ 12 หลักที่หารด้วย 4 ลงตัว",
        "credential has {length} digits; 8, 10, 14, 20, or from 12 a multiple of 4, are due",
    ),
    _C.CREDENTIAL_INVALID: Sentence(
        "หมายเลขบัตรไม่ถูกต้อง ({seen})", "credential is not valid ({seen})"
    ),
    _C.CREDENTIAL_LOSSY: Sentence(
        "ตารางคำนวณปัดหมายเลขบัตรเป็นตัวเลข ({seen}) หลักหายไป โปรดจัดรูปแบบช่องเป็นข้อความแล้วใส่ใหม่",
        "the spreadsheet rounded the credential ({seen}) and lost digits; "
        "format the cell as text and enter it again",
    ),
    _C.CREDENTIAL_UNTRUSTED: Sentence(
        "หมายเลขบัตรนี้สุ่มหรือไม่ครบ ใช้ระบุตัวไม่ได้ ({seen})",
        "a random or cut-off number cannot identify a card ({seen})",
    ),
    _C.CREDENTIAL_DUPLICATE: Sentence(
        "หมายเลขบัตรซ้ำกับแถว {other}", "credential of row {other} again"
    ),
    _C.DUPLICATE_ROW: Sentence(
        "แขกและหมายเลขบัตรซ้ำกับแถว {other}", "same guest and credential as row {other}"
    ),
    _C.DUPLICATE_NUMBER: Sentence("ลำดับซ้ำกับแถว {other}", "sequence number of row {other} again"),
    _C.DUPLICATE_GUEST: Sentence(
        "ชื่อและหน่วยงานซ้ำกับแถว {other} แยกกันไม่ได้หากไม่มีลำดับ",
        "name and organisation of row {other} again; only a sequence number tells them apart",
    ),
}


class Problem(NamedTuple):
    """What is wrong with one cell, before it is known where the cell stands."""

    code: FaultCode
    values: Mapping[str, Any] = {}

    def at(self, row: int, column: str) -> Fault:
        """The same, placed."""
        return Fault(row, column, self.code, self.values)


class Fault(NamedTuple):
    """One thing wrong in one row. Many are kept at once, so sentences are made when asked for."""

    row: int
    """As the sheet or file counts it: the first line of a file is 1."""
    column: str
    """The column's header as the file writes it."""
    code: str
    """A FaultCode, or the code of what the main database refused (then `values` has th, en)."""
    values: Mapping[str, Any] = {}

    @property
    def message(self) -> Sentence:
        """What is wrong, in both languages."""
        if self.code not in TEXTS:
            return Sentence(self.values["th"], self.values["en"])
        values = {
            key: shown(value) if isinstance(value, str) else value
            for key, value in self.values.items()
        }
        thai, english = TEXTS[FaultCode(self.code)]
        return Sentence(thai.format_map(values), english.format_map(values))

    def to_json(self) -> dict[str, Any]:
        """`{"row", "column", "code", "message": {"th", "en"}}`."""
        thai, english = self.message
        return {
            "row": self.row,
            "column": self.column,
            "code": str(self.code),
            "message": {"th": thai, "en": english},
        }
