"""What the gate needs of the world: a journal and a clock, as Protocols.

The real ones are gatekeeper.journal.writer.JournalWriter and the node's clock; tests hand
in a journal that fails or dawdles at will.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from gatekeeper.model import JournalEntry

__all__ = ["Clock", "Journal", "Late", "Ticket"]

Late = Callable[[JournalEntry | None], None]
"""Told once how an append ended: the durable entry, or None where it was never written."""


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> float:
        """UTC seconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Nanoseconds of a clock that is never set."""


class Ticket(Protocol):
    """The outcome of one append."""

    @property
    def durable(self) -> bool:
        """Whether the entry is on disk. Tickets become durable in the order of appending."""

    def wait(self, timeout: float) -> JournalEntry:
        """The durable entry; raises JournalFault (never written) or TimeoutError (unknown)."""

    def then(self, observer: Late) -> None:
        """Tell `observer` the outcome, now or later, from any thread."""


class Journal(Protocol):
    """The record: appends are durable in order; a fault fails all that is not yet durable."""

    @property
    def epoch(self) -> int:
        """Counts the faults. Once it has changed, everything older has its outcome."""

    def append(self, entry: JournalEntry, *, epoch: int | None = None) -> Ticket:
        """Queue `entry` without waiting; raises JournalFault, also if `epoch` is over."""

    # Any: a journal knows its own tickets only, and is only ever given those back.
    def abandon(self, ticket: Any, late: Late) -> None:
        """Nobody waits for `ticket`: drop it if that is still possible, tell `late` the end."""

    def on_recovered(self, callback: Callable[[], None]) -> None:
        """`callback` is to be called when a fault is over."""
