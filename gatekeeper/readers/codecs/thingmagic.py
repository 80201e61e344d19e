"""ThingMagic modules (M6e, M6e Micro, M6e Nano and kin): reader `FF length op status(2) data
crc(2)`, host `FF length op data crc(2)`; length counts data alone. 115200 8N1 after power-up.

Nothing tells the two directions apart but the check: a frame is read as an answer where its
check fits so, else as a command. The check is explained in thingmagic_requests.py.

A module that streams sends each read as an answer to op 22: what is told of it (metadata),
then PC, EPC and the tag's own CRC, whose number of bits stands before them. That number is
held against the frame's length and against the PC word, so that a damaged length does not
hold the decoder for long. The upper nibble of the antenna byte is the port that transmitted,
0 meaning 16. Once a second, tag or no tag, comes status 0400, the keep-alive.
Sources: thingmagic_table.py.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec
from gatekeeper.readers.codecs.thingmagic_requests import BEGUN, HEAD, Request, message_crc
from gatekeeper.readers.codecs.thingmagic_table import LIMITS, Op, Status
from gatekeeper.readers.codecs.thingmagic_tag import contradicts, encode_tag, is_tag, tag_frame

__all__ = ["ThingMagicCodec"]

HOST_OVERHEAD = 5
READER_OVERHEAD = 7

_OPS = b"[" + b"".join(re.escape(bytes([op])) for op in LIMITS) + b"]"
_START = re.compile(b"\xff(?:\\Z|.(?:\\Z|" + _OPS + b"))", re.DOTALL)
"""What can begin a frame: its first three bytes, or as many as there are."""

_NO_FRAME = Refusal(GarbageReason.FRAMING)
_WRONG_LENGTH = Refusal(GarbageReason.LENGTH)
_DAMAGED = [Refusal(GarbageReason.CHECKSUM, size) for size in range(READER_OVERHEAD + 0x100)]
_OP_NAMES = {int(op): (op, op.name.lower()) for op in Op}
_STATUS_NAMES = {int(status): status.name.lower() for status in Status}
"""Names, looked up: enum members take their time, and frames are many."""
_STARTED = 1
_STREAM = int(Op.READ_TAG_ID_MULTIPLE)


class ThingMagicCodec(StreamCodec):
    """Bytes of a ThingMagic module to tags and answers."""

    wire = "thingmagic"
    start = HEAD
    longest = READER_OVERHEAD + 0xFF

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag or Answer whose details a decoder of this wire has filled in."""
        try:
            if isinstance(frame, Tag):
                return encode_tag(frame)
            if isinstance(frame, Answer):
                data = bytes.fromhex(str(frame.detail("data")))
                op = Op[str(frame.detail("op")).upper()]
                if frame.detail("direction") == "host":
                    return Request(op, data).to_bytes()
                status = int(frame.detail("status") or 0).to_bytes(2, "big")
                body = bytes([len(data), op]) + status + data
                return bytes([HEAD]) + body + message_crc(body).to_bytes(2, "big")
        except (KeyError, ValueError, OverflowError) as error:
            raise CodecError(f"thingmagic: {frame!r} seen; {error!r}") from error
        raise CodecError(f"thingmagic: {frame!r} seen; a tag or an answer is due")

    def _begin(self, position: int) -> int:
        found = _START.search(self._buffer, position)
        return len(self._buffer) if found is None else found.start()

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if data.startswith(_KEEP_ALIVE_BYTES):
            return _KEEP_ALIVE
        if len(data) < 3:
            return None
        count, op = data[1], data[2]
        limits = LIMITS.get(op)
        if limits is None:
            return _NO_FRAME
        may_answer = count <= limits[0] and not (op == _STREAM and contradicts(data))
        may_command = count <= limits[1]
        if not (may_answer or may_command):
            return _WRONG_LENGTH
        size = count + (READER_OVERHEAD if may_answer else HOST_OVERHEAD)
        if len(data) < size and not at_end:
            return None
        fitting = _fitting(data, count, may_answer, may_command)
        if fitting:
            raw = data[:fitting]
            answers = fitting == count + READER_OVERHEAD
            return Match(_answer(raw) if answers else _command(raw), fitting)
        return _DAMAGED[size] if len(data) >= size else None


def _fitting(data: bytes, count: int, may_answer: bool, may_command: bool) -> int:
    """The size of the frame whose check fits: as an answer, else as a command; 0: neither.

    Both checks share their beginning. Written out, as it decides what a flood of false
    starts costs; message_crc says the same.
    """
    begun = crc_hqx(data[1 : count + 1], BEGUN)
    one, two = data[count + 1 : count + 3], data[count + 3 : count + 5]
    number = int.from_bytes(two, "big")
    if may_answer:
        check = data[count + 5 : count + READER_OVERHEAD]
        fits = crc_hqx(one, begun) ^ number == int.from_bytes(check, "big")
        if fits and len(check) == 2:
            return count + READER_OVERHEAD
    if may_command and begun ^ int.from_bytes(one, "big") == number and len(two) == 2:
        return count + HOST_OVERHEAD
    return 0


def _answer(raw: bytes) -> Frame:
    if is_tag(raw):
        return tag_frame(raw)
    (op, op_name), status, data = _OP_NAMES[raw[2]], raw[3] << 8 | raw[4], raw[5:-2]
    details: Details = (
        ("direction", "reader"),
        ("op", op_name),
        ("status", status),
        ("data", data.hex().upper()),
    )
    return Answer(_answer_name(op, status, data), details + _answer_parts(op, data), raw)


def _answer_name(op: Op, status: int, data: bytes) -> str:
    if op is Op.READ_TAG_ID_MULTIPLE and status == Status.NO_TAGS_FOUND:
        return "keep_alive"
    if status:
        return _STATUS_NAMES.get(status, f"status_{status:04x}")
    if op is Op.READ_TAG_ID_MULTIPLE:
        return "status_report"
    if op is Op.MULTI_PROTOCOL_TAG_OP and data[:1] in (b"\x01", b"\x02"):
        return "reading_started" if data[0] == _STARTED else "reading_stopped"
    return _OP_NAMES[op][1]


def _answer_parts(op: Op, data: bytes) -> Details:
    """What an answer says, where it is something that people look for."""
    if op is Op.VERSION and len(data) >= 16:
        firmware = ".".join(f"{byte:02X}" for byte in data[12:16])
        return (("hardware", data[4:8].hex().upper()), ("firmware", firmware))
    if op is Op.GET_CURRENT_PROGRAM and data:
        return (("program", data[0]),)
    if op is Op.GET_REGION and data:
        return (("region", data[-1]),)
    return ()


def _command(raw: bytes) -> Answer:
    (op, name), data = _OP_NAMES[raw[2]], raw[3:-2]
    details: Details = (("direction", "host"), ("op", name), ("data", data.hex().upper()))
    if op is Op.MULTI_PROTOCOL_TAG_OP and data[2:3] in (b"\x01", b"\x02"):
        name = "start_reading" if data[2] == _STARTED else "stop_reading"
    if op is Op.SET_BAUD_RATE and len(data) == 4:
        details += (("baud", int.from_bytes(data, "big")),)
    if op is Op.WRITE_TAG_DATA and len(data) > 1:
        details += (("timeout_ms", int.from_bytes(data[:2], "big")),)
    return Answer(name, details, raw)


_KEEP_ALIVE_BYTES = bytes.fromhex("FF0022040084E0")
_KEEP_ALIVE = Match(_answer(_KEEP_ALIVE_BYTES), len(_KEEP_ALIVE_BYTES))
