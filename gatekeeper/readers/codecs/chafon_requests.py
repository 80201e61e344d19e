"""Frames of the Chafon / UHFReader protocol as values and as bytes. Sends nothing."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.chafon_table import Command

__all__ = [
    "BROADCAST",
    "DATA_MAX",
    "LENGTH_MIN",
    "Request",
    "crc16",
    "get_reader_information",
    "get_work_mode_18",
    "inventory_18",
    "inventory_288",
    "is_sound",
    "set_answer_mode",
    "set_answer_mode_18",
    "set_scan_time",
]

BROADCAST = 0xFF
"""Every reader takes it, and answers with its own address."""
LENGTH_MIN = 4
"""addr, cmd and the two bytes of check: what the length byte counts beside the data."""
DATA_MAX = 0xFF - LENGTH_MIN
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _reflected(data: bytes) -> int:
    """The check register after `data`, its bits in reverse: the standard library has the
    mirror image of this CRC, and computes it far faster than a loop would."""
    return binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF)


def crc16(data: bytes) -> bytes:
    """CRC-16/MCRF4XX (polynomial 8408 reflected, from FFFF), low byte first as on the wire."""
    return _reflected(data).to_bytes(2, "big").translate(_REVERSED)


def is_sound(frame: bytes) -> bool:
    """Whether the two bytes of check at the end of `frame` fit it."""
    return _reflected(frame) == 0


@dataclass(frozen=True, slots=True)
class Request:
    """A frame in either direction, as its parts; an answer's data begin with its status."""

    command: Command
    data: bytes = b""
    address: int = BROADCAST

    def to_bytes(self) -> bytes:
        """The frame on the wire. Raises CodecError for data that is too long."""
        if len(self.data) > DATA_MAX or not 0 <= self.address <= 0xFF:
            raise CodecError(
                f"chafon: {len(self.data)} data bytes to address {self.address} seen; "
                f"at most {DATA_MAX} bytes and address 0 to 255 are due"
            )
        frame = bytes([len(self.data) + LENGTH_MIN, self.address, self.command]) + self.data
        return frame + crc16(frame)


def get_reader_information(address: int = BROADCAST) -> Request:
    """Ask for model, version, power and scan time (21)."""
    return Request(Command.GET_READER_INFORMATION, address=address)


def inventory_18(address: int = BROADCAST) -> Request:
    """One round (01), as every model takes it; its length is the reader's scan time."""
    return Request(Command.INVENTORY, address=address)


def inventory_288(
    antenna: int, *, q: int, session: int, scan: int, address: int = BROADCAST
) -> Request:
    """One round (01) on `antenna` (from 1) of at most `scan` x 100 ms, no tag masked out.

    `q`: the reader expects about 2^q tags; `session` 0 to 3, or 255 for the reader's choice.
    """
    if not 1 <= antenna <= 16 or not 0 <= q <= 15 or session not in (0, 1, 2, 3, 0xFF):
        raise CodecError(
            f"chafon: antenna {antenna}, q {q}, session {session} seen; "
            "1 to 16, 0 to 15, and 0 to 3 or 255 are due"
        )
    mask = bytes([0x01, 0x00, 0x00, 0x00])  # EPC memory, from bit 0, no bits
    target_a = 0x00
    data = bytes([q, session]) + mask + bytes([target_a, 0x80 + antenna - 1, scan])
    return Request(Command.INVENTORY, data, address)


def set_scan_time(scan: int, address: int = BROADCAST) -> Request:
    """Longest round in units of 100 ms (25); the reader keeps it."""
    return Request(Command.SET_SCAN_TIME, bytes([scan]), address)


def set_answer_mode(address: int = BROADCAST) -> Request:
    """Speak only when asked (76); the reader keeps it."""
    return Request(Command.SET_WORK_MODE, b"\x00", address)


def get_work_mode_18(address: int = BROADCAST) -> Request:
    """Ask a UHFReader18 for its work mode (36)."""
    return Request(Command.GET_WORK_MODE_18, address=address)


def set_answer_mode_18(mode: bytes, address: int = BROADCAST) -> Request:
    """The same for a UHFReader18 (35). `mode` is its answer to 36, whose other parameters
    (outputs, beep, memory bank) are kept: four of Wiegand, read mode, five more."""
    return Request(Command.SET_WORK_MODE_18, b"\x00" + mode[5:10], address)
