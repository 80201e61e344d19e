"""Badges and permits, judged by their pixels: what the printer puts on the card."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import segno
from PIL import Image, ImageChops, ImageDraw, ImageOps
from pypdf import PdfReader

from gatekeeper.office.badge_faces import BLEED, LYING, UPRIGHT
from gatekeeper.office.badge_parts import QUIET, expiry
from gatekeeper.office.badge_values import Form, Layout, Printed, SiteTexts, letters_missing
from gatekeeper.office.badges import badges_pdf, per_sheet, size_of
from gatekeeper.office.paper import A6, CR80, Box
from gatekeeper.office.words import MM

Raster = Callable[..., list[Image.Image]]
AT = 1_795_000_000.0
SITE = SiteTexts(
    "ศูนย์ราชการตัวอย่าง อาคารรัฐสัมพันธ์",
    "Sample Government Centre",
    return_address="งานบัตร ศูนย์ราชการตัวอย่าง เลขที่ 1 ถนนตัวอย่าง กรุงเทพมหานคร 10000",
    conditions_badge=("ติดบัตรนี้ให้เห็นชัดเจนตลอดเวลาที่อยู่ในพื้นที่", "ห้ามผู้อื่นใช้แทน"),
    conditions_permit=("แสดงบัตรนี้ที่กระจกหน้ารถด้านใน", "คืนบัตรเมื่อหมดอายุ"),
)
SHORT = Printed(
    pass_id="a",
    number="OF-000123",
    class_th="บัตรแสดงตนข้าราชการ",
    class_en="Official's badge",
    colour="#123C69",
    ink="#FFFFFF",
    layout=Layout.BADGE,
    legal_basis="ระเบียบสำนักงานว่าด้วยบัตรแสดงตนบุคคล (ตัวอย่าง)",
    name="นายกิตติ์ ใจดี",
    name_latin="Mr. Kit Chaidee",
    position="ผู้อำนวยการกองพิธีการ",
    organisation="สำนักงานตัวอย่าง",
    valid_until=1_822_000_000.0,
)
LONG = replace(
    SHORT,
    number="PE-000777/12",
    class_th="บัตรแสดงตนลูกจ้างประจำสังกัดสำนักงานส่วนภูมิภาค",
    name="ว่าที่ร้อยตรีหญิงกิตติ์ธเนศพิพัฒน์ ญาณพิสิษฐ์สกุลวงศ์ ณ อยุธยา",
    name_latin="Acting Sub Lt. Kittanetphiphat Yanphisitsakunwong Na Ayutthaya",
    position="ผู้ช่วยผู้อำนวยการสำนักส่งเสริมและพัฒนาการประชาสัมพันธ์ภูมิภาค",
    organisation="กลุ่มงานพิธีการและรับรอง กองพิธีการและการประชุม สำนักงานคณะกรรมการกำกับกิจการพลังงาน"
    "และสิ่งแวดล้อมแห่งชาติ กระทรวงการพัฒนาสังคมและความมั่นคงของมนุษย์",
)
FOREIGN = replace(
    SHORT,
    name="",
    name_latin="Ms. Anneliese Freiin van der Straten-Ponthoz y Núñez de Balboa",
    organisation="Société Européenne de Radiodiffusion",
    valid_until=None,
)
ONE_WORD = replace(SHORT, name="กิตติ์ธเนศพิพัฒน์" * 6, name_latin="X" * 90)
CARD = replace(SHORT, layout=Layout.CARD, name="", name_latin="", position="", organisation="")
PERMIT = replace(
    SHORT,
    number="PV-001042/2",
    layout=Layout.PERMIT,
    plate="9กฎ 1234",
    province="พระนครศรีอยุธยา",
    vehicle="Mercedes-Benz E 350 สีน้ำเงินเข้ม",
)
EVERY = [SHORT, LONG, FOREIGN, ONE_WORD, CARD, PERMIT]


def jpeg(colour: str = "#336699") -> bytes:
    """A photo of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (600, 750), colour).save(out, "JPEG")
    return out.getvalue()


def no_photo(_key: str) -> bytes | None:
    """No photo is stored."""
    return None


def made(*passes: Printed, **how: Any) -> bytes:
    """The document of some passes."""
    how.setdefault("form", Form.SINGLE)
    return badges_pdf(passes, how.pop("site", SITE), how.pop("photos", no_photo), made_at=AT, **how)


def pixels(box: Box, dpi: int) -> tuple[int, int, int, int]:
    """A box in mm as Pillow counts."""
    scale = dpi / 25.4
    return (
        round(box.x * scale),
        round(box.y * scale),
        round((box.x + box.width) * scale),
        round((box.y + box.height) * scale),
    )


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.number + one.name[:4])
def test_pages_have_the_size_of_the_card_and_its_bleed(one: Printed, lying: bool) -> None:
    """TrimBox is CR80 or A6, BleedBox and page 3 mm more on each side; front and back."""
    width, height = A6 if one.layout is Layout.PERMIT else (CR80[::-1] if lying else CR80)

    pages = PdfReader(io.BytesIO(made(one, lying=lying))).pages

    assert len(pages) == 2
    for page in pages:
        trim, bleed = ([float(v) * MM for v in box] for box in (page.trimbox, page.bleedbox))
        assert [trim[2] - trim[0], trim[3] - trim[1]] == pytest.approx([width, height], abs=0.02)
        assert trim[0] - bleed[0] == pytest.approx(BLEED, abs=0.01)
        assert trim[1] - bleed[1] == pytest.approx(BLEED, abs=0.01)
        assert float(page.mediabox.width) * MM == pytest.approx(width + 2 * BLEED, abs=0.02)


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.number + one.name[:4])
def test_nothing_that_is_read_comes_near_the_edge(
    raster: Raster, one: Printed, lying: bool
) -> None:
    """Within 2.5 mm of the cut there is paper or the class's colour, and nothing else."""
    dpi = 150
    fronts = raster(made(one, lying=lying), dpi)
    empty = replace(
        one, name="", name_latin="", position="", organisation="", class_th="", class_en="",
        number="0", legal_basis="", plate="", province="", vehicle="", layout=one.layout,
    )  # fmt: skip
    bare_site = replace(
        SITE, name_th="", name_en="", return_address="", conditions_badge=(), conditions_permit=()
    )
    grounds = raster(made(empty, lying=lying, site=bare_site), dpi)
    width, height = size_of(one.layout, lying=lying)

    for page, ground in zip(fronts, grounds, strict=True):
        difference = ImageChops.difference(page, ground)
        safe = Box(BLEED, BLEED, width, height).inset(2.5)
        ImageDraw.Draw(difference).rectangle(pixels(safe, dpi), fill=0)
        assert difference.point(lambda v: 255 * (v > 40)).getbbox() is None


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize(
    "one", [SHORT, LONG, FOREIGN, ONE_WORD], ids=["short", "long", "foreign", "word"]
)
def test_texts_stay_out_of_photo_code_and_band(raster: Raster, one: Printed, lying: bool) -> None:
    """The name's place is all that a name changes: longest and shortest alike."""
    dpi = 200
    nobody = replace(one, name="", name_latin="", position="", organisation="")
    face = LYING if lying else UPRIGHT

    with_name, without = (raster(made(p, lying=lying), dpi)[0] for p in (one, nobody))
    difference = ImageChops.difference(with_name, without).point(lambda v: 255 * (v > 60))
    # Glyphs of the band are smoothed by where others stand; whatever reached it crosses the gap.
    ImageDraw.Draw(difference).rectangle(pixels(face.band.moved(BLEED, BLEED), dpi), fill=0)
    changed = difference.getbbox()

    assert changed is not None
    left, top, right, bottom = pixels(face.texts.moved(BLEED, BLEED).inset(-0.3), dpi)
    assert left <= changed[0]
    assert top <= changed[1]
    assert changed[2] <= right
    assert changed[3] <= bottom


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.number + one.name[:4])
def test_all_of_every_text_is_on_the_badge(one: Printed) -> None:
    """Nothing is cut off or left out, however long: counted in letters of the text layer."""
    text = "".join(PdfReader(io.BytesIO(made(one))).pages[0].extract_text().split())
    latin = "".join(one.name_latin.split()) + one.number
    if one.layout is Layout.PERMIT:
        latin = one.number  # a windscreen is open to everybody: no name is on it

    assert all(letter in text for letter in latin)
    assert text.count("X") >= one.name_latin.count("X")


@pytest.mark.parametrize(
    ("one", "place"),
    [
        (SHORT, UPRIGHT.code.moved(BLEED, BLEED)),
        (LONG, UPRIGHT.code.moved(BLEED, BLEED)),
        (PERMIT, Box(105 - 6 - 28 + BLEED, 111 + BLEED, 28, 28)),
    ],
    ids=["badge", "long", "permit"],
)
def test_the_code_holds_the_pass_number(raster: Raster, one: Printed, place: Box) -> None:
    """Every module of the code, read off the pixels, is the one that the number encodes."""
    dpi = 300
    page = raster(made(one), dpi)[0]
    expected = [
        [bool(v) for v in row] for row in segno.make(one.number, error="m", micro=False).matrix
    ]
    module = place.width / (len(expected) + 2 * QUIET)

    def dark(x: int, y: int) -> bool:
        at = (
            (place.x + (x + QUIET + 0.5) * module) / 25.4 * dpi,
            (place.y + (y + QUIET + 0.5) * module) / 25.4 * dpi,
        )
        return bool(page.getpixel((round(at[0]), round(at[1]))) < 128)

    size = len(expected)
    assert [[dark(x, y) for x in range(size)] for y in range(size)] == expected
    assert not any(dark(x, -1) or dark(x, size) or dark(-1, x) for x in range(size))


def test_the_class_band_has_its_colour_to_the_bleed_s_edge(raster: Raster) -> None:
    """Also after text was set: colours of texts and grounds do not run into each other."""
    dpi = 100
    grey = Image.new("RGB", (1, 1), PERMIT.colour).convert("L").getpixel((0, 0))

    badge = raster(made(SHORT), dpi)[0]
    permit = raster(made(PERMIT), dpi)[0]

    assert isinstance(grey, int)
    corners = [
        badge.getpixel((2, badge.height - 3)),
        badge.getpixel((badge.width - 3, badge.height - 3)),
        permit.getpixel((2, 2)),
        permit.getpixel((permit.width - 3, permit.height - 3)),
        permit.getpixel((2, permit.height - 3)),
    ]
    assert corners == pytest.approx([grey] * 5, abs=4)


def test_a_photo_fills_its_place_and_a_missing_one_leaves_a_marked_frame(raster: Raster) -> None:
    """Where no photo is, a dashed frame says what is due, and it prints all the same."""
    dpi = 150
    with_photo = replace(SHORT, photo="x")
    inside = pixels(UPRIGHT.photo.moved(BLEED, BLEED).inset(1), dpi)

    shown = raster(made(with_photo, photos=lambda _key: jpeg("#404040")), dpi)[0].crop(inside)
    framed = raster(made(with_photo), dpi)[0].crop(inside)

    low, high = shown.getextrema()
    assert 55 <= low <= high <= 75
    assert framed.getextrema()[1] == 255
    assert ImageOps.invert(framed).getbbox() is not None


def test_sheets_hold_nine_badges_and_two_permits() -> None:
    """As many as A4 holds with 3 mm of bleed around each."""
    assert per_sheet(Layout.BADGE) == 9
    assert per_sheet(Layout.BADGE, lying=True) == 9
    assert per_sheet(Layout.PERMIT) == 2


def test_backs_lie_behind_their_fronts(raster: Raster) -> None:
    """Turned over its left or right edge, each badge's back is behind its front."""
    dpi = 80
    passes = [
        replace(SHORT, number=f"OF-00000{n}", colour=c) for n, c in ((1, "#000000"), (2, "#808080"))
    ]
    fronts, backs = raster(made(*passes, form=Form.SHEETS), dpi)
    cell = (CR80[0] + 2 * BLEED, CR80[1] + 2 * BLEED)
    left, top = (210 - 3 * cell[0]) / 2, (297 - 3 * cell[1]) / 2

    def grey(page: Image.Image, column: int, y: float) -> Any:
        x = left + (column + 0.5) * cell[0]
        return page.getpixel((round(x / 25.4 * dpi), round((top + y) / 25.4 * dpi)))

    band, stripe = cell[1] - 1.5, 1.5
    assert [grey(fronts, column, band) for column in range(3)] == pytest.approx(
        [0, 128, 255], abs=6
    )
    assert [grey(backs, column, stripe) for column in range(3)] == pytest.approx(
        [255, 128, 0], abs=6
    )


def test_a_sheet_of_equal_badges_is_the_same_badge_nine_times(raster: Raster) -> None:
    """Colours and lines do not depend on what was drawn before."""
    dpi = 300
    page = raster(
        made(*[replace(SHORT, photo="x")] * 9, form=Form.SHEETS, photos=lambda _key: jpeg()), dpi
    )[0]
    cell = (CR80[0] + 2 * BLEED, CR80[1] + 2 * BLEED)
    left, top = (210 - 3 * cell[0]) / 2, (297 - 3 * cell[1]) / 2
    cards = [
        page.crop(pixels(Box(left + x * cell[0], top + y * cell[1], *cell).inset(0.5), dpi)).resize(
            (60, 92), Image.Resampling.BOX
        )
        for y in range(3)
        for x in range(3)
    ]

    for other in cards[1:]:
        assert ImageChops.difference(cards[0], other).getextrema()[1] < 40


def test_cut_marks_point_at_the_cuts(raster: Raster) -> None:
    """In the margin above the first row a mark stands at each side of each column."""
    dpi = 300
    page = raster(made(SHORT, form=Form.SHEETS), dpi)[0]
    cell = (CR80[0] + 2 * BLEED, CR80[1] + 2 * BLEED)
    left, top = (210 - 3 * cell[0]) / 2, (297 - 3 * cell[1]) / 2
    row = round((top - 2.5) / 25.4 * dpi)

    dark = [x for x in range(page.width) if page.getpixel((x, row)) < 160]

    cuts = [left + n * cell[0] + d for n in range(3) for d in (BLEED, BLEED + CR80[0])]
    assert {min(range(6), key=lambda n: abs(cuts[n] - x / dpi * 25.4)) for x in dark} == set(
        range(6)
    )
    assert all(min(abs(cut - x / dpi * 25.4) for cut in cuts) < 0.2 for x in dark)


def test_many_fill_sheet_after_sheet_front_and_back_in_turn() -> None:
    """Twenty badges are three sheets, six pages; permits begin sheets of their own."""
    badges = [replace(SHORT, number=f"OF-{n:06d}") for n in range(20)]
    told: list[tuple[int, int]] = []

    pdf = made(*badges, PERMIT, form=Form.SHEETS, progress=lambda done, of: told.append((done, of)))
    pages = PdfReader(io.BytesIO(pdf)).pages

    assert len(pages) == 8
    assert told == [(n, 21) for n in range(1, 22)]
    assert "OF-000019" in pages[4].extract_text()
    assert "DuplexFlipLongEdge" in str(PdfReader(io.BytesIO(pdf)).root_object["/ViewerPreferences"])


def test_a_specimen_says_so_across_each_face(raster: Raster) -> None:
    """A preview that is printed all the same is no badge."""
    plain, marked = raster(made(SHORT), 80), raster(made(SHORT, specimen=True), 80)

    for one, other in zip(plain, marked, strict=True):
        changed = ImageChops.difference(one, other).getbbox()
        assert changed is not None
        assert changed[2] - changed[0] > one.width * 0.5


def test_expiry_is_the_last_day_in_the_buddhist_era() -> None:
    """The end is the first instant that no longer counts: people read the day before it."""
    first_of_october = 1_790_787_600.0  # 1 Oct 2026 00:00 in Bangkok

    assert expiry(replace(SHORT, valid_until=first_of_october), SITE) == (
        "30 ก.ย. 2569",
        "30 Sep 2026",
    )
    assert expiry(replace(SHORT, valid_until=None), SITE) == ("", "")


def test_the_same_passes_make_the_same_bytes() -> None:
    """Nothing of the moment is in the document but the time that was passed."""
    assert made(*EVERY, form=Form.SHEETS) == made(*EVERY, form=Form.SHEETS)


def test_letters_that_cannot_be_printed_are_found_before_they_are() -> None:
    """In any text of the pass."""
    assert letters_missing(SHORT) == ""
    assert letters_missing(replace(SHORT, name_latin="李 Wei", organisation="李")) == "李"
