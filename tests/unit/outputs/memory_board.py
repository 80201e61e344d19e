"""A clock held by hand, and a board in memory that says what it is told to say."""

from __future__ import annotations

import threading
from typing import ClassVar

from gatekeeper.config import BoardSettings
from gatekeeper.errors import OutputError, TransportError
from gatekeeper.outputs.base import BoardOptions, Clock, Look, OpenLine

SECOND = 1_000_000_000


class ManualClock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.ns = 1_000 * SECOND

    def now(self) -> float:
        return 1_700_000_000 + self.ns / 1e9

    def monotonic_ns(self) -> int:
        return self.ns

    def advance(self, seconds: float) -> None:
        self.ns += round(seconds * SECOND)


class MemoryBoard:
    """A board of two relays and two inputs; `changed` is notified at each switching."""

    title = "board in memory"
    options: ClassVar[type[BoardOptions]] = BoardOptions
    channels = 2
    inputs = 2

    def __init__(self, settings: BoardSettings, open_line: OpenLine, clock: Clock) -> None:
        self.confirms = True
        self.changed = threading.Condition()
        self.relays = {1: True, 2: True}
        """On, as somebody left them."""
        self.levels = {1: False, 2: False}
        self.gone = self.stuck = self.broken = False
        self.hold = threading.Event()
        """Cleared: switching takes for ever."""
        self.hold.set()
        self.opened = 0
        self.log: list[tuple[int, bool]] = []

    def open(self) -> None:
        self._check()
        with self.changed:
            self.opened += 1
            self.changed.notify_all()

    def switch(self, channel: int, on: bool) -> None:
        self.hold.wait()
        self._check()
        with self.changed:
            self.log.append((channel, on))
            if not self.stuck:
                self.relays[channel] = on
            self.changed.notify_all()
        if self.relays[channel] is not on:
            raise OutputError(f"relay {channel} does not follow")

    def look(self, relays: frozenset[int], inputs: frozenset[int]) -> Look:
        self._check()
        with self.changed:
            self.changed.notify_all()
        return Look({n: self.relays[n] for n in relays}, {n: self.levels[n] for n in inputs})

    def close(self) -> None:
        """Nothing to release."""

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("a defect")
        if self.gone:
            raise TransportError("memory: unplugged")
