"""A driver's other end: its simulated device, running in a thread, for the contract tests.

The device comes from firmware_sim by the driver's name, so a new driver joins by having one.
A device that needs more than a line of its own (a daemon, a bus) brings a rig of its own:
tests/contract/rigs_of/<driver>.py with a class `Rig` of the same methods.
"""

from __future__ import annotations

import importlib.util
import os
import random
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self

from firmware_sim.device import Device
from firmware_sim.devices import DEVICES, device_class
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.loop import Loop
from firmware_sim.wire import Sent
from gatekeeper.config import ReaderSettings

DEADLINE_S = 20.0
Done = Callable[[Sent], None]
FOLDER = Path(__file__).parent / "rigs_of"

CARDS = {
    "em4100": ("em4100:62E3086CED", "em4100:0102030405"),
    "epc": ("epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"),
    "uid": ("uid:04A1B2C3D4E5F6", "uid:DE4B1F22"),
    "w26": ("w26:123:4567", "w26:31:337"),
    "qr": ("qr:GK1-7QK2M4TZ", "qr:GK1-9XWV3B8N"),
}
"""Two tags of each scheme."""


Way = Callable[[bytes], list[tuple[float, bytes]]]
"""What a line makes of one transmission: pieces, each after a pause in seconds."""


def _lossy(dice: random.Random) -> Way:
    return lambda data: [(0.0, bytes(byte for byte in data if dice.random() >= 0.01))]


def _damaging(dice: random.Random) -> Way:
    return lambda data: [
        (0.0, bytes(b ^ dice.randrange(1, 256) if dice.random() < 0.01 else b for b in data))
    ]


def _delayed(dice: random.Random) -> Way:
    def way(data: bytes) -> list[tuple[float, bytes]]:
        at = dice.randrange(len(data) + 1)
        return [(dice.uniform(0, 0.03), data[:at]), (dice.uniform(0, 0.03), data[at:])]

    return way


LINES: dict[str, Callable[[random.Random], Way]] = {
    "perfect": lambda _dice: lambda data: [(0.0, data)],
    "one byte": lambda _dice: lambda data: [(0.0, bytes([byte])) for byte in data],
    "lossy": _lossy,
    "damaging": _damaging,
    "delayed": _delayed,
}
"""How a line may treat what is sent; the last three are seeded."""


def cut_once(place: int) -> Way:
    """The next transmission ends after `place` bytes; those after it are whole."""
    left = [True]

    def way(data: bytes) -> list[tuple[float, bytes]]:
        if left and len(data) > place:
            left.clear()
            return [(0.0, data[:place])]
        return [(0.0, data)]

    return way


class Rig(Protocol):
    """What a contract test may do to a device. Methods return when the deed is done."""

    settings: ReaderSettings
    cards: tuple[str, str]
    frames: deque[FrameReport]
    """Every frame that the device sent, and its fate."""
    lines: frozenset[str]
    """Which of LINES its line can be; a class attribute, all where it is absent."""

    def tap(self, card: str) -> None:
        """Bring `card` into the field; there it stays."""

    def take(self, card: str) -> None:
        """Take it out again."""

    def unplug(self) -> None:
        """The port goes."""

    def replug(self) -> None:
        """It comes back, powered up anew."""

    def silence(self, seconds: float) -> None:
        """Powered, but mute and deaf."""

    def noise(self, data: bytes) -> None:
        """Bytes on the line that are no frame of this reader's making."""

    def fault(self, name: str, rate: float) -> None:
        """A named fault strikes at `rate` from now on."""

    def line(self, way: Way) -> None:
        """What the device says goes this way from now on."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class SimulatedRig:
    """A device of firmware_sim on its line, its loop in a thread of its own."""

    lines = frozenset(LINES)

    def __init__(
        self, driver: str, folder: Path, *, seed: int = 1, options: dict[str, Any] | None = None
    ) -> None:
        link = folder / "gate1"
        self.cards = CARDS[device_class(driver).schemes[0]]
        self.frames: deque[FrameReport] = deque()
        self._loop = Loop()
        self._device: Device = device_class(driver)(
            "gate1",
            self._loop,
            link,
            Faults(random.Random(seed)),
            report=self.frames.append,
        )
        self.settings = ReaderSettings(
            id="gate1", driver=driver, url=str(link), gate="door", options=options or {}
        )
        self._tags: dict[str, Tag] = {}
        self._jobs: deque[Callable[[], None]] = deque()
        self._woken, self._waker = os.pipe()
        self._loop.watch(self._woken, self._work)
        self._thread = threading.Thread(target=self._loop.run, name="rig", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.do(self._device.start)
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._device.stop)
        self.do(self._loop.stop)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        os.close(self._woken)
        os.close(self._waker)

    def do(self, job: Callable[[], object]) -> None:
        """Run `job` in the device's thread, and wait until it is done."""
        done = threading.Event()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                job()
            except BaseException as error:
                failed.append(error)
            done.set()

        self._jobs.append(run)
        os.write(self._waker, b".")
        assert done.wait(DEADLINE_S)
        if failed:
            raise failed[0]

    def tap(self, card: str) -> None:
        self._tags[card] = Tag(card, far_m=0.8)
        self.do(lambda: self._device.field.put(self._tags[card], self._loop.now(), 3600.0))

    def take(self, card: str) -> None:
        tag = self._tags.pop(card)
        self.do(lambda: self._device.field.take(tag))

    def unplug(self) -> None:
        self.do(self._device.wire.unplug)

    def replug(self) -> None:
        self.do(self._device.replug)

    def silence(self, seconds: float) -> None:
        self.do(lambda: self._device.silence(seconds))

    def noise(self, data: bytes) -> None:
        self.do(lambda: self._device.wire.send(data))

    def fault(self, name: str, rate: float) -> None:
        self.do(lambda: self._device.faults.set(name, rate))

    def line(self, way: Way) -> None:
        self.do(lambda: self._lay(way))

    def _lay(self, way: Way) -> None:
        """Send each piece when the one before it is through, so that none overtakes another."""
        wire, queue = self._device.wire, deque[tuple[float, bytes, Done | None]]()
        send = type(wire).send

        def next_piece() -> None:
            if not queue:
                return
            pause, data, done = queue[0]

            def through(sent: Sent) -> None:
                if done:
                    done(sent)
                if queue:
                    queue.popleft()
                next_piece()

            self._loop.after(pause, lambda: send(wire, data, through))

        def sending(data: bytes, done: Done | None = None) -> None:
            pieces = [(pause, piece) for pause, piece in way(data) if piece] or [(0.0, b"")]
            idle = not queue
            queue.extend((pause, piece, None) for pause, piece in pieces[:-1])
            queue.append((*pieces[-1], done))
            if idle:
                next_piece()

        wire.send = sending  # type: ignore[method-assign]

    def _work(self) -> None:
        os.read(self._woken, 100)
        while self._jobs:
            self._jobs.popleft()()


def _own(driver: str) -> Any:
    """The rig class that `driver` brings, or None."""
    own = FOLDER / f"{driver}.py"
    if not own.exists():
        assert driver in DEVICES, f"{driver} has no simulated device"
        return None
    spec = importlib.util.spec_from_file_location(f"rigs_of_{driver}", own)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Rig


def lines_of(driver: str) -> list[str]:
    """Which of LINES the line of `driver` can be, in order."""
    own = _own(driver)
    return [line for line in LINES if own is None or line in getattr(own, "lines", LINES)]


def rig(driver: str, folder: Path, **settings: Any) -> Rig:
    """The rig of `driver`: one of its own where there is one, else its simulated device."""
    own = _own(driver)
    made: Rig = own(folder, **settings) if own else SimulatedRig(driver, folder, **settings)
    return made
