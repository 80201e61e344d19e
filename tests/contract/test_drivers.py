"""What every driver must do, against its simulated device, for every driver there is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rigs import DEADLINE_S, Rig, rig
from watched import Watched

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.model import CardRead, ReaderState
from gatekeeper.readers import REGISTRY, driver_class, make_reader
from gatekeeper.readers.base import Reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import rules_of

every_driver = pytest.mark.parametrize("name", sorted(REGISTRY))


@pytest.fixture
def device(name: str, tmp_path: Path) -> Iterator[Rig]:
    with rig(name, tmp_path) as made:
        yield made


def reads_until(driver: Reader, due: Callable[[list[CardRead]], bool]) -> list[CardRead]:
    """What `driver` reads until that is enough."""
    reads: list[CardRead] = []
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        reads += driver.read()
        if due(reads):
            return reads
    raise AssertionError(f"not within {DEADLINE_S:.0f} s: {reads} {driver.problem()}")


@every_driver
def test_it_stores_and_does_not_act_until_opened(name: str, device: Rig) -> None:
    driver = make_reader(device.settings, SystemClock())
    device.unplug()

    with pytest.raises(TransportError, match=r".+ due"):
        driver.open()
    driver.close()
    driver.close()


@every_driver
def test_it_refuses_what_it_does_not_know_by_name(name: str, device: Rig) -> None:
    def build(url: str = device.settings.url, **options: str) -> None:
        settings = ReaderSettings(id="gate1", driver=name, url=url, gate="door", options=options)
        make_reader(settings, SystemClock())

    with pytest.raises(ConfigError, match=r"reader 'gate1': option 'colour' seen; known options:"):
        build(colour="red")
    with pytest.raises(ConfigError, match=r"reader 'gate1': 'gopher://x' seen; .+ due"):
        build(url="gopher://x")


@every_driver
def test_it_reads_the_tag_that_its_device_shows(device: Rig) -> None:
    clock = SystemClock()
    began_ns = clock.monotonic_ns()

    with make_reader(device.settings, clock) as driver:
        driver.read()
        device.tap(device.cards[0])
        reads = reads_until(driver, bool)

    assert {read.credential for read in reads} == {device.cards[0]}
    assert reads[0].reader == "gate1"
    assert began_ns < reads[0].seen_ns <= clock.monotonic_ns()
    assert driver.counters.frames >= 1


@every_driver
def test_a_second_tag_after_the_first_is_read(device: Rig) -> None:
    first, second = device.cards

    with make_reader(device.settings, SystemClock()) as driver:
        driver.read()
        device.tap(first)
        reads_until(driver, bool)
        device.take(first)
        device.tap(second)
        reads = reads_until(driver, lambda reads: bool(reads) and reads[-1].credential == second)

    assert {read.credential for read in reads} <= {first, second}


@every_driver
def test_no_bytes_make_it_raise(device: Rig) -> None:
    rng = random.Random(20)

    with make_reader(device.settings, SystemClock()) as driver:
        for _ in range(50):
            device.noise(rng.randbytes(rng.randrange(1, 200)))
            driver.read()
        reads_until(driver, lambda _: driver.counters.garbage > 0)

        assert isinstance(driver.problem(), str)


@every_driver
def test_unplugging_is_a_transport_error(device: Rig) -> None:
    with make_reader(device.settings, SystemClock()) as driver:
        driver.read()
        device.unplug()

        with pytest.raises(TransportError, match=r"seen; .+ due"):
            reads_until(driver, lambda _: False)


@every_driver
def test_its_family_is_sensible(name: str, device: Rig) -> None:
    family = driver_class(name).family

    assert family.frames_needed in (1, 2)
    assert family.frames_needed == 1 or 0 < family.frames_within_s < family.gone_after_s
    assert 0.1 <= family.gone_after_s <= 10
    rules = rules_of(device.settings, make_reader(device.settings, SystemClock()))
    assert rules.gone_after_ns == family.gone_after_s * 1e9


@every_driver
def test_under_a_pump_it_survives_being_unplugged(device: Rig) -> None:
    with Watched(device.settings) as watched:
        watched.wait_state(ReaderState.UP)
        watched.show(device, device.cards[0])
        device.unplug()
        watched.wait_state(ReaderState.DOWN)
        device.replug()
        watched.wait_state(ReaderState.UP)
        device.take(device.cards[0])
        watched.show(device, device.cards[1])

    assert set(watched.cards()) == set(device.cards)
    assert {p.gate for p in watched.shown} == {"door"}
