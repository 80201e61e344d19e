"""Who came to an event and who is inside, folded from the journal in memory.

`apply` is the same for history and for news, so that counts rebuilt at start equal counts
kept all along. Holds identities of passes and groups, no names. Reads nothing by itself.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

from gatekeeper.model import Direction, EntryKind, JournalEntry
from gatekeeper.reasons import ReasonClass, Verdict
from gatekeeper.web.texts import iso

__all__ = ["Attendance", "Muster"]

_REMEMBERED = 10_000
"""Entries that a later withdrawal or annotation can still speak of."""

_TAIL = 2
"""Minutes of arrivals that a change of counts repeats."""


class Muster:
    """Who is inside an area: pass to UTC of entry."""

    def __init__(self) -> None:
        """Everybody is out."""
        self.inside: dict[str, float] = {}
        self._before: OrderedDict[int, tuple[str, float | None]] = OrderedDict()

    def apply(self, entry: JournalEntry) -> None:
        """Fold one entry of this area."""
        if entry.kind is EntryKind.WITHDRAWN and (undo := self._before.pop(entry.ref or 0, None)):
            self._set(*undo)
        if not _passes(entry) or entry.pass_id is None:
            return
        self._before[entry.seq] = entry.pass_id, self.inside.get(entry.pass_id)
        if len(self._before) > _REMEMBERED:
            self._before.popitem(last=False)
        self._set(entry.pass_id, None if entry.direction is Direction.OUT else entry.at)

    def _set(self, pass_id: str, at: float | None) -> None:
        if at is None:
            self.inside.pop(pass_id, None)
        else:
            self.inside[pass_id] = at


class Attendance:
    """Counts of one event. Guests are people: each counts once, however often let in."""

    def __init__(self) -> None:
        """Nobody has come; the guest list is not known yet."""
        self.arrived: dict[str, float] = {}
        """Pass to UTC of the first time let in."""
        self.muster = Muster()
        self.refused = 0
        self.seq = 0
        """The last entry folded."""
        self._minutes: Counter[int] = Counter()
        self._companions: dict[str, int] = {}
        self._groups: Mapping[str, str] = {}
        self._expected: Counter[str] = Counter()
        self._arrived_by_group: Counter[str] = Counter()
        self._acts: OrderedDict[int, tuple[str | None, bool, bool]] = OrderedDict()

    def set_guests(self, groups: Mapping[str, str]) -> None:
        """The guest list: pass to group of everybody who is expected."""
        self._groups = groups
        self._expected = Counter(groups.values())
        self._arrived_by_group = Counter(groups.get(pass_id, "") for pass_id in self.arrived)

    def apply(self, entry: JournalEntry) -> None:
        """Fold one entry of this event; entries come in order, each once."""
        self.seq = entry.seq
        self.muster.apply(entry)
        if entry.kind is EntryKind.WITHDRAWN:
            self._withdraw(entry.ref)
        elif entry.kind is EntryKind.COMPANIONS:
            self._count_companions(entry)
        elif _passes(entry):
            self._note(entry, first=self._arrive(entry), refused=False)
        elif entry.kind is EntryKind.DECISION and entry.reason is not None:
            red = entry.reason.cls is ReasonClass.RED
            self.refused += red
            self._note(entry, first=False, refused=red)

    def _arrive(self, entry: JournalEntry) -> bool:
        pass_id = entry.pass_id
        if pass_id is None or entry.direction is Direction.OUT or pass_id in self.arrived:
            return False
        self.arrived[pass_id] = entry.at
        self._minutes[_minute(entry.at)] += 1
        self._arrived_by_group[self._groups.get(pass_id, "")] += 1
        return True

    def _note(self, entry: JournalEntry, *, first: bool, refused: bool) -> None:
        self._acts[entry.seq] = entry.pass_id, first, refused
        if len(self._acts) > _REMEMBERED:
            self._acts.popitem(last=False)

    def _withdraw(self, ref: int | None) -> None:
        pass_id, first, refused = self._acts.pop(ref or 0, (None, False, False))
        self.refused -= refused
        if first and pass_id is not None:
            self._minutes[_minute(self.arrived.pop(pass_id))] -= 1
            self._arrived_by_group[self._groups.get(pass_id, "")] -= 1

    def _count_companions(self, entry: JournalEntry) -> None:
        pass_id = entry.pass_id or self._acts.get(entry.ref or 0, (None,))[0]
        if pass_id is not None and entry.companions is not None:
            self._companions[pass_id] = entry.companions

    def _groups_in_order(self) -> list[tuple[str, int]]:
        """Group and how many are expected; one that came unexpected is there, too."""
        here = {group for group, number in self._arrived_by_group.items() if number}
        return [(group, self._expected[group]) for group in sorted({*self._expected, *here})]

    def counts(self, *, whole: bool) -> dict[str, Any]:
        """What screens show; `arrivals` whole, or the last two minutes only."""
        minutes = sorted(minute for minute, number in self._minutes.items() if number)
        return {
            "expected": sum(self._expected.values()),
            "arrived": len(self.arrived),
            "inside": len(self.muster.inside),
            "refused": self.refused,
            "companions": sum(self._companions.values()),
            "by_group": [
                {"group": group, "expected": number, "arrived": self._arrived_by_group[group]}
                for group, number in self._groups_in_order()
            ],
            "arrivals": [
                [iso(minute * 60.0), self._minutes[minute]]
                for minute in (minutes if whole else minutes[-_TAIL:])
            ],
        }


def _passes(entry: JournalEntry) -> bool:
    """Whether somebody was let through by this entry."""
    return (
        entry.kind in (EntryKind.DECISION, EntryKind.OVERRIDE)
        and entry.reason is not None
        and entry.reason.verdict is Verdict.GRANTED
    )


def _minute(at: float) -> int:
    return int(at // 60)
