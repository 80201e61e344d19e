"""What a replay of the journal gives: who is where, and which gates are closed.

A plain fold, so that it can be begun from what an earlier fold gave; see
`gatekeeper.checkpoint`. It knows every gate that the record names, whether or not the settings
still do. Decides nothing, reads nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from gatekeeper.access.presence import Presence, PresenceState
from gatekeeper.model import EntryKind, GateState, JournalEntry

__all__ = ["Fold", "FoldCopy", "GateStanding"]


class GateStanding(NamedTuple):
    """How a gate was last set, and when (UTC seconds)."""

    state: GateState
    at: float


class FoldCopy(msgspec.Struct, frozen=True, array_like=True):
    """All that is needed to go on: by area and pass, and by gate."""

    areas: dict[str, dict[str, PresenceState]]
    gates: dict[str, GateStanding]


class Fold:
    """Presence and gates as of an entry. One thread at a time, or under the ledger's lock."""

    def __init__(
        self, presence: Presence | None = None, gates: dict[str, GateStanding] | None = None
    ) -> None:
        self.presence = Presence() if presence is None else presence
        self.gates = {} if gates is None else gates

    @classmethod
    def of(cls, copy: FoldCopy | None) -> Fold:
        """One that goes on from `copy`, which is taken over; None: nothing has happened yet."""
        return cls() if copy is None else cls(Presence(copy.areas), copy.gates)

    def copy(self) -> FoldCopy:
        """As of the last entry. Gates are those that this fold goes on with."""
        return FoldCopy(self.presence.snapshot(), self.gates)

    def apply(self, entry: JournalEntry) -> None:
        """Take `entry` into account; they come in order."""
        self.presence.apply(entry)
        if entry.kind is EntryKind.GATE and entry.gate is not None:
            before = self.gates.get(entry.gate)
            if entry.late and before is not None and entry.at < before.at:
                return  # it was recorded late and is outdated
            opened = entry.state == GateState.OPEN
            state = GateState.OPEN if opened else GateState.CLOSED
            self.gates[entry.gate] = GateStanding(state, entry.at)

    def replay(self, entries: Iterable[JournalEntry], withdrawn: Collection[int]) -> None:
        """Take `entries` into account, except those whose numbers are `withdrawn`."""
        for entry in entries:
            if entry.seq not in withdrawn:
                self.apply(entry)
