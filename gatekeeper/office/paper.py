"""Paper: pages in millimetres with Thai text set right. The base of everything printed here.

The only door to fpdf2. Every text is shaped (tone marks stand above vowels) and every typeface
is embedded. The same calls make the same bytes: no clock is read, the caller passes the time.
What stands on a page is decided by callers: badges, permits, lists.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from gatekeeper.office.paper_shapes import (
    A4,
    A6,
    BLACK,
    CR80,
    GREY,
    LINE,
    WHITE,
    Align,
    Box,
    Colour,
    at,
    outline,
    paint,
    pdf_box,
    rgb,
)
from gatekeeper.office.typeface import BOLD, REGULAR, WEIGHTS, font, ink, runs
from gatekeeper.office.words import MM, Block

if TYPE_CHECKING:
    from fpdf.fonts import TTFFont

__all__ = [
    "A4",
    "A6",
    "BLACK",
    "CR80",
    "GREY",
    "LINE",
    "WHITE",
    "Align",
    "Box",
    "Colour",
    "Paper",
    "rgb",
]

_NAMES = {weight: f"sarabun{weight}" for weight in WEIGHTS}


class _Part(NamedTuple):
    """Glyphs in a row, in em from the line's begin: their place and their codes in the file."""

    x: float
    y: float
    codes: str


class Paper:
    """A document under way; `finish` gives its bytes."""

    def __init__(self, title: str, *, made_at: float, language: str = "th") -> None:
        """`made_at`: UTC seconds, written into the file as its time of making."""
        from fpdf import FPDF  # takes a second, which a page that draws nothing is spared

        pdf = FPDF(unit="mm", format="A4")
        pdf.set_auto_page_break(False)
        for weight, name in _NAMES.items():
            pdf.add_font(name, "", font(weight))
        pdf.set_title(title)
        pdf.set_creator("Gatekeeper")
        pdf.set_lang("th" if language == "th" else "en")
        pdf.set_creation_date(datetime.fromtimestamp(int(made_at), UTC))
        self._pdf = pdf
        self._parts: dict[tuple[str, int], list[_Part]] = {}

    # -- pages -------------------------------------------------------------------------------

    def page(
        self, size: tuple[float, float], *, trim: Box | None = None, bleed: Box | None = None
    ) -> None:
        """A new page of (width, height) mm; `trim` is where it is cut, `bleed` how far ink goes."""
        pdf = self._pdf
        pdf.add_page(format=size)
        for key, box in (("trim_box", trim), ("bleed_box", bleed)):
            if box is not None:
                setattr(pdf.pages[pdf.page], key, pdf_box(box, size[1]))

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._pdf.pages_count

    def back_to(self, number: int) -> None:
        """Draw on page `number` (from 1) again: page numbers, once their count is known."""
        self._pdf.page = number

    def finish(self) -> bytes:
        """The document; nothing can be drawn after it."""
        return bytes(self._pdf.output())

    def print_on_both_sides(self) -> None:
        """Ask the printer's dialogue for both sides, unscaled, turned over the left edge."""
        from fpdf import ViewerPreferences

        self._pdf.viewer_preferences = ViewerPreferences(
            duplex="DuplexFlipLongEdge", print_scaling="None"
        )

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
        em = size * MM
        if align != "left":
            spare = width - ink(text, weight).width * em
            x += spare / (2 if align == "centre" else 1)
        pdf = self._pdf
        left, low = x / MM, (pdf.h - base) / MM
        parts = [
            f"1 0 0 1 {left + part.x * size:.3f} {low + part.y * size:.3f} Tm ({part.codes}) Tj"
            for part in self._shaped(text, weight)
        ]
        # fpdf2's own cells shape as well, but take ten times as long.
        set_font = pdf._set_font_for_page(self._font(weight), size, wrap_in_text_object=False)
        pdf._out(f"q BT {set_font} {paint(colour)} {' '.join(parts)} ET Q")

    def across(self, text: str, box: Box) -> None:
        """`text` large, grey and see-through from corner to corner of the box."""
        middle = (box.x + box.width / 2, box.y + box.height / 2)
        angle = math.degrees(math.atan2(box.height, box.width))
        length = math.hypot(box.width, box.height) * 0.8
        size = length / MM / ink(text, BOLD).width
        pdf = self._pdf
        with pdf.rotation(angle, *middle), pdf.local_context(fill_opacity=0.28):
            self.write(
                text, middle[0] - length / 2, middle[1] + 0.3 * size * MM, size,
                weight=BOLD, colour=GREY, align="centre", width=length,
            )  # fmt: skip

    def _font(self, weight: int) -> TTFFont:
        return self._pdf.fonts[_NAMES[weight]]  # type: ignore[return-value]  # no core fonts here

    def _shaped(self, text: str, weight: int) -> list[_Part]:
        """`text` as groups of glyphs that stand at their own advances, each with its place."""
        if (text, weight) not in self._parts:
            self._parts[text, weight] = list(self._shape(text, self._font(weight)))
        return self._parts[text, weight]

    def _shape(self, text: str, typeface: TTFFont) -> Iterator[_Part]:
        em = typeface.scale / 1000
        pen = begin = 0.0
        codes = ""
        for run in runs(text):
            for glyph in typeface.shape_text(run, 10, None):
                code = typeface.escape_text(chr(glyph["mapped_char"]))
                if glyph["x_offset"] or glyph["y_offset"]:
                    if codes:
                        yield _Part(begin, 0.0, codes)
                    yield _Part(pen + glyph["x_offset"] * em, glyph["y_offset"] * em, code)
                    codes = ""
                else:
                    codes += code
                pen += glyph["x_advance"] * em
                if glyph["force_positioning"] and codes:
                    yield _Part(begin, 0.0, codes)
                    codes = ""
                if not codes:
                    begin = pen
        if codes:
            yield _Part(begin, 0.0, codes)

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

    # Each shape sets its colours itself: fpdf2 leaves out what it believes is set, and a clipping
    # that ended has taken it away.

    def fill(self, box: Box, colour: Colour) -> None:
        """A filled rectangle without an edge."""
        self.fill_all([box], colour)

    def fill_all(self, boxes: Iterable[Box], colour: Colour) -> None:
        """Many filled rectangles of one colour, as one shape."""
        height = self._pdf.h
        shape = " ".join(
            f"{box.x / MM:.3f} {(height - box.y - box.height) / MM:.3f} "
            f"{box.width / MM:.3f} {box.height / MM:.3f} re"
            for box in boxes
        )
        self._pdf._out(f"q {paint(colour)} {shape} f Q")

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
        self._stroke(outline(box, radius, self._pdf.h), colour, line, dash)

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
        height = self._pdf.h
        path = f"{at(x, y, height)} m {at(to_x, to_y, height)} l"
        self._stroke(path, colour, line, 0.0)

    def _stroke(self, path: str, colour: Colour, line: float, dash: float) -> None:
        dashes = f"[{dash / MM:.3f}] 0 d " if dash else ""
        ink_of = paint(colour, "RG")
        self._pdf._out(f"q {ink_of} {line / MM:.3f} w {dashes}{path} S Q")

    def picture(self, image: bytes | Image.Image, box: Box) -> None:
        """A picture that fills the box; the same bytes are embedded once."""
        source = io.BytesIO(image) if isinstance(image, bytes) else image
        self._pdf.image(source, *box)

    @contextmanager
    def within(self, box: Box) -> Iterator[None]:
        """What is drawn inside shows within the box only."""
        with self._pdf.rect_clip(*box):
            yield
