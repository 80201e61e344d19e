"""What goes wrong on a line and in a reader: named, seeded, and recorded.

Two sorts. A frame fault strikes single frames with a probability; an episode befalls the
reader so many times a minute. Whoever sends a frame asks `mangle` first and reports the
fate that comes back, so that the truth about every frame is known.

A frame counts as intact exactly when its bytes still stand together on the wire, however
much noise surrounds them: a doubled start byte costs nothing, a doubled digit costs it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "EPISODES",
    "FRAME_FAULTS",
    "LF_GHOSTS",
    "EpisodeFault",
    "Faults",
    "FrameFault",
    "Mangled",
]

FrameFault: TypeAlias = Callable[[bytes, random.Random], bytes]
"""What becomes of one frame; the dice decide where it is struck."""

LF_GHOSTS = ("000000078F", "F000060007", "4FFB388FFF", "DA9386B5EA")
"""Numbers logged with no card in the field, each in a frame with a valid checksum.
Source: esprfid/esp-rfid issue 411, arendst/Tasmota issue 9522."""


@dataclass(frozen=True, slots=True)
class Mangled:
    """What is sent instead of a frame."""

    data: bytes
    intact: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class EpisodeFault:
    """Something that befalls a reader for a while."""

    name: str
    shortest_s: float
    longest_s: float


EPISODES = {
    fault.name: fault
    for fault in (
        EpisodeFault("unplug", 1.0, 3.0),  # the port goes; it comes back after so long
        EpisodeFault("reset", 0.6, 1.2),  # the reader starts anew, forgetting its settings
        EpisodeFault("silent", 1.0, 3.0),  # powered, but says nothing
        EpisodeFault("baud", 0.5, 1.5),  # the reader talks at another rate
        EpisodeFault("ghost", 0.0, 0.0),  # one frame of a tag that is not there (125 kHz)
    )
}
"""Episodes by name; their rate counts times per minute."""


def _cut(frame: bytes, rng: random.Random) -> bytes:
    return frame[: rng.randrange(1, len(frame))]


def _lost(frame: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(frame))
    return frame[:at] + frame[at + rng.choice((1, 1, 1, 2, 3)) :]


def _damaged(frame: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(frame))
    # A letter in the other case (bit 5) would read the same to a forgiving decoder.
    flips = rng.choice([mask for mask in range(1, 256) if mask != 0x20])
    return frame[:at] + bytes([frame[at] ^ flips]) + frame[at + 1 :]


def _doubled(frame: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(frame))
    return frame[: at + 1] + frame[at:]


def _noise(frame: bytes, rng: random.Random) -> bytes:
    noise = rng.randbytes(rng.randint(1, 6))
    return noise + frame if rng.random() < 0.5 else frame + noise


FRAME_FAULTS: dict[str, FrameFault] = {
    "cut": _cut,
    "lost": _lost,
    "damaged": _damaged,
    "doubled": _doubled,
    "noise": _noise,
}
"""Frame faults by name; their rate is the probability that one frame is struck."""


class Faults:
    """The faults of one reader. Two with the same seed and rates do the same."""

    def __init__(self, rng: random.Random, rates: dict[str, float] | None = None) -> None:
        self.rng = rng
        self.rates: dict[str, float] = {}
        self._strikes: dict[str, FrameFault] = dict(FRAME_FAULTS)
        self._befalls: dict[str, EpisodeFault] = dict(EPISODES)
        self._given = dict(rates or {})
        self._on_change: Callable[[str], None] = lambda _name: None
        self._last_ghost = ""
        for name in [name for name in self._given if "." not in name]:
            self.set(name, self._given.pop(name))

    def extend(
        self, frame_faults: Mapping[str, FrameFault], episodes: Mapping[str, EpisodeFault]
    ) -> None:
        """Add the faults that only one kind of device has.

        Raises ValueError for a rate that was given for a fault of another device.
        """
        self._strikes |= frame_faults
        self._befalls |= episodes
        for name in list(self._given):
            self.set(name, self._given.pop(name))

    def follow(self, on_change: Callable[[str], None]) -> None:
        """Have `on_change(name)` called when the rate of an episode changes."""
        self._on_change = on_change

    def set(self, name: str, rate: float) -> None:
        """Let fault `name` strike at `rate` from now on; 0 ends it.

        Raises ValueError for an unknown name or an impossible rate.
        """
        if name not in self._strikes and name not in self._befalls:
            known = ", ".join((*self._strikes, *self._befalls))
            raise ValueError(f"fault {name!r} seen; one of {known} is due")
        highest = 1.0 if name in self._strikes else 600.0
        if not 0.0 <= rate <= highest:
            raise ValueError(f"{name}: rate {rate} seen; 0 to {highest} is due")
        self.rates[name] = rate
        if name in self._befalls:
            self._on_change(name)

    def mangle(self, frame: bytes) -> Mangled:
        """`frame` as the line lets it through; at most one fault strikes it."""
        for name, change in self._strikes.items():
            rate = self.rates.get(name, 0.0)
            if rate and self.rng.random() < rate:
                data = change(frame, self.rng)
                return Mangled(data, frame in data, name)
        return Mangled(frame, intact=True)

    def next_episode_s(self, name: str) -> float | None:
        """Seconds until `name` strikes next; None where it never does."""
        rate = self.rates.get(name, 0.0)
        return self.rng.expovariate(rate / 60.0) if rate else None

    def length_s(self, name: str) -> float:
        """How long this occurrence of episode `name` lasts."""
        episode = self._befalls[name]
        return self.rng.uniform(episode.shortest_s, episode.longest_s)

    def ghost(self) -> str:
        """The number of a tag that is not there, never the same twice running."""
        self._last_ghost = self.rng.choice([g for g in LF_GHOSTS if g != self._last_ghost])
        return self._last_ghost
