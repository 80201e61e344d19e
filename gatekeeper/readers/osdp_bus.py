"""An OSDP bus: one serial line, several readers, one thread that gives each its turn.

Readers with the same `url` share the bus in this process: the first to be opened opens the
line, the last to be closed closes it. One exchange is on the line at a time, as RS-485 wants:
a command, then the answer or the silence that was granted. What is heard goes to the reader
whose address it carries; what cannot be understood is counted against the one that was asked.

A reader in trouble takes its turns when nobody else needs the line just then, or when it has
waited for half a second. Knows frames and readers' turns, no cards and no keys.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.codecs.frames import Garbage
from gatekeeper.readers.facts import TRAFFIC
from gatekeeper.readers.osdp_patience import MS
from gatekeeper.readers.osdp_station import Station
from gatekeeper.readers.osdp_wire import Ear, Heard
from gatekeeper.readers.transport import SerialTransport

__all__ = ["Bus", "join"]

_QUIET_LOCAL_NS, _QUIET_NETWORK_NS = 30 * MS, 120 * MS
"""Silence within an answer after which the rest will not come: a USB adapter hands bytes on
every 16 ms, a network in packets."""
_ANSWER_BYTES_MAX = 600
"""Whoever says more than this in one turn, and nothing that is understood, is cut short."""
_PATIENCE_NS = 500 * MS
_IDLE_S = 0.05
_STOP_S = 5.0

log = logging.getLogger("gatekeeper.readers")

_buses: dict[str, Bus] = {}
"""Open buses by URL: several readers of one process must find the same one."""
_doors: dict[str, threading.Lock] = {}
_table = threading.Lock()


def join(
    url: str,
    baud: int,
    station: Station,
    clock: Clock,
    on_garbage: Callable[[Garbage], None],
) -> Bus:
    """The bus on `url`, opened where it is not yet open, with `station` on it.

    Raises TransportError if the line cannot be opened, ConfigError if the bus runs at another
    speed or the address is taken.
    """
    with _table:
        door = _doors.setdefault(url, threading.Lock())
    with door:  # opening may take seconds; other buses do not wait for it
        bus = _buses.get(url)
        if bus is None or bus.ended:
            bus = Bus(url, baud, clock, SerialTransport(url, baud))
            bus.open()
            _buses[url] = bus
        elif bus.baud != baud:
            raise ConfigError(
                f"reader {station.reader!r}: baud {baud} seen; {bus.baud} is due, as the other "
                f"readers on {url} have it"
            )
        bus.add(station, on_garbage)
        return bus


class Bus:
    """One line with its thread. Make it by `join`, leave it by `leave`."""

    def __init__(self, url: str, baud: int, clock: Clock, line: SerialTransport) -> None:
        self.url, self.baud = url, baud
        self.ended = False
        """Whether the line has been released; `fault` then says why."""
        self.fault = ""
        self._clock, self._line = clock, line
        self._quiet_ns = _QUIET_NETWORK_NS if "://" in url else _QUIET_LOCAL_NS
        self._stations: dict[int, Station] = {}
        self._garbage: dict[int, Callable[[Garbage], None]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = False
        self._ear = Ear()
        self._thread = threading.Thread(target=self._run, name=f"osdp-{url}", daemon=True)

    def open(self) -> None:
        """Take the line and begin. Raises TransportError."""
        self._line.open()
        self._thread.start()

    def add(self, station: Station, on_garbage: Callable[[Garbage], None]) -> None:
        """Give `station` its turns. Raises ConfigError where its address is taken."""
        with self._lock:
            other = self._stations.get(station.address)
            if other is not None:
                raise ConfigError(
                    f"reader {station.reader!r}: address {station.address} seen; another one than "
                    f"that of reader {other.reader!r} on {self.url} is due"
                )
            station.begin(self._clock.monotonic_ns())
            station.wake = self._wake.set
            self._stations = self._stations | {station.address: station}
            self._garbage[station.address] = on_garbage
        self._wake.set()

    def leave(self, station: Station) -> None:
        """Take `station` off the bus; the last one closes the line. Never raises."""
        with _table:
            door = _doors.setdefault(self.url, threading.Lock())
        with door:
            with self._lock:
                if self._stations.get(station.address) is station:
                    rest = dict(self._stations)
                    del rest[station.address]
                    self._stations = rest
                last = not self._stations
            if last:
                self._stop = True
                self._wake.set()
                self._thread.join(_STOP_S)
        station.end()

    def _run(self) -> None:
        try:
            while not self._stop:
                self._turn()
            self.fault = "closed"
        except TransportError as error:
            self.fault = str(error)
        except Exception as error:
            log.exception("%s: the bus failed", self.url)
            self.fault = f"{self.url}: {error!r} seen; a working bus is due"
        finally:
            with suppress(Exception):
                self._line.close()
            # Only now may another one open the line.
            self.ended = True
            for station in list(self._stations.values()):
                station.end()

    def _turn(self) -> None:
        now_ns = self._clock.monotonic_ns()
        self._wake.clear()
        stations = list(self._stations.values())
        station = _next(stations, now_ns)
        if station is None:
            due_ns = min((s.due_ns for s in stations), default=now_ns + round(_IDLE_S * 1e9))
            self._wake.wait(min(max(due_ns - now_ns, MS // 10) / 1e9, _IDLE_S))
            return
        frame = station.turn(now_ns)
        if frame:
            self._exchange(station, frame)

    def _exchange(self, station: Station, frame: bytes) -> None:
        """Send `frame` and listen until its answer, or until it is too late."""
        self._trace(station, ">", frame)
        self._line.write(frame)
        sent_ns = self._clock.monotonic_ns() + len(frame) * 10 * 1_000_000_000 // self.baud
        until_ns, first_ns, heard = sent_ns + station.window_ns(), 0, 0
        while (now_ns := self._clock.monotonic_ns()) < until_ns and heard < _ANSWER_BYTES_MAX:
            if not self._line.wait((until_ns - now_ns) / 1e9):
                break
            data = self._line.read()
            if not data:
                continue
            now_ns = self._clock.monotonic_ns()
            first_ns = first_ns or now_ns
            heard += len(data)
            self._trace(station, "<", data)
            took_ns = max(0, first_ns - sent_ns)
            if self._take(station, self._ear.feed(data), now_ns, took_ns):
                return
            until_ns = max(until_ns, now_ns + self._quiet_ns)
        now_ns = self._clock.monotonic_ns()
        if not self._take(station, self._ear.idle(), now_ns, max(0, first_ns - sent_ns)):
            station.miss(now_ns)

    def _take(
        self, asked: Station, found: list[Heard | Garbage], now_ns: int, took_ns: int
    ) -> bool:
        """Hand on what was heard; whether the answer of the one who was asked is among it."""
        answered = False
        for item in found:
            if isinstance(item, Garbage):
                self._garbage[asked.address](item)
            elif item.is_reply:  # a command is our own, echoed by the adapter
                owner = self._stations.get(item.address)
                if owner is None:
                    asked.errors["foreign_reply"] += 1
                elif owner.hear(item, now_ns, took_ns if owner is asked else 0):
                    answered = answered or owner is asked
        return answered

    def _trace(self, station: Station, way: str, data: bytes) -> None:
        if log.isEnabledFor(TRAFFIC):
            log.log(TRAFFIC, "%s %s %s", station.reader, way, data.hex().upper())


def _next(stations: list[Station], now_ns: int) -> Station | None:
    """Whose turn it is: of those in session the one that has waited longest; one in trouble
    when nobody in session will need the line while it is waited for, or after half a second."""
    well = [s for s in stations if s.answering and (s.due_ns <= now_ns or s.has_jobs)]
    ill = [s for s in stations if not s.answering and s.due_ns <= now_ns]
    late = [s for s in ill if now_ns - s.due_ns >= _PATIENCE_NS]
    if late:
        return min(late, key=lambda s: s.due_ns)
    if well:
        return min(well, key=lambda s: s.due_ns)
    needed_ns = min((s.due_ns for s in stations if s.answering), default=None)
    for station in sorted(ill, key=lambda s: s.due_ns):
        if needed_ns is None or now_ns + station.window_ns() <= needed_ns:
            return station
    return None
