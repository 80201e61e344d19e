"""OSDP v2 as it is seen on the bus, both ways: for captures; a gate's reader is driven by libosdp.

A card (RAW) that came in clear is a tag in the `format` of the settings, which its bits do not
tell. What a secure channel has encrypted is told by its name and length of content, and stays
closed. Frames are those of osdp_frame.py; one mark (FF) before a frame belongs to it.
"""

from __future__ import annotations

import re

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.osdp_frame import (
    LONGEST,
    MARK,
    SHORTEST,
    START,
    Heard,
    parse,
    to_bytes,
)
from gatekeeper.readers.codecs.osdp_table import ENCRYPTED, Command, Reply
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec
from gatekeeper.readers.codecs.wiegand_formats import FORMATS, credential_of, left_aligned

__all__ = ["OsdpCodec"]

_BEGIN = re.compile(rb"\xff?\x53|\xff\Z", re.DOTALL)
_RAW_HEAD = 4
"""Reader, format and number of bits, before the bits of a card."""
_WRONG_LENGTH = Refusal(GarbageReason.LENGTH)


class OsdpCodec(StreamCodec):
    """Bytes of an OSDP bus to tags and named answers."""

    wire = "osdp"
    start = START
    longest = 1 + LONGEST
    options = (
        Option("format", "What the bits of a card mean.", "H10301", choices=FORMATS),
        Option(
            "uid_order",
            "Order of the bytes of a raw UID.",
            "as_read",
            choices=("as_read", "reversed"),
        ),
    )

    def encode(self, frame: Frame) -> bytes:
        """The bytes, without a mark, of a Tag or Answer that a decoder of this wire has made."""
        if not isinstance(frame, Tag | Answer):
            raise CodecError(f"osdp: {frame!r} seen; a tag or an answer is due")
        part = dict(frame.details)
        try:
            is_reply = {"reply": True, "command": False}[str(part["direction"])]
            content = bytes.fromhex(str(part["data"]))
            if isinstance(frame, Tag) and self._card(content)[0] != frame.credential:
                raise ValueError("other bits")
            return to_bytes(
                int(part["address"]),
                int(part["sequence"]),
                Reply.RAW if isinstance(frame, Tag) else _code(frame.name, is_reply=is_reply),
                content,
                is_reply=is_reply,
                has_crc=part["check"] == "crc",
                security=bytes.fromhex(str(part.get("security", ""))),
                reserved=int(part.get("reserved", 0)),
            )
        except (KeyError, ValueError) as error:
            raise CodecError(f"osdp: {frame!r} seen; a frame with its data is due") from error

    def _begin(self, position: int) -> int:
        found = _BEGIN.search(self._buffer, position)
        return found.start() if found else len(self._buffer)

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        head = int(data[0] == MARK)
        if len(data) < head + 4:
            return None
        size = int.from_bytes(data[head + 2 : head + 4], "little")
        if not SHORTEST <= size <= LONGEST:
            return _WRONG_LENGTH
        if len(data) < head + size:
            return None
        heard = parse(data[head : head + size])
        if isinstance(heard, GarbageReason):
            return Refusal(heard, head + size)
        return Match(self._frame(heard, data[: head + size]), head + size)

    def _frame(self, heard: Heard, raw: bytes) -> Frame:
        details: Details = (
            ("direction", "reply" if heard.is_reply else "command"),
            ("address", heard.address),
            ("sequence", heard.sequence),
            ("check", "crc" if heard.has_crc else "sum"),
        )
        if heard.reserved:
            details += (("reserved", heard.reserved),)
        if heard.security:
            details += (("security", heard.security.hex().upper()),)
            if heard.security[0] in ENCRYPTED:
                details += (("encrypted", 1),)
        details += (("data", heard.content.hex().upper()),)
        if heard.is_reply and heard.code == Reply.RAW and not heard.security:
            credential, card = self._card(heard.content)
            if credential:
                return Tag(credential, details=details + card, raw=raw)
            details += card
        return Answer(_name(heard), details, raw)

    def _card(self, content: bytes) -> tuple[str, Details]:
        """Credential and details of a card; no credential where its bits do not fit the format."""
        if len(content) < _RAW_HEAD:
            return "", ()
        bits = int.from_bytes(content[2:4], "little")
        card: Details = (("reader", content[0]), ("card_format", content[1]), ("bits", bits))
        value = left_aligned(content[_RAW_HEAD:], bits)
        found: str | GarbageReason = GarbageReason.LENGTH
        if value is not None:
            is_reversed = self.chosen["uid_order"] == "reversed"
            found = credential_of(str(self.chosen["format"]), value, bits, reverse=is_reversed)
        if isinstance(found, GarbageReason):
            return "", (*card, ("unfit", found.value))
        return found, card


def _name(heard: Heard) -> str:
    kind: type[Command] | type[Reply] = Reply if heard.is_reply else Command
    if heard.code in kind._value2member_map_:
        return kind(heard.code).name.lower()
    return f"{'reply' if heard.is_reply else 'command'}_{heard.code:02x}"


def _code(name: str, *, is_reply: bool) -> int:
    """Raises KeyError or ValueError for a name that no code has."""
    unknown = "reply_" if is_reply else "command_"
    if name.startswith(unknown):
        return bytes.fromhex(name.removeprefix(unknown))[0]
    return Reply[name.upper()] if is_reply else Command[name.upper()]
