"""The chip of the Thai national identity card: what is asked, and what its answers say.

    00 A4 04 00 08 A0 00 00 00 54 48 00 01      choose the card's application
    80 B0 P1 P2 02 00 Le                        Le bytes of its file from P1 P2
    00 C0 00 00 Le                              fetch what the chip holds ready (61 Le);
                                                P2 = 01 with chips whose ATR begins 3B 67
    6C XX                                       ask again with length XX

Text is TIS-620, padded with blanks; a name is title#first#middle#last. Dates are eight digits
of the Buddhist era, YYYYMMDD, with 00 for a month or a day that nobody knows.
(chakphanu/ThaiNationalIDCard, APDU.md; tests/vectors/thai_id.json.)

Only what a visitor's desk needs is read: number and names, the date of birth when asked for.
The photo, the address and the rest are never read, and there is no function for it. Reading
needs no PIN and proves nothing: it saves typing, and whoever sits at the desk compares face
and card. Whatever is wrong with the card ends in `ByHand`, with a reason to be shown; the
number is never logged.

Pure functions over `transmit`, which may raise what it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gatekeeper.documents import check_digit_fits
from gatekeeper.readers.apdu import Response
from gatekeeper.readers.by_hand import ByHand, Trouble

__all__ = [
    "BirthDate",
    "Name",
    "ThaiId",
    "Transmit",
    "check_digit_fits",
    "parse_date",
    "parse_name",
    "read_card",
]

Transmit = Callable[[bytes], bytes]

SELECT = bytes.fromhex("00A4040008A000000054480001")
OLD_ATR = bytes.fromhex("3B67")
_CID, _NAME_TH, _NAME_EN, _BIRTH = (0x0004, 13), (0x0011, 100), (0x0075, 100), (0x00D9, 8)
"""Place and length of each field in bytes."""
DONE = 0x9000
STEPS_MAX = 8
"""Exchanges for one field: the question, its right length, and the answer in pieces."""
PADDING = " \x00"
BUDDHIST_ERA = 543
NAME_PARTS = 4
LONGEST_LIFE = 150
"""Years; an older date of birth is a damaged one."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its parts; empty where the card has none."""

    title: str
    first: str
    middle: str
    last: str


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A date of birth as far as it is known; the year in the common era."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        """As ISO 8601, as far as it is known: `1983`, `1983-05`, `1983-05-12`."""
        known = [f"{self.year:04d}"]
        for part in (self.month, self.day):
            if part is None:
                break
            known.append(f"{part:02d}")
        return "-".join(known)


@dataclass(frozen=True, slots=True)
class ThaiId:
    """What was read. Its text form shows no more of the number than its end."""

    number: str
    """Thirteen digits, the check digit right."""
    name_th: Name
    name_en: Name
    birth: BirthDate | None = None
    """None where it was not asked for."""

    @property
    def masked(self) -> str:
        """The number for a screen that others see, or a log."""
        return f"•••••••••{self.number[-4:]}"

    def __repr__(self) -> str:
        """Nothing of a person gets into a log by way of an error message."""
        return f"ThaiId({self.masked})"


def read_card(transmit: Transmit, atr: bytes = b"", *, birth: bool = False) -> ThaiId | ByHand:
    """Read number and names, and the date of birth if asked for.

    Raises only what `transmit` raises.
    """
    fetch_p2 = 0x01 if atr.startswith(OLD_ATR) else 0x00
    _, status = _exchange(transmit, SELECT, 0, fetch_p2)
    if status != DONE:
        trouble = Trouble.NOT_THAI_ID if status else Trouble.DAMAGED
        return ByHand(trouble, f"{status:04X} seen to the choice of the application; 9000 is due")
    try:
        number = _text(_read(transmit, _CID, fetch_p2), "number")
        if len(number) != 13 or not (number.isascii() and number.isdigit()):
            raise ValueError(f"number: {len(number)} characters seen; 13 digits are due")
        if not check_digit_fits(number):
            return ByHand(Trouble.CHECK_DIGIT, "number: its check digit does not fit")
        return ThaiId(
            number,
            parse_name(_text(_read(transmit, _NAME_TH, fetch_p2), "Thai name")),
            parse_name(_text(_read(transmit, _NAME_EN, fetch_p2), "English name")),
            parse_date(_text(_read(transmit, _BIRTH, fetch_p2), "date of birth"))
            if birth
            else None,
        )
    except ValueError as error:
        return ByHand(Trouble.DAMAGED, str(error))


def parse_name(text: str) -> Name:
    """`title#first#middle#last`. Raises ValueError where it is not so."""
    parts = [part.strip(PADDING) for part in text.split("#")]
    if len(parts) != NAME_PARTS or not parts[1]:
        raise ValueError(f"name: {len(parts)} parts seen; title#first#middle#last is due")
    return Name(*parts)


def parse_date(text: str, today: date | None = None) -> BirthDate:
    """Eight digits, YYYYMMDD in the Buddhist era; 00 for an unknown month or day.

    A day of an unknown month is not told. Raises ValueError for no date, or none that
    somebody alive can be born on.
    """
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"date: {len(text)} characters seen; YYYYMMDD is due")
    today = today or date.today()  # noqa: DTZ011 (a bound of years)
    year, month, day = int(text[:4]) - BUDDHIST_ERA, int(text[4:6]), int(text[6:])
    if not today.year - LONGEST_LIFE <= year <= today.year:
        raise ValueError("date: a year outside the last 150 seen; one within is due")
    if month == 0:
        return BirthDate(year)
    date(year, month, day or 1)  # raises ValueError where there is no such day
    return BirthDate(year, month, day or None)


def _text(data: bytes, field: str) -> str:
    """`data` as text. Raises ValueError, which says where it is none and not what is there."""
    try:
        text = data.decode("tis-620").strip(PADDING)
    except UnicodeDecodeError as error:
        raise ValueError(f"{field}: no TIS-620 at byte {error.start}") from None
    if not text.isprintable():
        raise ValueError(f"{field}: control characters seen; text is due")
    return text


def _read(transmit: Transmit, field: tuple[int, int], fetch_p2: int) -> bytes:
    place, length = field
    command = bytes([0x80, 0xB0, *place.to_bytes(2), 0x02, 0x00, length])
    data, status = _exchange(transmit, command, length, fetch_p2)
    if status != DONE or len(data) != length:
        raise ValueError(
            f"field {place:04X}: {len(data)} bytes and {status:04X} seen; {length} and 9000 are due"
        )
    return data


def _exchange(transmit: Transmit, command: bytes, due: int, fetch_p2: int) -> tuple[bytes, int]:
    """`command` and what it takes to have `due` bytes of answer: `(data, last status)`.

    The status is 0 where an answer was too short to have one.
    """
    data, status, question = b"", 0, command
    for _ in range(STEPS_MAX):
        response = Response.of(transmit(question))
        if response is None:
            return data, 0
        status = response.status
        kind, more = status >> 8, status & 0xFF
        if kind == 0x6C:
            question = question[:-1] + bytes([more])
            continue
        data += response.data
        if kind == 0x61 and not due:
            return data, DONE  # what a chip tells of its application is not needed
        if kind == 0x61:
            question = bytes([0x00, 0xC0, 0x00, fetch_p2, more])
        elif status == DONE and len(data) < due and question == command:
            # Some readers swallow the 61 and expect to be asked all the same.
            question = bytes([0x00, 0xC0, 0x00, fetch_p2, due])
        else:
            break
    return data, status
