"""The typeface of print: marks stand where readers of Thai expect them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.errors import UserError
from gatekeeper.office import typeface
from gatekeeper.office.typeface import WEIGHTS, Glyph, font, glyphs, ink, unprintable

STACKED = ["ปี้", "ที่", "ซื้อ", "กิตติ์", "ฝั่ง", "น้ำ", "ผู้", "ฟ้า", "ปั๊ม", "สิทธิ์", "ญู", "ฎุ", "เดี๋ยว"]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_weight_is_laid_out_whole(weight: int) -> None:
    """A file of each weight with the tables that place marks."""
    content = font(weight).read_bytes()

    assert b"GPOS" in content[:600]
    assert b"GSUB" in content[:600]


def test_a_missing_file_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before set-up, print says what to do, in both languages."""
    monkeypatch.setattr(typeface, "FOLDER", tmp_path)

    with pytest.raises(UserError, match="make setup") as caught:
        font()

    assert "make setup" in caught.value.th


def _overlap(one: Glyph, other: Glyph) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    upright = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > 0 and upright > 0


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("text", STACKED)
def test_marks_stand_clear_of_each_other(text: str, weight: int) -> None:
    """Of marks without advance, no two boxes of ink meet: a tone mark is above its vowel."""
    marks = [glyph for glyph in glyphs(text, weight) if glyph.advance == 0]

    assert marks
    assert not [
        (one, other)
        for number, one in enumerate(marks)
        for other in marks[number + 1 :]
        if _overlap(one, other)
    ]


@pytest.mark.parametrize("plain", ["ป", "น", "ฟ"])
def test_a_tone_mark_is_higher_above_a_vowel_than_above_a_letter(plain: str) -> None:
    """What a font without shaping gets wrong: both at one height."""
    low = max(glyph.bottom for glyph in glyphs(plain + "่"))
    high = max(glyph.bottom for glyph in glyphs(plain + "ี่"))

    assert high > low + 0.1


def test_the_tail_of_yo_ying_gives_way_to_a_vowel_below() -> None:
    """ญู is drawn without the tail that the vowel would run into."""
    assert ink("ญู").bottom > ink("ญ").bottom + ink("ู").bottom


def test_thai_beside_latin_is_placed_by_the_rules_of_thai() -> None:
    """A line that begins in Latin places its Thai marks as a line of Thai alone does."""
    alone = glyphs("ปู่ปี้")
    mixed = glyphs("A4 ปู่ปี้")
    shift = mixed[3].x - alone[0].x

    assert [round(g.x, 4) for g in alone] == [round(g.x - shift, 4) for g in mixed[3:]]
    assert [g.y for g in alone] == [g.y for g in mixed[3:]]


def test_letters_without_a_glyph_are_named() -> None:
    """Whoever prints is told before a box stands on a badge."""
    assert unprintable("นาย José Núñez Łódź Nguyễn ๑๒๓ “ก” – ก") == ""
    assert unprintable("金 ก 金 ب") == "金ب"
