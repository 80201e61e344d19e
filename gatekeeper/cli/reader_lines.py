"""What the tools for a reader at hand share: which reader, who else holds it, until when.

A reader comes from the settings (`--config FILE --reader ID`) or from the command line
(`DRIVER URL --option K=V`). It is run as in the node: by a pump, with everything that a
pump mends.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from gatekeeper import config, locks
from gatekeeper.cli.option_pair import pair
from gatekeeper.config import ReaderSettings
from gatekeeper.errors import ConfigError, UserError
from gatekeeper.readers import REGISTRY, make_reader
from gatekeeper.readers.base import Reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import Pump

__all__ = ["Outlet", "from_settings", "from_words", "pairs", "reader_of", "running", "until_told"]

GATE = "-"
"""Where a reader is tried without a gate: nothing is decided here."""
NOT_STARTED = "not started"
LOOK_S = 0.02
FIRST_S = 30.0
"""Longest wait for the first try to open a line; a network line may take so long to fail."""


def pairs(texts: tuple[str, ...]) -> dict[str, str | int | float | bool]:
    """`--option NAME=VALUE`, many times, by name."""
    return dict(pair(text) for text in texts)


def from_words(driver: str, url: str, options: tuple[str, ...]) -> ReaderSettings:
    """A reader named on the command line."""
    if driver not in REGISTRY:
        raise click.UsageError(
            f"driver {driver!r} is not known; known: {', '.join(sorted(REGISTRY))}"
        )
    return ReaderSettings("reader1", driver, url, gate=GATE, options=pairs(options))


def from_settings(file: Path, identity: str) -> ReaderSettings:
    """A reader of the settings. Raises UserError while a node holds the readers of its site."""
    settings = config.load(file)
    for reader in settings.readers:
        if reader.id == identity:
            break
    else:
        known = ", ".join(reader.id for reader in settings.readers) or "none"
        raise click.UsageError(f"--reader {identity!r} seen; readers of {file}: {known}")
    holder = locks.owner(settings.data, "node")
    if holder is not None:
        raise UserError(
            f"{identity}: the node is running (process {holder or 'unknown'}) and holds this "
            "reader; stop the node first, or look at the reader on its screens"
        )
    return reader if reader.gates() else msgspec.structs.replace(reader, gate=GATE)


def reader_of(settings: ReaderSettings) -> Reader:
    """The driver, not open. Wrong settings are wrong use."""
    try:
        return make_reader(settings, SystemClock())
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


class Outlet:
    """Where a tool puts what it hears, in the reader's thread.

    What cannot be written (a full disk, a pipe that nobody reads any more) ends the tool and
    is told there; to the driver it is no fault of its line, and it does not hear of it.
    """

    def __init__(self, on_failure: Callable[[], None] = lambda: None) -> None:
        self.on_failure = on_failure
        self._failed: OSError | None = None

    def give(self, write: Callable[[], object]) -> None:
        """Call `write`, unless an earlier one has failed."""
        if self._failed:
            return
        try:
            write()
        except OSError as error:
            self._failed = error
            self.on_failure()

    def check(self) -> None:
        """Raises what a write has raised."""
        if self._failed:
            raise self._failed


@contextmanager
def running(pump: Pump) -> Iterator[None]:
    """The pump at work; stopped at the end.

    Raises UserError where the line cannot be opened at the first try: one that is held or
    absent from the start is no fault to wait out.
    """
    pump.start()
    try:
        until = time.monotonic() + FIRST_S
        while not pump.counters().get("opened"):
            detail = pump.status().detail
            if detail != NOT_STARTED or time.monotonic() > until:
                hint = " (does a running node hold it? stop that first)" if "lock" in detail else ""
                raise UserError(f"{detail}{hint}")
            time.sleep(LOOK_S)
        yield
    finally:
        pump.stop()


@contextmanager
def until_told(seconds: float | None = None) -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, or the end of `seconds`: then all ends well."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    timer = threading.Timer(seconds, stop.set) if seconds else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield stop
    finally:
        if timer:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
