"""LLRP as it is seen in captures: tags by name, other messages with what they say.

For `gatekeeper decode`; the driver has sllurp read its messages. Both are held to the same
published messages.
"""

from __future__ import annotations

import struct

from msgspec.structs import replace

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag
from gatekeeper.readers.codecs.llrp_framing import LlrpFraming, parameters
from gatekeeper.readers.codecs.llrp_table import (
    HEADER,
    RESPONSES,
    SHAPES,
    ConnectionStatus,
    MessageType,
    ParameterType,
    StatusCode,
)
from gatekeeper.readers.codecs.stream import Match

__all__ = ["LlrpCodec"]

_HEAD = struct.Struct("!HII")
_P = ParameterType
_NUMBERS = {
    _P.FIRST_SEEN_UTC: "first_seen_utc_us",
    _P.LAST_SEEN_UTC: "last_seen_utc_us",
    _P.TAG_SEEN_COUNT: "count",
}
"""Parts of a tag that are one number, by the name they are told under."""
_WORDS_MAX = 31


class LlrpCodec(LlrpFraming):
    """A Tag for each tag of a report, an Answer for each other message."""

    def encode(self, frame: Frame) -> bytes:
        """The bytes that `frame` was decoded from, or else built from its details.

        Raises CodecError for what has more in it than its details say.
        """
        if frame.raw:
            return super().encode(frame)
        if isinstance(frame, Tag):
            return _message(MessageType.RO_ACCESS_REPORT, frame, _tag_body(frame))
        if isinstance(frame, Answer) and frame.name.upper() in MessageType.__members__:
            kind = MessageType[frame.name.upper()]
            size = SHAPES[kind].size
            if size == HEADER:
                return _message(kind, frame, b"")
            if size is not None and isinstance(spec := frame.detail("spec"), int):
                return _message(kind, frame, spec.to_bytes(size - HEADER, "big"))
        raise CodecError(f"llrp: {frame!r} seen; a tag, or a message without parameters, is due")

    def _message(self, kind: MessageType, number: int, raw: bytes) -> Match:
        details: Details = (("id", number),)
        if kind is MessageType.RO_ACCESS_REPORT:
            tags = [
                _tag(raw, begin, end, details)
                for parameter, begin, end in parameters(raw, HEADER, len(raw))
                if parameter == _P.TAG_REPORT_DATA
            ]
            if tags:
                return Match(replace(tags[0], raw=raw), len(raw), tuple(tags[1:]))
        elif kind in RESPONSES or kind is MessageType.ERROR_MESSAGE:
            details += _status(raw, HEADER + SHAPES[kind].fields)
        elif kind is MessageType.READER_EVENT_NOTIFICATION:
            details += _event(raw)
        elif SHAPES[kind].size not in (None, HEADER):
            details += (("spec", int.from_bytes(raw[HEADER:], "big")),)
        return Match(Answer(kind.name.lower(), details, raw), len(raw))


def _message(kind: MessageType, frame: Frame, body: bytes) -> bytes:
    number = dict(frame.details).get("id", 0) if isinstance(frame, Tag | Answer) else 0
    return _HEAD.pack(1 << 10 | kind, HEADER + len(body), int(number)) + body


def _tag_body(tag: Tag) -> bytes:
    scheme, _, value = tag.credential.partition(":")
    try:
        data = bytes.fromhex(value) if scheme == "epc" else b""
    except ValueError:
        data = b""
    if not data or len(data) % 2 or len(data) > 2 * _WORDS_MAX:
        raise CodecError(f"llrp: {tag.credential!r} seen; an epc of 1 to 31 words is due")
    body = (
        bytes([0x80 | _P.EPC_96]) + data
        if len(data) == 12
        else struct.pack("!HHH", _P.EPC_DATA, 6 + len(data), len(data) * 8) + data
    )
    if tag.antenna is not None:
        body += struct.pack("!BH", 0x80 | _P.ANTENNA_ID, tag.antenna)
    if tag.rssi_dbm is not None:
        body += struct.pack("!Bb", 0x80 | _P.PEAK_RSSI, tag.rssi_dbm)
    for kind, name in _NUMBERS.items():
        if isinstance(number := tag.detail(name), int):
            body += bytes([0x80 | kind]) + number.to_bytes(2 if name == "count" else 8, "big")
    return struct.pack("!HH", _P.TAG_REPORT_DATA, 4 + len(body)) + body


def _tag(raw: bytes, at: int, end: int, details: Details) -> Tag | Answer:
    credential, antenna, rssi = "", None, None
    for kind, begin, stop in parameters(raw[:end], at, end):
        content = raw[begin:stop]
        if kind == _P.EPC_96:
            credential = f"epc:{content.hex().upper()}"
        elif kind == _P.EPC_DATA:
            credential = f"epc:{content[2:].hex().upper()}"
        elif kind == _P.ANTENNA_ID:
            antenna = int.from_bytes(content, "big")
        elif kind == _P.PEAK_RSSI:
            rssi = int.from_bytes(content, "big", signed=True)
        elif kind in _NUMBERS:
            details += ((_NUMBERS[_P(kind)], int.from_bytes(content, "big")),)
    if credential == "epc:":
        # A tag whose EPC memory is blank: seen, but it names nobody.
        return Answer("tag_without_epc", details)
    return Tag(credential, antenna, rssi, details)


def _status(raw: bytes, at: int) -> Details:
    for kind, begin, end in parameters(raw, at, len(raw)):
        if kind == _P.LLRP_STATUS and end - begin >= 4:
            code, size = struct.unpack_from("!HH", raw, begin)
            told: Details = (("status", _named(StatusCode, code)),)
            words = raw[begin + 4 : min(begin + 4 + size, end)].decode("utf-8", "replace")
            return (*told, ("words", words)) if words else told
    return ()


def _event(raw: bytes) -> Details:
    told: Details = ()
    for _, at, end in parameters(raw, HEADER, len(raw)):
        try:
            for kind, begin, stop in parameters(raw[:end], at, end):
                number = int.from_bytes(raw[begin:stop], "big")
                if kind == _P.UTC_TIMESTAMP:
                    told += (("utc_us", number),)
                elif kind == _P.CONNECTION_ATTEMPT_EVENT:
                    told += (("connection", _named(ConnectionStatus, number)),)
                elif kind in _P._value2member_map_:
                    told += (("event", _P(kind).name.lower()),)
        except ValueError:
            return told
    return told


def _named(kind: type[StatusCode] | type[ConnectionStatus], number: int) -> str | int:
    return kind(number).name.lower() if number in kind._value2member_map_ else number
