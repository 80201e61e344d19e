"""What an EPC Gen2 tag sends, whichever reader passes it on."""

from __future__ import annotations

__all__ = ["tag_crc"]


def tag_crc(content: bytes) -> int:
    """CRC-16 of EPC Gen2 over PC and EPC, bit by bit: 1021, begun with ones, inverted."""
    register = 0xFFFF
    for byte in content:
        for bit in range(7, -1, -1):
            carry = (register >> 15) ^ (byte >> bit & 1)
            register = (register << 1 & 0xFFFF) ^ (0x1021 if carry else 0)
    return register ^ 0xFFFF
