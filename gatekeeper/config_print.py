"""Settings of what is printed. Part of the settings file (`gatekeeper.config` reads it)."""

from __future__ import annotations

import msgspec

__all__ = ["PrintSettings"]


class PrintSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What this installation puts on all badges and permits; its crest is DIR/crest.png."""

    return_address: str = ""
    """Whereto a badge that is found is sent."""
    conditions_badge: tuple[str, ...] = (
        "ติดบัตรนี้ให้เห็นชัดเจนตลอดเวลาที่อยู่ในพื้นที่",
        "ห้ามผู้อื่นใช้แทน ห้ามแก้ไขหรือทำสำเนา",
        "คืนบัตรเมื่อพ้นหน้าที่หรือบัตรหมดอายุ",
        "บัตรหายให้แจ้งงานบัตรทันที",
    )
    conditions_permit: tuple[str, ...] = (
        "แสดงบัตรนี้ที่กระจกหน้ารถด้านในตลอดเวลาที่อยู่ในพื้นที่",
        "ใช้ได้เฉพาะยานพาหนะตามหมายเลขทะเบียนในบัตรนี้เท่านั้น",
        "ปฏิบัติตามเครื่องหมายจราจรและคำสั่งของเจ้าหน้าที่รักษาความปลอดภัย",
        "คืนบัตรเมื่อหมดอายุ เปลี่ยนยานพาหนะ หรือพ้นหน้าที่",
    )
