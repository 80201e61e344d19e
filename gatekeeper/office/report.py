"""Lists on paper: A4 with a head, paragraphs and tables whose head repeats, numbered pages.

Used for records that people file or hand over (the daily record of visitors). The caller passes
texts in the reader's language, and who made it and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gatekeeper.office.paper import A4, BLACK, GREY, LINE, Align, Box, Paper
from gatekeeper.office.typeface import BOLD, REGULAR, SEMIBOLD
from gatekeeper.office.words import MM, Block, break_lines, spread

__all__ = ["Column", "Report"]

_SIDE, _TOP, _FOOT = 15.0, 15.0, 18.0
"""mm left and right, above, and below (where the page number stands)."""
_PAD_X, _PAD_Y = 1.4, 1.3
_HEAD_GROUND = (232, 234, 236)


@dataclass(frozen=True)
class Column:
    """A column of a table: what stands over it, its share of the width, where its text stands."""

    head: str
    share: float
    align: Align = "left"


class Report:
    """A list under way. `page_word` is `หน้า` or `Page`; `made` says who made it and when."""

    def __init__(
        self,
        title: str,
        *,
        made_at: float,
        made: str,
        subtitle: str = "",
        landscape: bool = False,
        language: str = "th",
        size: float = 10.0,
    ) -> None:
        self._paper = Paper(title, made_at=made_at, language=language)
        self._format = (A4[1], A4[0]) if landscape else A4
        self._title, self._subtitle, self._made = title, subtitle, made
        self._page_word = "หน้า" if language == "th" else "Page"
        self._size = size
        self._y = 0.0
        self._begin_page()

    @property
    def _width(self) -> float:
        return self._format[0] - 2 * _SIDE

    @property
    def _floor(self) -> float:
        return self._format[1] - _FOOT

    def _begin_page(self) -> None:
        first = self._paper.pages == 0
        self._paper.page(self._format)
        self._y = _TOP
        if first:
            self._text(self._title, 16.0, BOLD)
            if self._subtitle:
                self._text(self._subtitle, 11.0, REGULAR)
            self._y += 3.0

    def heading(self, text: str) -> None:
        """A heading; it never stands alone at the end of a page."""
        if self._y + 22.0 > self._floor:
            self._begin_page()
        self._y += 3.0
        self._text(text, 12.0, BOLD)
        self._y += 1.0

    def paragraph(self, text: str, *, small: bool = False) -> None:
        """Text over the whole width."""
        self._text(text, self._size - 1.5 if small else self._size, REGULAR)
        self._y += 1.5

    def _text(self, text: str, size: float, weight: int) -> None:
        for line in break_lines(text, size, self._width, weight)[0]:
            block = spread([line], size, weight)
            if self._y + block.height > self._floor:
                self._begin_page()
            box = Box(_SIDE, self._y, self._width, 0)
            self._y = self._paper.block(block, box, weight=weight) + 0.25 * size * MM + 0.6

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """A table; its head stands on top of every page it reaches.

        A row is kept whole where a page holds it; a longer one goes on overleaf.
        """
        whole = sum(column.share for column in columns)
        widths = [self._width * column.share / whole for column in columns]
        head = self._cells([column.head for column in columns], widths, SEMIBOLD)
        self._head(columns, widths, head)
        for row in rows:
            cells = self._cells(row, widths, REGULAR)
            if self._y + _height(cells) > self._floor:
                self._overleaf(columns, widths, head)
            while _height(cells) > self._floor - self._y:
                now, cells = _cut(cells, self._floor - self._y)
                self._row(columns, widths, now, REGULAR)
                self._overleaf(columns, widths, head)
            self._row(columns, widths, cells, REGULAR)
        self._y += 3.0

    def _overleaf(
        self, columns: Sequence[Column], widths: Sequence[float], head: Sequence[Block]
    ) -> None:
        self._begin_page()
        self._head(columns, widths, head)

    def _head(
        self, columns: Sequence[Column], widths: Sequence[float], head: Sequence[Block]
    ) -> None:
        if self._y + _height(head) * 2 > self._floor:
            self._begin_page()
        self._paper.fill(Box(_SIDE, self._y, self._width, _height(head)), _HEAD_GROUND)
        self._row(columns, widths, head, SEMIBOLD)

    def _cells(self, texts: Sequence[str], widths: Sequence[float], weight: int) -> list[Block]:
        size = self._size
        return [
            spread(break_lines(text, size, width - 2 * _PAD_X, weight)[0], size, weight)
            for text, width in zip(texts, widths, strict=True)
        ]

    def _row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        cells: Sequence[Block],
        weight: int,
    ) -> None:
        x, height, tops = _SIDE, _height(cells), _tops(cells)
        for column, width, cell in zip(columns, widths, cells, strict=True):
            # One base line for the first lines of all cells.
            box = Box(x + _PAD_X, self._y + _PAD_Y + tops - cell.top, width - 2 * _PAD_X, 0)
            self._paper.block(cell, box, weight=weight, align=column.align)
            x += width
        self._y += height
        self._paper.line(_SIDE, self._y, _SIDE + self._width, self._y, LINE)

    def finish(self) -> bytes:
        """The document, its pages numbered."""
        count = self._paper.pages
        base = self._format[1] - 9.0
        for number in range(1, count + 1):
            self._paper.back_to(number)
            if number > 1:
                self._paper.write(self._title, _SIDE, 10.0, 8.0, colour=GREY)
            self._paper.write(self._made, _SIDE, base, 8.0, colour=GREY)
            words = f"{self._page_word} {number}/{count}"
            self._paper.write(
                words, _SIDE, base, 8.0, colour=BLACK, align="right", width=self._width
            )
        return self._paper.finish()


def _tops(cells: Sequence[Block]) -> float:
    """mm from a row's first base line up to its ink; an em at least, so that rows stand even."""
    return max(max(cell.top, cell.size * MM) for cell in cells)


def _height(cells: Sequence[Block]) -> float:
    tops = _tops(cells)
    low = max(max(cell.bottom, cell.offsets[-1] + 0.3 * cell.size * MM) for cell in cells)
    return tops + low + 2 * _PAD_Y


def _cut(cells: Sequence[Block], room: float) -> tuple[list[Block], list[Block]]:
    """A row that no page holds: what fits into `room` mm, at least a line, and the rest."""
    low = room - _tops(cells) - 2 * _PAD_Y
    now, rest = [], []
    for cell in cells:
        keep = max(1, sum(offset + 0.6 * cell.size * MM <= low for offset in cell.offsets))
        now.append(spread(cell.lines[:keep], cell.size))
        rest.append(spread(cell.lines[keep:] or ("",), cell.size))
    return now, rest
