"""One thread, one loop: timers and file descriptors of every simulated reader.

A reader of a thousand frames a minute needs a few thousand exact wake-ups a minute and no
more; `select` takes microseconds where `epoll` of this Python rounds up to milliseconds.
Nothing here knows a wire, a frame or a guest.
"""

from __future__ import annotations

import heapq
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["SECOND", "Loop", "Timer"]

SECOND = 1_000_000_000
"""Nanoseconds in a second: the loop's clock is CLOCK_MONOTONIC in nanoseconds."""

_LONGEST_SLEEP_S = 1.0

HELD_UP_NS = 20_000_000
"""What one call or one wake-up may take; beyond it the machine held this program up."""


@dataclass(order=True, slots=True)
class Timer:
    """A call that is due at `when_ns`; `cancel()` makes it do nothing."""

    when_ns: int
    number: int
    call: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Forget the call; calling this twice or too late is harmless."""
        self.call = None


class Loop:
    """Timers in order of their time, and readable file descriptors."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []
        self._readable: dict[int, Callable[[], None]] = {}
        self._count = 0
        self._running = False
        self._mark_ns = 0
        self.lost_ns = 0
        """How long this program has stood still so far although it had something to do: a
        machine with too much work stops the simulated world, and not only its watches."""

    @staticmethod
    def now() -> int:
        """CLOCK_MONOTONIC in nanoseconds."""
        return time.monotonic_ns()

    def at(self, when_ns: int, call: Callable[[], None]) -> Timer:
        """Call `call` at `when_ns`, never earlier."""
        self._count += 1
        timer = Timer(when_ns, self._count, call)
        heapq.heappush(self._timers, timer)
        return timer

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` when `seconds` have passed."""
        return self.at(self.now() + round(seconds * SECOND), call)

    def watch(self, fd: int, call: Callable[[], None]) -> None:
        """Call `call` whenever `fd` can be read (or is at its end)."""
        self._readable[fd] = call

    def unwatch(self, fd: int) -> None:
        """Stop watching `fd`; harmless where it is not watched."""
        self._readable.pop(fd, None)

    def stop(self) -> None:
        """Let `run` return after the current call."""
        self._running = False

    def run(self) -> None:
        """Serve timers and descriptors until `stop`."""
        self._running = True
        while self._running:
            self._step()

    def _step(self) -> None:
        sleep_s = self._sleep_s()
        ready, _, _ = select.select(list(self._readable), (), (), sleep_s)
        self._account(round(sleep_s * SECOND))
        for fd in ready:
            call = self._readable.get(fd)
            if call is not None:
                call()
                self._account(0)
        now = self.now()
        while self._running and self._timers and self._timers[0].when_ns <= now:
            timer = heapq.heappop(self._timers)
            if timer.call is not None:
                timer.call()
                self._account(0)

    def _account(self, meant_ns: int) -> None:
        """Count what passed since the last time of asking beyond `meant_ns`, if it is much."""
        now = self.now()
        late = now - self._mark_ns - meant_ns
        if self._mark_ns and late > HELD_UP_NS:
            self.lost_ns += late
        self._mark_ns = now

    def _sleep_s(self) -> float:
        while self._timers and self._timers[0].call is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return _LONGEST_SLEEP_S
        left = (self._timers[0].when_ns - self.now()) / SECOND
        return min(max(left, 0.0), _LONGEST_SLEEP_S)
