"""Numbers of documents that prove who somebody is: written in one way, and checked.

Pure text. What is kept of a number is gatekeeper.vault's affair; nothing here stores or shows
one, and no message repeats one.
"""

from __future__ import annotations

import re

from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind
from gatekeeper.thai import arabic_digits, normalise

__all__ = ["NATIONAL_ID_DIGITS", "check_digit_fits", "document_number"]

NATIONAL_ID_DIGITS = 13

_SEPARATORS = re.compile(r"[\s.\-–—/]+")
_PASSPORT = re.compile(r"(?=.*\d)[A-Z0-9]{5,12}\Z", re.ASCII)
_LICENCE = re.compile(r"\d{8}\Z", re.ASCII)
_OFFICIAL = re.compile(r"(?=.*\d)[A-Z0-9ก-ฮ]{4,20}\Z", re.ASCII)


def document_number(kind: DocumentKind, text: str) -> str:
    """The number without spaces and dashes, Arabic digits, capital letters; checked.

    Raises UserError (field `document_number`), which says what is due and never what was seen:
    an error's text may get into a log.
    """
    plain = _SEPARATORS.sub("", arabic_digits(normalise(text))).upper()
    _CHECKS[kind](plain)
    return plain


def check_digit_fits(number: str) -> bool:
    """Whether the last of thirteen ASCII digits fits those before it (weights 13 to 2, mod 11)."""
    weighted = sum(int(digit) * (13 - place) for place, digit in enumerate(number[:12]))
    return (11 - weighted % 11) % 10 == int(number[12])


def _national_id(plain: str) -> None:
    if len(plain) != NATIONAL_ID_DIGITS or not (plain.isascii() and plain.isdigit()):
        raise _refused(
            f"{len(plain)} digits or letters seen; the 13 digits of the identity card are due",
            f"กรอก {len(plain)} ตัว เลขประจำตัวประชาชนต้องมีตัวเลข 13 หลัก",
        )
    if plain[0] == "9" or not check_digit_fits(plain):
        raise _refused(
            "the number does not fit its check digit; compare it with the card digit by digit",
            "เลขประจำตัวประชาชนไม่ถูกต้อง (เลขตรวจสอบไม่ตรง) โปรดเทียบกับบัตรทีละหลัก",
        )


def _passport(plain: str) -> None:
    if not _PASSPORT.match(plain):
        raise _refused(
            "5 to 12 letters A to Z and digits are due, as on the passport's data page",
            "เลขที่หนังสือเดินทางต้องเป็นอักษร A–Z และตัวเลข 5 ถึง 12 ตัว ตามหน้าข้อมูลหนังสือเดินทาง",
        )


def _licence(plain: str) -> None:
    if not _LICENCE.match(plain):
        raise _refused(
            "the 8 digits of the driving licence are due",
            "เลขที่ใบอนุญาตขับรถต้องมีตัวเลข 8 หลัก",
        )


def _official(plain: str) -> None:
    if not _OFFICIAL.match(plain):
        raise _refused(
            "4 to 20 letters and digits are due, as on the official's card",
            "เลขที่บัตรประจำตัวเจ้าหน้าที่ของรัฐต้องเป็นตัวอักษรและตัวเลข 4 ถึง 20 ตัว",
        )


_CHECKS = {
    DocumentKind.NATIONAL_ID: _national_id,
    DocumentKind.PASSPORT: _passport,
    DocumentKind.DRIVING_LICENCE: _licence,
    DocumentKind.OFFICIAL_CARD: _official,
}


def _refused(en: str, th: str) -> UserError:
    return UserError(en, th, field="document_number")
