"""What waits for a page that watches several rooms: one message at a time, merged meanwhile.

Each room keeps its own pace, so a page in one room needs nothing of this; a page in several
would get the sum of them. Pure bookkeeping: nothing is sent, and the time is passed in.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from gatekeeper.web.rooms import BATCH

__all__ = ["MOST_ROOMS", "PACE_S", "Paced"]

PACE_S = 1 / 19
"""Seconds between two messages: never over 20 in any second."""

MOST_ROOMS = 6
"""Rooms of one page. With a batch, counts, lanes and a beat of each waiting, the last of them is
sent 1.3 s late: a page that calls itself stale after 3 s without a beat does not."""

Message = tuple[str, dict[str, Any]]


class Paced:
    """Messages of several rooms for one page, in the order in which each kind came up."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[str, str, int], dict[str, Any]] = OrderedDict()
        self._next_at = 0.0

    def offer(self, event: str, payload: dict[str, Any]) -> None:
        """`payload` is to be sent; entries join those that wait, news replaces what it renews.

        A beat that waits stays as it is: it speaks of entries that were offered before it, and
        is sent behind them.
        """
        room = payload["room"]
        if event in ("entry", "entries"):
            waiting = self._waiting.setdefault(("entries", room, 0), {"room": room, "entries": []})
            entries = payload.get("entries") or [
                {name: value for name, value in payload.items() if name != "room"}
            ]
            waiting["entries"].extend(entries)
        elif event == "beat":
            self._waiting.setdefault((event, room, 0), payload)
        else:
            # Of acknowledgements, each is news of its own.
            number = payload["seq"] if event == "acknowledged" else 0
            self._waiting[event, room, number] = payload

    def forget(self, room: str) -> None:
        """The page was given all of `room` anew, or has left it."""
        for key in [key for key in self._waiting if key[1] == room]:
            del self._waiting[key]

    def due_in(self, now: float) -> float | None:
        """Seconds until something may be sent, or None where nothing waits."""
        return max(0.0, self._next_at - now) if self._waiting else None

    def take(self, now: float) -> Message | None:
        """What is to be sent now, or None while it is not yet time."""
        if not self._waiting or now < self._next_at:
            return None
        self._next_at = now + PACE_S
        key, payload = self._waiting.popitem(last=False)
        event = key[0]
        if event != "entries":
            return event, payload
        entries = payload["entries"]
        if len(entries) == 1:
            return "entry", {"room": payload["room"], **entries[0]}
        if len(entries) > BATCH:
            self._waiting[key] = {**payload, "entries": entries[BATCH:]}
            self._waiting.move_to_end(key, last=False)
        return "entries", {**payload, "entries": entries[:BATCH]}
