"""What is said to a contactless card through PC/SC, and what its answers mean. Pure functions.

    FF CA 00 00 00      the reader gives the card's UID (PC/SC part 3, Get Data)
    … 90 00             done; 62 82: done, shorter than asked for
    6C XX               ask again with length XX;  61 XX: fetch XX more with FF C0
    63 00, 6A 81        the card gives none; the reader cannot

An ATR names a type of card, never a card. UIDs are as readers give them: 4, 7 or 10 bytes in
the order of transmission, without cascade tag. A random or cut-short UID is a credential
like any other here: doubting it is the gate's work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor

from gatekeeper.credential import uid
from gatekeeper.readers.codecs.frames import GarbageReason

__all__ = ["GET_UID", "Response", "UidAnswer", "card_type", "read_uid"]

GET_UID = bytes.fromhex("FFCA000000")
GET_RESPONSE = bytes.fromhex("FFC00000")
UID_BYTES = (4, 7, 10)
STEPS_MAX = 3
"""Questions to one card for one UID: the question, its right length, the rest."""

DONE, SHORTER = 0x9000, 0x6282
_REFUSALS = {
    0x6300: ("not_read", "the card could not be read"),
    0x6A81: ("no_uid", "the reader gives no UID of this card (a contact card?)"),
    0x6A82: ("no_uid", "the reader gives no UID of this card (a contact card?)"),
    0x6D00: ("no_uid", "the reader gives no UID of this card (a contact card?)"),
    0x6E00: ("no_uid", "the reader gives no UID of this card (a contact card?)"),
}

_STORAGE_CARD = bytes.fromhex("804F0CA000000306")
"""Historical bytes of a card without a processor: category, application, PC/SC's own RID."""
_STANDARDS = {
    0x03: "ISO 14443 A",
    0x07: "ISO 14443 B",
    0x0B: "ISO 15693",
    0x11: "FeliCa",
}
_STORAGE_NAMES = {
    0x0001: "MIFARE Classic 1K",
    0x0002: "MIFARE Classic 4K",
    0x0003: "MIFARE Ultralight or NTAG",
    0x0026: "MIFARE Mini",
    0x0036: "MIFARE Plus SL1 2K",
    0x0037: "MIFARE Plus SL1 4K",
    0x003A: "MIFARE Ultralight C",
    0x003B: "FeliCa",
}
_DESFIRE = (bytes.fromhex("3B8180018080"), bytes.fromhex("3B86800106757781028000"))
_THAI_ID = b"H NID "
"""The historical bytes of Thai national identity cards spell TH NID or H NID and a number."""


@dataclass(frozen=True, slots=True)
class Response:
    """A card's answer: data, and two bytes of status."""

    data: bytes
    status: int

    @classmethod
    def of(cls, answer: bytes) -> Response | None:
        """`answer` taken apart; None where it is too short to be one."""
        if len(answer) < 2:
            return None
        return cls(answer[:-2], int.from_bytes(answer[-2:]))


@dataclass(frozen=True, slots=True)
class UidAnswer:
    """What came of the question for a UID: a credential, or what was wrong."""

    credential: str = ""
    error: str = ""
    """Short name of what the card or the reader refused, for counters."""
    garbage: GarbageReason | None = None
    """Why the answer is none at all."""
    text: str = ""
    """What was seen and due, where there is no credential."""


def read_uid(transmit: Callable[[bytes], bytes]) -> UidAnswer:
    """Ask the card that `transmit` leads to for its UID.

    Raises only what `transmit` raises; any answer whatever becomes a UidAnswer.
    """
    command, data = GET_UID, b""
    answer = b""
    for _ in range(STEPS_MAX):
        answer = transmit(command)
        response = Response.of(answer)
        if response is None:
            return _garbage(GarbageReason.LENGTH, answer)
        kind, more = response.status >> 8, response.status & 0xFF
        if kind == 0x6C:
            command = command[:4] + bytes([more])
            continue
        data += response.data
        if kind == 0x61:
            command = GET_RESPONSE + bytes([more])
        elif response.status in (DONE, SHORTER):
            return _uid(data, answer)
        elif response.status in _REFUSALS:
            name, text = _REFUSALS[response.status]
            return UidAnswer(error=name, text=f"{response.status:04X}: {text}")
        else:
            return _garbage(GarbageReason.FRAMING, answer)
    return _garbage(GarbageReason.FRAMING, answer)


def card_type(atr: bytes) -> str:
    """What kind of card says `atr`, in a few words; its bytes where that is not known."""
    if atr in _DESFIRE:
        return "MIFARE DESFire"
    if _THAI_ID in atr:
        return "Thai national ID card"
    if len(atr) >= 19 and atr[4:12] == _STORAGE_CARD and reduce(xor, atr[1:]) == 0:
        name = int.from_bytes(atr[13:15])
        standard = _STANDARDS.get(atr[12], f"standard {atr[12]:02X}")
        return _STORAGE_NAMES.get(name, f"{standard}, type {name:04X}")
    return f"ATR {atr.hex().upper()}"


def _uid(data: bytes, answer: bytes) -> UidAnswer:
    if len(data) in UID_BYTES:
        return UidAnswer(credential=uid(data.hex()))
    if not data:
        return _garbage(GarbageReason.LENGTH, answer)
    text = f"{len(data)} bytes of identifier seen; 4, 7 or 10 are due (ISO 15693 and FeliCa: 8)"
    return UidAnswer(error="other_length", garbage=GarbageReason.LENGTH, text=text)


def _garbage(reason: GarbageReason, answer: bytes) -> UidAnswer:
    # The rest may be a card's number, and this text goes to screens.
    end = answer[-2:].hex().upper()
    text = f"{len(answer)} bytes ending in {end!r} seen; a UID and a status word are due"
    return UidAnswer(garbage=reason, text=text)
