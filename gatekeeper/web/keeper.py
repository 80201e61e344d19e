"""What must be looked at twice a second whether or not anybody asks, apart from the feed.

Guest lists that changed, sessions that ended. A slow or absent main database holds up this
thread and nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import StoreError
from gatekeeper.web.guests import Guests
from gatekeeper.web.metrics import count_error

__all__ = ["Keeper"]

log = logging.getLogger(__name__)

PERIOD_S = 0.4


class Keeper:
    """Calls `guests.refresh` and `sweep` for ever."""

    def __init__(self, guests: Guests, sweep: Callable[[], None]) -> None:
        """`sweep` ends the sockets of sessions that are over."""
        self._guests = guests
        self._sweep = sweep
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(task,), name=name, daemon=True)
            for name, task in (("guests", guests.refresh), ("sweep", sweep))
        ]

    def start(self) -> None:
        """One thread each, so that neither waits for the other."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def _run(self, task: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                task()
            except StoreError:
                count_error("store")
            except Exception:
                count_error("keeper")
                log.exception("keeper: %s failed", task)
            self._stop.wait(PERIOD_S)
