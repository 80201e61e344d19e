"""Driver of UHF modules with the MagicRF M100 chip: it keeps them polling.

The module polls by itself (27) for as many rounds as it is told, 65535 at most, and then
falls silent without a word. Single polls (22) would need no such restart, but nothing says
when the notices of one are over: a round without a tag is answered, one with tags is not
closed, so that each would have to be waited out on the line. Under 27 every round says
something, a tag or "no tag", so that silence is a sure sign, whatever its cause (the rounds
are over, the command was lost, the module has restarted or fallen asleep), and the answer to
it is always the same: the whole set-up again, which takes some 20 ms.

    0.3 s  the module is set up again: stop (28), who it is (03), region, power, poll (27)
    1 s    it is suspect
    2 s    it is looked for at its other speeds
    5 s    ReaderError: whoever holds the driver closes the line and opens it anew

Stop comes first on every opening, because a module goes on polling when its host restarts.
"No tag" (15) comes with every empty round, up to hundreds a second, and is no fault; other
errors are shown. Two equal reads are not needed: a read is proven by the frame's sum, by the
PC word and by the CRC that the tag itself has sent.
"""

from __future__ import annotations

from gatekeeper.readers.clock import SECOND
from gatekeeper.readers.codecs import m100_requests as m100
from gatekeeper.readers.codecs.frames import Answer, Tag
from gatekeeper.readers.codecs.m100 import M100Codec
from gatekeeper.readers.codecs.m100_table import BENIGN, REGIONS, Error
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.serial_reader import baud_option, gone_option
from gatekeeper.readers.stepped_reader import Step, SteppedReader

__all__ = ["M100Reader"]

RESTART_NS = 3 * SECOND // 10
"""Longest pause between two rounds; one round takes some 10 to 50 ms."""
SPEEDS = (115200, 57600, 38400, 19200, 9600)
SETTLE_NS = SECOND // 10
"""What the module is given to change its speed, and the line to carry the request."""
_BENIGN_NAMES = frozenset(error.name.lower() for error in BENIGN)
_POLL, _STOP, _INFO = "multi_poll", "stop", "module_info"


class M100Reader(SteppedReader):
    """UHF, one antenna; polls by itself once told to."""

    title = "UHF module, MagicRF M100 / YRM100 / R200 (EPC Gen2)"
    wire = "m100"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        gone_after_s=1.0,
        proves_alive=True,
    )
    probe = Probe(
        bauds=SPEEDS,
        ask=m100.module_info().to_bytes(),
        answers=frozenset({_INFO, *_BENIGN_NAMES}),
        firmware=("text",),
    )
    speeds = SPEEDS
    options = (
        baud_option(115200),
        Option("region", "Radio region; china900 (920-925 MHz) is Thailand's band. Default: as "
               "the module is set.", None, choices=tuple(REGIONS)),
        Option("power_dbm", "Output power in dBm. Default: as the module is set.", None,
               low=0, high=33),
        Option("rounds", "Rounds that the module runs by itself before it is told again.", 65535,
               low=1, high=65535),
        gone_option(family),
        *M100Codec.options,
    )  # fmt: skip

    def steps(self) -> list[Step]:
        """Stop, ask who is there, set what the settings name, poll."""
        steps = [
            Step(_STOP, m100.stop().to_bytes()),
            Step(_INFO, m100.module_info().to_bytes(), needed=False),
        ]
        if "region" in self.chosen:
            request = m100.set_region(REGIONS[str(self.chosen["region"])])
            steps.append(Step("set_region", request.to_bytes()))
        if "power_dbm" in self.chosen:
            request = m100.set_power(int(self.chosen["power_dbm"]))
            steps.append(Step("set_power", request.to_bytes()))
        poll = m100.multi_poll(int(self.chosen["rounds"]))
        return [*steps, Step(_POLL, poll.to_bytes(), tries=3)]

    def answers(self, step: Step, frame: Tag | Answer) -> bool:
        """A round's tag or error answers 27; an error other than a round's, any command."""
        if isinstance(frame, Tag):
            return step.name == _POLL
        if frame.detail("type") != "answer":
            return step.name == _POLL and frame.detail("type") == "notice"
        if frame.detail("command") == "error":
            return step.name == _POLL or frame.detail("code") == Error.COMMAND_ERROR
        return frame.detail("command") == step.name

    def refusal(self, step: Step, answer: Answer) -> str:
        """An error, or a result other than 00."""
        if answer.detail("command") != "error":
            result = str(answer.detail("params"))
            is_result = step.name in ("set_region", "set_power") and result != "00"
            return f"result {result}" if is_result else ""
        return answer.name if answer.detail("code") == Error.COMMAND_ERROR else ""

    def speed_step(self, baud: int) -> Step:
        """Command 11 has no answer."""
        return Step("set_baud", m100.set_baud(baud).to_bytes(), SETTLE_NS, tries=1)

    def farewell(self) -> bytes:
        """Stop (28)."""
        return m100.stop().to_bytes()

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Keep what the module says of itself and of its troubles."""
        if answer.detail("type") == "command":
            return  # an echo of our own request: no sign of life
        if answer.detail("command") == "error" and answer.name not in _BENIGN_NAMES:
            self.note_fault(answer.name, f"{int(answer.detail('code') or 0):02X}", now_ns)
        elif answer.name == _INFO:
            self.version = str(answer.detail("text") or "")
        super().on_answer(answer, now_ns)

    def on_running(self, now_ns: int, silent_ns: int) -> None:
        """Silence means that nobody polls any more."""
        if silent_ns >= RESTART_NS:
            self.counters.errors["poll_restarted"] += 1
            self.set_up(now_ns)
