"""Made-up guests and accounts of the browser tests. Each test that admits somebody uses its own."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.db.guests import GuestRow
from gatekeeper.db.users import Role

PASSWORD = "a-long-made-up-pass-phrase"
ACCOUNTS = {
    **{role.value: role for role in Role},
    # Signing out ends every session of an account, so these are nobody else's.
    "leaver": Role.GUARD,
    "goer": Role.AUDITOR,
    # And these change their own accounts.
    "phone.owner": Role.GUARD,
    "desktop.owner": Role.AUDITOR,
}

TAP, VIP, WALL, CANCELLED, OVERRIDE, TYPED, COMPANIONS, TYPING, LANGUAGE, FADE, CLOSED, KEPT = (
    f"em4100:62000000{number:02X}" for number in range(12)
)
CROWD = tuple(f"em4100:63000000{number:02X}" for number in range(60))
"""Guests without a story."""

VISITOR_CARDS = tuple(f"em4100:66000000{number:02X}" for number in range(1, 13))
"""Cards that the visitor desk lends: who passes with one of them is no guest."""

NO_CARD = "นางสาววราภรณ์ ศรีสุวรรณ"


def guests() -> Iterator[GuestRow]:
    """The guest list."""
    told = [
        _row(1, "นาย", "กิตติ์", "ญาณพิสิษฐ์", TAP, table="12", seat="4", companions=2,
             position="รองปลัดกระทรวง"),
        _row(2, "H.E. Mr.", "José", "Núñez", VIP, table="1", seat="1", vip=True,
             greeter="นางสาวดวงใจ", position="เอกอัครราชทูต", group="คณะทูต"),
        _row(3, "พลเอก", "ชัยวัฒน์", "วัฒนกุล", WALL, table="2", seat="8", vip=True,
             greeter="อธิบดีกรมพิธีการ"),
        _row(4, "นาง", "มาลี", "ยกเลิก", CANCELLED, cancelled=True),
        _row(5, "นาย", "อนุชา", "สุขสวัสดิ์", OVERRIDE, cancelled=True),
        _row(6, "นาง", "พิมพ์", "เลขบัตร", TYPED),
        _row(7, "นาย", "ปิยะ", "ติดตาม", COMPANIONS, companions=3),
        _row(8, "นางสาว", "วราภรณ์", "ศรีสุวรรณ", None, table="9", seat="2"),
        _row(9, "นาย", "กำลัง", "พิมพ์", TYPING),
        _row(10, "นาย", "สอง", "ภาษา", LANGUAGE),
        _row(11, "นาย", "จาง", "หาย", FADE),
        _row(12, "นาย", "ประตู", "ปิด", CLOSED),
        _row(13, "นาย", "ทีหลัง", "มาก่อน", KEPT),
    ]  # fmt: skip
    yield from told
    for number, credential in enumerate(CROWD, 100):
        yield _row(number, "นาย", f"แขก{number}", "สมมติ", credential, group="ภาคเอกชน")


def _row(
    number: int, title: str, first: str, last: str, credential: str | None, **more: object
) -> GuestRow:
    return GuestRow(
        external_key=str(number),
        title=title,
        first_name=first,
        last_name=last,
        credential=credential,
        **{"organisation": "กระทรวงตัวอย่าง", "group": "ข้าราชการ", **more},  # type: ignore[arg-type]
    )
