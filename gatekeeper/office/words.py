"""Where a line may break, and how a text is made to fit: by words, as Thai is read.

Thai has no spaces between words; a dictionary finds them (PyThaiNLP's newmm, offline). Names
are in no dictionary and break at their spaces only. Lengths are in mm, sizes in points.
"""

from __future__ import annotations

import enum
import os
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from gatekeeper.office.typeface import REGULAR, ink

__all__ = ["LEADING", "MM", "Block", "Breaks", "break_lines", "fit", "pieces", "spread"]

MM = 25.4 / 72
"""Millimetres in a point."""
LEADING = 1.4
"""Base line to base line in em, where no mark needs more."""
_AIR = 0.06
"""Em of white between the ink of two lines."""
_STEP = 0.25
_FLOOR = 3.0
"""Points: below this a text is not made smaller, whatever it is to fit into."""

_NEVER_FIRST = frozenset("ๆฯะาำๅ.,;:!?)]}”’»%…") | {
    chr(c) for c in (0xE31, *range(0xE34, 0xE3B), *range(0xE47, 0xE4F))
}
_NEVER_LAST = frozenset("([{“‘«เแโใไ")
_CLUSTER = re.compile("[เแโใไ]?[ก-ฮ][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[ะาำๅ]?|.", re.DOTALL)
_YEAR = re.compile(r"\.\s+\Z")


class Breaks(enum.Enum):
    """Where a text may be broken."""

    WORDS = enum.auto()
    SPACES = enum.auto()
    """Only at spaces: names."""


class Block(NamedTuple):
    """A text set in lines: their size in points, and each base line in mm below the first one."""

    lines: tuple[str, ...]
    size: float
    offsets: tuple[float, ...]
    top: float
    """mm from the first base line up to the highest ink of the first line."""
    bottom: float
    """mm from the first base line down to the lowest ink of the last line."""
    whole: bool = True
    """False where a word had to be broken or the size went below its bound."""

    @property
    def height(self) -> float:
        """mm from the highest ink to the lowest."""
        return self.top + self.bottom


@lru_cache(maxsize=20_000)
def pieces(text: str, breaks: Breaks = Breaks.WORDS) -> tuple[str, ...]:
    """`text` in parts between which a line may break; white space ends the part before it."""
    found: list[str] = []
    for token in _tokens(text, breaks):
        if found and (token.isspace() or not _may_break(found[-1], token)):
            found[-1] += token
        else:
            found.append(token)
    return tuple(found)


def _tokens(text: str, breaks: Breaks) -> Sequence[str]:
    if breaks is Breaks.SPACES or not any("\u0e00" <= letter <= "\u0e7f" for letter in text):
        return re.findall(r"\s+|[^\s/-]+[/-]?|[/-]", text)
    # The dictionary is in the package: it is not to write into anybody's home.
    os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    from pythainlp.tokenize import word_tokenize  # takes a second and 80 MB: only who prints pays

    found: list[str] = word_tokenize(text, engine="newmm", keep_whitespace=True)
    return found


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end with `before` and the next begin with `after`."""
    first, spaced = after[0], before[-1].isspace()
    if first in _NEVER_FIRST:
        return False
    if spaced:
        # An era and its year, an abbreviation and its number, stay together.
        return not (_YEAR.search(before) and first.isdigit())
    last = before[-1]
    if last in _NEVER_LAST or last == ".":
        return False
    if last in "/-" and len(before) > 1:
        return before[-2].isalpha() and first.isalpha()
    return _is_thai_letter(last) and _is_thai_letter(first)


def _is_thai_letter(letter: str) -> bool:
    return "\u0e01" <= letter <= "\u0e4e" and letter != "฿"


def _clusters(text: str) -> list[str]:
    """`text` in the smallest parts that may stand alone: letters with their marks."""
    found: list[str] = []
    for part in _CLUSTER.findall(text):
        if found and (unicodedata.combining(part[0]) or part[0] in _NEVER_FIRST):
            found[-1] += part
        else:
            found.append(part)
    return found


def break_lines(
    text: str, size: float, width: float, weight: int = REGULAR, breaks: Breaks = Breaks.WORDS
) -> tuple[list[str], bool]:
    """`text` in lines no wider than `width` mm at `size` points; whether all words stayed whole.

    Line feeds in the text break always. A word wider than a line is broken between clusters.
    """
    room = width / (size * MM)
    lines: list[str] = []
    whole = True
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for piece in pieces(paragraph.strip(), breaks):
            bare = ink(piece.rstrip(), weight).width
            if line and used + bare > room:
                lines.append(line.rstrip())
                line, used = "", 0.0
            if bare > room and len(_clusters(piece)) > 1:
                whole = False
                *full, piece = _cut(piece, room, weight)
                lines += full
            whole = whole and ink(piece.rstrip(), weight).width <= room
            line += piece
            used += ink(piece, weight).width
        lines.append(line.rstrip())
    return lines, whole


def _cut(word: str, room: float, weight: int) -> list[str]:
    """A word wider than a line in parts that are not, as far as its letters allow."""
    parts, used = [""], 0.0
    for cluster in _clusters(word):
        wide = ink(cluster, weight).width
        if parts[-1] and used + wide > room and not cluster.isspace():
            parts.append("")
            used = 0.0
        parts[-1] += cluster
        used += wide
    return parts


def spread(lines: Sequence[str], size: float, weight: int = REGULAR, whole: bool = True) -> Block:
    """Lines with their distances: more than LEADING where marks of two lines would meet."""
    em = size * MM
    inks = [ink(line, weight) for line in lines]
    offsets = [0.0]
    for upper, lower in pairwise(inks):
        offsets.append(offsets[-1] + max(LEADING, lower.top - upper.bottom + _AIR) * em)
    # A line of low letters takes the room of capitals, so that blocks side by side stand level.
    top = max(inks[0].top, 0.7) * em
    return Block(tuple(lines), size, tuple(offsets), top, offsets[-1] - inks[-1].bottom * em, whole)


@lru_cache(maxsize=5_000)
def fit(
    text: str,
    box: tuple[float, float],
    sizes: tuple[float, float],
    weight: int = REGULAR,
    *,
    most_lines: int = 1,
    breaks: Breaks = Breaks.WORDS,
) -> Block:
    """`text` set into a box of (width, height) mm, at most `sizes[0]` points.

    One line is shrunk to `sizes[1]` before two are tried, and so on. Where `most_lines` at the
    least size do not hold it, it goes on shrinking and words may break: nothing is cut off.
    """
    for count in range(text.count("\n") + 1, most_lines + 1):
        if block := _shrink(text, box, sizes, weight, breaks, count):
            return _balanced(text, block, box[0], weight, breaks)
    if block := _shrink(text, box, (sizes[1], _FLOOR), weight, breaks):
        return block._replace(whole=False)
    lines, _ = break_lines(text, _FLOOR, box[0], weight, breaks)
    return spread(lines, _FLOOR, weight, whole=False)


def _shrink(
    text: str,
    box: tuple[float, float],
    sizes: tuple[float, float],
    weight: int,
    breaks: Breaks,
    most_lines: int | None = None,
) -> Block | None:
    """The largest setting between the sizes that the box holds.

    With `most_lines`: of at most so many, all words whole; without, any.
    """
    size = sizes[0]
    while size >= sizes[1] - 1e-9:
        lines, whole = break_lines(text, size, box[0], weight, breaks)
        block = spread(lines, size, weight, whole)
        good = most_lines is None or (whole and len(lines) <= most_lines)
        if good and block.height <= box[1] + 1e-6:
            return block
        size -= _STEP
    return None


def _balanced(text: str, block: Block, width: float, weight: int, breaks: Breaks) -> Block:
    """The same number of lines, as equal in length as words allow."""
    if len(block.lines) < 2:
        return block
    narrow, wide = 0.0, width
    best = block
    for _ in range(8):
        middle = (narrow + wide) / 2
        lines, whole = break_lines(text, block.size, middle, weight, breaks)
        if whole and len(lines) == len(block.lines):
            best, wide = spread(lines, block.size, weight), middle
        else:
            narrow = middle
    return best if best.height <= block.height + 1e-6 else block
