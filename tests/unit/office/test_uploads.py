"""Files that strangers send: painted anew, or refused in words; never anything else."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw
from pypdf import PdfReader, PdfWriter

from gatekeeper.errors import UserError
from gatekeeper.office import pictures
from gatekeeper.office.documents import store_document
from gatekeeper.office.photos import BOX, store_photo

SECRET = b"GPSLatitude-of-the-applicant"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (900, 1200), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture with a dark block in its upper left corner."""
    image = Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="navy")
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pdf(page: bytes = b"", **extra: Any) -> bytes:
    """A small PDF as pypdf writes it."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    for act, value in extra.items():
        getattr(writer, act)(*value)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def refusal(store: Any, folder: Path, data: bytes) -> str:
    """What is said of `data`; nothing may be left on disk, and the Thai is Thai."""
    with pytest.raises(UserError) as refused:
        store(folder, data)
    assert not list(folder.iterdir()) if folder.exists() else True
    assert any("\u0e00" <= sign <= "\u0e7f" for sign in refused.value.th)
    return str(refused.value)


def stored(folder: Path, data: bytes) -> Image.Image:
    """The photo that became of `data`."""
    return Image.open(folder / store_photo(folder, data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_jpeg_of_one_size(tmp_path: Path, kind: str) -> None:
    """Whatever came, what is shown at a gate is 600 x 750, readable by the service alone."""
    key = store_photo(tmp_path / "photos", picture(kind))

    kept = tmp_path / "photos" / key
    with Image.open(kept) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", BOX)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in kept.parent.iterdir()] == [key]


def test_a_photo_turned_by_its_camera_is_upright(tmp_path: Path) -> None:
    """EXIF orientation is applied to the pixels, then gone."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn it a quarter to the right

    image = stored(tmp_path, picture(size=(1200, 900), exif=exif))

    assert dict(image.getexif()) == {}
    assert image.getpixel((560, 40))[2] > 100 > image.getpixel((560, 40))[0]  # type: ignore[index]
    assert min(image.getpixel((40, 40))) > 200  # type: ignore[type-var]


def test_nothing_of_the_metadata_is_kept(tmp_path: Path) -> None:
    """Place, device, comment, profile: none of it is anybody's business."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sent = picture(exif=exif, comment=SECRET, icc_profile=profile) + SECRET
    assert sent.count(SECRET) == 3

    image = stored(tmp_path, sent)

    assert SECRET not in Path(image.filename).read_bytes()  # type: ignore[attr-defined]
    assert not {"exif", "comment", "icc_profile"} & image.info.keys()


def test_what_shines_through_is_paper(tmp_path: Path) -> None:
    """A cut-out portrait stands on white, not on black."""
    image = stored(tmp_path, picture("PNG", mode="RGBA"))

    assert min(image.getpixel((580, 700))) > 250  # type: ignore[type-var]


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "I;16"])
def test_other_colours_are_taken(tmp_path: Path, mode: str) -> None:
    """Greys, palettes, print colours."""
    out = io.BytesIO()
    kind = "JPEG" if mode in ("L", "CMYK") else "PNG"
    grey = Image.new("L", (600, 800), 128)
    (Image.new("I;16", (600, 800), 32768) if mode == "I;16" else grey.convert(mode)).save(out, kind)

    assert 100 < stored(tmp_path, out.getvalue()).convert("L").getpixel((300, 300)) < 150  # type: ignore[operator]


def header_of(width: int, height: int) -> bytes:
    """The head of a PNG that claims so many pixels."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    crc = zlib.crc32(b"IHDR" + body)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + body + struct.pack(">I", crc)


def bomb() -> bytes:
    """100 million pixels of PNG in 1 MB: whole, valid, and 300 MB when decoded."""
    side = 10_000
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(b"\0" + bytes(side * 3)) for _ in range(side)) + packer.flush()
    chunk = b"IDAT" + data
    idat = struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return header_of(side, side) + idat + end


def test_a_hundred_megapixels_are_refused_undecoded(tmp_path: Path) -> None:
    """Known from the header: no time and no memory is spent on the pixels."""
    data = bomb()
    for store in (store_photo, store_document):
        tracemalloc.start()
        began = time.perf_counter()
        said = refusal(store, tmp_path / "p", data)
        took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert "10000 x 10000 pixels (100 million); at most 25 million" in said
        assert took < 0.5
        assert peak < 5_000_000


IDAT = struct.pack(">I", 4) + b"IDAT" + bytes(4) + struct.pack(">I", zlib.crc32(b"IDAT" + bytes(4)))


def test_a_header_that_claims_the_moon(tmp_path: Path) -> None:
    """Beyond what Pillow itself would open, or what is left to decode: refused all the same."""
    assert "too many pixels" in refusal(
        store_photo, tmp_path / "p", header_of(30_000, 30_000) + IDAT
    )
    assert "damaged" in refusal(store_photo, tmp_path / "p", header_of(2**31 - 1, 2**31 - 1))


def test_a_jpeg_with_thousands_of_scans(tmp_path: Path) -> None:
    """Each pass costs the whole picture once more."""
    data = picture(progressive=True)
    at = data.index(b"\xff\xda")
    end = data.index(b"\xff\xc4", at) if b"\xff\xc4" in data[at:] else data.rindex(b"\xff\xd9")
    scan = data[at:end]
    many = data[:at] + scan * 2000 + data[at:]
    began = time.perf_counter()

    assert "damaged" in refusal(store_photo, tmp_path / "p", many)
    assert time.perf_counter() - began < 1


def test_a_large_but_honest_photo_is_taken(tmp_path: Path) -> None:
    """A phone's 48 million pixels, decoded at a fraction."""
    assert stored(tmp_path, picture(size=(6000, 8000), quality=60)).size == BOX


def gif() -> bytes:
    """Two pictures that take turns."""
    frames = [Image.new("P", (400, 500), n) for n in (1, 2)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def moving() -> bytes:
    """The same as WebP."""
    frames = [Image.new("RGB", (400, 500), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (SVG, "SVG seen"),
        (b'<?xml version="1.0"?>' + SVG, "XML seen"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "HTML seen"),
        (gif(), "GIF seen"),
        (moving(), "moving picture"),
        (b"MZ\x90\0" + bytes(200), "EXE seen"),
        (b"%PDF-1.7\n%%EOF", "PDF seen"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC/AVIF seen"),
        (picture()[:3000], "damaged"),
        (picture(size=(100, 120)), "100 x 120 pixels; at least 240 x 300"),
        (b"\xff\xd8\xff" + bytes(pictures.MAX_BYTES), "12 MB are due"),
    ],
)
def test_what_is_no_photo_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    """By content: its name and the type that the browser told are never asked."""
    assert said in refusal(store_photo, tmp_path / "photos", data)


def test_a_polyglot_is_painted_away(tmp_path: Path) -> None:
    """A JPEG that is also a page, a script and an archive is a JPEG afterwards, and no more."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("evil.js", "alert(1)")
    sent = picture(comment=b"--><script>alert(1)</script>") + b"<?php 1 ?>" + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(sent))

    key = store_photo(tmp_path, sent)

    kept = (tmp_path / key).read_bytes()
    assert kept.endswith(b"\xff\xd9")
    assert not [sign for sign in (b"script", b"php", b"PK\x03\x04", b"evil") if sign in kept]


def test_a_document_is_a_pdf_as_it_came(tmp_path: Path) -> None:
    """Its text must stay, so it is checked and not painted."""
    sent = pdf()

    kept = store_document(tmp_path, sent)

    assert kept.media_type == "application/pdf"
    assert (tmp_path / kept.key).read_bytes() == sent
    assert len(PdfReader(tmp_path / kept.key).pages) == 1


def test_a_document_may_be_a_picture(tmp_path: Path) -> None:
    """A photographed letter, painted anew, at most a page at 300 dpi, never enlarged."""
    kept = store_document(tmp_path, picture("PNG", size=(3000, 4400), mode="RGBA"))
    small = store_document(tmp_path, picture(size=(640, 400)))

    assert kept.media_type == "image/jpeg"
    assert Image.open(tmp_path / kept.key).size == (2392, 3508)
    assert Image.open(tmp_path / small.key).size == (640, 400)


def packed(objects: bytes, dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    """A PDF whose objects lie in an object stream, as PDF 1.5 allows."""
    body = zlib.compress(objects) if b"Flate" in dictionary else objects
    head = b"7 0 obj\n<< /Type /ObjStm /N 1 /First 4 " + dictionary + b" >>\nstream\n"
    return b"%PDF-1.5\n" + head + body + b"\nendstream\nendobj\nstartxref\n0\n%%EOF\n"


SCRIPT = b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"
OBJECT = b"%PDF-1.4\n1 0 obj\n<< "
TAIL = b" >>\nendobj\n%%EOF\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (OBJECT + b"/S /JavaScript /JS (app.alert(1))" + TAIL, "script"),
        (pdf(add_attachment=("a.exe", b"MZ")), "files or forms inside"),
        (pdf(encrypt=("word",)), "encrypted"),
        (OBJECT + b"/S /Launch /F (cmd.exe)" + TAIL, "start a program"),
        (OBJECT + b"/S /J#61va#53cript /JS (1)" + TAIL, "script"),
        (OBJECT + b"/AcroForm << /XFA 3 0 R >>" + TAIL, "files or forms"),
        (packed(SCRIPT), "script"),
        (packed(SCRIPT, b""), "script"),
        (packed(SCRIPT.hex().encode(), b"/Filter /ASCIIHexDecode"), "unusual"),
        (packed(b"x", b"/Filter [/ASCII85Decode /FlateDecode]"), "unusual"),
        (packed(b"x", b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"), "unusual"),
        (packed(b"x", b"/Filter 9 0 R"), "unusual"),
        (packed(b"x").replace(b"/ObjStm", b"/Obj#53tm"), "unusual"),
        (packed(b"x").replace(b"/Type", b"/X (9 0 obj <<) /Type"), "unusual"),
        (packed(bytes(60_000_000)), "unusual"),
        (b"%PDF-1.4\n% stream\n" + OBJECT[9:] + b"/S /JavaScript" + TAIL, "script"),
        (pdf()[:-40], "damaged"),
        (pdf() + b"<html><script>alert(1)</script>", "something else"),
        (b"%PDF-1.4\nhello\n%%EOF", "damaged"),
        (b"\n" + pdf(), "PDF seen"),
        (SVG, "SVG seen"),
    ],
)
def test_a_pdf_that_acts_or_hides_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """Scripts, programs, files inside, passwords, also coded, packed, or behind a false stream."""
    assert said in refusal(store_document, tmp_path / "documents", data)


def test_an_honest_packed_pdf_is_taken(tmp_path: Path) -> None:
    """Object streams as common programs write them are no fault."""
    assert store_document(tmp_path, packed(b"1 0 << /Type /Catalog >>")).size > 0


def test_a_disk_that_refuses_leaves_nothing(tmp_path: Path) -> None:
    """A file in the way of the folder: told in words, nothing half-written."""
    (tmp_path / "photos").write_text("in the way")

    with pytest.raises(UserError, match="cannot be stored"):
        store_photo(tmp_path / "photos", picture())
    assert [each.name for each in tmp_path.iterdir()] == ["photos"]


SEEDS = [
    picture(size=(300, 400)),
    picture(size=(300, 400), progressive=True),
    picture("PNG", size=(300, 400), mode="RGBA"),
    picture("WEBP", size=(300, 400)),
    picture("WEBP", size=(300, 400), lossless=True),
    picture("PNG", size=(300, 400), mode="RGBA").replace(b"IDAT", b"tEXt"),
    pdf(),
    packed(b"1 0 << /Type /Catalog >>"),
]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_damage_makes_it_raise_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    """Cut anywhere, bytes changed anywhere, pieces repeated: stored, or refused in words."""
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["byte", "byte", "cut", "repeat", "zero"])):
            case "byte":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[max(at, 8) :]
            case "repeat":
                content[at:at] = content[max(0, at - 64) : at]
            case _:
                content[at : at + 16] = bytes(len(content[at : at + 16]))
    said: list[UserError] = []
    began = time.perf_counter()

    for store in (store_photo, store_document):
        try:
            store(tmp_path, bytes(content))
        except UserError as error:
            said.append(error)

    assert time.perf_counter() - began < 5
    assert [error for error in said if error.th == str(error)] == []
