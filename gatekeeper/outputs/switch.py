"""Doors on a reader's own contact: the reader, or its driver, ends the pulse.

The driver's `pulse` waits for the reader, so it is called in a thread of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from gatekeeper.errors import GatekeeperError
from gatekeeper.outputs.base import Clock
from gatekeeper.outputs.door import Door, Grant
from gatekeeper.outputs.keeper import TURN_S, Tell

__all__ = ["Pulse", "SwitchKeeper"]

Pulse = Callable[[int, float], None]
"""Close contact N for so many seconds; raises an error of ours where it could not."""

log = logging.getLogger("gatekeeper.outputs")


class SwitchKeeper:
    """Keeps one door on one contact of a reader, from `start()` to `stop()`."""

    def __init__(self, door: Door, pulse: Pulse, clock: Clock, tell: Tell) -> None:
        self._door = door
        self._pulse = pulse
        self._clock = clock
        self._tell = tell
        self._grant: Grant | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"door-{door.settings.id}", daemon=True
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the thread; whether it ended in time. A pulse under way ends by itself."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def grant(self, door: Door, grant: Grant) -> None:
        """Leave `grant` for the thread; the latest counts."""
        with self._lock:
            self._grant = grant
        self._wake.set()

    def _run(self) -> None:
        door = self._door
        door.back()
        while not self._stop.is_set():
            with self._lock:
                grant, self._grant = self._grant, None
            now_ns = self._clock.monotonic_ns()
            said = door.tick(now_ns)
            if grant is not None:
                # A pulse that is under way is prolonged by another one, never by waiting.
                door.ended()
                said += door.grant(grant, now_ns)
            if said:
                self._tell(door, said)
            due = door.due(now_ns)
            if due is not None:
                self._act(due)
            self._wake.wait(TURN_S)
            self._wake.clear()

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
