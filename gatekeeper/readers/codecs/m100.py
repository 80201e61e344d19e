"""UHF modules with the MagicRF M100 chip (M100, QM100, YRM100, R200):
`BB type command length(2) parameters check 7E`.

`check` is the low byte of the sum of type to parameters. 115200 8N1. Nothing is stuffed: BB
and 7E occur inside, so a frame ends where its length says, and the 7E there is only one more
proof. Every length is held against what its command can have, and that of a tag against its
PC word, so that a damaged length does not hold the decoder for long.

A tag notice holds RSSI (signed, dBm), PC, EPC (as many words as PC says) and the CRC that
the tag itself sent over PC and EPC. An 8-bit sum lets one damaged frame in 256 pass; a
frame whose sum fits but whose tag CRC does not is refused as well. The manual prints the
notices of multi_poll with command 27; modules are seen to send 22: both are tags.

Frames of the host (type 00) are named answers too, for captures of both directions.
Sources: m100_table.py.
"""

from __future__ import annotations

import re

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.gen2 import tag_crc
from gatekeeper.readers.codecs.m100_requests import HEAD, OVERHEAD, PARAMS_MAX, TAIL, Request
from gatekeeper.readers.codecs.m100_table import LENGTHS, Command, Error, Type
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["M100Codec"]

NOTICE_FIXED = 5
"""Parameter bytes of a tag notice beside its EPC: RSSI, PC, CRC."""
RSSI, PC, EPC = 0, 1, 3
"""Where they begin in the parameters of a notice."""


def _any_of(values: set[int]) -> bytes:
    return b"[" + b"".join(re.escape(bytes([value])) for value in sorted(values)) + b"]"


_START = re.compile(
    b"\xbb(?:\\Z|(?:"
    + b"|".join(
        bytes([kind])
        + b"(?:\\Z|"
        + _any_of({c for k, c in LENGTHS if k == kind})
        + b"(?:\\Z|\x00))"
        for kind in Type
    )
    + b"))",
    re.DOTALL,
)
"""What can begin a frame: its first four bytes, or as many as there are."""

_COMMANDS = {int(command): (command, command.name.lower()) for command in Command}
_TYPES = {int(kind): (kind, kind.name.lower()) for kind in Type}
_ERRORS = {int(error): error.name.lower() for error in Error}
"""Names, looked up: enum members take their time, and frames are many."""
_NO_FRAME = Refusal(GarbageReason.FRAMING)
_WRONG_LENGTH = Refusal(GarbageReason.LENGTH)


class M100Codec(StreamCodec):
    """Bytes of an M100 reader to tags and answers."""

    wire = "m100"
    start = HEAD
    longest = OVERHEAD + PARAMS_MAX

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag or Answer whose details a decoder of this wire has filled in."""
        if isinstance(frame, Tag):
            return _tag_request(frame).to_bytes()
        if isinstance(frame, Answer):
            try:
                command = Command[str(frame.detail("command")).upper()]
                kind = Type[str(frame.detail("type")).upper()]
                params = bytes.fromhex(str(frame.detail("params")))
            except (KeyError, ValueError) as error:
                raise CodecError(f"m100: {frame!r} seen; command and params are due") from error
            return Request(command, params, kind).to_bytes()
        raise CodecError(f"m100: {frame!r} seen; a tag or an answer is due")

    def _begin(self, position: int) -> int:
        found = _START.search(self._buffer, position)
        return len(self._buffer) if found is None else found.start()

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if data.startswith(_NO_TAG_BYTES):
            return _NO_TAG  # by far the commonest frame: one a round while nobody is near
        size = _size(data)
        if size is None or isinstance(size, Refusal):
            return size
        if len(data) < size:
            return None
        raw = data[:size]
        if raw[-1] != TAIL:
            return _NO_FRAME
        if sum(raw[1:-2]) & 0xFF != raw[-2]:
            return Refusal(GarbageReason.CHECKSUM, size)
        if raw[1] != Type.NOTICE:
            return Match(_answer(raw), size)
        if tag_crc(raw[5 + PC : -4]) != int.from_bytes(raw[-4:-2], "big"):
            return Refusal(GarbageReason.CHECKSUM, size)
        return Match(_tag(raw), size)


def _size(data: bytes) -> int | Refusal | None:
    """The bytes of the frame that begins here, as far as its first seven do not contradict."""
    if len(data) < 5:
        return None
    kind, command, count = data[1], data[2], data[4]
    lengths = LENGTHS.get((kind, command))
    if lengths is None:
        return _NO_FRAME
    if data[3] or count not in lengths:
        return _WRONG_LENGTH
    if len(data) > 6:
        if kind == Type.NOTICE and count != NOTICE_FIXED + _epc_size(data[6]):
            return _WRONG_LENGTH
        # An error that names its tag: code, length of what follows, PC, EPC.
        if command == Command.ERROR and count > 1 and count != 2 + data[6]:
            return _WRONG_LENGTH
    return count + OVERHEAD


def _epc_size(pc_high: int) -> int:
    """Bytes of EPC that the PC word (bits 11-15, in words) announces."""
    return (pc_high >> 3) * 2


def _tag(raw: bytes) -> Frame:
    params = raw[5:-2]
    rssi = params[RSSI] - 0x100 if params[RSSI] > 0x7F else params[RSSI]
    command = _COMMANDS[raw[2]][1]
    if len(params) == NOTICE_FIXED:
        # A tag whose EPC memory is blank: seen, but it names nobody.
        details: Details = (
            ("type", "notice"), ("command", command), ("params", params.hex().upper())
        )  # fmt: skip
        return Answer("tag_without_epc", details, raw)
    details = (
        ("command", command),
        ("pc", params[PC:EPC].hex().upper()),
        ("tag_crc", params[-2:].hex().upper()),
    )
    return Tag(f"epc:{params[EPC:-2].hex().upper()}", None, rssi, details, raw)


def _answer(raw: bytes) -> Answer:
    params = raw[5:-2]
    (kind, type_name), (command, name) = _TYPES[raw[1]], _COMMANDS[raw[2]]
    details: Details = (
        ("type", type_name),
        ("command", name),
        ("params", params.hex().upper()),
    )
    if command is Command.ERROR:
        code = params[0]
        return Answer(_ERRORS.get(code, f"error_{code:02x}"), (*details, ("code", code)), raw)
    return Answer(name, details + _parts(kind, command, params), raw)


def _parts(kind: Type, command: Command, params: bytes) -> Details:
    """What the parameters say, where it is a number or a text that people look for."""
    value = int.from_bytes(params, "big")
    if command is Command.MODULE_INFO:
        text = params[1:].decode("ascii", "replace")
        return (("kind", params[0]), ("text", text)) if kind is Type.ANSWER else ()
    if command is Command.MULTI_POLL:
        return (("count", value & 0xFFFF),)
    if command is Command.SET_BAUD and kind is Type.COMMAND:
        return (("baud", value * 100),)
    if len(params) == 2 and command in (Command.SET_POWER, Command.GET_POWER):
        return (("centi_dbm", value),)
    if command is Command.GET_REGION and kind is Type.ANSWER:
        return (("region", value),)
    return ()


_NO_TAG_BYTES = Request(Command.ERROR, bytes([Error.NO_TAG]), Type.ANSWER).to_bytes()
_NO_TAG = Match(_answer(_NO_TAG_BYTES), len(_NO_TAG_BYTES))


def _tag_request(tag: Tag) -> Request:
    """The frame of `tag`; what its details leave out is what a plain tag would send."""
    part = dict(tag.details)
    try:
        epc = bytes.fromhex(tag.credential.removeprefix("epc:"))
        words, odd = divmod(len(epc), 2)
        if odd or not 1 <= words <= 31 or not tag.credential.startswith("epc:"):
            raise ValueError(f"{len(epc)} bytes of EPC")
        pc = bytes.fromhex(str(part.get("pc", f"{words << 11:04X}")))
        crc = bytes.fromhex(str(part.get("tag_crc", f"{tag_crc(pc + epc):04X}")))
        rssi = (tag.rssi_dbm or 0).to_bytes(1, "big", signed=True)
        command = Command[str(part.get("command", "single_poll")).upper()]
        return Request(command, rssi + pc + epc + crc, Type.NOTICE)
    except (KeyError, ValueError, OverflowError) as error:
        raise CodecError(f"m100: {tag!r} seen; an EPC of 1 to 31 words is due") from error
