"""Paper: pages in millimetres with Thai text set right. The base of everything printed here.

The only door to fpdf2. Every text is shaped (tone marks stand above vowels) and every typeface
is embedded. The same calls make the same bytes: no clock is read, the caller passes the time.
What stands on a page is decided by callers: badges, permits, lists.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from fpdf import FPDF
from PIL import Image

from gatekeeper.office.typeface import REGULAR, WEIGHTS, font, ink
from gatekeeper.office.words import MM, Block

__all__ = ["A4", "A6", "BLACK", "CR80", "GREY", "LINE", "WHITE", "Align", "Box", "Paper", "rgb"]

Align = Literal["left", "centre", "right"]
Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
GREY: Colour = (89, 89, 89)
"""Lesser text; 7:1 on white."""
LINE: Colour = (150, 150, 150)

A4 = (210.0, 297.0)
A6 = (105.0, 148.0)
CR80 = (53.98, 85.60)
"""Width and height in mm, upright; ISO/IEC 7810 ID-1."""

_NAMES = {weight: f"sarabun{weight}" for weight in WEIGHTS}
_CELL_BASE = 0.8
"""fpdf2 puts a cell's base line 0.5 h + 0.3 size below its top; cells here are one size high."""


class Box(NamedTuple):
    """A rectangle in mm from the page's upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, by: float) -> Box:
        """The rectangle `by` mm smaller (negative: larger) on each side."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def moved(self, x: float, y: float) -> Box:
        """The same elsewhere."""
        return Box(self.x + x, self.y + y, self.width, self.height)


def rgb(colour: str) -> Colour:
    """`#RRGGBB` as three numbers of 0-255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class Paper:
    """A document under way; `finish` gives its bytes."""

    def __init__(self, title: str, *, made_at: float, language: str = "th") -> None:
        """`made_at`: UTC seconds, written into the file as its time of making."""
        pdf = FPDF(unit="mm", format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        for weight, name in _NAMES.items():
            pdf.add_font(name, "", font(weight))
        pdf.set_text_shaping(True)
        pdf.set_title(title)
        pdf.set_creator("Gatekeeper")
        pdf.set_lang("th" if language == "th" else "en")
        pdf.set_creation_date(datetime.fromtimestamp(int(made_at), UTC))
        self._pdf = pdf

    # -- pages -------------------------------------------------------------------------------

    def page(
        self, size: tuple[float, float], *, trim: Box | None = None, bleed: Box | None = None
    ) -> None:
        """A new page of (width, height) mm; `trim` is where it is cut, `bleed` how far ink goes."""
        pdf = self._pdf
        pdf.add_page(format=size)
        for key, box in (("trim_box", trim), ("bleed_box", bleed)):
            if box is not None:
                setattr(pdf.pages[pdf.page], key, _pdf_box(box, size[1]))

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._pdf.pages_count

    def back_to(self, number: int) -> None:
        """Draw on page `number` (from 1) again: page numbers, once their count is known."""
        self._pdf.page = number
        self._pdf.current_font_is_set_on_page = False  # that page's own size is another

    def finish(self) -> bytes:
        """The document; nothing can be drawn after it."""
        return bytes(self._pdf.output())

    # -- text --------------------------------------------------------------------------------

    def write(
        self,
        text: str,
        x: float,
        base: float,
        size: float,
        *,
        weight: int = REGULAR,
        colour: Colour = BLACK,
        align: Align = "left",
        width: float = 0.0,
    ) -> None:
        """One line, its base line at `base`; `align` within `width` mm from `x`."""
        if not text:
            return
        pdf = self._pdf
        wide = ink(text, weight).width * size * MM
        if align != "left":
            x += (width - wide) / (2 if align == "centre" else 1)
        pdf.set_font(_NAMES[weight], size=size)
        pdf.set_text_color(*colour)
        pdf.set_xy(x, base - _CELL_BASE * size * MM)
        pdf.cell(wide + 1, size * MM, text)

    def block(
        self,
        block: Block,
        box: Box,
        *,
        weight: int = REGULAR,
        colour: Colour = BLACK,
        align: Align = "left",
        middle: bool = False,
    ) -> float:
        """A text set by gatekeeper.office.words.fit, from the top of the box or in its middle.

        Returns where its ink ends, in mm from the top of the page.
        """
        top = box.y + (max(0.0, box.height - block.height) / 2 if middle else 0.0)
        for line, offset in zip(block.lines, block.offsets, strict=True):
            base = top + block.top + offset
            self.write(
                line,
                box.x,
                base,
                block.size,
                weight=weight,
                colour=colour,
                align=align,
                width=box.width,
            )
        return top + block.height

    # -- shapes and pictures -----------------------------------------------------------------

    def fill(self, box: Box, colour: Colour, *, radius: float = 0.0) -> None:
        """A filled rectangle without an edge."""
        self._pdf.set_fill_color(*colour)
        self._pdf.rect(*box, style="F", round_corners=radius > 0, corner_radius=radius)

    def frame(
        self,
        box: Box,
        colour: Colour = LINE,
        *,
        line: float = 0.2,
        dash: float = 0.0,
        radius: float = 0.0,
    ) -> None:
        """The edge of a rectangle, `line` mm thick."""
        pdf = self._pdf
        pdf.set_draw_color(*colour)
        pdf.set_line_width(line)
        pdf.set_dash_pattern(dash, dash)
        pdf.rect(*box, style="D", round_corners=radius > 0, corner_radius=radius)
        pdf.set_dash_pattern()

    def line(
        self,
        x: float,
        y: float,
        to_x: float,
        to_y: float,
        colour: Colour = LINE,
        *,
        line: float = 0.2,
    ) -> None:
        """A straight line, `line` mm thick."""
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(line)
        self._pdf.line(x, y, to_x, to_y)

    def picture(self, image: bytes | Image.Image, box: Box) -> None:
        """A picture that fills the box; the same bytes are embedded once."""
        source = io.BytesIO(image) if isinstance(image, bytes) else image
        self._pdf.image(source, *box)

    @contextmanager
    def within(self, box: Box, *, radius: float = 0.0) -> Iterator[None]:
        """What is drawn inside shows within the box only."""
        with (
            self._pdf.rect_clip(*box)
            if not radius
            else self._pdf.round_clip(box.x, box.y, min(box.width, box.height))
        ):
            yield


def _pdf_box(box: Box, height: float) -> str:
    """A box as PDF counts: points, from the lower left corner."""
    left, top = box.x / MM, (height - box.y) / MM
    right, bottom = (box.x + box.width) / MM, (height - box.y - box.height) / MM
    return f"[{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}]"
