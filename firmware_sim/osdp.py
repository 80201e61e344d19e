"""An OSDP v2 reader (a "peripheral device") on a two-wire bus, alone or with others.

The session, the secure channel and the frames are libosdp's own peripheral end; what real
readers do beside it is here: a repeated command gets the same answer again (SIA OSDP 2.1.7,
5.4; libosdp's end forgets its session instead, which option `repeats = "off"` leaves as it
is), an answer comes after a turnaround time, a damaged command is not heard at all. A card is
told once when it is shown; that it has gone is never told.

Readers with the same option `bus` share one line: its link is DIR/<bus>, and unplugging any of
them takes the port of all away. Alone, a reader's link is DIR/<reader-id> as usual.

What it does not imitate: collisions of two that talk at once, readers that hear each other's
answers, file transfer, biometrics, a change of address or speed, and multi-part messages.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from firmware_sim.device import Device
from firmware_sim.faults import EpisodeFault, FrameFault
from firmware_sim.field import Tag
from firmware_sim.loop import SECOND, Loop
from firmware_sim.osdp_bits import card_bits
from firmware_sim.osdp_frames import (
    bad_mac,
    commands_in,
    foreign_address,
    frame,
    garbage_reply,
    is_intact,
    without_secure_channel,
)
from firmware_sim.shared_wire import SharedWire
from firmware_sim.wire import Wire

__all__ = ["KEY", "Osdp"]

KEY = "9F2C47E05B1A83D6F04E7C9215A8B36D"
"""The key (SCBK) of a reader whose options name none."""
_OTHER_KEY = "00112233445566778899AABBCCDDEEFF"

_NAK, _BUSY, _RAW = 0x41, 0x79, 0x50
_CARD, _KEYS, _STATUS = 1, 2, 4
"""libosdp's events."""
_COMMAND_KEYSET, _COMMAND_STATUS, _LOCAL = 5, 9, 2
_CAPABILITIES = {1: (1, 2), 2: (1, 2), 4: (1, 1), 5: (1, 1), 13: (1, 1)}
"""Contacts, two outputs, LED, buzzer, one reader: function code to (level, items)."""
_REFRESH_S = 0.05
_TURNAROUND_MS = 1
"""SIA OSDP 2.1.7, 5.7: typically below 3 ms, at most 200."""


class _Channel:
    """What libosdp reads and writes: one command in, one reply out."""

    id = 1

    def __init__(self) -> None:
        self.heard = b""
        self.said = b""

    def read(self, most: int) -> bytes:
        taken, self.heard = self.heard[:most], self.heard[most:]
        return taken

    def write(self, data: bytes) -> int:
        self.said += bytes(data)
        return len(data)

    def flush(self) -> None:
        self.heard = b""


class Osdp(Device):
    """One reader at its `address` (1 unless the scenario says otherwise)."""

    schemes = ("w26", "w34", "w37", "uid")
    default_baud = 9600
    touch = True
    gone_s = 0.5
    frames_needed = 1
    option_names = frozenset({"bus", "channel", "format", "key", "repeats", "turnaround_ms"})
    own_frame_faults: ClassVar[Mapping[str, FrameFault]] = {
        "osdp.bad_mac": bad_mac,
        "osdp.foreign_address": foreign_address,
        "osdp.garbage_reply": garbage_reply,
    }
    own_episodes: ClassVar[Mapping[str, EpisodeFault]] = {
        fault.name: fault
        for fault in (
            EpisodeFault("osdp.babble", 0.2, 0.6),
            EpisodeFault("osdp.busy", 0.2, 0.6),
            EpisodeFault("osdp.keys", 0.0, 0.0),
            EpisodeFault("osdp.late_reply", 0.5, 1.5),
            EpisodeFault("osdp.nak", 0.0, 0.0),
            EpisodeFault("osdp.restart", 0.0, 0.0),
            EpisodeFault("osdp.silent_pd", 1.0, 3.0),
            EpisodeFault("osdp.tamper", 1.0, 3.0),
            EpisodeFault("osdp.wrong_key", 2.0, 4.0),
        )
    }

    def __init__(self, reader: str, loop: Loop, link: Path, *args: Any, **kwargs: Any) -> None:
        """As Device. Options: `bus` names a shared line; `key` 32 hex digits; `channel`
        secure, install (the published default key, until the host gives it one) or clear;
        `format` of cards; `repeats` on or off; `turnaround_ms`.

        Raises ValueError for what is not due, ImportError where libosdp is not installed.
        """
        self.commands: deque[dict[str, Any]] = deque(maxlen=1000)
        """What the host had the reader do: LED, buzzer, outputs, as libosdp's dicts."""
        self._library = importlib.import_module("osdp_sys")
        self._channel = _Channel()
        self._cards: deque[str] = deque()
        self._told: set[Tag] = set()
        self._kept = b""
        self._last: tuple[bytes, bytes, str | None] = (b"", b"", None)
        self._until: dict[str, int] = {}
        self._owed: list[object] = []
        self._key = ""
        self._alarm = 0
        self._device: Any = None
        super().__init__(reader, loop, link, *args, **kwargs)
        self._secure = self.options.get("channel", "secure")
        if self._secure not in ("secure", "install", "clear"):
            raise ValueError(f"{reader}: channel {self._secure!r} seen; secure, install or clear")
        self._key = self.options.get("key", KEY)
        if len(bytes.fromhex(self._key)) != 16:
            raise ValueError(f"{reader}: a key of {len(self._key)} digits seen; 32 are due")
        self._turnaround_s = float(self.options.get("turnaround_ms", _TURNAROUND_MS)) / 1000
        assert isinstance(self.wire, SharedWire)  # noqa: S101 (narrows the type: make_wire made it)
        self.wire.join(self._take_bytes)

    def make_wire(self, link: Path) -> Wire:
        """The shared line, or one of its own."""
        name = self.options.get("bus")
        return SharedWire.at(self.loop, link.with_name(name) if name else link, self.baud, self.rng)

    def on_power(self) -> None:
        """A new session from sequence 0; cards that lie there are told again."""
        first = self._device is None
        self._power(self._key)
        self._told.clear()
        self.on_enter()
        if first:
            self._tick()

    def on_enter(self) -> None:
        """Tell each card once."""
        self._told.intersection_update(self.field.tags)
        for tag in self.field.tags:
            if tag not in self._told and self.wire.plugged and not self.silent:
                self._told.add(tag)
                self._tell(tag)

    def on_bytes(self, data: bytes) -> None:
        """Whole commands out of what the host says."""
        commands, self._kept = commands_in(self._kept + data)
        for command in commands:
            self._command(command)

    def on_episode(self, name: str, seconds: float) -> None:
        """Act out one of the faults above."""
        kind = name.removeprefix("osdp.")
        if kind == "silent_pd":
            self.silence(seconds)
        elif kind == "restart":
            self._power(self._key)
        elif kind == "wrong_key":
            self._power(_OTHER_KEY)
            self.loop.after(seconds, lambda: self._power(self._key))
        elif kind == "tamper":
            self._report_tamper(1)
            self.loop.after(seconds, lambda: self._report_tamper(0))
        elif kind == "keys":
            self._device.submit_event({"event": _KEYS, "reader_no": 0, "data": b"12#"})
        elif kind == "babble":
            count = round(seconds * self.baud / 10)
            self.wire.send(self.rng.randbytes(count))
        else:
            self._until[kind] = self.loop.now() + max(1, round(seconds * SECOND))

    def _power(self, key: str) -> None:
        self._library.set_loglevel(self._library.LOG_EMERG)
        secure = self._secure == "secure"
        info = {
            "name": self.reader,
            "address": self.address,
            "flags": self._library.FLAG_INSTALL_MODE if self._secure == "install" else 0,
            "scbk": bytes.fromhex(key) if secure else None,
            "channel": self._channel,
            "version": 1,
            "model": 1,
            "vendor_code": 0x123456,
            "serial_number": 1000 + self.address,
            "firmware_version": 0x010203,
        }
        capabilities = [
            {"function_code": code, "compliance_level": level, "num_items": items}
            for code, (level, items) in _CAPABILITIES.items()
        ]
        self._device = self._library.PeripheralDevice(info, capabilities=capabilities)
        self._device.set_command_callback(self._obey)
        self._last = (b"", b"", None)
        self._cards.clear()

    def _tick(self) -> None:
        """libosdp counts its time-outs when it is asked."""
        self._device.refresh()
        self.loop.after(_REFRESH_S, self._tick)

    def _tell(self, tag: Tag) -> None:
        bits, data = card_bits(tag.credential, self.options.get("format"))
        event = {"event": _CARD, "reader_no": 0, "format": 1, "direction": 0}
        if self._device.submit_event(event | {"length": bits, "data": data}):
            self._cards.append(tag.credential)

    def _report_tamper(self, value: int) -> None:
        self._alarm = value
        self._device.submit_event({"event": _STATUS, "type": _LOCAL, "report": bytes([value, 0])})

    def _command(self, command: bytes) -> None:
        # A damaged one is not heard: nobody was asked.
        if command[1] not in (self.address, 0x7F) or not is_intact(command):
            return
        self.on_enter()  # a card that came while the reader was mute
        sequence = command[4] & 0x03
        if self._during("busy"):
            self._answer(frame(self.address, 0, _BUSY), None)
        elif self._until.pop("nak", 0):
            self._answer(frame(self.address, sequence, _NAK, 4), None)
        elif command == self._last[0] and self.options.get("repeats") != "off":
            self._answer(self._last[1], self._last[2])
        else:
            self._channel.heard, self._channel.said = b"\xff" + command, b""
            for _ in range(4):
                self._device.refresh()
            reply = self._channel.said
            if self._secure == "clear":
                reply = without_secure_channel(reply)
            credential = self._cards.popleft() if self._is_card(reply) else None
            self._last = (command, reply, credential)
            self._answer(reply, credential)

    def _is_card(self, reply: bytes) -> bool:
        block = reply[5] if len(reply) > 5 and reply[4] & 0x08 else 0
        return len(reply) > 5 + block and reply[5 + block] == _RAW and bool(self._cards)

    def _answer(self, reply: bytes, credential: str | None) -> None:
        if not reply:
            return
        delay_s = self._turnaround_s
        if self._during("late_reply"):
            delay_s = self.rng.uniform(0.1, 0.19)

        def send() -> None:
            if self.wire.plugged and not self.silent:
                self.send_frame(reply, credential=credential)

        self.loop.after(delay_s, send)

    def _during(self, kind: str) -> bool:
        return self.loop.now() < self._until.get(kind, 0)

    def _obey(self, command: dict[str, Any]) -> tuple[int, object]:
        self.commands.append(command)
        answer: object = "done"
        if command["command"] == _COMMAND_STATUS:
            report = bytes([self._alarm, 0]) if command["type"] == _LOCAL else b"\0\0"
            answer = {"command": _COMMAND_STATUS, "type": command["type"], "report": report}
        elif command["command"] == _COMMAND_KEYSET:
            self._key, self._secure = command["data"].hex().upper(), "secure"
        # libosdp's binding takes a reference that is not its own (None's count would reach
        # zero and end the process): here is one for it.
        self._owed.append(answer)
        return 0, answer
