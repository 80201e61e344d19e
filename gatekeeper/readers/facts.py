"""What is fixed about a kind of reader, and what is counted about one of them. Values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

__all__ = [
    "GARBAGE_RUN",
    "GARBAGE_WINDOW_NS",
    "TRAFFIC",
    "Chosen",
    "Counters",
    "Family",
    "Probe",
    "Recognised",
]

TRAFFIC = 5
"""Log level of what goes over a wire, below DEBUG."""
GARBAGE_RUN = 5
"""So many pieces of garbage in a row, with nothing whole among them, and something is wrong."""
GARBAGE_WINDOW_NS = 10_000_000_000
"""… within this time."""

Chosen: TypeAlias = "tuple[tuple[str, str | int], ...]"
"""Options by name, as a value."""


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


class Recognised(NamedTuple):
    """What bytes of a line prove."""

    evidence: str
    """In a few words: names of answers, or how many tags."""
    firmware: str
    options: Chosen
    """What the settings must say."""
    understood: int
    """How many of the bytes are understood."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How a reader is recognised on a line that nobody knows, without changing anything in it.

    Mostly through the codec of the driver's wire: by tags that a reader pushes, and by answers
    whose names stand here.
    """

    bauds: tuple[int, ...]
    """Speeds that it may be found at, the likeliest first."""
    ask: bytes = b""
    """A question that every reader of this kind answers and that changes none of its settings
    (mostly: its version). Empty: it cannot be asked, only listened to."""
    answers: frozenset[str] = frozenset()
    """Names of the answers (`Answer.name`) that prove it: the reply to `ask`, and what the
    reader may be sending by itself."""
    firmware: tuple[str, ...] = ()
    """Details of such an answer that tell model or firmware, in the order of reading."""
    variants: tuple[Chosen, ...] = ((),)
    """Options of the codec to listen with, the usual first: makes that differ on the wire."""
    recognise: Callable[[bytes], Recognised | None] | None = None
    """For a wire without a codec: what the bytes heard prove, None for nothing."""
    wait_s: float = 0.3
    """Longest time from the last byte of `ask` to the whole answer."""
