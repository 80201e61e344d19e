"""Frames that a host sends to an M100 reader, as values and as bytes. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.m100_table import Command, Type

__all__ = [
    "HEAD",
    "OVERHEAD",
    "PARAMS_MAX",
    "TAIL",
    "Request",
    "module_info",
    "multi_poll",
    "set_baud",
    "set_power",
    "set_region",
    "stop",
]

HEAD = 0xBB
TAIL = 0x7E
OVERHEAD = 7
"""Bytes of a frame beside its parameters: head, type, command, two of length, check, tail."""
PARAMS_MAX = 0xFF
_MULTI_POLL_RESERVED = 0x22


@dataclass(frozen=True, slots=True)
class Request:
    """A frame in either direction, as its parts."""

    command: Command
    params: bytes = b""
    type: Type = Type.COMMAND

    def to_bytes(self) -> bytes:
        """The frame on the wire. Raises CodecError for parameters that are too long."""
        if len(self.params) > PARAMS_MAX:
            raise CodecError(
                f"m100: {len(self.params)} bytes of parameters seen; at most {PARAMS_MAX} are due"
            )
        body = bytes([self.type, self.command]) + len(self.params).to_bytes(2, "big") + self.params
        return bytes([HEAD]) + body + bytes([sum(body) & 0xFF, TAIL])


def module_info(kind: int = 0) -> Request:
    """Ask what the module is (03): kind 0 hardware, 1 software, 2 maker."""
    return Request(Command.MODULE_INFO, bytes([kind]))


def multi_poll(rounds: int) -> Request:
    """Run so many rounds (27), 1 to 65535. Nothing tells when they are over."""
    if not 1 <= rounds <= 0xFFFF:
        raise CodecError(f"m100: {rounds} rounds seen; 1 to 65535 are due")
    return Request(Command.MULTI_POLL, bytes([_MULTI_POLL_RESERVED]) + rounds.to_bytes(2, "big"))


def stop() -> Request:
    """End the rounds of 27 (28)."""
    return Request(Command.STOP)


def set_baud(baud: int) -> Request:
    """Change the speed of the line (11). There is no answer; the next command comes at it."""
    if baud % 100 or not 100 <= baud <= 0xFFFF * 100:
        raise CodecError(f"m100: {baud} baud seen; a multiple of 100 is due")
    return Request(Command.SET_BAUD, (baud // 100).to_bytes(2, "big"))


def set_region(code: int) -> Request:
    """Choose the radio region (07) by its code."""
    return Request(Command.SET_REGION, bytes([code]))


def set_power(dbm: int) -> Request:
    """Set the output power (B6) in whole dBm, 0 to 33."""
    if not 0 <= dbm <= 33:
        raise CodecError(f"m100: {dbm} dBm seen; 0 to 33 are due")
    return Request(Command.SET_POWER, (dbm * 100).to_bytes(2, "big"))
