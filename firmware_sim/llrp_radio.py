"""The radio of a simulated LLRP reader: ROSpecs, their states, and rounds at the antennas."""

from __future__ import annotations

import random
from collections.abc import Callable

from firmware_sim.field import Field, Tag
from firmware_sim.llrp_requests import RoSpec
from firmware_sim.loop import Loop

__all__ = ["Radio"]

PORTS = 4
"""Antenna ports of the reader, whether something is connected to them or not."""
FLOOD = 100
"""How often a tag is reported in a round while the reader floods."""
_ROUND_S = (0.035, 0.045)
_PER_TAG_S = 0.002
_DISABLED, _INACTIVE, _ACTIVE = 0, 1, 2


class Radio:
    """Inventories by their number, each with a round after the other while it is active."""

    def __init__(
        self, loop: Loop, rng: random.Random, field: Field, connected: tuple[int, ...]
    ) -> None:
        self.rospecs: dict[int, RoSpec] = {}
        self.connected = connected
        """Antenna ports that something is connected to."""
        self.works: Callable[[], bool] = lambda: True
        """Whether it hears anything at this moment."""
        self.floods: Callable[[], bool] = lambda: False
        self.on_tag: Callable[[RoSpec, Tag, int], None] = lambda _spec, _tag, _antenna: None
        self.on_change: Callable[[RoSpec], None] = lambda _spec: None
        """An inventory has begun or ended."""
        self._loop, self._rng, self._field = loop, rng, field

    def forget(self) -> None:
        """As after a start: no inventory is known."""
        self.stall()
        self.rospecs.clear()

    def stall(self) -> None:
        """Stop, and tell nobody."""
        for spec in self.rospecs.values():
            spec.state = _INACTIVE

    def delete(self, spec: RoSpec) -> None:
        """End it and forget it."""
        self.stop(spec)
        self.rospecs.pop(spec.number, None)

    def disable(self, spec: RoSpec) -> None:
        """End it; it may be enabled again."""
        self.stop(spec)
        spec.state = _DISABLED

    def stop(self, spec: RoSpec) -> None:
        """End it where it is under way."""
        if spec.state == _ACTIVE:
            spec.state = _INACTIVE
            self.on_change(spec)

    def enable(self, spec: RoSpec) -> None:
        """Begin it: every ROSpec here starts at once when it is enabled."""
        if spec.state == _ACTIVE:
            return
        spec.state = _ACTIVE
        spec.starts += 1
        self.on_change(spec)
        self._round(spec, spec.starts, 0)

    @staticmethod
    def ports(spec: RoSpec) -> tuple[int, ...]:
        """The antennas that it works through; 0 stands for all of them."""
        return tuple(range(1, PORTS + 1)) if 0 in spec.antennas else spec.antennas

    def _round(self, spec: RoSpec, start: int, turn: int) -> None:
        if spec.state != _ACTIVE or spec.starts != start:
            return
        ports = self.ports(spec)
        antenna = ports[turn % len(ports)]
        tags: list[Tag] = []
        if antenna in self.connected and self.works():
            now = self._loop.now()
            tags = [tag for tag in self._field.tags if tag.answers(antenna, now, self._rng)]
        for tag in tags * (FLOOD if self.floods() else 1):
            self.on_tag(spec, tag, antenna)
        length = self._rng.uniform(*_ROUND_S) + len(tags) * _PER_TAG_S
        self._loop.after(length, lambda: self._round(spec, start, turn + 1))
