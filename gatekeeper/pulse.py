"""Signs of life: how a process shows that it works, and how whoever keeps it running hears it.

A process that is dead is seen by its end; one that hangs has to be missed. Each process looks
at its own work once a second and, only if that is done, sends `WATCHDOG=1` to the socket named
by NOTIFY_SOCKET: the protocol of systemd's watchdog (sd_notify(3)), so that `gatekeeper serve`
and a systemd unit for each process are told in the same way. Nothing here restarts anything.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Self

__all__ = ["SOCKET", "Ear", "Pulse", "Turns", "beat"]

SOCKET = "NOTIFY_SOCKET"
"""Environment variable with the socket's address; `@` stands for the abstract namespace."""
PERIOD_S = 1.0

_CREDENTIALS = struct.Struct("3i")
"""struct ucred: process, user and group of the sender, filled in by the kernel."""
_SIGN = b"WATCHDOG=1"

log = logging.getLogger(__name__)


class Turns:
    """A loop that has to come round: `mark` at each turn, `problem` where it does not."""

    def __init__(self, what: str, longest_s: float) -> None:
        """`longest_s`: seconds that one turn may take before the loop counts as hanging."""
        self._what = what
        self._longest_s = longest_s
        self._marked = time.monotonic()

    def mark(self) -> None:
        """The loop has come round."""
        self._marked = time.monotonic()

    def problem(self) -> str:
        """Since when it has not, or empty."""
        since = time.monotonic() - self._marked
        return (
            f"{self._what} has not come round for {since:.0f} s" if since > self._longest_s else ""
        )


class Pulse:
    """A thread that beats once a second while `check` finds nothing wrong.

    `check` may block: as long as it does there is no beat. Until it is set, being alive is
    enough: a start may take its time.
    """

    def __init__(self, name: str) -> None:
        self.check: Callable[[], str] = str
        """What is wrong with this process' work, or empty. What it raises is wrong, too."""
        self._name = name
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._unwell = ""

    def start(self) -> Self:
        """Begin to beat, where anybody wants to hear it."""
        if os.environ.get(SOCKET):
            self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """No more beats."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PERIOD_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            problem = self._look()
            if not problem:
                beat()
            elif not self._unwell:
                log.error("%s hangs: %s", self._name, problem)
                # Whoever restarts it destroys the evidence.
                faulthandler.dump_traceback(sys.stderr, all_threads=True)
            self._unwell = problem
            self._stop.wait(PERIOD_S)

    def _look(self) -> str:
        try:
            return self.check()
        except Exception as error:
            # A check that fails has not seen the work done.
            return f"{type(error).__name__}: {error}"


def beat() -> None:
    """Send one sign of life, where anybody wants to hear it. Never waits, never raises."""
    address = os.environ.get(SOCKET, "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        try:
            sock.sendto(_SIGN, "\0" + address[1:] if address[0] == "@" else address)
        except OSError as error:
            # A full queue has been heard, or nobody is left who listens.
            log.debug("no sign of life sent: %s", error)


class Ear:
    """Hears one process and those that it starts; a socket that ends with its owner."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind("")  # the kernel chooses a name in the abstract namespace

    @property
    def address(self) -> str:
        """For NOTIFY_SOCKET."""
        name: bytes = self._socket.getsockname()
        return "@" + name[1:].decode()

    def fileno(self) -> int:
        """Readable when something was sent."""
        return self._socket.fileno()

    def heard(self) -> bool:
        """Take in what was sent; whether a sign of life of this account's processes was there.

        Any account may send to an abstract socket; the kernel says which one did.
        """
        found = False
        while True:
            try:
                data, notes, _, _ = self._socket.recvmsg(256, socket.CMSG_SPACE(_CREDENTIALS.size))
            except OSError:  # nothing more
                return found
            for level, kind, value in notes:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    _, user, _ = _CREDENTIALS.unpack(value)
                    found |= user == os.getuid() and _SIGN in data.split(b"\n")

    def close(self) -> None:
        """Hear nothing more."""
        self._socket.close()
