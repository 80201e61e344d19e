"""Thai text: one spelling, dictionary order, titles, dates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.thai import (
    arabic_digits,
    format_date,
    format_datetime,
    normalise,
    parse_date,
    search_form,
    sort_key,
    thai_digits,
)
from gatekeeper.titles import TITLES, display_name, split_title

THAI = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B) | st.sampled_from(" .aéZ"))


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("น\u0e49\u0e4d\u0e32", "น้ำ"),
        ("ก\u0e4d\u0e32", "กำ"),
        ("\u0e40\u0e40ก้ว", "แก้ว"),
        ("ท\u0e48\u0e35", "ที่"),
        ("ช\u0e49\u0e31น", "ชั้น"),
        ("\u200bสม\u200bชาย\ufeff", "สมชาย"),
        ("  สม\u00a0 ชาย\t", "สม ชาย"),
        ("Jose\u0301", "José"),
    ],
)
def test_what_looks_the_same_is_spelled_the_same(typed: str, due: str) -> None:
    """As keyboards and old programs type it."""
    assert normalise(typed) == due


@given(THAI)
def test_normalising_twice_is_once(text: str) -> None:
    """Else a list imported again would change."""
    assert normalise(normalise(text)) == normalise(text)
    assert search_form(search_form(text)) == search_form(text)


def test_digits_both_ways() -> None:
    """Only digits change."""
    assert arabic_digits("โต๊ะ ๑๐๔") == "โต๊ะ 104"
    assert thai_digits("โต๊ะ 104") == "โต๊ะ ๑๐๔"


def test_accents_go_from_latin_but_marks_stay_in_thai() -> None:
    """`jose` finds José; น้า and นา are two words."""
    assert search_form("José NÚÑEZ ๑") == "jose nunez 1"
    assert search_form("น้า") != search_form("นา")


def test_the_order_is_that_of_the_dictionary() -> None:
    """Headwords as the Royal Society's dictionary has them one after another."""
    headwords = [
        "กก",
        "กบ",
        "กะ",
        "กา",
        "ก่า",
        "กาก",
        "กำ",
        "กิน",
        "เกม",
        "เก่า",
        "แก",
        "แก่",
        "แก้",
        "แกง",
        "โกง",
        "ไก่",
        "ขา",
        "ข่า",
        "ข้า",
        "ขาว",
        "เข็ม",
        "คน",
        "ฤดู",
        "ลม",
        "อา",
        "ฮา",
    ]

    assert sorted(headwords, key=sort_key) == headwords


def test_tone_marks_decide_only_between_words_otherwise_equal() -> None:
    """ก่า before กาก although ่ comes after ก in the code."""
    assert sorted(["กาก", "ก้า", "กา", "ก่า"], key=sort_key) == ["กา", "ก่า", "ก้า", "กาก"]


def test_first_names_sort_before_last_names_and_latin_before_thai() -> None:
    """A space is less than any letter; case and accents do not count."""
    names = ["กา ฮา", "กาก กา", "Zoe", "élan", "Eva"]

    assert sorted(names, key=sort_key) == ["élan", "Eva", "Zoe", "กา ฮา", "กาก กา"]


@given(THAI)
def test_a_sort_key_can_be_stored(text: str) -> None:
    """PostgreSQL takes no zero byte."""
    assert "\x00" not in sort_key(text)


@pytest.mark.parametrize(
    ("name", "title", "rest"),
    [
        ("นายกิตติ ใจดี", "นาย", "กิตติ ใจดี"),
        ("นางสาวมานี มีนา", "นางสาว", "มานี มีนา"),
        ("น.ส.มานี มีนา", "น.ส.", "มานี มีนา"),
        ("พลเรือเอก วิกิจ ติณรัตน์", "พลเรือเอก", "วิกิจ ติณรัตน์"),
        ("พล.ต.อ.สมชาย ดี", "พล.ต.อ.", "สมชาย ดี"),
        ("พล.ต.ท. หญิง สม ใจ", "พล.ต.ท. หญิง", "สม ใจ"),
        ("พันตำรวจเอกหญิงสม ใจ", "พันตำรวจเอกหญิง", "สม ใจ"),
        ("ว่าที่ร้อยตรี สม ใจ", "ว่าที่ร้อยตรี", "สม ใจ"),
        ("ศ.ดร.ปภา สุวรรณ", "ศ.ดร.", "ปภา สุวรรณ"),
        ("รองศาสตราจารย์ ดร. ปภา สุวรรณ", "รองศาสตราจารย์ ดร.", "ปภา สุวรรณ"),
        ("ม.ร.ว.ปภา สุวรรณ", "ม.ร.ว.", "ปภา สุวรรณ"),
        ("ท่านผู้หญิงปภา สุวรรณ", "ท่านผู้หญิง", "ปภา สุวรรณ"),
        ("H.E. Mr. José Núñez", "H.E. Mr.", "José Núñez"),
        ("Mrs Anna Lee", "Mrs", "Anna Lee"),
        ("Lt. Gen. John Doe", "Lt. Gen.", "John Doe"),
        ("Herman Melville", "", "Herman Melville"),
        ("Sirikit Lee", "", "Sirikit Lee"),
        ("นายิกา ศรี", "", "นายิกา ศรี"),
        ("นางาม ดี", "", "นางาม ดี"),
        ("คุณากร ดี", "", "คุณากร ดี"),
        ("นาย", "", "นาย"),
        ("", "", ""),
    ],
)
def test_titles_are_told_from_names(name: str, title: str, rest: str) -> None:
    """Joined or spaced, stacked, Thai or foreign; what only looks like one is a name."""
    assert split_title(name) == (title, rest)


@given(st.sampled_from(TITLES))
def test_every_title_of_the_list_is_found_and_put_back(title: str) -> None:
    """Joined in Thai, with a space in Latin."""
    first, last = ("สมชาย", "ดี") if title[0] > "\u0e00" else ("John", "Doe")
    shown = display_name(title, first, last)

    assert split_title(shown) == (title, f"{first} {last}")


def test_a_name_is_shown_as_it_is_written() -> None:
    """Thai titles are joined to Thai names only."""
    assert display_name("นาย", "กิตติ", "ใจดี") == "นายกิตติ ใจดี"
    assert display_name("ดร.", "กิตติ", "") == "ดร.กิตติ"
    assert display_name("H.E. Mr.", "José", "Núñez") == "H.E. Mr. José Núñez"
    assert display_name("นาย", "John", "Doe") == "นาย John Doe"
    assert display_name("", "", "ใจดี") == "ใจดี"


def test_dates_are_in_the_buddhist_era() -> None:
    """Day, month, year; 24-hour clock of the site."""
    day = date(2026, 11, 22)
    at = datetime(2026, 11, 22, 17, 5, tzinfo=UTC).timestamp()

    assert format_date(day) == "22 พ.ย. 2569"
    assert format_date(day, long=True) == "22 พฤศจิกายน 2569"
    assert format_date(day, "en") == "22 Nov 2026"
    assert format_date(day, "en", long=True) == "22 November 2026"
    assert format_datetime(at) == "23 พ.ย. 2569 00:05"
    assert format_datetime(at, "en", "UTC") == "22 Nov 2026 17:05"


@pytest.mark.parametrize(
    "written",
    [
        "22/11/2569", "22-11-2569", "22.11.69", "22/11/69", "22 พ.ย. 2569", "22 พ.ย. 69",
        "๒๒ พฤศจิกายน พ.ศ. ๒๕๖๙", "22พฤศจิกายน2569", "22 Nov 2026", "22 November 2026",
        "2026-11-22", "2569-11-22", " 22 / 11 / 2569 ".replace(" / ", "/"),
    ],
)  # fmt: skip
def test_a_day_is_read_however_people_write_it(written: str) -> None:
    assert parse_date(written) == date(2026, 11, 22)


@pytest.mark.parametrize("written", ["", "ไม่ทราบ", "31/02/2569", "22/13/2569", "22 ฟฟ 2569", "1/1"])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"seen|day|month"):
        parse_date(written)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)), st.sampled_from(["th", "en"]))
def test_a_day_that_is_shown_is_read_again(day: date, language: str) -> None:
    for long in (False, True):
        assert parse_date(format_date(day, language, long=long)) == day
