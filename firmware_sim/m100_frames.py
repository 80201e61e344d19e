"""The words of an M100 module: frames out, commands in.

`BB type command length(2) parameters check 7E`; check is the low byte of the sum of type to
parameters (MagicRF M100 & QM100 firmware manual). Nothing is stuffed. This module knows no
port and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from firmware_sim.gen2 import tag_crc

__all__ = ["Command", "Error", "Parser", "Request", "answer", "error", "notice"]

HEAD, TAIL = 0xBB, 0x7E
_COMMAND, _ANSWER, _NOTICE = 0x00, 0x01, 0x02
_LONGEST_BUFFER = 1024


class Command(IntEnum):
    """Commands that this simulator answers."""

    MODULE_INFO = 0x03
    SET_REGION = 0x07
    GET_REGION = 0x08
    SET_QUERY = 0x0E
    SET_BAUD = 0x11
    SET_SELECT_MODE = 0x12
    SINGLE_POLL = 0x22
    MULTI_POLL = 0x27
    STOP = 0x28
    SET_CHANNEL = 0xAB
    SET_HOPPING = 0xAD
    SET_POWER = 0xB6
    GET_POWER = 0xB7


class Error(IntEnum):
    """What an answer to nothing in particular says (command byte FF)."""

    NO_TAG = 0x15
    COMMAND_ERROR = 0x17
    FHSS_FAIL = 0x20


@dataclass(frozen=True, slots=True)
class Request:
    """One command; `good` tells whether its sum fitted."""

    command: int
    params: bytes
    good: bool = True


def _frame(kind: int, command: int, params: bytes) -> bytes:
    content = bytes([kind, command, len(params) >> 8, len(params) & 0xFF]) + params
    return bytes([HEAD]) + content + bytes([sum(content) % 0x100, TAIL])


def answer(command: int, params: bytes) -> bytes:
    """The answer to `command`."""
    return _frame(_ANSWER, command, params)


def error(code: int) -> bytes:
    """An error, or that a round found no tag."""
    return _frame(_ANSWER, 0xFF, bytes([code]))


def notice(epc: bytes, rssi_dbm: int, *, pc_low: int = 0, command: int = 0x22) -> bytes:
    """What a round says of one tag: RSSI as a signed byte, PC, EPC in whole words, CRC.

    `pc_low`: the lower eleven bits of PC (0x400 where the tag has user memory).
    """
    told = (len(epc) // 2 << 11 | pc_low).to_bytes(2, "big") + epc
    params = bytes([rssi_dbm & 0xFF]) + told + tag_crc(told).to_bytes(2, "big")
    return _frame(_NOTICE, command, params)


class Parser:
    """Bytes of the host into requests, by their length, as nothing else ends them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def clear(self) -> None:
        """Forget half a request."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[Request]:
        """Every whole request that `data` completes."""
        self._buffer += data
        del self._buffer[:-_LONGEST_BUFFER]
        found = []
        while (start := self._buffer.find(HEAD)) >= 0:
            del self._buffer[:start]
            if len(self._buffer) < 5:
                break
            size = int.from_bytes(self._buffer[3:5], "big") + 7
            if self._buffer[1] != _COMMAND or size > 64:
                del self._buffer[:1]
                continue
            if len(self._buffer) < size:
                break
            whole = bytes(self._buffer[:size])
            if whole[-1] != TAIL:
                del self._buffer[:1]
                continue
            del self._buffer[:size]
            good = sum(whole[1:-2]) % 0x100 == whole[-2]
            found.append(Request(whole[2], whole[5:-2], good))
        return found
