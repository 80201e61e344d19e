"""An M100 module (YRM100, R200): it polls by itself for as many rounds as it was told.

27 runs rounds: a notice for each tag heard, or error 15 where there was none. After the last
round it is silent; nothing tells that it was the last. 28 ends them at once. 22 is a single
round. 11 changes the speed without an answer. 03, 07, 08, B6 and B7 are answered; a command
that is not known, or whose sum does not fit, gets error 17. A restart forgets that it was
polling, and keeps its speed.

What it does not imitate: select and query parameters (0C, 0E, 12 are taken and do nothing),
tag memory (39, 49, 82, 65), the radio tests (F1 to F3), the IO ports, and output power.
Whether the real module takes other commands while it polls is not known; this one does.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any, ClassVar

from firmware_sim.commanded import Commanded
from firmware_sim.faults import EpisodeFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND
from firmware_sim.m100_frames import Command, Error, Parser, Request, answer, error, notice

__all__ = ["M100"]

HARDWARE = b"M100 26dBm V1.0"
_REGION, _POWER = 0x01, 2600
_EMPTY_ROUND_S, _FLOOD_ROUND_S, _PER_TAG_S = 0.02, 0.0025, 0.004
_ANSWER_S = 0.003
_BAUD_CHANGE_S = 0.02
_OTHER_BAUDS = (9600, 19200, 38400, 57600)
_OK = b"\x00"


def _wrong_tag_crc(frame: bytes, rng: random.Random) -> bytes:
    """A bit of the EPC is wrong, and the module sums up what it has."""
    if frame[1] != 0x02:
        return frame
    at = rng.randrange(8, len(frame) - 4)
    hurt = bytearray(frame)
    hurt[at] ^= 1 << rng.randrange(8)
    hurt[-2] = sum(hurt[1:-2]) % 0x100
    return bytes(hurt)


def _wrong_sum(frame: bytes, rng: random.Random) -> bytes:
    """The check is that of other content (m5stack/M5Unit-UHF-RFID prints such a frame)."""
    return frame[:-2] + bytes([(frame[-2] + rng.randrange(1, 0x100)) % 0x100]) + frame[-1:]


class M100(Commanded):
    """One M100 on its line."""

    schemes = ("epc",)
    default_baud = 115200
    touch = False
    gone_s = 1.0
    own_frame_faults: ClassVar = {"m100.tag_crc": _wrong_tag_crc, "m100.wrong_sum": _wrong_sum}
    own_episodes: ClassVar = {
        fault.name: fault
        for fault in (
            EpisodeFault("m100.count_end", 0.0, 0.0),
            EpisodeFault("m100.flood", 1.0, 3.0),
            EpisodeFault("m100.busy_channels", 1.0, 3.0),
            EpisodeFault("m100.sleep", 0.0, 0.0),
            EpisodeFault("m100.left_baud", 0.0, 0.0),
        )
    }

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.rounds_left = 0
        self.region, self.power = _REGION, _POWER
        self._parser = Parser()
        self._run = 0
        self._asleep = False
        self._flood_until = self._busy_until = 0

    def on_power(self) -> None:
        """Nobody is polling; region and power are as delivered."""
        self._begin_life()
        self._asleep = False
        self.rounds_left = 0
        self.region, self.power = _REGION, _POWER
        self._parser.clear()

    def on_bytes(self, data: bytes) -> None:
        """Take commands; one that wakes the module up is lost."""
        if self._asleep:
            self._asleep = False
            return
        self._forget_half_later(self._parser.clear)
        for request in self._parser.feed(data):
            self._later(_ANSWER_S, partial(self._obey, request))

    def on_episode(self, name: str, seconds: float) -> None:
        """Act out the module's own faults."""
        until = self.loop.now() + round(seconds * SECOND)
        if name == "m100.count_end":
            self.rounds_left = 0
        elif name == "m100.flood":
            self._flood_until = until
        elif name == "m100.busy_channels":
            self._busy_until = until
        elif name == "m100.sleep":
            self.rounds_left, self._asleep = 0, True
        elif name == "m100.left_baud":
            self.on_power()
            self._change_baud(self.rng.choice([b for b in _OTHER_BAUDS if b != self.baud]))

    def _obey(self, request: Request) -> None:
        if not request.good:
            self.send_frame(error(Error.COMMAND_ERROR))
        elif request.command == Command.SINGLE_POLL:
            self._begin(1)
        elif request.command == Command.MULTI_POLL and len(request.params) == 3:
            self._begin(int.from_bytes(request.params[1:], "big"))
        elif request.command == Command.SET_BAUD and len(request.params) == 2:
            baud = int.from_bytes(request.params, "big") * 100
            self._later(_BAUD_CHANGE_S, lambda: self._change_baud(baud))
        else:
            self.send_frame(self._answer(request))

    def _answer(self, request: Request) -> bytes:
        command, params = request.command, request.params
        if command == Command.STOP:
            self.rounds_left = 0
        elif command == Command.SET_REGION and len(params) == 1:
            self.region = params[0]
        elif command == Command.SET_POWER and len(params) == 2:
            self.power = int.from_bytes(params, "big")
        elif command == Command.MODULE_INFO and len(params) == 1:
            return answer(command, params + (HARDWARE if params == b"\x00" else b"MagicRf"))
        elif command == Command.GET_REGION:
            return answer(command, bytes([self.region]))
        elif command == Command.GET_POWER:
            return answer(command, self.power.to_bytes(2, "big"))
        elif command not in (
            Command.SET_QUERY,
            Command.SET_SELECT_MODE,
            Command.SET_CHANNEL,
            Command.SET_HOPPING,
        ):
            return error(Error.COMMAND_ERROR)
        return answer(command, _OK)

    def _change_baud(self, baud: int) -> None:
        self.baud = self.wire.baud = baud

    def _begin(self, rounds: int) -> None:
        self._run += 1
        self.rounds_left = rounds
        self._round(self._run, self._life)

    def _round(self, run: int, life: int) -> None:
        """One round of run number `run`, and the next one after it."""
        if self.rounds_left <= 0 or (run, life) != (self._run, self._life):
            return
        self.rounds_left -= 1
        now = self.loop.now()
        tags = [tag for tag in self.field.tags if tag.answers(1, now, self.rng)]
        if now < self._busy_until:
            self._say(error(Error.FHSS_FAIL))
        elif not tags:
            self._say(error(Error.NO_TAG))
        else:
            for number, tag in enumerate(tags):
                self._later((number + 1) * _PER_TAG_S, partial(self._tell, tag))
        empty = _FLOOD_ROUND_S if now < self._flood_until else _EMPTY_ROUND_S
        self.loop.after(empty + len(tags) * _PER_TAG_S, lambda: self._round(run, life))

    def _tell(self, tag: Tag) -> None:
        rssi = round(tag.rssi_dbm(1, self.loop.now(), self.rng))
        frame = notice(credential_bytes(tag.credential), max(-128, min(rssi, 127)))
        self._say(frame, tag.credential)

    def _say(self, frame: bytes, credential: str | None = None) -> None:
        if not self.silent and self.wire.plugged:
            self.send_frame(frame, credential=credential)
