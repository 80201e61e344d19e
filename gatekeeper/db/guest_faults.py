"""Why a row of a guest list was not taken, in both languages. A table of sentences.

Internal to gatekeeper.db.guests; gatekeeper.db.guest_batch decides which one applies.
"""

from __future__ import annotations

from gatekeeper.db.guest_values import GuestFault, GuestRow
from gatekeeper.model import PassState

__all__ = [
    "TAKEN",
    "ambiguous_guest",
    "credential_dead",
    "credential_is_code",
    "credential_taken",
    "credential_untrusted",
    "duplicate_guest",
    "no_name",
    "too_many_companions",
]

TAKEN = "credential_taken"

_STATE_TH = {
    PassState.SUSPENDED: "ถูกระงับ",
    PassState.REVOKED: "ถูกยกเลิก",
    PassState.LOST: "แจ้งหาย",
    PassState.RETURNED: "คืนแล้ว",
}


def no_name(row: GuestRow) -> GuestFault:
    """Nobody can be called without one."""
    return GuestFault(row.row, "first_name", "no_name", "ไม่มีชื่อ", "no name")


def ambiguous_guest(row: GuestRow, count: int) -> GuestFault:
    """The list does not say which of several guests it means."""
    return GuestFault(
        row.row,
        "first_name",
        "ambiguous_guest",
        f"พบผู้ได้รับเชิญชื่อและหน่วยงานนี้ {count} คน โปรดระบุลำดับ",
        f"{count} guests have this name and organisation; give the sequence number",
    )


def duplicate_guest(row: GuestRow) -> GuestFault:
    """An earlier row spoke of the same guest."""
    return GuestFault(
        row.row,
        "external_key" if row.external_key else "first_name",
        "duplicate_guest",
        "ผู้ได้รับเชิญคนนี้ซ้ำกับแถวก่อนหน้า",
        "the same guest as in an earlier row",
    )


def too_many_companions(row: GuestRow, limit: int) -> GuestFault:
    """The event has a limit."""
    return GuestFault(
        row.row,
        "companions",
        "too_many_companions",
        f"ผู้ติดตาม {row.companions} คน งานนี้อนุญาตไม่เกิน {limit} คน",
        f"{row.companions} companions; this event allows at most {limit}",
    )


def credential_untrusted(row: GuestRow) -> GuestFault:
    """See gatekeeper.credential.is_untrusted."""
    return GuestFault(
        row.row,
        "credential",
        "credential_untrusted",
        "หมายเลขบัตรนี้ไม่น่าเชื่อถือ (สุ่มหรือไม่ครบ)",
        "this credential cannot name one card (random or cut short)",
    )


def credential_is_code(row: GuestRow) -> GuestFault:
    """The number of a pass stands on a badge for all to copy: it must open nothing."""
    return GuestFault(
        row.row,
        "credential",
        "credential_is_code",
        "หมายเลขนี้เป็นรหัสที่พิมพ์บนหน้าบัตร ผู้ใดก็คัดลอกได้ จึงใช้เป็นบัตรเข้างานไม่ได้",
        "this is the code printed on a badge; anybody can copy it, so it cannot be a ticket",
    )


def credential_dead(row: GuestRow, state: PassState) -> GuestFault:
    """A list does not bring back what an officer has taken out of use."""
    return GuestFault(
        row.row,
        "credential",
        f"credential_{state}",
        f"บัตรนี้{_STATE_TH[state]} ต้องคืนสถานะก่อนจึงจะผูกได้",
        f"this card is {state}; it must be reinstated before it can be bound",
    )


def credential_taken(row: GuestRow, owner: str) -> GuestFault:
    """`owner`: the name of who has it, or empty."""
    return GuestFault(
        row.row,
        "credential",
        TAKEN,
        f"หมายเลขบัตรนี้ผูกกับ {owner or 'ผู้อื่น'} แล้ว",
        f"this credential is already bound to {owner or 'somebody else'}",
    )
