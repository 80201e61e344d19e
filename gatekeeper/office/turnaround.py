"""How long requests take: pure arithmetic on when they came and when they were decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

__all__ = ["SPAN_DAYS", "Turnaround", "Week", "turnaround"]

SPAN_DAYS = 84
"""Twelve weeks: what the queue's chart shows."""


@dataclass(frozen=True, slots=True)
class Week:
    """Requests decided in one week, from Monday on."""

    monday: str
    """`YYYY-MM-DD` at the site."""
    decided: int
    median_hours: float | None
    """None: none was decided."""


@dataclass(frozen=True, slots=True)
class Turnaround:
    """From receipt to decision, waiting for the applicant included."""

    decided: int
    median_hours: float | None
    slowest_hours: float | None
    """Nine of ten took no longer than this."""
    weeks: tuple[Week, ...]


def turnaround(
    decided: Iterable[tuple[float, float]], now: float, zone: ZoneInfo, days: int = SPAN_DAYS
) -> Turnaround:
    """Of `(received, decided)` in UTC seconds, by weeks that end with the present one."""
    pairs = [(begin, end) for begin, end in decided if end <= now]
    hours = sorted((end - begin) / 3600 for begin, end in pairs)
    today = datetime.fromtimestamp(now, zone).date()
    this_week = today - timedelta(days=today.weekday())
    by_week: dict[str, list[float]] = {
        (this_week - timedelta(weeks=back)).isoformat(): [] for back in range(days // 7 - 1, -1, -1)
    }
    for begin, end in pairs:
        day = datetime.fromtimestamp(end, zone).date()
        monday = (day - timedelta(days=day.weekday())).isoformat()
        if monday in by_week:
            by_week[monday].append((end - begin) / 3600)
    weeks = tuple(Week(monday, len(each), _median(each)) for monday, each in by_week.items())
    slowest = hours[max(0, -(-len(hours) * 9 // 10) - 1)] if hours else None
    return Turnaround(len(hours), _median(hours), slowest, weeks)


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 2) if values else None
