"""A real pcscd with virtual readers, and cards that are laid on them by simulated devices.

One pcscd a machine: a test that has it holds a lock until its end.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.field import Tag
from firmware_sim.loop import Loop
from firmware_sim.pcsc import Pcsc
from firmware_sim.pcscd import Pcscd, missing
from firmware_sim.thai_id import ThaiIdCard, lay_on
from firmware_sim.vpcd import VpcdLine
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import GatekeeperError
from gatekeeper.model import CardRead, Presentation, ReaderState
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pcsc import PcscReader
from gatekeeper.readers.pump import Pump

DEADLINE_S = 20.0


class Shown:
    """A reader under a pump: what it presented, its states, and a way to wait for more."""

    def __init__(self, settings: ReaderSettings) -> None:
        self.presented: list[Presentation] = []
        self.states: list[ReaderState] = []
        self._changed = threading.Condition()
        self.pump = Pump(settings, self._present, on_state=lambda s: self._state(s.state))

    def _present(self, presentation: Presentation) -> None:
        with self._changed:
            self.presented.append(presentation)
            self._changed.notify_all()

    def _state(self, state: ReaderState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    @property
    def cards(self) -> list[str]:
        """What was presented, in order."""
        return [presentation.credential for presentation in self.presented]

    def wait(self, due: Callable[[], object]) -> None:
        """Until `due`, which is looked at after each presentation and change of state."""
        with self._changed:
            assert self._changed.wait_for(due, DEADLINE_S), (
                self.cards,
                self.states,
                self.pump.status(),
                self.pump.counters(),
            )

    def wait_state(self, *due: ReaderState) -> None:
        """Until the reader is in one of these states."""
        self.wait(lambda: self.states[-1:] and self.states[-1] in due)


class Bench:
    """The service, its readers, and a thread that plays the cards."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.loop = Loop()
        self.devices: dict[str, Pcsc] = {}
        self._jobs: deque[Callable[[], None]] = deque()
        self._woken, self._waker = os.pipe()
        self.loop.watch(self._woken, self._work)
        self._thread = threading.Thread(target=self.loop.run, name="cards", daemon=True)
        self.pcscd: Pcscd

    def serve(self, *names: str) -> Pcscd:
        """Start the service with these readers; each gets a device with no card on it."""
        self.pcscd = self._stack.enter_context(Pcscd(self.folder, names))
        self._thread.start()
        for name in names:
            self.add(name)
        return self.pcscd

    def add(self, name: str) -> Pcsc:
        """A device for a reader of the service."""
        device = self.devices[name] = Pcsc(
            name,
            self.loop,
            self.folder / name,
            Faults(random.Random(name)),
            options={"vpcd": f"127.0.0.1:{self.pcscd.ports[name]}"},
        )
        self.do(device.start)
        return device

    def thai_id(self, name: str, card: ThaiIdCard) -> VpcdLine:
        """Put an identity card into a reader."""
        address = f"127.0.0.1:{self.pcscd.ports[name]}"
        line = VpcdLine(self.loop, self.folder / name, random.Random(1), address)
        self.do(lambda: lay_on(card, line))
        return line

    def tap(self, name: str, card: str) -> Tag:
        """Lay a card on a reader; there it stays."""
        tag = Tag(card)
        self.do(lambda: self.devices[name].field.put(tag, self.loop.now(), 3600.0))
        return tag

    def take(self, name: str, tag: Tag) -> None:
        """Take it off."""
        self.do(lambda: self.devices[name].field.take(tag))

    def swap(self, name: str, tag: Tag, card: str) -> Tag:
        """Take it off and lay another on, with nothing in between."""
        other = Tag(card)

        def both() -> None:
            field = self.devices[name].field
            field.tags.append(other)
            field.take(tag)

        self.do(both)
        return other

    def strike(self, name: str, fault: str) -> None:
        """Let an episode happen now."""
        self.do(lambda: self.devices[name].strike(fault))

    def rate(self, name: str, fault: str, rate: float) -> None:
        """Let a fault of frames strike at `rate` from now on."""
        self.do(lambda: self.devices[name].faults.set(fault, rate))

    def settings(self, name: str, **options: Any) -> ReaderSettings:
        """Settings of a reader, by the full name that the service gives it."""
        return ReaderSettings(
            id=name.lower().replace(" ", ""),
            driver="pcsc",
            url=f"pcsc://{Pcscd.full_name(name)}",
            gate="door",
            options=options,
        )

    def driver(self, name: str, **options: Any) -> PcscReader:
        """A driver, closed at the test's end."""
        driver = PcscReader(self.settings(name, **options), SystemClock())
        self._stack.callback(driver.close)
        return driver

    @contextmanager
    def pumped(self, name: str, **options: Any) -> Iterator[Shown]:
        """A reader under a pump."""
        shown = Shown(self.settings(name, **options))
        shown.pump.start()
        try:
            yield shown
        finally:
            assert shown.pump.stop()

    def do(self, job: Callable[[], object]) -> None:
        """Run `job` in the cards' thread, and wait until it is done."""
        done = threading.Event()
        self._jobs.append(lambda: (job(), done.set())[1])
        os.write(self._waker, b".")
        assert done.wait(DEADLINE_S)

    def _work(self) -> None:
        os.read(self._woken, 100)
        while self._jobs:
            self._jobs.popleft()()

    def end(self) -> None:
        """Take every card off and end the thread."""
        if self._thread.is_alive():
            for device in self.devices.values():
                self.do(device.stop)
            self.do(self.loop.stop)
            self._thread.join(DEADLINE_S)
        os.close(self._woken)
        os.close(self._waker)


def read_until(
    driver: PcscReader, due: Callable[[list[CardRead]], object], seconds: float = DEADLINE_S
) -> list[CardRead]:
    """What `driver` reads until `due` of it."""
    reads: list[CardRead] = []
    end = time.monotonic() + seconds
    while not due(reads):
        assert time.monotonic() < end, (reads, driver.problem(), driver.counters)
        reads += driver.read()
    return reads


def opened(driver: PcscReader) -> PcscReader:
    """`driver` opened, as often as that takes."""
    end = time.monotonic() + DEADLINE_S
    while True:
        try:
            driver.open()
        except GatekeeperError:
            assert time.monotonic() < end
        else:
            return driver


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The service is started by `serve`."""
    if why := missing():
        pytest.skip(why)
    pytest.importorskip(
        "smartcard.scard", reason="pyscard is not installed; see docs/readers/pcsc.md"
    )
    with ExitStack() as stack:
        made = Bench(tmp_path, stack)
        stack.callback(made.end)
        yield made


@pytest.fixture
def until() -> Callable[..., list[CardRead]]:
    """`read_until`, for tests that cannot import it."""
    return read_until
