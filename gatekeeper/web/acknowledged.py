"""Alerts of VIPs that an officer has taken: by whom and when, for everybody who watches.

Kept in memory, where every page's snapshot finds them at once, and in the main database, so
that they survive this process. An alert is taken whether or not the database is there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, Protocol

from gatekeeper.db.kept import Taken
from gatekeeper.web.texts import iso

__all__ = ["Acknowledged"]

_KEPT = 50


class Shelf(Protocol):
    """Where they are stored; gatekeeper.web.store.Store is one. Raises StoreError."""

    def take_alert(self, site: str, event: str, taken: Taken) -> Taken:
        """Store it, unless somebody was first; who it was."""

    def taken_alerts(self, site: str, each: int) -> dict[str, list[Taken]]:
        """The latest `each` of every event, oldest first."""


class Acknowledged:
    """The latest acknowledgements of each event."""

    def __init__(self, site: str, shelf: Shelf) -> None:
        """Reads nothing before `refresh`."""
        self._site = site
        self._shelf = shelf
        self._by_event: defaultdict[str, OrderedDict[int, Taken]]
        self._by_event = defaultdict(OrderedDict)
        self._lock = threading.Lock()
        self._unsaved: list[tuple[str, Taken]] = []
        self._loaded = False
        self.on_found: Callable[[str, dict[str, Any]], None] = lambda _slug, _taken: None
        """Told of each that was taken before this process began, with its event."""

    def take(self, slug: str, seq: int, by: str, at: float) -> tuple[dict[str, Any], bool]:
        """Who acknowledged entry `seq`, the first one stays; and whether this was the first."""
        with self._lock:
            known = self._by_event[slug].get(seq)
            if known is not None:
                return _shown(known), False
            taken = Taken(seq, by, at)
            self._keep(slug, taken)
            self._unsaved.append((slug, taken))
            return _shown(taken), True

    def of(self, slug: str) -> list[dict[str, Any]]:
        """All that are remembered of an event, oldest first."""
        with self._lock:
            kept = self._by_event[slug].values() if slug in self._by_event else ()
            return [_shown(taken) for taken in kept]

    def refresh(self) -> None:
        """Read once what was stored, store what was taken since. Raises StoreError."""
        if not self._loaded:
            self._take_over(self._shelf.taken_alerts(self._site, _KEPT))
            self._loaded = True
        while self._unsaved:
            slug, taken = self._unsaved[0]
            self._shelf.take_alert(self._site, slug, taken)
            self._unsaved.pop(0)

    def _take_over(self, stored: dict[str, list[Taken]]) -> None:
        found: list[tuple[str, Taken]] = []
        with self._lock:
            for slug, each in stored.items():
                here = self._by_event[slug]
                new = [taken for taken in each if taken.seq not in here]
                found += [(slug, taken) for taken in new]
                self._by_event[slug] = OrderedDict(
                    sorted({**{taken.seq: taken for taken in new}, **here}.items())
                )
        for slug, taken in found:
            self.on_found(slug, _shown(taken))

    def _keep(self, slug: str, taken: Taken) -> None:
        kept = self._by_event[slug]
        kept[taken.seq] = taken
        if len(kept) > _KEPT:
            kept.popitem(last=False)


def _shown(taken: Taken) -> dict[str, Any]:
    return {"seq": taken.seq, "by": taken.by, "at": iso(taken.at)}
