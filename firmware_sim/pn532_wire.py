"""The words of a PN532 on its serial line: frames out, the host's frames in.

`00 00 FF LEN LCS TFI data DCS 00`; LEN + LCS and TFI + … + DCS are 0 modulo 256. TFI is D4 from
the host, D5 from the chip. ACK `00 00 FF 00 FF 00`, NACK `00 00 FF FF 00 00`; content of more
than 255 bytes follows `00 00 FF FF FF LENhi LENlo LCS` (NXP UM0701-02, 6.2.1). This module
knows no port and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACK", "NACK", "SYNTAX_ERROR", "Heard", "Parser", "frame", "target"]

ACK = bytes((0, 0, 0xFF, 0x00, 0xFF, 0))
NACK = bytes((0, 0, 0xFF, 0xFF, 0x00, 0))
SYNTAX_ERROR = bytes((0, 0, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0))
_HOST, _CHIP = 0xD4, 0xD5
_LONGEST_BUFFER = 1024


def frame(code: int, data: bytes = b"") -> bytes:
    """What the chip answers: `code` is the command's byte + 1."""
    content = bytes((_CHIP, code)) + data
    count = len(content)
    if count < 0x100:
        head = bytes((count, (0x100 - count) % 0x100))
    else:
        high, low = divmod(count, 0x100)
        head = bytes((0xFF, 0xFF, high, low, (0x200 - high - low) % 0x100))
    check = (0x100 - sum(content) % 0x100) % 0x100
    return b"\x00\x00\xff" + head + content + bytes((check, 0))


def target(number: int, uid: bytes, sens_res: bytes, sel_res: int, ats: bytes = b"") -> bytes:
    """One card in the answer to InListPassiveTarget at 106 kbit/s type A (7.3.5)."""
    return bytes((number,)) + sens_res + bytes((sel_res, len(uid))) + uid + ats


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame of the host. `command` is None for ACK and NACK."""

    command: int | None
    data: bytes = b""
    nack: bool = False


class Parser:
    """Finds the host's frames; what is none is passed over without a word."""

    def __init__(self) -> None:
        self._buffer = b""

    def clear(self) -> None:
        """Forget what has come of an unfinished frame."""
        self._buffer = b""

    def feed(self, data: bytes) -> list[Heard]:
        """The frames that `data` completes."""
        self._buffer = (self._buffer + data)[-_LONGEST_BUFFER:]
        found: list[Heard] = []
        while (at := self._buffer.find(b"\x00\xff")) >= 0:
            rest = self._buffer[at + 2 :]
            if len(rest) < 2:
                break
            used = self._one(rest, found)
            if used is None:
                break
            self._buffer = rest[used:]
        return found

    def _one(self, rest: bytes, found: list[Heard]) -> int | None:
        """Bytes used of `rest`, which follows a start code; None: more are needed."""
        if rest[:2] in (b"\x00\xff", b"\xff\x00"):
            found.append(Heard(None, nack=rest[:1] == b"\xff"))
            return 2
        begin, count, check = 2, rest[0], rest[0] + rest[1]
        if rest[:2] == b"\xff\xff":
            if len(rest) < 5:
                return None
            begin, count, check = 5, rest[2] * 0x100 + rest[3], sum(rest[2:5])
        if check % 0x100 or count < 2:
            return 1
        if len(rest) <= begin + count:
            return None
        content = rest[begin : begin + count]
        if (sum(content) + rest[begin + count]) % 0x100 or content[0] != _HOST:
            return 1
        found.append(Heard(content[1], content[2:]))
        return begin + count + 1
