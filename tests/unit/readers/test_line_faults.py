"""The faults that any reader may have, with every serial driver against its simulated device.

What a line does to frames costs reads and makes no other card; what befalls a reader is shown
where its wire can show it, and passes. The network, OSDP and PC/SC have lines of their own: see
tests/contract and tests/integration/cards.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from firmware_sim.faults import EPISODES, FRAME_FAULTS


class Kind(NamedTuple):
    """A driver, the cards it meets, and what its wire can tell."""

    card: str
    other: str
    options: dict[str, str] = {}  # noqa: RUF012 (read only)
    checked: bool = True
    """Whether a frame that is not the reader's own is found out, by a check or by a second one."""


EPCS = Kind("epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1")
NUMBERS = Kind("em4100:62E3086CED", "em4100:01000734E0")
CODES = Kind("qr:GK-2025-000417", "qr:GK-2025-000418", checked=False)
KINDS = {
    "chafon": EPCS,
    "id12la": NUMBERS,
    "m100": EPCS,
    "parallax": NUMBERS,
    "pn532": Kind("uid:24D34F59", "uid:04416D412B0289"),
    "r2000": EPCS,
    "rdm6300": NUMBERS,
    "scanner": CODES,
    "thingmagic": EPCS,
    "wedge": CODES,
    "wiegand": Kind("w26:12:34567", "w26:200:1", {"format": "H10301", "form": "hex"}, False),
}
TAPS = {"id12la", "scanner", "wedge", "wiegand"}
"""Readers that tell a card once, when it comes."""
LONG_S = 4.0

every_kind = pytest.mark.parametrize("name", sorted(KINDS))


@pytest.fixture
def play(simulated: Any, name: str) -> Any:
    """A reader at work, its field empty."""
    options = KINDS[name].options
    device = {"options": {"form": options["form"]}} if "form" in options else {}
    found = simulated(name, device=device, **options)
    assert found.run(2.0) == []
    assert found.driver.problem() == ""
    return found


def taps(play: Any, *cards: str) -> list[str]:
    """What is presented while each of `cards` comes and goes in turn."""
    found = []
    for card in cards:
        play.tap(card)
        found += play.presented(1.2)
        play.take(card)
        found += play.presented(1.3)
    return found


def is_well(play: Any, name: str) -> bool:
    """Whether, without faults, each tap is one presentation and nothing is shown as wrong."""
    for fault in play.device.faults.rates:
        play.device.faults.set(fault, 0.0)
    play.run(10.5)  # garbage is remembered for so long
    kind = KINDS[name]
    return taps(play, kind.card, kind.other) == [kind.card, kind.other] and not (
        play.driver.problem()
    )


def noticed(play: Any) -> int:
    """What the driver has counted of a bad line."""
    return int(play.driver.counters.garbage) + sum(play.errors.values())


@every_kind
@pytest.mark.parametrize("fault", sorted(FRAME_FAULTS))
def test_what_the_line_does_to_frames_costs_reads_and_makes_no_other_card(
    play: Any, name: str, fault: str
) -> None:
    kind = KINDS[name]
    before = noticed(play)
    play.device.faults.set(fault, 0.4)
    shown = taps(play, *[kind.card, kind.other] * 8)

    struck = [report for report in play.reports if report.fault == fault]
    assert len(struck) >= 3
    wrong = {card for card in shown if card not in (kind.card, kind.other)}
    assert not wrong or not kind.checked
    assert noticed(play) > before or wrong or len(shown) < 16 or fault == "doubled"
    assert {kind.card, kind.other} <= set(shown)
    if fault == "noise" and kind.checked:
        # A frame that stands whole is found among the noise, where the wire tells its begin.
        assert len(shown) >= 12
    assert is_well(play, name)


def longest_rest_s(play: Any, seconds: float) -> float:
    """Longest time without a read in so long, one card being held to the reader."""
    began_ns = play.loop.ns
    times = [began_ns, *(read.seen_ns for read in play.run(seconds)), play.loop.ns]
    return max(right - left for left, right in pairwise(times)) / 1e9


@every_kind
def test_a_reader_that_says_nothing_is_shown_where_it_owes_signs_of_life(
    play: Any, name: str
) -> None:
    play.device.faults.length_s = lambda _name: LONG_S - 1.0
    play.device.strike("silent")
    play.tap(KINDS[name].card)
    play.run(0.1)  # what was on its way
    frames = play.driver.counters.frames
    said = play.problems(LONG_S - 1.3)

    assert play.driver.counters.frames == frames
    assert bool(said) is play.driver.family.proves_alive
    assert all("s of silence" in word or "silent for" in word or "is due" in word for word in said)
    assert KINDS[name].card in play.presented(6.0)
    play.take(KINDS[name].card)
    assert is_well(play, name)


@every_kind
def test_a_reader_that_starts_anew_is_set_up_and_reads_again(play: Any, name: str) -> None:
    kind = KINDS[name]
    play.tap(kind.card)
    assert play.presented(1.0) == [kind.card]
    play.device.strike("reset")
    frames = play.driver.counters.frames

    if name in TAPS:
        assert [read.credential for read in play.run(3.0)] == [kind.card], "it is told anew"
    else:
        assert 0.4 <= longest_rest_s(play, 6.0) <= 5.0
        assert {read.credential for read in play.run(1.0)} == {kind.card}
    assert play.driver.counters.frames > frames
    play.take(kind.card)
    assert is_well(play, name)


@every_kind
def test_a_cable_that_is_pulled_is_an_error_in_words_and_comes_back(play: Any, name: str) -> None:
    kind = KINDS[name]
    play.tap(kind.card)
    assert play.presented(1.0) == [kind.card]
    play.device.strike("unplug")
    away = play.run(0.9)
    told = list(play.given_up)

    assert away == []
    assert told
    assert all(word.startswith("/dev/simulated: ") and "due" in word for word in told)
    assert play.driver.counters.frames > 0
    assert {read.credential for read in play.run(8.0)} == {kind.card}
    play.take(kind.card)
    assert is_well(play, name)


@every_kind
def test_another_speed_for_a_moment_is_noise_and_passes(play: Any, name: str) -> None:
    """A wedge has no speed; what its line carries meanwhile is noise all the same."""
    kind = KINDS[name]
    before = noticed(play)
    play.device.strike("baud")
    shown = []
    for _ in range(2):
        play.tap(kind.card)
        shown += play.presented(0.3)
        play.take(kind.card)
    assert {card for card in shown if card == kind.other} == set()
    assert not shown or not kind.checked or shown == [kind.card]
    play.run(1.5)

    assert noticed(play) > before or shown == []
    assert is_well(play, name)


@every_kind
def test_a_ghost_opens_nothing_and_is_seen_where_one_frame_must_do(play: Any, name: str) -> None:
    """At 125 kHz only. It carries a number that noise makes, never one that was shown before."""
    play.device.strike("ghost")
    shown = play.presented(2.0)

    frames = [report for report in play.reports if report.ghost]
    assert len(frames) == (1 if KINDS[name] is NUMBERS else 0)
    assert shown == ([frames[0].credential] if name == "id12la" else [])
    assert play.driver.problem() == ""
    assert is_well(play, name)


def test_all_episodes_of_any_reader_are_tried_here() -> None:
    assert set(EPISODES) == {"unplug", "reset", "silent", "baud", "ghost"}
