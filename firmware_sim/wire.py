"""A serial line on a kernel pty: paced at the baud rate, pluggable, with a stable link.

The host opens DIR/<reader-id>, a symbolic link to the pty of the moment. As on a real line,
bytes sent while no host has the port open are lost, and a host that listens at another
baud rate gets garbage and is not understood.

Pacing: a frame's chunks are written at the instant at which their last byte would have
arrived, computed from the start of the transmission and never from the previous wake-up,
so that a late wake-up delays one chunk and not the line.

What it does not imitate: parity, stop bits, framing errors as such, modem lines (a pty has
none), and damage on the way from the host to the reader. Damage on the way to the host is
made by faults.py.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import termios
import tty
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.loop import SECOND, Loop

__all__ = ["BITS_PER_BYTE", "Sent", "Wire", "wire_time_ns"]

BITS_PER_BYTE = 10
"""8N1: a start bit, eight data bits, a stop bit."""

_CHUNK_NS = 5_000_000
"""Bytes of so long a wire time are written together: three wake-ups for 14 bytes at 9600."""

_PRESENCE_S = 0.02
"""How often an abandoned line looks whether a host has opened it."""

_SPEEDS = {
    getattr(termios, f"B{baud}"): baud
    for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
}


def wire_time_ns(count: int, baud: int) -> int:
    """How long `count` bytes occupy a line of `baud` bits per second, in nanoseconds."""
    return count * BITS_PER_BYTE * SECOND // baud


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a transmission."""

    ns: int
    """CLOCK_MONOTONIC just before its last byte was handed to the kernel."""
    heard: bool
    """Whether a host with the right baud rate had the port open for all of it."""


@dataclass(slots=True)
class _Chunk:
    data: bytes
    due_ns: int
    first: bool
    done: Callable[[Sent], None] | None


class Wire:
    """One line. `plug()` makes the port appear, `unplug()` makes it go."""

    def __init__(self, loop: Loop, link: Path, baud: int, rng: random.Random) -> None:
        self.baud = baud
        self.on_bytes: Callable[[bytes], None] = lambda _data: None
        self._loop, self._link, self._rng = loop, link, rng
        self._master: int | None = None
        self._poll = select.poll()
        self._watched = False
        self._free_ns = 0
        self._queue: deque[_Chunk] = deque()
        self._heard = True

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._master is not None

    def plug(self) -> None:
        """Make the port, in raw mode before anything is written, and its link."""
        if self._master is not None:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(master, False)
        self._master = master
        self._poll = select.poll()
        self._poll.register(master, select.POLLIN)
        temporary = self._link.with_name(f".{self._link.name}.new")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(self._link)
        self._look_for_host()

    def unplug(self) -> None:
        """Take the port away in the middle of whatever it does; its link goes too."""
        if self._master is None:
            return
        master, self._master = self._master, None
        self._loop.unwatch(master)
        self._watched = False
        self._link.unlink(missing_ok=True)
        os.close(master)
        lost = [chunk.done for chunk in self._queue if chunk.done]
        self._queue.clear()
        self._free_ns = 0
        for done in lost:
            done(Sent(self._loop.now(), heard=False))

    def host_present(self) -> bool:
        """Whether a host has the port open."""
        if self._master is None:
            return False
        return not any(event & select.POLLHUP for _, event in self._poll.poll(0))

    def host_baud(self) -> int | None:
        """The baud rate that the host has set; None where it is no usual one."""
        if self._master is None:
            return None
        return _SPEEDS.get(termios.tcgetattr(self._master)[5])

    def understood(self) -> bool:
        """Whether a host listens, at the reader's own baud rate."""
        return self.host_present() and self.host_baud() == self.baud

    def send(self, data: bytes, done: Callable[[Sent], None] | None = None) -> None:
        """Transmit `data` after what is already under way; `done` is called at its end."""
        start = max(self._loop.now(), self._free_ns)
        chunks = max(1, -(-wire_time_ns(len(data), self.baud) // _CHUNK_NS))
        size = max(1, -(-len(data) // chunks))
        for begin in range(0, max(len(data), 1), size):
            end = min(begin + size, len(data))
            self._queue.append(
                _Chunk(
                    data[begin:end],
                    start + wire_time_ns(end, self.baud),
                    begin == 0,
                    done if end == len(data) else None,
                )
            )
        self._free_ns = start + wire_time_ns(len(data), self.baud)
        if len(self._queue) <= chunks:
            self._schedule()

    def _schedule(self) -> None:
        if self._queue:
            head = self._queue[0]
            self._loop.at(head.due_ns, lambda: self._transmit(head))

    def _transmit(self, chunk: _Chunk) -> None:
        if not self._queue or self._queue[0] is not chunk:
            return  # unplugged meanwhile
        self._queue.popleft()
        present = self.host_present()
        agreed = present and self.host_baud() == self.baud
        ns = self._loop.now()
        # A host that opens the port in the middle of a frame gets the rest of it.
        written = present and self._write(chunk.data if agreed else self._garbled(chunk.data))
        self._heard = (self._heard or chunk.first) and agreed and written
        self._schedule()
        if chunk.done:
            chunk.done(Sent(ns, self._heard))

    def _write(self, data: bytes) -> bool:
        if self._master is None:
            return False
        try:
            return os.write(self._master, data) == len(data)
        except OSError:  # the host's buffer is full (EAGAIN), or it has just gone (EIO)
            return False

    def _garbled(self, data: bytes) -> bytes:
        """What a host at another baud rate makes of `data`: other bytes, and another number."""
        ratio = (self.host_baud() or self.baud) / self.baud
        return self._rng.randbytes(max(1, min(round(len(data) * ratio), 4 * len(data))))

    def _look_for_host(self) -> None:
        master = self._master
        if master is None or self._watched:
            return
        if self.host_present():
            self._watched = True
            self._loop.watch(master, self._readable)
        else:
            self._loop.after(_PRESENCE_S, lambda: self._look_again(master))

    def _look_again(self, master: int) -> None:
        if self._master == master:
            self._look_for_host()

    def _readable(self) -> None:
        if self._master is None:
            return
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError:  # EIO: the host has closed the port
            self._loop.unwatch(self._master)
            self._watched = False
            with contextlib.suppress(termios.error):
                termios.tcflush(self._master, termios.TCIOFLUSH)
            self._look_for_host()
            return
        if self.host_baud() == self.baud:
            # The pty hands over at once what a line would still be carrying.
            delay = wire_time_ns(len(data), self.baud)
            self._loop.at(self._loop.now() + delay, lambda: self.on_bytes(data))
