"""Holders of passes, for entries that carry only the pass's identity.

Asked of the node (which has them in memory), kept for a while, with the main database as
the second source. Never waits long: an entry without its holder's name on time is better
than a late one. Names stay in memory and are never logged.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from gatekeeper.errors import LinkError, StoreError
from gatekeeper.link.messages import Holders as Answer
from gatekeeper.model import Holder
from gatekeeper.web.metrics import count_error

__all__ = ["HolderSource", "Holders", "SecondSource"]

KEPT = 20_000
TTL_S = 30.0
RETRY_S = 1.0
"""After a failure nobody is asked for so long: the feed must not wait again and again."""

_AT_ONCE = 500


class HolderSource(Protocol):
    """The node, asked for holders."""

    def look_up(self, pass_ids: Iterable[str] = (), credentials: Iterable[str] = ()) -> Answer:
        """Raises LinkError."""


class SecondSource(Protocol):
    """The main database, asked for holders."""

    def holders(self, pass_ids: list[str]) -> dict[str, Holder]:
        """Raises StoreError."""


class Holders:
    """Holders by pass, the latest looked up kept."""

    def __init__(self, node: HolderSource, store: SecondSource) -> None:
        self._node = node
        self._store = store
        self._kept: OrderedDict[str, tuple[float, Holder | None]] = OrderedDict()
        self._lock = threading.Lock()
        self._not_before = {"link": 0.0, "store": 0.0}

    def get(self, pass_ids: Iterable[str | None]) -> dict[str, Holder]:
        """The holders of `pass_ids` that are known now; the rest is missing."""
        found, missing = self._known(pass_ids)
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            answered = self._ask(some)
            self._keep(answered)
            found.update({key: holder for key, holder in answered.items() if holder is not None})
        return found

    def known(self, pass_ids: Iterable[str | None]) -> dict[str, Holder]:
        """Those kept from before; nobody is asked."""
        return self._known(pass_ids)[0]

    def learn(self, pass_id: str | None, holder: Holder | None) -> None:
        """The node told a holder in an answer of its own."""
        if pass_id and holder is not None:
            self._keep({pass_id: holder})

    def forget(self) -> None:
        """Passes changed: look everybody up anew."""
        with self._lock:
            self._kept.clear()

    def _known(self, pass_ids: Iterable[str | None]) -> tuple[dict[str, Holder], list[str]]:
        found: dict[str, Holder] = {}
        missing = []
        wanted = {pass_id for pass_id in pass_ids if pass_id}
        oldest = time.monotonic() - TTL_S
        with self._lock:
            for pass_id in wanted:
                at, holder = self._kept.get(pass_id, (0.0, None))
                if at <= oldest:
                    missing.append(pass_id)
                elif holder is not None:
                    found[pass_id] = holder
        return found, missing

    def _ask(self, pass_ids: list[str]) -> dict[str, Holder | None]:
        """Those whom the node knows, the rest of the main database.

        None where both answered and neither knows; whoever could not be asked for is left out.
        """
        found = self._try("link", lambda: self._node.look_up(pass_ids).passes)
        answered: dict[str, Holder | None] = dict(found or {})
        rest = [pass_id for pass_id in pass_ids if pass_id not in answered]
        stored = self._try("store", lambda: self._store.holders(rest)) if rest else {}
        answered.update(stored or {})
        if found is not None and stored is not None:
            answered.update({pass_id: None for pass_id in rest if pass_id not in stored})
        return answered

    def _try(self, source: str, ask: Callable[[], dict[str, Holder]]) -> dict[str, Holder] | None:
        if time.monotonic() < self._not_before[source]:
            return None
        try:
            return ask()
        except (LinkError, StoreError):
            self._failed(source)
            return None

    def _failed(self, source: str) -> None:
        self._not_before[source] = time.monotonic() + RETRY_S
        count_error(f"holder_{source}")

    def _keep(self, holders: dict[str, Holder | None]) -> None:
        now = time.monotonic()
        with self._lock:
            for pass_id, holder in holders.items():
                self._kept[pass_id] = now, holder
                self._kept.move_to_end(pass_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
