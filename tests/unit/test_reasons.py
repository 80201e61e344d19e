"""The closed set of reasons: complete, ordered as published, told in two languages."""

from __future__ import annotations

import re

import pytest

from gatekeeper.reasons import RANKS, TEXTS, Reason, ReasonClass, Verdict

PUBLISHED = """
granted green เชิญผ่าน
granted_exit green บันทึกการออกแล้ว
granted_reentry green เชิญผ่าน (กลับเข้า)
granted_override green ผ่านโดยเจ้าหน้าที่อนุมัติ
already_in amber ลงทะเบียนแล้ว
not_in amber ไม่พบการเข้า
escort_required amber ต้องมีเจ้าหน้าที่นำ
second_person_required amber รอผู้อนุญาตคนที่สอง
not_yet_valid amber ยังไม่ถึงกำหนดใช้บัตร
unknown_credential red ไม่พบข้อมูลบัตร
untrusted_credential red บัตรไม่น่าเชื่อถือ
not_invited red ไม่อยู่ในรายชื่อผู้ได้รับเชิญ
invitation_cancelled red ยกเลิกการเชิญแล้ว
expired red บัตรหมดอายุ
outside_hours red นอกเวลาที่อนุญาต
wrong_gate red ไม่มีสิทธิผ่านประตูนี้
suspended red บัตรถูกระงับ
revoked red บัตรถูกยกเลิก
lost red บัตรแจ้งหาย
returned red บัตรคืนแล้ว
watchlisted red โปรดติดต่อหัวหน้าเวร
clone_suspected red สงสัยบัตรซ้ำซ้อน
zone_full red พื้นที่เต็ม
gate_closed red ประตูปิด
lockdown red ปิดพื้นที่ฉุกเฉิน
not_ready red ระบบยังไม่พร้อม
system_fault red ระบบขัดข้อง
"""
ROWS = [line.split(" ", 2) for line in PUBLISHED.strip().splitlines()]


def test_codes_classes_headlines_and_order_are_the_published_ones() -> None:
    assert [[r.value, r.cls.value, r.text.headline.th] for r in Reason] == ROWS


def test_rank_is_the_place_in_the_table() -> None:
    assert [reason.rank for reason in Reason] == list(range(len(ROWS)))
    assert set(RANKS) == set(TEXTS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_only_green_is_granted(reason: Reason) -> None:
    assert (reason.verdict is Verdict.GRANTED) == (reason.cls is ReasonClass.GREEN)
    assert (reason.verdict is Verdict.GRANTED) == reason.value.startswith("granted")


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_told_in_both_languages(reason: Reason) -> None:
    for sentence in (reason.text.headline, reason.text.next_step):
        assert re.search("[\u0e00-\u0e7f]", sentence.th)
        assert re.fullmatch("[ -~]+", sentence.en)
        assert sentence.th == sentence.th.strip()
        assert sentence.en[0].isupper()
        assert not sentence.en.endswith(".")


def test_no_two_reasons_look_the_same_on_a_screen() -> None:
    assert len({reason.text.headline.th for reason in Reason}) == len(Reason)
    assert len({reason.text.headline.en for reason in Reason}) == len(Reason)


def test_every_denial_outranks_every_grant() -> None:
    """Deny beats grant: the order alone says so."""
    granted = [reason.rank for reason in Reason if reason.verdict is Verdict.GRANTED]
    denied = [reason.rank for reason in Reason if reason.verdict is Verdict.DENIED]

    assert max(granted) < min(denied)
