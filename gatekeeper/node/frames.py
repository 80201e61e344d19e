"""Checksummed frames of a file that is only ever appended to.

A frame is its payload's length and CRC-32 (two 32-bit big-endian numbers), then the payload.
What a crash or a failing disk left of a frame is told from a whole one by its checksum; this
module reads and writes frames and knows nothing of what is in them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["HEAD", "LARGEST", "frame", "read_frames"]

HEAD = struct.Struct(">II")
LARGEST = 64 << 20
"""Bytes of the largest payload; a longer length is damage."""


def frame(payload: bytes) -> bytes:
    """`payload` as a frame."""
    return HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def read_frames(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    """The whole frames of `file` from byte `offset`, each as (offset behind it, payload).

    Ends at the first frame that is cut short or damaged: what follows cannot be trusted.
    """
    file.seek(offset)
    while len(head := file.read(HEAD.size)) == HEAD.size:
        length, checksum = HEAD.unpack(head)
        if length > LARGEST:
            return
        payload = file.read(length)
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        offset += HEAD.size + length
        yield offset, payload
