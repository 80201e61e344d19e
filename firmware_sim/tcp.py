"""A line on TCP, loopback only: the reader listens, one host at a time may connect.

The host finds host:port in DIR/<reader-id>.address. Unplugged, nobody listens and the
connection is gone; plugged in again, the port is the same, as a reader keeps its address.
A second host is told why and turned away.

What it does not imitate: a cable that is cut so that neither side hears of it (see a
device's silence for that), loss and delay of packets, which TCP hides, and a baud rate.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

from firmware_sim.loop import Loop
from firmware_sim.wire import Sent, Wire

__all__ = ["TcpWire"]

HOST = "127.0.0.1"
PORTS = (20_000, 32_000)
"""Below the ports that the kernel gives away, so that nobody takes ours while unplugged."""
WAITING_MAX = 512 * 1024
"""Bytes that may wait for a host that does not read; a transmission beyond them is lost."""
_RETRY_S = 0.005


class TcpWire(Wire):
    """One listening port. `plug()` opens it, `unplug()` closes it and every connection."""

    def __init__(self, loop: Loop, link: Path, rng: random.Random) -> None:
        super().__init__(loop, link, 0, rng)
        self.on_connect: Callable[[], None] = lambda: None
        """A host has connected."""
        self.on_hang_up: Callable[[], None] = lambda: None
        """It has gone again, or was hung up on."""
        self.refusal: Callable[[], bytes] = bytes
        """Last words to whoever connects while another host is there."""
        self.address = link.with_name(f"{link.name}.address")
        self.port = 0
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None
        self._waiting: deque[tuple[memoryview, Callable[[Sent], None] | None]] = deque()

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._listener is not None

    def plug(self) -> None:
        """Listen, at the port of last time where there was one, and write the address."""
        if self._listener is not None:
            return
        self._listener = self._bind()
        self._loop.watch(self._listener.fileno(), self._accept)
        temporary = self.address.with_name(f".{self.address.name}.new")
        temporary.write_text(f"{HOST}:{self.port}\n", encoding="ascii")
        temporary.replace(self.address)

    def unplug(self) -> None:
        """Take the port away in the middle of whatever it does."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        self._loop.unwatch(listener.fileno())
        listener.close()
        self.address.unlink(missing_ok=True)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection; the host may connect again."""
        if self._host is None:
            return
        host, self._host = self._host, None
        self._loop.unwatch(host.fileno())
        host.close()
        lost = [done for _, done in self._waiting if done]
        self._waiting.clear()
        for done in lost:
            done(Sent(self._loop.now(), heard=False))
        self.on_hang_up()

    def host_present(self) -> bool:
        """Whether a host is connected."""
        return self._host is not None

    def host_baud(self) -> int | None:
        """A network line has no baud rate."""
        return None

    def understood(self) -> bool:
        """Whether a host listens."""
        return self.host_present()

    def send(self, data: bytes, done: Callable[[Sent], None] | None = None) -> None:
        """Transmit all of `data` or, where nobody listens or reads, nothing of it."""
        waiting = sum(len(rest) for rest, _ in self._waiting)
        if self._host is None or waiting + len(data) > WAITING_MAX:
            if done:
                done(Sent(self._loop.now(), heard=False))
            return
        self._waiting.append((memoryview(data), done))
        if len(self._waiting) == 1:
            self._push(self._host)

    def _push(self, host: socket.socket) -> None:
        while self._host is host and self._waiting:
            rest, done = self._waiting[0]
            try:
                sent = host.send(rest)
            except BlockingIOError:
                self._loop.after(_RETRY_S, lambda: self._push(host))
                return
            except OSError:
                self.hang_up()
                return
            if sent < len(rest):
                self._waiting[0] = (rest[sent:], done)
                continue
            self._waiting.popleft()
            if done:
                done(Sent(self._loop.now(), heard=True))

    def _bind(self) -> socket.socket:
        dice = random.SystemRandom()
        for _ in range(100):
            port = self.port or dice.randrange(*PORTS)
            listener = socket.socket()
            try:
                # Connections of a moment ago linger in the kernel; the port is ours still.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((HOST, port))
                listener.listen()
            except OSError:
                listener.close()
                if self.port:
                    raise
                continue
            listener.setblocking(False)
            self.port = port
            return listener
        raise OSError(f"no free port on {HOST} between {PORTS[0]} and {PORTS[1]}")

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        if self._host is not None:
            with contextlib.suppress(OSError), host:
                host.sendall(self.refusal())
            return
        host.setblocking(False)
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host
        self._loop.watch(host.fileno(), lambda: self._from_host(host))
        self.on_connect()

    def _from_host(self, host: socket.socket) -> None:
        if self._host is not host:
            return
        try:
            data = host.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.on_bytes(data)
        else:
            self.hang_up()
