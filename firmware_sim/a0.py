"""The words of the A0 protocol as an R2000 reader speaks them: frames out, commands in.

`A0 len addr cmd data check`: len counts addr to check, all bytes sum to 0 modulo 256
(hex-in/pyImpinj; espinr/activioty-checkpoints). This module knows no port and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["BROADCAST", "Code", "Command", "Parser", "Request", "frame", "round_end", "tag_data"]

HEAD = 0xA0
BROADCAST = 0xFF
_SHORTEST, _LONGEST_BUFFER = 3, 4096


class Command(IntEnum):
    """Commands that this simulator answers (names of pyImpinj/enums.py)."""

    WRITE_GPIO = 0x61
    SET_ANT_DETECTOR = 0x62
    GET_ANT_DETECTOR = 0x63
    SET_TEMPORARY_POWER = 0x66
    GET_IDENTIFIER = 0x68
    RESET = 0x70
    SET_UART_BAUDRATE = 0x71
    GET_FIRMWARE_VERSION = 0x72
    SET_READER_ADDRESS = 0x73
    SET_WORK_ANTENNA = 0x74
    GET_WORK_ANTENNA = 0x75
    SET_RF_POWER = 0x76
    GET_RF_POWER = 0x77
    SET_BEEPER_MODE = 0x7A
    GET_TEMPERATURE = 0x7B
    REAL_TIME_INVENTORY = 0x89
    FAST_SWITCH_INVENTORY = 0x8A
    SESSION_INVENTORY = 0x8B


class Code(IntEnum):
    """Result codes (pyImpinj/enums.py, ImpinjR2KGlobalErrors)."""

    SUCCESS = 0x10
    FAIL = 0x11
    ANTENNA_MISSING = 0x22
    PARAMETER_INVALID = 0x41
    ADDRESS_INVALID = 0x46
    ANTENNA_OUT_OF_RANGE = 0x47
    BAUDRATE_OUT_OF_RANGE = 0x4A


@dataclass(frozen=True, slots=True)
class Request:
    """One command with a good checksum."""

    address: int
    command: int
    data: bytes


def frame(address: int, command: int, data: bytes) -> bytes:
    """The bytes of one message; `data` at most 252 bytes."""
    body = bytes([HEAD, len(data) + 3, address, command]) + data
    return body + bytes([-sum(body) & 0xFF])


def tag_data(antenna: int, channel: int, epc: bytes, rssi_raw: int) -> bytes:
    """What an inventory says of one tag.

    `antenna` from 1, of which two bits are told here, `channel` 0 to 63 (frequency index), `epc`
    in whole words; the PC word is the EPC's length in words in its five highest bits (EPC Gen2).
    """
    words = len(epc) // 2
    place = bytes([(channel & 0x3F) << 2 | (antenna - 1) & 0x03])
    return place + (words << 11).to_bytes(2, "big") + epc + bytes([rssi_raw & 0xFF])


def round_end(antenna: int, rate: int, total: int) -> bytes:
    """What closes a round of 89 or 8B: antenna (from 1), tags per second, tags in all."""
    return bytes([antenna - 1]) + min(rate, 0xFFFF).to_bytes(2, "big") + total.to_bytes(4, "big")


class Parser:
    """Bytes of the host into requests. A wrong checksum is dropped without a word."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Request]:
        """Every whole request that `data` completes."""
        self._buffer += data
        del self._buffer[:-_LONGEST_BUFFER]
        found = []
        while (request := self._next()) is not None:
            if isinstance(request, Request):
                found.append(request)
        return found

    def clear(self) -> None:
        """Forget half a request: the line was quiet, or the reader began anew."""
        self._buffer.clear()

    def _next(self) -> Request | bool | None:
        """A request, True where bytes were skipped, None where more are due."""
        start = self._buffer.find(HEAD)
        if start < 0:
            self._buffer.clear()
            return None
        del self._buffer[:start]
        if len(self._buffer) < 2:
            return None
        size = self._buffer[1] + 2
        if self._buffer[1] < _SHORTEST:
            del self._buffer[:1]
            return True
        if len(self._buffer) < size:
            return None
        whole = bytes(self._buffer[:size])
        if sum(whole) & 0xFF:
            del self._buffer[:1]
            return True
        del self._buffer[:size]
        return Request(whole[2], whole[3], whole[4:-1])
