"""All outputs of a node: told of each answer, they release doors and show lights.

`told` is called after the journal has the entry. It only leaves a note for the threads that
keep the doors, so nothing here can hold up or fail a decision.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping

from gatekeeper.config import BoardSettings, DoorSettings
from gatekeeper.errors import ConfigError
from gatekeeper.model import (
    DoorEvent,
    DoorState,
    DoorStatus,
    EntryKind,
    JournalEntry,
    ReasonClass,
    Verdict,
)
from gatekeeper.outputs import make_board
from gatekeeper.outputs.base import Clock, OpenLine
from gatekeeper.outputs.door import Door, Grant, Said
from gatekeeper.outputs.keeper import BoardKeeper, Watched
from gatekeeper.outputs.ration import Ration
from gatekeeper.outputs.switch import Pulse, SwitchKeeper, Trouble

__all__ = ["Doors", "Lamp"]

LONGEST_NOTE = 200

Lamp = Callable[[ReasonClass], None]
"""Shows a class of answer on a reader; returns at once."""

log = logging.getLogger("gatekeeper.outputs")


class Doors:
    """Every door of the settings with its keeper, and the lights of the readers."""

    def __init__(
        self,
        doors: Iterable[DoorSettings],
        boards: Iterable[BoardSettings],
        *,
        open_line: OpenLine,
        switches: Mapping[str, Pulse],
        lamps: Mapping[str, Lamp],
        clock: Clock,
        record: Callable[[JournalEntry], None],
        troubles: Mapping[str, Trouble] | None = None,
    ) -> None:
        """`switches`, `lamps` and `troubles` by reader; `record` writes without waiting. A reader
        without a trouble is taken for well.

        Raises ConfigError for a board that cannot be.
        """
        self._clock = clock
        self._record = record
        self._lamps = dict(lamps)
        self._doors: list[Door] = []
        self._keepers: dict[Door, BoardKeeper | SwitchKeeper] = {}
        self._since: dict[str, tuple[DoorState, float]] = {}
        self._rations: dict[Door, Ration] = {}
        made = {each.id: make_board(each, open_line, clock) for each in boards}
        for settings in doors:
            board = made.get(settings.output.board or "")
            self._doors.append(Door(settings, confirms=board is None or board.confirms))
        self._running: list[BoardKeeper | SwitchKeeper] = []
        for name, board in made.items():
            mine = [door for door in self._doors if door.settings.output.board == name]
            watched = [one for door in self._doors for one in _watched(door, name)]
            keeper = BoardKeeper(name, board, mine, watched, clock, self._tell)
            self._keepers |= dict.fromkeys(mine, keeper)
            self._running.append(keeper)
        for door in self._doors:
            reader = door.settings.output.reader
            if reader is not None:
                if reader not in switches:
                    raise ConfigError(
                        f"door {door.settings.id!r}: reader {reader!r} has no contacts"
                    )
                trouble = (troubles or {}).get(reader, lambda: "")
                switch = SwitchKeeper(door, switches[reader], trouble, clock, self._tell)
                self._keepers[door] = switch
                self._running.append(switch)

    def start(self) -> None:
        """Lock every door, then keep them."""
        for keeper in self._running:
            keeper.start()

    def ask_to_end(self) -> None:
        """Begin to lock every door and to end; returns at once."""
        for keeper in self._running:
            keeper.ask_to_end()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Lock every door and end; so long for all of them together."""
        self.ask_to_end()
        until = time.monotonic() + timeout_s
        for keeper in self._running:
            if not keeper.stop(max(0.0, until - time.monotonic())):
                log.error("a door's keeper did not end; its door may stand open")

    def told(self, entry: JournalEntry) -> None:
        """An answer was given; a granted one is durable. Returns at once."""
        reason = entry.reason
        if reason is None:
            return
        self._light(entry.reader, reason.cls)
        if entry.seq <= 0 or entry.late or reason.verdict is not Verdict.GRANTED:
            return
        grant = Grant(entry.seq, self._clock.monotonic_ns(), self._age_ns(entry))
        for door in self._doors:
            if door.settings.gate == entry.gate:
                self._keepers[door].grant(door, grant)

    def status(self) -> tuple[DoorStatus, ...]:
        """How every door is now."""
        return tuple(self._status(door) for door in self._doors)

    def _light(self, reader: str | None, shown: ReasonClass) -> None:
        lamp = self._lamps.get(reader or "")
        if lamp is None:
            return
        try:
            lamp(shown)
        except Exception:
            # A lamp is a comfort: whatever is wrong with it, the door goes on.
            log.exception("a reader's light failed")

    def _age_ns(self, entry: JournalEntry) -> int:
        """How old a grant is: since the decision, or since a tap that came from afar.

        A clock that was stepped meanwhile makes it look old, and then the door stays shut.
        """
        ages = [abs(self._clock.now() - entry.at)]
        if entry.seen_at is not None:
            ages.append(abs(entry.at - entry.seen_at))
        return round(max(ages) * 1e9)

    def _status(self, door: Door) -> DoorStatus:
        state, detail, contact = door.state(self._clock.monotonic_ns())
        settings, counts = door.settings, door.counts
        before = self._since.get(settings.id)
        if before is None or before[0] is not state:
            before = self._since[settings.id] = (state, self._clock.now())
        return DoorStatus(
            id=settings.id,
            gate=settings.gate,
            state=state,
            since_at=before[1],
            detail=detail,
            contact=contact,
            released=counts[DoorEvent.RELEASED],
            opened=counts[DoorEvent.OPENED],
            forced=counts[DoorEvent.FORCED],
            held_open=counts[DoorEvent.HELD_OPEN],
            failed=counts[DoorEvent.FAILED],
        )

    def _tell(self, door: Door, said: list[Said]) -> None:
        for event, ref, text in said:
            note = self._rationed(door, event, ref, text)
            if note is None:
                continue
            if event in (DoorEvent.FAILED, DoorEvent.FORCED, DoorEvent.HELD_OPEN):
                log.warning("door %s: %s %s", door.settings.id, event.value, note)
            entry = JournalEntry(
                at=self._clock.now(),
                kind=EntryKind.DOOR,
                gate=door.settings.gate,
                door=door.settings.id,
                state=event.value,
                ref=ref,
                note=note[:LONGEST_NOTE] or None,
            )
            try:
                self._record(entry)
            except Exception:
                # Who keeps a door must lock it again, whatever becomes of the record.
                log.exception("an event of a door is not recorded")

    def _rationed(self, door: Door, event: DoorEvent, ref: int | None, note: str) -> str | None:
        """`note` as it is recorded; None: the door has said too much to be recorded now."""
        if ref is not None and event in (DoorEvent.RELEASED, DoorEvent.FAILED):
            return note  # the end of a grant
        now_ns = self._clock.monotonic_ns()
        ration = self._rations.setdefault(door, Ration(now_ns))
        withheld = ration.take(now_ns)
        if not withheld:
            return note if withheld == 0 else None
        return f"{withheld} events before it were not recorded one by one; {note}".rstrip("; ")


def _watched(door: Door, board: str) -> Iterable[Watched]:
    contact = door.settings.contact
    if contact is not None and contact.board == board:
        yield Watched(door, contact.input, contact.open_level)
