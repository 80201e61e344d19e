"""Guest lists of the events: who is expected, by group, and who has not come yet.

Read from the main database when it changed, and kept, so that counts go on while it is
gone. Names are asked for page by page and not kept.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from gatekeeper.web.attendance import Invited
from gatekeeper.web.entries import holder_json
from gatekeeper.web.holders import Holders
from gatekeeper.web.hub import Hub
from gatekeeper.web.store import Store

__all__ = ["Guests"]


class Guests:
    """Expected guests of every event, as of the latest change."""

    def __init__(self, store: Store, hub: Hub, holders: Holders) -> None:
        """Nothing is read before `refresh`."""
        self._store = store
        self._hub = hub
        self._holders = holders
        self._change = -1
        self._invited: dict[str, dict[str, Invited]] = {}

    def refresh(self) -> None:
        """Take over what changed in the main database. Raises StoreError."""
        change = self._store.changes()
        if change == self._change:
            return
        for event in self._store.events():
            invited = self._store.invited(event.slug)
            if self._invited.get(event.slug) != invited:
                self._invited[event.slug] = invited
                self._hub.set_guests(event.slug, invited)
        self._holders.forget()
        self._change = change

    def missing(
        self, slug: str, *, group: str, text: str, vip: bool, offset: int, limit: int
    ) -> dict[str, Any]:
        """A page of the guests who have not come, and how many there are, by group.

        Raises StoreError.
        """
        arrived, _ = self._hub.arrived(slug)
        total, found = self._store.missing(
            slug, arrived, group=group, text=text, vip=vip, offset=offset, limit=limit
        )
        left = Counter(
            guest.group
            for pass_id, guest in self._invited.get(slug, {}).items()
            if guest.expected and pass_id not in arrived
        )
        return {
            "total": total,
            "groups": [{"group": name, "missing": left[name]} for name in sorted(left)],
            "guests": [
                {
                    "pass_id": each.pass_id,
                    "holder": holder_json(each.holder),
                    "companions": each.companions,
                    "reply": each.reply,
                }
                for each in found
            ],
        }
