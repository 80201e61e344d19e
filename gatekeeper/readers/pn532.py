"""Driver of the NXP PN532 on its serial line (HSU): set up once, then asked for cards for ever.

The chip answers every command twice: ACK at once, the answer later. Set-up is wake-up with
SAMConfiguration (must come first), the firmware's version, and a limit to the tries of a search:
without it a search blocks until a card comes. Then, over and over:

    InListPassiveTarget   up to two cards of type A
    InRelease             where there were any: a card that stays selected answers only every
                          second search (adafruit/Adafruit-PN532#52, esphome/esphome#9875)

Two targets a search, not one: with one, the same card of two is found each time and the other
never. It costs a lone card the time in which a second one is looked for, some 30 ms.

Commands and answers may be lost and the chip may restart at any moment, so silence is acted on:
the running command is broken off (ACK), and after a pause, without which the next command is
not heard (nfc-tools/libnfc#167), everything is set up again; a chip that forgot its limit shows
by a search without end. Each second failure in a row tries another speed.

    0.1 s  no answer to a command of the set-up: once more (some chips ignore the first one)
    0.3 s  no answer to a search: broken off, set up again
    1 s    the reader is suspect
    5 s    ReaderError: whoever holds the driver closes the line and opens it anew
"""

from __future__ import annotations

from enum import Enum, auto

from gatekeeper.config import ReaderSettings
from gatekeeper.model import CardRead
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs import pn532_requests as host
from gatekeeper.readers.codecs.frames import Answer, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.pn532 import Pn532Codec
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.polled_reader import PolledReader
from gatekeeper.readers.serial_reader import baud_option, gone_option

__all__ = ["Pn532Reader"]

SET_UP_NS = 100_000_000
"""ACK is due within 15 ms and the answers of the set-up follow at once."""
SEARCH_NS = 300_000_000
"""A search without a card takes some 30 ms for each try."""
PAUSE_NS = 20_000_000
"""Between searches; a quiet line makes 50 ms of it."""
ABORT_PAUSE_NS = 30_000_000
"""After a command was broken off; nfcpy gives the chip 10 ms."""
REFUSALS = 3
"""So many error frames in a row, and it is no accident of the line."""
TRIES = 2
"""MxRtyPassiveActivation: a search looks three times, then says that there is no card."""
BAUDS = (115200, 921600, 460800, 230400, 9600, 57600, 38400, 19200)
"""Speeds of SetSerialBaudRate; 1,288,000 is left out, no usual adapter has it."""


class _Step(Enum):
    """What the driver waits for."""

    PAUSE = auto()
    SAM = "sam_configuration"
    VERSION = "get_firmware_version"
    LIMIT = "rf_configuration"
    SEARCH = "in_list_passive_target"
    RELEASE = "in_release"


_NEXT = {_Step.SAM: _Step.VERSION, _Step.VERSION: _Step.LIMIT, _Step.LIMIT: _Step.SEARCH}


class Pn532Reader(PolledReader):
    """13.56 MHz, ISO 14443 type A, polled."""

    title = "NXP PN532 on a serial line (HSU), 13.56 MHz (ISO 14443 A)"
    wire = "pn532"
    bauds = BAUDS
    family = Family(
        frames_needed=1,
        frames_within_s=0.4,
        # Three searches with a card take about 0.3 s: two may miss it and it is still there.
        gone_after_s=0.5,
        proves_alive=True,
    )
    probe = Probe(
        bauds=BAUDS,
        ask=host.WAKE_UP + host.sam_configuration(),
        answers=frozenset({"sam_configuration"}),
    )
    options = (
        baud_option(115200),
        Option("targets", "Cards looked for in one search; with 1, the second of two cards that "
               "lie together is never read.", 2, low=1, high=2),
        Option("frames_needed", "Equal reads before a card is believed; 2 on a noisy line, whose "
               "8-bit checks pass a damaged frame once in 256.", 1, low=1, high=3),
        gone_option(family),
    )  # fmt: skip

    _codec: Pn532Codec

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self._step = self._then = _Step.PAUSE
        self._acknowledged = False
        self._failures = self._refusals = 0

    def on_open(self, now_ns: int) -> None:
        """Begin: the reader has 5 s to say anything at all."""
        self._begin(now_ns)
        self._failures = self._refusals = 0
        self._send(_Step.SAM, now_ns)

    def read(self) -> list[CardRead]:
        """Reads since the last call; blocks about 50 ms at most."""
        last_byte_ns = self._last_byte_ns
        reads = super().read()
        if self._last_byte_ns == last_byte_ns and self._codec.lacks_postamble:
            # A reader that sends no closing zero would wait out half a frame's patience.
            now_ns = self.clock.monotonic_ns()
            frames = self._codec.idle()
            reads += [read for frame in frames if (read := self._take(frame, now_ns)) is not None]
        return reads

    def on_tag(self, tag: Tag, now_ns: int) -> None:
        """One of the cards of a search."""
        self._hear(now_ns)
        if self._step is _Step.SEARCH:
            self._send(_Step.RELEASE, now_ns)

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Take the next step when the one that is waited for is answered."""
        if answer.name == "ack":
            self._acknowledged = True  # six fixed bytes without a check: no proof of life
        elif answer.name == "nack":
            self._fail("nack", now_ns)
        elif answer.name == "error_frame":
            self._heard_ns = now_ns
            self._refusals += 1
            self._fail("error_frame", now_ns)
        elif answer.detail("sender") == "reader":
            self._hear(now_ns)
            self._take_answer(answer, now_ns)

    def on_quiet(self, now_ns: int) -> None:
        """Act on silence. Raises ReaderError when nothing was heard for 5 s."""
        self._end_if_dead(now_ns)
        if self._step is _Step.PAUSE:
            if now_ns >= self._resume_ns:
                self._send(self._then, now_ns)
        elif now_ns - self._sent_ns >= (SEARCH_NS if self._step is _Step.SEARCH else SET_UP_NS):
            self._fail("no_answer" if self._acknowledged else "no_ack", now_ns)

    def problem(self) -> str:
        """Silence, then refused commands, then garbage."""
        if silence := self._silence():
            return silence
        if self._refusals >= REFUSALS:
            return (
                f"{self._refusals} commands refused (error frame 7F) in a row; "
                f"an answer to {self._then.name.lower()} is due"
            )
        return super().problem()

    def _hear(self, now_ns: int) -> None:
        super()._hear(now_ns)
        self._failures = 0

    def _take_answer(self, answer: Answer, now_ns: int) -> None:
        name = answer.name.replace("no_target", _Step.SEARCH.value)
        if name != self._step.value:
            return  # of a command that was given up
        if self._step is not _Step.SAM:
            self._refusals = 0
        if self._step is _Step.VERSION:
            self.version = str(answer.detail("version") or "")
        if self._step in _NEXT:
            self._send(_NEXT[self._step], now_ns)
        else:
            self._wait(PAUSE_NS, _Step.SEARCH, now_ns)

    def _fail(self, name: str, now_ns: int) -> None:
        """Break off what is running; after a pause set up again, at each second time elsewhere."""
        self.counters.errors[name] += 1
        self._failures += 1
        self.write(host.ABORT)
        if self._failures % 2 == 0 and name == "no_ack":
            self.transport.set_baud(self._bauds.next())
        self._wait(ABORT_PAUSE_NS, _Step.SAM, now_ns)

    def _wait(self, pause_ns: int, then: _Step, now_ns: int) -> None:
        self._step, self._then, self._resume_ns = _Step.PAUSE, then, now_ns + pause_ns

    def _send(self, step: _Step, now_ns: int) -> None:
        self._step, self._sent_ns, self._acknowledged = step, now_ns, False
        self.write(self._request(step))

    def _request(self, step: _Step) -> bytes:
        if step is _Step.SAM:
            return host.WAKE_UP + host.sam_configuration()
        if step is _Step.VERSION:
            return host.get_firmware_version()
        if step is _Step.LIMIT:
            return host.limit_activation_tries(TRIES)
        if step is _Step.RELEASE:
            return host.in_release()
        return host.in_list_passive_target(int(self.chosen["targets"]))
