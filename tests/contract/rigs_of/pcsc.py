"""The other end of the PC/SC driver: a real pcscd, a virtual reader of vpcd, a simulated card.

Unplugging the reader is ending pcscd (vpcd's readers are there as long as pcscd runs), silence
is a pcscd that is stopped in its tracks. A machine has room for one pcscd, so the rig holds a
lock; each test gets a pcscd of its own, which starts within some milliseconds.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from rigs import Done, SimulatedRig, Way

from firmware_sim.field import Tag
from firmware_sim.pcsc import Pcsc
from firmware_sim.pcscd import Pcscd, missing
from firmware_sim.wire import Sent

READER = "Gate 0"
NOISY = "uid:00000000"


class Rig(SimulatedRig):
    """See rigs.Rig."""

    # USB has checksums: bytes are neither lost nor damaged on the way.
    lines = frozenset({"perfect", "one byte", "delayed"})
    _device: Pcsc

    def __init__(self, folder: Path, **settings: Any) -> None:
        if why := missing():
            pytest.skip(why)
        pytest.importorskip("smartcard.scard", reason="pyscard is not installed; see docs")
        self.pcscd = Pcscd(folder, [READER])
        super().__init__("pcsc", folder, **settings)
        self._device.line.address = ("127.0.0.1", self.pcscd.ports[READER])
        url = f"pcsc://{Pcscd.full_name(READER)}"
        self.settings = msgspec.structs.replace(self.settings, url=url)

    def __enter__(self) -> Self:
        self.pcscd.__enter__()
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        try:
            super().__exit__()
        finally:
            self.pcscd.__exit__(None, None, None)

    def unplug(self) -> None:
        self.pcscd.stop()

    def replug(self) -> None:
        self.pcscd.start()

    def silence(self, seconds: float) -> None:
        self.pcscd.pause()
        timer = threading.Timer(seconds, self.pcscd.resume)
        timer.daemon = True
        timer.start()

    def noise(self, data: bytes) -> None:
        """A next answer is this; where no card is there, one comes that has no more to say."""

        def say() -> None:
            self._device.said.append(data)
            if not self._device.field.tags:
                self._device.field.put(Tag(NOISY), self._loop.now(), 3600.0)

        self.do(say)

    def _lay(self, way: Way) -> None:
        """Whole messages in pieces; a message that is cut is a shorter one, not half of one."""
        line = self._device.line

        def sending(data: bytes, done: Done | None = None) -> None:
            pieces = way(data)
            length = sum(len(piece) for _, piece in pieces)
            line.owed = False
            self._write([(0.0, length.to_bytes(2)), *pieces], done)

        line.send = sending  # type: ignore[method-assign]

    def _write(self, pieces: list[tuple[float, bytes]], done: Done | None) -> None:
        (pause, piece), *rest = pieces

        def go_on() -> None:
            heard = self._device.line.write(piece)
            if rest:
                self._write(rest, done)
            elif done:
                done(Sent(self._loop.now(), heard))

        self._loop.after(pause, go_on)
