"""What is fixed about a kind of reader, and what is counted about one of them. Values only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Counters", "Family"]


@dataclass(frozen=True, slots=True)
class Family:
    """What the presentation room must know of a kind of reader."""

    frames_needed: int
    """Equal frames before a read is believed: 2 where noise is known to pass the check."""
    frames_within_s: float
    """Longest pause between them."""
    gone_after_s: float
    """Silence after which a tag has left the field."""
    proves_alive: bool
    """Whether the reader must be heard regularly even when no tag is there."""


@dataclass(slots=True)
class Counters:
    """What a driver has seen since it was made; reconnecting does not reset it."""

    frames: int = 0
    """Whole frames, tags and other answers."""
    garbage: int = 0
    """Pieces of garbage."""
    garbage_by_reason: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Errors that the reader itself reported, and what the driver did about silence."""
