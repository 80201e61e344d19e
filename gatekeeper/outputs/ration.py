"""How many entries a door may make by itself: a contact that rattles must not fill the journal.

Pure. What answers a grant is not rationed: each grant has its end on record.
"""

from __future__ import annotations

__all__ = ["BURST", "REFILL_NS", "Ration"]

BURST = 40
"""Entries at once."""
REFILL_NS = 2_000_000_000
"""… and then one in so long: 43,000 a day at the worst, as a busy gate makes."""


class Ration:
    """What one door has left."""

    def __init__(self, now_ns: int) -> None:
        self._left = BURST
        self._since_ns = now_ns
        self._withheld = 0

    def take(self, now_ns: int) -> int | None:
        """How many were withheld before this one, or None: this one is withheld as well."""
        more = (now_ns - self._since_ns) // REFILL_NS
        self._left = min(BURST, self._left + more)
        self._since_ns += more * REFILL_NS
        if self._left == 0:
            self._withheld += 1
            return None
        self._left -= 1
        withheld, self._withheld = self._withheld, 0
        return withheld
