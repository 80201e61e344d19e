"""A ThingMagic module (M6e family): it streams what it reads, and a keep-alive every second.

After power-up it is at its own speed again, has no region and keeps back tags that it has told
once. 2F starts the stream; the stop is answered up to 0.7 s later, when all is told, and until
then other commands are not taken. 03, 04, 06, 0C, 67, 91, 92, 93, 97, 9A and 9B are answered;
an opcode that is not known gets status 0101, a frame whose CRC does not fit nothing at all.

What it does not imitate: power, protocols beside Gen2, embedded tag operations, tag memory,
power modes, GPIO, statistics frames, and a search over antennas that differs in time.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any, ClassVar

from firmware_sim.commanded import Commanded
from firmware_sim.faults import EpisodeFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND
from firmware_sim.thingmagic_frames import Op, Parser, Request, Status, TagRead, answer, tag

__all__ = ["ThingMagic"]

VERSION = bytes.fromhex("1412080030000002201503100103014700000010")
"""Bootloader, hardware (M6e Nano), date, firmware 01.03.01.47, protocols: as logged."""
REGIONS = bytes.fromhex("0D04050608090B0CFF")
_FIRMWARE, _BOOTLOADER = 0x52, 0x51
_CHANNELS_KHZ = tuple(range(920_125, 924_876, 250))
_BOOT_S = 0.1
_LEAVE_BOOTLOADER_S = 0.4
_ANSWER_S = 0.012
_ROUND_S, _PER_TAG_S = 0.035, 0.004
_KEEP_ALIVE_S = 1.0
_STOP_S = (0.1, 0.7)
_OTHER_BAUDS = (9600, 38400, 57600, 230400, 921600)
_PLAIN_OK = (Op.SET_READ_POWER, Op.SET_PROTOCOL, Op.SET_PROTOCOL_PARAM)


def _ccitt_crc(frame: bytes, _rng: random.Random) -> bytes:
    """The CRC is the one that this protocol's only looks like, CRC-16/CCITT-FALSE."""
    register = 0xFFFF
    for byte in frame[1:-2]:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return frame[:-2] + register.to_bytes(2, "big")


class ThingMagic(Commanded):
    """One module on its line, with `antennas` connected (numbers from 1 to 4)."""

    schemes = ("epc",)
    default_baud = 115200
    touch = False
    gone_s = 1.0
    antennas_max = 4
    own_frame_faults: ClassVar = {"thingmagic.ccitt_crc": _ccitt_crc}
    own_episodes: ClassVar = {
        fault.name: fault
        for fault in (
            EpisodeFault("thingmagic.hot", 2.0, 4.0),
            EpisodeFault("thingmagic.return_loss", 2.0, 4.0),
            EpisodeFault("thingmagic.stalled", 0.0, 0.0),
            EpisodeFault("thingmagic.deaf", 4.0, 8.0),
            EpisodeFault("thingmagic.bootloader", 0.0, 0.0),
            EpisodeFault("thingmagic.left_baud", 0.0, 0.0),
        )
    }

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.region = 0
        self.streaming = False
        self.booted = True
        self._power_baud = self.baud
        self._parser = Parser()
        self._search: tuple[int, ...] = (1,)
        self._told: set[str] | None = set()
        """Tags that the read filter keeps back; None: the filter is off."""
        self._stopping = False
        self._keep_alive_ns = self._hurt_until = self._deaf_until = 0
        self._hurt = Status.TOO_HOT

    def on_power(self) -> None:
        """Nothing is set and nobody reads; the firmware starts by itself."""
        self._change_baud(self._power_baud)
        self._begin_anew(booted=True)
        self._deaf_until = max(self._deaf_until, self.loop.now() + round(_BOOT_S * SECOND))

    def on_bytes(self, data: bytes) -> None:
        """Take commands, unless the module is at its start, or takes none."""
        if self.loop.now() < self._deaf_until:
            return
        self._forget_half_later(self._parser.clear)
        for request in self._parser.feed(data):
            self._later(_ANSWER_S, partial(self._obey, request))

    def on_episode(self, name: str, seconds: float) -> None:
        """Act out the module's own faults."""
        until = self.loop.now() + round(seconds * SECOND)
        if name in ("thingmagic.hot", "thingmagic.return_loss"):
            self._hurt = Status.TOO_HOT if name.endswith("hot") else Status.RETURN_LOSS
            self._hurt_until = until
            self._say(answer(Op.READ_MULTIPLE, self._hurt))
        elif name == "thingmagic.stalled":
            self.streaming = False
        elif name == "thingmagic.deaf":
            self._deaf_until = until
        elif name == "thingmagic.bootloader":
            self._begin_anew(booted=False)
        elif name == "thingmagic.left_baud":
            self._change_baud(self.rng.choice([b for b in _OTHER_BAUDS if b != self.baud]))

    def _begin_anew(self, *, booted: bool) -> None:
        self._begin_life()
        self.booted = booted
        self.streaming = self._stopping = False
        self.region, self._search, self._told = 0, (1,), set()
        self._parser.clear()

    def _change_baud(self, baud: int) -> None:
        self.baud = self.wire.baud = baud

    def _obey(self, request: Request) -> None:
        op, data = request.op, request.data
        if op == Op.TAG_OP and self.booted and len(data) > 2:
            self._start(data) if data[2] == 1 else self._stop(data)
        elif self.streaming:
            return  # takes nothing but a stop
        elif op == Op.BOOT_FIRMWARE and not self.booted:
            self._later(_LEAVE_BOOTLOADER_S, self._boot)
        elif op == Op.SET_BAUD and len(data) == 4:
            self.send_frame(
                answer(op), then=lambda _: self._change_baud(int.from_bytes(data, "big"))
            )
        else:
            self.send_frame(answer(op, *self._result(op, data)))

    def _boot(self) -> None:
        self.booted = True
        self.send_frame(answer(Op.BOOT_FIRMWARE, Status.OK, VERSION))

    def _result(self, op: int, data: bytes) -> tuple[int, bytes]:
        """Status and data of the answer to a setting or a question."""
        if op == Op.VERSION:
            return Status.OK, VERSION
        if op == Op.GET_PROGRAM:
            return Status.OK, bytes([_FIRMWARE if self.booted else _BOOTLOADER])
        if not self.booted:
            return Status.UNKNOWN_OP, b""
        if op == Op.GET_REGION:
            return Status.OK, bytes([self.region])
        if op == Op.SET_REGION and len(data) == 1:
            if data[0] not in REGIONS:
                return Status.BAD_REGION, b""
            self.region = data[0]
        elif op == Op.SET_ANTENNAS and data[:1] == b"\x02" and len(data) % 2:
            self._search = tuple(data[1::2])
        elif op == Op.SET_OPTION and data[:2] == b"\x01\x0c" and len(data) == 3:
            self._told = set() if data[2] else None
        elif op not in _PLAIN_OK:
            return (Status.WRONG_DATA if op in set(Op) else Status.UNKNOWN_OP), b""
        return Status.OK, b""

    def _start(self, data: bytes) -> None:
        if not self.region:
            self.send_frame(answer(Op.TAG_OP, Status.RADIO_OFF))
            return
        self.send_frame(answer(Op.TAG_OP, Status.OK, b"\x01" + data[3:6]))
        if not self.streaming:
            self.streaming, self._stopping = True, False
            self._begin_life()
            self._keep_alive_ns = self.loop.now()
            self._round(self._life)
            self._keep_alive(self._life)

    def _stop(self, data: bytes) -> None:
        if not self.streaming:
            self.send_frame(answer(Op.TAG_OP, Status.WRONG_DATA))
        elif not self._stopping:
            self._stopping = True
            self._later(self.rng.uniform(*_STOP_S), self._stopped)

    def _stopped(self) -> None:
        if self.streaming:
            self.streaming = self._stopping = False
            self.send_frame(answer(Op.READ_MULTIPLE, Status.NO_TAGS))
            self.send_frame(answer(Op.TAG_OP, Status.OK, b"\x02"))

    def _keep_alive(self, life: int) -> None:
        self.loop.after(_KEEP_ALIVE_S, lambda: self._tick(life))

    def _tick(self, life: int) -> None:
        if not self.streaming or self._life != life:
            return
        self._keep_alive_ns = self.loop.now()
        missing = [port for port in self._search if port not in self.antennas]
        if self.loop.now() < self._hurt_until:
            self._say(answer(Op.READ_MULTIPLE, self._hurt))
        elif missing:
            self._say(answer(Op.READ_MULTIPLE, Status.NO_ANTENNA))
        self._say(answer(Op.READ_MULTIPLE, Status.NO_TAGS))
        self._keep_alive(life)

    def _round(self, life: int) -> None:
        """One search through the antennas, and the next one after it."""
        if not self.streaming or self._life != life:
            return
        now, number = self.loop.now(), 0
        for antenna in self._search:
            if antenna not in self.antennas or now < self._hurt_until:
                continue
            for one in self.field.tags:
                if one.answers(antenna, now, self.rng) and self._is_due(one):
                    number += 1
                    self._later(number * _PER_TAG_S, partial(self._tell, one, antenna))
        if self._told is not None:
            self._told &= {one.credential for one in self.field.tags}
        self.loop.after(_ROUND_S + number * _PER_TAG_S, lambda: self._round(life))

    def _is_due(self, one: Tag) -> bool:
        if self._told is None:
            return True
        if one.credential in self._told:
            return False
        self._told.add(one.credential)
        return True

    def _tell(self, one: Tag, antenna: int) -> None:
        now = self.loop.now()
        rssi = max(-128, min(round(one.rssi_dbm(antenna, now, self.rng)), 127))
        read = TagRead(
            credential_bytes(one.credential),
            rssi,
            antenna,
            self.rng.choice(_CHANNELS_KHZ),
            (now - self._keep_alive_ns) // 1_000_000,
            self.rng.randrange(181),
        )
        self._say(tag(read), one.credential, antenna)

    def _say(self, frame: bytes, credential: str | None = None, antenna: int = 1) -> None:
        if self.streaming and not self.silent and self.wire.plugged:
            self.send_frame(frame, credential=credential, antenna=antenna)
