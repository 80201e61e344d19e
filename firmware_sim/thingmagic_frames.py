"""The words of a ThingMagic module: frames out, commands in.

Module `FF length op status(2) data crc(2)`, host `FF length op data crc(2)`, after the
transport logs of the SparkFun library ("Example Communication Logs"). The CRC is the one of
its calculateCRC: a table of sixteen, each nibble of the message shifted in from below.
This module knows no port and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from firmware_sim.gen2 import tag_crc

__all__ = ["Op", "Parser", "Request", "Status", "TagRead", "answer", "crc", "tag"]

HEAD = 0xFF
_LONGEST_BUFFER = 1024
_NIBBLES = [
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
]  # fmt: skip


class Op(IntEnum):
    """Opcodes that this simulator answers."""

    VERSION = 0x03
    BOOT_FIRMWARE = 0x04
    SET_BAUD = 0x06
    GET_PROGRAM = 0x0C
    READ_MULTIPLE = 0x22
    TAG_OP = 0x2F
    GET_REGION = 0x67
    SET_ANTENNAS = 0x91
    SET_READ_POWER = 0x92
    SET_PROTOCOL = 0x93
    SET_REGION = 0x97
    SET_OPTION = 0x9A
    SET_PROTOCOL_PARAM = 0x9B


class Status(IntEnum):
    """Status words (tmr_status.h)."""

    OK = 0x0000
    WRONG_DATA = 0x0100
    UNKNOWN_OP = 0x0101
    BAD_REGION = 0x010B
    NO_TAGS = 0x0400
    RADIO_OFF = 0x0405
    NO_ANTENNA = 0x0503
    TOO_HOT = 0x0504
    RETURN_LOSS = 0x0505


@dataclass(frozen=True, slots=True)
class Request:
    """One command whose CRC fits."""

    op: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TagRead:
    """What a module tells of one read."""

    epc: bytes
    rssi_dbm: int
    antenna: int = 1
    """From 1 to 16."""
    freq_khz: int = 923_200
    since_keep_alive_ms: int = 0
    phase: int = 0
    gpio: int = 0x0F


def crc(content: bytes) -> int:
    """The check over length, opcode, status and data."""
    register = 0xFFFF
    for byte in content:
        for nibble in (byte >> 4, byte & 0x0F):
            register = (register << 4 & 0xFFFF | nibble) ^ _NIBBLES[register >> 12]
    return register


def answer(op: int, status: int = Status.OK, data: bytes = b"") -> bytes:
    """What the module says to a command, or by itself while it streams (op 22)."""
    content = bytes([len(data), op, status >> 8, status & 0xFF]) + data
    return bytes([HEAD]) + content + crc(content).to_bytes(2, "big")


def tag(read: TagRead) -> bytes:
    """The frame of one read, with all metadata (01FF) and a plain PC."""
    told = (len(read.epc) // 2 << 11).to_bytes(2, "big") + read.epc
    told += tag_crc(told).to_bytes(2, "big")
    port = read.antenna & 0x0F  # sixteen is told as nought
    data = b"".join(
        (
            bytes.fromhex("10 001B 01FF 01"),  # option, search flags, metadata, one tag
            bytes([1, read.rssi_dbm & 0xFF, port << 4 | port]),
            read.freq_khz.to_bytes(3, "big"),
            read.since_keep_alive_ms.to_bytes(4, "big"),
            read.phase.to_bytes(2, "big"),
            bytes([0x05, 0, 0, read.gpio]),  # Gen2, no embedded data
            (8 * len(told)).to_bytes(2, "big"),
            told,
        )
    )
    return answer(Op.READ_MULTIPLE, Status.OK, data)


class Parser:
    """Bytes of the host into requests. A wrong CRC is dropped without a word."""

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
            if len(self._buffer) < 2 or len(self._buffer) < self._buffer[1] + 5:
                break
            size = self._buffer[1] + 5
            whole = bytes(self._buffer[:size])
            if crc(whole[1:-2]) == int.from_bytes(whole[-2:], "big"):
                found.append(Request(whole[2], whole[3:-2]))
                del self._buffer[:size]
            else:
                del self._buffer[:1]
        return found
