"""Frames that a host sends to a ThingMagic module, as values and as bytes. Sends nothing.

Also the check that all frames carry. It is no CRC-16/CCITT-FALSE, though it has its
polynomial and start: each nibble of the message is shifted into the register from below and
not held against its top, so that the last two bytes have not been divided yet. That equals
a plain CRC over all but the last two bytes, begun with the CRC of two zero bytes, and the
last two XORed to it.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.thingmagic_table import GEN2, Op

__all__ = [
    "BEGUN",
    "HEAD",
    "Request",
    "boot_firmware",
    "get_current_program",
    "get_version",
    "message_crc",
    "set_antennas",
    "set_baud_rate",
    "set_gen2",
    "set_read_filter",
    "set_read_power",
    "set_region",
    "start_reading",
    "stop_reading",
]

HEAD = 0xFF
BEGUN = crc_hqx(b"\0\0", 0xFFFF)
"""The register when the first two bytes have been shifted in."""
_READ_FILTER = 0x0C
_START = bytes.fromhex("000001220000050722 10001B03E801FF")
"""Without end, read multiple (22), Gen2 (05): 7 bytes of subcommand: 22, option 10, search
flags 001B, 1000 ms, metadata 01FF. As the maker's Universal Reader Assistant sends it."""
_STOP = bytes.fromhex("000002")


def message_crc(content: bytes) -> int:
    """The check over `content`, two bytes at least: from the length to the last data byte."""
    return crc_hqx(content[:-2], BEGUN) ^ int.from_bytes(content[-2:], "big")


@dataclass(frozen=True, slots=True)
class Request:
    """A command."""

    op: Op
    data: bytes = b""

    def to_bytes(self) -> bytes:
        """The frame on the wire. Raises CodecError for data that is too long."""
        if len(self.data) > 0xFF:
            raise CodecError(f"thingmagic: {len(self.data)} bytes of data seen; 255 are due")
        body = bytes([len(self.data), self.op]) + self.data
        return bytes([HEAD]) + body + message_crc(body).to_bytes(2, "big")


def get_version() -> Request:
    """Ask for hardware and firmware (03); the bootloader answers it too."""
    return Request(Op.VERSION)


def get_current_program() -> Request:
    """Ask what is running (0C): the bootloader, or the firmware."""
    return Request(Op.GET_CURRENT_PROGRAM)


def boot_firmware() -> Request:
    """Leave the bootloader (04); takes up to a second."""
    return Request(Op.BOOT_FIRMWARE)


def set_baud_rate(baud: int) -> Request:
    """Change the speed of the line (06); answered at the old one. Lost with the power."""
    return Request(Op.SET_BAUD_RATE, baud.to_bytes(4, "big"))


def set_region(code: int) -> Request:
    """Choose the radio region (97) by its code; a Nano has none after power-up."""
    return Request(Op.SET_REGION, bytes([code]))


def set_gen2() -> Request:
    """Choose the tag protocol of EPC tags (93)."""
    return Request(Op.SET_TAG_PROTOCOL, GEN2.to_bytes(2, "big"))


def set_antennas(antennas: Sequence[int]) -> Request:
    """Search through these antennas (91), each transmitting and receiving; 1 is the first."""
    if not antennas or not all(1 <= antenna <= 16 for antenna in antennas):
        raise CodecError(f"thingmagic: antennas {list(antennas)} seen; 1 to 16 are due")
    pairs = b"".join(bytes([antenna, antenna]) for antenna in antennas)
    return Request(Op.SET_ANTENNA_PORT, b"\x02" + pairs)


def set_read_power(dbm: int) -> Request:
    """Set the power for reading (92) in whole dBm, 0 to 33."""
    if not 0 <= dbm <= 33:
        raise CodecError(f"thingmagic: {dbm} dBm seen; 0 to 33 are due")
    return Request(Op.SET_READ_TX_POWER, (dbm * 100).to_bytes(2, "big"))


def set_read_filter(*, on: bool) -> Request:
    """Whether a tag that was told is kept back afterwards (9A 0C)."""
    return Request(Op.SET_READER_OPTIONAL_PARAMS, bytes([0x01, _READ_FILTER, on]))


def start_reading() -> Request:
    """Stream tags until stopped (2F, option 1)."""
    return Request(Op.MULTI_PROTOCOL_TAG_OP, _START)


def stop_reading() -> Request:
    """End the stream (2F, option 2); what was read comes first, for up to a second."""
    return Request(Op.MULTI_PROTOCOL_TAG_OP, _STOP)
