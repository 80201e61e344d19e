"""Number plates as Thai plates are written: one spelling, and the key they are found by.

Pure text; which vehicles are known is the database's affair. Forms are those of the Department
of Land Transport, of the services that number their own vehicles, and of foreign plates that
visit:

    กข 1234, 1กข 1234, ก 1234     cars and motorcycles; one letter: old ones, and red plates
    กขค 123                       motorcycles before 2015
    70-1234                       lorries and buses (first 10 to 99)
    ท 12-3456                     diplomatic corps (ท), consulates (ก), organisations (อ พ)
    โล่ 12345, กงจักร 12345         police (โล่), army (กงจักร), navy (สมอ), air force (ปีก)
    ร.ย.ล. 12                     the royal household
    เฮงเฮง 9999                    words sold by auction since 2023
    WXY 1234                      foreign: Latin letters and digits
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from gatekeeper.errors import UserError
from gatekeeper.provinces import find_province
from gatekeeper.thai import arabic_digits, normalise

__all__ = ["Plate", "PlateForm", "parse_plate", "plate_key", "plate_with_province"]

LONGEST = 24
"""Characters of the longest plate that is looked at, province not counted."""


class PlateForm(StrEnum):
    """Which kind of plate the writing tells."""

    CIVIL = "civil"
    """Cars and motorcycles, official ones too: they carry the same numbers."""
    MOTORCYCLE = "motorcycle"
    TRANSPORT = "transport"
    DIPLOMATIC = "diplomatic"
    SERVICE = "service"
    """Police, army, navy, air force."""
    ROYAL = "royal"
    WORD = "word"
    FOREIGN = "foreign"


class Plate(NamedTuple):
    """A plate in its one spelling; `key` is the same without spaces, dots and dashes."""

    text: str
    key: str
    form: PlateForm


_LETTER = "[กขคฆ-ฮ]"  # not ฃ and ฅ, which no plate has
_GAP = r"[\s.\-_/]*"
_FORMS: tuple[tuple[PlateForm, re.Pattern[str], str], ...] = tuple(
    (form, re.compile(pattern.replace("~", _GAP) + r"\Z", re.ASCII), spelling)
    for form, pattern, spelling in (
        # ~ is whatever may stand between two parts; (?!0+$): no number is zero.
        (PlateForm.CIVIL, rf"(\d?~{_LETTER}{{1,2}})~(?!0+$)(\d{{1,4}})", "{0} {1}"),
        (PlateForm.MOTORCYCLE, rf"({_LETTER}{{3}})~(?!0+$)(\d{{1,3}})", "{0} {1}"),
        (PlateForm.TRANSPORT, r"([1-9]\d)[\s-]+(?!0+$)(\d{1,4})", "{0}-{1}"),
        (PlateForm.TRANSPORT, r"([1-9]\d)(\d{4})", "{0}-{1}"),
        (PlateForm.DIPLOMATIC, r"([ทกอพ])~(\d{2,3})[\s/-]+(\d{1,4})", "{0} {1}-{2}"),
        (PlateForm.SERVICE, r"(?:ตรา)?(โล่|กงจักร|สมอ|ปีก)~(?!0+$)(\d{1,6})", "{0} {1}"),
        (PlateForm.ROYAL, r"(ร[\s.]*ย[\s.]*ล)~(?!0+$)(\d{1,4})", "ร.ย.ล. {1}"),
        (PlateForm.WORD, rf"({_LETTER}{{3}})~(?!0+$)(\d{{4}})", "{0} {1}"),
        (
            PlateForm.WORD,
            r"(?=[^\d]*[ะ-ฺเ-์])([เ-ไ]?[กขคฆ-ฮ][กขคฆ-ฮะ-ฺเ-์]{1,9})~(?!0+$)(\d{1,4})",
            "{0} {1}",
        ),
        (PlateForm.FOREIGN, r"(?=.*\d)(?=.*[A-Z])([A-Z0-9](?:[ -]?[A-Z0-9]){1,11})", "{0}"),
    )
)
"""Tried in this order."""

_DASHES = re.compile("[‐-―−]")
_NOT_IN_KEY = re.compile("[^0-9A-Zก-์]+")


def parse_plate(text: str) -> Plate:
    """The plate that `text` writes: with or without space or dash, Thai digits, small letters.

    Raises UserError (field `plate`) that names what was seen and what is due.
    """
    plain = _DASHES.sub("-", arabic_digits(normalise(text))).upper()
    if len(plain) <= LONGEST:
        for form, pattern, spelling in _FORMS:
            if match := pattern.match(plain):
                return _made(form, spelling, match)
    seen = plain[:LONGEST]
    raise UserError(
        f"{seen!r} is no number plate; 1กก 1234, กข 123, 70-1234 or ท 12-3456 is due",
        f"“{seen}” ไม่ใช่เลขทะเบียนรถ ตัวอย่างที่ถูกต้อง 1กก 1234, กข 123, 70-1234, ท 12-3456",
        field="plate",
    )


def plate_with_province(text: str) -> tuple[Plate, str | None]:
    """A plate and the province written behind it (`1กก 1234 กทม.`), if one is.

    Raises UserError as `parse_plate` does.
    """
    words = normalise(text).split(" ")
    for count in range(min(4, len(words) - 1), 0, -1):
        if province := find_province(" ".join(words[-count:])):
            return parse_plate(" ".join(words[:-count])), province
    return parse_plate(text), None


def plate_key(text: str) -> str:
    """What a plate, or a part of one, is searched by: no spaces, dots or dashes."""
    return _NOT_IN_KEY.sub("", arabic_digits(normalise(text)).upper())


def _made(form: PlateForm, spelling: str, match: re.Match[str]) -> Plate:
    parts = [group or "" for group in match.groups()]
    if form is not PlateForm.FOREIGN:
        parts = [_NOT_IN_KEY.sub("", part) for part in parts]
    text = spelling.format(*parts)
    return Plate(text, plate_key(text), form)
