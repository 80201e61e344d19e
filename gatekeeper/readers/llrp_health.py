"""How an LLRP reader is: what was heard of it and when, what it said of itself. Values only.

Written by the thread of the connection, read by the pump's: single values and whole copies.
The reader's clock is its own; it is compared here and used nowhere.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.facts import GARBAGE_RUN, GARBAGE_WINDOW_NS, Counters
from gatekeeper.readers.llrp_plan import Plan, clean

__all__ = ["Health"]

SUSPECT_NS = SECOND
"""Silence beyond the period of keep-alives after which a reader is suspect."""
DEAD_NS = 3 * SECOND
"""… and after which it is given up."""
CLOCK_OFF_S = 5.0
"""A reader's clock that is farther off is counted, once a connection."""
NOTE_NS = 10 * SECOND
"""How long an error that the reader told of is shown."""


class Health:
    """One connection's signs of life and of trouble."""

    def __init__(self, plan: Plan, now_ns: int, counters: Counters) -> None:
        self.clock_skew_s: float | None = None
        """How far the reader's clock is ahead of ours; None: it has not told its time."""
        self.heard_ns = now_ns
        self._period_ns = (plan.keepalive_ms or plan.check_s * 1000) * 1_000_000
        self._plan, self._counters = plan, counters
        self._antennas: dict[int, str] = {}
        self._note: tuple[int, str] = (0, "")
        self._garbage: deque[int] = deque(maxlen=GARBAGE_RUN)

    def hear(self, now_ns: int) -> None:
        """A whole message has come."""
        self.heard_ns = now_ns
        self._garbage.clear()

    def garbage(self, reason: str, now_ns: int) -> None:
        """Bytes have come that are no message."""
        self._counters.garbage += 1
        self._counters.garbage_by_reason[reason] += 1
        self._garbage.append(now_ns)

    def note(self, words: str, now_ns: int) -> None:
        """Something is wrong that is to be shown for a while."""
        self._note = (now_ns, words)

    def dead_for_s(self, now_ns: int) -> float:
        """Seconds of silence where they are too many, else 0."""
        silent = now_ns - self.heard_ns
        return silent / 1e9 if silent >= self._period_ns + DEAD_NS else 0.0

    def problem(self, now_ns: int) -> str:
        """Silence, then garbage, then what the reader said of itself; empty: it is well."""
        silent, times = now_ns - self.heard_ns, list(self._garbage)
        if silent >= self._period_ns + SUSPECT_NS:
            return (
                f"silent for {silent / 1e9:.1f} s; a sign of life every "
                f"{self._period_ns / 1e9:g} s is due"
            )
        if len(times) == GARBAGE_RUN and now_ns - times[0] <= GARBAGE_WINDOW_NS:
            return f"{GARBAGE_RUN} pieces of garbage in a row and no message: check the reader"
        noted_ns, note = self._note
        said = [f"antenna {a}: {fault}" for a, fault in sorted(self._antennas.items())]
        if note and now_ns - noted_ns <= NOTE_NS:
            said.append(note)
        return "; ".join(said)

    def take_event(self, event: dict[str, Any], now_ns: int) -> None:
        """Count and keep what the reader tells of itself."""
        antenna = event.get("AntennaEvent")
        if antenna and antenna["AntennaID"] in self._plan.antennas:
            if antenna["EventType"] == "Disconnected":
                self._counters.errors["antenna_disconnected"] += 1
                self._antennas[antenna["AntennaID"]] = "disconnected"
            else:
                self._antennas.pop(antenna["AntennaID"], None)
        if "ReaderExceptionEvent" in event:
            self._counters.errors["reader_exception"] += 1
            words = clean(event["ReaderExceptionEvent"].get("Message", b""))
            self.note(f"the reader reports: {words or 'an exception'}", now_ns)
        if "ReportBufferOverflowErrorEvent" in event:
            self._counters.errors["reader_buffer_overflow"] += 1
            self.note("the reader has lost reports: its buffer was full", now_ns)

    def take_clock(self, reader_us: int, clock: Clock) -> None:
        """The reader has told its time, in microseconds since 1970."""
        before, self.clock_skew_s = self.clock_skew_s, reader_us / 1e6 - clock.now()
        was_off = before is not None and abs(before) > CLOCK_OFF_S
        if abs(self.clock_skew_s) > CLOCK_OFF_S and not was_off:
            self._counters.errors["clock_off"] += 1
