"""Who came to an event and who is inside, folded from the journal in memory.

`apply` is the same for history and for news, so that counts rebuilt at start equal counts
kept all along; the rules of the fold are those of the reports (`gatekeeper.db.arrivals`),
so that both agree. Holds identities of passes and groups, no names. Reads nothing by itself.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from gatekeeper.db.arrivals import Standing, step
from gatekeeper.model import EntryKind, JournalEntry
from gatekeeper.reasons import Reason
from gatekeeper.web.texts import iso

__all__ = ["Attendance", "Change", "Invited", "Standings"]

_REMEMBERED = 10_000
"""Moves that a later withdrawal can still take back; it comes within seconds."""

_TAIL = 2
"""Minutes of arrivals that a change of counts repeats."""


class Change(NamedTuple):
    """What one entry made of where a holder stands; None: never let in."""

    pass_id: str
    area: str
    before: Standing | None
    after: Standing | None


class Standings:
    """Where the holder of each pass stands in each area."""

    def __init__(self) -> None:
        """Nobody has come."""
        self._areas: dict[str, dict[str, Standing]] = {}
        self._recent: deque[tuple[JournalEntry, Standing | None]] = deque(maxlen=_REMEMBERED)

    def apply(self, entry: JournalEntry) -> Change | None:
        """Fold one entry; they come in order, each once. None where it changes nothing."""
        if entry.kind is EntryKind.WITHDRAWN:
            return self._withdraw(entry.ref)
        pass_id, area = entry.pass_id, entry.area
        if pass_id is None or area is None:
            return None
        before = self._areas.setdefault(area, {}).get(pass_id)
        after = step(before, entry)
        if after is before:
            return None
        self._recent.append((entry, before))
        return self._put(pass_id, area, after)

    def inside(self) -> dict[str, dict[str, float]]:
        """Area to the passes inside it, with UTC of the latest move."""
        return {
            area: {pass_id: each.last_at for pass_id, each in standings.items() if each.inside}
            for area, standings in self._areas.items()
        }

    def _put(self, pass_id: str, area: str, after: Standing | None) -> Change:
        standings = self._areas[area]
        before = standings.pop(pass_id, None)
        if after is not None:
            standings[pass_id] = after
        return Change(pass_id, area, before, after)

    def _withdraw(self, ref: int | None) -> Change | None:
        """Nobody was let through by entry `ref`: as before it, and then what came later."""
        found = next((pair for pair in self._recent if pair[0].seq == ref), None)
        if found is None:
            return None
        withdrawn, standing = found
        whom = withdrawn.pass_id, withdrawn.area
        kept = []
        for entry, before in self._recent:
            if entry.seq <= withdrawn.seq or (entry.pass_id, entry.area) != whom:
                kept.append((entry, before))
                continue
            kept.append((entry, standing))
            standing = step(standing, entry)
        kept.remove(found)
        self._recent = deque(kept, maxlen=_REMEMBERED)
        return self._put(withdrawn.pass_id or "", withdrawn.area or "", standing)


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

    def refuse(self, reason: Reason, credential: str) -> None:
        """A card was refused in red."""
        self._refused.add((reason.value, credential))

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
