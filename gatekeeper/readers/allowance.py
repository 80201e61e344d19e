"""How much may come in a time: a bucket that leaks. No clock of its own, no waiting."""

from __future__ import annotations

from gatekeeper.readers.clock import SECOND

__all__ = ["Allowance"]


class Allowance:
    """`rate` units a second, and `burst` units at once. Used by one thread."""

    def __init__(self, rate: int, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._level = 0.0
        """Units taken that have not run out yet."""
        self._at_ns: int | None = None

    def take(self, count: int, now_ns: int) -> float:
        """Take `count` units at `now_ns`; seconds to rest until they are within bounds."""
        if self._at_ns is not None:
            self._level -= (now_ns - self._at_ns) * self._rate / SECOND
        self._at_ns = now_ns
        self._level = max(self._level, 0.0) + count
        return max(0.0, (self._level - self._burst) / self._rate)
