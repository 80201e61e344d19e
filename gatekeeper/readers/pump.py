"""One thread a reader: read, hand on, reconnect, and say how the reader is.

Whatever happens on the line, in the driver or in the handler, the thread goes on; only
`stop()` ends it. While the handler works, bytes wait in the kernel and none is lost; that
time does not count as silence of a tag, nor does time in which the machine held the thread up.
Decides nothing about tags or people.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable

import msgspec

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, ReaderError, TransportError
from gatekeeper.model import Presentation, ReaderState, ReaderStatus
from gatekeeper.readers import make_reader
from gatekeeper.readers.base import Reader
from gatekeeper.readers.clock import Clock, SystemClock
from gatekeeper.readers.presentation import Presenter, Rules

__all__ = ["Pump", "rules_of"]

BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 2.0
STEADY_NS = 2_000_000_000
"""A line that stood this long has earned a quick first retry again."""

LISTENED_NS = 250_000_000
"""A turn takes some 50 ms. What it takes beyond this is a machine that held the thread up:
frames of a held tag lie in the kernel meanwhile, and are no silence of that tag."""

LINE_ONLY = "the line is open; this reader cannot prove more while no tag is near"
"""What `up` means for a reader that only pushes."""

log = logging.getLogger("gatekeeper.readers")


def rules_of(settings: ReaderSettings, reader: Reader) -> Rules:
    """How the reads of `reader` become presentations: its family's facts, then its options."""
    family = reader.family
    options = {option.name: option.default for option in reader.options} | settings.options
    gone_ms = float(options.get("gone_after_ms") or family.gone_after_s * 1000)
    window_ms = options.get("antenna_window_ms")
    return Rules(
        gone_after_ns=round(gone_ms * 1e6),
        frames_needed=int(options.get("frames_needed") or family.frames_needed),
        frames_within_ns=round(family.frames_within_s * 1e9),
        antenna_window_ns=0 if window_ms is None else round(float(window_ms) * 1e6),
        gate=settings.place(),
        antennas={int(antenna): gate for antenna, gate in settings.antennas.items()},
    )


class Pump:
    """Runs one reader in one thread, from `start()` to `stop()`."""

    def __init__(
        self,
        settings: ReaderSettings,
        handler: Callable[[Presentation], None],
        *,
        clock: Clock | None = None,
        on_state: Callable[[ReaderStatus], None] | None = None,
        reader: Reader | None = None,
    ) -> None:
        """`handler` and `on_state` are called in the pump's thread, `on_state` at each change
        of state. `reader` replaces the driver that the settings name.

        Raises ConfigError for settings that no retry can mend.
        """
        self.settings = settings
        self._clock = clock or SystemClock()
        self._handler = handler
        self._on_state = on_state
        self._reader = reader or make_reader(settings, self._clock)
        self._presenter = Presenter(rules_of(settings, self._reader))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._busy_ns = 0
        self._faults: Counter[str] = Counter()
        self._status = ReaderStatus(
            id=settings.id,
            driver=settings.driver,
            state=ReaderState.DOWN,
            gates=settings.gates(),
            since_at=self._clock.now(),
            detail="not started",
        )

    def start(self) -> None:
        """Begin reading; returns at once. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=f"reader-{self.settings.id}", daemon=True
            )
            self._thread.start()

    def ask_to_end(self) -> None:
        """Begin to end; returns at once."""
        self._stop.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End the thread and release the line; whether it ended within `timeout_s`.

        It ends within about 50 ms, unless the handler, a network connect or a contact that is
        to be opened first holds it.
        """
        self.ask_to_end()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def status(self) -> ReaderStatus:
        """How the reader is now. May be called from any thread."""
        counters = self._reader.counters
        with self._lock:
            return msgspec.structs.replace(
                self._status,
                frames=counters.frames,
                garbage=counters.garbage,
                presentations=self._presenter.counters["presentations"],
                reconnects=max(0, self._faults["opened"] - 1),
            )

    def counters(self) -> dict[str, int]:
        """Everything counted, by name, for /metrics: the reader's own errors as `error_…`,
        garbage as `garbage_…`, tags as Presenter names them, faults of this thread."""
        seen = self._reader.counters
        named = {f"garbage_{name}": n for name, n in list(seen.garbage_by_reason.items())}
        named |= {f"error_{name}": n for name, n in list(seen.errors.items())}
        named |= dict(list(self._presenter.counters.items()))
        return named | dict(list(self._faults.items()))

    def _run(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while not self._stop.is_set():
            opened_ns = self._clock.monotonic_ns()
            try:
                self._session()
            except (TransportError, ReaderError, ConfigError) as error:
                self._set_state(ReaderState.DOWN, str(error))
            except Exception as error:
                # A defect of a driver must not silence the reader for good.
                log.exception("%s: the driver failed", self.settings.id)
                self._count("driver_errors")
                self._set_state(ReaderState.DOWN, f"driver failed: {error!r}")
            finally:
                self._close()
            self._hand_on(self._presenter.settle())
            if self._clock.monotonic_ns() - opened_ns >= STEADY_NS:
                backoff_s = BACKOFF_FIRST_S
            if self._stop.wait(backoff_s):
                break
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)
        self._set_state(ReaderState.DOWN, "stopped")

    def _session(self) -> None:
        """From opening the line until it is lost or the pump is stopped."""
        self._reader.open()
        self._count("opened")
        heard_ns = self._clock.monotonic_ns() - self._busy_ns
        while not self._stop.is_set():
            reads = self._reader.read()
            # Silence is measured without the time in which nobody listened.
            now_ns = self._clock.monotonic_ns() - self._busy_ns
            if now_ns - heard_ns > LISTENED_NS:
                self._busy_ns += now_ns - heard_ns - LISTENED_NS
                now_ns = heard_ns + LISTENED_NS
            heard_ns = now_ns
            for read in reads:
                self._hand_on(self._presenter.feed(read, now_ns))
            self._hand_on(self._presenter.tick(now_ns))
            self._judge()

    def _judge(self) -> None:
        """Down lasts until the reader itself was heard: an open port alone proves nothing."""
        problem = self._reader.problem()
        if not self._reader.alive:
            self._set_state(ReaderState.DOWN, problem)
        elif problem:
            self._set_state(ReaderState.SUSPECT, problem)
        else:
            self._set_state(ReaderState.UP, "" if self._reader.family.proves_alive else LINE_ONLY)

    def _hand_on(self, presentations: list[Presentation]) -> None:
        if not presentations:
            return
        began_ns = self._clock.monotonic_ns()
        for presentation in presentations:
            try:
                self._handler(presentation)
            except Exception:
                self._count("handler_errors")
                log.exception("%s: a presentation could not be handled", self.settings.id)
        self._busy_ns += self._clock.monotonic_ns() - began_ns

    def _close(self) -> None:
        try:
            self._reader.close()
        except Exception:
            self._count("driver_errors")
            log.exception("%s: the driver failed to close", self.settings.id)

    def _count(self, name: str) -> None:
        self._faults[name] += 1

    def _set_state(self, state: ReaderState, detail: str) -> None:
        with self._lock:
            changed = state is not self._status.state
            since_at = self._clock.now() if changed else self._status.since_at
            if changed or detail != self._status.detail:
                self._status = msgspec.structs.replace(
                    self._status, state=state, detail=detail, since_at=since_at
                )
        if not changed or self._stop.is_set():
            return  # being stopped is no news of the reader
        log.info("%s: %s %s", self.settings.id, state.value, detail)
        if self._on_state is not None:
            try:
                self._on_state(self.status())
            except Exception:
                self._count("handler_errors")
                log.exception("%s: a change of state could not be told", self.settings.id)
