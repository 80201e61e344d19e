"""One connection to an LLRP reader: a socket, and a thread that listens to it.

The thread answers keep-alives whatever the rest of the house is busy with, and puts reads
into a short queue in which the newest stay. Whatever ends it is kept in `fault`; nothing is
waited for without a limit.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
from collections import deque

from gatekeeper.errors import GatekeeperError, ReaderError, TransportError
from gatekeeper.model import CardRead
from gatekeeper.readers.allowance import Allowance
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.facts import TRAFFIC, Counters
from gatekeeper.readers.llrp_plan import Plan, clean
from gatekeeper.readers.llrp_talk import Talk

__all__ = ["READS_MAX", "Session"]

CONNECT_S = 2.0
SEND_S = 2.0
"""How long a reader may refuse to take what it is sent."""
QUIET_S = 0.5
"""Silence after which half a message will not be completed."""
GOODBYE_S = 0.2
"""How long a reader is heard out after it was told to hang up."""
READS_MAX = 1000
"""Reads that wait to be taken; the oldest make room for the newest."""
BYTES_A_SECOND = 100_000
"""Twice what the fastest readers say. What is more waits in the reader, which is heard with
pauses then: others share this machine, and this much costs a tenth of a processor."""
BYTES_AT_ONCE = 200_000
WINDOW = 32_768
"""Bytes that the kernel keeps for us: what waits longer there tells of tags that have gone."""

log = logging.getLogger("gatekeeper.readers")


class Session:
    """From connecting to hanging up; made anew for each connection."""

    def __init__(self, plan: Plan, reader: str, clock: Clock, counters: Counters) -> None:
        self.fault: GatekeeperError | None = None
        """What ended it; None while it lives, and where `close` ended it."""
        self.talk = Talk(plan, reader, clock, counters, self._send)
        self._plan, self._reader, self._clock, self._counters = plan, reader, clock, counters
        self._reads: deque[CardRead] = deque(maxlen=READS_MAX)
        self._changed = threading.Condition()
        self._line: socket.socket | None = None
        self._closing = self._ended = False
        self._waker, self._woken = socket.socketpair()
        self._allowance = Allowance(BYTES_A_SECOND, BYTES_AT_ONCE)
        self._thread = threading.Thread(target=self._run, name=f"llrp-{reader}", daemon=True)

    def open(self, timeout_s: float) -> None:
        """Connect. Raises TransportError when that fails or takes longer than `timeout_s`."""
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._line or self._ended, timeout_s)
            if self._line:
                return
        raise self.fault or self._lost(f"no connection after {timeout_s:g} s")

    def take(self, timeout_s: float) -> list[CardRead]:
        """Reads since the last call; waits so long for a first one, or for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._reads or self._ended, timeout_s)
            reads = list(self._reads)
            self._reads.clear()
        return reads

    def close(self) -> bool:
        """Stop the inventory, hang up, end the thread; whether it has ended within 1 s.

        A name that cannot be looked up may hold it longer; then it ends by itself.
        """
        with self._changed:
            self._closing = True
            if not self._ended:
                self._waker.send(b".")
        if self._thread.ident is None:
            self._end(None)
        else:
            self._thread.join(1.0)
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether the thread is through, for whatever reason."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        fault: GatekeeperError | None = None
        try:
            address = (self._plan.host, self._plan.port)
            with socket.create_connection(address, timeout=CONNECT_S) as line:
                self._listen(line)
        except GatekeeperError as error:
            fault = error
        except OSError as error:
            fault = self._lost(error.strerror or str(error) or type(error).__name__)
        except BaseException as error:
            log.exception("%s: the thread of its connection failed", self._reader)
            fault = ReaderError(f"{self._plan.url}: its thread failed: {clean(repr(error))}")
        finally:
            self._end(fault)

    def _end(self, fault: GatekeeperError | None) -> None:
        with self._changed:
            self.fault = None if self._closing else fault
            self._ended = True
            self._waker.close()
            self._woken.close()
            self._changed.notify_all()

    def _listen(self, line: socket.socket) -> None:
        line.settimeout(SEND_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        with self._changed:
            self._line = line
            self._changed.notify_all()
        poller = select.poll()
        poller.register(line, select.POLLIN)
        poller.register(self._woken, select.POLLIN)
        while not self._closing:
            ready = {fd for fd, _ in poller.poll(QUIET_S * 1000)}
            if line.fileno() in ready:
                self._receive(line)
            elif not ready and self.talk.pending:
                self._hand_on(self.talk.idle())
            self.talk.ask()
        with contextlib.suppress(GatekeeperError, OSError):
            self._hang_up(line)

    def _receive(self, line: socket.socket) -> None:
        data = line.recv(65536)
        if not data:
            raise self._lost(f"a connection closed by the reader, before {self.talk.waits_for},")
        if log.isEnabledFor(TRAFFIC):
            log.log(TRAFFIC, "%s < %s", self._reader, data.hex().upper())
        self._hand_on(self.talk.feed(data))
        now_ns = self._clock.monotonic_ns()
        rest_s = self._allowance.take(len(data), now_ns)
        if rest_s > 0:
            self._counters.errors["throttled"] += 1
            self.talk.health.note(f"floods: more than {BYTES_A_SECOND} bytes a second", now_ns)
            select.select([self._woken], [], [], min(rest_s, QUIET_S))

    def _hand_on(self, reads: list[CardRead]) -> None:
        if not reads:
            return
        with self._changed:
            lost = len(self._reads) + len(reads) - READS_MAX
            if lost > 0:
                self._counters.errors["reports_dropped"] += lost
            self._reads.extend(reads)
            self._changed.notify_all()

    def _send(self, data: bytes) -> None:
        if log.isEnabledFor(TRAFFIC):
            log.log(TRAFFIC, "%s > %s", self._reader, data.hex().upper())
        if self._line is None:
            raise self._lost("not open")
        try:
            self._line.sendall(data)
        except OSError as error:
            raise self._lost(error.strerror or str(error) or type(error).__name__) from error

    def _hang_up(self, line: socket.socket) -> None:
        """Hear the reader out, so that its last words do not come as a reset of the line."""
        self.talk.say_goodbye()
        line.settimeout(GOODBYE_S)
        began_ns = self._clock.monotonic_ns()
        while line.recv(65536) and self._clock.monotonic_ns() - began_ns < GOODBYE_S * 1e9:
            pass

    def _lost(self, seen: str) -> TransportError:
        return TransportError(
            f"{self._plan.url}: {seen} seen; an LLRP reader that listens at port "
            f"{self._plan.port} is due"
        )
