"""What the reconciliation counts: the tally, its JSON, and percentiles. Compares nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Reconciliation", "Row", "percentiles"]

Row = dict[str, Any]

_DETAILS = 50


@dataclass
class Reconciliation:
    """The result; `report()` is its JSON."""

    presentations: int = 0
    journaled: int = 0
    missed: int = 0
    wrong_accept: int = 0
    wrong_refuse: int = 0
    wrong_reason: int = 0
    retried: int = 0
    unread: int = 0
    maybe: int = 0
    maybe_journaled: int = 0
    during_outage: int = 0
    phantoms: int = 0
    unexpected: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    durable_ms: list[float] = field(default_factory=list)
    feed_ms: list[float] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nobody was missed or judged wrongly, and nothing was made up."""
        return not (
            self.missed
            or self.wrong_accept
            or self.wrong_refuse
            or self.wrong_reason
            or self.unexpected
        )

    def fault(self, what: str, presentation: Row | None, entry: Row | None) -> None:
        """Count `what` and keep the first cases of it to look at."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.details) < _DETAILS:
            self.details.append({"what": what, "presentation": presentation, "entry": entry})

    def report(self) -> Row:
        """Everything as JSON types."""
        counts = {
            name: getattr(self, name)
            for name in (
                "presentations", "journaled", "missed", "wrong_accept", "wrong_refuse",
                "wrong_reason", "retried", "unread", "maybe", "maybe_journaled",
                "during_outage", "phantoms", "unexpected",
            )
        }  # fmt: skip
        return {
            **counts,
            "by_reason": dict(sorted(self.by_reason.items())),
            "tap_to_durable_ms": percentiles(self.durable_ms),
            "tap_to_feed_ms": percentiles(self.feed_ms),
            "details": self.details,
        }


def percentiles(values: Sequence[float]) -> dict[str, float] | None:
    """p50, p99 and the largest (nearest rank), or None where there are no values."""
    if not values:
        return None
    ordered = sorted(values)

    def rank(part: float) -> float:
        return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 3)

    return {"p50": rank(0.50), "p99": rank(0.99), "max": round(ordered[-1], 3)}
