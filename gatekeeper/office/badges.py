"""Badges, cards and permits as print-ready PDF: single, for a card printer, or on A4 sheets.

`SHEETS`: as many as fit with 3 mm of bleed around each, cut marks in the margin, fronts on one
page and backs on the next in the order that printing on both sides needs (turned over the left
or right edge, as a page of a book). `SINGLE` and `CARDS`: front and back of each, one after the
other. The caller passes photos and time; the same values make the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gatekeeper.office.badge_faces import BLEED, LYING, UPRIGHT, back, front
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts
from gatekeeper.office.paper import A4, A6, BLACK, GREY, Box, Paper
from gatekeeper.office.permit_faces import permit_back, permit_front

__all__ = ["Photos", "Progress", "badges_pdf", "per_sheet", "size_of"]

Photos = Callable[[str], bytes | None]
"""The picture stored under a key; None where there is none that can be shown."""
Progress = Callable[[int, int], None]

_MARK = 3.0
"""mm that a cut mark is long, 1 mm off the bleed."""
_EDGE = 5.0
"""mm of a sheet that office printers leave white."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where finished cards stand on a sheet."""

    sheet: tuple[float, float]
    size: tuple[float, float]
    columns: int
    rows: int

    def spot(self, number: int, *, mirrored: bool) -> Box:
        """The `number`-th card's place; `mirrored`: as its back stands on the other side."""
        row, column = divmod(number, self.columns)
        if mirrored:
            column = self.columns - 1 - column
        cell = (self.size[0] + 2 * BLEED, self.size[1] + 2 * BLEED)
        left = (self.sheet[0] - self.columns * cell[0]) / 2
        top = (self.sheet[1] - self.rows * cell[1]) / 2
        return Box(
            left + column * cell[0] + BLEED, top + row * cell[1] + BLEED, self.size[0], self.size[1]
        )


def _grid(size: tuple[float, float]) -> _Grid:
    """The sheet, upright or lying, that holds more."""
    grids = [
        _Grid(
            sheet,
            size,
            int((sheet[0] - 2 * _EDGE) // (size[0] + 2 * BLEED)),
            int((sheet[1] - 2 * _EDGE) // (size[1] + 2 * BLEED)),
        )
        for sheet in (A4, (A4[1], A4[0]))
    ]
    return max(grids, key=lambda grid: grid.columns * grid.rows)


def size_of(layout: Layout, *, lying: bool = False) -> tuple[float, float]:
    """Width and height in mm of the finished piece."""
    if layout is Layout.PERMIT:
        return A6
    return (LYING if lying else UPRIGHT).size


def per_sheet(layout: Layout, *, lying: bool = False) -> int:
    """How many stand on an A4 sheet."""
    grid = _grid(size_of(layout, lying=lying))
    return grid.columns * grid.rows


def badges_pdf(
    passes: Sequence[Printed],
    site: SiteTexts,
    photos: Photos,
    *,
    form: Form = Form.SHEETS,
    lying: bool = False,
    made_at: float,
    progress: Progress | None = None,
    specimen: bool = False,
) -> bytes:
    """The document for `passes`, in their order; of sheets, each layout begins a new one.

    `lying`: badges and cards lie instead of standing upright. `progress(done, all)` is called
    after each piece. `specimen`: each face says across it that it is none.
    """
    paper = Paper("Gatekeeper", made_at=made_at)
    work = _Work(paper, site, photos, lying, progress, len(passes), specimen)
    for layout, part in _by_layout(passes):
        if form is Form.SHEETS:
            work.sheets(layout, part)
        else:
            work.singles(layout, part, BLEED if form is Form.SINGLE else 0.0)
    if form is Form.SHEETS:
        paper.print_on_both_sides()
    return paper.finish()


def _by_layout(passes: Sequence[Printed]) -> Iterator[tuple[Layout, list[Printed]]]:
    for layout in Layout:
        if part := [one for one in passes if one.layout is layout]:
            yield layout, part


@dataclass(slots=True)
class _Work:
    """One document under way."""

    paper: Paper
    site: SiteTexts
    photos: Photos
    lying: bool
    progress: Progress | None
    all: int
    specimen: bool
    done: int = 0

    def draw(self, one: Printed, at: Box, side: Literal["front", "back"]) -> None:
        """One face, its ink kept within the bleed around `at`."""
        with self.paper.within(at.inset(-BLEED)):
            if one.layout is Layout.PERMIT:
                draw = permit_front if side == "front" else permit_back
                draw(self.paper, one, self.site, at)
            elif side == "front":
                picture = self.photos(one.photo) if one.photo else None
                front(self.paper, one, self.site, at, picture, lying=self.lying)
            else:
                back(self.paper, one, self.site, at, lying=self.lying)
            if self.specimen:
                self.paper.across("ตัวอย่าง · SPECIMEN", at)
        if side == "back":
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.all)

    def singles(self, layout: Layout, passes: Sequence[Printed], bleed: float) -> None:
        """Front and back of each on pages of their own."""
        width, height = size_of(layout, lying=self.lying)
        page = Box(0, 0, width + 2 * bleed, height + 2 * bleed)
        trim = page.inset(bleed)
        for one in passes:
            for side in ("front", "back"):
                self.paper.page((page.width, page.height), trim=trim, bleed=page)
                self.draw(one, trim, side)

    def sheets(self, layout: Layout, passes: Sequence[Printed]) -> None:
        """A4 sheets: a page of fronts, then the page of their backs."""
        grid = _grid(size_of(layout, lying=self.lying))
        each = grid.columns * grid.rows
        count = -(-len(passes) // each)
        for start in range(0, len(passes), each):
            part = passes[start : start + each]
            words = f"{start // each + 1}/{count}"
            self._side(grid, part, "front", f"แผ่น {words} ด้านหน้า · sheet {words} front")
            turn = "พลิกตามขอบซ้าย–ขวา · turn over the left or right edge"
            self._side(grid, part, "back", f"แผ่น {words} ด้านหลัง · back · {turn}")

    def _side(
        self, grid: _Grid, part: Sequence[Printed], side: Literal["front", "back"], words: str
    ) -> None:
        self.paper.page(grid.sheet)
        for number, one in enumerate(part):
            self.draw(one, grid.spot(number, mirrored=side == "back"), side)
        _marks(self.paper, grid, words)


def _marks(paper: Paper, grid: _Grid, words: str) -> None:
    """Cut marks at the sheet's margins for every row and column, and which sheet it is."""
    first = grid.spot(0, mirrored=False)
    last = grid.spot(grid.columns * grid.rows - 1, mirrored=False)
    ends_x = (first.x - BLEED - 1, last.x + last.width + BLEED + 1)
    ends_y = (first.y - BLEED - 1, last.y + last.height + BLEED + 1)
    for number in range(grid.columns):
        spot = grid.spot(number, mirrored=False)
        for x in (spot.x, spot.x + spot.width):
            paper.line(x, ends_y[0], x, ends_y[0] - _MARK, BLACK, line=0.1)
            paper.line(x, ends_y[1], x, ends_y[1] + _MARK, BLACK, line=0.1)
    for number in range(grid.rows):
        spot = grid.spot(number * grid.columns, mirrored=False)
        for y in (spot.y, spot.y + spot.height):
            paper.line(ends_x[0], y, ends_x[0] - _MARK, y, BLACK, line=0.1)
            paper.line(ends_x[1], y, ends_x[1] + _MARK, y, BLACK, line=0.1)
    paper.write(words, first.x + 8, grid.sheet[1] - _EDGE, 6, colour=GREY)
