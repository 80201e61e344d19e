"""What drivers share whose reader is set up by commands, at a speed that is not sure.

The set-up is a list of steps, each a request that is repeated until it is answered. A reader
that says nothing at all is tried at its other speeds; one that is found there is told to come
to the speed of the settings, once. Behind a serial server there are no other speeds. Whatever
the reader refuses or leaves unanswered is shown and does not keep the rest from happening.
When the steps are done the reader streams, and the driver of the device says what its silence
means; these bounds hold for all:

    suspect_ns   without a frame: the reader is suspect
    dead_ns      without a frame: ReaderError, and whoever holds the driver opens it anew

Nothing here knows a wire. A driver fills in `steps`, `answers` and `on_running`.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ReaderError, TransportError
from gatekeeper.readers.base import Transport
from gatekeeper.readers.bauds import speeds_of
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs.frames import Answer, Tag
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["Step", "SteppedReader"]

RETRY_NS = 5 * SECOND
"""When a set-up is tried again in which a step was left unanswered."""
STAY_NS = 2 * SECOND
"""How long a reader that was heard may be silent before other speeds are tried."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a set-up."""

    name: str
    """As in the answer, and as people are told of it."""
    request: bytes
    patience_ns: int = SECOND // 4
    tries: int = 2
    needed: bool = True
    """Whether the reader is not well without it."""
    heard_patience_ns: int | None = None
    """Patience with a reader that is heard meanwhile, where that differs."""
    knock: bytes = b""
    """What is sent instead every second time, to a reader that has not been heard."""


class SteppedReader(SerialReader, ABC):
    """A reader that is set up step by step and then streams."""

    speeds: ClassVar[tuple[int, ...]]
    """Where the reader may have been left, in baud, the likeliest first."""
    suspect_ns: ClassVar[int] = SECOND
    dead_ns: ClassVar[int] = 5 * SECOND
    fault_hold_ns: ClassVar[int] = SECOND
    """How long an error that the reader reported is shown after it was last reported."""

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self.version = ""
        self._speeds = speeds_of(settings.url, (int(self.chosen["baud"]), *self.speeds))
        self._speed = 0
        """Which of them the line is at; 0 is that of the settings."""
        self._looked_at = 0
        """Which of the others was tried last; the search goes on there after a new opening."""
        self._plan: deque[Step] = deque()
        self._tries = 0
        self._heard_ns = self._sent_ns = self._retry_ns = 0
        self._proven = self._heard_here = self._was_moved = False
        self._faults: dict[str, int] = {}
        self._refused: dict[str, str] = {}

    @abstractmethod
    def steps(self) -> list[Step]:
        """The set-up. The first step is one that any such reader answers at any time."""

    @abstractmethod
    def answers(self, step: Step, frame: Tag | Answer) -> bool:
        """Whether `frame` is the answer to `step`."""

    @abstractmethod
    def refusal(self, step: Step, answer: Answer) -> str:
        """What the answer to `step` refuses it with; empty: it is granted."""

    def further(self, step: Step, answer: Answer) -> list[Step]:
        """Steps that the answer to `step` calls for, before the others."""
        return []

    @abstractmethod
    def speed_step(self, baud: int) -> Step:
        """The request that brings the reader to another speed."""

    @abstractmethod
    def farewell(self) -> bytes:
        """The request that ends the stream, so that no reader radiates for nobody."""

    @abstractmethod
    def on_running(self, now_ns: int, silent_ns: int) -> None:
        """Called after each read while the reader streams: time for watchdogs."""

    @property
    def running(self) -> bool:
        """Whether the set-up is over."""
        return not self._plan

    @property
    def alive(self) -> bool:
        """Whether anything was heard since the line was opened."""
        return self._proven

    def on_open(self, now_ns: int) -> None:
        """Begin, at the speed of the settings."""
        self._heard_ns = now_ns
        self._proven = self._was_moved = False
        self._faults.clear()
        self._refused.clear()
        self._turn_to(0)
        self.set_up(now_ns)

    def close(self) -> None:
        """End the stream where that is still possible, and release the line."""
        if self._proven:
            with contextlib.suppress(TransportError):
                self.write(self.farewell())
        super().close()

    def set_up(self, now_ns: int) -> None:
        """From the first step on."""
        self._plan = deque(self.steps())
        self._heard_here, self._retry_ns = False, 0
        self._send(now_ns)

    def on_tag(self, tag: Tag, now_ns: int) -> None:
        """A tag proves the reader alive as well as an answer does."""
        self._hear(tag, now_ns)

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Take the next step when the one that is waited for is answered."""
        self._hear(answer, now_ns)

    def on_quiet(self, now_ns: int) -> None:
        """Act on silence. Raises ReaderError when nothing was heard for too long."""
        silent_ns = now_ns - self._heard_ns
        if silent_ns >= self.dead_after_ns():
            raise ReaderError(
                f"{self.transport.url}: {silent_ns / 1e9:.1f} s of silence seen; "
                f"a sign of life every {self.suspect_ns / 1e9:.1f} s is due"
            )
        if self.running and self._retry_ns and now_ns >= self._retry_ns:
            self.set_up(now_ns)
        elif self.running:
            self.on_running(now_ns, silent_ns)
        elif now_ns - self._sent_ns >= self._patience_ns():
            self._press_on(now_ns, silent_ns)

    def problem(self) -> str:
        """What was refused, silence, errors that the reader named, then garbage."""
        now_ns = self.clock.monotonic_ns()
        silent_ns = now_ns - self._heard_ns
        told = [f"{name}: {why}" for name, why in self._refused.items()]
        if silent_ns >= self.suspect_ns or not self._proven:
            heard = "since the last frame" if self._proven else "since it was opened"
            told.append(
                f"silent for {silent_ns / 1e9:.1f} s {heard}; "
                f"a sign of life within {self.suspect_ns / 1e9:.1f} s is due"
            )
        told += [why for why, at in self._faults.items() if now_ns - at < self.fault_hold_ns]
        return "; ".join(told) or super().problem()

    def dead_after_ns(self) -> int:
        """Silence that ends the session."""
        return self.dead_ns

    def note_fault(self, name: str, code: str, now_ns: int) -> None:
        """The reader reported error `name`, whose code is written `code`."""
        self.counters.errors[name] += 1
        self._faults[f"{name} ({code})"] = now_ns

    def _hear(self, frame: Tag | Answer, now_ns: int) -> None:
        if not self._heard_here:
            self._tries = 0  # what was sent before did not reach it
        self._heard_ns, self._proven, self._heard_here = now_ns, True, True
        if self._plan and self.answers(self._plan[0], frame):
            self._take_answer(self._plan[0], frame, now_ns)

    def _take_answer(self, step: Step, frame: Tag | Answer, now_ns: int) -> None:
        why = self.refusal(step, frame) if isinstance(frame, Answer) else ""
        if why:
            self._refuse(step, why)
        else:
            self._refused.pop(step.name, None)
        further = self.further(step, frame) if isinstance(frame, Answer) else []
        for extra in reversed(further):
            self._plan.insert(1, extra)
        self._step_on(now_ns, moved=not why)

    def _refuse(self, step: Step, why: str) -> None:
        self.counters.errors[f"{step.name}_refused"] += 1
        if step.needed:
            self._refused[step.name] = why

    def _press_on(self, now_ns: int, silent_ns: int) -> None:
        """The step was not answered in time: again, or without it, or at another speed."""
        step = self._plan[0]
        stays = self._proven and silent_ns < STAY_NS and not self._speed
        if step.tries == 1 and self._heard_here:
            self._step_on(now_ns)  # a request that has no answer
        elif self._tries < step.tries or (stays and not self._heard_here):
            self.counters.errors["step_repeated"] += 1
            self._send(now_ns, self._tries + 1)
        elif self._heard_here:
            self._refuse(step, "unanswered")
            self._retry_ns = now_ns + RETRY_NS if step.needed else self._retry_ns
            self._step_on(now_ns)
        else:
            self._look_elsewhere(now_ns)

    def _look_elsewhere(self, now_ns: int) -> None:
        """The other speeds in turn, and between them always that of the settings."""
        if self._speed:
            self._turn_to(0)
        elif len(self._speeds) > 1:
            self._looked_at = self._looked_at % (len(self._speeds) - 1) + 1
            self._turn_to(self._looked_at)
        self.set_up(now_ns)

    def _step_on(self, now_ns: int, *, moved: bool = True) -> None:
        """`moved`: a change of speed, if that was the step, was not refused."""
        done, wanted = self._plan.popleft(), self._speeds[0]
        if done.name == self.speed_step(wanted).name:
            self._was_moved = True
            self._looked_at = self._speed - 1  # where it is sought first if it did not come
            self._turn_to(0 if moved else self._speed)
            self.set_up(now_ns)
        elif self._speed and not self._was_moved:
            self._plan.appendleft(self.speed_step(wanted))
            self._send(now_ns)
        elif self._plan:
            self._send(now_ns)

    def _patience_ns(self) -> int:
        step = self._plan[0]
        if self._heard_here and step.heard_patience_ns is not None:
            return step.heard_patience_ns
        return step.patience_ns

    def _turn_to(self, speed: int) -> None:
        self._speed = speed
        self.transport.set_baud(self._speeds[speed])

    def _send(self, now_ns: int, tries: int = 1) -> None:
        self._sent_ns, self._tries = now_ns, tries
        step = self._plan[0]
        knocks = step.knock and not self._heard_here and tries % 2 == 0
        self.write(step.knock if knocks else step.request)
