"""The typeface of everything that is printed: where its files are, and what a text measures in it.

Sarabun (SIL Open Font License), whole files: a web font's subsets lack the tables by which tone
marks are put above vowels. `make setup` lays them out beside this module. Lengths are in em, so
that they hold for every size. No PDF is made here (gatekeeper.office.paper).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import uharfbuzz

from gatekeeper.errors import UserError

__all__ = [
    "BOLD",
    "REGULAR",
    "SEMIBOLD",
    "WEIGHTS",
    "Glyph",
    "Ink",
    "font",
    "glyphs",
    "ink",
    "runs",
    "unprintable",
]

REGULAR, SEMIBOLD, BOLD = 400, 600, 700
WEIGHTS = {
    REGULAR: "Sarabun-Regular.ttf",
    SEMIBOLD: "Sarabun-SemiBold.ttf",
    BOLD: "Sarabun-Bold.ttf",
}
FOLDER = Path(__file__).with_name("fonts")

_RUNS = re.compile("[\u0e00-\u0e7f]+|[^\u0e00-\u0e7f]+")


class Glyph(NamedTuple):
    """One glyph of a shaped text, in em: the place of its origin, its advance and its ink."""

    cluster: int
    """Index of the first letter of the text that it belongs to."""
    x: float
    y: float
    advance: float
    left: float
    bottom: float
    right: float
    top: float
    """Left, bottom, right, top: the ink's box, y upwards from the base line."""


class Ink(NamedTuple):
    """What a line of text takes, in em: its advance, and how far ink goes up and down."""

    width: float
    top: float
    bottom: float
    """Negative where ink goes below the base line."""


def font(weight: int = REGULAR) -> Path:
    """The file of a weight (400, 600, 700). Raises UserError where set-up has not laid it out."""
    path = FOLDER / WEIGHTS[weight]
    if not path.is_file():
        raise UserError(
            f"the typeface for print is missing ({path.name}); run `make setup`",
            f"ไม่พบแบบอักษรสำหรับพิมพ์ ({path.name}) ให้ผู้ดูแลระบบสั่ง make setup",
        )
    return path


@cache
def _shaper(weight: int) -> tuple[uharfbuzz.Font, float]:
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font(weight))))
    return uharfbuzz.Font(face), 1.0 / face.upem


def runs(text: str) -> list[str]:
    """`text` in runs of one script each, Thai or not: marks are placed by the rules of a script."""
    return _RUNS.findall(text)


@lru_cache(maxsize=20_000)
def glyphs(text: str, weight: int = REGULAR) -> tuple[Glyph, ...]:
    """`text` shaped on one line that begins at 0."""
    shaper, em = _shaper(weight)
    shaped: list[Glyph] = []
    pen, start = 0.0, 0
    for run in runs(text):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        uharfbuzz.shape(shaper, buffer)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            box = shaper.get_glyph_extents(info.codepoint)
            x, y = pen + place.x_offset * em, place.y_offset * em
            left, top = x + box.x_bearing * em, y + box.y_bearing * em
            shaped.append(
                Glyph(
                    start + info.cluster,
                    x,
                    y,
                    place.x_advance * em,
                    left,
                    top + box.height * em,
                    left + box.width * em,
                    top,
                )
            )
            pen += place.x_advance * em
        start += len(run)
    return tuple(shaped)


@lru_cache(maxsize=50_000)
def ink(text: str, weight: int = REGULAR) -> Ink:
    """What `text` takes on one line."""
    shaped = glyphs(text, weight)
    return Ink(
        sum(glyph.advance for glyph in shaped),
        max((glyph.top for glyph in shaped), default=0.0),
        min((glyph.bottom for glyph in shaped), default=0.0),
    )


def unprintable(text: str) -> str:
    """The letters of `text` that the typeface has no glyph for, each once, in order."""
    shaper, _ = _shaper(REGULAR)
    return "".join(
        dict.fromkeys(
            letter
            for letter in text
            if letter not in "\n\t" and shaper.get_nominal_glyph(ord(letter)) is None
        )
    )
