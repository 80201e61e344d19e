"""One connection between two processes: whole messages, with a deadline for each step.

multiprocessing.connection frames the bytes; the socket's own time limits (SO_RCVTIMEO,
SO_SNDTIMEO) end a peer that stops in the middle of a message, which its `poll` cannot.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from multiprocessing.connection import Connection

from gatekeeper.errors import LinkError
from gatekeeper.link.messages import LARGEST

__all__ = ["STALL_S", "Wire"]

STALL_S = 2.0
"""A peer that stops this long in the middle of a message is given up."""


class Wire:
    """A connected AF_UNIX socket as a channel of whole messages. One user at a time."""

    def __init__(self, sock: socket.socket) -> None:
        """Take `sock` over; it is closed with this."""
        limit = struct.pack("ll", int(STALL_S), int(STALL_S % 1 * 1_000_000))
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._socket = sock
        self._connection: Connection[bytes, bytes] = Connection(os.dup(sock.fileno()))
        self._poller = select.poll()
        self._poller.register(sock.fileno(), select.POLLIN)

    def send(self, data: bytes) -> None:
        """Send one message. Raises LinkError when the peer is gone or does not take it."""
        try:
            self._connection.send_bytes(data)
        except (OSError, ValueError) as error:
            raise LinkError(f"cannot send {len(data)} bytes: {error}") from error

    def readable(self, timeout_s: float) -> bool:
        """Whether a message (or the peer's end) is there within `timeout_s` seconds."""
        return bool(self._poller.poll(max(0.0, timeout_s) * 1000))

    def receive(self) -> bytes | None:
        """The next message, or None at the peer's end.

        Raises LinkError for a message that is too large or stops half-way: what follows it
        could not be told apart, so the connection is of no more use.
        """
        try:
            return self._connection.recv_bytes(LARGEST)
        except EOFError:
            return None
        except (OSError, ValueError, OverflowError, MemoryError) as error:
            raise LinkError(f"no whole message: {error}") from error

    def hang_up(self) -> None:
        """Wake whoever waits on this connection, from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it; twice is once."""
        with contextlib.suppress(OSError):
            self._connection.close()
        self._socket.close()
