"""What simulated readers share that take commands: work that a new beginning calls off.

Which commands there are, and what they do, is each device's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware_sim.device import Device
from firmware_sim.loop import Timer

__all__ = ["Commanded"]

_HALF_REQUEST_S = 0.05
"""A request that stays unfinished for so long is forgotten."""


class Commanded(Device):
    """A reader that does nothing unless it is told to."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._life = 0
        self._stale: Timer | None = None

    def on_swallowed(self) -> None:
        """What was due was not done, because the reader was silent or unplugged just then."""

    def _begin_life(self) -> None:
        """What was put off so far is not done any more."""
        self._life += 1

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` after `seconds`, unless the reader has begun anew or says nothing then."""
        life = self._life

        def if_alive() -> None:
            if self._life != life:
                return
            if self.silent or not self.wire.plugged:
                self.on_swallowed()
            else:
                call()

        self.loop.after(seconds, if_alive)

    def _forget_half_later(self, forget: Callable[[], None]) -> None:
        """Bytes have come: unless more do soon, `forget` what is unfinished."""
        if self._stale:
            self._stale.cancel()
        self._stale = self.loop.after(_HALF_REQUEST_S, forget)
