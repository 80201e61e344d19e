"""Tags at the readers of desks: shown to the page that asks, decided and recorded by nobody.

A desk's reader serves no gate; what it reads is kept in memory, the last few a desk, and handed to
the web when it asks. A page asks from the moment it is opened: it is never shown what was tapped
before.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import UserError
from gatekeeper.link.messages import Tap, Taps
from gatekeeper.model import Presentation
from gatekeeper.node.head import bounded

__all__ = ["KEPT", "LONGEST_WAIT_S", "DeskTaps"]

KEPT = 32
"""Taps of a desk that wait to be asked for; an old one is of no use to anybody."""

LONGEST_WAIT_S = 10.0


class DeskTaps:
    """What was tapped at desks. Told by readers' threads, asked from many others."""

    def __init__(self, readers: Iterable[ReaderSettings]) -> None:
        """Knows the desks that `readers` name."""
        self._taps: dict[str, deque[Tap]] = {
            reader.desk: deque(maxlen=KEPT) for reader in readers if reader.desk
        }
        self._last = dict.fromkeys(self._taps, 0)
        self._moved = threading.Condition()
        self._closed = False

    def take(self, presentation: Presentation) -> bool:
        """Keep it if it was made at a desk; false: it is a gate's affair."""
        desk = presentation.gate.removeprefix("desk:")
        if desk == presentation.gate or desk not in self._taps:
            return False
        with self._moved:
            self._last[desk] += 1
            tap = Tap(self._last[desk], presentation.credential, presentation.seen_at)
            self._taps[desk].append(tap)
            self._moved.notify_all()
        return True

    def wait(self, desk: str, after: int | None, timeout_s: float) -> Taps:
        """The taps after number `after`, as soon as there is one or the time is over.

        Raises UserError where no reader serves the desk.
        """
        if desk not in self._taps:
            raise UserError(f"desk {desk!r} has no reader for tags")
        with self._moved:
            if after is None or after > self._last[desk]:  # the node began anew
                return Taps(last=self._last[desk])
            limit = bounded(timeout_s, LONGEST_WAIT_S)
            self._moved.wait_for(lambda: self._closed or self._last[desk] > after, limit)
            found = tuple(tap for tap in self._taps[desk] if tap.seq > after)
            return Taps(last=self._last[desk], taps=found)

    def close(self) -> None:
        """Wake everybody: the node ends."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
