"""Who came to an event and who is inside, folded from the journal in memory.

`put` is the same for history and for news, so that counts rebuilt at start equal counts kept
all along. Where holders stand is folded in `gatekeeper.feed.standings`. Holds identities of
passes and groups, no names. Reads nothing by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gatekeeper.db.arrivals import Standing
from gatekeeper.web.texts import iso

__all__ = ["Attendance", "Invited"]

_TAIL = 2
"""Minutes of arrivals that a change of counts repeats."""


class Invited(NamedTuple):
    """What counting needs to know of an invitation."""

    group: str
    expected: bool
    """Neither cancelled nor declined."""


class Attendance:
    """Counts of one event. Guests are people: each counts once, however often let in."""

    def __init__(self) -> None:
        """Nobody has come; the guest list is not known yet."""
        self._came: dict[str, dict[str, Standing]] = {}
        """By pass, then area."""
        self._guests: Mapping[str, Invited] | None = None
        self._refused: set[tuple[str, str]] = set()
        self._expected: Counter[str] = Counter()
        self._arrived: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._companions: Counter[str] = Counter()
        self._minutes: Counter[int] = Counter()
        self._counting = False

    def set_guests(self, guests: Mapping[str, Invited]) -> None:
        """The guest list: pass to invitation. Until it is known, whoever came counts as a guest."""
        self._guests = guests
        self._expected = Counter()
        for guest in guests.values():
            self._expected[guest.group] += guest.expected
        self._counting = False

    def put(self, pass_id: str, area: str, standing: Standing | None) -> None:
        """Where a holder stands in an area of this event now; None: never let in."""
        if self._counting:
            self._tally(pass_id, -1)
        standings = self._came.setdefault(pass_id, {})
        standings.pop(area, None)
        if standing is not None:
            standings[area] = standing
        elif not standings:
            del self._came[pass_id]
        if self._counting:
            self._tally(pass_id, 1)

    def refuse(self, refused: Iterable[tuple[str, str]]) -> None:
        """Cards were refused in red: reasons and credentials."""
        self._refused.update(refused)

    def arrived(self) -> dict[str, float]:
        """Passes let in, with UTC of the first time."""
        return {pass_id: _first(standings) for pass_id, standings in self._came.items()}

    def inside(self) -> set[str]:
        """Passes inside now."""
        return {p for p, came in self._came.items() if any(each.inside for each in came.values())}

    def counts(self, *, whole: bool) -> dict[str, Any]:
        """What screens show; `arrivals` whole, or the last two minutes only.

        `refused` counts cards (each once a reason), everything else people.
        """
        if not self._counting:
            self._recount()
        minutes = sorted(minute for minute, number in self._minutes.items() if number)
        return {
            "expected": self._expected.total(),
            "arrived": self._arrived.total(),
            "inside": self._inside.total(),
            "refused": len(self._refused),
            "companions": self._companions.total(),
            "by_group": [
                {"group": group, "expected": self._expected[group], "arrived": self._arrived[group]}
                for group in sorted({*self._expected, *(+self._arrived)})
            ],
            "arrivals": [
                [iso(minute * 60.0), self._minutes[minute]]
                for minute in (minutes if whole else minutes[-_TAIL:])
            ],
        }

    def _recount(self) -> None:
        """Everything anew: at start, where counting each change would take longer, and for
        another guest list."""
        for tally in (self._arrived, self._inside, self._companions, self._minutes):
            tally.clear()
        for pass_id in self._came:
            self._tally(pass_id, 1)
        self._counting = True

    def _tally(self, pass_id: str, sign: int) -> None:
        """Add (or take away) what one pass contributes to the counts."""
        standings = self._came.get(pass_id)
        guest = Invited("", False) if self._guests is None else self._guests.get(pass_id)
        if not standings or guest is None:
            return
        self._arrived[guest.group] += sign
        self._inside[guest.group] += sign * any(each.inside for each in standings.values())
        brought = max(each.companions or 0 for each in standings.values())
        self._companions[guest.group] += sign * brought
        self._minutes[int(_first(standings) // 60)] += sign


def _first(standings: Mapping[str, Standing]) -> float:
    return min(each.first_in_at for each in standings.values())
