"""What every driver of a serial wire must do, on a kernel pty, for every driver there is.

A driver joins with an entry in DEVICES: what its device says, given what it was told.
"""

from __future__ import annotations

import os
import random
import select
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.model import CardRead, Presentation, ReaderState
from gatekeeper.readers import REGISTRY, driver_class, make_reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import Pump, rules_of

DEADLINE_S = 20
LOW_FRAME = bytes.fromhex("0236324533303836434544303803")  # published
UHF_FRAME = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")  # published


def a0(*content: int) -> bytes:
    frame = bytes([0xA0, len(content) + 1, *content])
    return frame + bytes([-sum(frame) & 0xFF])


def r2000_answer(told: bytes) -> bytes:
    """What a reader with one tag in its field says to one command."""
    command = told[3]
    if command == 0x72:
        return a0(0x01, 0x72, 0x07, 0x02)
    if command == 0x74:
        return a0(0x01, 0x74, 0x10)
    return UHF_FRAME + a0(0x01, 0x89, 0x00, 0, 25, 0, 0, 0, 1)


@dataclass(frozen=True)
class Device:
    credential: str
    pushes: bytes = b""
    answers: Callable[[bytes], bytes] | None = None


DEVICES = {
    "rdm6300": Device("em4100:62E3086CED", pushes=LOW_FRAME * 2),
    "r2000": Device("epc:300833B2DDD9014000000001", answers=r2000_answer),
}
every_driver = pytest.mark.parametrize("name", sorted(DEVICES))


class Plug:
    """A device on a pty, behind a stable link."""

    def __init__(self, name: str, link: Path) -> None:
        self.device, self.link = DEVICES[name], link
        self.settings = ReaderSettings(id="gate1", driver=name, url=str(link), gate="door")
        self._lock = threading.Lock()
        self.plug()

    def plug(self) -> None:
        with self._lock:
            self.master, self.slave = os.openpty()
            tty.setraw(self.slave)
            self.link.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        with self._lock:
            if self.master >= 0:
                self.link.unlink()
                os.close(self.master)
                os.close(self.slave)
            self.master = self.slave = -1

    def present(self) -> None:
        """Push the tag, or answer a command with it if there is one."""
        with self._lock:
            if self.master < 0:
                return
            if self.device.answers is None:
                os.write(self.master, self.device.pushes)
            elif select.select([self.master], [], [], 0)[0]:
                os.write(self.master, self.device.answers(os.read(self.master, 100)))


@pytest.fixture
def plugged(name: str, tmp_path: Path) -> Iterator[Plug]:
    made = Plug(name, tmp_path / "gate1")
    yield made
    made.unplug()


def test_every_driver_of_the_registry_is_tried() -> None:
    assert set(DEVICES) == set(REGISTRY)


@every_driver
def test_it_stores_and_does_not_act_until_opened(name: str, tmp_path: Path) -> None:
    settings = ReaderSettings(id="gate1", driver=name, url=str(tmp_path / "not there"), gate="door")

    driver = make_reader(settings, SystemClock())

    with pytest.raises(TransportError, match=r"not there: .+ due"):
        driver.open()
    driver.close()
    driver.close()


@every_driver
def test_it_refuses_what_it_does_not_know_by_name(name: str) -> None:
    def build(url: str = "/dev/ttyUSB0", **options: str) -> None:
        settings = ReaderSettings(id="gate1", driver=name, url=url, gate="door", options=options)
        make_reader(settings, SystemClock())

    with pytest.raises(ConfigError, match=r"reader 'gate1': option 'colour' seen; known options:"):
        build(colour="red")
    with pytest.raises(ConfigError, match=r"reader 'gate1': 'gopher://x' seen; a path, socket"):
        build(url="gopher://x")


@every_driver
def test_it_reads_the_tag_that_its_device_shows(plugged: Plug) -> None:
    clock = SystemClock()
    began_ns = clock.monotonic_ns()
    reads: list[CardRead] = []

    with make_reader(plugged.settings, clock) as driver:
        for _ in range(100):
            plugged.present()
            reads += driver.read()
            if reads:
                break

    assert {read.credential for read in reads} == {plugged.device.credential}
    assert reads[0].reader == "gate1"
    assert began_ns < reads[0].seen_ns <= clock.monotonic_ns()
    assert driver.counters.frames >= 1


@every_driver
def test_no_bytes_make_it_raise(plugged: Plug) -> None:
    rng = random.Random(20)

    with make_reader(plugged.settings, SystemClock()) as driver:
        for _ in range(200):
            os.write(plugged.master, rng.randbytes(rng.randrange(1, 200)))
            driver.read()

        assert driver.counters.garbage > 0
        assert isinstance(driver.problem(), str)


@every_driver
def test_unplugging_is_a_transport_error(plugged: Plug) -> None:
    with make_reader(plugged.settings, SystemClock()) as driver:
        plugged.unplug()

        with pytest.raises(TransportError, match=r"gate1: "):
            driver.read()


@every_driver
def test_its_family_is_sensible(name: str) -> None:
    driver = driver_class(name)
    family = driver.family
    settings = ReaderSettings(id="gate1", driver=name, url="/dev/ttyUSB0", gate="door")

    assert family.frames_needed in (1, 2)
    assert family.frames_needed == 1 or 0 < family.frames_within_s < family.gone_after_s
    assert 0.1 <= family.gone_after_s <= 10
    rules = rules_of(settings, make_reader(settings, SystemClock()))
    assert rules.gone_after_ns == family.gone_after_s * 1e9


@every_driver
def test_under_a_pump_it_survives_being_unplugged(plugged: Plug) -> None:
    shown: list[Presentation] = []
    states: list[ReaderState] = []
    changed = threading.Condition()
    done = threading.Event()

    def note(into: list[object], value: object) -> None:
        with changed:
            into.append(value)
            changed.notify_all()

    def serve() -> None:
        while not done.is_set():
            plugged.present()
            done.wait(0.01)

    def wait(due: Callable[[], bool]) -> None:
        with changed:
            assert changed.wait_for(due, DEADLINE_S), (shown, states)

    pump = Pump(
        plugged.settings,
        lambda presentation: note(shown, presentation),  # type: ignore[arg-type]
        on_state=lambda status: note(states, status.state),  # type: ignore[arg-type]
    )
    serving = threading.Thread(target=serve)
    serving.start()
    pump.start()
    try:
        wait(lambda: states[-1:] == [ReaderState.UP] and len(shown) == 1)
        plugged.unplug()
        wait(lambda: states[-1:] == [ReaderState.DOWN])
        plugged.plug()
        wait(lambda: states[-1:] == [ReaderState.UP] and states.count(ReaderState.UP) == 2)
        frames = pump.status().frames
        wait_for_frames(pump, frames)
    finally:
        assert pump.stop()
        done.set()
        plugged.unplug()
        serving.join(DEADLINE_S)

    assert {(p.credential, p.gate) for p in shown} == {(plugged.device.credential, "door")}


def wait_for_frames(pump: Pump, more_than: int) -> None:
    pause = threading.Event()
    for _ in range(DEADLINE_S * 100):
        if pump.status().frames > more_than:
            return
        pause.wait(0.01)
    raise AssertionError(pump.status())
