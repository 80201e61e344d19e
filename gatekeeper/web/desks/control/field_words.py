"""What the fields in the record of acts are called in Thai; in English they are called as stored.

A field that has no word here (of a setting that came later) is shown by its stored name rather
than not at all.
"""

from __future__ import annotations

from gatekeeper.web.texts import language

__all__ = ["FIELD_WORDS", "field_word"]

FIELD_WORDS: dict[str, str] = {
    # People
    "title": "คำนำหน้าชื่อ",
    "first_name": "ชื่อ",
    "last_name": "นามสกุล",
    "name_latin": "ชื่ออักษรโรมัน",
    "position": "ตำแหน่ง",
    "organisation": "หน่วยงาน",
    "employment": "ประเภทบุคลากร",
    "purpose": "วัตถุประสงค์ของการเก็บข้อมูล",
    "email": "อีเมล",
    "phone": "โทรศัพท์",
    "vip": "บุคคลสำคัญ",
    "photo": "รูปถ่าย",
    "document": "เอกสารประจำตัว",
    "document_kind": "ชนิดเอกสารประจำตัว",
    "document_number": "เลขที่เอกสารประจำตัว",
    # Vehicles
    "plate": "ทะเบียนรถ",
    "province": "จังหวัด",
    "make": "ยี่ห้อ",
    "model": "รุ่น",
    "colour": "สี",
    "kind": "ชนิด",
    "person_id": "ผู้รับผิดชอบ (เลขที่บุคคล)",
    "vehicle_id": "เลขที่ยานพาหนะ",
    "note": "หมายเหตุ",
    # Merging: what was moved, and the other record
    "other": "ระเบียนอีกรายการ",
    "person": "บุคคล",
    "people": "บุคคล",
    "vehicle": "ยานพาหนะ",
    "vehicles": "ยานพาหนะ",
    "pass": "บัตร",
    "passes": "บัตร",
    "visit": "การเข้าพบ",
    "visits": "การเข้าพบ",
    "invitation": "คำเชิญ",
    "invitations": "คำเชิญ",
    "application_member": "รายชื่อในคำขอ",
    "members": "รายชื่อในคำขอ",
    "watch_hit": "ผลการตรวจรายชื่อเฝ้าระวัง",
    # Passes and their classes
    "state": "สถานะ",
    "issue": "ครั้งที่ออก",
    "class": "ประเภทบัตร",
    "class_id": "ประเภทบัตร",
    "number": "หมายเลข",
    "batch": "ชุดการพิมพ์",
    "form": "แบบ",
    "format": "รูปแบบไฟล์",
    "layout": "แบบบัตร",
    "count": "จำนวน",
    "left": "จำนวนที่คงไว้",
    "valid_from": "ใช้ได้ตั้งแต่",
    "valid_until": "ใช้ได้ถึง",
    "name_th": "ชื่อภาษาไทย",
    "name_en": "ชื่อภาษาอังกฤษ",
    "prefix": "อักษรนำหมายเลข",
    "legal_basis": "ฐานทางกฎหมาย",
    "validity": "วิธีกำหนดอายุบัตร",
    "validity_days": "อายุบัตร (วัน)",
    "renewal_approval": "การต่ออายุต้องอนุมัติ",
    "zones": "พื้นที่ที่ใช้ได้",
    "ink": "สีตัวอักษร",
    "keep_document": "เก็บเลขที่เอกสารเต็ม",
    "retention_days": "ระยะเวลาเก็บข้อมูล (วัน)",
    "active": "ใช้งาน",
    "rank": "ลำดับ",
    "gates": "ประตู",
    "events": "งาน",
    "event": "งาน",
    # Visits and requests
    "card": "บัตรผู้มาติดต่อ",
    "slot": "ช่องเก็บเอกสาร",
    "due_at": "กำหนดคืน",
    "member": "รายการในคำขอ",
    "applications": "คำขอ",
    "letters": "จดหมายแจ้ง",
    # Accounts and approvals
    "role": "บทบาท",
    "disabled": "ระงับการใช้งาน",
    "gate": "ประตู",
    "subject": "เรื่อง",
    "entry": "รายการเฝ้าระวัง",
    "rows": "จำนวนแถว",
    # Retention by purpose
    "staff": "บุคลากร (วัน)",
    "visitor": "ผู้มาติดต่อ (วัน)",
    "press": "สื่อมวลชน (วัน)",
}
"""Stored name of a field to its Thai."""


def field_word(name: str) -> str:
    """What a field is called in the page's language."""
    return FIELD_WORDS.get(name, name) if language() == "th" else name
