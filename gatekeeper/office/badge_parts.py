"""Parts that badges and permits have in common: crest and name, photo, code, band, expiry."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import segno
from PIL import Image

from gatekeeper import thai
from gatekeeper.office.badge_values import Printed, SiteTexts
from gatekeeper.office.paper import BLACK, GREY, LINE, Align, Box, Colour, Paper
from gatekeeper.office.typeface import BOLD, REGULAR, SEMIBOLD
from gatekeeper.office.words import MM, Block, Breaks, fit

__all__ = ["Text", "code", "crest", "expiry", "heading", "photo", "place", "stack"]

QUIET = 2
"""Modules of white around a code inside its box; the paper around it is white as well."""
_OVERLAP = 0.02
"""mm that modules of a code reach into each other, so that no renderer leaves a gap."""
PHOTO_RATIO = 0.8
"""Width to height."""


class Text(NamedTuple):
    """A text of a stack: how it is set, and the white above it in mm."""

    text: str
    sizes: tuple[float, float]
    """Largest and smallest, in points."""
    weight: int = REGULAR
    lines: int = 1
    breaks: Breaks = Breaks.WORDS
    colour: Colour = BLACK
    gap: float = 1.0


def place(
    paper: Paper,
    text: str,
    box: Box,
    sizes: tuple[float, float],
    *,
    weight: int = REGULAR,
    lines: int = 1,
    breaks: Breaks = Breaks.WORDS,
    colour: Colour = BLACK,
    align: Align = "left",
    middle: bool = True,
) -> float:
    """A text fitted into the box; where its ink ends (mm from the page's top)."""
    if not text:
        return box.y
    block = fit(text, (box.width, box.height), sizes, weight, most_lines=lines, breaks=breaks)
    return paper.block(block, box, weight=weight, colour=colour, align=align, middle=middle)


def stack(
    paper: Paper, texts: Sequence[Text], box: Box, *, align: Align = "centre", middle: bool = False
) -> None:
    """Texts one below the other, shrunk together until all of them stand in the box."""
    shown = [text for text in texts if text.text]
    blocks: list[Block] = []
    height = 0.0
    for step in range(20):
        share = 1.0 - 0.04 * step
        blocks = [
            fit(
                text.text,
                (box.width, box.height),
                (round(text.sizes[0] * share * 4) / 4, round(text.sizes[1] * share * 4) / 4),
                text.weight,
                most_lines=text.lines,
                breaks=text.breaks,
            )
            for text in shown
        ]
        gaps = sum(text.gap for text in shown[1:]) * share
        height = sum(_room(block) for block in blocks) + gaps
        if height <= box.height:
            break
    y = box.y + (max(0.0, box.height - height) / 2 if middle else 0.0)
    for number, (text, block) in enumerate(zip(shown, blocks, strict=True)):
        y += text.gap * share if number else 0.0
        above = _rise(block) - block.top
        at = Box(box.x, y + above, box.width, block.height)
        paper.block(block, at, weight=text.weight, colour=text.colour, align=align)
        y += _room(block)


def _rise(block: Block) -> float:
    """mm above the first base line: a line without marks takes nearly the room of one with."""
    return max(block.top, 0.9 * block.size * MM)


def _room(block: Block) -> float:
    """mm that a block takes in a stack, so that distances look alike whatever its letters."""
    low = max(block.bottom, block.offsets[-1] + 0.2 * block.size * MM)
    return _rise(block) + low


def crest(paper: Paper, site: SiteTexts, box: Box) -> bool:
    """The installation's crest, as large as the box allows; whether there is one."""
    if site.crest is None:
        return False
    with Image.open(io.BytesIO(site.crest)) as image:
        ratio = image.width / image.height
    width = min(box.width, box.height * ratio)
    height = width / ratio
    middle = Box(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height)
    paper.picture(site.crest, middle)
    return True


def heading(paper: Paper, site: SiteTexts, box: Box, sizes: tuple[float, float]) -> None:
    """Crest and names of the site in a row, the names alone where there is no crest."""
    wide = box.height
    text, align = box, "centre"
    if crest(paper, site, Box(box.x, box.y, wide, box.height)):
        text, align = Box(box.x + wide + 1.5, box.y, box.width - wide - 1.5, box.height), "left"
    names = [
        Text(site.name_th, sizes, BOLD, lines=2),
        Text(site.name_en, (sizes[1], sizes[1] - 1), lines=2, colour=GREY, gap=0.7),
    ]
    stack(paper, names, text, align="left" if align == "left" else "centre", middle=True)


def photo(paper: Paper, data: bytes | None, box: Box) -> None:
    """The holder's photo, cropped to the box; without one a frame that says what is due."""
    if data is not None:
        paper.picture(data, box)
        paper.frame(box, LINE, line=0.15)
        return
    paper.frame(box, GREY, line=0.3, dash=1.2)
    size = f"{box.width:.0f} × {box.height:.0f} มม."
    due = [
        Text("ติดรูปถ่าย", (9, 6), SEMIBOLD, colour=GREY),
        Text("PHOTO", (7, 5), colour=GREY),
        Text(size, (6.5, 5), colour=GREY),
    ]
    stack(paper, due, box.inset(1.5), middle=True)


def code(paper: Paper, content: str, box: Box) -> None:
    """`content` as a QR code (level M at least) in black on white, in the middle of the box."""
    matrix = _matrix(content)
    side = min(box.width, box.height)
    module = side / (len(matrix) + 2 * QUIET)
    left = box.x + (box.width - side) / 2 + QUIET * module
    top = box.y + (box.height - side) / 2 + QUIET * module
    dark = []
    for y, row in enumerate(matrix):
        x = 0
        for is_dark, group in groupby(row):
            length = len(list(group))
            if is_dark:
                run = Box(left + x * module, top + y * module, length * module, module)
                dark.append(run.inset(-_OVERLAP / 2))
            x += length
    paper.fill_all(dark, BLACK)


@lru_cache(maxsize=1_000)
def _matrix(content: str) -> tuple[bytes, ...]:
    """The modules of a code, row by row, 1 for dark."""
    return tuple(bytes(row) for row in segno.make(content, error="m", micro=False).matrix)


def expiry(one: Printed, site: SiteTexts) -> tuple[str, str]:
    """The last day of a pass in Thai (Buddhist era) and English; empty where no end was set."""
    if one.valid_until is None:
        return "", ""
    # The end is exclusive; people are told the last day that counts.
    last = datetime.fromtimestamp(one.valid_until - 1, UTC).astimezone(ZoneInfo(site.timezone))
    return thai.format_date(last.date(), "th"), thai.format_date(last.date(), "en")
