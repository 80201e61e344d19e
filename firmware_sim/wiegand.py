"""A Wiegand reader behind a serial converter: one number a tap, by default 26 bits in binary.

The reader turns facility and card into bits with an even parity bit before and an odd one
behind (H10301: 8 + 16 bits), the converter makes bytes of them: `binary` right-aligned in
whole bytes, `decimal` as FFFCCCCC and CR LF, `hex` as eight digits and CR LF. There is no
published capture of a converter; these forms are as makers describe them. 9600 8N1.

What it does not imitate: the other formats (H10306, H10302, H10304, a raw UID), STX frames,
the pulses themselves, LED and buzzer lines. Two tags at once: the first one alone is read.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import ClassVar

from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.tap import TapDevice

__all__ = ["Wiegand", "bits_of", "frame"]

BITS = 26


def bits_of(credential: str) -> int:
    """The 26 bits of `w26:F:C`: parity over the first and the last twelve data bits."""
    facility, card = (int(part) for part in credential_bytes(credential).decode().split(":"))
    data = f"{facility:08b}{card:016b}"
    even = data[:12].count("1") % 2
    odd = 1 - data[12:].count("1") % 2
    return int(f"{even}{data}{odd}", 2)


def frame(bits: int, form: str) -> bytes:
    """What a converter of this form makes of 26 bits."""
    if form == "decimal":
        return f"{bits >> 17 & 0xFF:03d}{bits >> 1 & 0xFFFF:05d}\r\n".encode()
    if form == "hex":
        return f"{bits:08X}\r\n".encode()
    return bits.to_bytes(4, "big")


def _on_bits(change: FrameFault) -> FrameFault:
    """A fault on the two data wires, before the converter: of binary frames only."""

    def fault(whole: bytes, rng: random.Random) -> bytes:
        return change(whole, rng) if len(whole) == 4 else whole

    return fault


def _one_bit(whole: bytes, rng: random.Random) -> bytes:
    bits = int.from_bytes(whole, "big") ^ 1 << rng.randrange(BITS)
    return bits.to_bytes(4, "big")


def _two_bits(whole: bytes, rng: random.Random) -> bytes:
    """Two of the same half: parity fits, and it is another card."""
    low, high = rng.sample(range(1, 13), 2)
    return (int.from_bytes(whole, "big") ^ 1 << low ^ 1 << high).to_bytes(4, "big")


def _lost_pulse(whole: bytes, rng: random.Random) -> bytes:
    """25 bits arrive: those behind the gap move up."""
    bits, at = int.from_bytes(whole, "big"), rng.randrange(BITS)
    low = bits & ((1 << at) - 1)
    return ((bits >> (at + 1)) << at | low).to_bytes(4, "big")


class Wiegand(TapDevice):
    """One reader and its converter on a line."""

    schemes = ("w26",)
    default_baud = 9600
    gone_s = 1.0
    option_names = frozenset({"form"})
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "wiegand.one_bit": _on_bits(_one_bit),
        "wiegand.two_bits": _on_bits(_two_bits),
        "wiegand.lost_pulse": _on_bits(_lost_pulse),
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("wiegand.crosstalk", 0.5, 1.5),
            EpisodeFault("wiegand.twice", 0.1, 0.3),
        )
    }

    def frame_of(self, credential: str) -> bytes:
        """The number of a tag in the form of this converter."""
        form = self.options.get("form", "binary")
        if form not in ("binary", "decimal", "hex"):
            raise ValueError(f"{self.reader}: form {form!r} seen; binary, decimal or hex is due")
        return frame(bits_of(credential), form)

    def spoiled(self, tag: Tag) -> bool:
        """Who came first is read; the other waits until that one has gone."""
        return self.field.tags[0] is not tag

    def on_episode(self, name: str, seconds: float) -> None:
        """A neighbouring wire induces pulses, or a tap is told twice."""
        if not self.wire.plugged or self.silent:
            return
        if name == "wiegand.twice":
            self.loop.after(seconds, self._again)
            return
        for number in range(1, round(seconds / 0.3) + 1):
            self.loop.after(number * 0.3, self._pulses)

    def _again(self) -> None:
        if self.field.tags and self.wire.plugged:
            self.announce(self.field.tags[0])

    def _pulses(self) -> None:
        """A few bits: fewer bytes than a number has."""
        if self.wire.plugged:
            self.wire.send(self.rng.randbytes(self.rng.randint(1, 3)))
