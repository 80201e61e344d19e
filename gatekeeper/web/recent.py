"""Answers of a slow or absent source, kept for a moment and renewed before they are old.

What is in use is renewed by `refresh`, in a thread of its own; so requests find it in
memory, and a database that hangs holds up that thread and nobody else. An old answer is
better than none while the source is gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from gatekeeper.errors import StoreError

__all__ = ["Recent"]

_KEPT = 10_000
_IN_USE_S = 10.0
_HANGS_S = 0.3
"""A renewal that takes longer is one that nobody should wait for as well."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Kept(Generic[V]):
    __slots__ = ("answer", "asked", "used")

    def __init__(self, answer: V, now: float) -> None:
        self.answer = answer
        self.asked = now
        self.used = now


class Recent(Generic[K, V]):
    """Answers of `ask`, at most `ttl_s` old while it answers. From any thread."""

    def __init__(self, ask: Callable[[K], V], ttl_s: float) -> None:
        """`ask` may raise StoreError."""
        self._ask = ask
        self._ttl_s = ttl_s
        self._kept: dict[K, _Kept[V]] = {}
        self._lock = threading.Lock()
        self._renewing_since: float | None = None
        self._gone = False

    def get(self, key: K) -> V:
        """The answer for `key`. Raises StoreError where none is known and none can be had."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is None:
            return self._keep(key, now).answer
        kept.used = now
        if now - kept.asked < self._ttl_s or self._hopeless(now):
            return kept.answer
        try:
            return self._keep(key, now).answer
        except StoreError:
            self._gone = True
            return kept.answer

    def refresh(self) -> None:
        """Renew what was used lately. Raises StoreError where the source is gone."""
        now = time.monotonic()
        in_use = [key for key, kept in list(self._kept.items()) if now - kept.used < _IN_USE_S]
        self._renewing_since = now
        try:
            for key in in_use:
                used = self._kept[key].used if key in self._kept else now
                self._keep(key, time.monotonic()).used = used
            self._gone = False
        except StoreError:
            self._gone = True
            raise
        finally:
            self._renewing_since = None

    def _keep(self, key: K, now: float) -> _Kept[V]:
        kept = _Kept(self._ask(key), now)
        with self._lock:
            if len(self._kept) >= _KEPT and key not in self._kept:
                self._kept.clear()
            self._kept[key] = kept
        return kept

    def _hopeless(self, now: float) -> bool:
        """Whether asking now would only be waiting."""
        since = self._renewing_since
        return self._gone or (since is not None and now - since > _HANGS_S)
