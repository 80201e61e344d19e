"""Alerts of VIPs that an officer has taken: by whom and when, for everybody who watches.

Memory only: after a restart an alert may be taken again, which harms nobody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from typing import Any

__all__ = ["Acknowledged"]

_KEPT = 50


class Acknowledged:
    """The latest acknowledgements of each event."""

    def __init__(self) -> None:
        """Nothing has been acknowledged."""
        self._by_event: defaultdict[str, OrderedDict[int, dict[str, Any]]]
        self._by_event = defaultdict(OrderedDict)
        self._lock = threading.Lock()

    def take(self, slug: str, seq: int, by: str, at: str) -> tuple[dict[str, Any], bool]:
        """Who acknowledged entry `seq`, the first one stays; and whether this was the first."""
        with self._lock:
            kept = self._by_event[slug]
            if seq in kept:
                return kept[seq], False
            kept[seq] = {"seq": seq, "by": by, "at": at}
            if len(kept) > _KEPT:
                kept.popitem(last=False)
            return kept[seq], True

    def of(self, slug: str) -> list[dict[str, Any]]:
        """All that are remembered of an event, oldest first."""
        with self._lock:
            return list(self._by_event[slug].values()) if slug in self._by_event else []
