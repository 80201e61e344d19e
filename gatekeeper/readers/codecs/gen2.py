"""What every reader of EPC Gen2 tags passes on as the tag sent it."""

from __future__ import annotations

from binascii import crc_hqx

__all__ = ["tag_crc"]


def tag_crc(content: bytes) -> int:
    """The CRC that a tag sends after `content`, its PC and EPC (EPC Gen2 Annex F; GENIBUS)."""
    return crc_hqx(content, 0xFFFF) ^ 0xFFFF
