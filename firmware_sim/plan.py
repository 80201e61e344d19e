"""Who comes when and does what: the crowd's intentions, drawn once from the seed.

Pure: the same people, settings and seed give the same plan. Times are seconds of real time
after the crowd's start (`speed` has already been divided out); what the wires and the queues
make of it is crowd.py's part.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from firmware_sim.people import Person
from firmware_sim.scenario import Crowd, Mix

__all__ = ["Act", "Party", "Visit", "arrival_times", "draw"]

HOLD_S = (2.0, 6.0)
LINGER_S = (4.0, 12.0)
_AWAY_MINUTES = (2.0, 8.0)
"""How long people stay inside before they go out, and outside before they come back."""
_TWICE_MINUTES = (0.2, 3.0)
_COLLIDE = 0.4
"""Part of the couples with 125 kHz tags who hold both to the reader at once."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a person does with a tag."""

    direction: str = "in"
    behaviour: str = ""
    wait_s: float = 0.0
    """After the act before it."""
    hold_s: float = 0.0
    """Stay in the field for so long instead of a usual contact."""
    linger_s: float = 0.0
    """Stay at the edge of the field for so long afterwards."""
    wrong_gate: bool = False
    """Go to a gate that the pass does not open."""
    race: bool = False
    """Show the tag at two entrances at the same instant."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A person, and what they do one after the other."""

    person: Person
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """One or two people who come together; their first acts are one."""

    at_s: float
    visits: tuple[Visit, ...]
    collide: bool = False
    """Both hold their 125 kHz tags to the reader at once, then one after the other."""
    early: bool = False
    """`at_s` is a part (0 to 1) of the time before the doors open."""

    @property
    def vip(self) -> bool:
        """Whether somebody in it is let to the front of the queue."""
        return any(visit.person.vip for visit in self.visits)


def draw(
    people: Iterable[Person],
    crowd: Crowd,
    seed: int,
    *,
    can_leave: Callable[[Person], bool],
    can_race: Callable[[Person], bool],
    before_doors: bool,
) -> list[Party]:
    """The parties of a reception in the order of their arrival.

    `can_leave` and `can_race` tell whether there is an exit, or a second entrance, for a
    person's kind of tag; `before_doors` whether anybody can come too early.
    """
    dice = random.Random(f"{seed}/crowd")  # noqa: S311 (dice of a play)
    known = sorted(people, key=lambda person: person.credential)
    known += _uninvited(known, crowd.mix, dice)
    dice.shuffle(known)
    groups = _groups(known, crowd.mix, dice)
    times = arrival_times(len(groups), crowd.curve, crowd.minutes * 60 / crowd.speed, dice)
    parties: list[Party] = []
    for at_s, group in zip(times, groups, strict=True):
        visits = tuple(
            Visit(person, _acts(person, crowd, dice, can_leave(person), can_race(person)))
            for person in group
        )
        if len(visits) > 1:
            visits = tuple(_together(visit) for visit in visits)
        lf_pair = len(group) > 1 and group[0].credential.startswith("em4100:")
        parties.append(Party(at_s, visits, collide=lf_pair and dice.random() < _COLLIDE))
        simple = len(group) == 1 and group[0].kind == "ok" and not visits[0].acts[0].race
        if before_doors and simple and dice.random() < crowd.mix.early:
            early = Visit(group[0], (Act(behaviour="early"),))
            parties.append(Party(dice.random(), (early,), early=True))
    return sorted(parties, key=lambda party: (not party.early, party.at_s))


def arrival_times(
    count: int, curve: tuple[tuple[float, float], ...], seconds: float, dice: random.Random
) -> list[float]:
    """`count` times within `seconds`, in order, as dense as the curve is high."""
    highest = max(weight for _, weight in curve)
    times: list[float] = []
    while len(times) < count:
        at, level = dice.random(), dice.random() * highest
        if level <= _height(curve, at):
            times.append(at * seconds)
    return sorted(times)


def _height(curve: tuple[tuple[float, float], ...], at: float) -> float:
    for (left, low), (right, high) in pairwise(curve):
        if left <= at <= right:
            return low + (high - low) * (at - left) / max(right - left, 1e-9)
    return curve[0][1] if at < curve[0][0] else curve[-1][1]


def _uninvited(known: list[Person], mix: Mix, dice: random.Random) -> list[Person]:
    """People whose tags nobody knows, of the same schemes as those of the guests."""
    taken = {person.credential for person in known}
    strangers: list[Person] = []
    while len(strangers) < round(mix.uninvited * len(known)):
        scheme, _, value = dice.choice(known).credential.partition(":")
        credential = f"{scheme}:{dice.randbytes(len(value) // 2).hex().upper()}"
        if credential not in taken:
            taken.add(credential)
            strangers.append(Person(credential, "unknown"))
    return strangers


def _groups(people: list[Person], mix: Mix, dice: random.Random) -> list[list[Person]]:
    """Couples by the people's own groups, then by chance among those with equal tags."""
    groups: list[list[Person]] = []
    waiting: dict[str, Person] = {}
    for person in people:
        single = person.kind != "ok" or person.vip or bool(person.gates)
        key = person.credential.partition(":")[0]
        if person.group:
            key += "/" + person.group
        elif single or dice.random() >= mix.couples:
            groups.append([person])
            continue
        other = waiting.pop(key, None)
        if other is None:
            waiting[key] = person
        else:
            groups.append([other, person])
    return groups + [[person] for person in waiting.values()]


def _acts(
    person: Person, crowd: Crowd, dice: random.Random, can_leave: bool, can_race: bool
) -> tuple[Act, ...]:
    first = _stay(crowd.mix, dice)
    if person.kind != "ok":
        return (first, *_repeats("again", crowd, dice))
    return (
        *_before(person, first, crowd.mix, dice, can_leave, can_race),
        *_repeats("twice", crowd, dice),
        *(_leaving(crowd, dice) if can_leave else ()),
    )


def _stay(mix: Mix, dice: random.Random) -> Act:
    """Coming in: mostly a usual contact, now and then a long one."""
    if dice.random() < mix.hold:
        return Act(behaviour="hold", hold_s=dice.uniform(*HOLD_S))
    if dice.random() < mix.linger:
        return Act(behaviour="linger", linger_s=dice.uniform(*LINGER_S))
    return Act()


def _before(
    person: Person, first: Act, mix: Mix, dice: random.Random, can_leave: bool, can_race: bool
) -> tuple[Act, ...]:
    """Coming in, and the mistake that some make on the way."""
    if person.gates and dice.random() < mix.wrong_gate:
        return (Act(behaviour="wrong_gate", wrong_gate=True), first)
    if can_leave and dice.random() < mix.exit_first:
        return (Act("out", "exit_first"), first)
    if can_race and dice.random() < mix.same_instant:
        return (Act(behaviour="same_instant", race=True),)
    return (first,)


def _repeats(behaviour: str, crowd: Crowd, dice: random.Random) -> tuple[Act, ...]:
    if dice.random() >= crowd.mix.twice:
        return ()
    return (Act(behaviour=behaviour, wait_s=_minutes(_TWICE_MINUTES, crowd, dice)),)


def _leaving(crowd: Crowd, dice: random.Random) -> tuple[Act, ...]:
    if dice.random() >= crowd.mix.leave:
        return ()
    out = Act("out", "leave", _minutes(_AWAY_MINUTES, crowd, dice))
    if dice.random() >= crowd.mix.come_back:
        return (out,)
    return (out, Act("in", "come_back", _minutes(_AWAY_MINUTES, crowd, dice)))


def _minutes(limits: tuple[float, float], crowd: Crowd, dice: random.Random) -> float:
    """Minutes of the reception's own time, in seconds of real time."""
    return dice.uniform(*limits) * 60 / crowd.speed


def _together(visit: Visit) -> Visit:
    """The first act of somebody in a couple is to come in, with the other."""
    first = next(act for act in visit.acts if act.direction == "in" and not act.wrong_gate)
    rest = visit.acts[visit.acts.index(first) + 1 :]
    if first.race:
        first = Act()
    return replace(visit, acts=(replace(first, behaviour=first.behaviour or "couple"), *rest))
