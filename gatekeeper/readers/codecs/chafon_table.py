"""The tables of the Chafon / UHFReader protocol: commands, result codes, models. No behaviour.

Sources: wabson/chafon-rfid@05b55f35 chafon_rfid/command.py and base.py; SID UHF RFID Reader UR
series User Manual v1.14 (chapters 5 and 8, the same protocol); UHFReader18 User's Manual V2.0.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["BENIGN", "INVENTORIES", "LONGEST_BODY", "MODELS", "Command", "Status", "layout_of"]


class Command(IntEnum):
    """Command bytes; a reader's answer carries the byte of the command it answers."""

    INVENTORY = 0x01
    READ_DATA = 0x02
    WRITE_DATA = 0x03
    WRITE_EPC = 0x04
    KILL_TAG = 0x05
    SET_PROTECTION = 0x06
    ERASE_BLOCK = 0x07
    READ_PROTECT_EPC = 0x08
    READ_PROTECT = 0x09
    UNLOCK_READ_PROTECT = 0x0A
    CHECK_READ_PROTECT = 0x0B
    SET_EAS = 0x0C
    CHECK_EAS = 0x0D
    LOCK_BLOCK = 0x0E
    SINGLE_INVENTORY = 0x0F
    WRITE_BLOCK = 0x10
    READ_EXTENDED = 0x15
    WRITE_EXTENDED = 0x16
    INVENTORY_TO_BUFFER = 0x18
    MIX_INVENTORY = 0x19
    INVENTORY_OF_EPC = 0x1A
    QT_INVENTORY = 0x1B
    GET_READER_INFORMATION = 0x21
    SET_FREQUENCY = 0x22
    SET_ADDRESS = 0x24
    SET_SCAN_TIME = 0x25
    SET_BAUD_RATE = 0x28
    SET_POWER = 0x2F
    LIGHT_AND_BUZZER = 0x33
    SET_WIEGAND = 0x34
    SET_WORK_MODE_18 = 0x35
    GET_WORK_MODE_18 = 0x36
    SET_EAS_ACCURACY = 0x37
    SET_TAG_FUNCTION = 0x3A
    SET_TRIGGER_OFFSET = 0x3B
    SET_ANTENNAS = 0x3F
    SET_BUZZER = 0x40
    SET_GPIO = 0x46
    GET_GPIO = 0x47
    GET_SERIAL_NUMBER = 0x4C
    START_FAST_INVENTORY = 0x50
    STOP_FAST_INVENTORY = 0x51
    SET_ANTENNA_CHECK = 0x66
    SET_INTERFACE = 0x6A
    SET_RETURN_LOSS = 0x6E
    SET_BUFFER_LENGTH = 0x70
    GET_BUFFER_LENGTH = 0x71
    GET_BUFFER = 0x72
    CLEAR_BUFFER = 0x73
    GET_BUFFER_COUNT = 0x74
    SET_REAL_TIME_PARAMETERS = 0x75
    SET_WORK_MODE = 0x76
    GET_REAL_TIME_PARAMETERS = 0x77
    SET_HEARTBEAT = 0x78
    SET_WRITE_POWER = 0x79
    GET_WRITE_POWER = 0x7A
    SET_WRITE_TRIES = 0x7B
    SET_PROFILE = 0x7F
    MEASURE_RETURN_LOSS = 0x91
    GET_TEMPERATURE = 0x92
    STOP_INVENTORY = 0x93
    GET_ANTENNA_POWER = 0x94
    SELECT = 0x9A
    SET_EXTENDED = 0xEA
    GET_EXTENDED = 0xEB
    PUSH = 0xEE
    """Sent by the reader without being asked, in active (real-time) mode."""


INVENTORIES = frozenset({Command.INVENTORY, Command.SINGLE_INVENTORY, Command.INVENTORY_OF_EPC,
                         Command.QT_INVENTORY})  # fmt: skip
"""Commands that are answered with a list of tags."""


class Status(IntEnum):
    """Result codes, the first byte of an answer's data."""

    SUCCESS = 0x00
    COMPLETE = 0x01
    SCAN_TIMEOUT = 0x02
    MORE_FOLLOWS = 0x03
    MEMORY_FULL = 0x04
    WRONG_ACCESS_PASSWORD = 0x05
    KILL_FAILED = 0x09
    NOT_SAVED = 0x13
    POWER_NOT_SET = 0x14
    STATISTICS = 0x26
    HEARTBEAT = 0x28
    ANTENNA_ERROR = 0xF8
    EXECUTION_ERROR = 0xF9
    POOR_COMMUNICATION = 0xFA
    NO_TAG = 0xFB
    TAG_ERROR = 0xFC
    WRONG_LENGTH = 0xFD
    ILLEGAL_COMMAND = 0xFE
    WRONG_PARAMETER = 0xFF


BENIGN = frozenset({Status.SUCCESS, Status.COMPLETE, Status.SCAN_TIMEOUT, Status.MORE_FOLLOWS,
                    Status.STATISTICS, Status.HEARTBEAT, Status.NO_TAG})  # fmt: skip
"""Results that are no fault: a round that ended by time, or with nothing to tell."""

MODELS = {0x09: "UHFReader18", 0x0C: "UHFReader288M", 0x0F: "UHFReader86", 0x10: "UHFReader86"}
"""By the type byte of the reader's information."""

_LONG = frozenset({Command.READ_DATA, Command.READ_EXTENDED, Command.GET_BUFFER,
                   Command.WRITE_DATA, Command.WRITE_BLOCK, Command.WRITE_EXTENDED,
                   Command.INVENTORY_TO_BUFFER, Command.MIX_INVENTORY, Command.PUSH,
                   *INVENTORIES})  # fmt: skip
LONGEST_BODY = {command: 251 if command in _LONG else 64 for command in Command}
"""Most bytes between command and check that are believed, so that a false start is short."""


def layout_of(kind: int, body: bytes) -> str:
    """Layout of the tag lists of a reader with type byte `kind` and this information.

    Unknown models are told by the length of their information: eight bytes, as the
    UHFReader18, or more, as those that know antennas.
    """
    if kind in MODELS:
        return "18" if kind == 0x09 else "288"
    return "18" if len(body) <= 9 else "288"
