"""One cell into one value, or into what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.office import fields
from gatekeeper.office.faults import TEXTS, FaultCode, Problem
from gatekeeper.office.fields import Reply
from gatekeeper.office.text import Odd, OddKind

C = FaultCode


def code(found: Any) -> str:
    """The code of what must be a problem."""
    assert isinstance(found, Problem), found
    return str(found.code)


@pytest.mark.parametrize(
    ("cell", "count"), [("", 0), ("-", 0), ("0", 0), ("๑", 1), ("1.0", 1), ("2 คน", 2), ("9", 9)]
)
def test_companions_are_counted(cell: str, count: int) -> None:
    """Thai digits, floats and a unit are understood."""
    assert fields.companions(cell, 9) == count


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("สอง", C.COMPANIONS_NOT_A_NUMBER),
        ("1.5", C.COMPANIONS_NOT_A_NUMBER),
        ("-1", C.COMPANIONS_NEGATIVE),
        ("10", C.TOO_MANY_COMPANIONS),
        ("500", C.TOO_MANY_COMPANIONS),
        ("=1+1", C.FORMULA),
        ("9" * 40, C.COMPANIONS_NOT_A_NUMBER),
        (Odd("05/01/2026", OddKind.DATE), C.DATE_IN_CELL),
    ],
)
def test_companions_that_are_none(cell: str, fault: str) -> None:
    """Each is told by its own code."""
    assert code(fields.companions(cell, 9)) == fault


@pytest.mark.parametrize(
    ("cell", "seat"), [("", ""), ("๑๐", "10"), ("12.0", "12"), ("A-12", "A-12"), ("007", "007")]
)
def test_seats_are_text(cell: str, seat: str) -> None:
    """A whole number loses its point, letters stay."""
    assert fields.place(cell, C.SEAT_NEGATIVE, C.SEAT_INVALID) == seat


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("-3", C.SEAT_NEGATIVE),
        ("-3.0", C.SEAT_NEGATIVE),
        ("-๓", C.SEAT_NEGATIVE),
        ("2.5", C.SEAT_INVALID),
        ("=A1", C.FORMULA),
        (Odd("01/02/2026", OddKind.DATE), C.DATE_IN_CELL),
        (Odd("#REF!", OddKind.ERROR), C.CELL_ERROR),
        ("#N/A", C.CELL_ERROR),
    ],
)
def test_seats_that_are_none(cell: str, fault: str) -> None:
    """A spreadsheet that made a date of `1-2` is told what it did."""
    assert code(fields.place(cell, C.SEAT_NEGATIVE, C.SEAT_INVALID)) == fault


@pytest.mark.parametrize(
    ("cell", "reply"),
    [
        ("ตอบรับ", Reply("accepted")),
        ("ยังไม่ตอบ", Reply("no_reply")),
        ("", Reply("no_reply")),
        ("ไม่สะดวก", Reply("declined")),
        ("ส่งผู้แทน", Reply("representative")),
        ("ยกเลิก", Reply("no_reply", cancelled=True)),
        ("Accepted", Reply("accepted")),
        ("DECLINED", Reply("declined")),
        ("no reply", Reply("no_reply")),
        ("No-Reply", Reply("no_reply")),
        ("representative", Reply("representative")),
        ("cancelled", Reply("no_reply", cancelled=True)),
    ],
)
def test_replies_in_both_languages(cell: str, reply: Reply) -> None:
    """The host's cancelling is no answer of the guest."""
    assert fields.reply(cell) == reply


def test_an_unknown_reply_or_status_is_a_fault() -> None:
    """Nothing is guessed."""
    assert code(fields.reply("อาจจะ")) == C.UNKNOWN_REPLY
    assert code(fields.status("อาจจะ")) == C.UNKNOWN_STATUS
    assert code(fields.reply("=ตอบรับ")) == C.FORMULA


def test_a_status_may_say_nothing_of_the_reply() -> None:
    """`ปกติ` leaves the reply to its own column."""
    assert fields.status("ปกติ") is None
    assert fields.status("ยกเลิก") == Reply(cancelled=True)
    assert fields.status("ตอบรับ") == Reply("accepted")


@pytest.mark.parametrize(
    ("note", "is_vip"),
    [
        ("VIP", True),
        ("vip, รถเข็น", True),
        ("แขกVVIPพิเศษ", True),
        ("วีไอพี", True),
        ("ไม่ใช่ VIP", False),
        ("non-VIP", False),
        ("รถเข็น", False),
        ("VIPER", False),
    ],
)
def test_a_note_says_vip(note: str, is_vip: bool) -> None:
    """As a word of its own, and not when it says the opposite."""
    assert fields.says_vip(note) is is_vip


@pytest.mark.parametrize(
    ("cell", "known"),
    [
        ("", None),
        ("300833b2ddd9014000000001", "epc:300833B2DDD9014000000001"),
        ("3008 33B2 DDD9 0140 0000 0001", "epc:300833B2DDD9014000000001"),
        ("62E3086CED", "em4100:62E3086CED"),
        ("em4100:62E3086CED", "em4100:62E3086CED"),
        ("๖๒E๓๐๘๖CED", "em4100:62E3086CED"),
        ("04:7B:CB:51:96:22:80", "uid:047BCB51962280"),
    ],
)
def test_credentials_become_canonical(cell: str, known: str | None) -> None:
    """As the house writes them everywhere."""
    assert fields.tag(cell) == known


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("ZZZZ", C.CREDENTIAL_NOT_HEX),
        ("30083", C.CREDENTIAL_ODD_DIGITS),
        ("3008", C.CREDENTIAL_LENGTH),
        ("qr:", C.CREDENTIAL_INVALID),
        ("w26:1:99999999", C.CREDENTIAL_INVALID),
        ("3.00833E+23", C.CREDENTIAL_LOSSY),
        (Odd("3.00833E+23", OddKind.LOSSY), C.CREDENTIAL_LOSSY),
        ("08A1B2C3", C.CREDENTIAL_UNTRUSTED),
        ("=62E3086CED", C.FORMULA),
    ],
)
def test_credentials_that_are_none(cell: str, fault: str) -> None:
    """The sentence that helps is chosen: letters, number of digits, or a rounding spreadsheet."""
    assert code(fields.tag(cell)) == fault


def test_a_protected_formula_is_still_a_formula() -> None:
    """An apostrophe from an export is taken off before the text is judged."""
    assert fields.free_text("'- แพ้กุ้ง") == "- แพ้กุ้ง"
    assert code(fields.free_text("'=1+1")) == C.FORMULA


def test_a_text_longer_than_its_field_is_a_fault() -> None:
    """The limit itself is allowed."""
    assert fields.free_text("ก" * fields.TEXT_MAX) == "ก" * fields.TEXT_MAX
    assert code(fields.free_text("ก" * (fields.TEXT_MAX + 1))) == C.TOO_LONG


def test_only_a_note_may_hold_a_date() -> None:
    """Elsewhere a date is a spreadsheet's mistake."""
    date = Odd("22/11/2026", OddKind.DATE)

    assert fields.free_text(date, dates=True) == "22/11/2026"
    assert code(fields.free_text(date)) == C.DATE_IN_CELL


@given(st.text(max_size=60))
def test_no_cell_makes_a_field_raise(cell: str) -> None:
    """Every function answers with a value or a problem whose sentence can be made."""
    found = [
        fields.free_text(cell),
        fields.number(cell),
        fields.place(cell, C.SEAT_NEGATIVE, C.SEAT_INVALID),
        fields.companions(cell, 9),
        fields.reply(cell),
        fields.status(cell),
        fields.vip(cell),
        fields.tag(cell),
    ]

    for problem in found:
        if isinstance(problem, Problem):
            message = problem.at(2, "ชื่อ").message
            assert message.th
            assert message.en


def test_every_code_has_a_sentence_in_both_languages() -> None:
    """And both take the same values."""
    assert set(TEXTS) == set(FaultCode)
    for sentence in TEXTS.values():
        assert set(_slots(sentence.th)) == set(_slots(sentence.en))


def _slots(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]
