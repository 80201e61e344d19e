"""A UHF reader of Chafon and kin: one round a command, or tags pushed in active mode.

An inventory (01) runs one round and answers with frames that carry some tags each (status 03),
then a last one (01), with the last tags or with none. No tag at all: FB from an 18, an empty
list from a 288. A 288 takes antenna and length of the round from the command and tells
antenna mask and RSSI; an 18 has one antenna and the length of its setting (25). An antenna that
is not connected: F8. While a round runs, commands are lost. A wrong check gets FE; somebody
else's address no answer; a pause of 15 ms inside a command drops it.

Variants (`options`): `model` 288, 18 or 86 (lists as a 288); `mode` answer or active, as kept in
flash; `pushing` listens or deaf, whether it takes more than orders about its mode meanwhile;
`params` taken or refused, whether an inventory may have parameters; `line` pty or tcp, as network
models have it. Address, mode, speed and scan time survive a reset, as they do in flash.

What it does not imitate: Q, sessions, masks and power, reading and writing of tags, the buffer
(18, 72 to 74), GPIO, the heartbeat before 30 s have passed, and trigger mode. RSSI is told as a
number that falls with distance; how readers scale it is not published.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from firmware_sim.chafon_faults import EPISODES, FRAME_FAULTS
from firmware_sim.chafon_wire import (
    BROADCAST,
    Command,
    Request,
    Status,
    frame,
    information,
    parse,
    tag_list,
)
from firmware_sim.commanded import Commanded
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND
from firmware_sim.tcp import TcpWire
from firmware_sim.wire import Wire

__all__ = ["Chafon"]

MODELS = {"18": 0x09, "288": 0x0C, "86": 0x10}
BAUDS = (9600, 19200, 38400, 43000, 56000, 57600, 115200)
"""By the code of command 28."""
LEFT_AT = 115200
FOREIGN = "epc:E20000000000000000000BAD"
"""The tag that another reader on the bus tells of."""
_ANSWER_S, _ROUND_S, _PER_TAG_S, _MISSING_S = 0.004, 0.06, 0.012, 0.01
_PUSH_S, _BEAT_S = 0.1, 30.0
_GAP_NS = 15_000_000
_TAGS_A_FRAME = 4
_RSSI_AT_0_DBM = 150
_MODE_18 = bytes.fromhex("001E0A0F0002010006000800")
"""Wiegand (4), read mode, mode state, bank, first word, words, tag time, accuracy, offset."""


class Chafon(Commanded):
    """One reader on its line, with `antennas` connected (numbers from 1 to 8)."""

    schemes = ("epc",)
    default_baud = 57600
    touch = False
    gone_s = 1.5
    antennas_max = 8
    option_names = frozenset({"model", "mode", "pushing", "params", "line"})
    own_frame_faults: ClassVar = FRAME_FAULTS
    own_episodes: ClassVar = EPISODES

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.rounds = 0
        self.scan = 10
        self._model = self.options.get("model", "288")
        self.active = self.options.get("mode") == "active"
        self._buffer, self._heard_ns = b"", 0
        self._busy = False
        self._beats = 0
        self._quiet_since_ns = 0
        self._unplugged_until = self._refuses_until = 0

    def make_wire(self, link: Path) -> Wire:
        """A pty, or the network socket of the models that have one."""
        if self.options.get("line") == "tcp":
            return TcpWire(self.loop, link, self.rng)
        return super().make_wire(link)

    def on_power(self) -> None:
        """What runs is forgotten; what is in flash is not."""
        self._begin_life()
        self._busy = False
        self._buffer = b""
        self._quiet_since_ns = self.loop.now()
        if self.active:
            self._push_later()

    def on_episode(self, name: str, seconds: float) -> None:
        """A loose cable, settings that somebody changed, and a neighbour on the bus."""
        until = self.loop.now() + round(seconds * SECOND)
        if name == "chafon.antenna":
            self._unplugged_until = until
        elif name == "chafon.active":
            self._set_active(True)
        elif name == "chafon.left_baud":
            self.baud = self.wire.baud = LEFT_AT
        elif name == "chafon.refuses":
            self._refuses_until = until
        else:
            body = tag_list([(credential_bytes(FOREIGN), 90)], 1 if self._with_antenna else None)
            stranger = (self.address + 1) % BROADCAST
            self.send_frame(
                frame(stranger, Command.INVENTORY, Status.MORE, body),
                credential=FOREIGN,
                ghost=True,
            )

    def on_bytes(self, data: bytes) -> None:
        """Take commands; while one runs, others are lost."""
        now = self.loop.now()
        if now - self._heard_ns > _GAP_NS:
            self._buffer = b""
        self._heard_ns = now
        requests, self._buffer = parse(self._buffer + data)
        for request in requests:
            if request.address in (self.address, BROADCAST) and not self._busy:
                self._busy = True
                self._obey(request)

    @property
    def _with_antenna(self) -> bool:
        return self._model != "18"

    def on_swallowed(self) -> None:
        """The command that was being served is lost."""
        self._busy = False

    def _finish(
        self, command: int, status: int, data: bytes = b"", cards: tuple[str, ...] = (),
        antenna: int = 1,
    ) -> None:  # fmt: skip
        """Send the last frame of a command; then the next one may come."""
        self._busy = False
        self._say(command, status, data, cards, antenna)

    def _say(
        self, command: int, status: int, data: bytes, cards: tuple[str, ...], antenna: int
    ) -> None:
        self.send_frame(
            frame(self.address, command, status, data),
            credential=cards[0] if cards else None,
            also=cards[1:],
            antenna=antenna,
        )

    def _answer(self, command: int, status: int, data: bytes = b"") -> None:
        self._later(_ANSWER_S, lambda: self._finish(command, status, data))

    def _obey(self, request: Request) -> None:
        command, data = request.command, request.data
        deaf = self.active and self.options.get("pushing") == "deaf"
        if deaf and command not in (Command.SET_MODE, Command.SET_MODE_18, Command.GET_MODE_18):
            self._busy = False
        elif not request.sound or self.loop.now() < self._refuses_until:
            self._answer(command, Status.ILLEGAL)
        elif command == Command.INVENTORY:
            self._inventory(data)
        elif command == Command.INFORMATION:
            kind = MODELS[self._model]
            told = information(kind, self.scan, antennas=self._with_antenna)
            self._answer(command, Status.OK, told)
        elif command == Command.GET_MODE_18 and not self._with_antenna:
            mode = _MODE_18[:4] + bytes((self.active,)) + _MODE_18[5:]
            self._answer(command, Status.OK, mode)
        elif len(data) == 1 and command in (Command.SCAN_TIME, Command.ADDRESS, Command.BAUD):
            self._keep(command, data[0])
        elif command in (Command.POWER, Command.BUZZER) and data:
            self._answer(command, Status.OK)
        elif self._sets_mode(command, data):
            self._answer(command, Status.OK)
            self._set_active(bool(data[0]))
        else:
            self._answer(command, Status.ILLEGAL)

    def _sets_mode(self, command: int, data: bytes) -> bool:
        if self._with_antenna:
            return command == Command.SET_MODE and len(data) == 1
        return command == Command.SET_MODE_18 and len(data) == 6

    def _keep(self, command: int, value: int) -> None:
        """Settings that go to flash; the answer comes with the old ones."""
        self._answer(command, Status.OK)
        if command == Command.SCAN_TIME:
            self.scan = value
        elif command == Command.ADDRESS:
            self._later(2 * _ANSWER_S, lambda: setattr(self, "address", value))
        elif value < len(BAUDS):
            self.baud = BAUDS[value]
            self._later(10 * _ANSWER_S, self._right_baud)

    def _set_active(self, active: bool) -> None:
        was, self.active = self.active, active
        self._quiet_since_ns = self.loop.now()
        if active and not was:
            self._push_later()

    def _inventory(self, data: bytes) -> None:
        antenna, scan = 1, self.scan
        if self._with_antenna and data:
            if self.options.get("params") == "refused" or len(data) not in (2, 9):
                self._answer(Command.INVENTORY, Status.LENGTH)
                return
            if len(data) == 9:
                antenna, scan = (data[7] & 0x7F) + 1, data[8]
        if not self._connected(antenna):
            self._later(_MISSING_S, lambda: self._finish(Command.INVENTORY, Status.ANTENNA))
            return
        tags = self._hear(antenna)
        length = min(_ROUND_S + len(tags) * _PER_TAG_S, max(scan, 1) / 10)
        self._later(length, lambda: self._tell(tags, antenna))

    def _connected(self, antenna: int) -> bool:
        loose = antenna == self.antennas[0] and self.loop.now() < self._unplugged_until
        return antenna in self.antennas and not loose

    def _hear(self, antenna: int) -> list[Tag]:
        self.rounds += 1
        now = self.loop.now()
        return [tag for tag in self.field.tags if tag.answers(antenna, now, self.rng)]

    def _tell(self, tags: list[Tag], antenna: int) -> None:
        """The list, in frames of some tags each; the last frame may be an empty one."""
        groups = [tags[at : at + _TAGS_A_FRAME] for at in range(0, len(tags), _TAGS_A_FRAME)]
        if groups and self.rng.random() < 0.5:
            groups.append([])
        for group in groups[:-1]:
            names = tuple(tag.credential for tag in group)
            self._say(Command.INVENTORY, Status.MORE, self._entries(group, antenna), names, antenna)
        last = groups[-1] if groups else []
        if not groups and not self._with_antenna:
            self._finish(Command.INVENTORY, Status.NO_TAG)
            return
        names = tuple(tag.credential for tag in last)
        self._finish(Command.INVENTORY, Status.DONE, self._entries(last, antenna), names, antenna)

    def _entries(self, tags: list[Tag], antenna: int) -> bytes:
        heard = [(credential_bytes(tag.credential), self._rssi(tag, antenna)) for tag in tags]
        return tag_list(heard, antenna if self._with_antenna else None)

    def _rssi(self, tag: Tag, antenna: int) -> int:
        dbm = tag.rssi_dbm(antenna, self.loop.now(), self.rng)
        return min(max(round(dbm) + _RSSI_AT_0_DBM, 0), 0xFF)

    def _push_later(self) -> None:
        self.loop.after(_PUSH_S, partial(self._push, self._life))

    def _push(self, life: int) -> None:
        """Active mode: each tag that is heard in a frame of its own; else, rarely, a heartbeat."""
        if not self.active or self._life != life:
            return
        if not self._busy and not self.silent and self.wire.plugged:
            for antenna in self.antennas if self._with_antenna else self.antennas[:1]:
                for tag in self._hear(antenna) if self._connected(antenna) else []:
                    self._push_tag(tag, antenna)
            if self.loop.now() - self._quiet_since_ns >= round(_BEAT_S * SECOND):
                self._beat()
        self._push_later()

    def _push_tag(self, tag: Tag, antenna: int) -> None:
        self._quiet_since_ns = self.loop.now()
        epc = credential_bytes(tag.credential)
        data = epc
        if self._with_antenna:
            data = bytes((1 << antenna - 1, len(epc))) + epc + bytes((self._rssi(tag, antenna),))
        self._say(Command.PUSH, Status.OK, data, (tag.credential,), antenna)

    def _beat(self) -> None:
        self._quiet_since_ns = self.loop.now()
        self._beats += 1
        if self._with_antenna:
            data = self._beats.to_bytes(4, "big") + bytes(8) + self.rounds.to_bytes(4, "big")
            self._say(Command.PUSH, Status.BEAT, data, (), 1)
