"""An ID-12LA: 125 kHz, one ASCII frame when a tag enters the field. It never listens.

Frame: 02, ten upper-case hex digits, two digits of checksum (XOR of the five bytes), 0D 0A,
03; 16 bytes at 9600 8N1 (ID-12LA data sheet, output format ASCII). The frame is not repeated
while the tag is held; its going shows on a pin that the serial line does not carry. Two tags
in the field spoil each other: nothing is read until one is alone.

What it does not imitate: the formats that the other levels of the FORM pin choose (Wiegand
and magnet emulation) beyond the noise they make on a serial line, the beeper, the
Tag-in-Range pin.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import reduce
from typing import ClassVar

from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.tap import TapDevice

__all__ = ["Id12la", "frame"]

STX, TAIL, ETX = b"\x02", b"\r\n", b"\x03"
_EDGE_S = 0.12
"""From one entry to the next of a tag that sways at the edge of the field."""


def frame(number: bytes) -> bytes:
    """The 16 bytes that announce the tag with this five-byte `number`."""
    checksum = reduce(lambda left, right: left ^ right, number)
    digits = (number + bytes([checksum])).hex().upper().encode("ascii")
    return STX + digits + TAIL + ETX


def _no_etx(whole: bytes, _rng: random.Random) -> bytes:
    return whole[:-1]


def _stray_etx(whole: bytes, _rng: random.Random) -> bytes:
    return ETX + whole


def _bare_feed(whole: bytes, _rng: random.Random) -> bytes:
    return whole.replace(b"\r\n", b"\n")


class Id12la(TapDevice):
    """One ID-12LA on its line."""

    schemes = ("em4100",)
    default_baud = 9600
    gone_s = 1.0
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "id12la.no_etx": _no_etx,
        "id12la.stray_etx": _stray_etx,
        "id12la.bare_feed": _bare_feed,
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("id12la.edge", 0.3, 0.8),
            EpisodeFault("id12la.form_pin", 0.5, 1.5),
        )
    }

    def frame_of(self, credential: str) -> bytes:
        """The frame of a tag."""
        return frame(credential_bytes(credential))

    def spoiled(self, tag: Tag) -> bool:
        """Two tags answer at once, and neither is understood."""
        return len(self.field.tags) > 1

    def on_ghost(self) -> None:
        """One frame with a valid checksum and no tag behind it."""
        if not self.silent and self.wire.plugged:
            number = self.faults.ghost()
            self.send_frame(frame(bytes.fromhex(number)), credential=f"em4100:{number}", ghost=True)

    def on_episode(self, name: str, seconds: float) -> None:
        """A swaying tag, or a module whose output format is another for a while."""
        if not self.wire.plugged or self.silent:
            return
        for number in range(1, round(seconds / _EDGE_S) + 1):
            act = self._enter_again if name == "id12la.edge" else self._foreign
            self.loop.after(number * _EDGE_S, act)

    def _enter_again(self) -> None:
        if len(self.field.tags) == 1 and self.wire.plugged:
            self.announce(self.field.tags[0])

    def _foreign(self) -> None:
        if self.wire.plugged:
            self.wire.send(self.rng.randbytes(self.rng.randint(4, 12)))
