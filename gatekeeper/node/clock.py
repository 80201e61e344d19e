"""The clock of the node, and who notices when somebody turns it.

Decisions use UTC, intervals the monotonic clock; both come from one `SystemClock` that is
handed to whoever needs it. A step of the wall clock against the machine's own is reported,
so that the journal says why times in it jump.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["STEP_S", "ClockWatch", "StepDetector", "SystemClock"]

STEP_S = 0.5
"""A smaller correction is the daily work of a time service, not a step."""

_TURN_S = 0.5


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """UTC in seconds since the epoch."""
        return time.time()

    def monotonic_ns(self) -> int:
        """Nanoseconds that only ever grow."""
        return time.monotonic_ns()


class StepDetector:
    """Compares the wall clock with one that nobody can set."""

    def __init__(self, wall: float, steady: float) -> None:
        self._offset = wall - steady

    def look(self, wall: float, steady: float) -> float | None:
        """The step in seconds since the last look where it is at least `STEP_S`, else None."""
        step = wall - steady - self._offset
        # Slow drift is taken up in each look, so that it never adds up to a step.
        self._offset = wall - steady
        return step if abs(step) >= STEP_S else None


class ClockWatch:
    """Looks at the clock twice a second and reports a step in seconds, from its own thread."""

    def __init__(self, on_step: Callable[[float], None]) -> None:
        self._on_step = on_step
        self._stop = threading.Event()
        self._detector = StepDetector(*_both())
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to look; a step since this was made is reported, too."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_TURN_S):
            step = self._detector.look(*_both())
            if step is not None:
                self._on_step(step)


def _both() -> tuple[float, float]:
    """Wall and steady time; the steady one counts sleep, so that waking up is no step."""
    return time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
