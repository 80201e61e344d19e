"""How long an OSDP reader is waited for, and how often one that is gone is asked. Numbers only.

On a bus the time for which one reader is waited for is time that the others do not have.
"""

from __future__ import annotations

__all__ = ["MS", "REFUSED_NS", "REPEAT_NS", "TRIES", "Patience"]

MS = 1_000_000
"""A millisecond in nanoseconds."""
WINDOW_MIN_NS, WINDOW_UNKNOWN_NS, WINDOW_MAX_NS = 20 * MS, 40 * MS, 200 * MS
"""Shortest wait; that for a reader never heard; the longest (OSDP 2.1.7, 5.7: 200 ms)."""
WINDOW_ONLINE_NS = 60 * MS
"""A reader in session is waited for at least so long: it rarely fails to answer, and to talk
while it still answers would be a collision on the bus."""
LONG_PROBE, LONG_PROBE_EVERY = 3, 64
"""There are slow readers: the fourth question, and then about one a minute, is waited for the
whole 200 ms. More of them would be felt by the others on the bus."""
TRIES = 3
"""Repeats of a command before the session is given up; in all less than the 800 ms after which
libosdp's own readers forget a session."""
REPEAT_NS = 60 * MS
PROBES_FIRST, PROBE_FIRST_NS, PROBE_NS = 4, 150 * MS, 900 * MS
"""A reader that is gone is asked a few times quickly, then about once a second: it is in
service again within two seconds of its return."""
REFUSED_NS = 1000 * MS
"""Pause after a session that the reader or the key did not allow."""


class Patience:
    """What has been learned of one reader's speed."""

    def __init__(self) -> None:
        self._slowest_ns: int | None = None
        self._probes = 0

    def answered(self, took_ns: int) -> None:
        """It answered; `took_ns` from the last byte of the question to the first in return."""
        self._slowest_ns = max(took_ns, (self._slowest_ns or 0) * 98 // 100)
        self._probes = 0

    def window_ns(self, *, online: bool) -> int:
        """How long to wait for an answer, from the last byte of the question."""
        slowest = self._slowest_ns or 0
        if online:
            window = max(WINDOW_ONLINE_NS, 3 * slowest + 40 * MS)
        elif self._probes % LONG_PROBE_EVERY == LONG_PROBE:
            window = WINDOW_MAX_NS
        elif self._slowest_ns is None:
            window = WINDOW_UNKNOWN_NS
        else:
            window = max(WINDOW_MIN_NS, 2 * slowest + 15 * MS)
        return min(window, WINDOW_MAX_NS)

    def pause_ns(self) -> int:
        """It did not answer a probe: when to ask again."""
        self._probes += 1
        return PROBE_FIRST_NS if self._probes <= PROBES_FIRST else PROBE_NS
