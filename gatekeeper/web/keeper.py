"""What must be looked at twice a second whether or not anybody asks, apart from the feed.

Guest lists that changed, accounts and tokens, sessions that ended. A slow or absent main
database holds up these threads and nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import StoreError
from gatekeeper.web.metrics import count_error

__all__ = ["Keeper"]

log = logging.getLogger(__name__)

PERIOD_S = 0.4


class Keeper:
    """Runs each task for ever, in a thread of its own, so that none waits for another."""

    def __init__(self, tasks: dict[str, Callable[[], None]]) -> None:
        """`tasks` by name; what they raise is counted and they are run again."""
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name, task), name=name, daemon=True)
            for name, task in tasks.items()
        ]

    def start(self) -> None:
        """Start all."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def _run(self, name: str, task: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                task()
            except StoreError:
                count_error("store")
            except Exception:
                count_error("keeper")
                log.exception("keeper: %s failed", name)
            self._stop.wait(PERIOD_S)
