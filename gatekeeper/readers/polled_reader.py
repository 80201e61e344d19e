"""What drivers share whose reader answers each command: silence, signs of life, its speed.

Such a reader proves itself alive by answering, so its silence is told after `suspect_ns`, and
after `dead_ns` whoever holds the driver closes the line and opens it anew. Which command
follows which, and what is repeated when, is each driver's own.
"""

from __future__ import annotations

import logging
from typing import ClassVar

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ReaderError
from gatekeeper.readers.base import Transport
from gatekeeper.readers.bauds import BaudSearch
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["PolledReader"]

log = logging.getLogger("gatekeeper.readers")


class PolledReader(SerialReader):
    """A reader that is asked, again and again."""

    bauds: ClassVar[tuple[int, ...]]
    """Where the reader may have been left."""
    suspect_ns: ClassVar[int] = SECOND
    dead_ns: ClassVar[int] = 5 * SECOND

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self.version = ""
        self._bauds = BaudSearch(self.speed, self.bauds, settings.url)
        self._heard_ns = self._sent_ns = self._resume_ns = 0
        self._proven = False

    @property
    def alive(self) -> bool:
        """Whether anything was heard since the line was opened."""
        return self._proven

    @property
    def baud(self) -> int:
        """The speed that the reader is talked to at now."""
        return self._bauds.baud

    def _begin(self, now_ns: int) -> None:
        """The line was opened: the reader has `dead_ns` to say anything at all."""
        self._heard_ns, self._proven = now_ns, False

    def _hear(self, now_ns: int) -> None:
        """The reader said something that no other could have said."""
        self._heard_ns, self._proven = now_ns, True
        if self._bauds.found():
            self.counters.errors["found_at_other_baud"] += 1
            log.warning("%s: the reader was found at %d baud", self.id, self.baud)

    def _end_if_dead(self, now_ns: int) -> None:
        """Raises ReaderError when nothing was heard for `dead_ns`."""
        silent_ns = now_ns - self._heard_ns
        if silent_ns >= self.dead_ns:
            raise ReaderError(
                f"{self.transport.url}: {silent_ns / 1e9:.1f} s of silence seen; "
                "an answer to each command is due"
            )

    def _silence(self, due_ns: int | None = None) -> str:
        """That the reader is silent, in words; empty: it was heard within `due_ns`."""
        due_ns = self.suspect_ns if due_ns is None else due_ns
        silent_ns = self.clock.monotonic_ns() - self._heard_ns
        if silent_ns < due_ns and self._proven:
            return ""
        heard = "since the last answer" if self._proven else "since it was opened"
        return (
            f"silent for {silent_ns / 1e9:.1f} s {heard}; "
            f"an answer within {due_ns / 1e9:.3g} s is due"
        )
