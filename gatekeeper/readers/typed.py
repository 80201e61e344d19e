"""What a text means that a scanner reads or a keyboard wedge types: a ticket, or a card.

Anybody can print any text as a QR code. So a text is a ticket (`qr:…`), whatever it says,
unless the settings say `content = "card"` of a device that reads cards; and even then a text
that the scanner itself marks as optical (an AIM identifier, `]Q1`) stays a ticket. A text that
is no number of a card stays a ticket, too: the gate then refuses it for everybody to see,
where a reader that drops it in silence would look dead.

How the number is written must be told like the format of a Wiegand reader: ten digits may be
decimal or hexadecimal, eight may be `FFFNNNNN`, a UID or the end of an EM4100 number.
A printed decimal number leaves out the first digits of an EM4100 card. It goes on as it is
printed (`0006572982`, `100,19382`); the node, which knows all cards, finds the one that is
meant (gatekeeper/node/printed.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.config import ReaderSettings
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.frames import Tag
from gatekeeper.readers.codecs.options import Option, OptionValue
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["TEXT_OPTIONS", "CardText", "TypedReader"]

SILENCE_S = 0.1
"""Silence that ends a line where nothing else does: the characters of one come within 50 ms."""

TEXT_OPTIONS = (
    Option("content", "What texts are: qr takes each as it is; auto takes an AIM identifier (]Q1) "
           "off first; card takes numbers for cards and leaves all else a ticket. Nothing but "
           "card ever lets a text be a card.", "auto", choices=("auto", "qr", "card")),
    Option("card", "With content=card, whose numbers they are.", "em4100",
           choices=("em4100", "uid")),
    Option("number", "With content=card, how they are written: decimal (10 digits, or 3 and 5) "
           "or hex.", "decimal", choices=("decimal", "hex")),
    Option("uid_order", "With card=uid, order of the bytes: straight, or reversed where the "
           "device begins with the last one.", "straight", choices=("straight", "reversed")),
    Option("silence_ms", "Silence in milliseconds that ends a line. Default: 100 with "
           "end=silence, else what the line needs.", None, low=20, high=2000),
)  # fmt: skip

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""ISO/IEC 15424: what a scanner puts before a text when it is told to name the symbol."""
_PRINTED_10 = re.compile(r"[0-9]{10}")
_PRINTED_3_5 = re.compile(r"([0-9]{3})[,:. ]?([0-9]{5})")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_UID_DIGITS = (8, 14, 20)


class CardText:
    """The meaning of texts under the options above."""

    def __init__(self, chosen: Mapping[str, OptionValue]) -> None:
        self._content = chosen["content"]
        self._uid, self._hex = chosen["card"] == "uid", chosen["number"] == "hex"
        self._reverse = chosen["uid_order"] == "reversed"

    def credential(self, text: str) -> str:
        """A canonical credential, or a number as it is printed on an EM4100 card."""
        if self._content == "qr":
            return f"qr:{text}"
        if _AIM.match(text) and text[3:].strip():
            return f"qr:{text[3:].strip()}"
        card = self._card(text) if self._content == "card" else None
        return card or f"qr:{text}"

    def _card(self, text: str) -> str | None:
        if self._hex:
            return self._of_hex(text.upper()) if _HEX.fullmatch(text) else None
        if _PRINTED_10.fullmatch(text) and int(text) < 1 << 32:
            return self._of_uid(int(text).to_bytes(4, "big")) if self._uid else text
        match = _PRINTED_3_5.fullmatch(text)
        if match is None or self._uid or int(match[1]) > 255 or int(match[2]) > 65535:
            return None
        return f"{match[1]},{match[2]}"

    def _of_hex(self, digits: str) -> str | None:
        if self._uid:
            return self._of_uid(bytes.fromhex(digits)) if len(digits) in _UID_DIGITS else None
        if len(digits) == 8:
            return f"{int(digits, 16):010d}"
        return f"em4100:{digits}" if len(digits) == 10 else None

    def _of_uid(self, raw: bytes) -> str:
        return f"uid:{(raw[::-1] if self._reverse else raw).hex().upper()}"


class TypedReader(SerialReader):
    """A driver whose wire says texts."""

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self._meaning = CardText(self.chosen)
        silence_ms = self.chosen.get("silence_ms")
        if silence_ms is not None or self.chosen["end"] == "silence":
            self.transport.quiet_s = SILENCE_S if silence_ms is None else int(silence_ms) / 1000

    def credential_of(self, tag: Tag) -> str:
        """The ticket or the card that the text means."""
        return self._meaning.credential(tag.credential.removeprefix("qr:"))
