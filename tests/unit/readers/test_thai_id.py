"""The Thai identity card's fields: read where they are whole, and by hand where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.thai_id import FAULTS, PERSON, ThaiIdCard
from gatekeeper.readers.by_hand import ByHand, Trouble
from gatekeeper.readers.thai_id import (
    STEPS_MAX,
    BirthDate,
    Name,
    ThaiId,
    check_digit_fits,
    parse_date,
    parse_name,
    read_card,
)

FILE = Path(__file__).parents[2] / "vectors" / "thai_id.json"
VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector for vector in json.loads(FILE.read_text("utf-8"))["vectors"]
}
SOMCHAI = ThaiId(
    PERSON["number"], Name("นาย", "สมชาย", "", "ใจดี"), Name("Mr.", "Somchai", "", "Jaidee")
)
TODAY = date(2026, 11, 22)
HARMLESS = ("direct", "swallowed", "wrong_le", "pieces")
TROUBLES = {
    "foreign": Trouble.NOT_THAI_ID,
    "bad_check_digit": Trouble.CHECK_DIGIT,
    "torn_name": Trouble.DAMAGED,
    "no_separators": Trouble.DAMAGED,
    "blank": Trouble.DAMAGED,
    "read_error": Trouble.DAMAGED,
    "short": Trouble.DAMAGED,
    "no_status": Trouble.DAMAGED,
    "endless": Trouble.DAMAGED,
}


def talk(card: ThaiIdCard) -> Callable[[bytes], bytes]:
    def transmit(command: bytes) -> bytes:
        answer = card.answer(command)
        assert answer is not None
        return answer

    return transmit


@pytest.mark.parametrize("old", [False, True], ids=["new chip", "old chip"])
@pytest.mark.parametrize("fault", [None, *HARMLESS])
def test_a_whole_card_is_read_however_its_answers_are_fetched(fault: str | None, old: bool) -> None:
    card = ThaiIdCard([fault] if fault else [], old=old)

    assert read_card(talk(card), card.atr) == SOMCHAI


@pytest.mark.parametrize("fault", TROUBLES)
def test_a_damaged_or_foreign_card_ends_in_entry_by_hand(fault: str) -> None:
    card = ThaiIdCard([fault])

    outcome = read_card(talk(card), card.atr, birth=True)

    assert isinstance(outcome, ByHand)
    assert outcome.trouble is TROUBLES[fault]
    assert outcome.detail


def test_every_fault_of_the_simulated_card_is_tried() -> None:
    """`mute` needs a service that waits: tests/integration/test_thai_id_desk.py."""
    assert {*TROUBLES, *HARMLESS, "mute"} == set(FAULTS)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_words_in_both_languages(trouble: Trouble) -> None:
    by_hand = ByHand(trouble)

    assert by_hand.en.endswith("by hand.")
    assert "กรอกข้อมูลเอง" in by_hand.th


def test_only_what_is_needed_is_asked_of_the_card() -> None:
    card = ThaiIdCard(["direct"])
    read_card(talk(card), card.atr)
    asked = [command.hex().upper() for command in card.asked]

    assert asked == [
        VECTORS[name]["hex"] for name in ("thai-select", "thai-cid", "thai-name-th", "thai-name-en")
    ]
    assert read_card(talk(card), card.atr, birth=True) == ThaiId(
        SOMCHAI.number, SOMCHAI.name_th, SOMCHAI.name_en, BirthDate(1983, 5, 12)
    )
    assert card.asked[-1].hex().upper() == VECTORS["thai-birth"]["hex"]


@pytest.mark.parametrize(("old", "vector"), [(True, "thai-getrsp-old"), (False, "thai-getrsp-new")])
def test_the_atr_decides_how_the_answer_is_fetched(old: bool, vector: str) -> None:
    card = ThaiIdCard(old=old)
    read_card(talk(card), card.atr)

    assert bytes.fromhex(VECTORS[vector]["hex"]) in card.asked
    assert isinstance(read_card(talk(ThaiIdCard(old=old)), b"" if old else b"\x3b\x67"), ByHand)


def field(name: str) -> str:
    return bytes.fromhex(VECTORS[name]["hex"])[:-2].decode("tis-620").strip()


@pytest.mark.parametrize("name", [n for n in VECTORS if n.startswith("thai-name") and "rsp" in n])
def test_names_come_in_four_parts(name: str) -> None:
    assert parse_name(field(name)) == Name(**VECTORS[name]["decode"])


@pytest.mark.parametrize("text", ["", "นายสมชาย ใจดี", "นาย##ใจดี#", "a#b#c", "a#b#c#d#e", "###"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"seen; title#first#middle#last is due"):
        parse_name(text)


def test_a_name_without_a_family_is_a_name() -> None:
    assert parse_name("พระ#มหาสมชาย##") == Name("พระ", "มหาสมชาย", "", "")


@pytest.mark.parametrize("name", ["thai-cid-rsp", "thai-cid-bad-rsp"])
def test_the_check_digit_is_the_last_of_thirteen(name: str) -> None:
    due = VECTORS[name]["decode"]
    assert field(name) == due["citizen_id"]

    assert check_digit_fits(due["citizen_id"]) == due["check_digit_ok"]


@given(st.text("0123456789", min_size=12, max_size=12))
def test_one_last_digit_fits_and_nearly_every_slip_is_noticed(head: str) -> None:
    """Ten digits make ten remainders of 11, of which 0 and 10 have the same check digit."""
    (fitting,) = (digit for digit in "0123456789" if check_digit_fits(head + digit))
    for at in range(12):
        others = set("0123456789") - {head[at]}
        slips = [head[:at] + other + head[at + 1 :] + fitting for other in others]

        fits = sum(check_digit_fits(slip) for slip in slips)
        # The third digit weighs 11, and the sum is taken modulo 11: the formula is blind to it.
        assert fits == len(slips) if at == 2 else fits <= 1


@pytest.mark.parametrize("name", [n for n in VECTORS if n.startswith("thai-birth-") and "rsp" in n])
def test_dates_are_of_the_buddhist_era_and_known_as_far_as_they_are(name: str) -> None:
    due = VECTORS[name]["decode"]["date"]

    if due is None:
        with pytest.raises(ValueError):  # noqa: PT011 (the calendar's own words)
            parse_date(field(name), TODAY)
    else:
        assert str(parse_date(field(name), TODAY)) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("24190101", "1876-01-01"),
        ("25691122", "2026-11-22"),
        ("25430229", "2000-02-29"),
        ("25260012", "1983"),
        ("24180101", None),
        ("25700101", None),
        ("25420229", None),
        ("25261301", None),
        ("99999999", None),
        ("00000000", None),
        ("2526051", None),
        ("2526 512", None),
        ("๒๕๒๖๐๕๑๒", None),
        ("", None),
    ],
)
def test_a_date_that_nobody_alive_is_born_on_is_refused(text: str, due: str | None) -> None:
    if due is None:
        with pytest.raises(ValueError):  # noqa: PT011 (the calendar's own words)
            parse_date(text, TODAY)
    else:
        assert str(parse_date(text, TODAY)) == due


def test_nothing_of_a_person_gets_into_a_log() -> None:
    assert SOMCHAI.number not in repr(SOMCHAI)
    assert "สมชาย" not in repr(SOMCHAI)
    assert SOMCHAI.masked == "•••••••••3441"
    for fault in TROUBLES:
        card = ThaiIdCard([fault])
        outcome = read_card(talk(card), card.atr)
        assert isinstance(outcome, ByHand)
        assert not any(value in repr(outcome) for value in PERSON.values() if len(value) > 1)


ANSWERS = st.one_of(
    st.binary(max_size=120),
    st.sampled_from([b"\x90\x00", b"\x61\x0d", b"\x61\x00", b"\x6c\x0d", b"\x6a\x82"]),
    st.binary(max_size=100).map(lambda data: data + b"\x90\x00"),
)


@given(st.lists(ANSWERS, min_size=1), st.booleans())
def test_no_answers_make_it_raise_or_ask_without_end(answers: list[bytes], birth: bool) -> None:
    asked = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return answers[len(asked) % len(answers)]

    outcome = read_card(transmit, b"", birth=birth)

    assert isinstance(outcome, ThaiId | ByHand)
    assert len(asked) <= 5 * STEPS_MAX


@given(st.binary(min_size=100, max_size=100), st.binary(min_size=13, max_size=13))
def test_no_field_makes_it_raise(name: bytes, number: bytes) -> None:
    def transmit(command: bytes) -> bytes:
        if command[:2] == b"\x80\xb0":
            return (name if command[6] == 100 else number)[: command[6]] + b"\x90\x00"
        return b"\x90\x00"

    assert isinstance(read_card(transmit), ThaiId | ByHand)
