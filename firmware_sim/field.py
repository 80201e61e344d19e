"""What is in front of an antenna: tags, where they stand, and how well they are heard.

Physics in the plainest form that still makes the traps of the field: a tag walks past on a
curve, a far one answers only now and then, a second antenna hears it more weakly.

What it does not imitate: reflections, bodies in the way, the reading of a tag by the reader
of another lane, and tags that disturb each other (except the collision at 125 kHz, which
rdm6300.py makes).
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.loop import SECOND

__all__ = ["Field", "FrameReport", "Tag", "credential_bytes"]

ANTENNA_SPACING_M = 1.5
"""How much farther the next antenna of the same reader is."""

SURE_M, LOST_M = 2.5, 5.0
"""Up to the first distance a passive UHF tag is heard nearly always, beyond the second never."""

_MISS = 0.03
"""Part of the readings that fail without any visible cause."""


_SIZES = {"em4100": (5,), "uid": (4, 7, 10), "epc": tuple(range(2, 64, 2))}
_FACILITY_CARD = re.compile(r"[0-9]{1,5}:[0-9]{1,11}")
_TEXTS = {
    "w26": _FACILITY_CARD,
    "w34": _FACILITY_CARD,
    "w37": _FACILITY_CARD,
    "qr": re.compile(r"[ -~]{1,512}"),
}


def credential_bytes(credential: str) -> bytes:
    """The raw bytes behind a credential.

    `em4100:…` 5 bytes, `epc:…` 1 to 31 words of 2 bytes, `uid:…` 4, 7 or 10 bytes; the text
    of `w26:F:C`, `w34:F:C`, `w37:F:C` (decimal facility and card) and `qr:…` in ASCII, as it
    stands after the scheme. Raises ValueError for any other scheme, length or digit.
    """
    scheme, _, value = credential.partition(":")
    if scheme in _TEXTS:
        if not _TEXTS[scheme].fullmatch(value):
            raise ValueError(f"{credential!r} seen; {_TEXTS[scheme].pattern} is due")
        return value.encode("ascii")
    raw = bytes.fromhex(value)
    if len(raw) in _SIZES.get(scheme, ()):
        return raw
    raise ValueError(
        f"{credential!r} seen; em4100 with 5 bytes, uid with 4, 7 or 10, epc with whole words, "
        "w26, w34 or w37 with facility:card, or qr with text is due"
    )


@dataclass(slots=True, eq=False)
class Tag:
    """One tag in a field, on its way past: nearest in the middle of its stay."""

    credential: str
    antenna: int = 1
    """The antenna that it comes nearest to, from 1."""
    near_m: float = 0.6
    far_m: float = 2.0
    enters_ns: int = 0
    leaves_ns: int = 0
    flicker: float = 0.0
    """Part of the readings lost because the tag lies at the edge of the field."""

    def distance_m(self, antenna: int, now_ns: int) -> float:
        """Metres from `antenna` at `now_ns`; a tag that stays on stays near."""
        half = max((self.leaves_ns - self.enters_ns) / 2, 1.0)
        off = min(abs(now_ns - self.enters_ns - half) / half, 1.0)
        if now_ns > self.leaves_ns:
            off = 0.0
        near = self.near_m + (self.far_m - self.near_m) * off * off
        return near + ANTENNA_SPACING_M * abs(antenna - self.antenna)

    def answers(self, antenna: int, now_ns: int, rng: random.Random) -> bool:
        """Whether `antenna` hears the tag in one inventory round."""
        distance = self.distance_m(antenna, now_ns)
        chance = min((LOST_M - distance) / (LOST_M - SURE_M), 1.0 - _MISS)
        return rng.random() < chance * (1.0 - self.flicker)

    def rssi_dbm(self, antenna: int, now_ns: int, rng: random.Random) -> float:
        """Strength of its answer; -42 dBm at half a metre, 6.6 dB less per doubling."""
        distance = max(self.distance_m(antenna, now_ns), 0.1)
        return -42.0 - 22.0 * math.log10(distance / 0.5) + rng.gauss(0.0, 1.5)


@dataclass(frozen=True, slots=True)
class FrameReport:
    """The fate of one frame that a simulated reader sent."""

    reader: str
    credential: str | None
    """The tag that the frame speaks of; None for answers that are no tag."""
    antenna: int
    ns: int
    fate: str
    """intact | destroyed (a fault hit it) | unheard (no host, or at another baud rate)."""
    ghost: bool = False
    fault: str = ""
    """Name of the fault that changed the bytes; noise around a whole frame leaves it intact."""
    data: bytes = b""
    """What was really sent, where a fault changed it."""


class Field:
    """The tags before one reader, in the order in which they came."""

    def __init__(self) -> None:
        self.tags: list[Tag] = []
        self.on_enter: Callable[[], None] = lambda: None

    def put(self, tag: Tag, now_ns: int, seconds: float) -> Tag:
        """Let `tag` come in for `seconds`; who takes it out again is the caller."""
        tag.enters_ns = now_ns
        tag.leaves_ns = now_ns + round(seconds * SECOND)
        self.tags.append(tag)
        self.on_enter()
        return tag

    def take(self, tag: Tag) -> None:
        """Take `tag` out; harmless where it has gone."""
        if tag in self.tags:
            self.tags.remove(tag)
