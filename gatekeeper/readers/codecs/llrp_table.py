"""The numbers of LLRP 1.0.1 and 1.1 that are needed here: messages, parameters, their shapes.

Source: EPCglobal Low Level Reader Protocol, sections "LLRP messages" and "Binary encoding".
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "HEADER",
    "LONGEST",
    "RESPONSES",
    "SHAPES",
    "TV_SIZES",
    "VERSIONS",
    "ConnectionStatus",
    "MessageType",
    "ParameterType",
    "RoSpecState",
    "Shape",
    "StatusCode",
]

HEADER = 10
"""Bytes of a message's head: version and type, length of the whole message, message number."""
VERSIONS = (1, 2)
"""1 is LLRP 1.0.1, 2 is LLRP 1.1."""
LONGEST = 0x7FFF
"""Longest message that is believed, in bytes. The protocol would allow 4 GiB; the largest of
real readers, their capabilities, takes some thousand."""


class MessageType(IntEnum):
    """Messages by their number."""

    GET_READER_CAPABILITIES = 1
    GET_READER_CONFIG = 2
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    GET_READER_CAPABILITIES_RESPONSE = 11
    GET_READER_CONFIG_RESPONSE = 12
    SET_READER_CONFIG_RESPONSE = 13
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    DISABLE_ROSPEC = 25
    GET_ROSPECS = 26
    ADD_ROSPEC_RESPONSE = 30
    DELETE_ROSPEC_RESPONSE = 31
    START_ROSPEC_RESPONSE = 32
    STOP_ROSPEC_RESPONSE = 33
    ENABLE_ROSPEC_RESPONSE = 34
    DISABLE_ROSPEC_RESPONSE = 35
    GET_ROSPECS_RESPONSE = 36
    ADD_ACCESSSPEC = 40
    DELETE_ACCESSSPEC = 41
    ENABLE_ACCESSSPEC = 42
    DISABLE_ACCESSSPEC = 43
    GET_ACCESSSPECS = 44
    GET_SUPPORTED_VERSION = 46
    SET_PROTOCOL_VERSION = 47
    ADD_ACCESSSPEC_RESPONSE = 50
    DELETE_ACCESSSPEC_RESPONSE = 51
    ENABLE_ACCESSSPEC_RESPONSE = 52
    DISABLE_ACCESSSPEC_RESPONSE = 53
    GET_ACCESSSPECS_RESPONSE = 54
    GET_SUPPORTED_VERSION_RESPONSE = 56
    SET_PROTOCOL_VERSION_RESPONSE = 57
    GET_REPORT = 60
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100
    CUSTOM_MESSAGE = 1023


class ParameterType(IntEnum):
    """Parameters by their number; those up to 127 carry no length (TV), the others do (TLV)."""

    ANTENNA_ID = 1
    FIRST_SEEN_UTC = 2
    LAST_SEEN_UTC = 4
    PEAK_RSSI = 6
    TAG_SEEN_COUNT = 8
    EPC_96 = 13
    UTC_TIMESTAMP = 128
    ROSPEC = 177
    ACCESSSPEC = 207
    TAG_REPORT_DATA = 240
    EPC_DATA = 241
    RF_SURVEY_REPORT_DATA = 242
    READER_EVENT_NOTIFICATION_DATA = 246
    GPI_EVENT = 248
    ROSPEC_EVENT = 249
    REPORT_BUFFER_LEVEL_WARNING = 250
    REPORT_BUFFER_OVERFLOW = 251
    READER_EXCEPTION = 252
    ANTENNA_EVENT = 255
    CONNECTION_ATTEMPT_EVENT = 256
    CONNECTION_CLOSE_EVENT = 257
    LLRP_STATUS = 287
    CUSTOM = 1023


class StatusCode(IntEnum):
    """How a request ended."""

    SUCCESS = 0
    PARAMETER_ERROR = 100
    FIELD_ERROR = 101
    UNEXPECTED_PARAMETER = 102
    MISSING_PARAMETER = 103
    DUPLICATE_PARAMETER = 104
    OVERFLOW_PARAMETER = 105
    OVERFLOW_FIELD = 106
    UNKNOWN_PARAMETER = 107
    UNKNOWN_FIELD = 108
    UNSUPPORTED_MESSAGE = 109
    UNSUPPORTED_VERSION = 110
    UNSUPPORTED_PARAMETER = 111
    INVALID = 300
    OUT_OF_RANGE = 301
    DEVICE_ERROR = 401


class ConnectionStatus(IntEnum):
    """What a reader says of an attempt to connect."""

    SUCCESS = 0
    READER_INITIATED_EXISTS = 1
    CLIENT_INITIATED_EXISTS = 2
    FAILED = 3
    ANOTHER_ATTEMPTED = 4


class RoSpecState(IntEnum):
    """What a reader does with an inventory that it was given."""

    DISABLED = 0
    INACTIVE = 1
    ACTIVE = 2


TV_SIZES = {
    1: 2, 2: 8, 3: 8, 4: 8, 5: 8, 6: 1, 7: 2, 8: 2, 9: 4, 10: 2, 11: 2, 12: 2, 13: 12,
    14: 2, 15: 2, 16: 4, 17: 2, 18: 4, 19: 2, 20: 2,
}  # fmt: skip
"""Bytes that follow the type byte of each parameter without a length."""


class Shape(NamedTuple):
    """What must follow a head."""

    fields: int = 0
    """Bytes before the parameters."""
    size: int | None = None
    """Bytes of the whole message, where that is fixed."""
    first: frozenset[int] = frozenset()
    """Types that the first parameter may have; empty: any, or none at all."""


_M, _P = MessageType, ParameterType
RESPONSES = frozenset(kind for kind in MessageType if kind.name.endswith("_RESPONSE"))
"""Answers to the host; each begins with its status."""
_BARE = (_M.KEEPALIVE, _M.KEEPALIVE_ACK, _M.ENABLE_EVENTS_AND_REPORTS, _M.CLOSE_CONNECTION,
         _M.GET_ROSPECS, _M.GET_ACCESSSPECS, _M.GET_REPORT, _M.GET_SUPPORTED_VERSION)  # fmt: skip
_NAMING_A_SPEC = (_M.DELETE_ROSPEC, _M.START_ROSPEC, _M.STOP_ROSPEC, _M.ENABLE_ROSPEC,
                  _M.DISABLE_ROSPEC, _M.DELETE_ACCESSSPEC, _M.ENABLE_ACCESSSPEC,
                  _M.DISABLE_ACCESSSPEC)  # fmt: skip

SHAPES: dict[MessageType, Shape] = {
    **{kind: Shape(first=frozenset({_P.LLRP_STATUS})) for kind in (*RESPONSES, _M.ERROR_MESSAGE)},
    **{kind: Shape(size=HEADER) for kind in _BARE},
    **{kind: Shape(4, HEADER + 4) for kind in _NAMING_A_SPEC},
    _M.GET_SUPPORTED_VERSION_RESPONSE: Shape(2, first=frozenset({_P.LLRP_STATUS})),
    _M.SET_PROTOCOL_VERSION: Shape(1, HEADER + 1),
    _M.GET_READER_CAPABILITIES: Shape(1),
    _M.GET_READER_CONFIG: Shape(7),
    _M.SET_READER_CONFIG: Shape(1),
    _M.ADD_ROSPEC: Shape(first=frozenset({_P.ROSPEC})),
    _M.ADD_ACCESSSPEC: Shape(first=frozenset({_P.ACCESSSPEC})),
    _M.RO_ACCESS_REPORT: Shape(),
    _M.READER_EVENT_NOTIFICATION: Shape(first=frozenset({_P.READER_EVENT_NOTIFICATION_DATA})),
    _M.CUSTOM_MESSAGE: Shape(5),
}
"""How each message is built; what does not fit is no message."""
