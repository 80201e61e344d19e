"""A contactless reader and its cards for PC/SC, on a virtual reader of vsmartcard.

What a host asks through pcscd is answered as an ACR122U with a card on it answers: Get Data
(FF CA) with the UID, LED and buzzer (FF 00 40), beep on detection (FF 00 52), firmware (FF 00
48, which has no status word), operating parameter (FF 00 51). ATRs of cards without a
processor say the type (PC/SC part 3): Classic 1K with 4 bytes of UID, Ultralight with 7.
(ACR122U API V2.04; PC/SC 2.01 part 3.)

One card at a time answers: of two on the reader the first that came, then the other.

What it does not imitate: the reader's own plug (see vpcd.py), commands without a card, which
vpcd refuses, RF, and damage on the way to the host: USB has checksums, so what strikes a
frame strikes it in the air, and the reader answers 63 00.
"""

from __future__ import annotations

import random
from functools import reduce
from operator import xor
from pathlib import Path

from firmware_sim.device import Device
from firmware_sim.faults import EpisodeFault
from firmware_sim.field import Tag, credential_bytes
from firmware_sim.loop import SECOND, Timer
from firmware_sim.vpcd import ATR_REQUEST, DEFAULT_PORT, VpcdLine

__all__ = ["Pcsc", "storage_card_atr"]

OK, NOT_READ, NO_FUNCTION, NO_INSTRUCTION = b"\x90\x00", b"\x63\x00", b"\x6a\x81", b"\x6d\x00"
SHORTER = b"\x62\x82"
_LOOK_S = 0.01
"""How often the field is looked at."""
_ANSWER_S = (0.004, 0.012)
"""A UID takes an ACR122U 5 to 20 ms, USB included."""
_SLOW_S = (1.2, 1.8)
_CARD_NAMES = {4: 0x0001, 7: 0x0003, 10: 0x0002}


def storage_card_atr(name: int, standard: int = 0x03) -> bytes:
    """The ATR that a reader makes up for a card without a processor, of type `name`."""
    head = bytes.fromhex("3B8F8001804F0CA000000306")
    body = head + bytes([standard]) + name.to_bytes(2) + bytes(4)
    return body + bytes([reduce(xor, body[1:])])


def _in_the_air(_frame: bytes, _rng: random.Random) -> bytes:
    return NOT_READ


def _wrong_status(frame: bytes, rng: random.Random) -> bytes:
    return rng.choice((NO_FUNCTION, NOT_READ, b"\x6f\x00", b"\x69\x82"))


class Pcsc(Device):
    """One reader. Option `vpcd`: where its virtual reader listens."""

    schemes = ("uid",)
    touch = True
    gone_s = 0.5
    frames_needed = 1
    option_names = frozenset({"vpcd"})
    own_frame_faults = {  # noqa: RUF012 (a table; nobody writes into it)
        **dict.fromkeys(("cut", "lost", "damaged", "doubled", "noise"), _in_the_air),
        "pcsc.wrong_status": _wrong_status,
        "pcsc.no_status": lambda frame, _rng: frame[:-2],
        "pcsc.wrong_length": lambda frame, _rng: b"\x6c" + bytes([len(frame) - 2]),
        "pcsc.warning": lambda frame, _rng: frame[:-2] + SHORTER,
        "pcsc.cut_uid": lambda frame, _rng: b"\x88" + frame[:3] + OK,
        "pcsc.random_uid": lambda _frame, rng: b"\x08" + rng.randbytes(3) + OK,
        "pcsc.babble": lambda _frame, rng: rng.randbytes(rng.randint(1, 300)),
    }
    own_episodes = {  # noqa: RUF012 (a table; nobody writes into it)
        fault.name: fault
        for fault in (
            EpisodeFault("pcsc.mute", 6.0, 8.0),
            EpisodeFault("pcsc.slow", 3.0, 6.0),
            EpisodeFault("pcsc.pulled", 0.2, 0.6),
            EpisodeFault("pcsc.swapped", 0.0, 0.0),
        )
    }

    line: VpcdLine
    _card: Tag | None = None
    """The card that answers."""
    _look: Timer | None = None
    _answering: Timer | None = None
    _mute_until = _slow_until = _away_until = 0
    _pull = False

    def make_wire(self, link: Path) -> VpcdLine:
        """The card's way into the virtual reader."""
        address = self.options.get("vpcd", f"127.0.0.1:{DEFAULT_PORT}")
        self.line = VpcdLine(self.loop, link, self.rng, address)
        self.signals: list[bytes] = []
        """Commands to lights and buzzer, in the order in which they came."""
        self.said: list[bytes] = []
        """What is to be answered to the next questions for a UID, whatever the card."""
        return self.line

    def stop(self) -> None:
        """Take the card off and the line away."""
        super().stop()
        self._card = None
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def on_enter(self) -> None:
        """A card has come: it answers unless another is there."""
        self._see()

    def on_episode(self, name: str, seconds: float) -> None:
        """Trouble of a card, or of the hand that holds it."""
        until = self.loop.now() + round(seconds * SECOND)
        if name == "pcsc.mute":
            self._mute_until = until
        elif name == "pcsc.slow":
            self._slow_until = until
        elif name == "pcsc.pulled":
            self._pull, self._away_until = True, until
        elif self.field.tags:
            self.field.tags.append(self.field.tags.pop(0))  # the next card, or the same anew
            self._lay_on(self.field.tags[0])

    def on_bytes(self, data: bytes) -> None:
        """A control, or a command for the card or the reader."""
        if data == ATR_REQUEST and self._card is not None:
            name = _CARD_NAMES[len(credential_bytes(self._card.credential))]
            self.line.send(storage_card_atr(name))
        elif len(data) > 1 and self._pull:
            self._pull = False
            self.line.remove()  # in the middle of the talk
        elif len(data) > 1 and self.loop.now() >= self._mute_until:
            slow = self.loop.now() < self._slow_until
            wait = self.rng.uniform(*(_SLOW_S if slow else _ANSWER_S))
            card = self._card
            self._answering = self.loop.after(wait, lambda: self._answer(data, card))

    def _answer(self, command: bytes, card: Tag | None) -> None:
        self._answering = None
        if card is None or card is not self._card or self.silent:
            return
        if command[:3] != b"\xff\xca\x00":
            self.line.send(self._reader(command))
        elif self.said:
            self.send_frame(self.said.pop(0))
        else:
            answer = self._uid(credential_bytes(card.credential), command[4:5])
            self.send_frame(answer, credential=card.credential)

    def _uid(self, uid: bytes, le: bytes) -> bytes:
        length = le[0] if le else 0
        if length in (0, len(uid)):
            return uid + OK
        return uid + SHORTER if length > len(uid) else b"\x6c" + bytes([len(uid)])

    def _reader(self, command: bytes) -> bytes:
        """The answer of the reader itself."""
        if command[:3] == b"\xff\x00\x40" and len(command) == 9:
            self.signals.append(command)
            return bytes([0x90, command[3] & 0b11])
        if command[:3] == b"\xff\x00\x52":
            self.signals.append(command)
            return OK
        if command[:3] == b"\xff\x00\x48":
            return b"ACR122U203"
        if command[:3] == b"\xff\x00\x51":
            return b"\x90" + command[3:4]
        return NO_FUNCTION if command[:3] == b"\xff\xca\x01" else NO_INSTRUCTION

    def _see(self) -> None:
        """Let the first card of the field be on the reader, and look again soon."""
        first = self.field.tags[0] if self.field.tags else None
        if first is not self._card or self._hangs() or not self.line.inside:
            self._lay_on(first)
        if self._look is not None:
            self._look.cancel()
        self._look = self.loop.after(_LOOK_S, self._see) if self.field.tags else None

    def _hangs(self) -> bool:
        """Whether the reader waits for what was not heard: only a card that goes ends that."""
        heard = not self.silent and self.loop.now() >= self._mute_until
        return self.line.owed and heard and self._answering is None

    def _lay_on(self, card: Tag | None) -> None:
        self.line.remove()
        if card is not self._card:
            self._mute_until = self._slow_until = 0  # the trouble was that card's
        self._card = card
        if card is not None and self.loop.now() >= self._away_until:
            self.line.insert()
