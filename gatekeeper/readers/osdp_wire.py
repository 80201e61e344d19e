"""OSDP on the wire, as far as a bus must understand it: whole replies, and whose they are.

Frame: [FF] 53, address (bit 7: a reply), length of the whole frame without the mark (2,
little-endian), control (bits 0-1 sequence, 2 CRC, 3 security block), [security block], code,
data, CRC16 (polynomial 1021, start 1D0F, little-endian) or a one-byte sum that makes zero.
Source: SIA OSDP 2.1.7, frames published with libosdp and OSDP.Net (tests/vectors/osdp.json).

Nothing here encrypts, checks a MAC or keeps a session: libosdp does, see osdp_panel.py. This
is the bus' own ear. It exists because libosdp 3.2.9 takes a reader off line for 300 s at the
first reply that a disturbance has damaged, and hears silence only after 8 s.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from enum import IntEnum

from gatekeeper.readers.codecs.frames import Garbage, GarbageReason

__all__ = ["Command", "Ear", "Heard", "Reply", "parse", "uses_default_key"]

MARK, START = 0xFF, 0x53
_HEADER = 5
_SHORTEST, _LONGEST = 7, 512
_SEQUENCE, _CRC, _SECURITY = 0x03, 0x04, 0x08
_CRC_START = 0x1D0F


class Command(IntEnum):
    """Codes of commands that the bus must tell apart."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    CHLNG = 0x76
    SCRYPT = 0x77


class Reply(IntEnum):
    """Codes of replies that the bus must tell apart."""

    ACK = 0x40
    NAK = 0x41
    BUSY = 0x79


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole frame with a right check value."""

    address: int
    is_reply: bool
    sequence: int
    code: int
    content: bytes
    """What follows the code: data, and under a secure channel their MAC."""
    security: bytes
    """The security block without its length; empty where there is none."""
    raw: bytes


def uses_default_key(command: Heard) -> bool:
    """Whether a challenge (CHLNG) is made with SCBK-D, the key that everybody knows."""
    return command.code == Command.CHLNG and command.security[1:] == b"\x00"


def parse(raw: bytes) -> Heard | GarbageReason:
    """The frame in `raw`, which may begin with its mark; else why it is none."""
    frame = raw[1:] if raw[:1] == bytes([MARK]) else raw
    if len(frame) < _SHORTEST or frame[0] != START:
        return GarbageReason.FRAMING
    if len(frame) != int.from_bytes(frame[2:4], "little"):
        return GarbageReason.LENGTH
    control = frame[4]
    check = 2 if control & _CRC else 1
    if check == 2:
        good = binascii.crc_hqx(frame[:-2], _CRC_START) == int.from_bytes(frame[-2:], "little")
    else:
        good = sum(frame) & 0xFF == 0
    if not good:
        return GarbageReason.CHECKSUM
    block = frame[_HEADER] if control & _SECURITY else 0
    code_at = _HEADER + block
    if code_at >= len(frame) - check or (control & _SECURITY and block < 2):
        return GarbageReason.LENGTH
    return Heard(
        address=frame[1] & 0x7F,
        is_reply=bool(frame[1] & 0x80),
        sequence=control & _SEQUENCE,
        code=frame[code_at],
        content=frame[code_at + 1 : len(frame) - check],
        security=frame[_HEADER + 1 : code_at],
        raw=frame,
    )


class Ear:
    """Bytes of a bus in, whole frames and garbage out. Never raises; keeps 512 bytes at most."""

    def __init__(self) -> None:
        self._kept = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._kept)

    def feed(self, data: bytes) -> list[Heard | Garbage]:
        """Everything that is certain with `data`."""
        self._kept += data
        found: list[Heard | Garbage] = []
        while self._kept and self._step(found, at_end=False):
            pass
        return found

    def idle(self) -> list[Heard | Garbage]:
        """The line has fallen silent: a start without its end was none."""
        found: list[Heard | Garbage] = []
        while self._kept:
            self._step(found, at_end=True)
        return found

    def _step(self, found: list[Heard | Garbage], *, at_end: bool) -> bool:
        """Take one frame or piece of noise from the front; False: more bytes are needed."""
        kept = self._kept
        start = kept.find(START)
        if start:
            # Marks between frames are no noise.
            noise = bytes(kept[:start] if start > 0 else kept)
            del kept[: len(noise)]
            if noise.strip(bytes([MARK])):
                found.append(Garbage(GarbageReason.FRAMING, noise))
            return True
        length = int.from_bytes(kept[2:4], "little") if len(kept) >= 4 else 0
        if len(kept) >= 4 and not _SHORTEST <= length <= _LONGEST:
            self._drop_start(found, GarbageReason.LENGTH)
            return True
        if len(kept) < 4 or len(kept) < length:
            if at_end:
                self._drop_start(found, GarbageReason.LENGTH)
            return at_end
        frame = parse(bytes(kept[:length]))
        if isinstance(frame, Heard):
            del kept[:length]
            found.append(frame)
        else:
            self._drop_start(found, frame)
        return True

    def _drop_start(self, found: list[Heard | Garbage], reason: GarbageReason) -> None:
        """A false start: up to the next one it is garbage, what follows is looked at again."""
        after = self._kept.find(START, 1)
        size = after if after > 0 else len(self._kept)
        found.append(Garbage(reason, bytes(self._kept[:size])))
        del self._kept[:size]
