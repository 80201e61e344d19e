"""Serial lines by URL: the only room that imports pyserial.

    /dev/ttyUSB0, any other path       a port, a pty, a symlink to either
    socket://host:port                 raw TCP (a serial server, a network reader)
    rfc2217://host:port                a serial server that also takes the baud rate

Every fault of a line becomes a TransportError. Facts that shaped this module, each seen on
a pty: `in_waiting` of a line that is gone raises a plain OSError, `read` a SerialException,
and what `read` had gathered by then is lost; so reads are small. A reopened port is found
by its path again, so that a symlink made anew on replug leads to the new device.

A path is taken exclusively by flock, which pyserial calls `exclusive`; unlike TIOCEXCL it
binds root too. It keeps two of our processes apart, not another program that asks nobody.
"""

from __future__ import annotations

import contextlib
import re
import select
import termios

import serial

from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.readers.urls import without_password

__all__ = ["SerialTransport", "check_url"]

READ_TIMEOUT_S = 0.05
WRITE_TIMEOUT_S = 1.0
READ_MAX = 128
"""So that a flood is decoded in pieces of a fraction of a millisecond, between which other readers
have their turn; 115200 baud carry 12 bytes in a millisecond."""
LOCAL_QUIET_S = 0.25
"""A USB adapter hands bytes on every 16 ms, but a busy host was seen to pause for 100 ms and
more within a frame. Waiting costs nothing unless a frame was cut off."""
NETWORK_QUIET_S = 0.5
"""A lost TCP segment comes again after 200 ms and more."""

_NETWORK_URL = re.compile(r"(socket|rfc2217)://(\[[0-9a-fA-F:]+\]|[^/:?#\s]+):(\d{1,5})(\?\S*)?\Z")


def check_url(url: str) -> None:
    """Raises ConfigError unless `url` names a path or a network line that is known here."""
    if "://" not in url:
        if not url.strip() or "\0" in url:
            raise ConfigError(f"{url!r} seen; a path such as /dev/ttyUSB0 is due")
        return
    match = _NETWORK_URL.match(url)
    if match is None or not 0 < int(match[3]) < 65536:
        seen = without_password(url)
        raise ConfigError(
            f"{seen!r} seen; a path, socket://host:port or rfc2217://host:port is due"
        )


class SerialTransport:
    """One serial line, 8N1. Used by one thread at a time."""

    def __init__(self, url: str, baud: int) -> None:
        check_url(url)
        self.url = url
        self._baud = baud
        self._local = "://" not in url
        self.quiet_s = LOCAL_QUIET_S if self._local else NETWORK_QUIET_S
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Take the line. Raises TransportError naming the URL, what was seen and due."""
        self.close()
        try:
            if self._local:
                port = serial.Serial(
                    self.url,
                    self._baud,
                    timeout=READ_TIMEOUT_S,
                    write_timeout=WRITE_TIMEOUT_S,
                    exclusive=True,
                )
            else:
                # pyserial's rfc2217 refuses a limit to writing, and has one of 5 s of its own.
                limit = WRITE_TIMEOUT_S if self.url.startswith("socket:") else None
                port = serial.serial_for_url(
                    self.url, self._baud, timeout=READ_TIMEOUT_S, write_timeout=limit
                )
        except (OSError, ValueError, termios.error) as error:
            raise self._fault(_reason(error), f"a free serial line at {self._baud} baud") from error
        self._port = port

    def read(self) -> bytes:
        """What has arrived, at most 128 bytes; b"" after 50 ms of silence."""
        port = self._taken()
        try:
            data = port.read(min(port.in_waiting, READ_MAX) or 1)
            # A network line tells only that something waits, not how much.
            while not self._local and data and len(data) < READ_MAX and port.in_waiting:
                data += port.read(1)
        except (OSError, TypeError, termios.error) as error:
            raise self._fault(_reason(error), "bytes or silence") from error
        return bytes(data)

    def wait(self, seconds: float) -> bool:
        """Whether `read` would find something, after so long at most.

        For a line whose silence must be noticed within less than 50 ms. Always True for
        rfc2217://, whose bytes come through a thread: there `read` itself waits.
        """
        port = self._taken()
        try:
            if self.url.startswith("rfc2217:") or port.in_waiting:
                return True
            poll = select.poll()
            poll.register(port.fileno(), select.POLLIN)
            return bool(poll.poll(max(0.0, seconds) * 1000))
        except (OSError, TypeError, termios.error) as error:
            raise self._fault(_reason(error), "bytes or silence") from error

    def write(self, data: bytes) -> None:
        """Send all of `data`; waits 1 s at most (rfc2217://: 5 s)."""
        try:
            self._taken().write(data)
        except (OSError, TypeError, termios.error) as error:
            due = f"{len(data)} bytes taken: {data.hex().upper()}"
            raise self._fault(_reason(error), due) from error

    def set_baud(self, baud: int) -> None:
        """Talk at `baud` from now on, at once where the line is open.

        For readers that may have been left at another speed. A line without a speed
        (socket://, a pty) takes any and stays as it is.
        """
        self._baud = baud
        if self._port is not None:
            try:
                self._port.baudrate = baud
            except (OSError, ValueError, termios.error) as error:
                raise self._fault(_reason(error), f"a line that takes {baud} baud") from error

    def raise_dtr(self) -> bool:
        """Assert DTR, for readers that it powers or enables; whether the line has one.

        A pty and a raw TCP line have none, and say so with an OSError that is no fault.
        """
        try:
            self._taken().dtr = True
        except (OSError, TypeError, termios.error):
            return False
        return True

    def close(self) -> None:
        """Release the line, also one that is already gone."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError, TypeError, termios.error):
                port.close()

    def _taken(self) -> serial.Serial:
        if self._port is None:
            raise self._fault("not open", "an open line")
        return self._port

    def _fault(self, seen: str, due: str) -> TransportError:
        return TransportError(f"{self.url}: {seen} seen; {due} due")


def _reason(error: BaseException) -> str:
    """pyserial wraps the system's words in its own; the last bracket of errno is noise."""
    return re.sub(r"^\[Errno \d+\] ", "", str(error)) or type(error).__name__
