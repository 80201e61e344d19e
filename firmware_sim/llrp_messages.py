"""LLRP from the reader's side: what it says, put together byte by byte.

Written from the standard (EPCglobal LLRP 1.0.1, binary encoding): a message is 3 reserved
bits, 3 of version, 10 of type, a length of the whole, a number; a parameter is a type of 10
bits with a length (TLV), or one byte of type and a fixed content (TV). What hosts say
is taken apart in llrp_requests.py. Not access to tags' memory, not vendors' extensions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "Capabilities",
    "Connection",
    "Status",
    "Type",
    "antenna_event",
    "capabilities",
    "closing",
    "config",
    "connection_event",
    "message",
    "report",
    "response",
    "rospec_event",
    "tag_report",
    "tlv",
]

VERSION = 1
POWERS = tuple(1000 + 25 * step for step in range(91))
"""Transmit powers in hundredths of dBm, index 1 first: 10 to 32.5 dBm in quarters."""
MODES = (0, 1, 2, 3, 1000, 1002)
"""Identifiers of the air interface's modes."""
HOPS = 50


class Type(IntEnum):
    """Messages that this reader hears or says."""

    GET_READER_CAPABILITIES = 1
    GET_READER_CONFIG = 2
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    DISABLE_ROSPEC = 25
    GET_ROSPECS = 26
    DELETE_ACCESSSPEC = 41
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100


class Status(IntEnum):
    """Status codes."""

    SUCCESS = 0
    PARAMETER_ERROR = 100
    FIELD_ERROR = 101
    UNSUPPORTED_MESSAGE = 109
    OUT_OF_RANGE = 301
    DEVICE_ERROR = 401


class Connection(IntEnum):
    """What a reader says of an attempt to connect."""

    SUCCESS = 0
    READER_INITIATED_EXISTS = 1
    CLIENT_EXISTS = 2
    FAILED = 3
    ANOTHER_ATTEMPTED = 4


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What differs between models of reader."""

    antennas: int = 4
    manufacturer: int = 25882
    model: int = 2001002
    firmware: str = "7.6.1.240"


def message(kind: int, number: int, body: bytes = b"") -> bytes:
    """A whole message."""
    return struct.pack("!HII", VERSION << 10 | kind, 10 + len(body), number) + body


def tlv(kind: int, body: bytes = b"") -> bytes:
    """A parameter with its length."""
    return struct.pack("!HH", kind, 4 + len(body)) + body


def _tv(kind: int, layout: str, *values: int | bytes) -> bytes:
    return bytes([0x80 | kind]) + struct.pack(layout, *values)


def _status(code: int, text: str = "") -> bytes:
    return tlv(287, struct.pack("!HH", code, len(text)) + text.encode())


def response(kind: int, number: int, code: int = 0, text: str = "", more: bytes = b"") -> bytes:
    """The answer `kind`, with its status."""
    return message(kind, number, _status(code, text) + more)


def _event(number: int, at_us: int, event: bytes) -> bytes:
    stamp = tlv(128, struct.pack("!Q", at_us))
    return message(Type.READER_EVENT_NOTIFICATION, number, tlv(246, stamp + event))


def connection_event(number: int, at_us: int, status: int) -> bytes:
    """The reader's first words to whoever connects."""
    return _event(number, at_us, tlv(256, struct.pack("!H", status)))


def antenna_event(number: int, at_us: int, antenna: int, *, connected: bool) -> bytes:
    """An antenna has come or gone."""
    return _event(number, at_us, tlv(255, struct.pack("!BH", connected, antenna)))


def rospec_event(number: int, at_us: int, rospec: int, *, end: bool) -> bytes:
    """An inventory has begun or ended."""
    return _event(number, at_us, tlv(249, struct.pack("!BII", end, rospec, 0)))


def closing(number: int, at_us: int) -> bytes:
    """The reader is about to close the connection."""
    return _event(number, at_us, tlv(257))


def capabilities(number: int, what: Capabilities, *, short_by: int = 0) -> bytes:
    """Everything that the reader can do; `short_by`: bytes missing from its last mode."""
    firmware = what.firmware.encode()
    general = struct.pack(
        "!HHIIH", what.antennas, 0x4000, what.manufacturer, what.model, len(firmware)
    )
    general += firmware
    general += b"".join(tlv(139, struct.pack("!HH", step, step)) for step in range(1, 3))
    general += tlv(141, struct.pack("!HH", 4, 4))
    for antenna in range(1, what.antennas + 1):
        general += tlv(140, struct.pack("!HHB", antenna, 1, 1))
    band = b"".join(
        tlv(145, struct.pack("!Hh", index, power)) for index, power in enumerate(POWERS, 1)
    )
    hops = struct.pack(f"!BBH{HOPS}I", 1, 0, HOPS, *range(920_250, 920_250 + HOPS * 100, 100))
    band += tlv(146, b"\x80" + tlv(147, hops))
    modes = [struct.pack("!IBBBBIIIII", mode, 0, 2, 1, 0, 40_000, 1500, 6250, 25_000, 6250)
             for mode in MODES]  # fmt: skip
    if short_by:
        modes[-1] = modes[-1][:-short_by]
    band += tlv(328, b"".join(tlv(329, mode) for mode in modes))
    parts = (
        tlv(137, general),
        tlv(142, struct.pack("!BBHIIIII", 0x48, 1, 0, 1, 32, 1, 1508, 8)),
        tlv(143, struct.pack("!HH", 764, 1) + tlv(144, band)),
        tlv(327, struct.pack("!BH", 0, 2)),
    )
    return response(11, number, more=b"".join(parts))


def config(number: int, keepalive_ms: int, identity: bytes) -> bytes:
    """The settings in force."""
    parts = (
        tlv(218, struct.pack("!BH", 0, len(identity)) + identity),
        tlv(220, struct.pack("!BI", bool(keepalive_ms), keepalive_ms)),
        tlv(226, b"\x00"),
    )
    return response(12, number, more=b"".join(parts))


def tag_report(
    epc: bytes,
    selector: int,
    *,
    rospec: int = 1,
    antenna: int = 1,
    rssi: int = -50,
    seen_us: int = 0,
    extra: bytes = b"",
) -> bytes:
    """One tag, with the parts that `selector` asks for."""
    named = _tv(13, "!12s", epc) if len(epc) == 12 else tlv(241, _bits(epc))
    parts = (  # in the order of the report; the selector has its bits in another one
        (15, _tv(9, "!I", rospec)),
        (14, _tv(14, "!H", 1)),
        (13, _tv(10, "!H", 1)),
        (12, _tv(1, "!H", antenna)),
        (10, _tv(6, "!b", rssi)),
        (11, _tv(7, "!H", 1)),
        (9, _tv(2, "!Q", seen_us)),
        (8, _tv(4, "!Q", seen_us)),
        (7, _tv(8, "!H", 1)),
        (6, _tv(16, "!I", 0)),
    )
    asked = [part for bit, part in parts if selector & 1 << bit]
    return tlv(240, named + b"".join(asked) + extra)


def report(number: int, tags: list[bytes]) -> bytes:
    """Several tags in one message."""
    return message(Type.RO_ACCESS_REPORT, number, b"".join(tags))


def _bits(epc: bytes) -> bytes:
    return struct.pack("!H", len(epc) * 8) + epc
