"""Why a card at a desk was not read, in words for whoever goes on by hand. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ByHand", "Trouble"]


class Trouble(StrEnum):
    """Why a card was not read. Each has its words for the person at the desk."""

    NO_SERVICE = "no_service"
    NO_READER = "no_reader"
    NO_CARD = "no_card"
    NOT_THAI_ID = "not_thai_id"
    DAMAGED = "damaged"
    CHECK_DIGIT = "check_digit"
    REMOVED = "removed"
    SILENT = "silent"
    IN_USE = "in_use"


_WORDS = {
    Trouble.NO_SERVICE: (
        "ระบบอ่านบัตรไม่ทำงาน โปรดกรอกข้อมูลเอง",
        "The card service does not run; enter the data by hand.",
    ),
    Trouble.NO_READER: (
        "ไม่พบเครื่องอ่านบัตร โปรดกรอกข้อมูลเอง",
        "No card reader is connected; enter the data by hand.",
    ),
    Trouble.NO_CARD: (
        "ไม่พบบัตรในเครื่องอ่าน โปรดเสียบบัตรใหม่ หรือกรอกข้อมูลเอง",
        "No card is in the reader; insert it again, or enter the data by hand.",
    ),
    Trouble.NOT_THAI_ID: (
        "ไม่ใช่บัตรประจำตัวประชาชนไทย โปรดกรอกข้อมูลเอง",
        "This is no Thai identity card; enter the data by hand.",
    ),
    Trouble.DAMAGED: (
        "ชิปของบัตรชำรุดหรืออ่านไม่ได้ โปรดกรอกข้อมูลเอง",
        "The card's chip is damaged or unreadable; enter the data by hand.",
    ),
    Trouble.CHECK_DIGIT: (
        "เลขประจำตัวในบัตรไม่ถูกต้อง โปรดตรวจบัตรและกรอกข้อมูลเอง",
        "The number in the chip is not valid; look at the card and enter the data by hand.",
    ),
    Trouble.REMOVED: (
        "บัตรถูกดึงออกก่อนอ่านเสร็จ โปรดเสียบบัตรใหม่ หรือกรอกข้อมูลเอง",
        "The card was taken out too early; insert it again, or enter the data by hand.",
    ),
    Trouble.SILENT: (
        "บัตรไม่ตอบสนอง โปรดดึงบัตรออกแล้วกรอกข้อมูลเอง",
        "The card does not answer; take it out and enter the data by hand.",
    ),
    Trouble.IN_USE: (
        "โปรแกรมอื่นกำลังใช้บัตรนี้ โปรดปิดโปรแกรมนั้น หรือกรอกข้อมูลเอง",
        "Another program uses this card; close it, or enter the data by hand.",
    ),
}


@dataclass(frozen=True, slots=True)
class ByHand:
    """The card could not be read; the desk goes on without it."""

    trouble: Trouble
    detail: str = ""
    """For the log, without anything that is in the card."""

    @property
    def th(self) -> str:
        """For the screen, in Thai."""
        return _WORDS[self.trouble][0]

    @property
    def en(self) -> str:
        """The same in English."""
        return _WORDS[self.trouble][1]
