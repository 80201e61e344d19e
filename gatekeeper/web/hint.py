"""Wakes the feed the moment the node has something durable; the feed polls all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from gatekeeper.errors import LinkError
from gatekeeper.link.messages import Head

__all__ = ["HeadSource", "Hint"]

WAIT_S = 1.0
PAUSE_S = 0.2


class HeadSource(Protocol):
    """The node, asked to answer when its journal has grown."""

    def await_head(self, after_seq: int, timeout_s: float) -> Head:
        """Raises LinkError."""


class Hint:
    """A thread that waits at the node and sets `wake`."""

    def __init__(self, source: HeadSource, seen: Callable[[], int], wake: threading.Event) -> None:
        """`seen` gives the last entry that the feed has."""
        self._source = source
        self._seen = seen
        self._wake = wake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hint", daemon=True)

    def start(self) -> None:
        """Begin waiting."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; the thread may wait out its last question."""
        self._stop.set()

    def _run(self) -> None:
        told = 0
        while not self._stop.is_set():
            try:
                head = self._source.await_head(max(told, self._seen()), WAIT_S)
            except LinkError:
                self._stop.wait(PAUSE_S)
                continue
            if head.seq > self._seen():
                self._wake.set()
            # Remembered, so that an entry the feed cannot read yet is not asked for in a loop.
            told = head.seq
