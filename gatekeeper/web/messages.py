"""What goes out on the live feed, as payloads; whom it goes to, and when, is the hub's affair.

The one description of the feed's messages beside docs/live-feed.md. Reads the ledger; its
caller holds the hub's lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from gatekeeper.web.acknowledged import Acknowledged
from gatekeeper.web.entries import dress
from gatekeeper.web.holders import Holders
from gatekeeper.web.lanes import NodeWatch, View
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.rooms import BATCH, Numbered, Room
from gatekeeper.web.texts import iso

__all__ = ["Messages"]

_SINGLY = 8
"""A history of at most so many entries goes one by one; a longer one in batches."""

Message = tuple[str, dict[str, Any]]
"""(event, payload)."""


class Messages:
    """Makes every message of the feed."""

    def __init__(
        self, ledger: Ledger, watch: NodeWatch, holders: Holders, acknowledged: Acknowledged
    ) -> None:
        """Nothing is asked of anybody here: holders are those looked up before."""
        self._ledger = ledger
        self._watch = watch
        self._holders = holders
        self._acknowledged = acknowledged

    def snapshot(self, room: Room, *, complete: bool) -> Message:
        """How things are in `room` as of its last entry; `complete`: no gap to what is known."""
        slug = _event(room)
        return "snapshot", {
            "room": room.name,
            "seq": room.sent,
            "run": self._watch.view.run,
            "complete": complete,
            **_health(self._watch.view),
            "lanes": self._lanes(room),
            "counts": self._ledger.counts(slug, whole=True) if slug else None,
            "acknowledged": self._acknowledged.of(slug) if slug else [],
        }

    def history(self, room: Room, numbered: list[Numbered]) -> Iterator[Message]:
        """Entries of the past: a few one by one, many in batches."""
        dressed = self._dressed(numbered)
        if len(dressed) <= _SINGLY:
            yield from (("entry", {"room": room.name, **entry}) for entry in dressed)
            return
        for start in range(0, len(dressed), BATCH):
            part = dressed[start : start + BATCH]
            yield "entries", {"room": room.name, "entries": part}

    def news(self, room: Room, numbered: list[Numbered]) -> Message:
        """One message with all of `numbered`."""
        dressed = self._dressed(numbered)
        if len(dressed) == 1:
            return "entry", {"room": room.name, **dressed[0]}
        return "entries", {"room": room.name, "entries": dressed}

    def counts(self, room: Room) -> Message | None:
        """The counts of an event; None in other rooms."""
        slug = _event(room)
        counts = self._ledger.counts(slug, whole=False) if slug else None
        return None if counts is None else ("counts", {"room": room.name, **counts})

    def lanes(self, room: Room) -> Message:
        """Every lane of `room` with its readers."""
        view = self._watch.view
        return "lanes", {"room": room.name, **_health(view), "lanes": self._lanes(room)}

    def beat(self, room: Room) -> Message:
        """A sign of life, and the last entry sent, so that a page knows what it missed."""
        view = self._watch.view
        return "beat", {
            "room": room.name,
            "seq": room.sent,
            "head": self._ledger.seq,
            **_health(view),
            "lanes": view.states(self._ledger.gates_of(room.name)),
        }

    def _lanes(self, room: Room) -> dict[str, Any]:
        return self._watch.view.lanes_json(self._ledger.gates_of(room.name))

    def _dressed(self, numbered: list[Numbered]) -> list[dict[str, Any]]:
        known = self._holders.known(entry.pass_id for _, entry in numbered)
        return [
            {"prev": prev, **dress(entry, known.get(entry.pass_id or ""))}
            for prev, entry in numbered
        ]


def _event(room: Room) -> str | None:
    kind, _, slug = room.name.partition(":")
    return slug if kind == "event" else None


def _health(view: View) -> dict[str, Any]:
    return {
        "at": iso(time.time()),
        "node": view.node,
        "problem": view.problem,
        "unrecorded": view.unrecorded,
    }
