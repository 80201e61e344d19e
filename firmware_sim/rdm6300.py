"""An RDM6300: 125 kHz, ASCII frames pushed while a tag lies in the field. It never listens.

Frame: 02, ten upper-case hex digits, two hex digits of checksum (XOR of the five bytes), 03;
14 bytes at 9600 8N1 (Seeed wiki, 125Khz_RFID_module-UART; RDM630-Spec.pdf). While a tag is
held the frame repeats about every 65 ms and its going is silence (arduino12/rdm6300).

Two tags in one field answer at the same time and spoil each other. What comes out differs
from pair to pair, and stays so while both are there: mostly nothing, sometimes characters
with a wrong checksum, sometimes now one, now the other.

What it does not imitate: the clones with one raw checksum byte or a sum, the Wiegand
output of other boards, the LED pin, and the drift of the repeat interval with temperature.
"""

from __future__ import annotations

from functools import reduce

from firmware_sim.device import Device
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND, Timer

__all__ = ["REPEAT_S", "Rdm6300", "frame"]

STX, ETX = b"\x02", b"\x03"
REPEAT_S = 0.065
"""From one frame's start to the next, in seconds."""
_DECODE_S = (0.02, 0.06)
"""How long the reader listens to a new tag before its first frame: 64 bits at 2 kbit/s is
32 ms, more where it begins in the middle."""
_COLLISIONS = ("nothing", "nothing", "nothing", "garbage", "alternating")


def frame(number: bytes) -> bytes:
    """The 14 bytes that announce the tag with this five-byte `number`."""
    checksum = reduce(lambda left, right: left ^ right, number)
    return STX + (number + bytes([checksum])).hex().upper().encode("ascii") + ETX


class Rdm6300(Device):
    """One RDM6300 on its line."""

    schemes = ("em4100",)
    default_baud = 9600
    gone_s = 0.35
    frames_needed = 2

    _next: Timer | None = None
    _pair: frozenset[int] = frozenset()
    _collision = "nothing"

    def on_enter(self) -> None:
        """Begin to push, unless frames are already running."""
        if self._next is None and self.field.tags:
            self._next = self.loop.after(self.rng.uniform(*_DECODE_S), self._push)

    def on_ghost(self) -> None:
        """One frame with a valid checksum and no tag behind it."""
        if not self.silent and self.wire.plugged:
            number = self.faults.ghost()
            self.send_frame(frame(bytes.fromhex(number)), credential=f"em4100:{number}", ghost=True)

    def _push(self) -> None:
        due = self._next.when_ns if self._next else self.loop.now()
        self._next = None
        if not self.field.tags:
            return
        if not self.silent and self.wire.plugged:
            self._send(self.field.tags)
        self._next = self.loop.at(max(due + round(REPEAT_S * SECOND), self.loop.now()), self._push)

    def _send(self, tags: list[Tag]) -> None:
        if len(tags) > 1:
            self._collide(tags)
        elif self.rng.random() >= tags[0].flicker:
            self._announce(tags[0])

    def _announce(self, tag: Tag) -> None:
        self.send_frame(frame(credential_bytes(tag.credential)), credential=tag.credential)

    def _collide(self, tags: list[Tag]) -> None:
        pair = frozenset(id(tag) for tag in tags)
        if pair != self._pair:
            self._pair, self._collision = pair, self.rng.choice(_COLLISIONS)
        if self._collision == "garbage":
            mixed = bytes(
                left | right
                for left, right in zip(
                    credential_bytes(tags[0].credential),
                    credential_bytes(tags[1].credential),
                    strict=True,
                )
            )
            spoiled = bytearray(frame(mixed))
            spoiled[-2] = ord("0") if spoiled[-2] != ord("0") else ord("1")
            self.send_frame(bytes(spoiled))
        elif self._collision == "alternating":
            self._announce(self.rng.choice(tags))
