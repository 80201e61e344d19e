"""Frames that a host sends to an R2000 'A0' reader, as values and as bytes. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.r2000_table import Command

__all__ = [
    "BROADCAST",
    "DATA_MAX",
    "HEAD",
    "LENGTH_MIN",
    "Request",
    "get_firmware_version",
    "real_time_inventory",
    "reset",
    "round_of",
    "session_inventory",
    "set_work_antenna",
    "write_gpio_value",
]

HEAD = 0xA0
BROADCAST = 0xFF
"""Every reader takes it, and answers with its own address."""
LENGTH_MIN = 3
"""addr, cmd and check: what the length byte counts beside the data."""
DATA_MAX = 0xFF - LENGTH_MIN


@dataclass(frozen=True, slots=True)
class Request:
    """A frame in either direction, as its parts."""

    command: Command
    data: bytes = b""
    address: int = BROADCAST

    def to_bytes(self) -> bytes:
        """The frame on the wire. Raises CodecError for data that is too long."""
        if len(self.data) > DATA_MAX or not 0 <= self.address <= 0xFF:
            raise CodecError(
                f"r2000: {len(self.data)} data bytes to address {self.address} seen; "
                f"at most {DATA_MAX} bytes and address 0 to 255 are due"
            )
        head = bytes([HEAD, len(self.data) + LENGTH_MIN, self.address, self.command])
        return head + self.data + bytes([-sum(head + self.data) & 0xFF])


def get_firmware_version(address: int = BROADCAST) -> Request:
    """Ask for the firmware version (72)."""
    return Request(Command.GET_FIRMWARE_VERSION, address=address)


def reset(address: int = BROADCAST) -> Request:
    """Restart the reader (70). It answers only when it refuses."""
    return Request(Command.RESET, address=address)


def set_work_antenna(antenna: int, address: int = BROADCAST) -> Request:
    """Choose the antenna (74); 1 is the first."""
    if not 1 <= antenna <= 8:
        raise CodecError(f"r2000: antenna {antenna} seen; 1 to 8 is due")
    return Request(Command.SET_WORK_ANTENNA, bytes([antenna - 1]), address)


def write_gpio_value(pin: int, level: int, address: int = BROADCAST) -> Request:
    """Set an output pin (61): 3 or 4, to 0 or 1."""
    if pin not in (3, 4) or level not in (0, 1):
        raise CodecError(f"r2000: pin {pin}, level {level} seen; 3 or 4 and 0 or 1 are due")
    return Request(Command.WRITE_GPIO_VALUE, bytes([pin, level]), address)


def real_time_inventory(repeat: int = 0xFF, address: int = BROADCAST) -> Request:
    """One round (89). `repeat` FF is the shortest round the reader knows."""
    return Request(Command.REAL_TIME_INVENTORY, bytes([repeat]), address)


def session_inventory(
    session: int, target: int = 0, repeat: int = 1, address: int = BROADCAST
) -> Request:
    """One round (8B) in session 0 to 3 with target 0 (A) or 1 (B)."""
    if not 0 <= session <= 3 or target not in (0, 1):
        raise CodecError(f"r2000: session {session}, target {target} seen; 0-3 and 0-1 are due")
    return Request(Command.SESSION_INVENTORY, bytes([session, target, repeat]), address)


def round_of(session: str, repeat: int | None, address: int = BROADCAST) -> Request:
    """One round: 89 where `session` is none, 8B in s0 to s3. `repeat` None: the shortest."""
    if session == "none":
        return real_time_inventory(0xFF if repeat is None else repeat, address)
    return session_inventory(int(session[1]), 0, 1 if repeat is None else repeat, address)
