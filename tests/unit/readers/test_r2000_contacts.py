"""The output pins of an R2000 as contacts for doors: driver and simulated reader."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.a0 import Code
from firmware_sim.faults import Faults
from firmware_sim.loop import Loop
from firmware_sim.r2000 import R2000
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.model import ReaderState
from gatekeeper.readers import make_reader
from gatekeeper.readers.base import Switch
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import Pump
from gatekeeper.readers.r2000_contacts import ANSWER_S, RETRY_NS, Contacts

DEADLINE_S = 20.0
SECOND = 1_000_000_000
clock = SystemClock()


class Reader(R2000):
    """A simulated reader that tells when its pins move."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.moved: queue.Queue[dict[int, int]] = queue.Queue()

    def _set_pin(self, data: bytes) -> Code:
        code = super()._set_pin(data)
        self.moved.put(dict(self.pins))
        return code


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Plugged in, in a thread of its own, its pins left on by somebody."""
    loop = Loop()
    made = Reader("uhf", loop, tmp_path / "uhf", Faults(random.Random(1)))
    made.start()
    made.pins = {3: 1, 4: 1}
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    yield made
    loop.stop()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    made.stop()


@pytest.fixture
def pumps() -> Iterator[list[Pump]]:
    """Those that run; stopped at the end."""
    running: list[Pump] = []
    yield running
    for pump in running:
        assert pump.stop(DEADLINE_S)


@pytest.fixture
def start(tmp_path: Path, pumps: list[Pump]) -> Callable[..., Switch]:
    """`start(outputs=2)`: the driver under a pump, once it is up."""

    def make(**options: int) -> Switch:
        settings = ReaderSettings(
            id="uhf", driver="r2000", url=str(tmp_path / "uhf"), gate="g", options={**options}
        )
        driver = make_reader(settings, clock)
        assert isinstance(driver, Switch)
        states: queue.Queue[ReaderState] = queue.Queue()
        pump = Pump(
            settings,
            lambda presentation: None,
            on_state=lambda status: states.put(status.state),
            reader=driver,
        )
        pumps.append(pump)
        pump.start()
        assert states.get(timeout=DEADLINE_S) is ReaderState.UP
        return driver

    return make


def wait(reader: Reader, pins: dict[int, int]) -> None:
    """Until the pins are as given."""
    while reader.moved.get(timeout=DEADLINE_S) != pins:
        pass


def test_both_contacts_are_opened_at_the_start_and_a_pulse_has_an_end(
    reader: Reader, start: Callable[..., Switch]
) -> None:
    driver = start(outputs=2)
    wait(reader, {3: 0, 4: 0})

    driver.pulse(2, 0.2)

    assert reader.pins == {3: 0, 4: 1}
    wait(reader, {3: 0, 4: 0})
    rounds = reader.rounds
    driver.pulse(1, 0.1)
    assert reader.pins[3] == 1
    wait(reader, {3: 0, 4: 0})
    assert reader.rounds > rounds  # tags were looked for all the time


def test_a_reader_without_the_option_is_left_as_it_is(
    reader: Reader, start: Callable[..., Switch]
) -> None:
    driver = start()

    with pytest.raises(ConfigError, match="output 1 seen; option outputs is 0"):
        driver.pulse(1, 1.0)

    assert reader.pins == {3: 1, 4: 1}


@pytest.mark.parametrize(
    ("output", "seconds", "said"),
    [(3, 1.0, "output 3 seen; 1 to 2"), (1, 61.0, "61 s seen"), (1, 0.0, "0 s seen")],
)
def test_what_cannot_be_is_refused(output: int, seconds: float, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Contacts(2).pulse(output, seconds)


def test_a_reader_that_was_never_heard_is_not_asked(tmp_path: Path) -> None:
    settings = ReaderSettings(id="uhf", driver="r2000", url=str(tmp_path / "none"), gate="g")
    driver = make_reader(settings, clock)
    assert isinstance(driver, Switch)

    with pytest.raises(TransportError, match="a reader that answers is due"):
        driver.pulse(1, 1.0)


def test_a_pulse_that_is_not_answered_is_not_made_later_and_its_contact_is_opened() -> None:
    contacts = Contacts(1)
    with pytest.raises(TransportError, match=f"no answer within {ANSWER_S:g} s"):
        contacts.pulse(1, 5.0)

    assert contacts.due(SECOND) is None


def test_what_may_have_been_sent_is_opened() -> None:
    contacts = Contacts(1)
    errors: list[Exception] = []

    def pulse() -> None:
        try:
            contacts.pulse(1, 5.0)
        except TransportError as error:
            errors.append(error)

    waiting = threading.Thread(target=pulse)
    waiting.start()
    while contacts.due(SECOND) != (3, 1):
        pass  # the driver asks many times a second, too
    waiting.join(DEADLINE_S)

    assert len(errors) == 1
    assert contacts.due(SECOND) == (3, 0)


def test_open_is_confirmed_twice_as_an_answer_may_be_an_older_one_s() -> None:
    contacts = Contacts(1)
    contacts.begin()
    later = SECOND + RETRY_NS

    first = contacts.due(SECOND)
    contacts.answered(True, SECOND)
    between = contacts.due(SECOND)
    second = contacts.due(later)
    contacts.answered(True, later)

    assert (first, between, second, contacts.due(10 * later)) == ((3, 0), None, (3, 0), None)


def test_a_contact_that_does_not_open_is_tried_again() -> None:
    contacts = Contacts(1)
    contacts.begin()

    tries = []
    for n in range(4):
        now = SECOND + n * RETRY_NS
        tries.append(contacts.due(now))
        contacts.answered(False, now)

    assert tries == [(3, 0)] * 4


def test_a_contact_is_opened_before_the_line_is_released(
    reader: Reader, start: Callable[..., Switch], pumps: list[Pump]
) -> None:
    driver = start(outputs=2)
    wait(reader, {3: 0, 4: 0})
    driver.pulse(1, 60.0)
    assert reader.pins == {3: 1, 4: 0}

    assert pumps[0].stop(DEADLINE_S)

    assert reader.pins == {3: 0, 4: 0}


def test_whoever_waits_while_the_line_is_released_closes_nothing() -> None:
    contacts = Contacts(2)
    contacts.begin()
    for now in (SECOND, SECOND + RETRY_NS):
        for _ in range(2):
            contacts.due(now)
            contacts.answered(True, now)
    refused = threading.Event()

    def pulse() -> None:
        with pytest.raises(TransportError):
            contacts.pulse(2, 5.0)
        refused.set()

    waiting = threading.Thread(target=pulse)
    waiting.start()
    while contacts.due(2 * SECOND) != (4, 1):
        pass

    contacts.release()

    assert refused.wait(DEADLINE_S)
    assert contacts.left_closed
    assert contacts.due(2 * SECOND) == (4, 0)
    contacts.answered(True, 2 * SECOND)
    assert not contacts.left_closed
    with pytest.raises(TransportError, match="being released"):
        contacts.pulse(1, 1.0)
    waiting.join(DEADLINE_S)
