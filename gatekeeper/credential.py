"""Credentials as text: one canonical form, many ways to write it.

`scheme:VALUE`, upper-case hexadecimal without separators, leading zeros kept. Parsing is
the same for what a reader sends, a person types or a spreadsheet holds. Nothing here looks
a credential up or judges a pass.

Why text and never a number: leading zeros are part of a credential, and two schemes may
hold the same digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gatekeeper.errors import CredentialError

__all__ = [
    "canonical",
    "em4100",
    "epc",
    "is_untrusted",
    "masked",
    "pass_number_in",
    "printed_low_bits",
    "scheme_of",
    "uid",
    "wiegand",
]

QR_MAX = 512
"""Longest text taken from a QR code, in characters."""

EPC_MAX_DIGITS = 31 * 4
"""The PC word counts at most 31 words of 16 bits (EPC Gen2, PC bits 10h-14h)."""

_UID_DIGITS = (8, 14, 20)
_WIEGAND_LIMITS = {
    # scheme: (highest facility, highest card); H10301, H10306, and the wider of the two
    # 37-bit formats for each part (H10304 has a facility, H10302 has none).
    "w26": (0xFF, 0xFFFF),
    "w34": (0xFFFF, 0xFFFF),
    "w37": (0xFFFF, (1 << 35) - 1),
}
_SEPARATORS = re.compile(r"[\s:\-]+")
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_PRINTED_10 = re.compile(r"(\d{10})\Z")
_PRINTED_3_5 = re.compile(r"(\d{3})[,:. ](\d{5})\Z")
_PASS_NUMBER = re.compile(r"(?:[qQ][rR]:\s*)?([A-Za-z]{1,4})[- ]?([0-9]{1,9})(?:/([0-9]{1,4}))?\Z")
_SHOWN = 40
"""Characters of a refused text that a message repeats."""
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def canonical(text: str) -> str:
    """The canonical form of `text`.

    Accepts `scheme:value` in any case with spaces, colons or dashes inside the value, and
    bare hexadecimal whose length tells the scheme: 8, 14 or 20 digits a UID, 10 digits an
    EM4100 number, any other multiple of four from 12 an EPC. A bare `FFF,NNNNN` is the
    printed form of an EM4100 card; the digits that the print leaves out are zero.

    Raises CredentialError, which names what was seen and what was due.
    """
    scheme, colon, value = text.partition(":")
    scheme = scheme.strip().lower()
    if colon and scheme == "qr":
        return qr(value)  # before anything is read into it: its digits are just characters
    stripped = text.strip().translate(_THAI_DIGITS)
    if colon and scheme in _PARSERS:
        return _PARSERS[scheme](value.strip().translate(_THAI_DIGITS))
    printed = _PRINTED_3_5.match(stripped)
    if printed:
        return em4100(f"{_low_24(printed):010X}")
    return _bare(stripped)


def em4100(value: str) -> str:
    """`value`: 10 hexadecimal digits, or the printed `FFF,NNNNN`."""
    printed = _PRINTED_3_5.match(value)
    if printed:
        value = f"{_low_24(printed):010X}"
    return f"em4100:{_hex('em4100', value, (10,))}"


def uid(value: str) -> str:
    """`value`: 4, 7 or 10 bytes in hexadecimal, in the order that PC/SC gives them."""
    return f"uid:{_hex('uid', value, _UID_DIGITS)}"


def epc(value: str) -> str:
    """`value`: whole 16-bit words in hexadecimal, at most 31 of them."""
    digits = _hex("epc", value, None)
    if len(digits) % 4 or len(digits) > EPC_MAX_DIGITS:
        raise CredentialError(
            f"epc: {len(digits)} hexadecimal digits seen; whole words of 4 digits, "
            f"at most {EPC_MAX_DIGITS}, are due"
        )
    return f"epc:{digits}"


def wiegand(scheme: str, value: str) -> str:
    """`value`: `facility:card` in decimal; `scheme` is w26, w34 or w37."""
    parts = value.replace(",", ":").split(":")
    limits = _WIEGAND_LIMITS[scheme]
    if len(parts) != 2 or not all(re.fullmatch(r"\s*[0-9]{1,11}\s*", part) for part in parts):
        raise CredentialError(f"{scheme}: {_shown(value)} seen; facility:card in decimal is due")
    numbers = tuple(int(part.strip()) for part in parts)  # int alone knows fewer blanks than \s
    if numbers[0] > limits[0] or numbers[1] > limits[1]:
        raise CredentialError(
            f"{scheme}: {_shown(value)} seen; at most {limits[0]}:{limits[1]} is due"
        )
    return f"{scheme}:{numbers[0]}:{numbers[1]}"


def qr(value: str) -> str:
    """`value`: 1 to 512 printable characters, kept as they are but for blanks around them."""
    value = value.strip()
    if not value or len(value) > QR_MAX or not value.isprintable():
        raise CredentialError(
            f"qr: {len(value)} characters seen; 1 to {QR_MAX} printable characters are due"
        )
    return f"qr:{value}"


def pass_number_in(text: str) -> tuple[str, int] | None:
    """`(number, issue)` where `text` is the number of a pass as printed, else None.

    `PR-000123`, `pr123/2` and `qr:PR-000123/2`, the code of a badge, are; a number without its
    issue gives issue 1. Numbers are never hexadecimal words: letters, then digits alone.
    """
    found = _PASS_NUMBER.match(text.strip().translate(_THAI_DIGITS))
    if found is None:
        return None
    return f"{found[1].upper()}-{int(found[2]):06d}", int(found[3] or 1)


def scheme_of(credential: str) -> str:
    """The scheme of a canonical credential."""
    return credential.partition(":")[0]


def is_untrusted(credential: str) -> bool:
    """Whether a canonical credential cannot name one card.

    Random UIDs (4 bytes, first 08: ISO 14443-3 table for single-size UIDs) change at each
    tap; a first byte 88 is the cascade tag of a 7-byte UID that a reader cut short, so
    that different cards look equal.
    """
    return len(credential) == 12 and credential.startswith(("uid:08", "uid:88"))


def printed_low_bits(text: str) -> tuple[int, int] | None:
    """`(value, bits)` of a decimal number as printed on an EM4100 card, or None.

    `0006572982` gives the low 32 bits, `100,19382` (or `100 19382`) bits 16-23 and the low
    16 bits. Only a look-up among known cards can tell the digits that print leaves out.
    """
    stripped = text.strip().translate(_THAI_DIGITS)
    named = stripped[:7].lower() == "em4100:"
    stripped = stripped[7:].strip() if named else stripped
    # With its scheme a number of ten digits is the credential itself, in hexadecimal.
    if not named and (match := _PRINTED_10.match(stripped)):
        value = int(match[1])
        return (value, 32) if value < 1 << 32 else None
    if (match := _PRINTED_3_5.match(stripped)) and int(match[1]) < 256 and int(match[2]) < 65536:
        return _low_24(match), 24
    return None


def masked(credential: str) -> str:
    """`credential` for a log: its scheme and last four characters.

    A number as it is printed on a card has no scheme, and is masked as well.
    """
    scheme, colon, value = credential.partition(":")
    if not colon:
        return f"…{credential[-4:]}" if len(credential) > 4 else "…"
    return f"{scheme}:…{value[-4:]}" if len(value) > 4 else f"{scheme}:…"


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")


def _low_24(match: re.Match[str]) -> int:
    facility, card = int(match[1]), int(match[2])
    if facility > 255 or card > 65535:
        raise CredentialError(
            f"em4100: {match[0]!r} seen; at most 255,65535 is due in the printed form"
        )
    return facility << 16 | card


def _hex(scheme: str, value: str, lengths: tuple[int, ...] | None) -> str:
    digits = _SEPARATORS.sub("", value)
    # Before `upper`, which makes hexadecimal digits of ligatures.
    if not _HEX.match(digits):
        raise CredentialError(f"{scheme}: {_shown(value)} seen; hexadecimal digits are due")
    digits = digits.upper()
    if lengths is not None and len(digits) not in lengths:
        due = " or ".join(str(length) for length in lengths)
        raise CredentialError(f"{scheme}: {len(digits)} hexadecimal digits seen; {due} are due")
    return digits


def _bare(text: str) -> str:
    digits = _hex("credential", text, None)
    if len(digits) in _UID_DIGITS:
        return f"uid:{digits}"
    if len(digits) == 10:
        return f"em4100:{digits}"
    if len(digits) % 4 == 0 and 12 <= len(digits) <= EPC_MAX_DIGITS:
        return f"epc:{digits}"
    raise CredentialError(
        f"credential: {len(digits)} hexadecimal digits seen; 8, 14 or 20 (uid), 10 (em4100) "
        f"or a multiple of 4 from 12 to {EPC_MAX_DIGITS} (epc) are due"
    )


_PARSERS: dict[str, Callable[[str], str]] = {
    "em4100": em4100,
    "uid": uid,
    "epc": epc,
    "w26": lambda value: wiegand("w26", value),
    "w34": lambda value: wiegand("w34", value),
    "w37": lambda value: wiegand("w37", value),
}
