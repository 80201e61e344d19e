"""A Parallax 28140 / 28340: 125 kHz, ten digits and no checksum, pushed while a tag is held.

Frame: 0A, ten upper-case hex digits, 0D; 12 bytes at 2400 8N1, which takes 50 ms (Parallax
documentation v2.1, page 2). How long the pause between two frames is, the document does not
say; here a frame begins every 100 ms. Two tags in the field spoil each other: nothing.

The reader works only while it is enabled. A pty has no DTR, so it always is, except in the
fault that takes the enable line away.

What it does not imitate: the LED, and the time that the antenna takes to settle.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.device import Device
from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import credential_bytes
from firmware_sim.loop import SECOND, Timer

__all__ = ["REPEAT_S", "Parallax", "frame"]

START, END = b"\n", b"\r"
REPEAT_S = 0.1
_DECODE_S = (0.03, 0.07)
_HEX = b"0123456789ABCDEF"


def frame(number: bytes) -> bytes:
    """The 12 bytes that announce the tag with this five-byte `number`."""
    return START + number.hex().upper().encode("ascii") + END


def _digit(whole: bytes, rng: random.Random) -> bytes:
    """One digit is another: nothing on this wire tells."""
    at = rng.randrange(1, 11)
    other = rng.choice([digit for digit in _HEX if digit != whole[at]])
    return whole[:at] + bytes([other]) + whole[at + 1 :]


def _no_end(whole: bytes, _rng: random.Random) -> bytes:
    return whole[:-1]


class Parallax(Device):
    """One Parallax reader on its line."""

    schemes = ("em4100",)
    default_baud = 2400
    gone_s = 0.6
    frames_needed = 2
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "parallax.digit": _digit,
        "parallax.no_end": _no_end,
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("parallax.disabled", 1.0, 3.0),
            EpisodeFault("parallax.wrong_once", 0.0, 0.0),
        )
    }

    _next: Timer | None = None

    def on_enter(self) -> None:
        """Begin to push, unless frames are already running."""
        if self._next is None and self.field.tags:
            self._next = self.loop.after(self.rng.uniform(*_DECODE_S), self._push)

    def on_ghost(self) -> None:
        """One frame of a tag that is not there."""
        if not self.silent and self.wire.plugged:
            number = self.faults.ghost()
            self.send_frame(frame(bytes.fromhex(number)), credential=f"em4100:{number}", ghost=True)

    def on_episode(self, name: str, seconds: float) -> None:
        """The enable line is lost for a while, or one frame of pure chance is sent."""
        if name == "parallax.disabled":
            self.silence(seconds)
        elif self.wire.plugged and not self.silent:
            number = self.rng.randbytes(5)
            self.send_frame(frame(number), credential=f"em4100:{number.hex().upper()}", ghost=True)

    def _push(self) -> None:
        due = self._next.when_ns if self._next else self.loop.now()
        self._next = None
        if not self.field.tags:
            return
        alone = self.field.tags[0] if len(self.field.tags) == 1 else None
        if alone and not self.silent and self.wire.plugged and self.rng.random() >= alone.flicker:
            number = credential_bytes(alone.credential)
            self.send_frame(frame(number), credential=alone.credential)
        self._next = self.loop.at(max(due + round(REPEAT_S * SECOND), self.loop.now()), self._push)
