"""The closed set of reasons, in order of precedence, with what screens say of each.

The order of `Reason` is the order of the table in docs/reasons.md: of several reasons to
deny, the one lower in the table wins. This module is a table; it decides nothing.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What happens at the gate."""

    GRANTED = "granted"
    DENIED = "denied"


class ReasonClass(StrEnum):
    """What the guard should feel: go, look, stop. Always shown with icon, word and sound."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Sentence(NamedTuple):
    """One sentence in both languages of every screen."""

    th: str
    en: str


class ReasonText(NamedTuple):
    """What a screen says of a reason: its class, headline and what the guard does next."""

    cls: ReasonClass
    headline: Sentence
    next_step: Sentence


class Reason(StrEnum):
    """Why a presentation ended as it did. Lower members outrank higher ones."""

    GRANTED = "granted"
    GRANTED_EXIT = "granted_exit"
    GRANTED_REENTRY = "granted_reentry"
    GRANTED_OVERRIDE = "granted_override"
    ALREADY_IN = "already_in"
    NOT_IN = "not_in"
    ESCORT_REQUIRED = "escort_required"
    SECOND_PERSON_REQUIRED = "second_person_required"
    NOT_YET_VALID = "not_yet_valid"
    UNKNOWN_CREDENTIAL = "unknown_credential"
    UNTRUSTED_CREDENTIAL = "untrusted_credential"
    NOT_INVITED = "not_invited"
    INVITATION_CANCELLED = "invitation_cancelled"
    EXPIRED = "expired"
    OUTSIDE_HOURS = "outside_hours"
    WRONG_GATE = "wrong_gate"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LOST = "lost"
    RETURNED = "returned"
    WATCHLISTED = "watchlisted"
    CLONE_SUSPECTED = "clone_suspected"
    ZONE_FULL = "zone_full"
    GATE_CLOSED = "gate_closed"
    LOCKDOWN = "lockdown"
    NOT_READY = "not_ready"
    SYSTEM_FAULT = "system_fault"

    @property
    def text(self) -> ReasonText:
        """Class, headline and next step."""
        return TEXTS[self]

    @property
    def cls(self) -> ReasonClass:
        """Green, amber or red."""
        return TEXTS[self].cls

    @property
    def verdict(self) -> Verdict:
        """Granted exactly when the class is green."""
        return Verdict.GRANTED if TEXTS[self].cls is ReasonClass.GREEN else Verdict.DENIED

    @property
    def rank(self) -> int:
        """Position in the table; of several reasons to deny the highest rank wins."""
        return RANKS[self]


class _Row(Enum):
    """Shorthands that keep the table below one line a sentence."""

    G = ReasonClass.GREEN
    A = ReasonClass.AMBER
    R = ReasonClass.RED


def _row(cls: _Row, th: str, en: str, next_th: str, next_en: str) -> ReasonText:
    return ReasonText(cls.value, Sentence(th, en), Sentence(next_th, next_en))


_G, _A, _R = _Row.G, _Row.A, _Row.R

TEXTS: dict[Reason, ReasonText] = {
    Reason.GRANTED: _row(
        _G,
        "เชิญผ่าน",
        "Welcome, please enter",
        "เชิญผ่าน แจ้งโต๊ะและที่นั่ง",
        "Let the guest pass; tell them table and seat",
    ),
    Reason.GRANTED_EXIT: _row(
        _G, "บันทึกการออกแล้ว", "Exit recorded", "เชิญออก", "Let the holder leave"
    ),
    Reason.GRANTED_REENTRY: _row(
        _G,
        "เชิญผ่าน (กลับเข้า)",
        "Welcome back, please enter",
        "เชิญผ่าน เคยลงทะเบียนและออกไปแล้ว",
        "Let the holder pass; they had left before",
    ),
    Reason.GRANTED_OVERRIDE: _row(
        _G,
        "ผ่านโดยเจ้าหน้าที่อนุมัติ",
        "Let through by an officer",
        "เชิญผ่านตามที่เจ้าหน้าที่อนุมัติ",
        "Let the holder pass as the officer approved",
    ),
    Reason.ALREADY_IN: _row(
        _A,
        "ลงทะเบียนแล้ว",
        "Already checked in",
        "ตรวจใบหน้ากับชื่อ หากเป็นคนเดียวกันเชิญผ่านโดยเจ้าหน้าที่อนุมัติ",
        "Compare face and name; if it is the same person, an officer may let them pass",
    ),
    Reason.NOT_IN: _row(
        _A,
        "ไม่พบการเข้า",
        "No entry on record",
        "ให้ออกได้ และแจ้งหัวหน้าเวรว่าไม่พบการเข้า",
        "They may leave; tell the shift leader that no entry was found",
    ),
    Reason.ESCORT_REQUIRED: _row(
        _A,
        "ต้องมีเจ้าหน้าที่นำ",
        "Escort required",
        "รอเจ้าหน้าที่ผู้นำก่อนเข้า",
        "Wait for the escort before entering",
    ),
    Reason.SECOND_PERSON_REQUIRED: _row(
        _A,
        "รอผู้อนุญาตคนที่สอง",
        "Second person required",
        "ให้ผู้อนุญาตคนที่สองแตะบัตร",
        "Ask the second authorised person to tap",
    ),
    Reason.NOT_YET_VALID: _row(
        _A,
        "ยังไม่ถึงกำหนดใช้บัตร",
        "Pass not valid yet",
        "เชิญรอ ณ จุดพักรอ จนถึงเวลาเริ่มใช้บัตร",
        "Ask them to wait until the pass becomes valid",
    ),
    Reason.UNKNOWN_CREDENTIAL: _row(
        _R,
        "ไม่พบข้อมูลบัตร",
        "Credential not found",
        "ค้นหาด้วยชื่อ หากไม่พบ ส่งจุดลงทะเบียน",
        "Search by name; if not found, send to the registration desk",
    ),
    Reason.UNTRUSTED_CREDENTIAL: _row(
        _R,
        "บัตรไม่น่าเชื่อถือ",
        "Credential cannot be trusted",
        "ห้ามผ่าน ค้นหาด้วยชื่อและออกบัตรใหม่ที่จุดลงทะเบียน",
        "Do not admit; search by name and issue another card at the desk",
    ),
    Reason.NOT_INVITED: _row(
        _R,
        "ไม่อยู่ในรายชื่อผู้ได้รับเชิญ",
        "Not on the guest list",
        "เชิญไปจุดลงทะเบียนอย่างสุภาพ",
        "Politely show the way to the registration desk",
    ),
    Reason.INVITATION_CANCELLED: _row(
        _R,
        "ยกเลิกการเชิญแล้ว",
        "Invitation cancelled",
        "เชิญไปจุดลงทะเบียน แจ้งเจ้าหน้าที่พิธีการ",
        "Show the way to the registration desk and tell a protocol officer",
    ),
    Reason.EXPIRED: _row(
        _R,
        "บัตรหมดอายุ",
        "Pass expired",
        "ห้ามผ่าน ส่งงานบัตรเพื่อต่ออายุ",
        "Do not admit; send to the pass office to renew",
    ),
    Reason.OUTSIDE_HOURS: _row(
        _R,
        "นอกเวลาที่อนุญาต",
        "Outside permitted hours",
        "ห้ามผ่าน แจ้งเวลาที่อนุญาต",
        "Do not admit; tell them the permitted hours",
    ),
    Reason.WRONG_GATE: _row(
        _R,
        "ไม่มีสิทธิผ่านประตูนี้",
        "Not permitted at this gate",
        "แนะนำประตูที่ถูกต้อง",
        "Show the way to the right gate",
    ),
    Reason.SUSPENDED: _row(
        _R,
        "บัตรถูกระงับ",
        "Pass suspended",
        "ห้ามผ่าน แจ้งหัวหน้าเวร",
        "Do not admit; call the shift leader",
    ),
    Reason.REVOKED: _row(
        _R,
        "บัตรถูกยกเลิก",
        "Pass revoked",
        "ห้ามผ่าน เก็บบัตรและแจ้งหัวหน้าเวร",
        "Do not admit; keep the card and call the shift leader",
    ),
    Reason.LOST: _row(
        _R,
        "บัตรแจ้งหาย",
        "Card reported lost",
        "ห้ามผ่าน เก็บบัตรและแจ้งหัวหน้าเวร",
        "Do not admit; keep the card and call the shift leader",
    ),
    Reason.RETURNED: _row(
        _R,
        "บัตรคืนแล้ว",
        "Card was returned",
        "ห้ามผ่าน เก็บบัตรส่งจุดแลกบัตร",
        "Do not admit; bring the card to the visitor desk",
    ),
    Reason.WATCHLISTED: _row(
        _R,
        "โปรดติดต่อหัวหน้าเวร",
        "Please contact the shift leader",
        "เชิญรออย่างสุภาพ และติดต่อหัวหน้าเวรทันที",
        "Politely ask them to wait and contact the shift leader at once",
    ),
    Reason.CLONE_SUSPECTED: _row(
        _R,
        "สงสัยบัตรซ้ำซ้อน",
        "Copied card suspected",
        "ห้ามผ่าน เก็บบัตรและแจ้งหัวหน้าเวร",
        "Do not admit; keep the card and call the shift leader",
    ),
    Reason.ZONE_FULL: _row(
        _R, "พื้นที่เต็ม", "Zone is full", "เชิญรอจนมีผู้ออก", "Ask them to wait until someone leaves"
    ),
    Reason.GATE_CLOSED: _row(
        _R, "ประตูปิด", "Gate closed", "แนะนำประตูอื่นที่เปิดอยู่", "Show the way to a gate that is open"
    ),
    Reason.LOCKDOWN: _row(
        _R,
        "ปิดพื้นที่ฉุกเฉิน",
        "Lockdown",
        "ห้ามผ่านทุกกรณี ทำตามแผนฉุกเฉิน",
        "Admit nobody; follow the emergency plan",
    ),
    Reason.NOT_READY: _row(
        _R,
        "ระบบยังไม่พร้อม",
        "System not ready",
        "รอสักครู่แล้วแตะบัตรใหม่",
        "Wait a moment, then tap again",
    ),
    Reason.SYSTEM_FAULT: _row(
        _R,
        "ระบบขัดข้อง",
        "System fault",
        "ห้ามผ่าน แจ้งผู้ดูแลระบบ ใช้รายชื่อสำรอง",
        "Do not admit; call the administrator and use the paper list",
    ),
}

_UNSEATED = Sentence("เชิญผ่าน", "Let the holder pass")

RANKS: dict[Reason, int] = {reason: rank for rank, reason in enumerate(Reason)}


def next_step(reason: Reason, *, seated: bool) -> Sentence:
    """What the guard does next. Nobody is to be told a table and a seat that they do not have."""
    return reason.text.next_step if seated or reason is not Reason.GRANTED else _UNSEATED
