"""Driver of UHF readers of Chafon and kin (UHFReader18, 288, 86): it keeps rounds going.

First the reader is asked what it is (21); its model decides how its lists of tags are laid out.
Then each round is one inventory command (01), answered by frames that each carry some tags; the
last one has another status than "more follows". A 288 is told antenna and length of each round;
an 18 knows one antenna, and its length is a setting that is changed where it differs.

A reader that was left in active (real-time) mode pushes tags by itself. They are taken, and the
reader is switched to answer mode (76; an 18 is asked for its mode first, 36, so that setting it
with 35 changes nothing else). With `mode = "active"` it is left pushing and never polled; the
question 21, once a second, then proves it alive.

    0.25 s  a question is asked again, a round when its length and 0.4 s are over
    1 s     the reader is suspect (later where rounds are longer than 0.5 s)
    5 s     ReaderError: whoever holds the driver closes the line and opens it anew

In between everything is set up again, at each second failure at another speed: a reader keeps
its speed in flash, whoever set it. A TCP line has no speed.
"""

from __future__ import annotations

from gatekeeper.config import ReaderSettings
from gatekeeper.model import CardRead
from gatekeeper.readers.base import Transport
from gatekeeper.readers.chafon_rounds import OPTIONS, Rounds, Step
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs import chafon_requests as host
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.chafon_table import BENIGN, Status
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.polled_reader import PolledReader
from gatekeeper.readers.serial_reader import baud_option, gone_option

__all__ = ["ChafonReader"]

QUESTION_NS = 250_000_000
"""A question is answered within some 20 ms; a network model takes a little longer."""
ROUND_SLACK_NS = 400_000_000
"""A round may take 75 ms longer than it should, and its list has to come over the line."""
FAULT_PAUSE_NS = SECOND // 10
"""Pause before the next round when every antenna is faulty, or a command was refused."""
ASK_NS = SECOND
"""From question to question where the reader pushes by itself."""
SWITCH_NS = 5 * SECOND
"""A reader that pushes on is not told more often than this to stop."""
BAUDS = (57600, 115200, 9600, 38400, 19200)


class ChafonReader(PolledReader):
    """UHF, polled in rounds over its antennas, or pushing by itself."""

    title = "UHF reader of Chafon and kin, UHFReader18 / 288 protocol (EPC Gen2)"
    wire = "chafon"
    bauds = BAUDS
    family = Family(
        frames_needed=1,
        frames_within_s=1.0,
        # Four antennas in rounds of 0.3 s: each hears a tag every 1.2 s.
        gone_after_s=1.5,
        proves_alive=True,
    )
    probe = Probe(
        bauds=BAUDS,
        ask=host.get_reader_information().to_bytes(),
        answers=frozenset({"reader_information", "heartbeat"}),
        firmware=("model", "version"),
    )
    options = (
        baud_option(57600),
        *OPTIONS,
        gone_option(family),
        Option("antenna_window_ms", "Time in milliseconds in which the best antenna is chosen, "
               "where antennas serve different gates.", 700, low=0, high=5000),
    )  # fmt: skip

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self.model = ""
        self._address = int(self.chosen["address"])
        self._rounds = Rounds(settings, self.chosen)
        self._step = self._then = Step.PAUSE
        self._answered_ns = self._told_ns = 0
        self._pushes = ""
        self._failures = 0

    @property
    def layout(self) -> str:
        """Layout of the tag lists that are expected now."""
        return str(self._codec_options.get("layout", "288"))

    def on_open(self, now_ns: int) -> None:
        """Begin: the reader has 5 s to say anything at all."""
        self._begin(now_ns)
        self._told_ns = now_ns - SWITCH_NS
        self._pushes = ""
        self._failures = 0
        self._rounds.forget()
        self._send(Step.INFO, now_ns)

    def on_tag(self, tag: Tag, now_ns: int) -> None:
        """A tag proves the reader alive; the last frame of a round begins the next one."""
        self._hear(now_ns)
        if tag.detail("command") == "push":
            self._note_push("18" if tag.detail("antenna_mask") is None else "288", now_ns)
            return
        self._answered_ns = now_ns
        if tag.detail("number") in (None, 1):
            self._take_list(int(tag.detail("status") or 0), now_ns)

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Take the next step when the one that is waited for is answered."""
        command, status = answer.detail("command"), answer.detail("status")
        if status is None and (command == Step.ROUND.value or not answer.detail("data")):
            return  # our own words, as some RS-485 adapters give them back
        self._hear(now_ns)
        if command == "push":
            self._note_push("288", now_ns)
            return
        self._answered_ns = now_ns
        if status is not None and status not in BENIGN:
            self._note_fault(answer, int(status), now_ns)
        elif command == Step.ROUND.value:
            if status is not None and answer.detail("number") in (None, 1):
                self._take_list(int(status), now_ns)
        elif command == self._step.value:
            self._take_setting(answer, now_ns)

    def on_quiet(self, now_ns: int) -> None:
        """Act on silence. Raises ReaderError when nothing was heard for 5 s."""
        self._end_if_dead(now_ns)
        if self._step is Step.PAUSE:
            if now_ns >= self._resume_ns:
                self._send(self._then, now_ns)
        elif now_ns - max(self._sent_ns, self._answered_ns) >= self._patience_ns():
            self._fail(now_ns)

    def problem(self) -> str:
        """Silence, then antennas and errors that the reader named, then garbage."""
        due_ns = max(self.suspect_ns, self._rounds.scan_ns + SECOND // 2)
        if self.chosen["mode"] == "active":
            due_ns += ASK_NS
        return self._silence(due_ns) or self._rounds.problem() or super().problem()

    def _take(self, frame: Frame, now_ns: int) -> CardRead | None:
        """Leave out what another reader on the same bus says."""
        if isinstance(frame, Garbage) or self._address in (
            host.BROADCAST,
            frame.detail("address"),
        ):
            return super()._take(frame, now_ns)
        self.counters.errors["other_address"] += 1
        return None

    def _hear(self, now_ns: int) -> None:
        super()._hear(now_ns)
        self._failures = 0

    def _note_push(self, layout: str, now_ns: int) -> None:
        """The reader pushes, as models of this layout do: have it stop, unless it is meant to."""
        if self.chosen["mode"] == "answer" and now_ns - self._told_ns >= SWITCH_NS:
            self.counters.errors["was_pushing"] += 1
            self._told_ns, self._pushes = now_ns, layout

    def _note_fault(self, answer: Answer, status: int, now_ns: int) -> None:
        self.counters.errors[answer.name] += 1
        if answer.detail("command") != self._step.value:
            return
        if self._step is Step.ROUND:
            self._rounds.rest(f"{answer.name} ({status:02X})", status, now_ns)
            self._advance(now_ns)
        else:
            self._wait(FAULT_PAUSE_NS, Step.ROUND, now_ns)  # it works without that setting, too

    def _take_list(self, status: int, now_ns: int) -> None:
        """A frame of a round; with the last one, on to the next round."""
        if status == Status.MEMORY_FULL:
            self.counters.errors["memory_full"] += 1
        if self._step is Step.ROUND and status not in (Status.MORE_FOLLOWS, Status.STATISTICS):
            self._rounds.well()
            self._advance(now_ns)

    def _take_setting(self, answer: Answer, now_ns: int) -> None:
        if self._step is Step.INFO:
            self._take_information(answer, now_ns)
        elif self._step is Step.GET_MODE:
            mode = bytes.fromhex(str(answer.detail("data")))[1:]
            self._send(Step.SET_MODE_18, now_ns, host.set_answer_mode_18(mode, self._address))
        else:
            self._next(now_ns)

    def _take_information(self, answer: Answer, now_ns: int) -> None:
        self.model = str(answer.detail("model") or "")
        self.version = str(answer.detail("version") or "")
        told = answer.detail("layout")
        if told is not None and "layout" not in self.chosen and told != self.layout:
            self._codec_options["layout"] = told
            self._codec = make_codec(self.wire, self._codec_options)
        scan_ms = answer.detail("scan_time_ms")
        if self.layout == "18" and scan_ms is not None and scan_ms != self._rounds.scan_ms:
            self._send(Step.SCAN_TIME, now_ns)
        else:
            self._next(now_ns)

    def _advance(self, now_ns: int) -> None:
        """On to the next antenna that is well; a faulty one is tried again now and then."""
        if self._rounds.turn(now_ns):
            self._next(now_ns)
        else:
            self._wait(FAULT_PAUSE_NS, Step.ROUND, now_ns)

    def _next(self, now_ns: int) -> None:
        """What is done when nothing else is: a round, or the order to stop pushing."""
        if self.chosen["mode"] == "active":
            self._wait(ASK_NS, Step.INFO, now_ns)
        elif not self._stop_pushing(now_ns):
            self._send(Step.ROUND, now_ns)

    def _stop_pushing(self, now_ns: int) -> bool:
        """Switch a reader that pushes to answer mode. Whether that was due."""
        due, self._pushes = self._pushes, ""
        if due:
            self._send(Step.GET_MODE if due == "18" else Step.SET_MODE, now_ns)
        return bool(due)

    def _patience_ns(self) -> int:
        if self._step is Step.ROUND:
            return self._rounds.scan_ns + ROUND_SLACK_NS
        return QUESTION_NS

    def _fail(self, now_ns: int) -> None:
        """Nothing came: ask anew what the reader is, at each second time at another speed."""
        self.counters.errors["no_answer"] += 1
        self._failures += 1
        if self.chosen["mode"] == "active":
            self._wait(ASK_NS, Step.INFO, now_ns)  # what pushes is heard where it is
            return
        if self._failures > 1 and self._failures % 2:
            self.transport.set_baud(self._bauds.next())
        if not self._stop_pushing(now_ns):  # some hear nothing else while they push
            self._send(Step.INFO, now_ns)

    def _wait(self, pause_ns: int, then: Step, now_ns: int) -> None:
        self._step, self._then, self._resume_ns = Step.PAUSE, then, now_ns + pause_ns

    def _send(self, step: Step, now_ns: int, request: host.Request | None = None) -> None:
        self._step, self._sent_ns = step, now_ns
        self.write((request or self._rounds.request(step, self.layout)).to_bytes())
