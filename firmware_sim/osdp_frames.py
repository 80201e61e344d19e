"""OSDP frames as far as the simulated reader makes or damages them itself (SIA OSDP 2.1.7, 5.9).

The rest of its frames come from libosdp.
"""

from __future__ import annotations

import binascii
import random

__all__ = [
    "bad_mac",
    "commands_in",
    "foreign_address",
    "frame",
    "garbage_reply",
    "is_intact",
    "with_crc",
    "without_secure_channel",
]

_KEPT_MAX = 2048


def frame(address: int, control: int, *content: int) -> bytes:
    """A reply without a security block: 53, address, length, control, content, CRC16."""
    body = bytes([0x53, address | 0x80, len(content) + 7, 0, control | 0x04, *content])
    return with_crc(body)


def with_crc(body: bytes) -> bytes:
    """`body` with its CRC16 (polynomial 1021, start 1D0F, little-endian)."""
    return body + binascii.crc_hqx(body, 0x1D0F).to_bytes(2, "little")


def garbage_reply(reply: bytes, rng: random.Random) -> bytes:
    """Noise where a reply was due."""
    return rng.randbytes(len(reply))


def foreign_address(reply: bytes, _rng: random.Random) -> bytes:
    """The reply of a reader that has been set to a neighbour's address."""
    return with_crc(reply[:1] + bytes([0x80 | ((reply[1] & 0x7F) + 1) % 127]) + reply[2:-2])


def bad_mac(reply: bytes, _rng: random.Random) -> bytes:
    """A reply that somebody without the key has touched: its CRC fits, its MAC does not."""
    # The last four bytes before the CRC are the MAC, or data where there is none.
    return with_crc(reply[:-3] + bytes([reply[-3] ^ 0xFF]))


def without_secure_channel(reply: bytes) -> bytes:
    """`reply`; if it lists capabilities (46), it denies that of communication security (9)."""
    if len(reply) < 9 or reply[4] & 0x08 or reply[5] != 0x46:
        return reply
    listed = [reply[at : at + 3] for at in range(6, len(reply) - 4, 3)]
    denied = b"".join(b"\x09\x00\x00" if entry[:1] == b"\x09" else entry for entry in listed)
    return with_crc(reply[:6] + denied)


def is_intact(command: bytes) -> bool:
    """Whether a command carries a CRC, and the right one."""
    return bool(command[4] & 0x04) and with_crc(command[:-2]) == command


def commands_in(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole commands in `data`, without their mark, and what may be the start of another."""
    found: list[bytes] = []
    data = data[-_KEPT_MAX:]
    while (start := data.find(b"\x53")) >= 0:
        data = data[start:]
        if len(data) < 4:
            return found, data
        size = int.from_bytes(data[2:4], "little")
        if not 7 <= size <= 1440:
            data = data[1:]
        elif len(data) < size:
            return found, data
        else:
            found.append(data[:size])
            data = data[size:]
    return found, b""
