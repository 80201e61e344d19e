"""Thai text as offices write it: digits, one spelling of what looks the same, order, dates.

Pure functions on text; no I/O, no locale of the machine (its Thai may be missing). Titles
and display names are in gatekeeper.titles.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

__all__ = [
    "THAI_MONTHS",
    "THAI_MONTHS_SHORT",
    "arabic_digits",
    "format_date",
    "format_datetime",
    "normalise",
    "parse_date",
    "search_form",
    "sort_key",
    "thai_digits",
]

BUDDHIST_ERA = 543
"""Years that the Buddhist era is ahead of the common era."""

THAI_MONTHS_SHORT = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
]
THAI_MONTHS = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
_ENGLISH_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]

_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
_TONES = "\u0e48-\u0e4c"
_SARA_AM = re.compile(f"\u0e4d([{_TONES}]?)\u0e32")
_TONE_FIRST = re.compile(f"([{_TONES}])([\u0e31\u0e34-\u0e3a\u0e47])")
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_LATIN_MARKS = re.compile("[\u0300-\u036f]")
_SECONDARY = {
    mark: str(rank) for rank, mark in enumerate("\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c", 1)
}
"""Marks that only decide between words otherwise equal: ็ ่ ้ ๊ ๋ ์ in this order."""
_NOT_A_LETTER = re.compile(r"[^\w\s\u0e00-\u0e7f]|[\u0e2f\u0e46\u0e4d-\u0e4f\u0e5a\u0e5b_]")


def arabic_digits(text: str) -> str:
    """`text` with ๐-๙ as 0-9."""
    return text.translate(_TO_ARABIC)


def thai_digits(text: str) -> str:
    """`text` with 0-9 as ๐-๙, for official print."""
    return text.translate(_TO_THAI)


def normalise(text: str) -> str:
    """One spelling of what looks the same on paper: NFC, and Thai typed in another order.

    A tone mark before its vowel is put behind it, nikhahit and sara aa become sara am, two
    sara e become sara ae; invisible characters go, spaces collapse, ends are trimmed.
    Digits stay as they are.
    """
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()
    before = None
    # One step may make room for another; each moves a mark to the right or joins two.
    while text != before:
        before = text
        text = unicodedata.normalize("NFC", text).replace("\u0e40\u0e40", "\u0e41")
        text = _TONE_FIRST.sub(r"\2\1", text)
        # ํ + tone + า, and tone + ํ + า, are both typed for tone + ำ.
        text = _SARA_AM.sub("\\1\u0e33", text)
    return text


def search_form(text: str) -> str:
    """The form in which names are searched: normalised, lower case, Arabic digits, no accents.

    Accents go from Latin letters only (`José` is found by `jose`); Thai marks stay.
    """
    text = arabic_digits(text).casefold()
    if not text.isascii():
        text = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text))
    return normalise(text)


def sort_key(text: str) -> str:
    """Text that, compared code point by code point, sorts `text` as a Thai dictionary does.

    A leading vowel (เ แ โ ใ ไ) counts after its consonant; tone marks, mai taikhu and
    thanthakhat decide only between words otherwise equal, from left to right; case,
    accents and punctuation do not count. Source: the Royal Society's dictionary order, as
    also in ISO/IEC 14651. Latin sorts before Thai.
    """
    letters = _NOT_A_LETTER.sub("", search_form(text))
    letters = _SPACES.sub(" ", letters).strip()
    primary: list[str] = []
    secondary: list[str] = []
    for letter in _LEADING_VOWEL.sub(r"\2\1", letters):
        if letter in _SECONDARY:
            if secondary:
                secondary[-1] = _SECONDARY[letter]
        else:
            primary.append(letter)
            secondary.append("0")
    marks = "".join(secondary).rstrip("0")
    return "".join(primary) + ("\x01" + marks if marks else "")


_SLASHED = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})\Z")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
_WORDED = re.compile(r"(\d{1,2})\s*([^\d\s]+)\s*(\d{2}|\d{4})\Z")
_ERA = re.compile(r"พ\.?\s?ศ\.?\s*(?=\d)")
_OLDEST_BUDDHIST = 2400
"""Years from here on are of the Buddhist era, years below of the common era."""


def parse_date(text: str) -> date:
    """A day as people here write it: day, month, year; either era, Thai digits, month names.

    `22/11/2569`, `22 พ.ย. 69`, `๒๒ พฤศจิกายน พ.ศ. ๒๕๖๙`, `22 Nov 2026`, `2026-11-22`. A year of two
    digits is of the Buddhist era. Raises ValueError where it is no day.
    """
    plain = _ERA.sub(" ", arabic_digits(normalise(text)))
    if match := _ISO.match(plain):
        year, month, day = (int(part) for part in match.groups())
    elif match := _SLASHED.match(plain):
        day, month, year = (int(part) for part in match.groups())
    elif match := _WORDED.match(plain):
        day, month, year = int(match[1]), _month(match[2]), int(match[3])
    else:
        raise ValueError(f"{text[:30]!r} seen; a date such as 22/11/2569 is due")
    if year < 100:
        year += 2500
    return date(year - BUDDHIST_ERA if year >= _OLDEST_BUDDHIST else year, month, day)


def _month(name: str) -> int:
    plain = name.replace(".", "").replace(" ", "").casefold()
    for number, names in enumerate(
        zip(THAI_MONTHS, THAI_MONTHS_SHORT, _ENGLISH_MONTHS, strict=True), 1
    ):
        full, short, english = (each.replace(".", "").casefold() for each in names)
        if plain in (full, short) or (len(plain) >= 3 and plain.startswith(english)):
            return number
    raise ValueError(f"{name[:30]!r} seen; the name of a month is due")


def format_date(day: date, language: str = "th", *, long: bool = False) -> str:
    """`22 พ.ย. 2569` (Buddhist era), or `22 Nov 2026` in English; `long` spells the month."""
    if language == "th":
        months = THAI_MONTHS if long else THAI_MONTHS_SHORT
        return f"{day.day} {months[day.month - 1]} {day.year + BUDDHIST_ERA}"
    month = f"{day:%B}" if long else _ENGLISH_MONTHS[day.month - 1]
    return f"{day.day} {month} {day.year}"


def format_datetime(at: float, language: str = "th", timezone: str = "Asia/Bangkok") -> str:
    """UTC seconds `at` as `22 พ.ย. 2569 17:05` in the site's time zone, 24-hour clock."""
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone))
    return f"{format_date(local.date(), language)} {local:%H:%M}"
