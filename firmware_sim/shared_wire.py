"""One pair of wires with several readers on it, as RS-485 has them.

What it does not imitate: two that talk at once (their bytes come one after the other), and
readers that hear each other's answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

from firmware_sim.loop import Loop
from firmware_sim.wire import Wire

__all__ = ["SharedWire"]


class SharedWire(Wire):
    """A line on which all hear what the host says."""

    _known: ClassVar[WeakKeyDictionary[Loop, dict[Path, SharedWire]]] = WeakKeyDictionary()

    def __init__(self, loop: Loop, link: Path, baud: int, rng: random.Random) -> None:
        super().__init__(loop, link, baud, rng)
        self._hearers: list[Callable[[bytes], None]] = []

    @classmethod
    def at(cls, loop: Loop, link: Path, baud: int, rng: random.Random) -> SharedWire:
        """The bus whose link this is; made where there is none yet."""
        known = cls._known.setdefault(loop, {})
        if link not in known:
            known[link] = cls(loop, link, baud, rng)
        return known[link]

    def join(self, hearer: Callable[[bytes], None]) -> None:
        """Let `hearer` hear what the host says, too."""
        self._hearers.append(hearer)
        self.on_bytes = self._spread

    def _spread(self, data: bytes) -> None:
        for hearer in self._hearers:
            hearer(data)
