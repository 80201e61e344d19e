"""The record of processing activities (PDPA, section 39), from what this installation really does.

One line a purpose: whose data, which, why, on which basis, who receives it, how long it is kept,
how it is protected. Texts describe the program; days and classes are the installation's. Where an
office does more with the data than this program, it adds to the printed record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.db.engine import Session
from gatekeeper.db.pass_classes import list_classes
from gatekeeper.kinds_office import Purpose
from gatekeeper.office.privacy import retention_days

__all__ = ["Line", "Said", "record_of_processing"]


@dataclass(frozen=True, slots=True)
class Said:
    """A text in both languages."""

    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """One purpose. `days`: kept after the last pass, visit or event ended."""

    purpose: Purpose
    name: Said
    subjects: Said
    data: Said
    basis: Said
    recipients: Said
    days: int
    classes: tuple[tuple[Said, str, int], ...]
    """Classes of passes that serve it: name, legal basis as the office set it, days."""


_NAMES = Said("ชื่อ นามสกุล ตำแหน่ง หน่วยงาน ภาพถ่าย เวลาและประตูที่ผ่าน", "Names, position, organisation, "
              "photo, times and gates of passing")  # fmt: skip
_DOCUMENT = Said(
    " เลขเอกสารแสดงตน (เก็บแบบเข้ารหัสและสี่ตัวท้าย)",
    "; number of the identity document (keyed and last four digits)",
)
_DUTY = Said(
    "การปฏิบัติภารกิจเพื่อประโยชน์สาธารณะ (มาตรา 24 (4))", "Task in the public interest (section 24 (4))"
)
_POLICE = Said(
    "เจ้าหน้าที่รักษาความปลอดภัยประจำจุดตรวจ ตำรวจประจำพื้นที่ตามรายงานประจำวัน",
    "Security staff at the checkpoints; police in charge, by the daily record",
)
_GUARDS = Said("เจ้าหน้าที่รักษาความปลอดภัยประจำจุดตรวจ", "Security staff at the checkpoints")

_TEXTS: Mapping[Purpose, tuple[Said, Said, Said, Said, Said]] = {
    # purpose: name, whose data, which, basis, recipients
    Purpose.EVENT: (
        Said("การต้อนรับแขกในงานสโมสรและพิธีการ", "Receiving guests at receptions"),
        Said("แขกผู้ได้รับเชิญ ผู้แทน", "Invited guests and their representatives"),
        Said(
            f"{_NAMES.th} กลุ่ม โต๊ะ ที่นั่ง การตอบรับ จำนวนผู้ติดตาม",
            f"{_NAMES.en}; group, table, seat, reply, number of companions",
        ),
        _DUTY,
        Said(f"{_GUARDS.th} เจ้าหน้าที่พิธีการ", f"{_GUARDS.en}; protocol officers"),
    ),
    Purpose.STAFF: (
        Said("การออกบัตรแสดงตนและควบคุมการผ่านเข้าออก", "Issuing badges and controlling access"),
        Said("ข้าราชการ พนักงาน ผู้รับจ้าง นักศึกษาฝึกงาน", "Officials, employees, contractors, interns"),
        Said(f"{_NAMES.th}{_DOCUMENT.th} ประเภทการจ้าง", f"{_NAMES.en}{_DOCUMENT.en}; employment"),
        _DUTY,
        _GUARDS,
    ),
    Purpose.VISITOR: (
        Said("การแลกบัตรผู้มาติดต่อ", "Exchanging cards with visitors"),
        Said("ผู้มาติดต่อราชการ", "Visitors"),
        Said(
            f"{_NAMES.th}{_DOCUMENT.th} ผู้ที่มาพบ วัตถุประสงค์ ทะเบียนรถ",
            f"{_NAMES.en}{_DOCUMENT.en}; whom they visit and why, number plate",
        ),
        _DUTY,
        _POLICE,
    ),
    Purpose.PRESS: (
        Said("การออกบัตรสื่อมวลชนและชุดถ่ายทอดสด", "Issuing badges to press and broadcast teams"),
        Said("สื่อมวลชนและทีมงาน", "Members of the press and their teams"),
        Said(
            f"{_NAMES.th}{_DOCUMENT.th} อีเมล โทรศัพท์ เอกสารประกอบคำขอ",
            f"{_NAMES.en}{_DOCUMENT.en}; e-mail, telephone, documents of the request",
        ),
        _DUTY,
        _GUARDS,
    ),
    Purpose.VEHICLE: (
        Said("การอนุญาตนำยานพาหนะผ่านเข้า", "Admitting vehicles"),
        Said("ผู้รับผิดชอบยานพาหนะ", "Those who answer for a vehicle"),
        Said(f"{_NAMES.th} ทะเบียนรถ จังหวัด ยี่ห้อ สี", f"{_NAMES.en}; plate, province, make, colour"),
        _DUTY,
        _GUARDS,
    ),
}


def record_of_processing(session: Session) -> list[Line]:
    """A line for each purpose, with the days and classes of this installation."""
    days = retention_days(session)
    classes = list_classes(session)
    lines = []
    for purpose, (name, subjects, data, basis, recipients) in _TEXTS.items():
        serving = tuple(
            (Said(each.name_th, each.name_en), each.legal_basis, each.retention_days)
            for each in classes
            if each.purpose == purpose
        )
        lines.append(Line(purpose, name, subjects, data, basis, recipients, days[purpose], serving))
    return lines
