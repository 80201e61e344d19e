"""The crowd's intentions: drawn from the seed alone, along the curve, with every behaviour."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.people import KINDS, Person
from firmware_sim.plan import Party, arrival_times, draw
from firmware_sim.scenario import Crowd, Mix

ALL = Mix(
    early=0.2,
    twice=0.2,
    hold=0.2,
    linger=0.2,
    couples=0.3,
    uninvited=0.05,
    leave=0.3,
    come_back=0.5,
    exit_first=0.1,
    same_instant=0.1,
    wrong_gate=0.5,
)


def people(count: int) -> list[Person]:
    """Half with each kind of tag, every kind of pass among them."""
    kinds = list(KINDS)
    return [
        Person(
            f"em4100:{number:010X}" if number % 2 else f"epc:{number:024X}",
            kinds[number % 40] if number % 40 < len(kinds) else "ok",
            vip=number % 17 == 0,
            gates=("hall",) if number % 19 == 0 else (),
        )
        for number in range(count)
    ]


def plan(count: int, seed: int, mix: Mix = ALL, speed: float = 1.0) -> list[Party]:
    """A plan for `count` people."""
    crowd = Crowd(Path("unused"), speed=speed, mix=mix)
    return draw(
        people(count),
        crowd,
        seed,
        can_leave=lambda person: person.credential.startswith("epc"),
        can_race=lambda _person: True,
        before_doors=True,
    )


def test_the_same_seed_draws_the_same_crowd() -> None:
    """Another seed draws another."""
    assert plan(200, 7) == plan(200, 7)
    assert plan(200, 7) != plan(200, 8)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 400), st.integers())
def test_everybody_comes_once_and_strangers_come_besides(count: int, seed: int) -> None:
    """Nobody is forgotten, nobody arrives in two parties; only early visits are extra."""
    parties = [party for party in plan(count, seed) if not party.early]
    came = Counter(visit.person.credential for party in parties for visit in party.visits)

    assert set(came.values()) <= {1}
    assert len(came) == count + round(0.05 * count)
    assert {person.credential for person in people(count)} <= set(came)


def test_every_behaviour_occurs() -> None:
    """Early, twice, held, lingering, in couples, out and back, at the wrong gate, at two lanes."""
    parties = plan(2000, 1)
    acts = [act for party in parties for visit in party.visits for act in visit.acts]

    assert {act.behaviour for act in acts} >= {
        "early", "twice", "again", "hold", "linger", "couple", "leave", "come_back",
        "exit_first", "same_instant", "wrong_gate",
    }  # fmt: skip
    assert any(party.collide for party in parties)
    assert any(party.vip for party in parties)


def test_nothing_happens_that_the_mix_forbids() -> None:
    """With every part at zero, each guest comes alone and once."""
    parties = plan(300, 1, Mix(*[0.0] * 11))

    assert len(parties) == 300
    assert {len(party.visits) for party in parties} == {1}
    assert {(visit.acts[0].behaviour, len(visit.acts)) for p in parties for visit in p.visits} == {
        ("", 1)
    }


def test_only_who_has_an_exit_leaves() -> None:
    """No exit of this play reads 125 kHz tags."""
    leaving = [
        visit.person.credential
        for party in plan(1000, 3)
        for visit in party.visits
        if any(act.direction == "out" for act in visit.acts)
    ]

    assert leaving
    assert all(credential.startswith("epc") for credential in leaving)


def test_speed_compresses_the_arrivals_and_not_the_contacts() -> None:
    """At speed 20 an hour is three minutes; a tag held for seconds is held for seconds."""
    slow, fast = plan(500, 3), plan(500, 3, speed=20.0)

    assert max(party.at_s for party in slow) / max(party.at_s for party in fast) == 20.0
    held = [[a.hold_s for p in each for v in p.visits for a in v.acts] for each in (slow, fast)]
    assert held[0] == held[1]


def test_groups_of_the_people_come_together() -> None:
    """A couple named in the file is one party, whatever the dice say."""
    pair = [Person(f"epc:{number:024X}", group="smith") for number in (1, 2)]
    crowd = Crowd(Path("unused"), mix=Mix(*[0.0] * 11))

    (party,) = draw(
        pair, crowd, 1, can_leave=lambda _: False, can_race=lambda _: False, before_doors=False
    )

    assert len(party.visits) == 2


@settings(max_examples=30)
@given(st.integers(1, 300), st.randoms(use_true_random=False))
def test_arrivals_lie_within_their_time_in_order(count: int, dice: object) -> None:
    """As many as asked for, none outside."""
    curve = ((0.0, 0.2), (0.5, 2.0), (1.0, 0.1))
    times = arrival_times(count, curve, 60.0, dice)  # type: ignore[arg-type]

    assert len(times) == count
    assert times == sorted(times)
    assert all(0.0 <= at <= 60.0 for at in times)


def test_arrivals_follow_the_curve() -> None:
    """Few early, a peak in the middle, a tail: counted by quarters of the time."""
    import random

    curve = ((0.0, 0.2), (0.25, 0.8), (0.5, 2.0), (1.0, 0.15))
    times = arrival_times(8000, curve, 1.0, random.Random(4))
    quarters = Counter(min(int(at * 4), 3) for at in times)

    assert quarters[0] < quarters[3] < quarters[1] < quarters[2]
