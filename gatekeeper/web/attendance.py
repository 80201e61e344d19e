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
from gatekeeper.reasons import ReasonClass
from gatekeeper.web.texts import iso

__all__ = ["Attendance", "Invited", "Standings"]

_REMEMBERED = 10_000
"""Moves that a later withdrawal can still take back; it comes within seconds."""

_TAIL = 2
"""Minutes of arrivals that a change of counts repeats."""

_Key = tuple[str, str]
"""Pass and area."""


class Standings:
    """Where the holder of each pass stands in each area."""

    def __init__(self) -> None:
        """Nobody has come."""
        self._standings: dict[str, dict[str, Standing]] = {}
        self._recent: deque[tuple[JournalEntry, Standing | None]] = deque(maxlen=_REMEMBERED)

    def apply(self, entry: JournalEntry) -> None:
        """Fold one entry; they come in order, each once."""
        if entry.kind is EntryKind.WITHDRAWN:
            self._withdraw(entry.ref)
        elif entry.pass_id is not None and entry.area is not None:
            before = self._standing((entry.pass_id, entry.area))
            after = step(before, entry)
            if after is not before:
                self._recent.append((entry, before))
                self._put((entry.pass_id, entry.area), after)

    def inside(self) -> dict[str, dict[str, float]]:
        """Area to the passes inside it, with UTC of the latest move."""
        areas: dict[str, dict[str, float]] = {}
        for pass_id, standings in self._standings.items():
            for area, standing in standings.items():
                if standing.inside:
                    areas.setdefault(area, {})[pass_id] = standing.last_at
        return areas

    def _standing(self, key: _Key) -> Standing | None:
        return self._standings.get(key[0], {}).get(key[1])

    def _put(self, key: _Key, standing: Standing | None) -> None:
        pass_id, area = key
        if standing is not None:
            self._standings.setdefault(pass_id, {})[area] = standing
        elif area in self._standings.get(pass_id, {}):
            del self._standings[pass_id][area]
            if not self._standings[pass_id]:
                del self._standings[pass_id]

    def _withdraw(self, ref: int | None) -> None:
        """Nobody was let through by entry `ref`: as before it, and then what came later."""
        found = next((pair for pair in self._recent if pair[0].seq == ref), None)
        if found is None:
            return
        withdrawn, standing = found
        key = withdrawn.pass_id or "", withdrawn.area or ""
        kept = []
        for entry, before in self._recent:
            if entry.seq <= withdrawn.seq or (entry.pass_id, entry.area) != key:
                kept.append((entry, before))
                continue
            kept.append((entry, standing))
            standing = step(standing, entry)
        kept.remove(found)
        self._recent = deque(kept, maxlen=_REMEMBERED)
        self._put(key, standing)


class Invited(NamedTuple):
    """What counting needs to know of an invitation."""

    group: str
    expected: bool
    """Neither cancelled nor declined."""


class Attendance(Standings):
    """Counts of one event. Guests are people: each counts once, however often let in."""

    def __init__(self) -> None:
        """Nobody has come; the guest list is not known yet."""
        super().__init__()
        self.seq = 0
        """The last entry folded."""
        self._guests: Mapping[str, Invited] | None = None
        self._refused: set[tuple[str, str]] = set()
        self._expected: Counter[str] = Counter()
        self._arrived: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._companions: Counter[str] = Counter()
        self._minutes: Counter[int] = Counter()

    def set_guests(self, guests: Mapping[str, Invited]) -> None:
        """The guest list: pass to invitation. Until it is known, whoever came counts as a guest."""
        self._guests = guests
        tallies = (self._arrived, self._inside, self._companions, self._minutes)
        for tally in tallies:
            tally.clear()
        self._expected = Counter()
        for guest in guests.values():
            self._expected[guest.group] += guest.expected
        for pass_id in self._standings:
            self._tally(pass_id, 1)

    def apply(self, entry: JournalEntry) -> None:
        """Fold one entry of this event."""
        self.seq = entry.seq
        super().apply(entry)
        refusal = entry.reason if entry.kind is EntryKind.DECISION else None
        if refusal is not None and refusal.cls is ReasonClass.RED and entry.credential:
            self._refused.add((refusal.value, entry.credential))

    def arrived(self) -> dict[str, float]:
        """Passes let in, with UTC of the first time."""
        return {pass_id: _first(standings) for pass_id, standings in self._standings.items()}

    def counts(self, *, whole: bool) -> dict[str, Any]:
        """What screens show; `arrivals` whole, or the last two minutes only.

        `refused` counts cards (each once a reason), everything else people.
        """
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

    def _put(self, key: _Key, standing: Standing | None) -> None:
        self._tally(key[0], -1)
        super()._put(key, standing)
        self._tally(key[0], 1)

    def _tally(self, pass_id: str, sign: int) -> None:
        """Add (or take away) what one pass contributes to the counts."""
        standings = self._standings.get(pass_id)
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
