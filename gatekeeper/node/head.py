"""Where the journal's durable end is, for those who wait for it to move."""

from __future__ import annotations

import threading
import time

from gatekeeper.link.messages import Head

__all__ = ["LONGEST_WAIT_S", "HeadWatch", "bounded"]

LONGEST_WAIT_S = 30.0
"""A connection is not held longer for one question."""


def bounded(seconds: float, most: float) -> float:
    """`seconds` from a message as a time that can be waited: 0 to `most`; NaN is 0."""
    return min(seconds, most) if seconds > 0 else 0.0


class HeadWatch:
    """The last durable entry's number and when it became durable; any thread may wait."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._seq = 0
        self._durable_ns = 0
        self._closed = False
        self._moved = threading.Condition()

    def move(self, first: int, last: int, durable_ns: int) -> None:
        """Entries up to `last` are durable; called by the journal's writer."""
        with self._moved:
            self._seq, self._durable_ns = last, durable_ns
            self._moved.notify_all()

    def wait(self, after_seq: int, timeout_s: float) -> Head:
        """The head once it is above `after_seq`, or as it is after `timeout_s` seconds."""
        timeout_s = bounded(timeout_s, LONGEST_WAIT_S)
        with self._moved:
            self._moved.wait_for(lambda: self._closed or self._seq > after_seq, timeout_s)
            return Head(seq=self._seq, durable_ns=self._durable_ns, run=self._run)

    def start_at(self, seq: int) -> None:
        """Begin with what the journal held when it was opened."""
        self.move(seq, seq, time.monotonic_ns())

    def close(self) -> None:
        """Wake everybody: the node ends."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
