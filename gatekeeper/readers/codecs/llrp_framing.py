"""Where an LLRP message begins and ends, and whether it is built as one.

TCP neither loses nor damages bytes, but a reader's own software may send half a message, a
wrong length, or something else altogether. A host that believes a length then waits for ever,
or reads the middle of a message as a head. So a head must be one that exists, lengths inside
must add up to the length outside, and what fails gives back all but its first byte: the next
good message is found. A message has no check value: damage that keeps its structure passes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason
from gatekeeper.readers.codecs.llrp_table import (
    HEADER,
    LONGEST,
    SHAPES,
    TV_SIZES,
    VERSIONS,
    MessageType,
    ParameterType,
)
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["LlrpFraming", "parameters"]

EARLY = 512
"""Bytes of an unfinished message that are looked at each time more of it comes."""

_HEAD = struct.Struct("!HII")
_TLV = struct.Struct("!HH")
_IN_REPORT = (
    ParameterType.TAG_REPORT_DATA,
    ParameterType.RF_SURVEY_REPORT_DATA,
    ParameterType.CUSTOM,
)


def _head_pattern() -> re.Pattern[bytes]:
    """Six bytes that a head may begin with, or as many of them as the buffer still holds."""
    heads = [
        re.escape(bytes([version << 2 | kind >> 8]))
        + b"(?:\\Z|"
        + re.escape(bytes([kind & 0xFF]))
        + b"(?:\\Z|\\x00(?:\\Z|\\x00)))"
        for version in VERSIONS
        for kind in MessageType
    ]
    return re.compile(b"|".join(heads), re.DOTALL)


_MAY_BEGIN = _head_pattern()


def parameters(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Type, begin and end of what each parameter in `data[at:end]` holds.

    Raises ValueError where their lengths do not add up, or a type without length is unknown.
    A parameter whose content reaches beyond `data` is yielded all the same.
    """
    while at < min(end, len(data)):
        kind = data[at] & 0x7F if data[at] & 0x80 else 0
        if kind:
            if kind not in TV_SIZES:
                raise ValueError(f"parameter {kind} without length is unknown")
            begin, stop = at + 1, at + 1 + TV_SIZES[kind]
        else:
            if at + 4 > len(data):
                return
            kind, length = _TLV.unpack_from(data, at)
            if length < 4 or not 128 <= kind <= 1023:
                raise ValueError(f"parameter {kind} of {length} bytes")
            begin, stop = at + 4, at + length
        if stop > end:
            raise ValueError(f"parameter {kind} ends {stop - end} bytes too late")
        yield kind, begin, stop
        at = stop


class LlrpFraming(StreamCodec):
    """Whole messages, each an Answer named as in the standard, in lower case."""

    wire = "llrp"
    start = None
    longest = LONGEST

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        self._waited_for = b""

    def encode(self, frame: Frame) -> bytes:
        """The bytes that `frame` was cut out of. Raises CodecError where it has none."""
        if not frame.raw or isinstance(frame, Garbage):
            raise CodecError(f"llrp: {frame!r} seen; a message with its bytes is due")
        return frame.raw

    def _begin(self, position: int) -> int:
        found = _MAY_BEGIN.search(self._buffer, position)
        return found.start() if found else len(self._buffer)

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if len(data) < HEADER:
            return None
        word, size, number = _HEAD.unpack_from(data)
        kind = MessageType(word & 0x3FF)  # _begin lets no other pass
        shape = SHAPES[kind]
        if not HEADER + shape.fields <= size <= LONGEST or shape.size not in (None, size):
            return Refusal(GarbageReason.LENGTH)
        whole, head = len(data) >= size, data[:HEADER]
        if not whole and len(data) > EARLY and head == self._waited_for:
            return None  # its beginning was looked at before
        self._waited_for = b"" if whole else head
        if kind is not MessageType.CUSTOM_MESSAGE:
            try:
                _check(kind, data[: size if whole else EARLY], size)
            except ValueError:
                return Refusal(GarbageReason.LENGTH)
        return self._message(kind, number, data[:size]) if whole else None

    def _message(self, kind: MessageType, number: int, raw: bytes) -> Match:
        return Match(Answer(kind.name.lower(), (("id", number),), raw), len(raw))


def _check(kind: MessageType, data: bytes, size: int) -> None:
    """Raises ValueError where what has come of a message cannot be the beginning of one."""
    shape, at = SHAPES[kind], HEADER + SHAPES[kind].fields
    first = shape.first
    if first and at == size:
        raise ValueError("a parameter is due")
    for parameter, begin, stop in parameters(data, at, size):
        if first and parameter not in first:
            raise ValueError(f"parameter {parameter} seen first")
        first = frozenset()
        if kind is MessageType.RO_ACCESS_REPORT:
            if parameter not in _IN_REPORT:
                raise ValueError(f"parameter {parameter} in a report")
            if parameter == ParameterType.TAG_REPORT_DATA and stop <= len(data):
                _check_tag(data, begin, stop)


def _check_tag(data: bytes, at: int, end: int) -> None:
    """A tag's EPC comes first, and is as long as it says; EPCs are whole words."""
    named = False
    for kind, begin, stop in parameters(data[:end], at, end):
        if not named and kind == ParameterType.EPC_DATA:
            bits = int.from_bytes(data[begin : begin + 2], "big")
            if bits % 16 or stop - begin != 2 + bits // 8:
                raise ValueError(f"{bits} bits of EPC in {stop - begin - 2} bytes")
        elif not named and kind != ParameterType.EPC_96:
            raise ValueError(f"parameter {kind} seen first of a tag")
        named = True
    if not named:
        raise ValueError("a tag without EPC")
