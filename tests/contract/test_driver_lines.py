"""Every driver over every kind of line: what is read, once, and what is not invented.

The line is between the device and the host; a damaged frame may cost a second attempt, as
it costs a person at a gate, and never a wrong card.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import wire_entries
from rigs import LINES, Rig, cut_once, lines_of, rig
from watched import Watched

from gatekeeper.model import ReaderState
from gatekeeper.readers import REGISTRY, driver_class, make_reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import CODECS

every_driver = pytest.mark.parametrize("name", sorted(REGISTRY))
LONGEST_CUT = 24


@pytest.fixture
def device(name: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(name, tmp_path) as made:
        yield made


def believes_damage(name: str) -> bool:
    """Whether a damaged frame may look like another card on this driver's wire."""
    wire = driver_class(name).wire
    weak = wire in CODECS and hasattr(wire_entries.load(wire), "WEAK")
    return weak and driver_class(name).family.frames_needed == 1


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name in sorted(REGISTRY) for line in lines_of(name)]
)
def test_cards_are_presented_over_any_line(name: str, line: str, device: Rig) -> None:
    device.line(LINES[line](random.Random(f"{name} {line}")))

    with Watched(device.settings) as watched:
        watched.wait_state(ReaderState.UP)
        for card in device.cards:
            watched.show(device, card)
            device.take(card)

    if not (line in ("lossy", "damaging") and believes_damage(name)):
        assert set(watched.cards()) == set(device.cards)


@every_driver
def test_a_held_card_is_one_presentation_and_another_after_it_was_gone(
    name: str, device: Rig
) -> None:
    gone_s = driver_class(name).family.gone_after_s
    card, other = device.cards

    with Watched(device.settings) as watched:
        watched.wait_state(ReaderState.UP)
        watched.show(device, card)
        hold(2.5 * gone_s)
        assert watched.cards() == [card]
        device.take(card)
        watched.show(device, other)
        device.take(other)
        hold(1.5 * gone_s + 0.5)
        watched.show(device, card)

    assert watched.cards() == [card, other, card]


@every_driver
def test_a_card_that_stays_does_not_hide_another(name: str, device: Rig) -> None:
    first, second = device.cards

    with Watched(device.settings) as watched:
        watched.wait_state(ReaderState.UP)
        watched.show(device, first)
        device.tap(second)
        hold(0.3)
        device.take(first)
        watched.wait(lambda: second in watched.cards())

    assert set(watched.cards()) == {first, second}


@every_driver
def test_a_stream_cut_at_any_byte_costs_a_moment(name: str, device: Rig) -> None:
    """Answers and tags alike: whatever the device sends next is cut after so many bytes."""
    card = device.cards[0]
    with make_reader(device.settings, SystemClock()) as driver:
        driver.read()
        for place in range(1, LONGEST_CUT):
            device.line(cut_once(place))
            device.tap(card)
            end, read = time.monotonic() + 8.0, False
            again = time.monotonic() + 0.3
            while not read and time.monotonic() < end:
                read = any(r.credential == card for r in driver.read())
                if not read and time.monotonic() > again:
                    device.take(card)
                    device.tap(card)
                    again = time.monotonic() + 0.3
            device.take(card)
            assert read, (place, driver.problem(), driver.counters)


@every_driver
def test_a_silent_reader_is_noticed_and_comes_back(name: str, device: Rig) -> None:
    with Watched(device.settings) as watched:
        watched.wait_state(ReaderState.UP)
        device.silence(3.0)
        if driver_class(name).family.proves_alive:
            watched.wait_state(ReaderState.SUSPECT, ReaderState.DOWN)
            watched.wait_state(ReaderState.UP)
        else:
            hold(3.0)
        watched.show(device, device.cards[0])

    assert watched.cards() == [device.cards[0]]


def hold(seconds: float) -> None:
    """Time that passes at the gate: what must not happen in it has no event to wait for."""
    threading.Event().wait(seconds)
