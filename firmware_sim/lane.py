"""A queue before a reader, and what happens to one tag in its field.

A person at 125 kHz comes alone to the reader; at UHF a few walk past together. Whoever could
not be read stays a while, as people do who wait for the beep, then steps aside.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.field import Tag
from firmware_sim.loop import Timer
from firmware_sim.scenario import ReaderSpec
from firmware_sim.site import Site

__all__ = ["Contact", "ContactPlan", "Lane", "Turn"]

LF_CONTACT_S = (0.15, 0.9, 0.3)
"""Shortest, longest, most frequent touch of a 125 kHz reader."""
UHF_PASSAGE_S = (0.3, 2.0)
BETWEEN_S = (0.08, 0.25)
"""From one hand at the reader to the next."""
_UHF_AT_ONCE = 3
_PATIENCE_S = 3.0
"""How long somebody who is not read stays on."""
_REACTION_S = (0.05, 0.2)


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """One tag shown at one reader."""

    credential: str
    behaviour: str = ""
    race: str = ""
    attempt: int = 0
    seconds: float | None = None
    """How long it is meant to stay; None: as people of that kind of tag do."""
    linger_s: float = 0.0
    patience_s: float = _PATIENCE_S


class Contact:
    """One tag in a field until it was read, or its bearer has lost patience."""

    def __init__(
        self,
        site: Site,
        spec: ReaderSpec,
        plan: ContactPlan,
        dice: random.Random,
        on_end: Callable[[bool], None],
    ) -> None:
        self._site, self._spec, self._plan, self._dice = site, spec, plan, dice
        self._on_end = on_end
        self._read = False
        self._retries = plan.attempt
        self._timer: Timer | None = None
        self._antenna = dice.choice(spec.antennas)
        near, far = dice.uniform(0.4, 1.0), dice.uniform(1.5, 3.0)
        if len({gate.id for gate in spec.gates.values()}) > 1:
            # Two gates at one reader: whoever comes is clearly at one of them.
            far = near + 0.2
        self._tag = Tag(plan.credential, self._antenna, near_m=near, far_m=far)

    def begin(self) -> None:
        """Bring the tag into the field."""
        seconds = self._plan.seconds
        if seconds is None:
            low, high, mode = LF_CONTACT_S
            seconds = (
                self._dice.triangular(low, high, mode)
                if self._spec.touch
                else self._dice.uniform(*UHF_PASSAGE_S)
            )
        self._annotate()
        self._site.when_decided(self._spec.id, self._plan.credential, lambda _: self._was_read())
        self._site.put(self._spec.id, self._tag, seconds)
        self._timer = self._site.loop.after(seconds, self._time_is_up)

    def _annotate(self) -> None:
        self._site.truth.annotate(
            self._spec.id,
            self._plan.credential,
            self._plan.behaviour,
            self._plan.race,
            self._retries,
            self._antenna,
        )

    def _was_read(self) -> None:
        self._read = True
        if self._timer is None:  # already overdue
            self._site.loop.after(self._dice.uniform(*_REACTION_S), self._leave)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._read or not self._plan.patience_s:
            self._leave()
            return
        self._retries += 1
        self._annotate()
        self._site.loop.after(self._plan.patience_s, self._give_up)

    def _give_up(self) -> None:
        if not self._read:
            self._leave()

    def _leave(self) -> None:
        self._site.when_decided(self._spec.id, self._plan.credential, None)
        if self._plan.linger_s and self._read:
            self._tag.flicker = 0.85
            self._site.loop.after(self._plan.linger_s, self._gone)
        else:
            self._gone()
        self._on_end(self._read)

    def _gone(self) -> None:
        self._site.take(self._spec.id, self._tag)


class Turn:
    """A place in one queue, or in two at once where a tag is shown at two readers."""

    def __init__(self, lanes: tuple[Lane, ...], begin: Callable[[Turn], None]) -> None:
        self.lanes = lanes
        self._begin = begin

    def begin(self) -> None:
        """All its lanes are free: act. The lanes wait for `over`."""
        self._begin(self)

    def over(self, lane: Lane) -> None:
        """Make `lane` free for the next."""
        lane.free()


class Lane:
    """The queue before one reader."""

    def __init__(
        self, site: Site, spec: ReaderSpec, dice: random.Random, hold_back_s: Callable[[], float]
    ) -> None:
        self.spec = spec
        self.served = 0
        self._site, self._dice, self._hold_back_s = site, dice, hold_back_s
        self._queue: deque[Turn] = deque()
        self._busy = 0
        self._room = 1 if spec.touch else _UHF_AT_ONCE
        self._held = False

    @property
    def length(self) -> int:
        """People waiting and being served, in turns."""
        return len(self._queue) + self._busy

    def join(self, turn: Turn, *, front: bool = False) -> None:
        """Queue up."""
        if front:
            self._queue.appendleft(turn)
        else:
            self._queue.append(turn)
        self.serve()

    def free(self) -> None:
        """Somebody has gone; the next comes after a moment."""
        self.served += 1
        self._site.loop.after(self._dice.uniform(*BETWEEN_S), self._next)

    def _next(self) -> None:
        self._busy -= 1
        self.serve()

    def serve(self) -> None:
        """Let people at the head of the queue act, as far as there is room."""
        while self._queue and self._busy < self._room:
            wait = self._hold_back_s()
            if wait > 0:
                if not self._held:
                    self._held = True
                    self._site.loop.after(wait, self._go_on)
                return
            turn = self._queue[0]
            if not all(lane.can_start(turn) for lane in turn.lanes):
                return  # the other queue is not so far
            for lane in turn.lanes:
                lane.start(turn)
            turn.begin()
            for lane in turn.lanes:
                if lane is not self:
                    lane.serve()

    def can_start(self, turn: Turn) -> bool:
        """Whether `turn` is the next here and there is room."""
        return bool(self._queue) and self._queue[0] is turn and self._busy < self._room

    def start(self, turn: Turn) -> None:
        """Take `turn` out of the queue; it occupies the lane now."""
        self._queue.remove(turn)
        self._busy += 1

    def _go_on(self) -> None:
        self._held = False
        self.serve()
