"""What every simulated reader has: a line, a field, faults, and a way to report frames.

A device adds its protocol: see rdm6300.py and r2000.py. Episodes of faults (unplugged,
silent, reset, another baud rate) are acted out here because they are the same for all; a
device that has further faults of its own names them in `own_frame_faults` and
`own_episodes`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from firmware_sim.faults import EPISODES, EpisodeFault, Faults, FrameFault
from firmware_sim.field import Field, FrameReport
from firmware_sim.loop import SECOND, Loop
from firmware_sim.wire import Sent, Wire

__all__ = ["Device"]

_OTHER_BAUD = {2400: 9600, 9600: 19200, 115200: 38400, 38400: 115200}


class Device:
    """A reader on a line of its own."""

    schemes: ClassVar[tuple[str, ...]] = ()
    """Schemes of the credentials that it reads."""
    default_baud: ClassVar[int] = 9600
    touch: ClassVar[bool] = True
    """Whether people hold one card to it (125 kHz, 13.56 MHz, contacts) or walk past in
    numbers (UHF)."""
    gone_s: ClassVar[float] = 0.35
    """Silence after which a host should take a tag for gone."""
    frames_needed: ClassVar[int] = 1
    """Frames after which a host should believe a tag."""
    antennas_max: ClassVar[int] = 1
    option_names: ClassVar[frozenset[str]] = frozenset()
    """Keys that a scenario's `options` may have for this device."""
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {}
    """Faults of single frames that only this device has; a name has a dot, e.g. `pn532.no_ack`."""
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {}
    """Episodes that only this device has; `on_episode` acts them out."""

    def __init__(
        self,
        reader: str,
        loop: Loop,
        link: Path,
        faults: Faults,
        *,
        baud: int | None = None,
        report: Callable[[FrameReport], None] = lambda _report: None,
        antennas: tuple[int, ...] = (1,),
        address: int = 1,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """`antennas`: those connected, numbered from 1; `options`: the device's variants.

        Raises ValueError for an option that the device does not have.
        """
        self.antennas, self.address, self.options = antennas, address, dict(options or {})
        unknown = sorted(set(self.options) - self.option_names)
        if unknown:
            due = ", ".join(sorted(self.option_names)) or "none"
            raise ValueError(f"{reader}: option {unknown[0]!r} seen; known options: {due}")
        self.reader, self.loop, self.faults, self.report = reader, loop, faults, report
        self.rng = random.Random(faults.rng.random())  # noqa: S311 (dice of a play)
        self.baud = baud or self.default_baud
        self.wire = self.make_wire(link)
        self.wire.on_bytes = self._take_bytes
        self.field = Field()
        self.field.on_enter = self.on_enter
        self.frames = {"intact": 0, "destroyed": 0, "unheard": 0}
        self._silent_until = 0
        self._episodes = dict.fromkeys((*EPISODES, *self.own_episodes), 0)
        faults.extend(self.own_frame_faults, self.own_episodes)
        faults.follow(self._plan_episode)

    def make_wire(self, link: Path) -> Wire:
        """The line that the device is on; called once, while it is made."""
        return Wire(self.loop, link, self.baud, self.rng)

    def start(self) -> None:
        """Plug the reader in and let its faults begin."""
        self.wire.plug()
        self.on_power()
        for name in self._episodes:
            self._plan_episode(name)

    def stop(self) -> None:
        """Take the port and its link away."""
        self.wire.unplug()

    def silence(self, seconds: float) -> None:
        """Say nothing for so long, and do not listen."""
        self._silent_until = max(self._silent_until, self.loop.now() + round(seconds * SECOND))

    @property
    def silent(self) -> bool:
        """Whether the reader is inside a spell of silence."""
        return self.loop.now() < self._silent_until

    def reset(self) -> None:
        """Start anew: silent while it boots, settings forgotten."""
        self.silence(self.faults.length_s("reset"))
        self.on_power()

    def replug(self) -> None:
        """Plug in again: powered up anew, with a new port behind the same link."""
        if not self.wire.plugged:
            self.wire.plug()
            self.on_power()
            self.on_enter()

    def strike(self, name: str) -> None:
        """Let episode `name` happen now."""
        length = self.faults.length_s(name)
        if name == "unplug":
            self.wire.unplug()
            self.loop.after(length, self.replug)
        elif name == "silent":
            self.silence(length)
        elif name == "reset":
            self.reset()
        elif name == "baud":
            self.wire.baud = _OTHER_BAUD.get(self.baud, 2400)
            self.loop.after(length, self._right_baud)
        elif name == "ghost":
            self.on_ghost()
        else:
            self.on_episode(name, length)

    def send_frame(
        self,
        frame: bytes,
        *,
        credential: str | None = None,
        also: tuple[str, ...] = (),
        antenna: int = 1,
        ghost: bool = False,
        then: Callable[[Sent], None] | None = None,
    ) -> None:
        """Send `frame` through the faults and report its fate at its last byte.

        `also`: the other tags that the same frame speaks of; its fate is reported for each.
        """
        sent = self.faults.mangle(frame)

        def done(result: Sent) -> None:
            fate = "destroyed" if not sent.intact else "intact" if result.heard else "unheard"
            self.frames[fate] += 1
            for named in (credential, *also):
                self.report(
                    FrameReport(
                        self.reader,
                        named,
                        antenna,
                        result.ns,
                        fate,
                        ghost=ghost,
                        fault=sent.fault,
                        data=sent.data if sent.fault else b"",
                    )
                )
            if then:
                then(result)

        self.wire.send(sent.data, done)

    def on_enter(self) -> None:
        """A tag has come into the field."""

    def on_power(self) -> None:
        """Power has come: settings are as after a start."""

    def on_bytes(self, data: bytes) -> None:
        """The host has sent `data`, at the right baud rate, and the reader listens."""

    def on_ghost(self) -> None:
        """A burst of noise that this kind of reader could take for a tag."""

    def on_episode(self, name: str, seconds: float) -> None:
        """Episode `name` of `own_episodes` happens now, for `seconds`."""

    def _take_bytes(self, data: bytes) -> None:
        if not self.silent and self.wire.plugged:
            self.on_bytes(data)

    def _right_baud(self) -> None:
        self.wire.baud = self.baud

    def _plan_episode(self, name: str) -> None:
        self._episodes[name] += 1
        wait = self.faults.next_episode_s(name)
        if wait is not None:
            self.loop.after(wait, partial(self._episode, name, self._episodes[name]))

    def _episode(self, name: str, number: int) -> None:
        if self._episodes[name] == number:  # else the rate was changed meanwhile
            self.strike(name)
            self._plan_episode(name)
