"""What a driver of Chafon readers asks for: options, steps and their commands, antennas in turn.

A faulty antenna is left out for a second while others are well, so that it holds nobody up.
Writes nothing and knows no clock: time comes in as monotonic nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from gatekeeper.config import ReaderSettings
from gatekeeper.readers.antennas import antennas_of
from gatekeeper.readers.codecs import chafon_requests as host
from gatekeeper.readers.codecs.chafon_table import Status
from gatekeeper.readers.codecs.options import Option, OptionValue

__all__ = ["OPTIONS", "Rounds", "Step"]

ANTENNAS_MAX = 8
REST_NS = 1_000_000_000
REFUSALS = 2
"""So many rounds refused for their parameters, and they are asked for without any."""
_REFUSED = (Status.WRONG_LENGTH, Status.WRONG_PARAMETER, Status.ILLEGAL_COMMAND)

OPTIONS = (
    Option("layout", "Layout of tag lists, 18 or 288. Default: by the model, which the reader "
           "tells.", None, choices=("18", "288")),
    Option("mode", "answer: poll, and switch a reader that pushes to answer mode; active: let "
           "it push and never poll.", "answer", choices=("answer", "active")),
    Option("antennas", "Antennas to work through, e.g. 1,2 (layout 288 only). Default: those "
           "mapped to gates, or the first.", None),
    Option("scan_time_ms", "Longest round in milliseconds, in steps of 100.", 300,
           low=300, high=1000),
    Option("q", "The reader expects about 2^q tags in a round.", 4, low=0, high=15),
    Option("session", "Gen2 session of a round (layout 288 only). In s1 to s3 a resting tag "
           "falls silent; set gone_after_ms accordingly.", "s0",
           choices=("s0", "s1", "s2", "s3")),
    Option("address", "Address of the reader; 255 reaches any. On RS-485 with several readers "
           "give each its own: answers of others are then left out.", host.BROADCAST,
           low=0, high=255),
)  # fmt: skip
"""Options of a round, and of whom it is asked."""


class Step(Enum):
    """What the driver waits for; but for the pause, the name of the command."""

    PAUSE = auto()
    INFO = "get_reader_information"
    SCAN_TIME = "set_scan_time"
    GET_MODE = "get_work_mode_18"
    SET_MODE_18 = "set_work_mode_18"
    SET_MODE = "set_work_mode"
    ROUND = "inventory"


class Rounds:
    """A turn over some antennas, and the command of each round."""

    def __init__(self, settings: ReaderSettings, chosen: Mapping[str, OptionValue]) -> None:
        """Raises ConfigError for antennas that are none."""
        self.antennas = antennas_of(settings, chosen.get("antennas"), ANTENNAS_MAX)
        self.scan_ms = -(-int(chosen["scan_time_ms"]) // 100) * 100
        """Longest round, in the reader's steps."""
        self._q, self._session = int(chosen["q"]), int(str(chosen["session"])[1])
        self._address = int(chosen["address"])
        self._turn = self._refused = 0
        self._faults: dict[int, str] = {}
        self._until: dict[int, int] = {}

    @property
    def current(self) -> int:
        """The antenna whose turn it is, from 1."""
        return self.antennas[self._turn]

    @property
    def scan_ns(self) -> int:
        """Longest round."""
        return self.scan_ms * 1_000_000

    def request(self, step: Step, layout: str) -> host.Request:
        """The command of `step`."""
        if step is Step.SCAN_TIME:
            return host.set_scan_time(self.scan_ms // 100, self._address)
        if step is Step.GET_MODE:
            return host.get_work_mode_18(self._address)
        if step is Step.SET_MODE:
            return host.set_answer_mode(self._address)
        if step is Step.INFO:
            return host.get_reader_information(self._address)
        return self._round(layout)

    def _round(self, layout: str) -> host.Request:
        """The next round, without parameters where the reader takes none."""
        if layout == "18" or self._refused >= REFUSALS:
            return host.inventory_18(self._address)
        return host.inventory_288(
            self.current,
            q=self._q,
            session=self._session,
            scan=self.scan_ms // 100,
            address=self._address,
        )

    def turn(self, now_ns: int) -> bool:
        """Go on to the next antenna that does not rest; False: all of them do."""
        for _ in self.antennas:
            self._turn = (self._turn + 1) % len(self.antennas)
            if self._until.get(self.current, 0) <= now_ns:
                return True
        return False

    def well(self) -> None:
        """The current antenna has done its round."""
        self._faults.pop(self.current, None)
        if self._refused < REFUSALS:
            self._refused = 0

    def rest(self, fault: str, status: int, now_ns: int) -> None:
        """The round failed with `status`: leave the current antenna out for a while."""
        if status in _REFUSED:
            self._refused += 1
        self._faults[self.current] = fault
        self._until[self.current] = now_ns + REST_NS

    def forget(self) -> None:
        """The line was opened anew: all are taken for well."""
        self._faults.clear()
        self._until.clear()
        self._refused = 0

    def problem(self) -> str:
        """What is wrong with which antenna; empty where all are well."""
        return "; ".join(f"antenna {n}: {fault}" for n, fault in sorted(self._faults.items()))
