"""A card's line to the virtual reader of vsmartcard (vpcd): TCP, and the CARD connects.

Two bytes of length (big-endian) and so many bytes, both ways. One byte is a control: 00 off,
01 on, 02 reset, 04 tell the ATR, which alone is answered; more is a command APDU, answered
by a response APDU. To connect is to be laid on the reader, to close is to be taken off.
(frankmorgner/vsmartcard, src/vpcd/vpcd.c.)

vpcd writes length and content one after the other, and waits for each acknowledgement: 44 ms
an APDU unless the card acknowledges at once (TCP_QUICKACK, which the kernel forgets again).

What it does not imitate: the reader itself. It is there as long as pcscd runs, so unplugging
it takes the card away and no more; and it tells of cards only every 0.4 s.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from pathlib import Path

from firmware_sim.loop import Loop
from firmware_sim.wire import Sent, Wire

__all__ = ["ATR_REQUEST", "DEFAULT_PORT", "VpcdLine"]

DEFAULT_PORT = 35963
"""Of Debian's own entry in /etc/reader.conf.d."""
ATR_REQUEST = b"\x04"
_RETRY_S = 0.03
_LONGEST = 0xFFFF


class VpcdLine(Wire):
    """One card's way into one virtual reader. `DIR/<id>.address` says which."""

    def __init__(
        self, loop: Loop, link: Path, rng: random.Random, address: str = f"127.0.0.1:{DEFAULT_PORT}"
    ) -> None:
        super().__init__(loop, link, 0, rng)
        host, _, port = address.rpartition(":")
        if host not in ("127.0.0.1", "localhost") or not port.isdecimal():
            raise ValueError(f"vpcd {address!r} seen; 127.0.0.1:PORT is due")
        self.address = ("127.0.0.1", int(port))
        self._file = link.with_name(f"{link.name}.address")
        self._is_plugged = self._inside = False
        self._socket: socket.socket | None = None
        self._buffer = b""
        self.owed = False
        """Whether the reader waits for an answer; it does so for ever."""

    @property
    def plugged(self) -> bool:
        """Whether cards can be laid on."""
        return self._is_plugged

    def plug(self) -> None:
        """Let cards be laid on."""
        self._is_plugged = True
        self._file.write_text("{}:{}\n".format(*self.address), encoding="ascii")

    def unplug(self) -> None:
        """Take the card away, and let none be laid on."""
        self.remove()
        self._is_plugged = False
        self._file.unlink(missing_ok=True)

    def insert(self) -> None:
        """Lay the card on; as often as it takes until the reader is there."""
        if self._is_plugged and not self._inside:
            self._inside = True
            self._connect()

    def remove(self) -> None:
        """Take the card off, at once."""
        self._inside = False
        self._close()

    @property
    def inside(self) -> bool:
        """Whether a card is laid on."""
        return self._inside

    def host_present(self) -> bool:
        """Whether the card is connected."""
        return self._socket is not None

    def host_baud(self) -> int | None:
        """There is no speed to disagree about."""
        return self.baud if self._socket is not None else None

    def send(self, data: bytes, done: Callable[[Sent], None] | None = None) -> None:
        """Send one message. An empty one would hold vpcd for ever: one byte goes instead."""
        data = data[:_LONGEST] or b"\x00"
        ns = self._loop.now()
        self.owed = False
        heard = self.write(len(data).to_bytes(2) + data)
        if done:
            done(Sent(ns, heard))

    def write(self, data: bytes) -> bool:
        """Send raw bytes; whether a reader took them."""
        try:
            if self._socket is not None:
                self._socket.sendall(data)
                return True
        except OSError:
            self._lost()
        return False

    def _connect(self) -> None:
        if not self._inside or self._socket is not None:
            return
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        link.setblocking(False)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Another card may still be waiting to be accepted: the answer comes when it comes.
        link.connect_ex(self.address)
        self._socket, self._buffer = link, b""
        self._loop.watch(link.fileno(), self._readable_now)

    def _readable_now(self) -> None:
        if self._socket is None:
            return
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            data = self._socket.recv(_LONGEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2])
            if len(self._buffer) < end:
                return
            message, self._buffer = self._buffer[2:end], self._buffer[end:]
            self.owed = len(message) > 1 or message == ATR_REQUEST
            self.on_bytes(message)

    def _lost(self) -> None:
        """The reader has gone (or was not there): lay the card on again when it is back."""
        self._close()
        if self._inside:
            self._loop.after(_RETRY_S, self._connect)

    def _close(self) -> None:
        link, self._socket, self.owed = self._socket, None, False
        if link is not None:
            self._loop.unwatch(link.fileno())
            link.close()
