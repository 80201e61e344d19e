"""The tables of the MagicRF M100 protocol: frame types, commands, errors, lengths. No behaviour.

Sources: MagicRF M100 & QM100 firmware manual (also published as EL-UHF-RMT01 protocol,
electron.id, and as M5Stack's Unit RFID-UHF protocol); m5stack/M5Unit-UHF-RFID@a4750369
src/CMD.h for frames. Its WRITE_STORAGE_ERROR carries a wrong checksum and is no source.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = ["BENIGN", "LENGTHS", "REGIONS", "Command", "Error", "Type"]


class Type(IntEnum):
    """Who speaks, and why."""

    COMMAND = 0x00
    """Host to reader."""
    ANSWER = 0x01
    """Reader to host, one for a command."""
    NOTICE = 0x02
    """Reader to host, one for a tag read."""


class Command(IntEnum):
    """Command bytes; an answer carries the byte of its command, or ERROR."""

    MODULE_INFO = 0x03
    IDLE_MODE = 0x04
    SET_REGION = 0x07
    GET_REGION = 0x08
    GET_SELECT = 0x0B
    SET_SELECT = 0x0C
    GET_QUERY = 0x0D
    SET_QUERY = 0x0E
    SET_BAUD = 0x11
    SET_SELECT_MODE = 0x12
    SLEEP = 0x17
    IO_CONTROL = 0x1A
    IDLE_SLEEP_TIME = 0x1D
    SINGLE_POLL = 0x22
    MULTI_POLL = 0x27
    STOP = 0x28
    READ_TAG = 0x39
    WRITE_TAG = 0x49
    KILL_TAG = 0x65
    LOCK_TAG = 0x82
    INSERT_CHANNEL = 0xA9
    GET_CHANNEL = 0xAA
    SET_CHANNEL = 0xAB
    SET_HOPPING = 0xAD
    CONTINUOUS_CARRIER = 0xB0
    SET_POWER = 0xB6
    GET_POWER = 0xB7
    BLOCK_PERMALOCK = 0xD3
    BLOCK_PERMALOCK_DONE = 0xD4
    CHANGE_CONFIG = 0xE0
    READ_PROTECT = 0xE1
    RESET_READ_PROTECT = 0xE2
    CHANGE_EAS = 0xE3
    EAS_ALARM = 0xE4
    QT = 0xE5
    QT_DONE = 0xE6
    SET_DEMODULATOR = 0xF0
    GET_DEMODULATOR = 0xF1
    TEST_BLOCKING = 0xF2
    TEST_CHANNEL_RSSI = 0xF3
    ERROR = 0xFF


class Error(IntEnum):
    """The first parameter of an error answer; those of a tag's own errors are not here
    (A0 to EF, the lower half being the tag's code)."""

    READ_FAIL = 0x09
    WRITE_FAIL = 0x10
    KILL_FAIL = 0x12
    LOCK_FAIL = 0x13
    BLOCK_PERMALOCK_FAIL = 0x14
    NO_TAG = 0x15
    """No tag answered in this round, or its CRC did not fit. Comes once a round."""
    ACCESS_FAIL = 0x16
    COMMAND_ERROR = 0x17
    """The command was not understood."""
    CHANGE_CONFIG_FAIL = 0x1A
    CHANGE_EAS_FAIL = 0x1B
    EAS_ALARM_FAIL = 0x1D
    FHSS_FAIL = 0x20
    """No free channel was found: another transmitter is near."""
    READ_PROTECT_FAIL = 0x2A
    RESET_READ_PROTECT_FAIL = 0x2B
    QT_FAIL = 0x2E


BENIGN = frozenset({Error.NO_TAG})
"""Errors that are no fault of anything."""

REGIONS = {"china900": 0x01, "us": 0x02, "europe": 0x03, "china800": 0x04, "korea": 0x06}
"""Region by name, for SET_REGION. china900 is 920 to 925 MHz, which is Thailand's band too."""

_MASKED = range(7, 7 + 32)
"""The parameters of a selection and a mask of up to 31 bytes."""
_CHANNELS = range(2, 0x60)

_FLAG_ANSWERS = (
    Command.IDLE_MODE,
    Command.SET_REGION,
    Command.GET_REGION,
    Command.SET_SELECT,
    Command.SET_QUERY,
    Command.SET_BAUD,
    Command.SET_SELECT_MODE,
    Command.SLEEP,
    Command.IDLE_SLEEP_TIME,
    Command.STOP,
    Command.INSERT_CHANNEL,
    Command.GET_CHANNEL,
    Command.SET_CHANNEL,
    Command.SET_HOPPING,
    Command.CONTINUOUS_CARRIER,
    Command.SET_POWER,
    Command.SET_DEMODULATOR,
)
_TAG_ANSWERS = (
    Command.READ_TAG,
    Command.WRITE_TAG,
    Command.KILL_TAG,
    Command.LOCK_TAG,
    Command.BLOCK_PERMALOCK,
    Command.BLOCK_PERMALOCK_DONE,
    Command.CHANGE_CONFIG,
    Command.READ_PROTECT,
    Command.RESET_READ_PROTECT,
    Command.CHANGE_EAS,
    Command.QT,
    Command.QT_DONE,
    Command.ERROR,
)
_COMMANDS: dict[Command, Iterable[int]] = {
    Command.MODULE_INFO: (1,),
    Command.IDLE_MODE: (3,),
    Command.SET_REGION: (1,),
    Command.GET_REGION: (0,),
    Command.GET_SELECT: (0,),
    Command.SET_SELECT: _MASKED,
    Command.GET_QUERY: (0,),
    Command.SET_QUERY: (2,),
    Command.SET_BAUD: (2,),
    Command.SET_SELECT_MODE: (1,),
    Command.SLEEP: (0,),
    Command.IO_CONTROL: (3,),
    Command.IDLE_SLEEP_TIME: (1,),
    Command.SINGLE_POLL: (0,),
    Command.MULTI_POLL: (3,),
    Command.STOP: (0,),
    Command.READ_TAG: (9,),
    Command.WRITE_TAG: range(11, 9 + 64 + 1, 2),
    Command.KILL_TAG: (4,),
    Command.LOCK_TAG: (7,),
    Command.INSERT_CHANNEL: _CHANNELS,
    Command.GET_CHANNEL: (0,),
    Command.SET_CHANNEL: (1,),
    Command.SET_HOPPING: (1,),
    Command.CONTINUOUS_CARRIER: (1,),
    Command.SET_POWER: (2,),
    Command.GET_POWER: (0,),
    Command.BLOCK_PERMALOCK: (9, 11),
    Command.CHANGE_CONFIG: (6,),
    Command.READ_PROTECT: (5,),
    Command.CHANGE_EAS: (5,),
    Command.EAS_ALARM: (0,),
    Command.QT: (8,),
    Command.SET_DEMODULATOR: (4,),
    Command.GET_DEMODULATOR: (0,),
    Command.TEST_BLOCKING: (0,),
    Command.TEST_CHANNEL_RSSI: (0,),
}
_ANSWERS: dict[Command, Iterable[int]] = {
    **dict.fromkeys(_FLAG_ANSWERS, (1,)),
    **dict.fromkeys(_TAG_ANSWERS, range(1, 0x100)),
    Command.MODULE_INFO: range(1, 65),
    Command.GET_SELECT: _MASKED,
    Command.GET_QUERY: (2,),
    Command.IO_CONTROL: (3,),
    Command.GET_POWER: (2,),
    Command.EAS_ALARM: (8,),
    Command.GET_DEMODULATOR: (4,),
    Command.TEST_BLOCKING: _CHANNELS,
    Command.TEST_CHANNEL_RSSI: _CHANNELS,
}
_NOTICES: dict[Command, Iterable[int]] = dict.fromkeys(
    (Command.SINGLE_POLL, Command.MULTI_POLL), range(5, 5 + 2 * 31 + 1, 2)
)

LENGTHS: dict[tuple[int, int], frozenset[int]] = {
    (kind, command): frozenset(lengths)
    for kind, table in (
        (Type.COMMAND, _COMMANDS),
        (Type.ANSWER, _ANSWERS),
        (Type.NOTICE, _NOTICES),
    )
    for command, lengths in table.items()
}
"""Parameter bytes that a frame of this type and command can have; what is not here is no
frame of this wire. A start byte in noise rarely meets a known command and a length that fits."""
