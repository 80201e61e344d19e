"""The tables of the ThingMagic serial protocol: opcodes, status words, lengths. No behaviour.

Sources: ThingMagic Mercury API (serial_reader_imp.h, tmr_status.h); the transport logs of
sparkfun/SparkFun_Simultaneous_RFID_Tag_Reader_Library@5bb51113 "Example Communication Logs".
Names follow the API's, in lower case.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["BENIGN", "FIELDS", "GEN2", "LIMITS", "REGIONS", "Op", "Status"]

GEN2 = 0x05
"""The tag protocol that EPC tags speak."""


class Op(IntEnum):
    """Opcodes; an answer carries that of its command."""

    VERSION = 0x03
    BOOT_FIRMWARE = 0x04
    SET_BAUD_RATE = 0x06
    VERIFY_IMAGE = 0x08
    BOOT_BOOTLOADER = 0x09
    GET_CURRENT_PROGRAM = 0x0C
    HW_VERSION = 0x10
    READ_TAG_ID_SINGLE = 0x21
    READ_TAG_ID_MULTIPLE = 0x22
    WRITE_TAG_ID = 0x23
    WRITE_TAG_DATA = 0x24
    LOCK_TAG = 0x25
    KILL_TAG = 0x26
    READ_TAG_DATA = 0x28
    GET_TAG_ID_BUFFER = 0x29
    CLEAR_TAG_ID_BUFFER = 0x2A
    MULTI_PROTOCOL_TAG_OP = 0x2F
    GET_ANTENNA_PORT = 0x61
    GET_READ_TX_POWER = 0x62
    GET_TAG_PROTOCOL = 0x63
    GET_WRITE_TX_POWER = 0x64
    GET_FREQ_HOP_TABLE = 0x65
    GET_USER_GPIO_INPUTS = 0x66
    GET_REGION = 0x67
    GET_POWER_MODE = 0x68
    GET_READER_OPTIONAL_PARAMS = 0x6A
    GET_PROTOCOL_PARAM = 0x6B
    GET_AVAILABLE_PROTOCOLS = 0x70
    GET_AVAILABLE_REGIONS = 0x71
    GET_TEMPERATURE = 0x72
    SET_ANTENNA_PORT = 0x91
    SET_READ_TX_POWER = 0x92
    SET_TAG_PROTOCOL = 0x93
    SET_WRITE_TX_POWER = 0x94
    SET_FREQ_HOP_TABLE = 0x95
    SET_USER_GPIO_OUTPUTS = 0x96
    SET_REGION = 0x97
    SET_POWER_MODE = 0x98
    SET_READER_OPTIONAL_PARAMS = 0x9A
    SET_PROTOCOL_PARAM = 0x9B


class Status(IntEnum):
    """Status words of an answer."""

    SUCCESS = 0x0000
    WRONG_NUMBER_OF_DATA = 0x0100
    INVALID_OPCODE = 0x0101
    UNIMPLEMENTED_OPCODE = 0x0102
    POWER_TOO_HIGH = 0x0103
    INVALID_FREQ_RECEIVED = 0x0104
    INVALID_PARAMETER_VALUE = 0x0105
    POWER_TOO_LOW = 0x0106
    UNIMPLEMENTED_FEATURE = 0x0109
    INVALID_BAUD_RATE = 0x010A
    INVALID_REGION = 0x010B
    INVALID_IMAGE_CRC = 0x0200
    NO_TAGS_FOUND = 0x0400
    """While tags are streamed: the keep-alive, once a second."""
    NO_PROTOCOL_DEFINED = 0x0401
    INVALID_PROTOCOL = 0x0402
    NO_DATA_READ = 0x0404
    RADIO_NOT_ON = 0x0405
    """Not initialised; mostly: no region was set."""
    GENERAL_TAG_ERROR = 0x040A
    INVALID_FREQ = 0x0500
    CHANNEL_OCCUPIED = 0x0501
    TRANSMITTER_ON = 0x0502
    ANTENNA_NOT_CONNECTED = 0x0503
    OVER_TEMPERATURE = 0x0504
    HIGH_RETURN_LOSS = 0x0505
    """Too much of the power comes back: a bad antenna, or none."""
    INVALID_ANTENNA_CONFIG = 0x0507
    VOLTAGE_OUT_OF_RANGE = 0x0509
    TAG_BUFFER_FULL = 0x0601
    SYSTEM_UNKNOWN_ERROR = 0x7F00
    ASSERT_FAILED = 0x7F01


BENIGN = frozenset({Status.SUCCESS, Status.NO_TAGS_FOUND})
"""What is no fault of anything."""

REGIONS = {
    "na": 0x01, "eu": 0x02, "kr": 0x03, "in": 0x04, "jp": 0x05, "prc": 0x06, "eu2": 0x07,
    "eu3": 0x08, "kr2": 0x09, "prc2": 0x0A, "au": 0x0B, "nz": 0x0C, "na2": 0x0D, "na3": 0x0E,
    "my": 0x10, "id": 0x11, "ph": 0x12, "tw": 0x13, "sg": 0x16, "vn": 0x19, "th": 0x1A,
    "hk": 0x1C, "open": 0xFF,
}  # fmt: skip
"""Region by name, for SET_REGION. A module tells which of them it has (71)."""

FIELDS = (
    (0x0001, "read_count", 1),
    (0x0002, "rssi", 1),
    (0x0004, "antenna", 1),
    (0x0008, "freq_khz", 3),
    (0x0010, "ts_ms", 4),
    (0x0020, "phase", 2),
    (0x0040, "protocol", 1),
    (0x0080, "data", 2),  # its length in bits; the bytes follow
    (0x0100, "gpio", 1),
    (0x0200, "q", 1),
    (0x0400, "link_frequency", 1),
    (0x0800, "target", 1),
)
"""Fields of a streamed tag in the order of the wire: flag, name, bytes."""

_LONG_ANSWERS = {
    Op.HW_VERSION,
    Op.READ_TAG_ID_SINGLE,
    Op.READ_TAG_ID_MULTIPLE,
    Op.READ_TAG_DATA,
    Op.GET_TAG_ID_BUFFER,
    Op.GET_FREQ_HOP_TABLE,
    Op.GET_READER_OPTIONAL_PARAMS,
}
_LONG_COMMANDS = {Op.WRITE_TAG_ID, Op.WRITE_TAG_DATA, Op.SET_FREQ_HOP_TABLE}

LIMITS: dict[int, tuple[int, int]] = {
    op: (0xFF if op in _LONG_ANSWERS else 0x40, 0xFF if op in _LONG_COMMANDS else 0x30) for op in Op
}
"""Most data bytes that an answer and a command of an opcode have."""
# This command is shorter than any tag that it brings, so neither is taken for the other.
LIMITS[Op.READ_TAG_ID_MULTIPLE] = (0xFF, 0x16)
