"""A captured session played again: on a pty, for a driver, or straight into a decoder.

On the pty a driver sees the bytes that the reader sent, at the times at which they came. A
reader that answers is kept in step: bytes that followed a question wait until as many bytes
were asked as in the session, 1 s at most, and what comes later moves with them. Where the
session lost its line and found it again, the port goes and comes.

What it does not do: look at what the host says, pace bytes within a piece, or answer
anything that was not asked in the session.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Iterable, Iterator
from pathlib import Path

from gatekeeper.errors import UserError
from gatekeeper.readers.capture import QUIET_US, Direction, Header, Piece
from gatekeeper.readers.codecs import codec_class, make_codec
from gatekeeper.readers.codecs.frames import Frame

__all__ = ["Replay", "decoded"]

QUESTION_S = 1.0
"""Longest wait for a host that asks less than the one of the session did."""
LINGER_S = 1.0
"""How long a host may take to read the last bytes."""
LOOK_S = 0.05
"""How often it is looked whether to stop, and whether a host has opened the port."""


def decoded(header: Header, pieces: Iterable[Piece]) -> Iterator[tuple[int, Frame]]:
    """Frames of the reader with the microsecond at which each was complete.

    Raises CodecError for a wire that has no codec or options that it does not take.
    """
    known = {option.name for option in codec_class(header.wire).options}
    codec = make_codec(header.wire, {k: v for k, v in header.options if k in known})
    heard_us = 0
    for piece in pieces:
        lost = piece.direction is Direction.LOST
        if codec.pending and (lost or piece.t_us - heard_us >= QUIET_US):
            yield from ((heard_us, frame) for frame in codec.idle())
        if piece.direction is Direction.IN:
            heard_us = piece.t_us
            yield from ((heard_us, frame) for frame in codec.feed(piece.data))
    yield from ((heard_us, frame) for frame in codec.idle())


class Replay:
    """Plays pieces on a pty behind `link`. `run()` blocks; `stop` ends it from any thread."""

    def __init__(
        self, pieces: list[Piece], link: Path, *, speed: float = 1.0, stop: threading.Event
    ) -> None:
        self.played = 0
        """Bytes given to the host."""
        self._pieces, self._link, self._speed, self._stop = pieces, link, speed, stop
        self._master = -1
        self._heard = self._asked = 0
        self._asked_s = 0.0

    def run(self) -> None:
        """Play to the end, or until stopped. Raises UserError where the link cannot be made."""
        self.plug()
        try:
            begun = self._wait_for_host()
            for piece in self._pieces:
                if self._stop.is_set():
                    return
                begun = self._play(piece, begun)
            self._linger()
        finally:
            self._unplug()

    def plug(self) -> None:
        """Make the port; where it stands already, nothing."""
        if self._master >= 0:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(master, False)
        try:
            if self._link.is_symlink():
                self._link.unlink()
            self._link.symlink_to(name)
        except OSError as error:
            os.close(master)
            raise UserError(f"{self._link}: cannot be made: {error.strerror}") from error
        self._master = master

    def _play(self, piece: Piece, begun: float) -> float:
        """Act out `piece`; returns when the session, moved by waiting, began."""
        due_s = piece.t_us / 1e6 / self._speed
        if piece.direction is Direction.LOST and piece is not self._pieces[-1]:
            self._until(begun + due_s)
            self._unplug()
        elif piece.direction is Direction.OPENED and self._master < 0:
            self._until(begun + due_s)
            self.plug()
            begun = self._wait_for_host() - due_s
        elif piece.direction is Direction.OUT:
            self._asked += len(piece.data)
            self._asked_s = due_s
        elif piece.direction is Direction.IN:
            begun += self._wait_for_question(begun)
            self._until(begun + due_s)
            self._say(piece.data)
        return begun

    def _wait_for_question(self, begun: float) -> float:
        """Seconds by which the host asks later than the one of the session did."""
        if self._heard >= self._asked:
            return 0.0
        due = begun + self._asked_s
        while self._heard < self._asked and not self._stop.is_set():
            if not self._listen(due + QUESTION_S - time.monotonic()):
                self._heard = self._asked  # it will not ask any more: go on all the same
        return max(0.0, time.monotonic() - due)

    def _until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0 and not self._stop.is_set():
            self._listen(left)

    def _listen(self, seconds: float) -> bool:
        """Take what the host says; False when `seconds` are over and nothing came."""
        if seconds <= 0:
            return False
        if self._master < 0 or not self.has_host():
            # select would report the absent host at once, again and again.
            self._stop.wait(min(seconds, LOOK_S))
            return seconds > LOOK_S
        ready, _, _ = select.select([self._master], [], [], min(seconds, LOOK_S))
        if ready:
            with contextlib.suppress(OSError):
                self._heard += len(os.read(self._master, 4096))
        return bool(ready) or seconds > LOOK_S

    def has_host(self) -> bool:
        """Whether a host has the port open."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def _wait_for_host(self) -> float:
        while not self._stop.is_set() and not self.has_host():
            self._stop.wait(LOOK_S / 10)
        return time.monotonic()

    def _say(self, data: bytes) -> None:
        while data and not self._stop.is_set() and self.has_host():
            try:
                count = os.write(self._master, data)
            except BlockingIOError:
                select.select([], [self._master], [], LOOK_S)
            except OSError:
                return  # the host has gone in this moment
            else:
                self.played += count
                data = data[count:]

    def _linger(self) -> None:
        until = time.monotonic() + LINGER_S
        while time.monotonic() < until and self.has_host() and not self._stop.is_set():
            self._listen(until - time.monotonic())

    def _unplug(self) -> None:
        if self._master >= 0:
            with contextlib.suppress(OSError):
                self._link.unlink()
            os.close(self._master)
            self._master = -1
