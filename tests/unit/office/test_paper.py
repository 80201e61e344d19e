"""Paper, judged by its pixels: what a printer is sent, not what a text layer says."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps
from pypdf import PdfReader

from gatekeeper.office.paper import A4, Box, Paper
from gatekeeper.office.report import Column, Report
from gatekeeper.office.typeface import BOLD, REGULAR, glyphs
from gatekeeper.office.words import MM

Raster = Callable[..., list[Image.Image]]
AT = 1_795_000_000.0

SAMPLE = """
import hashlib
from gatekeeper.office.report import Column, Report
r = Report("บันทึก", made_at=1795000000.0, made="จัดทำโดย desk1")
r.table([Column("ชื่อ", 2), Column("หน่วยงาน", 3)], [("นายดี", "กองพิธีการ")] * 40)
print(hashlib.sha256(r.finish()).hexdigest())
"""


def test_the_same_calls_make_the_same_bytes_in_another_process() -> None:
    """No clock, no random name and no order of a set is in a document."""
    seen = {
        subprocess.run(
            [sys.executable, "-c", SAMPLE],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Bangkok"))
    }

    assert len(seen) == 1


def test_every_typeface_is_embedded() -> None:
    """A printer needs no Thai typeface of its own."""
    paper = Paper("t", made_at=AT)
    paper.page(A4)
    paper.write("กิตติ์", 10, 20, 12)
    paper.write("กิตติ์", 10, 40, 12, weight=BOLD)

    page = PdfReader(io.BytesIO(paper.finish())).pages[0]
    fonts = [f.get_object() for f in page["/Resources"]["/Font"].values()]

    assert len(fonts) == 2
    for each in fonts:
        descriptor = each["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor


def test_page_boxes_are_where_the_printer_cuts() -> None:
    """TrimBox and BleedBox count from the lower left, in points."""
    paper = Paper("t", made_at=AT)
    paper.page((63.98, 95.60), trim=Box(5, 5, 53.98, 85.60), bleed=Box(2, 2, 59.98, 91.60))

    page = PdfReader(io.BytesIO(paper.finish())).pages[0]

    trim = [round(float(v) * MM, 2) for v in page.trimbox]
    bleed = [round(float(v) * MM, 2) for v in page.bleedbox]
    assert trim == pytest.approx([5, 5, 58.98, 90.60], abs=0.01)
    assert bleed == pytest.approx([2, 2, 61.98, 93.60], abs=0.01)


@pytest.mark.parametrize("text", ["ปี้", "กิตติ์", "น้ำ", "ผู้", "A ปู่ป้า"])
def test_ink_is_where_the_shaper_says(raster: Raster, text: str) -> None:
    """The pixels of a line fill exactly the box that its glyphs were measured to have."""
    size, dpi = 60.0, 200
    paper = Paper("t", made_at=AT)
    paper.page((120, 60))
    paper.write(text, 10, 40, size)
    page = raster(paper.finish(), dpi)[0]
    shaped = [g for g in glyphs(text, REGULAR) if g.right > g.left]

    seen = ImageOps.invert(page).getbbox()

    assert seen is not None
    em, pixel = size * MM, dpi / 25.4
    expected = (
        (10 + min(g.left for g in shaped) * em) * pixel,
        (40 - max(g.top for g in shaped) * em) * pixel,
        (10 + max(g.right for g in shaped) * em) * pixel,
        (40 - min(g.bottom for g in shaped) * em) * pixel,
    )
    assert seen == pytest.approx(expected, abs=2)


def _bands(page: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Runs of rows with ink inside the box."""
    part = ImageOps.invert(page.crop(box))
    rows = [part.crop((0, y, part.width, y + 1)).getbbox() is not None for y in range(part.height)]
    return sum(now and not before for before, now in zip([False, *rows], rows, strict=False))


def test_a_vowel_and_a_tone_mark_are_two_marks_in_the_pixels(raster: Raster) -> None:
    """Letter, vowel and tone mark of ปี่ are three bands of ink, one above the other."""
    paper = Paper("t", made_at=AT)
    paper.page((60, 60))
    paper.write("นี่", 10, 40, 60)

    page = raster(paper.finish())[0]

    assert _bands(page, (0, 0, page.width, page.height)) == 3


def test_a_table_repeats_its_head_and_numbers_its_pages(raster: Raster) -> None:
    """Each page has the head's grey ground; the numbers name how many pages there are."""
    report = Report("บันทึกประจำวัน", made_at=AT, made="จัดทำโดย desk1")
    report.heading("ผู้มาติดต่อ")
    report.table(
        [Column("ที่", 1, "right"), Column("ชื่อ", 5)], [(str(n), "นายกิตติ์ ญาณพิสิษฐ์") for n in range(120)]
    )
    pdf = report.finish()

    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    pages = raster(pdf, 50)

    assert len(texts) >= 3
    for number, (text, page) in enumerate(zip(texts, pages, strict=True), 1):
        assert f"{number}/{len(texts)}" in text
        assert any(230 < page.getpixel((60, y)) < 237 for y in range(20, 100))


def test_a_row_longer_than_a_page_goes_on_overleaf(raster: Raster) -> None:
    """Nothing of it is lost, and no line stands below the foot."""
    long = " ".join(f"w{n}" for n in range(1500))
    report = Report("t", made_at=AT, made="m", language="en")
    report.table([Column("a", 1), Column("b", 1)], [("x", long), ("y", "end")])
    pdf = report.finish()

    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()

    assert [w for w in words if w.startswith("w")] == long.split()
    for page in raster(pdf, 50):
        low = page.crop((0, round(280 / 25.4 * 50), page.width, round(284 / 25.4 * 50)))
        assert ImageOps.invert(low).getbbox() is None
