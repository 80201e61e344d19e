"""Pictures that strangers send in, made harmless: told by content, bounded, painted anew.

What comes out is a fresh sRGB JPEG: no metadata, no second picture, nothing hidden behind the
end of the file. Dimensions are read from the header before a pixel is decoded. Only the
decoders of JPEG, PNG and WebP are ever called. No file is written here.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable

from PIL import Image, ImageCms, ImageOps

from gatekeeper.errors import UserError

__all__ = ["MAX_BYTES", "MAX_PIXELS", "repainted"]

MAX_BYTES = 12_000_000
"""Size of a file from which it is refused; a phone's largest photo has about 10 MB."""
MAX_PIXELS = 52_000_000
"""Most pixels of a baseline JPEG, which is decoded at a fraction of its size."""
MAX_PIXELS_WHOLE = 25_000_000
"""Most pixels of what must be decoded whole: PNG, WebP, progressive JPEG (200 MB at worst)."""
MAX_SIDE = 16_383
MAX_SCANS = 40
"""Passes of a progressive JPEG; real ones have ten, one with thousands takes minutes."""
QUALITY = 88

_FORMATS = ("JPEG", "PNG", "WEBP")
_PAPER = (255, 255, 255)
_AT_ONCE = threading.BoundedSemaphore(2)
"""Pictures decoded at the same time: a burst of uploads waits rather than fills the memory."""

_SIGNS = (
    # what a file begins with, and what it then is
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"PK", "ZIP"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"<", "HTML"),
)

# A second net beneath `_check_size`, for what a decoder finds later than in the header.
Image.MAX_IMAGE_PIXELS = 4 * MAX_PIXELS

Shape = Callable[[Image.Image], Image.Image]


def repainted(data: bytes, shape: Shape, *, draft: tuple[int, int], field: str) -> bytes:
    """JPEG bytes of the picture in `data`, upright, in sRGB, after `shape` (crop or scale).

    `draft`: a JPEG may be decoded smaller, but not below this size. Raises UserError (Thai and
    English, at `field`) for whatever is no sound JPEG, PNG or WebP within the bounds.
    """
    check_bytes(data, field)
    with _AT_ONCE, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _repainted(data, shape, draft, field)
        except UserError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise UserError(
                "the picture has too many pixels", "ภาพมีจำนวนพิกเซลมากเกินกำหนด", field=field
            ) from error
        except Exception as error:
            # Decoders raise whatever their bytes led them to (struct.error, SyntaxError, …);
            # every one of them means the same to whoever sent the file.
            raise _no_picture(data, field) from error


def check_bytes(data: bytes, field: str) -> None:
    """Raise UserError where a file is empty or too large."""
    if not data:
        raise UserError("the file is empty", "ไฟล์ว่างเปล่า", field=field)
    if len(data) > MAX_BYTES:
        seen, due = f"{len(data) / 1e6:.0f}", MAX_BYTES // 1_000_000
        raise UserError(
            f"the file has {seen} MB; at most {due} MB are due",
            f"ไฟล์มีขนาด {seen} MB ต้องไม่เกิน {due} MB",
            field=field,
        )


def _repainted(data: bytes, shape: Shape, draft: tuple[int, int], field: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        _check_size(image, data, field)
        if image.format in ("JPEG", "MPO"):
            image.draft("RGB", draft)
        image.load()
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        shaped = shape(_opaque(upright))
    painted = _in_srgb(shaped, profile)
    out = io.BytesIO()
    # Pixels alone go into a new image, so that nothing of `info` is written along.
    clean = Image.new("RGB", painted.size)
    clean.paste(painted)
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _check_size(image: Image.Image, data: bytes, field: str) -> None:
    """From the header alone: nothing is decoded yet."""
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise UserError(
            "a moving picture; a still one is due", "เป็นภาพเคลื่อนไหว ต้องเป็นภาพนิ่ง", field=field
        )
    width, height = image.size
    whole = image.format in ("PNG", "WEBP") or bool(image.info.get("progressive"))
    most = MAX_PIXELS_WHOLE if whole else MAX_PIXELS
    if width * height > most or max(width, height) > MAX_SIDE:
        seen, due = f"{width * height / 1e6:.0f}", most // 1_000_000
        raise UserError(
            f"the picture has {width} x {height} pixels ({seen} million); "
            f"at most {due} million are due",
            f"ภาพมีขนาด {width} x {height} พิกเซล ({seen} ล้าน) ต้องไม่เกิน {due} ล้านพิกเซล",
            field=field,
        )
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > MAX_SCANS:
        raise _no_picture(data, field)


def _opaque(image: Image.Image) -> Image.Image:
    """`image` as RGB; what shines through becomes paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, _PAPER)
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    if image.mode.startswith("I"):
        # 16-bit greys: the upper byte.
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` moved from the colours of `profile` to sRGB; as it is where that cannot be read."""
    if not profile or len(profile) > 1_000_000:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        moved = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return moved or image


def _no_picture(data: bytes, field: str) -> UserError:
    head = data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    seen = next((kind for sign, kind in _SIGNS if head.startswith(sign.lower())), "")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif"):
        seen = "HEIC/AVIF"
    if seen:
        return UserError(
            f"{seen} seen; a picture as JPEG, PNG or WebP is due",
            f"เป็นไฟล์ {seen} ต้องเป็นภาพ JPEG, PNG หรือ WebP",
            field=field,
        )
    return UserError(
        "the picture is damaged, or no JPEG, PNG or WebP; open it, save it again and try once more",
        "ภาพเสียหาย หรือไม่ใช่ JPEG, PNG, WebP โปรดเปิดแล้วบันทึกใหม่ แล้วลองอีกครั้ง",
        field=field,
    )
