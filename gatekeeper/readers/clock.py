"""The clock that readers are timed by, so that a test can hold its hands."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["SECOND", "Clock", "SystemClock"]

SECOND = 1_000_000_000
"""Nanoseconds in a second."""


class Clock(Protocol):
    """UTC for records, monotonic time for intervals."""

    def now(self) -> float:
        """UTC seconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Monotonic nanoseconds."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> float:
        """UTC seconds since the epoch."""
        return time.time()

    def monotonic_ns(self) -> int:
        """Monotonic nanoseconds."""
        return time.monotonic_ns()
