"""A reader that plays a keyboard, as Linux hands it on: input_event records, a line a card.

Record: seconds, microseconds (8 bytes each), type, code (2 each), value (4), little-endian;
24 bytes on a 64-bit kernel (linux/input.h). For each key that goes down or comes up: its HID
usage (type 4, code 4), the key (type 1), the end of the report (type 0). The reader presses
keys of a US keyboard (HID Usage Tables, page 7), with shift for capitals, and Enter, Tab or
nothing at the end. A card is typed as it is printed, ten digits in decimal; a code as text.

The device is a pty behind a link instead of /dev/input/eventN, because making a real one takes
the kernel's uinput. So it cannot be grabbed: whoever tries it brings a grab of its own. Ten
milliseconds a key. It does not imitate: LEDs, a kernel that repeats a held key, other layouts.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.tap import TapDevice
from firmware_sim.wire import Wire

__all__ = ["Wedge", "keys_of", "records"]

SIZE = 24
SHIFT, ENTER, TAB = 42, 28, 15
F1, SYN_DROPPED = 59, 3
# Linux key codes in the order of a US keyboard's rows.
_ROWS = ((2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]", "QWERTYUIOP{}"),
         (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'), (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
         (57, " ", " "))  # fmt: skip
_CODES = {
    character: (first + place, shifted)
    for first, plain, shift in _ROWS
    for shifted, row in ((True, shift), (False, plain))
    for place, character in enumerate(row)
}
# HID usages: letters from 04, digits from 1E (1 … 9, 0), then the rest.
_USAGES = {code: 0x04 + "abcdefghijklmnopqrstuvwxyz".index(c)
           for c, (code, shifted) in _CODES.items() if c.isascii() and c.islower()} | {
    code: 0x1E + "1234567890".index(c) for c, (code, _) in _CODES.items() if c.isdigit()
} | {ENTER: 0x28, TAB: 0x2B, SHIFT: 0xE1, F1: 0x3A, 57: 0x2C, 12: 0x2D, 13: 0x2E, 26: 0x2F,
     27: 0x30, 43: 0x31, 39: 0x33, 40: 0x34, 41: 0x35, 51: 0x36, 52: 0x37, 53: 0x38}  # fmt: skip
_ENDS = {"enter": (ENTER,), "tab": (TAB,), "none": ()}
_HAND_S = 0.4
"""From key to key of somebody who types with one finger."""


def keys_of(text: str) -> list[tuple[int, int]]:
    """`(code, 1 down or 0 up)` for each key of `text`."""
    keys = []
    for character in text:
        code, shifted = _CODES[character]
        tap = [(code, 1), (code, 0)]
        keys += [(SHIFT, 1), *tap, (SHIFT, 0)] if shifted else tap
    return keys


def records(keys: list[tuple[int, int]], ns: int) -> bytes:
    """The records of `keys`, all at the instant `ns`."""
    seconds, microseconds = divmod(ns // 1000, 1_000_000)
    return b"".join(
        struct.pack("<qqHHI", seconds, microseconds, kind, number, value)
        for code, down in keys
        for kind, number, value in ((4, 4, 0x70000 | _USAGES[code]), (1, code, down), (0, 0, 0))
    )


def _dropped(whole: bytes, rng: random.Random) -> bytes:
    """The kernel's buffer overran: some records are missing, and it says so."""
    count = len(whole) // SIZE
    at = rng.randrange(1, count - 3) * SIZE
    mark = struct.pack("<QQHHI", *struct.unpack_from("<QQ", whole, at), 0, SYN_DROPPED, 0)
    return whole[:at] + mark + whole[at + 2 * SIZE :]


def _no_end(whole: bytes, _rng: random.Random) -> bytes:
    """The last key, down and up, is missing."""
    return whole[: -6 * SIZE]


def _foreign_key(whole: bytes, rng: random.Random) -> bytes:
    """A key that types nothing on a US keyboard: the reader is set to another one."""
    at = rng.randrange(len(whole) // SIZE // 3) * 3 * SIZE
    seconds, microseconds = struct.unpack_from("<QQ", whole, at)
    key = records([(F1, 1), (F1, 0)], (seconds * 1_000_000 + microseconds) * 1000)
    return whole[:at] + key + whole[at:]


class _KeyWire(Wire):
    """A pty that has no speed; its baud rate only paces the keys."""

    def host_baud(self) -> int | None:
        """Whatever the device has: there is nothing to agree on."""
        return None if super().host_baud() is None else self.baud


class Wedge(TapDevice):
    """One wedge on its node."""

    schemes = ("qr", "em4100")
    default_baud = 115200
    gone_s = 1.2
    option_names = frozenset({"end"})
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "wedge.dropped": _dropped,
        "wedge.no_end": _no_end,
        "wedge.foreign_key": _foreign_key,
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("wedge.by_hand", 2.0, 4.0),
            EpisodeFault("wedge.stuck_shift", 0.0, 0.0),
        )
    }

    _stuck = False

    def make_wire(self, link: Path) -> Wire:
        """The pty."""
        return _KeyWire(self.loop, link, self.baud, self.rng)

    def on_power(self) -> None:
        """No key is down."""
        super().on_power()
        self._stuck = False

    def frame_of(self, credential: str) -> bytes:
        """All records of one line."""
        end = self.options.get("end", "enter")
        if end not in _ENDS:
            raise ValueError(f"{self.reader}: end {end!r} seen; {', '.join(_ENDS)} is due")
        raw = credential_bytes(credential)
        card = credential.startswith("em4100:")
        keys = keys_of(f"{int.from_bytes(raw[1:], 'big'):010d}" if card else raw.decode("ascii"))
        if self._stuck:
            keys, self._stuck = [(SHIFT, 1), *(key for key in keys if key[0] != SHIFT)], False
        keys += [(code, down) for code in _ENDS[end] for down in (1, 0)]
        return records(keys, self.loop.now())

    def spoiled(self, tag: Tag) -> bool:
        """One card or code at a time."""
        return self.field.tags[0] is not tag

    def on_episode(self, name: str, seconds: float) -> None:
        """Somebody types a number by hand, or shift stays down for the next line."""
        if name == "wedge.stuck_shift":
            self._stuck = True
            return
        keys = [*keys_of("0006572982"), (ENTER, 1), (ENTER, 0)]
        for number in range(min(round(seconds / _HAND_S), len(keys) // 2)):
            self.loop.after(
                number * _HAND_S, partial(self._type, keys[2 * number : 2 * number + 2])
            )

    def _type(self, keys: list[tuple[int, int]]) -> None:
        if self.wire.plugged and not self.silent:
            self.wire.send(records(keys, self.loop.now()))
