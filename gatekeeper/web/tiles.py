"""The desks on the start page: where each is, what it is called, and what is done there.

Shown to the roles that may open it (gatekeeper.web.permissions); in the order of a working day.
"""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.web.texts import language

__all__ = ["TILES", "Tile"]


class Tile(NamedTuple):
    """One desk. `icon` is a name in static/vendor/icons.svg; names are Thai, English."""

    endpoint: str
    url: str
    icon: str
    name: tuple[str, str]
    what: tuple[str, str]

    def told(self) -> dict[str, str]:
        """The tile in the caller's language."""
        at = 0 if language() == "th" else 1
        return {"url": self.url, "icon": self.icon, "name": self.name[at], "what": self.what[at]}


TILES: tuple[Tile, ...] = (
    # in the order of a working day
    Tile(
        "visitors.desk",
        "/desk/visitors",
        "id",
        ("จุดแลกบัตร", "Visitor desk"),
        ("แลกบัตร รับคืนบัตร และบัตรที่ยังไม่คืน", "Exchange and return of cards, and what is still out"),
    ),
    Tile(
        "visitors.expected",
        "/visits/expected",
        "user-plus",
        ("ผู้มาติดต่อล่วงหน้า", "Expected visitors"),
        ("แจ้งชื่อผู้มาติดต่อให้จุดแลกบัตรทราบล่วงหน้า", "Announce visitors to the desk"),
    ),
    Tile(
        "prints.queue",
        "/passes/print",
        "id",
        ("พิมพ์บัตร", "Printing badges and permits"),
        (
            "บัตรที่รอพิมพ์ พิมพ์ซ้ำ และรับแท็กจากเครื่องพิมพ์บัตร",
            "What waits for print, reprints, tags from the card printer",
        ),
    ),
    Tile(
        "visitors.record",
        "/desk/visitors/record",
        "list",
        ("บันทึกผู้มาติดต่อประจำวัน", "Daily record of visitors"),
        ("พิมพ์หรือส่งออกเป็น PDF และ XLSX", "As PDF and XLSX"),
    ),
    Tile(
        "holders.people",
        "/people",
        "users",
        ("ทะเบียนบุคคล", "People"),
        ("ผู้ถือบัตร ค้นหา เพิ่ม แก้ไข และรวมรายการซ้ำ", "Holders of passes: find, add, change, merge"),
    ),
    Tile(
        "vehicles.listed",
        "/vehicles",
        "id",
        ("ทะเบียนยานพาหนะ", "Vehicles"),
        ("ค้นจากทะเบียนรถ และผู้รับผิดชอบ", "By number plate, and who answers for them"),
    ),
    Tile(
        "passes.index",
        "/passes",
        "id",
        ("งานบัตรผ่าน", "Passes"),
        (
            "ตรวจสอบ อนุมัติ จัดทำ ส่งมอบ ระงับ และต่ออายุ",
            "Check, approve, make, hand over, suspend, renew",
        ),
    ),
    Tile(
        "requests.queue",
        "/requests",
        "list",
        ("คำขอจากภายนอก", "Requests from outside"),
        (
            "คำขอมีบัตรสื่อมวลชน ชุดถ่ายทอดสด และยานพาหนะ",
            "Press, live-broadcast teams, vehicles: check and approve",
        ),
    ),
    Tile(
        "watch.listed",
        "/watchlist",
        "shield",
        ("บัญชีเฝ้าระวัง", "Watchlist"),
        (
            "ผู้ที่เฝ้าระวัง รายการที่ตรวจพบ และเรื่องรอพิจารณา",
            "Who is watched for, and what waits for a word",
        ),
    ),
    Tile(
        "exports.asked",
        "/exports",
        "list",
        ("ส่งออกข้อมูล", "Export lists"),
        ("ทั้งทะเบียน เมื่อผู้อื่นอนุมัติแล้ว", "Whole lists, once another person has approved"),
    ),
    Tile(
        "privacy.overview",
        "/privacy",
        "clock",
        ("ข้อมูลส่วนบุคคล", "Personal data"),
        ("ระยะเวลาเก็บ การลบ และสิทธิของเจ้าของข้อมูล", "How long it is kept, and people's rights"),
    ),
    Tile(
        "control.index",
        "/admin",
        "users",
        ("ผู้ดูแลระบบ", "Administration"),
        (
            "บัญชีผู้ใช้ โทเค็น เรื่องรออนุมัติ และบันทึกการปฏิบัติงาน",
            "Accounts, tokens, approvals, and the record of acts",
        ),
    ),
)
