"""Where a reader is looked for that does not answer: where it was, where it belongs, elsewhere.

A reader that was left at another speed by a crash looks dead; so does one that is only busy or
unplugged, and that one comes back where it was, or, after a loss of power, where it belongs. So
between any two other speeds these are tried again. Touches no line: a driver asks for the next
speed and sets it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

__all__ = ["BaudSearch"]


class BaudSearch:
    """The order of speeds for one reader. It outlives the opening of the line."""

    def __init__(self, usual: int, others: Iterable[int], url: str) -> None:
        """`usual` is where the reader belongs; a TCP line has no speed and so no others."""
        self.baud = self._last = self._usual = usual
        some = () if url.startswith("socket://") else others
        self._others = deque(baud for baud in some if baud != usual)
        self._due: deque[int] = deque()

    def next(self) -> int:
        """The speed to try now."""
        if not self._due:
            other = next((baud for baud in self._others if baud != self._last), self._last)
            self._others.rotate(-1)
            self._due.extend(dict.fromkeys((other, self._last, self._usual)))
        self.baud = self._due.popleft()
        return self.baud

    def found(self) -> bool:
        """The reader answered at `baud`. Whether that is another speed than the last time."""
        self._due.clear()
        if self.baud != self._usual:
            self._due.append(self._usual)  # where it will be once it has lost power
        moved, self._last = self.baud != self._last, self.baud
        return moved
