"""Who keeps a door's output: one thread a board, one thread a reader's contact.

Nobody waits for these threads: grants are left in a box, the latest of a door counts, and one
that is not acted on in time is told as failed. A board's thread takes the line, locks every door
of it first, then does what the doors want, looks after the board and the contacts, and takes the
line again when it is lost, at most 2 s apart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from gatekeeper.errors import GatekeeperError, OutputError
from gatekeeper.outputs.base import Board, Clock
from gatekeeper.outputs.contact import Contact
from gatekeeper.outputs.door import Door, Grant, Said

__all__ = ["BoardKeeper", "Tell", "Watched"]

TURN_S = 0.02
"""Longest wait between two looks at the time: how late a pulse may end."""
LOOK_NS = 500_000_000
"""Between two looks at a board without contacts: gone is shown within 2 s."""
CONTACT_NS = 60_000_000
"""Between two looks at contacts."""
MISSES = 2
"""So many looks in a row without an answer, and the board is taken for dead."""
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 1.0

Tell = Callable[[Door, list[Said]], None]
"""Records what a door says. Called in the keeper's thread, must not raise."""

log = logging.getLogger("gatekeeper.outputs")


class Watched:
    """A door's contact on a board."""

    def __init__(self, door: Door, number: int, open_level: int) -> None:
        self.door = door
        self.number = number
        self.contact = Contact(open_level)


class BoardKeeper:
    """Runs one board in one thread, from `start()` to `stop()`."""

    def __init__(
        self,
        name: str,
        board: Board,
        doors: Sequence[Door],
        watched: Sequence[Watched],
        clock: Clock,
        tell: Tell,
    ) -> None:
        """`doors`: those that its relays release; `watched`: the contacts on its inputs."""
        self._board = board
        self._doors = {door.settings.output.channel: door for door in doors}
        self._watched = tuple(watched)
        self._relays = frozenset(self._doors)
        self._inputs = frozenset(one.number for one in watched)
        self._clock = clock
        self._tell = tell
        self._box: dict[Door, Grant] = {}
        self._box_lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._missed = 0
        self._look_ns = 0
        self._thread = threading.Thread(target=self._run, name=f"board-{name}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def ask_to_end(self) -> None:
        """Begin to lock every door and to end; returns at once."""
        self._stop.set()
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Lock every door, release the line, end the thread; whether it ended in time."""
        self.ask_to_end()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def grant(self, door: Door, grant: Grant) -> None:
        """Leave `grant` for the thread. Returns at once, whatever the board does."""
        with self._box_lock:
            self._box[door] = grant
        self._wake.set()

    def _run(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while not self._stop.is_set():
            began_ns = self._clock.monotonic_ns()
            why, defect = "driver failed", False
            try:
                self._session()
            except GatekeeperError as error:
                why = str(error)
            except Exception as error:
                # A defect of a driver must not leave its doors without a keeper.
                log.exception("a board's driver failed")
                why, defect = f"driver failed: {error!r}", True
            # A line that was lost is gone; after a defect it may be the only one that is well.
            self._release_line(lock=defect or self._stop.is_set())
            if self._stop.is_set():
                return
            self._lost(why)
            if self._clock.monotonic_ns() - began_ns > BACKOFF_MAX_S * 1e9:
                backoff_s = BACKOFF_FIRST_S
            self._refuse_for(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    def _session(self) -> None:
        """From taking the line until it is lost or the keeper is stopped."""
        self._board.open()
        self._missed, self._look_ns = 0, 0
        for channel in sorted(self._relays):
            # Whatever a relay was told before, by whomever: locked.
            self._lock(channel)
        self._look(self._clock.monotonic_ns())
        while not self._stop.is_set():
            self._wake.wait(TURN_S)
            self._turn()

    def _turn(self) -> None:
        self._wake.clear()
        self._hand_over()
        for channel, door in self._doors.items():
            now_ns = self._clock.monotonic_ns()
            self._tell_all(door, door.tick(now_ns))
            due = door.due(now_ns)
            if due is not None:
                self._switch(channel, door, due)
        for one in self._watched:
            self._tell_all(one.door, one.door.tick(self._clock.monotonic_ns()))
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._look_ns:
            self._look(now_ns)

    def _hand_over(self) -> None:
        with self._box_lock:
            box, self._box = self._box, {}
        for door, grant in box.items():
            self._tell_all(door, door.grant(grant, self._clock.monotonic_ns()))

    def _lock(self, channel: int) -> None:
        door = self._doors[channel]
        try:
            self._board.switch(channel, False)
        except OutputError as error:
            door.back()
            self._tell_all(door, door.refused(False, str(error), self._clock.monotonic_ns()))
            return
        door.back()
        self._tell_all(door, door.switched(False, self._clock.monotonic_ns()))

    def _switch(self, channel: int, door: Door, on: bool) -> None:
        try:
            self._board.switch(channel, on)
        except OutputError as error:
            self._tell_all(door, door.refused(on, str(error), self._clock.monotonic_ns()))
            return
        self._tell_all(door, door.switched(on, self._clock.monotonic_ns()))

    def _look(self, now_ns: int) -> None:
        """Ask the board how it is. Raises OutputError when it has not answered for long."""
        self._look_ns = now_ns + (CONTACT_NS if self._inputs else LOOK_NS)
        try:
            look = self._board.look(self._relays, self._inputs)
        except OutputError:
            self._missed += 1
            if self._missed >= MISSES:
                raise
            self._look_ns = now_ns
            return
        self._missed = 0
        now_ns = self._clock.monotonic_ns()
        for channel, on in look.relays.items():
            door = self._doors[channel]
            self._tell_all(door, door.observed(on, now_ns))
        for one in self._watched:
            if one.number in look.inputs and one.contact.feed(look.inputs[one.number], now_ns):
                self._tell_all(one.door, one.door.contact(bool(one.contact.is_open), now_ns))

    def _lost(self, why: str) -> None:
        for door in self._doors.values():
            self._tell_all(door, door.lost(why, self._clock.monotonic_ns()))
        for one in self._watched:
            one.contact.lose()
            self._tell_all(one.door, one.door.contact_lost(why))

    def _refuse_for(self, seconds: float) -> None:
        """Wait until the next try; whoever is let through meanwhile is told at once."""
        until_ns = self._clock.monotonic_ns() + round(seconds * 1e9)
        while not self._stop.is_set():
            self._hand_over()
            left_s = (until_ns - self._clock.monotonic_ns()) / 1e9
            if left_s <= 0:
                return
            if self._wake.wait(left_s):
                self._wake.clear()

    def _release_line(self, *, lock: bool) -> None:
        if lock:
            for channel in sorted(self._relays):
                try:
                    self._board.switch(channel, False)
                except GatekeeperError as error:
                    log.warning("relay %d may be on still: %s", channel, error)
                except Exception:
                    # A defect must not keep the other doors from being locked.
                    log.exception("relay %d may be on still: a board's driver failed", channel)
        try:
            self._board.close()
        except Exception:
            log.exception("a board's driver failed to close")

    def _tell_all(self, door: Door, said: list[Said]) -> None:
        if said:
            self._tell(door, said)
