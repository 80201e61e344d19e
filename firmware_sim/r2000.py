"""An Impinj R2000 reader with A0 firmware: it speaks only when asked, one round at a time.

89 and 8B run one inventory round on the work antenna: a frame for each tag heard, then an
end frame. 8A switches through antennas by itself. A round of the shortest kind (repeat FF)
takes 35 to 45 ms and 4 ms for each tag. 74 sets the work antenna, 70 resets (silence, then
everything as after power-on), 72 tells the firmware. Somebody else's address and a wrong
checksum get no answer; an antenna that is not connected gets error 22. 61 sets the output pins
GPIO3 and GPIO4, which a restart clears. With `ports = "8"` it is a model with eight antennas,
which tells the second four by bit 7 of a tag's RSSI.

What it does not imitate: sessions and targets (a tag answers in every round, whatever its
inventoried flag should be), power levels, buffered inventory (80, 90 to 93), reading and
writing of tags (81 to 84), frequency regions, the phase option, and settings kept in flash: a
reset forgets all but the address. Commands outside the table of a0.py are answered with FAIL.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from firmware_sim.a0 import BROADCAST, Code, Command, Parser, Request, frame, round_end, tag_data
from firmware_sim.commanded import Commanded
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND

__all__ = ["R2000"]

FIRMWARE = (8, 2)
_ROUND_S = (0.035, 0.045)
_PER_TAG_S = 0.004
_FIRST_TAG_S = 0.012
_ANSWER_S = 0.002
"""How long a command that runs no round takes."""
_MISSING_S = 0.008
"""How soon a missing antenna is noticed: the carrier is not even switched on."""
_QUEUE = 8
_CHANNELS = 50
_RAW_AT_0_DBM = 129
"""raw RSSI = dBm + 129 (pyImpinj)."""
_INVENTORIES = (
    Command.REAL_TIME_INVENTORY,
    Command.SESSION_INVENTORY,
    Command.FAST_SWITCH_INVENTORY,
)


class R2000(Commanded):
    """One R2000 on its line, with `antennas` connected (numbers from 1 to 4, or to 8)."""

    schemes = ("epc",)
    default_baud = 115200
    touch = False
    gone_s = 1.0
    antennas_max = 8
    option_names = frozenset({"ports"})

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.rounds = 0
        self._ports = {"4": 4, "8": 8}.get(self.options.get("ports", "4"), 0)
        """Antenna ports of the reader, whether something is connected to them or not."""
        if max(self.antennas) > self._ports:
            told = f"ports {self.options.get('ports', '4')}, antennas {self.antennas}"
            raise ValueError(
                f"{self.reader}: {told} seen; ports 4 or 8, no antenna beyond, are due"
            )
        self._parser = Parser()
        self._requests: list[Request] = []
        self._busy = False
        self._work_antenna = 1
        self.pins = {3: 0, 4: 0}
        """Level of the output pins."""

    def on_power(self) -> None:
        """Forget everything but the address."""
        self._begin_life()
        self._busy = False
        self._work_antenna = 1
        self.pins = {3: 0, 4: 0}
        self._requests.clear()
        self._parser.clear()

    def on_bytes(self, data: bytes) -> None:
        """Take commands, one after another; a ninth that waits is dropped."""
        self._forget_half_later(self._parser.clear)
        for request in self._parser.feed(data):
            if request.address in (self.address, BROADCAST) and len(self._requests) < _QUEUE:
                self._requests.append(request)
        self._serve()

    def on_swallowed(self) -> None:
        """The command that was being served is lost."""
        self._busy = False

    def _serve(self) -> None:
        if self._busy or not self._requests:
            return
        request = self._requests.pop(0)
        self._busy = True
        if request.command in _INVENTORIES:
            self._inventory(request)
        elif request.command == Command.RESET:
            self.reset()
        else:
            self._later(_ANSWER_S, lambda: self._finish(request.command, self._answer(request)))

    def _finish(self, command: int, data: bytes) -> None:
        """Send the last frame of a command, then take the next one."""
        self.send_frame(frame(self.address, command, data), antenna=self._work_antenna)
        self._busy = False
        self._serve()

    def _answer(self, request: Request) -> bytes:
        command, data = request.command, request.data
        fixed = {
            Command.GET_FIRMWARE_VERSION: bytes(FIRMWARE),
            Command.GET_WORK_ANTENNA: bytes([self._work_antenna - 1]),
            Command.GET_RF_POWER: bytes([30]),
            Command.GET_TEMPERATURE: bytes([1, 41]),
            Command.GET_ANT_DETECTOR: bytes([3]),
            Command.GET_IDENTIFIER: b"SIM" + self.reader.encode()[:9].ljust(9, b"\xff"),
        }
        if command in fixed:
            return fixed[Command(command)]
        if command == Command.WRITE_GPIO:
            return bytes([self._set_pin(data)])
        if command == Command.SET_WORK_ANTENNA:
            return bytes([self._set_antenna(data)])
        if command == Command.SET_READER_ADDRESS:
            return bytes([self._set_address(data)])
        if command == Command.SET_UART_BAUDRATE:
            return bytes([self._set_baud(data)])
        if command in (
            Command.SET_RF_POWER,
            Command.SET_TEMPORARY_POWER,
            Command.SET_BEEPER_MODE,
            Command.SET_ANT_DETECTOR,
        ):
            return bytes([Code.SUCCESS if data else Code.PARAMETER_INVALID])
        return bytes([Code.FAIL])

    def _set_pin(self, data: bytes) -> Code:
        if len(data) != 2 or data[0] not in self.pins or data[1] > 1:
            return Code.PARAMETER_INVALID
        self.pins[data[0]] = data[1]
        return Code.SUCCESS

    def _set_antenna(self, data: bytes) -> Code:
        if len(data) != 1 or data[0] >= self._ports:
            return Code.ANTENNA_OUT_OF_RANGE
        self._work_antenna = data[0] + 1
        return Code.SUCCESS

    def _set_address(self, data: bytes) -> Code:
        if len(data) != 1 or data[0] == BROADCAST:
            return Code.ADDRESS_INVALID
        self.address = data[0]
        return Code.SUCCESS

    def _set_baud(self, data: bytes) -> Code:
        bauds = {b"\x03": 38400, b"\x04": 115200}
        if data not in bauds:
            return Code.BAUDRATE_OUT_OF_RANGE
        self.baud = bauds[data]
        self._later(0.05, self._right_baud)
        return Code.SUCCESS

    def _inventory(self, request: Request) -> None:
        command, data = Command(request.command), request.data
        if command is Command.FAST_SWITCH_INVENTORY:
            self._fast_switch(data)
            return
        due = 1 if command is Command.REAL_TIME_INVENTORY else 3
        if len(data) < due or data[due - 1] == 0:
            self._later(_ANSWER_S, lambda: self._finish(command, bytes([Code.PARAMETER_INVALID])))
            return
        repeat = data[due - 1]
        antenna = self._work_antenna
        if antenna not in self.antennas:
            self._later(_MISSING_S, lambda: self._finish(command, bytes([Code.ANTENNA_MISSING])))
            return

        def ended(heard: int, seconds: float) -> None:
            rate = round(heard / seconds) if heard else 0
            self._finish(command, round_end(antenna, rate, heard))

        self._round(command, antenna, 1 if repeat == 0xFF else repeat, ended)

    def _round(
        self, command: Command, antenna: int, repeat: int, then: Callable[[int, float], None]
    ) -> None:
        """Run `repeat` rounds on `antenna`, then call `then(tags heard, seconds)`."""
        heard, length = 0, 0.0
        for _ in range(repeat):
            now = self.loop.now() + round(length * SECOND)
            tags = [tag for tag in self.field.tags if tag.answers(antenna, now, self.rng)]
            for number, tag in enumerate(tags):
                wait = length + _FIRST_TAG_S + number * _PER_TAG_S
                self._later(wait, partial(self._tell, command, antenna, tag))
            heard += len(tags)
            length += self.rng.uniform(*_ROUND_S) + len(tags) * _PER_TAG_S
            self.rounds += 1
        self._later(length, lambda: then(heard, length))

    def _tell(self, command: Command, antenna: int, tag: Tag) -> None:
        raw = round(tag.rssi_dbm(antenna, self.loop.now(), self.rng)) + _RAW_AT_0_DBM
        data = tag_data(
            antenna,
            self.rng.randrange(_CHANNELS),
            credential_bytes(tag.credential),
            min(max(raw, 0), 0x7F) | (0x80 if antenna > 4 else 0),
        )
        self.send_frame(
            frame(self.address, command, data), credential=tag.credential, antenna=antenna
        )

    def _fast_switch(self, data: bytes) -> None:
        """8A: (antenna, stay) for the reader's antennas, interval in ms, repeat."""
        command = Command.FAST_SWITCH_INVENTORY
        if len(data) < 6 or len(data) % 2:
            self._later(_ANSWER_S, lambda: self._finish(command, bytes([Code.PARAMETER_INVALID])))
            return
        pairs = [(data[at], data[at + 1]) for at in range(0, len(data) - 2, 2)]
        steps = [(port, stay) for port, stay in pairs if port < self._ports and stay] * max(
            data[-1], 1
        )
        self._switch(steps, data[-2] / 1000, 0, self.loop.now())

    def _switch(
        self, steps: list[tuple[int, int]], interval_s: float, heard: int, began_ns: int
    ) -> None:
        command = Command.FAST_SWITCH_INVENTORY
        if not steps:
            duration = (self.loop.now() - began_ns) // 1_000_000
            self._finish(command, heard.to_bytes(3, "big") + duration.to_bytes(4, "big"))
            return
        port, stay = steps[0]

        def next_step(more: int, _seconds: float) -> None:
            self._later(
                interval_s, lambda: self._switch(steps[1:], interval_s, heard + more, began_ns)
            )

        if port + 1 not in self.antennas:
            error = frame(self.address, command, bytes([port, Code.ANTENNA_MISSING]))
            self._later(_MISSING_S, lambda: self.send_frame(error, antenna=port + 1))
            self._later(_MISSING_S, lambda: next_step(0, 0.0))
            return
        self._round(command, port + 1, stay, next_step)
