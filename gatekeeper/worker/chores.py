"""What the worker does from time to time beside the projection: each chore in a thread of its own.

A chore that waits (a mail server that hangs, a lock) must not hold up the projection or another
chore. One that fails is tried again when its time comes; the failure is told once, and its end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gatekeeper.errors import GatekeeperError

__all__ = ["Chore", "Chores"]

log = logging.getLogger(__name__)

END_S = 5.0
"""How long an end waits for a chore that is at work; it is a daemon thread, and dies then."""


class Chore(NamedTuple):
    """`act` is called with UTC seconds every `every_s` seconds, at once for the first time."""

    name: str
    every_s: float
    act: Callable[[float], object]


class Chores:
    """The threads of some chores."""

    def __init__(self, chores: Sequence[Chore], now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go, args=(chore,), name=chore.name, daemon=True)
            for chore in chores
        ]

    def start(self) -> None:
        """Start all."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what it is at, for some seconds."""
        self._stop.set()
        until = time.monotonic() + END_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _go(self, chore: Chore) -> None:
        failing = ""
        while not self._stop.is_set():
            try:
                chore.act(self._now())
            except GatekeeperError as error:
                if str(error) != failing:
                    log.warning("%s: %s; trying again", chore.name, error)
                failing = str(error)
            except Exception:
                # A defect in one chore must not end the others, nor the projection.
                log.exception("%s: defect", chore.name)
                failing = "defect"
            else:
                if failing:
                    log.info("%s: going on", chore.name)
                failing = ""
            self._stop.wait(chore.every_s)
