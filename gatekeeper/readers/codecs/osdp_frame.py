"""One OSDP frame as its parts, and back. Nothing here encrypts, checks a MAC or keeps a session.

Frame: [FF] 53, address (bit 7: a reply), length of the whole frame without the mark (2,
little-endian), control (bits 0-1 sequence, 2 CRC, 3 security block), [security block], code,
data, CRC16 (polynomial 1021, start 1D0F, little-endian) or a one-byte sum that makes zero.
Source: SIA OSDP 2.1.7, frames published with libosdp and OSDP.Net (tests/vectors/osdp.json).
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from gatekeeper.readers.codecs.frames import GarbageReason

__all__ = ["LONGEST", "MARK", "SHORTEST", "START", "Heard", "parse", "to_bytes"]

MARK, START = 0xFF, 0x53
SHORTEST, LONGEST = 7, 512
"""Bytes of a frame without its mark: a header, a code and a sum; more than any reader sends."""
_HEADER = 5
_REPLY = 0x80
_SEQUENCE, _CRC, _SECURITY = 0x03, 0x04, 0x08
_RESERVED = 4
_CRC_START = 0x1D0F


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole frame with a right check value."""

    address: int
    is_reply: bool
    sequence: int
    code: int
    content: bytes
    """What follows the code: data, and under a secure channel their MAC."""
    security: bytes
    """The security block without its length; empty where there is none."""
    raw: bytes
    """Without the mark."""

    @property
    def has_crc(self) -> bool:
        """Whether a CRC closes the frame, and not a sum."""
        return bool(self.raw[4] & _CRC)

    @property
    def reserved(self) -> int:
        """The four bits of control that mean nothing, and are mostly zero."""
        return self.raw[4] >> _RESERVED


def parse(raw: bytes) -> Heard | GarbageReason:
    """The frame in `raw`, which may begin with its mark; else why it is none."""
    frame = raw[1:] if raw[:1] == bytes([MARK]) else raw
    if len(frame) < SHORTEST or frame[0] != START:
        return GarbageReason.FRAMING
    if len(frame) != int.from_bytes(frame[2:4], "little"):
        return GarbageReason.LENGTH
    control = frame[4]
    check = 2 if control & _CRC else 1
    if check == 2:
        good = binascii.crc_hqx(frame[:-2], _CRC_START) == int.from_bytes(frame[-2:], "little")
    else:
        good = sum(frame) & 0xFF == 0
    if not good:
        return GarbageReason.CHECKSUM
    block = frame[_HEADER] if control & _SECURITY else 0
    code_at = _HEADER + block
    if code_at >= len(frame) - check or (control & _SECURITY and block < 2):
        return GarbageReason.LENGTH
    return Heard(
        address=frame[1] & 0x7F,
        is_reply=bool(frame[1] & _REPLY),
        sequence=control & _SEQUENCE,
        code=frame[code_at],
        content=frame[code_at + 1 : len(frame) - check],
        security=frame[_HEADER + 1 : code_at],
        raw=frame,
    )


def to_bytes(
    address: int,
    sequence: int,
    code: int,
    content: bytes,
    *,
    is_reply: bool,
    has_crc: bool = True,
    security: bytes = b"",
    reserved: int = 0,
) -> bytes:
    """A frame of these parts, without a mark. Raises ValueError for what no frame holds."""
    if not (0 <= address <= 0x7F and 0 <= sequence <= 3 and 0 <= reserved <= 0xF):
        raise ValueError(f"address {address}, sequence {sequence}; 0 to 127 and 0 to 3 are due")
    block = bytes([len(security) + 1]) + security if security else b""
    size = _HEADER + len(block) + 1 + len(content) + (2 if has_crc else 1)
    if size > LONGEST:
        raise ValueError(f"{size} bytes; {LONGEST} at most are due")
    control = reserved << _RESERVED | sequence
    control |= (_CRC if has_crc else 0) | (_SECURITY if security else 0)
    frame = bytes([START, address | (_REPLY if is_reply else 0)]) + size.to_bytes(2, "little")
    frame += bytes([control]) + block + bytes([code]) + content
    if has_crc:
        return frame + binascii.crc_hqx(frame, _CRC_START).to_bytes(2, "little")
    return frame + bytes([-sum(frame) & 0xFF])
