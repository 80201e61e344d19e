"""An NXP PN532 on HSU: asleep until it is woken, then a command, an ACK, and an answer.

After power it sleeps; 55 55 and some zeros wake it, and SAMConfiguration must come before it
looks for cards. InListPassiveTarget finds up to two cards of type A. Without RFConfiguration
item 5 it looks for ever, until a card comes or the host breaks the command off with an ACK;
for 5 ms after that it hears nothing (nfc-tools/libnfc#167). A card that was listed and not
released stays selected: it misses the next search and answers the one after it
(adafruit/Adafruit-PN532#52). Two cards in the field with one asked for: always the same one.

Variants (`options`): `zeros` 0, 1 or 2 closing zeros of each frame (1); `first` answered or
ignored, the first command after power (some chips send no ACK to it); `card` plain or
desfire, what cards with a UID of seven bytes are.

What it does not imitate: the air interface (bits, parity, CRC_A), cards of type B and FeliCa,
data exchange with a card, InAutoPoll, target mode, GPIO, the registers, and the length of a
search by the size of a UID. Unknown commands get an error frame.
"""

from __future__ import annotations

import random
from typing import Any, ClassVar

from firmware_sim.commanded import Commanded
from firmware_sim.faults import EpisodeFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND
from firmware_sim.pn532_wire import ACK, SYNTAX_ERROR, Heard, Parser, frame, target

__all__ = ["BAUDS", "Pn532"]

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
"""By the code of SetSerialBaudRate (7.2.9)."""
LEFT_AT = 921600
FIRMWARE = bytes((0x32, 0x01, 0x06, 0x07))
"""PN532, version 1.6, ISO 14443 A and B and ISO 18092 (7.2.2)."""
_ATS = bytes.fromhex("067577810280")  # DESFire EV1
_ACK_S, _ANSWER_S, _TRY_S = 0.0005, 0.002, 0.008
_DEAF_S = 0.005
_SAM, _RF, _LIST, _RELEASE, _BAUD, _VERSION, _SLEEP = 0x14, 0x32, 0x4A, 0x52, 0x10, 0x02, 0x16
_BEFORE_SAM = (_SAM, _VERSION)


def _no_ack(data: bytes, _rng: random.Random) -> bytes:
    return b"" if data.startswith(ACK[:5]) else data


def _extra_zero(data: bytes, _rng: random.Random) -> bytes:
    return data + b"\x00"


def _syntax_error(data: bytes, _rng: random.Random) -> bytes:
    return data if data.startswith(ACK[:5]) else SYNTAX_ERROR


def _lost_zero(data: bytes, rng: random.Random) -> bytes:
    zeros = [at for at in range(6, len(data) - 2) if data[at] == 0]
    if not zeros:
        return data
    at = rng.choice(zeros)
    return data[:at] + data[at + 1 :]


class Pn532(Commanded):
    """One PN532 on its line."""

    schemes = ("uid",)
    default_baud = 115200
    gone_s = 0.5
    option_names = frozenset({"zeros", "first", "card"})
    own_frame_faults: ClassVar = {
        "pn532.no_ack": _no_ack,
        "pn532.extra_zero": _extra_zero,
        "pn532.syntax_error": _syntax_error,
        "pn532.lost_zero": _lost_zero,
    }
    own_episodes: ClassVar = {
        fault.name: fault
        for fault in (
            EpisodeFault("pn532.brown_out", 0.0, 0.0),
            EpisodeFault("pn532.left_baud", 0.0, 0.0),
            EpisodeFault("pn532.no_answer", 0.0, 0.0),
            EpisodeFault("pn532.no_postamble", 1.0, 3.0),
        )
    }

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.searches = 0
        self._parser = Parser()
        self._asleep, self._configured, self._first = True, False, True
        self._tries = 0xFF
        self._hears_from_ns = 0
        self._short_until_ns = 0
        self._hangs = False
        self._next_baud = 0
        self._last = b""
        self._selected: set[int] = set()

    def on_power(self) -> None:
        """Asleep, nothing configured, at the speed of the factory."""
        self._begin_life()
        self._asleep, self._configured, self._first = True, False, True
        self._tries = 0xFF
        self._hangs = False
        self._next_baud = 0
        self._selected.clear()
        self._parser.clear()
        self.wire.baud = self.baud

    def on_episode(self, name: str, seconds: float) -> None:
        """Forgotten settings, a speed that was left, a hanging command, frames cut short."""
        if name == "pn532.brown_out":
            self.on_power()
        elif name == "pn532.left_baud":
            self.wire.baud = LEFT_AT
        elif name == "pn532.no_answer":
            self._hangs = True
        else:
            self._short_until_ns = self.loop.now() + round(seconds * SECOND)

    def on_bytes(self, data: bytes) -> None:
        """Wake up at 55; then take commands, each of which ends the one before."""
        if self._asleep:
            at = data.find(b"\x55")
            if at < 0:
                return
            self._asleep = False
            data = data[at:]
        for heard in self._parser.feed(data):
            if self.loop.now() >= self._hears_from_ns:
                self._hear(heard)

    def _hear(self, heard: Heard) -> None:
        if heard.nack:
            self._later(_ANSWER_S, lambda: self.send_frame(self._last))
            return
        self._begin_life()
        if heard.command is None:
            if self._next_baud:
                self.wire.baud, self._next_baud = self._next_baud, 0
            else:
                self._hears_from_ns = self.loop.now() + round(_DEAF_S * SECOND)
            return
        first, self._first = self._first, False
        if first and self.options.get("first") == "ignored":
            return
        if not self._configured and heard.command not in _BEFORE_SAM:
            return
        command, data = heard.command, heard.data
        self._later(_ACK_S, lambda: self._say(ACK))
        if self._hangs:
            self._hangs = False
            return
        self._later(_ANSWER_S, lambda: self._obey(command, data))

    def _say(self, data: bytes, cards: tuple[str, ...] = ()) -> None:
        """Send one frame of the chip with as many closing zeros as this one has."""
        zeros = int(self.options.get("zeros", "1"))
        if self.loop.now() < self._short_until_ns:
            zeros = 0
        sent = data[:-1] + bytes(zeros)
        if not data.startswith(ACK[:5]):
            self._last = sent
        self.send_frame(sent, credential=cards[0] if cards else None, also=cards[1:])

    def _obey(self, command: int, data: bytes) -> None:
        if command == _LIST and len(data) >= 2 and data[0] in (1, 2):
            if data[1] == 0:
                self._search(data[0], 0)
            else:  # another kind of card, and there is none
                self._later(3 * _TRY_S, lambda: self._list([]))
            return
        if command == _RF and len(data) == 4 and data[0] == 5:
            self._tries = data[3]
        answers = {_VERSION: FIRMWARE, _RELEASE: b"\x00", _SLEEP: b"\x00", _SAM: b"", _RF: b""}
        if command == _SAM:
            self._configured = True
        elif command == _RELEASE:
            self._selected.clear()
        elif command == _SLEEP:
            self._asleep = True
        elif command == _BAUD and data and data[0] < len(BAUDS):
            self._next_baud = BAUDS[data[0]]
            answers[_BAUD] = b""
        if command in answers:
            self._say(frame(command + 1, answers[command]))
        else:
            self._say(SYNTAX_ERROR)

    def _search(self, most: int, tried: int) -> None:
        """One try; the next one follows, up to as many as were configured."""
        self.searches += 1
        found = self._answering()[:most]
        given_up = self._tries != 0xFF and tried >= self._tries
        if len(found) == most or (found and tried) or given_up:
            self._list(found)
        else:
            self._later(_TRY_S, lambda: self._search(most, tried + 1))

    def _answering(self) -> list[Tag]:
        """Cards that answer this try, in the order of the anticollision: by UID."""
        present = {id(tag) for tag in self.field.tags}
        awake = [tag for tag in self.field.tags if id(tag) not in self._selected]
        self._selected &= present
        return sorted(
            (tag for tag in awake if self.rng.random() >= tag.flicker),
            key=lambda tag: credential_bytes(tag.credential),
        )

    def _list(self, found: list[Tag]) -> None:
        # Those still selected from before have heard the search: they are free again.
        self._selected = {id(tag) for tag in found}
        cards = [self._card(number, tag) for number, tag in enumerate(found, 1)]
        content = bytes((len(cards),)) + b"".join(cards)
        self._say(frame(_LIST + 1, content), tuple(tag.credential for tag in found))

    def _card(self, number: int, tag: Tag) -> bytes:
        uid = credential_bytes(tag.credential)
        if len(uid) == 4:
            random_id = uid[0] == 0x08  # a card that shows a random UID speaks ISO 14443-4
            return target(
                number, uid, b"\x00\x04", 0x20 if random_id else 0x08, _ATS if random_id else b""
            )
        if len(uid) == 7 and self.options.get("card") == "desfire":
            return target(number, uid, b"\x03\x44", 0x20, _ATS)
        return target(number, uid, b"\x00\x44" if len(uid) == 7 else b"\x00\x84", 0x00)
