"""The words of a UHFReader18 or 288: frames out, the host's commands in.

`len addr cmd data crc`: len counts all after itself; the check is a CRC of 16 bits, polynomial
8408 (reflected), from FFFF, low byte first, over all before it. An answer's data begin with a
status (UHFReader18 User's Manual V2.0; SID UR series manual v1.14, the same protocol). This
module knows no port and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BROADCAST",
    "Command",
    "Request",
    "Status",
    "crc",
    "frame",
    "information",
    "parse",
    "tag_list",
]

BROADCAST = 0xFF


class Command:
    """Commands that this simulator answers."""

    INVENTORY = 0x01
    SINGLE = 0x0F
    INFORMATION = 0x21
    ADDRESS = 0x24
    SCAN_TIME = 0x25
    BAUD = 0x28
    POWER = 0x2F
    SET_MODE_18 = 0x35
    GET_MODE_18 = 0x36
    BUZZER = 0x40
    SET_MODE = 0x76
    PUSH = 0xEE


class Status:
    """Result codes of this simulator."""

    OK = 0x00
    DONE = 0x01
    MORE = 0x03
    BEAT = 0x28
    ANTENNA = 0xF8
    NO_TAG = 0xFB
    LENGTH = 0xFD
    ILLEGAL = 0xFE
    PARAMETER = 0xFF


def crc(data: bytes) -> bytes:
    """The two bytes of check, bit by bit as the manual's appendix has it."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0x8408
    return bytes((register & 0xFF, register >> 8))


def frame(address: int, command: int, status: int, data: bytes = b"") -> bytes:
    """One answer, or one frame that the reader pushes."""
    body = bytes((len(data) + 5, address, command, status)) + data
    return body + crc(body)


def information(model: int, scan: int, *, antennas: bool) -> bytes:
    """Data of the answer to 21: version, type, protocols, band, power, scan time, and what
    models with antenna ports add."""
    base = bytes((0x00, 0x16, model, 0x03, 0x4E, 0x00, 0x1E, scan))
    return base + b"\x01\x00\x00\x00" if antennas else base


def tag_list(heard: list[tuple[bytes, int]], antenna: int | None) -> bytes:
    """Data of a list of (EPC, raw RSSI): `antenna` from 1, or None for an 18, which tells
    neither."""
    known = antenna is not None
    data = bytes((1 << antenna - 1,)) if antenna is not None else b""
    data += bytes((len(heard),))
    for epc, rssi in heard:
        data += bytes((len(epc),)) + epc + (bytes((rssi,)) if known else b"")
    return data


@dataclass(frozen=True, slots=True)
class Request:
    """One command of the host. `sound`: its check fits."""

    address: int
    command: int
    data: bytes
    sound: bool


def parse(buffer: bytes) -> tuple[list[Request], bytes]:
    """Whole commands at the beginning of `buffer`, and what is left over.

    Nothing marks a beginning: a host that pauses for more than 15 ms begins a new one, so
    the caller drops what is left over then.
    """
    found: list[Request] = []
    while buffer and len(buffer) > buffer[0] >= 4:
        whole, buffer = buffer[: buffer[0] + 1], buffer[buffer[0] + 1 :]
        found.append(Request(whole[1], whole[2], whole[3:-2], crc(whole[:-2]) == whole[-2:]))
    return found, (b"" if buffer and buffer[0] < 4 else buffer)
