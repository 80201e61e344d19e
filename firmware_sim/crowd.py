"""The reception under way: sends the planned people to lanes and follows each to the end.

Between two presentations of the same tag there is always more than the gone time, so that
each is one of its own. Whoever the wire kept from being read comes again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from firmware_sim.lane import Contact, ContactPlan, Lane, Turn
from firmware_sim.people import Person
from firmware_sim.plan import Act, Party, Visit, draw
from firmware_sim.scenario import Crowd, ScenarioError
from firmware_sim.site import Site

__all__ = ["Reception"]

_ATTEMPTS = 40
"""After so many a person goes home; counted, and never seen in a sound run."""
_DOORS_BEFORE_S, _DOORS_AFTER_S = 2.5, 0.3
"""Nobody steps up so shortly before the doors open that both verdicts could be right."""
_COLLISION_S = (0.4, 0.8)
_FINISH_S = 0.2
_SETTLE_S, _SETTLE = 0.5, 1.35
"""Between two presentations of a tag: so long, and so many gone times."""


class Reception:
    """Plays one crowd on one site."""

    def __init__(self, site: Site, crowd: Crowd, on_done: Callable[[], None]) -> None:
        self._site, self._crowd, self._on_done = site, crowd, on_done
        self._dice = random.Random(f"{site.scenario.seed}/acts")  # noqa: S311 (dice of a play)
        self.lanes = [
            Lane(site, station.spec, self._dice, self._hold_back_s)
            for station in site.stations.values()
        ]
        self._settle_s: dict[str, float] = {}
        for spec in (lane.spec for lane in self.lanes):
            settle_s = _SETTLE_S + _SETTLE * spec.gone_s
            for scheme in spec.schemes:
                self._settle_s[scheme] = max(settle_s, self._settle_s.get(scheme, 0.0))
        self._races = 0
        self._early: set[str] = set()
        self.counts = {"people": 0, "under_way": 0, "through": 0, "gave_up": 0}
        self.parties = self._draw()

    def begin(self) -> None:
        """Let the people come."""
        now = time.time()
        doors = self._site.scenario.doors_open
        lead_s = max(0.0, doors - now) if doors is not None else 0.0
        for party in self.parties:
            for visit in party.visits:
                self._site.model.people.setdefault(visit.person.credential, visit.person)
            if not party.early:
                self._site.loop.after(lead_s + party.at_s, partial(self._arrive, party))
            elif lead_s > _DOORS_BEFORE_S:
                at_s = party.at_s * (lead_s - _DOORS_BEFORE_S)
                self._site.loop.after(at_s, partial(self._arrive, party))
            else:
                self._ended()
        self._finish_if_over()

    def report(self) -> dict[str, Any]:
        """Progress, for `status` and the last line of the truth."""
        queues = {lane.spec.id: lane.length for lane in self.lanes}
        served = {lane.spec.id: lane.served for lane in self.lanes}
        return {"crowd": self.counts, "queues": queues, "served": served}

    def _draw(self) -> list[Party]:
        doors = self._site.scenario.doors_open
        people = self._site.model.people.values()
        for person in people:
            if not self._lanes(person, "in"):
                raise ScenarioError(f"{person.credential}: no entrance reads such a tag")
        parties = draw(
            people,
            self._crowd,
            self._site.scenario.seed,
            can_leave=lambda person: bool(self._lanes(person, "out")),
            can_race=lambda person: len(self._open_lanes(person)) > 1,
            before_doors=doors is not None and doors > time.time(),
        )
        self.counts["people"] = sum(len(party.visits) for party in parties if not party.early)
        self.counts["under_way"] = sum(len(party.visits) for party in parties)
        return parties

    def _hold_back_s(self) -> float:
        doors = self._site.scenario.doors_open
        if doors is None:
            return 0.0
        left = doors - time.time()
        return left + _DOORS_AFTER_S if -_DOORS_AFTER_S < left < _DOORS_BEFORE_S else 0.0

    def _lanes(self, person: Person, direction: str) -> list[Lane]:
        scheme = person.credential.partition(":")[0]
        return [
            lane
            for lane in self.lanes
            if scheme in lane.spec.schemes
            and {gate.direction for gate in lane.spec.gates.values()} == {direction}
        ]

    def _open_lanes(self, person: Person) -> list[Lane]:
        """Entrances that the person's pass opens, at every antenna."""
        return [
            lane
            for lane in self._lanes(person, "in")
            if not person.gates
            or {gate.id for gate in lane.spec.gates.values()} <= set(person.gates)
        ]

    def _choose(self, person: Person, act: Act) -> Lane:
        lanes = self._lanes(person, act.direction)
        if act.direction == "in" and person.gates:
            right = self._open_lanes(person)
            wrong = [lane for lane in lanes if lane not in right]
            lanes = (wrong if act.wrong_gate else right) or lanes
        return min(lanes, key=lambda lane: (lane.length, self._dice.random()))

    def _arrive(self, party: Party) -> None:
        first = party.visits[0]
        if party.early:
            self._early.add(first.person.credential)
        elif any(visit.person.credential in self._early for visit in party.visits):
            self._site.loop.after(_SETTLE_S, partial(self._arrive, party))  # still at the door
            return
        if first.acts[0].race:
            self._race(first)
        elif party.collide:
            self._collide(party)
        else:
            lane = self._choose(first.person, first.acts[0])
            self._queue_up(lane, party.visits, attempt=0, front=party.vip)

    def _queue_up(
        self, lane: Lane, visits: tuple[Visit, ...], *, attempt: int, front: bool = False
    ) -> None:
        """Have `visits` (one, or a couple) do their first acts at `lane`."""

        def begin(turn: Turn) -> None:
            left = set(range(len(visits)))

            def ended(number: int, read: bool) -> None:
                left.discard(number)
                if not left:
                    turn.over(lane)
                self._acted(lane, visits[number], read, attempt)

            for number, visit in enumerate(visits):
                self._contact(lane, visit, attempt, partial(ended, number))

        if lane.spec.touch and len(visits) > 1:
            for visit in visits:
                self._queue_up(lane, (visit,), attempt=attempt, front=front)
            return
        lane.join(Turn((lane,), begin), front=front)

    def _contact(
        self,
        lane: Lane,
        visit: Visit,
        attempt: int,
        on_end: Callable[[bool], None],
        race: str = "",
    ) -> None:
        act = visit.acts[0]
        plan = ContactPlan(
            visit.person.credential,
            act.behaviour,
            race,
            attempt,
            act.hold_s or None,
            act.linger_s if not lane.spec.touch else 0.0,
        )
        Contact(self._site, lane.spec, plan, self._dice, on_end).begin()

    def _acted(self, lane: Lane, visit: Visit, read: bool, attempt: int) -> None:
        settle_s = max(self._settle_s[scheme] for scheme in lane.spec.schemes)
        act, *rest = visit.acts
        if not read and attempt < _ATTEMPTS:
            again = partial(self._queue_up, lane, (visit,), attempt=attempt + 1)
            self._site.loop.after(settle_s, again)
            return
        if not read:
            self.counts["gave_up"] += 1
        if not read or not rest:
            credential = visit.person.credential
            self._site.loop.after(settle_s, partial(self._early.discard, credential))
            self._ended()
            return
        lingering_s = act.linger_s if not lane.spec.touch else 0.0
        wait_s = settle_s + max(rest[0].wait_s, lingering_s)
        self._site.loop.after(wait_s, partial(self._go_on, Visit(visit.person, tuple(rest))))

    def _go_on(self, visit: Visit) -> None:
        lane = self._choose(visit.person, visit.acts[0])
        self._queue_up(lane, (visit,), attempt=0, front=visit.person.vip)

    def _race(self, visit: Visit) -> None:
        """Show one tag at two entrances at the same instant."""
        self._races += 1
        race = f"r{self._races}"
        lanes = tuple(self._dice.sample(self._open_lanes(visit.person), 2))
        results: list[bool] = []

        def ended(turn: Turn, lane: Lane, read: bool) -> None:
            turn.over(lane)
            results.append(read)
            if len(results) == len(lanes):
                # Read at one of them at least: the person is done there.
                self._acted(lane, visit, any(results), 0)

        def begin(turn: Turn) -> None:
            for lane in lanes:
                self._contact(lane, visit, 0, partial(ended, turn, lane), race)

        turn = Turn(lanes, begin)
        for lane in lanes:
            lane.join(turn)

    def _collide(self, party: Party) -> None:
        """Two 125 kHz tags at once spoil each other; then each is shown alone."""
        lane = self._choose(party.visits[0].person, party.visits[0].acts[0])
        seconds = self._dice.uniform(*_COLLISION_S)
        left = set(range(len(party.visits)))

        def ended(turn: Turn, number: int, read: bool) -> None:
            left.discard(number)
            visit = party.visits[number]
            if not left:
                turn.over(lane)
            self._acted(lane, visit, read, 0)

        def begin(turn: Turn) -> None:
            for number, visit in enumerate(party.visits):
                plan = ContactPlan(
                    visit.person.credential, "collision", seconds=seconds, patience_s=0.0
                )
                on_end = partial(ended, turn, number)
                Contact(self._site, lane.spec, plan, self._dice, on_end).begin()

        lane.join(Turn((lane,), begin), front=party.vip)

    def _ended(self) -> None:
        self.counts["under_way"] -= 1
        self.counts["through"] += 1
        self._finish_if_over()

    def _finish_if_over(self) -> None:
        if not self.counts["under_way"]:
            self._wait_for_truth()

    def _wait_for_truth(self) -> None:
        if self._site.truth.under_way or any(lane.length for lane in self.lanes):
            self._site.loop.after(_FINISH_S, self._wait_for_truth)
        else:
            self._on_done()
