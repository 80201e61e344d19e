"""What readers share that announce a tag once, when it comes, and not while it is held.

ID-12LA modules, Wiegand converters, scanners and keyboard wedges do. A tag that came while
the reader was mute is announced when it speaks again, as a module that is powered up in
front of a card does; a tag that was announced is so again after a new power-up.
"""

from __future__ import annotations

from typing import ClassVar

from firmware_sim.device import Device
from firmware_sim.field import Tag
from firmware_sim.loop import SECOND

__all__ = ["TapDevice"]

_MUTE_S = 0.1
"""How soon a reader that was mute when a tag came tries again."""


class TapDevice(Device):
    """A reader that sends one frame a tap; the rest is its frame."""

    think_s: ClassVar[tuple[float, float]] = (0.03, 0.08)
    """From a tag's coming to the first byte of its frame, shortest and longest."""

    _told: frozenset[Tag] = frozenset()

    def frame_of(self, credential: str) -> bytes:
        """What announces the tag on the line."""
        raise NotImplementedError

    def on_power(self) -> None:
        """Nothing has been announced since power came."""
        self._told = frozenset()

    def reset(self) -> None:
        """As after power-on: what lies in the field is announced anew."""
        super().reset()
        self.on_enter()

    def on_enter(self) -> None:
        """Announce who is new, after the time that it takes."""
        self._told &= set(self.field.tags)
        for tag in self.field.tags:
            if tag not in self._told:
                self._told |= {tag}
                self._later(tag, self.rng.uniform(*self.think_s))

    def announce(self, tag: Tag) -> None:
        """Send the frame of `tag` now."""
        self.send_frame(self.frame_of(tag.credential), credential=tag.credential)

    def spoiled(self, tag: Tag) -> bool:
        """Whether another tag in the field keeps this one from being read."""
        return False

    def _later(self, tag: Tag, seconds: float) -> None:
        self.loop.after(seconds, lambda: self._turn(tag))

    def _turn(self, tag: Tag) -> None:
        if not (tag in self.field.tags and tag in self._told and self.wire.plugged):
            return
        if self.silent or self.spoiled(tag) or self.rng.random() < tag.flicker:
            self._later(tag, max(_MUTE_S, (self._silent_until - self.loop.now()) / SECOND))
        else:
            self.announce(tag)
