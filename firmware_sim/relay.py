"""Relay boards on a serial line: what they have in common, and the "A0" board (LCUS).

    A0 channel operation sum     sum of the three bytes before it, modulo 256; 9600 8N1
    00 off   01 on   05 query    05 only where `answers = "frame"`: the board says
                                 A0 channel state sum
    FF                           only where `answers = "text"`: a line a relay, `CH1: OFF`

(LC Technology's sheet as sellers repeat it; lists of boards with feedback.) A frame with a wrong
sum is dropped without a word. Power comes over USB: unplugged, every relay falls off, unless
`power = "own"`.

What it does not imitate: the click, the bounce and the wear of a contact, operations 02 to 04
and 06, and the pause that some boards need between two commands.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from firmware_sim.device import Device
from firmware_sim.faults import Faults
from firmware_sim.loop import Loop
from firmware_sim.wire import Wire

__all__ = ["RelayA0", "RelayBoard"]

HEAD = 0xA0
OFF, ON, QUERY, QUERY_ALL = 0x00, 0x01, 0x05, 0xFF
LONGEST = 64


def _as_it_is(frame: bytes, _: random.Random) -> bytes:
    """Faults of what a board hears or does: the dice are thrown there, not on what it says."""
    return frame


class RelayBoard(Device):
    """A board of relays, and perhaps inputs. It has no field and reads no tag."""

    touch = False
    default_baud = 9600
    option_names = frozenset({"channels", "inputs", "power"})
    own_frame_faults: ClassVar = dict.fromkeys(
        ("relay.deaf", "relay.stuck", "relay.liar", "relay.mute"), _as_it_is
    )
    default_inputs: ClassVar[int] = 0

    def __init__(
        self,
        name: str,
        loop: Loop,
        link: Path,
        faults: Faults,
        *,
        baud: int | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, loop, link, faults, baud=baud, options=options)
        self.relays = [False] * int(self.options.get("channels", "1"))
        self.levels = [0] * int(self.options.get("inputs", str(self.default_inputs)))
        self.told = [False] * len(self.relays)
        """What each relay was told last."""
        self.on_relay: Callable[[int, bool], None] = lambda _channel, _on: None

    def make_wire(self, link: Path) -> Wire:
        """A line that takes the power along when it goes."""
        return _UsbWire(self.loop, link, self.baud, self.rng, self.on_power_lost)

    def on_power(self) -> None:
        """Power has come, or the board restarts: every relay is off."""
        for channel, on in enumerate(self.relays, 1):
            if on:
                self.relays[channel - 1] = False
                self.on_relay(channel, False)
        self.told = [False] * len(self.relays)

    def on_power_lost(self) -> None:
        """The cable was pulled."""
        if self.options.get("power") != "own":
            self.on_power()

    def replug(self) -> None:
        """Plug in again; a board with power of its own has kept its relays."""
        if self.options.get("power") != "own":
            super().replug()
        elif not self.wire.plugged:
            self.wire.plug()

    def set_relay(self, channel: int, on: bool) -> None:
        """A command for a relay was understood; whether it follows is another matter."""
        self.told[channel - 1] = on
        if self.struck("relay.stuck") or self.struck("relay.liar"):
            return
        if self.relays[channel - 1] is not on:
            self.relays[channel - 1] = on
            self.on_relay(channel, on)

    def claims(self, channel: int) -> bool:
        """What the board says of a relay; a liar says what it was told."""
        told = self.faults.rates.get("relay.liar", 0.0) > 0
        return self.told[channel - 1] if told else self.relays[channel - 1]

    def struck(self, name: str) -> bool:
        """Whether fault `name` strikes now."""
        return self.rng.random() < self.faults.rates.get(name, 0.0)

    def say(self, data: bytes) -> None:
        """Answer, unless the board is mute."""
        if not self.struck("relay.mute"):
            self.send_frame(data)


class _UsbWire(Wire):
    """A USB cable: who pulls it takes the power away, too."""

    def __init__(
        self,
        loop: Loop,
        link: Path,
        baud: int,
        rng: random.Random,
        on_unplugged: Callable[[], None],
    ) -> None:
        super().__init__(loop, link, baud, rng)
        self._on_unplugged = on_unplugged

    def unplug(self) -> None:
        """Take the port away, then the power."""
        super().unplug()
        self._on_unplugged()


class RelayA0(RelayBoard):
    """An LCUS board."""

    option_names = RelayBoard.option_names | {"answers"}
    own_frame_faults: ClassVar = RelayBoard.own_frame_faults | {
        "relay.wrong_checksum_ignored": _as_it_is
    }

    _buffer = b""

    def on_bytes(self, data: bytes) -> None:
        """Take commands apart; what cannot begin one is skipped."""
        if self.struck("relay.deaf"):
            return
        self._buffer = (self._buffer + data)[-LONGEST:]
        while self._buffer:
            if self._buffer[0] == QUERY_ALL:
                self._buffer = self._buffer[1:]
                self._say_all()
            elif self._buffer[0] != HEAD:
                self._buffer = self._buffer[1:]
            elif len(self._buffer) < 4:
                return
            else:
                self._buffer = self._buffer[self._take(self._buffer[:4]) :]

    def _take(self, frame: bytes) -> int:
        """Do what `frame` says; how many bytes it used."""
        channel, operation, check = frame[1], frame[2], frame[3]
        right = sum(frame[:3]) % 256 == check or self.struck("relay.wrong_checksum_ignored")
        if not right or not 1 <= channel <= len(self.relays):
            return 1
        if operation in (OFF, ON):
            self.set_relay(channel, operation == ON)
        elif operation == QUERY and self.options.get("answers") == "frame":
            body = bytes([HEAD, channel, int(self.claims(channel))])
            self.say(body + bytes([sum(body) % 256]))
        return 4

    def _say_all(self) -> None:
        if self.options.get("answers") == "text":
            words = {True: "ON ", False: "OFF"}
            lines = [f"CH{n}: {words[self.claims(n)]}\r\n" for n in range(1, len(self.relays) + 1)]
            self.say("".join(lines).encode("ascii"))
