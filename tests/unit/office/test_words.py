"""Lines break where Thai is read, and what does not fit shrinks before it breaks."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.office.typeface import BOLD, REGULAR, ink
from gatekeeper.office.words import MM, Block, Breaks, break_lines, fit, pieces

ORGANISATION = "สำนักงานคณะกรรมการกำกับกิจการพลังงานและสิ่งแวดล้อมแห่งชาติ"
NAME = "นายกิตติ์ธเนศพิพัฒน์ ญาณพิสิษฐ์สกุลวงศ์ ณ อยุธยา"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ผู้อำนวยการกองพิธีการ", ("ผู้อำนวยการ", "กอง", "พิธีการ")),
        ("ต่าง ๆ และอื่น ๆ", ("ต่าง ๆ ", "และ", "อื่น ๆ")),
        ("ออกเมื่อ พ.ศ. 2569", ("ออก", "เมื่อ ", "พ.ศ. 2569")),
        (
            "ติดต่อ press@example.go.th โทร 02-123-4567",
            ("ติดต่อ ", "press@example.go.th ", "โทร ", "02-123-4567"),
        ),
        ("ที่ (นร) 0101/123", ("ที่ ", "(นร) ", "0101/123")),
        ("van der Straten-Ponthoz", ("van ", "der ", "Straten-", "Ponthoz")),
        ("A4/B5", ("A4/B5",)),
        ("", ()),
    ],
)
def test_lines_break_between_words(text: str, expected: tuple[str, ...]) -> None:
    """Never before ๆ or a closing sign, never between an era and its year or inside a number."""
    assert pieces(text) == expected


def test_names_break_at_spaces_only() -> None:
    """A dictionary would cut a name into words that it is not."""
    assert pieces("นายกิตติ์ธเนศ ญาณพิสิษฐ์", Breaks.SPACES) == ("นายกิตติ์ธเนศ ", "ญาณพิสิษฐ์")


THAI = st.text("กขคงจฉญฎฐปผฟสหอะาำิีึืุู่้๊๋์ัเแโใไๆฯ ๑2a.-/()", max_size=60)


@given(THAI)
def test_breaking_loses_nothing(text: str) -> None:
    """The parts put together are the text."""
    assert "".join(pieces(text)) == text


@given(THAI, st.floats(4, 40), st.floats(3, 30))
def test_no_line_begins_with_a_mark_and_nothing_is_lost(
    text: str, width: float, size: float
) -> None:
    """Whatever the width, lines begin with a letter that may stand alone, and all are there."""
    lines, whole = break_lines(text, size, width)
    begins_badly = text.strip()[:1]

    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines[1:]:
        assert line[:1] == begins_badly or line[:1] not in set("ะาำิีึืุู่้๊๋์ัๆฯ.)")
    if whole:
        assert all(ink(line).width * size * MM <= width + 1e-6 for line in lines)


def _widest(block: Block, weight: int) -> float:
    return max(ink(line, weight).width for line in block.lines) * block.size * MM


def test_a_text_that_fits_keeps_its_size() -> None:
    """Shrinking is for what is too long."""
    assert fit("นายดี มา", (48, 12), (14, 9), BOLD).size == 14


def test_a_text_shrinks_before_it_breaks() -> None:
    """One line within the bounds comes before two."""
    block = fit("นายกิตติ์ธเนศ ใจดี", (34, 12), (14, 9), BOLD, most_lines=2, breaks=Breaks.SPACES)

    assert len(block.lines) == 1
    assert 9 <= block.size < 14
    assert _widest(block, BOLD) <= 38


def test_a_text_breaks_before_it_goes_below_its_bound() -> None:
    """A long name stands on two lines of a size that is read at arm's length."""
    block = fit(NAME, (48, 14), (14, 9), BOLD, most_lines=2, breaks=Breaks.SPACES)

    assert block.whole
    assert len(block.lines) == 2
    assert block.size >= 9
    assert block.height <= 14


def test_lines_are_of_even_length() -> None:
    """No word alone on the last line where it can be helped."""
    block = fit(ORGANISATION, (48, 14), (8, 8), REGULAR, most_lines=3)
    lengths = [ink(line).width for line in block.lines]

    assert len(lengths) == 2
    assert min(lengths) > 0.7 * max(lengths)


@given(st.text("กิตติ์ญาณปู่น้ำฎุ WMx", min_size=1, max_size=90).filter(str.strip))
def test_nothing_is_cut_off(text: str) -> None:
    """Whatever the text, all of it stands inside the box; a word may break, and that is told."""
    block = fit(text, (48, 14), (14, 9), BOLD, most_lines=2, breaks=Breaks.SPACES)

    assert "".join("".join(block.lines).split()) == "".join(text.split())
    if block.size > 3:
        assert block.height <= 14 + 1e-6
        assert _widest(block, BOLD) <= 48 + 1e-6


def test_marks_of_two_lines_stand_apart() -> None:
    """A line with marks above it is set lower where the line before reaches down."""
    block = fit("ฏูฏู\nปี้ปี้", (40, 20), (12, 12), BOLD, most_lines=2)
    upper, lower = (ink(line, BOLD) for line in block.lines)
    gap = block.offsets[1] / (block.size * MM) + upper.bottom - lower.top

    assert gap > 0.05


def test_breaking_writes_nothing_into_a_home(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The dictionary's library would lay out a folder in the home of whoever runs it."""
    code = "from gatekeeper.office.words import pieces; print(len(pieces('ผู้อำนวยการกอง')))"
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.strip() == "2"
    assert list(tmp_path.iterdir()) == []
