"""A pump with what it showed and said, and a way to wait for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from rigs import DEADLINE_S, Rig

from gatekeeper.config import ReaderSettings
from gatekeeper.model import Presentation, ReaderState
from gatekeeper.readers import driver_class
from gatekeeper.readers.pump import Pump

TRY_AGAIN_S = 1.5
"""Somebody who is not read takes the card away after so long, and shows it again."""


class Watched:
    """A reader under a pump, from `with` to its end."""

    def __init__(self, settings: ReaderSettings) -> None:
        self.shown: list[Presentation] = []
        self.states: list[ReaderState] = []
        self._changed = threading.Condition()
        self._away = threading.Event()
        self._gone_s = 1.1 * driver_class(settings.driver).family.gone_after_s
        self.pump = Pump(
            settings,
            lambda presentation: self._note(lambda: self.shown.append(presentation)),
            on_state=lambda status: self._note(lambda: self.states.append(status.state)),
        )

    def __enter__(self) -> Self:
        self.pump.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.pump.stop()

    def _note(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    def wait(self, due: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
        """Wait until `due`, which is looked at after each presentation and change of state."""
        with self._changed:
            assert self._changed.wait_for(due, deadline_s), (
                self.states,
                self.cards(),
                self.pump.status(),
                self.pump.counters(),
            )

    def wait_state(self, *due: ReaderState) -> None:
        """Wait until the reader is in one of these states."""
        self.wait(lambda: bool(self.states) and self.states[-1] in due)

    def cards(self) -> list[str]:
        """What was presented, in order."""
        return [presentation.credential for presentation in self.shown]

    def show(self, device: Rig, card: str) -> None:
        """Hold `card` to the reader until it is presented, and again where it is not."""
        before = self.cards().count(card)
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            device.tap(card)
            with self._changed:
                read = self._changed.wait_for(
                    lambda: self.cards().count(card) > before, TRY_AGAIN_S
                )
            if read:
                return
            device.take(card)
            self._away.wait(self._gone_s)
        raise AssertionError((card, self.cards(), self.states, self.pump.counters()))
