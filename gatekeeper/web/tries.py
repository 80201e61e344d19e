"""How often somebody may fail: per account, whatever address they come from. In memory.

A restart forgives; who can restart the service can do worse.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

__all__ = ["Tries"]

_KEPT = 10_000


class Tries:
    """At most `most` failures within `within_s` seconds for each key. Thread-safe."""

    def __init__(
        self, most: int, within_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._failed: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def spent(self, key: Hashable) -> bool:
        """Whether no further try is allowed now."""
        with self._lock:
            failed = self._failed.get(key)
            if not failed:
                return False
            while failed and self._clock() - failed[0] >= self._within_s:
                failed.popleft()
            return len(failed) >= self._most

    def failed(self, key: Hashable) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failed) >= _KEPT and key not in self._failed:
                del self._failed[next(iter(self._failed))]
            self._failed.setdefault(key, deque(maxlen=self._most)).append(self._clock())

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures."""
        with self._lock:
            self._failed.pop(key, None)
