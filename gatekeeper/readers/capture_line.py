"""A line that is listened in on: a Transport around another one.

Whoever listens is told what passes and cannot change it; the driver above and the line
below know nothing of it.
"""

from __future__ import annotations

from typing import Protocol

from gatekeeper.errors import ConfigError
from gatekeeper.readers.base import Reader, Transport
from gatekeeper.readers.capture import Direction
from gatekeeper.readers.serial_reader import SerialReader

__all__ = ["Listener", "OverheardLine", "overhear"]


class Listener(Protocol):
    """Who is told what passes on a line, in the thread of its driver."""

    def __call__(
        self, direction: Direction, data: bytes = b"", *, baud: int | None = None
    ) -> None: ...


class OverheardLine:
    """A Transport that does what its delegate does, and tells."""

    def __init__(self, line: Transport, listener: Listener) -> None:
        self._line, self._listener = line, listener
        self.url, self.quiet_s = line.url, line.quiet_s

    def open(self) -> None:
        """Take the line."""
        self._line.open()
        self._listener(Direction.OPENED)

    def read(self) -> bytes:
        """What has arrived."""
        data = self._line.read()
        if data:
            self._listener(Direction.IN, data)
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`; told before, so that no answer comes earlier than its question."""
        self._listener(Direction.OUT, data)
        self._line.write(data)

    def set_baud(self, baud: int) -> None:
        """Talk at `baud` from now on."""
        self._line.set_baud(baud)
        self._listener(Direction.BAUD, baud=baud)

    def close(self) -> None:
        """Release the line."""
        self._line.close()
        self._listener(Direction.LOST)


def overhear(reader: Reader, listener: Listener) -> None:
    """Listen in on the line of `reader`, which is not open yet.

    Raises ConfigError for a reader that is not on a line of bytes.
    """
    if not isinstance(reader, SerialReader):
        raise ConfigError(
            f"a reader on {type(reader).line} seen; a line of bytes (serial) is due to listen in on"
        )
    reader.transport = OverheardLine(reader.transport, listener)
