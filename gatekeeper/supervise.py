"""Keeps the processes of one installation running, and ends them together.

A child that dies is started again at once; one that keeps dying young is started again after
a growing pause, for ever: a node that cannot start now may be able to in a second. One that
gives no sign of life (`pulse`) for longer than its patience hangs, and is killed. Children
have their own session, so that Ctrl-C reaches only the supervisor, which then ends them in
order; if the supervisor itself is killed, the kernel tells each child (`die_with_parent`).
Their lines are passed on with the child's name in front. Nothing here knows what they do.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, TextIO

from gatekeeper.pulse import SOCKET, Ear, beat

__all__ = ["PARENT", "Child", "Supervisor", "die_with_parent"]

log = logging.getLogger(__name__)

PARENT = "GATEKEEPER_SUPERVISOR"
"""Environment variable with the supervisor's process id."""

YOUNG_S = 5.0
"""A child that lived shorter died young."""
PAUSES_S = (0.0, 0.0, 0.25, 0.5, 1.0, 2.0)
"""Pause before a start, by how often in a row the child died young."""
PATIENCE_S = 10.0
"""What a child may take to end when asked, before it is killed."""
FIRST_SIGN_S = 60.0
"""What a child may take from its start to its first sign of life."""
OWN_SIGN_S = 2.0
"""How often the supervisor gives a sign of life of its own, to whoever watches it."""
LATE_S = 1.0
"""A supervisor that wakes up later than it wanted to was held up itself, like its children."""

_PR_SET_PDEATHSIG = 1


class Child:
    """One process to keep running: its name, its arguments, and how it fares."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        longest_pause_s: float = PAUSES_S[-1],
        patience_s: float | None = None,
    ) -> None:
        """`patience_s`: how long it may be silent before it counts as hanging; None: for ever."""
        self.name = name
        self._patience_s = patience_s
        self._ear: Ear | None = None
        self._silent_at = float("inf")
        self._longest_pause_s = longest_pause_s
        self.restarts = 0
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._started = 0.0
        self._young_deaths = 0
        self.due = 0.0
        """Monotonic time of the next start, while it is not running."""

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def pidfd(self) -> int:
        """Readable when the process has ended."""
        return self._pidfd

    @property
    def ear(self) -> Ear | None:
        """Readable when it gave a sign of life; None where nobody listens."""
        return self._ear

    @property
    def silent_at(self) -> float:
        """Monotonic time when it will have been silent for too long."""
        return self._silent_at

    @property
    def next_at(self) -> float:
        """Monotonic time when something has to be done about it."""
        return self.due if self._process is None else self._silent_at

    def hear(self) -> None:
        """Take in a sign of life."""
        if self._ear is not None and self._patience_s is not None and self._ear.heard():
            self._silent_at = time.monotonic() + self._patience_s

    def forgive(self, seconds: float) -> None:
        """Whoever listens was held up for so long."""
        self._silent_at += seconds

    def kill(self) -> None:
        """It hangs: end it, whatever it does. A stopped process takes no other signal."""
        self._silent_at = float("inf")
        self.signal(signal.SIGKILL)

    def start(self, out: TextIO) -> None:
        """Start it, and a thread that passes its lines on to `out`."""
        environment = {**self._environment, PARENT: str(os.getpid())}
        environment.pop(SOCKET, None)  # who watches the supervisor does not watch its children
        if self._patience_s is not None:
            self._ear = Ear()
            environment[SOCKET] = self._ear.address
            self._silent_at = time.monotonic() + max(FIRST_SIGN_S, self._patience_s)
        # From the main thread only: the death signal is bound to the thread that forks.
        process = subprocess.Popen(
            self._command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 (narrows the type)
        self._process, self._started = process, time.monotonic()
        self._pidfd = os.pidfd_open(process.pid)
        threading.Thread(
            target=_pass_on, args=(process.stdout, f"{self.name:<6} | ", out), daemon=True
        ).start()

    def reap(self) -> int:
        """Take the exit status of an ended process and set when to start the next."""
        assert self._process is not None  # noqa: S101 (narrows the type)
        status = self._process.wait()
        os.close(self._pidfd)
        self._process, self._pidfd = None, -1
        if self._ear is not None:
            self._ear.close()
            self._ear, self._silent_at = None, float("inf")
        now = time.monotonic()
        self._young_deaths = self._young_deaths + 1 if now - self._started < YOUNG_S else 0
        pause = PAUSES_S[min(self._young_deaths, len(PAUSES_S) - 1)]
        self.due = now + min(pause, self._longest_pause_s)
        return status

    def signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)


class Supervisor:
    """Runs `children` until SIGTERM or SIGINT; use from the main thread."""

    def __init__(self, children: Sequence[Child], out: TextIO | None = None) -> None:
        self._children = list(children)
        self._out = out or sys.stderr
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = False

    def run(self) -> None:
        """Start all, watch all; returns when told to end and all have ended."""
        previous = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        try:
            while not self._stopping:
                self._start_due()
                self._wait()
        finally:
            self._end()
            for number, handler in previous.items():
                signal.signal(number, handler)
            os.close(self._wake_r)
            os.close(self._wake_w)

    def stop(self) -> None:
        """Make `run` end; from any thread or a signal handler."""
        self._stopping = True
        with contextlib.suppress(OSError):  # full: it is awake; closed: it has ended
            os.write(self._wake_w, b".")

    def _on_signal(self, number: int, _: object) -> None:
        log.info("%s: ending", signal.Signals(number).name)
        self.stop()

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.pid is None and child.due <= now:
                child.start(self._out)
                log.info("%s started (process %s)", child.name, child.pid)

    def _wait(self) -> None:
        """Until a child ends, falls silent or is due, or somebody calls `stop`; then reap."""
        poller = select.poll()
        poller.register(self._wake_r, select.POLLIN)
        running = [child for child in self._children if child.pid is not None]
        for child in running:
            poller.register(child.pidfd, select.POLLIN)
            if child.ear is not None:
                poller.register(child.ear.fileno(), select.POLLIN)
        now = time.monotonic()
        until = min(now + OWN_SIGN_S, *(child.next_at for child in self._children))
        ready = {fd for fd, _ in poller.poll(max(0.0, until - now) * 1000 + 1)}
        beat()
        late = time.monotonic() - until
        for child in running:
            if child.ear is not None and child.ear.fileno() in ready:
                child.hear()
            if late > LATE_S:
                child.forgive(late)
            if child.pidfd in ready:
                self._take_note(child)
            elif child.silent_at <= time.monotonic():
                log.error("%s gives no sign of life; killed", child.name)
                child.kill()

    def _take_note(self, child: Child) -> None:
        status = child.reap()
        child.restarts += 1
        log.warning("%s ended (%s); starting it again", child.name, _describe(status))

    def _end(self) -> None:
        for child in self._children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE_S
        for child in self._children:
            if child.pid is None:
                continue
            left = max(0.0, until - time.monotonic())
            if not select.select([child.pidfd], [], [], left)[0]:
                log.warning("%s does not end; killed", child.name)
                child.signal(signal.SIGKILL)
            child.reap()


def die_with_parent() -> None:
    """In a child of a supervisor: end when it ends. Elsewhere: nothing."""
    parent = os.environ.pop(PARENT, "")
    if not parent:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(0)  # it died before this line


def _pass_on(lines: IO[bytes], prefix: str, out: TextIO) -> None:
    with lines:
        for line in lines:
            # Whoever read our lines may be gone; the child must never wait for that.
            with contextlib.suppress(OSError, ValueError):
                out.write(prefix + line.decode("utf-8", "replace").rstrip("\n") + "\n")
                out.flush()


def _describe(status: int) -> str:
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit {status}"
