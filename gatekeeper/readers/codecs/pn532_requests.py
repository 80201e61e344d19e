"""Frames that a host sends to a PN532, as bytes. Sends nothing.

The form is the normal information frame of UM0701-02, 6.2.1.1, with one zero before the start
code and one after the check, as nfcpy and libnfc send it.
"""

from __future__ import annotations

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.pn532_table import DATA_MAX, Command

__all__ = [
    "ABORT",
    "HOST",
    "READER",
    "WAKE_UP",
    "frame",
    "get_firmware_version",
    "in_list_passive_target",
    "in_release",
    "limit_activation_tries",
    "request",
    "sam_configuration",
]

HOST, READER = 0xD4, 0xD5
"""Frame identifier (TFI): who speaks."""

ABORT = bytes.fromhex("0000FF00FF00")
"""An ACK frame; from the host it breaks off the command that is running."""

WAKE_UP = b"\x55\x55" + bytes(14)
"""Wakes a chip from low power on its serial line; the zeros are the time that it takes."""


def frame(content: bytes, *, extended: bool = False) -> bytes:
    """`content`, from TFI on, as a frame. Raises CodecError for more than 265 bytes."""
    size = len(content)
    if not 1 <= size <= DATA_MAX:
        raise CodecError(f"pn532: {size} bytes of content seen; 1 to {DATA_MAX} are due")
    if extended or size > 0xFF:
        length = size.to_bytes(2, "big")
        head = b"\x00\x00\xff\xff\xff" + length + bytes([-sum(length) & 0xFF])
    else:
        head = b"\x00\x00\xff" + bytes([size, -size & 0xFF])
    return head + content + bytes([-sum(content) & 0xFF, 0x00])


def request(command: Command, data: bytes = b"") -> bytes:
    """A command of the host."""
    return frame(bytes([HOST, command]) + data)


def sam_configuration() -> bytes:
    """Normal mode, without the security module: must come first after power or sleep."""
    return request(Command.SAM_CONFIGURATION, b"\x01")


def get_firmware_version() -> bytes:
    """Ask for chip, version and revision."""
    return request(Command.GET_FIRMWARE_VERSION)


def limit_activation_tries(tries: int) -> bytes:
    """RFConfiguration item 5: look for a card so many times more, then say there is none.

    0xFF, as after power-on, means for ever. MxRtyATR and MxRtyPSL keep their defaults.
    """
    return request(Command.RF_CONFIGURATION, bytes([0x05, 0xFF, 0x01, tries]))


def in_list_passive_target(targets: int) -> bytes:
    """Look for up to `targets` (1 or 2) cards of ISO 14443 type A at 106 kbit/s."""
    if targets not in (1, 2):
        raise CodecError(f"pn532: {targets} targets seen; 1 or 2 are due")
    return request(Command.IN_LIST_PASSIVE_TARGET, bytes([targets, 0x00]))


def in_release() -> bytes:
    """Let go of all cards, so that they answer the next search."""
    return request(Command.IN_RELEASE, b"\x00")
