"""Driver of UHF readers with the R2000 'A0' protocol: it keeps rounds going.

The reader does one round a command and then waits, so each end frame (or error) is answered
with the next command: choose the antenna (74) where there are several, then inventory (89,
or 8B where a session is set). Every command may be lost on the line, every answer too, and
the reader may restart at any moment, so silence is always acted on:

    0.15 s the step is sent again, a round after 0.3 s (all may be repeated without harm)
    1 s    the reader is suspect
    2 s    it is restarted (70) and set up again, at its other speed if it has said nothing yet
    5 s    ReaderError: whoever holds the driver closes the line and opens it anew

A reader that ignores a wrong check value looks like one that did not hear: it is asked again.
"""

from __future__ import annotations

from enum import Enum, auto

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ReaderError, TransportError
from gatekeeper.readers.antennas import antennas_of
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs import r2000_requests as a0
from gatekeeper.readers.codecs.frames import Answer, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.r2000 import R2000Codec
from gatekeeper.readers.codecs.r2000_table import BENIGN, INVENTORIES, Command, Status
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.polled_reader import PolledReader
from gatekeeper.readers.r2000_contacts import OUTPUTS_MAX, RELEASE_NS, Contacts
from gatekeeper.readers.serial_reader import baud_option, gone_option

__all__ = ["R2000Reader"]

BAUDS = (115200, 38400)  # of command 71; the reader keeps its choice without power
REPEAT_NS = 150_000_000  # settings are answered within milliseconds
REPEAT_ROUND_NS = 300_000_000
"""The shortest round takes 30 to 50 ms; each tag of a longer one breaks the silence."""
RESET_NS = 2 * SECOND
START_UP_NS = SECOND // 2  # for a reader to start again after a reset
RESTART_NS = SECOND // 10
"""Pause before a reader that says it has restarted is set up: it may say so to every command."""
REST_NS = SECOND  # for a faulty antenna while others are well
FAULT_PAUSE_NS = SECOND // 10  # between rounds when every antenna is faulty

_INVENTORY_NAMES = frozenset(command.name.lower() for command in INVENTORIES)
_BENIGN_NAMES = frozenset(status.name.lower() for status in BENIGN)
_ANTENNA_NAME = Command.SET_WORK_ANTENNA.name.lower()
_VERSION_NAME = Command.GET_FIRMWARE_VERSION.name.lower()
_CONTACT_NAME = Command.WRITE_GPIO_VALUE.name.lower()


class _Step(Enum):
    """What the driver waits for."""

    START = auto()  # the reader to come up; then it is set up
    VERSION = auto()
    """The first answer. A reader that does not know the command is set up all the same."""
    ANTENNA = auto()
    CONTACT = auto()
    ROUND = auto()
    PAUSE = auto()  # the end of a pause between rounds


class R2000Reader(PolledReader):
    """UHF, polled in rounds over one to eight antennas."""

    title = "UHF reader, Impinj R2000 'A0' protocol (EPC Gen2)"
    wire = "r2000"
    bauds = BAUDS
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        gone_after_s=1.0,
        proves_alive=True,
    )
    probe = Probe(
        bauds=BAUDS,
        ask=a0.get_firmware_version().to_bytes(),
        answers=frozenset({_VERSION_NAME, "round_end"}),
        firmware=("version",),
    )
    options = (
        baud_option(115200),
        Option("antennas", "Antennas to work through, e.g. 1,2. Default: those mapped to gates, "
               "or the first.", None),
        Option("session", "Gen2 session: none sends command 89, s0 to s3 command 8B. In s1 to s3 "
               "a resting tag falls silent; set gone_after_ms accordingly.",
               "none", choices=("none", "s0", "s1", "s2", "s3")),
        Option("repeat", "Repetitions within a round. Default: 255, which command 89 takes for the "
               "shortest round, or 1 with a session.", None, low=1, high=255),
        Option("address", "Address of the reader; 255 reaches any.", a0.BROADCAST,
               low=0, high=255),
        Option("frames_needed", "Equal reads before a tag is believed; 2 on a noisy line, whose "
               "8-bit check passes a damaged frame once in 256.", 1, low=1, high=3),
        gone_option(family),
        Option("antenna_window_ms", "Time in milliseconds in which the best antenna is chosen, "
               "where antennas serve different gates.", 300, low=0, high=5000),
        Option("outputs", "Contacts for doors: GPIO3, then GPIO4, opened at each start. With 0 "
               "they are left alone.", 0, low=0, high=OUTPUTS_MAX),
        *R2000Codec.options,
    )  # fmt: skip

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        ports = int(self.chosen["ports"])
        self.antennas = antennas_of(settings, self.chosen.get("antennas"), ports)
        self._address = int(self.chosen["address"])
        self._turn = 0
        self._step = _Step.START
        self._round_ns = 0
        self._was_reset = self._antenna_set = False
        self._faults: dict[int, str] = {}
        self._resting: dict[int, int] = {}
        self._contacts = Contacts(int(self.chosen["outputs"]))

    def pulse(self, output: int, seconds: float) -> None:
        """Close contact `output` for 0.1 to 60 s; this driver ends it (see r2000_contacts)."""
        if not self._proven:
            raise TransportError(f"{self.id}: {self.problem()} seen; a reader that answers is due")
        self._contacts.pulse(output, seconds)

    def close(self) -> None:
        """Open the contacts while the reader still answers, and release the line."""
        self._contacts.release()
        until_ns = self.clock.monotonic_ns() + RELEASE_NS
        try:
            while self._contacts.left_closed and self.clock.monotonic_ns() < until_ns:
                self.read()
        except (TransportError, ReaderError):
            pass  # it cannot be reached: its contacts are opened when it is set up again
        finally:
            super().close()

    def on_open(self, now_ns: int) -> None:
        """Begin: the reader has 5 s to say anything at all."""
        self._begin(now_ns)
        self._was_reset = False
        if self._bauds.back():
            self.transport.set_baud(self._bauds.baud)
        self._faults.clear()
        self._set_up(now_ns)

    def on_tag(self, tag: Tag, now_ns: int) -> None:
        """A tag proves the reader alive as well as an answer does."""
        self._hear(now_ns)

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Take the next step when the one that is waited for is answered."""
        self._hear(now_ns)
        if answer.detail("command") != _CONTACT_NAME:
            self._take_answer(answer, now_ns)
            return
        self._contacts.answered(answer.name == "success", now_ns)
        if self._step is _Step.CONTACT:
            self._next_round(now_ns)

    def _take_answer(self, answer: Answer, now_ns: int) -> None:
        command, code = answer.detail("command"), answer.detail("code")
        if code is not None and answer.name not in _BENIGN_NAMES:
            self._note_fault(answer, now_ns)
        if code == Status.MCU_RESET:
            self._wait_and_set_up(now_ns, RESTART_NS)
        elif command == _VERSION_NAME:
            self.version = str(answer.detail("version") or "")
            if self._step is _Step.VERSION:
                self._next_round(now_ns)
        elif command == _ANTENNA_NAME and self._step is _Step.ANTENNA:
            self._take_antenna_answer(answer, now_ns)
        elif command in _INVENTORY_NAMES and self._step is _Step.ROUND:
            if answer.name == "round_end":
                self._finish_round(answer)
            if answer.name == "round_end" or code is not None:
                self._advance(now_ns)

    def on_quiet(self, now_ns: int) -> None:
        """Act on silence. Raises ReaderError when nothing was heard for 5 s."""
        silent, since_sent = now_ns - self._heard_ns, now_ns - self._sent_ns
        patience = REPEAT_ROUND_NS if self._step is _Step.ROUND else REPEAT_NS
        self._end_if_dead(now_ns)
        if self._step in (_Step.PAUSE, _Step.START) and now_ns >= self._resume_ns:
            self._next_round(now_ns) if self._step is _Step.PAUSE else self._set_up(now_ns)
        elif (silent >= RESET_NS and not self._was_reset) or self._is_endless(now_ns):
            self._reset(now_ns)
        elif min(silent, since_sent) >= patience:
            self._repeat(now_ns)

    def problem(self) -> str:
        """Silence, then antennas and errors that the reader named, then garbage."""
        if silence := self._silence():
            return silence
        faults = [f"antenna {antenna}: {fault}" for antenna, fault in sorted(self._faults.items())]
        return "; ".join(faults) or super().problem()

    @property
    def antenna(self) -> int:
        """The antenna whose turn it is."""
        return self.antennas[self._turn]

    def _hear(self, now_ns: int) -> None:
        super()._hear(now_ns)
        self._was_reset = False

    def _note_fault(self, answer: Answer, now_ns: int) -> None:
        self.counters.errors[answer.name] += 1
        antenna = int(answer.detail("antenna") or self.antenna)
        self._faults[antenna] = f"{answer.name} ({int(answer.detail('code') or 0):02X})"
        self._resting[antenna] = now_ns + REST_NS

    def _is_endless(self, now_ns: int) -> bool:
        """Whether a round goes on and on: tags come, but no end frame."""
        return self._step is _Step.ROUND and now_ns - self._round_ns >= self.dead_ns

    def _take_antenna_answer(self, answer: Answer, now_ns: int) -> None:
        if answer.name == "success":
            self._antenna_set = True
            self._inventory(now_ns)
        elif answer.detail("code") is not None:
            self._advance(now_ns)

    def _set_up(self, now_ns: int) -> None:
        self._contacts.begin()
        self._antenna_set = False
        self._resting.clear()
        self._send(_Step.VERSION, a0.get_firmware_version(self._address), now_ns)

    def _wait_and_set_up(self, now_ns: int, pause_ns: int) -> None:
        self._step, self._resume_ns = _Step.START, now_ns + pause_ns

    def _reset(self, now_ns: int) -> None:
        self.counters.errors["watchdog_reset"] += 1
        self._was_reset = True
        self._send(_Step.START, a0.reset(self._address), now_ns)
        self._wait_and_set_up(now_ns, START_UP_NS)

    def _repeat(self, now_ns: int) -> None:
        self.counters.errors["step_repeated"] += 1
        if self._step is _Step.START and not self._proven:
            self.transport.set_baud(self._bauds.next())
            self._set_up(now_ns)
            return
        self._antenna_set = False
        self._next_round(now_ns)

    def _finish_round(self, end: Answer) -> None:
        worked = end.detail("antenna")
        self._faults.pop(self.antenna, None)
        if worked is not None and worked != self.antenna:
            # The reader has forgotten its antenna: it restarted without saying so.
            self._antenna_set = False
            self.counters.errors["antenna_forgotten"] += 1

    def _advance(self, now_ns: int) -> None:
        """On to the next antenna that is well; a faulty one is tried again now and then."""
        for _ in self.antennas:
            self._turn = (self._turn + 1) % len(self.antennas)
            if self._resting.get(self.antenna, 0) <= now_ns:
                self._next_round(now_ns)
                return
        self._step, self._resume_ns = _Step.PAUSE, now_ns + FAULT_PAUSE_NS

    def _next_round(self, now_ns: int) -> None:
        due = self._contacts.due(now_ns)
        if due is not None:
            self._send(_Step.CONTACT, a0.write_gpio_value(*due, self._address), now_ns)
            return
        if len(self.antennas) > 1 or not self._antenna_set:
            self._send(_Step.ANTENNA, a0.set_work_antenna(self.antenna, self._address), now_ns)
        else:
            self._inventory(now_ns)

    def _inventory(self, now_ns: int) -> None:
        session, repeat = str(self.chosen["session"]), self.chosen.get("repeat")
        request = a0.round_of(session, None if repeat is None else int(repeat), self._address)
        self._round_ns = now_ns
        self._send(_Step.ROUND, request, now_ns)

    def _send(self, step: _Step, request: a0.Request, now_ns: int) -> None:
        self._step, self._sent_ns = step, now_ns
        self.write(request.to_bytes())
