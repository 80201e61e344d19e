"""NXP PN532 on its serial line (HSU), 13.56 MHz: `00 00 FF LEN LCS TFI data… DCS 00`.

LEN counts TFI to data; LEN + LCS and TFI + … + DCS are 0 mod 256. TFI is D4 from the host and
D5 from the reader. Longer content comes as `00 00 FF FF FF LENhi LENlo LCS …`. ACK is
`00 00 FF 00 FF 00`, NACK `00 00 FF FF 00 00`. 115200 8N1. Source: NXP UM0701-02, 6.2.1.

The zeros around a frame may be more or fewer: a frame begins at the zero of its start code
`00 FF` and takes one zero more on each side where there is one. Further zeros are garbage and
shift nothing (adafruit/Adafruit-PN532#110). To know whether the last zero comes takes one byte
of waiting; `lacks_postamble` says that nothing else is waited for.

The sum does not see a lost zero: the check byte moves up into the content, and the closing
zero into the place of the check. So a check of zero is believed only with a zero after it.

A list of targets (4B) yields a tag for each card. Its layout is that of type A cards, which are
all that the driver asks for; a list that does not fit it is an answer with its bytes.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import pn532_requests as host
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.pn532_table import DATA_MAX, UID_SIZES, Command, card_type
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["Pn532Codec"]

SCHEME = "uid:"
ERROR = 0x7F
"""What stands in the place of TFI in the reader's error frame."""
ISO_14443_4 = 0x20
"""Bit of SEL_RES: the card has told its ATS, unless the chip was set not to ask."""
_TARGETS = bytes([host.READER, Command.IN_LIST_PASSIVE_TARGET + 1])
_FIXED = {b"\x00\xff": "ack", b"\xff\x00": "nack"}
"""LEN and LCS of frames without content."""
_USUAL_HEAD = b"\x00\x00\xff"
_HEAD = re.compile(rb"\x00(?:\x00?\xff|\x00?\Z)")
"""Where a frame begins or may begin: the start code with a zero before it where there is one."""
_NAMES = {int(command): command.name.lower() for command in Command}
"""Looked up: enum members take their time, and frames are many."""
_SPOKEN = (bytes([host.READER]), bytes([host.HOST]))
_SENDERS = {host.HOST: "host", host.READER: "reader"}


_ACK_BYTES = b"\x00\x00\xff\x00\xff\x00"
_NO_CARD_BYTES = bytes.fromhex("0000FF03FDD54B00E000")
_ACK, _NO_CARD = (
    Match(answer, len(answer.raw))
    for answer in (
        Answer("ack", (), _ACK_BYTES),
        Answer("no_target", (("sender", "reader"), ("data", "00")), _NO_CARD_BYTES),
    )
)
"""By far the commonest: two for each search while no card is near. They need no judgement."""


class Pn532Codec(StreamCodec):
    """Bytes of a PN532 on HSU, in both directions, to tags and answers."""

    wire = "pn532"
    start = 0x00
    longest = 8 + DATA_MAX + 2

    _zero_shared = False
    """Whether the last byte before the buffer is a zero that closed a frame: where a reader
    leaves out all zeros that it may, it is the next frame's start code as well."""

    @property
    def lacks_postamble(self) -> bool:
        """Whether all that is held is a whole frame, but for the zero that may close it."""
        held = bytes(self._buffer)
        is_head = _HEAD.match(held) or (self._zero_shared and held[:1] == b"\xff")
        found = self._judge(held, at_end=True) if is_head else None
        return isinstance(found, Match) and found.size == len(held)

    def encode(self, frame: Frame) -> bytes:
        """The bytes of an Answer or Tag whose details a decoder of this wire has filled in."""
        try:
            if isinstance(frame, Tag):
                content = _TARGETS + b"\x01" + _target(frame)
                return host.frame(content, extended=bool(frame.detail("extended")))
            if isinstance(frame, Answer):
                return _answer_bytes(frame)
        except (KeyError, ValueError, OverflowError) as error:
            raise CodecError(
                f"pn532: {frame!r} seen; a uid of 4, 7 or 10 bytes, or a command with its data, "
                "is due"
            ) from error
        raise CodecError(f"pn532: {frame!r} seen; a tag or an answer is due")

    def _begin(self, position: int) -> int:
        if self._buffer.startswith(_USUAL_HEAD, position):
            self._zero_shared = False
            return position
        if self._zero_shared and self._buffer[position] == 0xFF:
            return position
        self._zero_shared = False
        found = _HEAD.search(self._buffer, position)
        return found.start() if found else len(self._buffer)

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        found = self._judge(data, at_end=at_end)
        if found is not None:
            self._zero_shared = isinstance(found, Match) and data[found.size - 1] == 0
        return found

    def _judge(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if data.startswith(_ACK_BYTES):
            return _ACK
        if data.startswith(_NO_CARD_BYTES):
            return _NO_CARD
        head = data.find(b"\xff", 0, 3) + 1
        if not head:
            return None  # one zero or two, and nothing after them yet
        found = _extent(data, head)
        if not isinstance(found, tuple):
            return found
        begin, end = found
        if len(data) <= end and (len(data) < end or not at_end):
            return None
        size = end + 1 if data[end : end + 1] == b"\x00" else end
        raw = data[:size]
        if begin == end:
            return Match(Answer(_FIXED[data[head : head + 2]], (), raw), size)
        if sum(data[begin:end]) & 0xFF or (size == end and not data[end - 1]):
            return Refusal(GarbageReason.CHECKSUM, size)
        more: Details = (("extended", 1),) if begin == head + 5 else ()
        return _found(data[begin : end - 1], more, raw)


def _extent(data: bytes, head: int) -> tuple[int, int] | Refusal | None:
    """Where the content begins, and where the frame ends but for its closing zero.

    Both are the same for ACK and NACK, which have neither content nor check.
    """
    begin = head + 2
    if len(data) < begin:
        return None
    length = data[head]
    if length and length + data[head + 1] == 0x100:  # nearly always; frames are many
        if length > 1 and data[begin : begin + 1] in _SPOKEN:
            return begin, begin + length + 1
        return _refusal(length, data[begin : begin + 1]) or (begin, begin + length + 1)
    if data[head:begin] in _FIXED:
        return begin, begin
    if data[head:begin] == b"\xff\xff":
        begin += 3
        if len(data) < begin:
            return None
        length = int.from_bytes(data[begin - 3 : begin - 1], "big")
        fits = not sum(data[begin - 3 : begin]) & 0xFF
    else:
        fits = not (length + data[head + 1]) & 0xFF
    if not fits:
        return Refusal(GarbageReason.CHECKSUM)
    refusal = _refusal(length, data[begin : begin + 1])
    return refusal or (begin, begin + length + 1)


def _refusal(length: int, tfi: bytes) -> Refusal | None:
    """Why no frame has this length, or begins its content so; `tfi` may be yet to come."""
    if not 1 <= length <= DATA_MAX:
        return Refusal(GarbageReason.LENGTH)
    if tfi and tfi[0] not in (host.HOST, host.READER, ERROR):
        return Refusal(GarbageReason.FRAMING)
    if tfi and (tfi[0] == ERROR) != (length == 1):
        return Refusal(GarbageReason.LENGTH)
    return None


def _found(content: bytes, more: Details, raw: bytes) -> Match:
    if content.startswith(_TARGETS) and len(content) > 3:
        cards = _cards(content[3:], content[2])
        if cards:
            return _listed(cards, more, raw)
    if content[0] == ERROR:
        return Match(Answer("error_frame", (("code", ERROR), *more), raw), len(raw))
    return Match(_answer(content, more, raw), len(raw))


def _listed(cards: list[tuple[bytes, Details]], more: Details, raw: bytes) -> Match:
    count: Details = (("targets", len(cards)),)
    if len(cards) == 1:
        uid, details = cards[0]
        found = Tag(SCHEME + uid.hex().upper(), None, None, count + details + more, raw)
        return Match(found, len(raw))
    first, *rest = [
        Tag(SCHEME + uid.hex().upper(), None, None, count + details + more, raw)
        for uid, details in cards
    ]
    return Match(first, len(raw), tuple([replace(tag, raw=b"") for tag in rest]))


def _cards(data: bytes, count: int) -> list[tuple[bytes, Details]]:
    """UID and details of each of `count` type A targets; empty where `data` is no such list."""
    if count == 0 or len(data) < 5:
        return []
    size, sak = data[4], data[3]
    uid_end = 5 + size
    uid = data[5:uid_end]
    if size not in UID_SIZES or len(uid) != size:
        return []
    details: Details = (
        ("target", data[0]),
        ("sens_res", data[1:3].hex().upper()),
        ("sel_res", f"{sak:02X}"),
        ("type", card_type(sak)),
    )
    if count == 1 and uid_end == len(data):
        return [(uid, details)]  # nearly always; frames are many
    ats_size = data[uid_end] if sak & ISO_14443_4 and len(data) > uid_end else 0
    # The ATS counts its own length byte; without one, the next target follows at once.
    for end in (uid_end + ats_size, uid_end) if ats_size else (uid_end,):
        ats: Details = (("ats", data[uid_end:end].hex().upper()),) if end > uid_end else ()
        if count == 1 and end == len(data):
            return [(uid, details + ats)]
        if count > 1 and end < len(data) and (rest := _cards(data[end:], count - 1)):
            return [(uid, details + ats), *rest]
    return []


def _answer(content: bytes, more: Details, raw: bytes) -> Answer:
    code, data = content[1], content[2:]
    by_reader = content[0] == host.READER
    details: Details = (("sender", _SENDERS[content[0]]), ("data", data.hex().upper()))
    name = _NAMES.get(code - by_reader) or f"command_{code:02x}"
    if by_reader and name == "get_firmware_version" and len(data) == 4:
        details += (("chip", f"PN5{data[0]:02X}"), ("version", f"{data[1]}.{data[2]}"))
    if by_reader and name == "in_list_passive_target" and data == b"\x00":
        name = "no_target"
    return Answer(name, details + more, raw)


def _answer_bytes(answer: Answer) -> bytes:
    extended = bool(answer.detail("extended"))
    for content, name in _FIXED.items():
        if answer.name == name:
            return b"\x00\x00\xff" + content + b"\x00"
    if answer.name == "error_frame":
        return host.frame(bytes([ERROR]), extended=extended)
    senders = {name: tfi for tfi, name in _SENDERS.items()}
    tfi = senders[str(answer.detail("sender"))]
    if answer.name == "no_target":
        code = _TARGETS[1]
    elif answer.name.startswith("command_"):
        code = int(answer.name.removeprefix("command_"), 16)
    else:
        code = Command[answer.name.upper()] + (tfi == host.READER)
    content = bytes([tfi, code]) + bytes.fromhex(str(answer.detail("data")))
    return host.frame(content, extended=extended)


def _target(tag: Tag) -> bytes:
    """The target data of `tag`; what its details leave out is what a common card would say."""
    part = dict(tag.details)
    if not tag.credential.startswith(SCHEME):
        raise ValueError(f"{tag.credential!r} is no uid")
    uid = bytes.fromhex(tag.credential.removeprefix(SCHEME))
    if len(uid) not in UID_SIZES:
        raise ValueError(f"{len(uid)} bytes of UID")
    head = bytes([int(part.get("target", 1))])
    head += bytes.fromhex(str(part.get("sens_res", "0004" if len(uid) == 4 else "0044")))
    head += bytes.fromhex(str(part.get("sel_res", "08" if len(uid) == 4 else "00")))
    return head + bytes([len(uid)]) + uid + bytes.fromhex(str(part.get("ats", "")))
