"""Where a reader is looked for that does not answer: where it was, where it belongs, elsewhere.

A reader that was left at another speed by a crash looks dead; so does one that is only busy or
unplugged, and that one comes back where it was, or, after a loss of power, where it belongs. So
between any two other speeds these are tried again. Touches no line: a driver asks for the next
speed and sets it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

__all__ = ["BaudSearch", "speeds_of"]


def speeds_of(url: str, speeds: Iterable[int]) -> tuple[int, ...]:
    """`speeds`, each once, as far as a line can be set to them: a TCP line stays at the first.

    The speed behind a serial server is the server's. To look for a reader elsewhere is in
    vain there, and a reader that was told to come to another speed would be lost.
    """
    each = tuple(dict.fromkeys(speeds))
    return each[:1] if url.startswith("socket://") else each


class BaudSearch:
    """The order of speeds for one reader. It outlives the opening of the line."""

    def __init__(self, usual: int, others: Iterable[int], url: str) -> None:
        """`usual` is where the reader belongs; a TCP line has no others."""
        self.baud = self._last = self._usual = usual
        self._others = deque(speeds_of(url, (usual, *others))[1:])
        self._due: deque[int] = deque()

    def next(self) -> int:
        """The speed to try now."""
        if not self._due:
            other = next((baud for baud in self._others if baud != self._last), self._last)
            self._others.rotate(-1)
            self._due.extend(dict.fromkeys((other, self._last, self._usual)))
        self.baud = self._due.popleft()
        return self.baud

    def back(self) -> bool:
        """The line was opened anew: to where the reader was. Whether `baud` has changed."""
        moved, self.baud = self.baud != self._last, self._last
        return moved

    def found(self) -> bool:
        """The reader answered at `baud`. Whether that is another speed than the last time."""
        self._due.clear()
        if self.baud != self._usual:
            self._due.append(self._usual)  # where it will be once it has lost power
        moved, self._last = self.baud != self._last, self.baud
        return moved
