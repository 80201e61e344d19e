"""What a codec yields: a tag, another answer of the reader, or garbage. All frozen.

Knows no wire: each codec fills these in. The credential of a tag is its canonical text.
msgspec's structs rather than dataclasses: one is made for every frame of every line, and a frozen
dataclass takes eight times as long to make.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

__all__ = ["Answer", "Details", "Frame", "Garbage", "GarbageReason", "Tag", "as_line"]

Details: TypeAlias = "tuple[tuple[str, str | int], ...]"
"""Named parts of a frame that one wire has and others do not, in wire order."""


class GarbageReason(StrEnum):
    """Why bytes are no frame."""

    CHECKSUM = "checksum"
    """A whole frame whose check value does not fit its content."""
    LENGTH = "length"
    """A frame that was cut off, or whose length contradicts its content."""
    FRAMING = "framing"
    """Bytes outside any frame, or a start that no frame of this wire follows."""
    PARITY = "parity"
    """A whole frame whose parity bits do not fit its content."""


class Tag(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One tag read. `raw`, the bytes on the wire, does not count when two are compared."""

    credential: str
    antenna: int | None = None
    """1 is the first antenna, as printed on the readers."""
    rssi_dbm: int | None = None
    details: Details = ()
    raw: bytes = b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tag) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        return self.credential, self.antenna, self.rssi_dbm, self.details

    def detail(self, name: str) -> str | int | None:
        """The named detail, or None where this wire or frame has none of that name."""
        return dict(self.details).get(name)


class Answer(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A whole frame that is no tag: an end of round, an error, a setting. `raw` as in Tag."""

    name: str
    details: Details = ()
    raw: bytes = b""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Answer) and self.name == other.name and self.details == other.details
        )

    def __hash__(self) -> int:
        return hash((self.name, self.details))

    def detail(self, name: str) -> str | int | None:
        """The named detail, or None where this wire or frame has none of that name."""
        return dict(self.details).get(name)


class Garbage(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no frame; every byte of a stream is in exactly one frame or garbage."""

    reason: GarbageReason
    raw: bytes

    @property
    def hex(self) -> str:
        """The bytes in upper-case hexadecimal."""
        return self.raw.hex().upper()


Frame: TypeAlias = Tag | Answer | Garbage


def as_line(frame: Frame) -> dict[str, str | int]:
    """`frame` as the object that `gatekeeper decode` prints; absent values are left out."""
    if isinstance(frame, Garbage):
        return {"kind": "garbage", "reason": frame.reason.value, "hex": frame.hex}
    line: dict[str, str | int]
    if isinstance(frame, Answer):
        line = {"kind": "frame", "name": frame.name}
    else:
        line = {"kind": "tag", "credential": frame.credential}
        if frame.antenna is not None:
            line["antenna"] = frame.antenna
        if frame.rssi_dbm is not None:
            line["rssi_dbm"] = frame.rssi_dbm
    if frame.raw:  # only the first of several tags in one frame holds its bytes
        line["frame"] = frame.raw.hex().upper()
    return line | {name: value for name, value in frame.details if name not in line}
