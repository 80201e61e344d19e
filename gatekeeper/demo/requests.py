"""Made-up requests from outside: some wait in the queue, some were decided in the last weeks.

They come in by the same functions as those of the public forms, at times in the past.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from gatekeeper.db.engine import Database
from gatekeeper.db.requests import request_by_reference
from gatekeeper.kinds_office import ValidityRule
from gatekeeper.office import documents, photos
from gatekeeper.office import requests as office
from gatekeeper.office.request_intake import FileDraft, MemberDraft, RequestDraft, submit
from gatekeeper.office.sample_portraits import sample_letter, sample_portrait
from gatekeeper.office.validity import end_by_rule
from gatekeeper.vault import Vault

__all__ = ["fill_requests"]

_HOUR, _DAY = 3600.0, 86_400.0
_OFFICERS = ("issuer", "admin")
_WEEKS = 11
_PRESS = (
    # organisation, kind, title, first, last, latin, position, hours ago, state
    ("หนังสือพิมพ์ข่าวตัวอย่าง", "newspaper", "นาย", "สมมุติ", "เขียนข่าว", "Sommut K.", "ผู้สื่อข่าว", 3, ""),
    ("โทรทัศน์ทดลอง", "television", "นางสาว", "ปั้นแต่ง", "เล่าเรื่อง", "", "ผู้ประกาศ", 26, "checked"),
    ("Example Wire", "foreign", "Ms.", "Ada", "Sample", "Ada Sample", "Correspondent", 50, "asked"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where made-up requests go."""

    database: Database
    vault: Vault
    data: Path
    zone: ZoneInfo


def fill_requests(
    database: Database, vault: Vault, data: Path, *, now: float, zone: ZoneInfo, seed: int
) -> int:
    """Put made-up requests into the queue and into the weeks before; how many."""
    place = _Place(database, vault, data, zone)
    dice = random.Random(f"requests/{seed}")  # noqa: S311 (made-up requests need no secrets)
    count = 0
    for number, line in enumerate(_PRESS, 1):
        *words, hours, state = line
        draft = _press(place, [str(word) for word in words], number, now)
        _send(place, draft, str(state), now - float(str(hours)) * _HOUR)
        count += 1
    _send(place, _broadcast(place, now), "", now - 8 * _HOUR)
    _send(place, _vehicle(place, 1), "", now - 30 * _HOUR)
    for week in range(1, _WEEKS):
        for each in range(dice.randint(1, 2)):
            received = now - week * 7 * _DAY + each * _DAY
            took = dice.uniform(4, 60) * _HOUR
            # A permit ends with the fiscal year: one decided after it could not be approved.
            ends = end_by_rule(ValidityRule.FISCAL_YEAR, 0, received, zone)
            over = ends is not None and ends <= received + took
            state = "refused" if over or dice.random() < 0.3 else "approved"
            _send(place, _vehicle(place, week * 10 + each), state, received, took)
            count += 1
    return count + 2


def _send(
    place: _Place, draft: RequestDraft, state: str, received: float, took: float = _HOUR
) -> None:
    """One request, received then, in `state` (empty: as it came)."""
    with place.database.session() as session:
        receipt = submit(session, place.vault, draft, now=received, zone=place.zone)
        found = request_by_reference(session, receipt.reference)
        assert found is not None  # noqa: S101 (it was just put there)
        one, two = _OFFICERS
        at = received + took
        if state == "asked":
            text = "Please send the letter of your editor again; its second page is missing."
            office.ask(session, found.id, text, actor=one, now=at)
        elif state == "refused":
            reason = "สำเนาสมุดทะเบียนรถไม่ตรงกับเลขทะเบียนที่ขอ"
            office.refuse(session, found.id, reason, actor=one, now=at)
        elif state:
            office.check(session, found.id, actor=one, now=received + took / 2)
        if state == "approved":
            office.approve(session, place.vault, found.id, actor=two, now=at, zone=place.zone)


def _press(place: _Place, words: list[str], number: int, now: float) -> RequestDraft:
    organisation, outlet, title, first, last, latin, position = words
    photo = photos.store_photo(place.data / photos.FOLDER, sample_portrait(number))
    member = MemberDraft(
        title, first, last, latin, position, "passport", f"AA{7_000_000 + number}", photo
    )
    return RequestDraft(
        form="press",
        organisation=organisation,
        contact_name=f"{first} {last}",
        contact_email=f"press{number}@example.com",
        contact_phone=f"02 555 01{number:02}",
        purpose="ติดตามทำข่าวประจำวันและงานสโมสรสันนิบาต",
        valid_from=now,
        valid_until=None,
        language="th" if outlet != "foreign" else "en",
        details={"outlet": outlet},
        members=(member,),
        files=(_file(place, "letter"), _file(place, "identity")),
    )


def _broadcast(place: _Place, now: float) -> RequestDraft:
    team = [
        ("นาย", "ก้องภพ", "ภาพชัด", "ช่างภาพ"),
        ("นาย", "ไกรสร", "สายยาว", "ช่างเทคนิค"),
        ("นางสาว", "แก้วใส", "เสียงดี", "ช่างเสียง"),
        ("นาง", "เพ็ญศรี", "คุมรายการ", "ผู้อำนวยการผลิต"),
    ]
    members = [
        MemberDraft(
            title, first, last, "", position, "passport", f"BB{8_000_000 + number}",
            photos.store_photo(place.data / photos.FOLDER, sample_portrait(40 + number)),
        )
        for number, (title, first, last, position) in enumerate(team)
    ]  # fmt: skip
    members.append(MemberDraft(plate="81-2345", province="กรุงเทพมหานคร"))
    return RequestDraft(
        form="broadcast",
        organisation="สถานีโทรทัศน์ทดลอง",
        contact_name="เพ็ญศรี คุมรายการ",
        contact_email="live@example.com",
        contact_phone="02 555 0199",
        purpose="ถ่ายทอดสดงานสโมสรสันนิบาต",
        valid_from=now + _DAY,
        valid_until=now + 5 * _DAY,
        language="th",
        details={
            "channel": "99",
            "programme": "รายการพิเศษ",
            "live_slot": "18.00–21.00 น.",
            "equipment": "กล้อง 4 ตัว\nรถถ่ายทอดนอกสถานที่ 1 คัน",
        },
        members=tuple(members),
        files=(_file(place, "letter"),),
    )


def _vehicle(place: _Place, number: int) -> RequestDraft:
    return RequestDraft(
        form="vehicle",
        organisation="",
        contact_name="ตัวอย่าง ขับดี",
        contact_email=f"car{number}@example.com",
        contact_phone=f"08 1555 {number:04}",
        purpose="มาปฏิบัติงานทุกวันทำการ",
        valid_from=None,
        valid_until=None,
        language="th",
        details={"owner": "ตัวอย่าง ขับดี"},
        members=(
            MemberDraft(
                plate=f"{number % 9 + 1}กข {1000 + number}", province="กรุงเทพมหานคร",
                make="โตโยต้า", colour="ขาว",
            ),
        ),
        files=(_file(place, "registration"),),
    )  # fmt: skip


def _file(place: _Place, kind: str) -> FileDraft:
    stored = documents.store_document(place.data / documents.FOLDER, sample_letter())
    return FileDraft(kind, stored, f"{kind}.jpg")
