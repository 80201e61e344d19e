"""Doors on a reader's own contact: the reader, or its driver, ends the pulse.

The driver's `pulse` waits for the reader, so it is called in a thread of its own. A door is as
well as its reader: it fails when the reader goes down, before anybody stands in front of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import GatekeeperError
from gatekeeper.outputs.base import Clock
from gatekeeper.outputs.door import Door, Grant
from gatekeeper.outputs.keeper import TURN_S, Tell

__all__ = ["Pulse", "SwitchKeeper", "Trouble"]

START_NS = 5_000_000_000
"""What a reader may take to come up before its door is told as failed."""
DEFECT_S = 0.5
"""Between a defect and the next try."""

Pulse = Callable[[int, float], None]
"""Close contact N for so many seconds; raises an error of ours where it could not."""
Trouble = Callable[[], str]
"""Why the reader is down; empty while it is not. Returns at once."""

log = logging.getLogger("gatekeeper.outputs")


class SwitchKeeper:
    """Keeps one door on one contact of a reader, from `start()` to `stop()`."""

    def __init__(
        self, door: Door, pulse: Pulse, trouble: Trouble, clock: Clock, tell: Tell
    ) -> None:
        self._door = door
        self._pulse = pulse
        self._trouble = trouble
        self._clock = clock
        self._tell = tell
        self._grant: Grant | None = None
        self._begun_ns = 0
        self._why: str | None = None
        """Why the reader is down; None until it was up, or has been awaited for long enough."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"door-{door.settings.id}", daemon=True
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def ask_to_end(self) -> None:
        """Begin to end; returns at once."""
        self._stop.set()
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the thread; whether it ended in time. A pulse under way ends by itself."""
        self.ask_to_end()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def grant(self, door: Door, grant: Grant) -> None:
        """Leave `grant` for the thread; the latest counts."""
        with self._lock:
            self._grant = grant
        self._wake.set()

    def _run(self) -> None:
        self._begun_ns = self._clock.monotonic_ns()
        while not self._stop.is_set():
            try:
                self._turn()
            except Exception:
                # A defect must not leave the door without a keeper.
                log.exception("door %s: its keeper failed", self._door.settings.id)
                self._stop.wait(DEFECT_S)
            self._wake.wait(TURN_S)
            self._wake.clear()

    def _turn(self) -> None:
        door, why = self._door, self._trouble()
        if self._stop.is_set():
            return  # a reader that is stopped with the node is no news of its door
        now_ns = self._clock.monotonic_ns()
        self._follow(why, now_ns)
        with self._lock:
            grant, self._grant = self._grant, None
        said = door.tick(now_ns)
        if grant is not None:
            # A pulse that is under way is prolonged by another one, never by waiting.
            door.ended()
            said += door.grant(grant, now_ns)
        if said:
            self._tell(door, said)
        due = None if self._why != "" else door.due(now_ns)
        if due is not None:
            self._act(due)

    def _follow(self, why: str, now_ns: int) -> None:
        """The door fails with its reader, and is well again with it."""
        if why == self._why or (why and self._why is None and not self._late(now_ns)):
            return
        self._why = why
        if not why:
            self._door.back()
        elif said := self._door.lost(why, now_ns):
            self._tell(self._door, said)

    def _late(self, now_ns: int) -> bool:
        return now_ns - self._begun_ns > START_NS

    def _act(self, on: bool) -> None:
        door, settings = self._door, self._door.settings
        why = ""
        if on:
            try:
                self._pulse(settings.output.channel, settings.open_seconds)
            except GatekeeperError as error:
                why = str(error)
            except Exception as error:
                # A defect of a driver must not leave its door without a keeper.
                log.exception("a reader's contact failed")
                why = f"driver failed: {error!r}"
        now_ns = self._clock.monotonic_ns()
        said = door.refused(on, why, now_ns) if why else door.switched(on, now_ns)
        if said:
            self._tell(door, said)
