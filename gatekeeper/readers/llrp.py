"""Driver of network UHF readers that speak LLRP (Impinj, Zebra, Alien, …) over TCP.

The reader is set up once a connection and then reports by itself; the driver watches over it:

    5 s        it must have begun its inventory, or it is set up anew
    period     of keep-alives, 1 s unless set otherwise; tags and other messages count as well
    + 1 s      without any of them the reader is suspect
    + 3 s      it is given up: ReaderError, and whoever holds the driver connects anew
    check_s    without a tag, it is asked whether its inventory goes on: keep-alives prove the
               reader's software, not its radio

Time of a read is when its message came; the reader's own clock counts for nothing but a
counter that says that it is off.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.options import Option, parse_options
from gatekeeper.readers.facts import Counters, Family, Probe
from gatekeeper.readers.llrp_plan import plan_of
from gatekeeper.readers.serial_reader import gone_option

if TYPE_CHECKING:
    from gatekeeper.readers.llrp_session import Session

__all__ = ["LlrpReader"]

OPEN_S = 2.5
"""How long a connection may take."""
START_S = 5.0
"""How long the set-up may take from there; readers need a second at most."""
READ_WAIT_S = 0.05


class LlrpReader:
    """UHF over the network; the reader looks for tags by itself and reports them."""

    title = "Network UHF reader, LLRP (EPC Gen2)"
    wire = "llrp"
    line: ClassVar[str] = "tcp"
    probe: ClassVar[Probe | None] = None
    family = Family(frames_needed=1, frames_within_s=0.5, gone_after_s=1.0, proves_alive=True)
    options = (
        Option("antennas", "Antennas to work through, e.g. 1,2. Default: those mapped to gates, "
               "or the first.", None),
        Option("power_dbm", "Transmit power in dBm, for all antennas or each, e.g. 27 or "
               "1=30,2=27.5; the next step below is taken. Default: the most there is.", None),
        Option("session", "Gen2 session. In s1 to s3 a resting tag falls silent; set gone_after_ms "
               "accordingly.", "s0", choices=("s0", "s1", "s2", "s3")),
        Option("mode", "Number of the air interface's mode, from the reader's manual. Default: the "
               "reader's own.", None, low=0, high=65535),
        Option("tari", "Tari in nanoseconds, within what the mode allows; 0: the mode's own.",
               0, low=0, high=25_000),
        Option("population", "Tags that are near at a time, about.", 4, low=1, high=32_767),
        Option("keepalive_ms", "Period of the reader's keep-alives in milliseconds; 0 for a reader "
               "that has none: it is then asked every second.", 1000, low=0, high=10_000),
        Option("check_s", "Seconds without a tag after which the reader is asked whether its "
               "inventory goes on; 0: never.", 10, low=0, high=3600),
        Option("frames_needed", "Equal reads before a tag is believed.", 1, low=1, high=3),
        gone_option(family),
        Option("antenna_window_ms", "Time in milliseconds in which the best antenna is chosen, "
               "where antennas serve different gates.", 300, low=0, high=5000),
    )  # fmt: skip

    def __init__(self, settings: ReaderSettings, clock: Clock) -> None:
        self.id, self.clock, self.counters = settings.id, clock, Counters()
        try:
            self.plan = plan_of(settings, parse_options(self.options, settings.options))
            self.session_class = _session_class()
        except (CodecError, ConfigError) as error:
            raise ConfigError(f"reader {settings.id!r}: {error}") from error
        self._session: Session | None = None
        self._left: list[Session] = []
        self._opened_ns = 0

    def open(self) -> None:
        """Connect; the reader is set up while `read` is called. Takes 2.5 s at most."""
        self.close()
        if self._left:
            # Only a name that is being looked up holds a thread so long.
            raise TransportError(
                f"{self.plan.url}: no answer to who {self.plan.host!r} is seen; an address is due"
            )
        self._session = self.session_class(self.plan, self.id, self.clock, self.counters)
        try:
            self._session.open(OPEN_S)
        except TransportError:
            self.close()
            raise
        self._opened_ns = self.clock.monotonic_ns()

    def close(self) -> None:
        """Stop the inventory and hang up."""
        session, self._session = self._session, None
        self._left = [one for one in (*self._left, session) if one and not one.close()]

    def read(self) -> list[CardRead]:
        """Reads since the last call; blocks about 50 ms at most."""
        if self._session is None:
            raise TransportError(f"{self.plan.url}: not open seen; an open line is due")
        # A reader that reads already, and never says that its set-up is through, must not keep
        # its deadline away by its reads.
        overdue = not self.alive and self._since_opened_s() >= START_S
        reads = self._session.take(0.0 if overdue else READ_WAIT_S)
        if not reads:
            self._watch(self._session)
        return reads

    @property
    def alive(self) -> bool:
        """Whether the reader has begun its inventory."""
        return self._session is not None and self._session.talk.running

    def problem(self) -> str:
        """A set-up that is not through, then silence, then what the reader said of itself."""
        if self._session is None:
            return "not open"
        talk = self._session.talk
        if not talk.running:
            return f"being set up, waits for {talk.waits_for}"
        return talk.health.problem(self.clock.monotonic_ns())

    @property
    def model(self) -> str:
        """Maker, model and firmware of the reader, once it has told them."""
        return self._session.talk.model if self._session else ""

    @property
    def clock_skew_s(self) -> float | None:
        """How far the reader's clock is ahead of ours; None where it has told no time."""
        return self._session.talk.health.clock_skew_s if self._session else None

    def _since_opened_s(self) -> float:
        return (self.clock.monotonic_ns() - self._opened_ns) / 1e9

    def _watch(self, session: Session) -> None:
        """Raises what ended the connection, or ReaderError for a reader to be set up anew."""
        if session.fault is not None:
            raise session.fault
        if session.ended:
            raise ReaderError(f"{self.plan.url}: its thread has ended; it is due to listen")
        now_ns, talk = self.clock.monotonic_ns(), session.talk
        since_s = self._since_opened_s()
        if not talk.running and since_s >= START_S:
            raise ReaderError(
                f"{self.plan.url}: no inventory {since_s:.1f} s after connecting seen, waiting for "
                f"{talk.waits_for}; one within {START_S:g} s is due"
            )
        silent_s = talk.health.dead_for_s(now_ns) if talk.running else 0.0
        if silent_s:
            raise ReaderError(
                f"{self.plan.url}: {silent_s:.1f} s of silence seen; keep-alives are due"
            )

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _session_class() -> type[Session]:
    """Imported when a reader is made: it brings a library with it.

    Raises ConfigError where the library is not installed.
    """
    try:
        from gatekeeper.readers.llrp_session import Session
    except ImportError as error:
        raise ConfigError(
            f"driver 'llrp' needs the Python package {error.name!r}; install it"
        ) from error
    return Session
