"""The switch at a door leaf: levels of an input into "open" and "closed", without its bounce.

Pure. A change counts once it has lasted; a gust that rattles the door is no alarm.
"""

from __future__ import annotations

__all__ = ["SETTLE_NS", "Contact"]

SETTLE_NS = 80_000_000
"""So long a new level must last. Contacts bounce for some milliseconds; a leaf that moves
through the switch's edge rattles longer."""


class Contact:
    """One input. `feed` it levels; it says how the door is once that is sure."""

    def __init__(self, open_level: int) -> None:
        """`open_level`: 1 or 0, the input's level while the door is open."""
        self._open_level = bool(open_level)
        self._candidate: bool | None = None
        self._since_ns = 0
        self.is_open: bool | None = None
        """None: not known (yet, or any more)."""

    def feed(self, level: bool, now_ns: int) -> bool:
        """Take one look; whether `is_open` has changed by it."""
        is_open = level is self._open_level
        if is_open is not self._candidate:
            self._candidate, self._since_ns = is_open, now_ns
        if self.is_open is is_open or now_ns - self._since_ns < SETTLE_NS:
            return False
        self.is_open = is_open
        return True

    def lose(self) -> None:
        """Nobody can say any more."""
        self._candidate = self.is_open = None
