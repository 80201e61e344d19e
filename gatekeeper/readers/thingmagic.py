"""Driver of ThingMagic UHF modules (M6e, M6e Micro, M6e Nano): it keeps them streaming.

Told to read (2F), the module streams tags by itself, for ever, and a keep-alive every second.
It goes on doing so when its host restarts, and then takes commands only after a stop, which
it answers when all that it has read is told: up to a second later. So every opening begins
with a stop, and what comes meanwhile is read like anything else.

    stop (2F), version (03), running program (0C; from the bootloader: boot, 04),
    region (97), Gen2 (93), antennas (91), power (92), read filter off (9A), read (2F)

With the filter on, a tag that stays would be told once and then seem gone.

    1.5 s  without keep-alive or tag: the module is suspect
    2.2 s  it is stopped and set up again: one keep-alive may be lost
    3 s    ReaderError: whoever holds the driver closes the line and opens it anew;
           a module that was not heard since then is looked for at its other speeds, 5 s long

A module that streams and takes no command is read, and called suspect: only cycling its power
helps (SparkFun library, issue 2). Too hot (0504) and too much power coming back from the
antenna (0505) are told by the module and shown; it goes on when it can.
"""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.config import ReaderSettings
from gatekeeper.readers.antennas import antennas_of
from gatekeeper.readers.base import Transport
from gatekeeper.readers.clock import SECOND, Clock
from gatekeeper.readers.codecs import thingmagic_requests as tm
from gatekeeper.readers.codecs.frames import Answer, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.thingmagic import ThingMagicCodec
from gatekeeper.readers.codecs.thingmagic_table import BENIGN, REGIONS, Op
from gatekeeper.readers.facts import Family, Probe
from gatekeeper.readers.serial_reader import baud_option, gone_option
from gatekeeper.readers.stepped_reader import Step, SteppedReader

__all__ = ["ThingMagicReader"]

SPEEDS = (115200, 921600, 230400, 460800, 57600, 38400, 19200, 9600)
"""115200 after power-up; the others where a host has left it."""
ANTENNAS_MAX = 16
RESTART_NS = 22 * SECOND // 10
"""Longer than two keep-alives are apart, so that one that was damaged costs nothing."""
LOST_NS = 3 * SECOND
STOP_NS = 3 * SECOND // 2
"""Longest time from a stop to its answer, with a margin: 1.0 s was seen."""
BOOT_NS = SECOND
BOOTLOADER = 0x01
"""The lowest two bits of the running program."""
_STREAM = Op.READ_TAG_ID_MULTIPLE.name.lower()
_TAG_OP = Op.MULTI_PROTOCOL_TAG_OP.name.lower()
_STOP, _START = "stop_reading", "start_reading"


def _step(request: tm.Request, **more: object) -> Step:
    return Step(request.op.name.lower(), request.to_bytes(), **more)  # type: ignore[arg-type]


class ThingMagicReader(SteppedReader):
    """UHF, one to sixteen antennas; streams once told to."""

    title = "UHF module, ThingMagic M6e / Micro / Nano (EPC Gen2)"
    wire = "thingmagic"
    family = Family(
        frames_needed=1,
        frames_within_s=0.5,
        gone_after_s=1.0,
        proves_alive=True,
    )
    probe = Probe(
        bauds=SPEEDS,
        ask=tm.get_version().to_bytes(),
        answers=frozenset({"version", "keep_alive"}),
        firmware=("hardware", "firmware"),
    )
    speeds = SPEEDS
    suspect_ns: ClassVar[int] = 3 * SECOND // 2
    fault_hold_ns: ClassVar[int] = 3 * SECOND
    options = (
        baud_option(115200),
        Option("region", "Radio region; a Nano has none after power-up. prc (920-925 MHz) lies in "
               "Thailand's band and is in all models; newer ones have th.", "prc",
               choices=tuple(REGIONS)),
        Option("antennas", "Antennas to search through, e.g. 1,2. Default: those mapped to gates, "
               "or the first.", None),
        Option("power_dbm", "Power for reading in dBm. Default: as the module is set.", None,
               low=0, high=33),
        gone_option(family),
        Option("antenna_window_ms", "Time in milliseconds in which the best antenna is chosen, "
               "where antennas serve different gates.", 300, low=0, high=5000),
        *ThingMagicCodec.options,
    )  # fmt: skip

    def __init__(
        self, settings: ReaderSettings, clock: Clock, transport: Transport | None = None
    ) -> None:
        super().__init__(settings, clock, transport)
        self.antennas = antennas_of(settings, self.chosen.get("antennas"), ANTENNAS_MAX)

    def steps(self) -> list[Step]:
        """The set-up, as in the head of this module."""
        version = tm.get_version()
        stop = tm.stop_reading().to_bytes()
        steps = [
            Step(_STOP, stop, heard_patience_ns=STOP_NS, knock=version.to_bytes()),
            _step(version, needed=False),
            _step(tm.get_current_program(), needed=False),
            _step(tm.set_region(REGIONS[str(self.chosen["region"])])),
            _step(tm.set_gen2()),
            _step(tm.set_antennas(self.antennas)),
        ]
        if "power_dbm" in self.chosen:
            steps.append(_step(tm.set_read_power(int(self.chosen["power_dbm"]))))
        steps.append(_step(tm.set_read_filter(on=False)))
        return [*steps, Step(_START, tm.start_reading().to_bytes(), tries=3)]

    def answers(self, step: Step, frame: Tag | Answer) -> bool:
        """By opcode; start and stop share theirs."""
        if isinstance(frame, Tag):
            return False
        op = frame.detail("op")
        if step.name == _STOP:
            return op == "version" or (op == _TAG_OP and frame.name != "reading_started")
        if step.name == _START:
            return op == _TAG_OP and frame.name != "reading_stopped"
        return op == step.name

    def refusal(self, step: Step, answer: Answer) -> str:
        """A status other than 0000; to a stop it says that nothing was to be stopped."""
        status = int(answer.detail("status") or 0)
        return f"{answer.name} ({status:04X})" if status and step.name != _STOP else ""

    def further(self, step: Step, answer: Answer) -> list[Step]:
        """A module in its bootloader is booted."""
        program = int(answer.detail("program") or 0)
        if answer.detail("program") is not None and program & 0x03 == BOOTLOADER:
            self.counters.errors["booted"] += 1
            return [_step(tm.boot_firmware(), patience_ns=BOOT_NS)]
        return []

    def speed_step(self, baud: int) -> Step:
        """Command 06 is answered at the old speed."""
        return _step(tm.set_baud_rate(baud), tries=1)

    def farewell(self) -> bytes:
        """Stop (2F)."""
        return tm.stop_reading().to_bytes()

    def dead_after_ns(self) -> int:
        """Less for a module that was heard: its keep-alive is due every second."""
        return LOST_NS if self.alive else self.dead_ns

    def on_answer(self, answer: Answer, now_ns: int) -> None:
        """Keep what the module says of itself and of its troubles."""
        if answer.detail("direction") == "host":
            return  # an echo of our own request: no sign of life
        status = int(answer.detail("status") or 0)
        if answer.detail("op") == _STREAM and status not in BENIGN:
            self.note_fault(answer.name, f"{status:04X}", now_ns)
        elif answer.name == "version":
            self.version = f"{answer.detail('hardware')} {answer.detail('firmware')}"
        super().on_answer(answer, now_ns)

    def on_running(self, now_ns: int, silent_ns: int) -> None:
        """No keep-alive: the stream has ended, or the module has begun anew."""
        if silent_ns >= RESTART_NS:
            self.counters.errors["stream_restarted"] += 1
            self.set_up(now_ns)
