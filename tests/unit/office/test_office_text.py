"""Cells as clean text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.office.text import clean, damage, folded, formula_like, shown


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("  ยอดแมน ", "ยอดแมน"),
        ("กิตติ\u200bพงษ์", "กิตติพงษ์"),
        ("กิตติ\u00a0 ใจดี", "กิตติ ใจดี"),
        ("บรรทัดหนึ่ง\r\nบรรทัดสอง", "บรรทัดหนึ่ง บรรทัดสอง"),
        ("น\u0e4d\u0e49า", "น้ำ"),
        ("น\u0e49\u0e4dา", "น้ำ"),
        ("เเดง", "แดง"),
        ("Jose\u0301", "José"),
        ("\ufeffลำดับ", "ลำดับ"),
        ("abc\u202etxt", "abctxt"),
    ],
)
def test_what_cannot_be_seen_is_gone(typed: str, seen: str) -> None:
    """Texts that look the same become the same."""
    assert clean(typed) == seen


@given(st.text())
def test_cleaning_is_done_after_once(text: str) -> None:
    """Cleaning clean text changes nothing, and it is composed and trimmed."""
    once = clean(text)

    assert clean(once) == once
    assert once == once.strip()
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("x")', "+1+1", "-1+1", "@SUM(A1)", "＝1", "- cmd|' /C calc'!A0"]
)
def test_a_formula_is_known_by_its_beginning(text: str) -> None:
    """Every start that a spreadsheet program runs is a formula."""
    assert formula_like(text)


@pytest.mark.parametrize("text", ["- แพ้อาหารทะเล", "+66 2 123 4567", "กิตติ", "a=b", "'=1", ""])
def test_plain_words_are_no_formula(text: str) -> None:
    """A list mark before words and a telephone number are what they look like."""
    assert not formula_like(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [("a\x00b", "U+0000"), ("a\x1bb", "U+001B"), ("Mill\ufffdn", "U+FFFD"), ("กิตติ", None)],
)
def test_damage_is_named(text: str, what: str | None) -> None:
    """Control characters and the mark of lost letters are told by number."""
    assert damage(text) == what


def test_a_quoted_text_is_short_and_printable() -> None:
    """Nothing in a file reaches a terminal as a control sequence."""
    assert shown("\x1b[31m" + "x" * 100) == "�[31m" + "x" * 34 + "…"


def test_folding_forgets_case_accents_space_and_digits() -> None:
    """What people mean as the same compares the same."""
    assert folded(" H.E. José ๑") == folded("h.e.jose 1")
