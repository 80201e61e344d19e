"""The tables of the R2000 'A0' protocol: commands, error codes, lengths. No behaviour.

Sources: hex-in/pyImpinj@058fb99 pyImpinj/enums.py and protocol.py (codes and parameters),
espinr/activioty-checkpoints ind903_reader (captures). Names are the manual's, in lower case.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["BENIGN", "DATA_LENGTHS", "INVENTORIES", "Command", "Status"]


class Command(IntEnum):
    """Command bytes; a reader's answer carries the byte of the command it answers."""

    READ_GPIO_VALUE = 0x60
    WRITE_GPIO_VALUE = 0x61
    SET_ANT_CONNECTION_DETECTOR = 0x62
    GET_ANT_CONNECTION_DETECTOR = 0x63
    SET_TEMPORARY_OUTPUT_POWER = 0x66
    SET_READER_IDENTIFIER = 0x67
    GET_READER_IDENTIFIER = 0x68
    SET_RF_LINK_PROFILE = 0x69
    GET_RF_LINK_PROFILE = 0x6A
    RESET = 0x70
    SET_UART_BAUDRATE = 0x71
    GET_FIRMWARE_VERSION = 0x72
    SET_READER_ADDRESS = 0x73
    SET_WORK_ANTENNA = 0x74
    GET_WORK_ANTENNA = 0x75
    SET_OUTPUT_POWER = 0x76
    GET_OUTPUT_POWER = 0x77
    SET_FREQUENCY_REGION = 0x78
    GET_FREQUENCY_REGION = 0x79
    SET_BEEPER_MODE = 0x7A
    GET_READER_TEMPERATURE = 0x7B
    GET_RF_PORT_RETURN_LOSS = 0x7E
    INVENTORY = 0x80
    READ = 0x81
    WRITE = 0x82
    LOCK = 0x83
    KILL = 0x84
    SET_ACCESS_EPC_MATCH = 0x85
    GET_ACCESS_EPC_MATCH = 0x86
    REAL_TIME_INVENTORY = 0x89
    FAST_SWITCH_ANT_INVENTORY = 0x8A
    SESSION_INVENTORY = 0x8B
    SET_IMPINJ_FAST_TID = 0x8C
    SET_AND_SAVE_IMPINJ_FAST_TID = 0x8D
    GET_IMPINJ_FAST_TID = 0x8E
    GET_INVENTORY_BUFFER = 0x90
    GET_AND_RESET_INVENTORY_BUFFER = 0x91
    GET_INVENTORY_BUFFER_TAG_COUNT = 0x92
    RESET_INVENTORY_BUFFER = 0x93
    WRITE_BLOCK = 0x94
    ISO18000_6B_INVENTORY = 0xB0
    ISO18000_6B_READ = 0xB1
    ISO18000_6B_WRITE = 0xB2
    ISO18000_6B_LOCK = 0xB3
    ISO18000_6B_QUERY_LOCK = 0xB4


class Status(IntEnum):
    """What a one-byte answer says."""

    SUCCESS = 0x10
    FAIL = 0x11
    MCU_RESET = 0x20
    CW_ON = 0x21
    ANTENNA_MISSING = 0x22
    WRITE_FLASH = 0x23
    READ_FLASH = 0x24
    SET_OUTPUT_POWER = 0x25
    TAG_INVENTORY = 0x31
    TAG_READ = 0x32
    TAG_WRITE = 0x33
    TAG_LOCK = 0x34
    TAG_KILL = 0x35
    NO_TAG = 0x36
    INVENTORY_OK_BUT_ACCESS_FAIL = 0x37
    BUFFER_IS_EMPTY = 0x38
    NXP_CUSTOM_COMMAND_FAIL = 0x3C
    ACCESS_OR_PASSWORD = 0x40
    PARAMETER_INVALID = 0x41
    WORD_COUNT_TOO_LONG = 0x42
    MEMBANK_OUT_OF_RANGE = 0x43
    LOCK_REGION_OUT_OF_RANGE = 0x44
    LOCK_ACTION_OUT_OF_RANGE = 0x45
    READER_ADDRESS_INVALID = 0x46
    ANTENNA_ID_OUT_OF_RANGE = 0x47
    OUTPUT_POWER_OUT_OF_RANGE = 0x48
    FREQUENCY_REGION_OUT_OF_RANGE = 0x49
    BAUDRATE_OUT_OF_RANGE = 0x4A
    BEEPER_MODE_OUT_OF_RANGE = 0x4B
    EPC_MATCH_LEN_TOO_LONG = 0x4C
    EPC_MATCH_LEN_ERROR = 0x4D
    EPC_MATCH_MODE_INVALID = 0x4E
    FREQUENCY_RANGE_INVALID = 0x4F
    FAIL_TO_GET_RN16_FROM_TAG = 0x50
    DRM_MODE_INVALID = 0x51
    PLL_LOCK_FAIL = 0x52
    RF_CHIP_FAIL_TO_RESPONSE = 0x53
    FAIL_TO_ACHIEVE_OUTPUT_POWER = 0x54
    COPYRIGHT_AUTHENTICATION_FAIL = 0x55
    SPECTRUM_REGULATION = 0x56
    OUTPUT_POWER_TOO_LOW = 0x57
    FAIL_TO_GET_RF_PORT_RETURN_LOSS = 0xEE


BENIGN = frozenset({Status.SUCCESS, Status.NO_TAG, Status.BUFFER_IS_EMPTY})
"""Answers that are no fault of the reader."""

INVENTORIES = frozenset(
    {Command.REAL_TIME_INVENTORY, Command.FAST_SWITCH_ANT_INVENTORY, Command.SESSION_INVENTORY}
)
"""Commands that stream tag frames and close with an end frame."""

DATA_LENGTHS: dict[Command, frozenset[int]] = {
    command: frozenset(lengths)
    for command, lengths in {
        # command: data bytes of its request, its answer, and its error
        Command.READ_GPIO_VALUE: (0, 2, 1),
        Command.WRITE_GPIO_VALUE: (2, 1),
        Command.SET_ANT_CONNECTION_DETECTOR: (1,),
        Command.GET_ANT_CONNECTION_DETECTOR: (0, 1),
        Command.SET_TEMPORARY_OUTPUT_POWER: (1,),
        Command.SET_READER_IDENTIFIER: (12, 1),
        Command.GET_READER_IDENTIFIER: (0, 12, 1),
        Command.SET_RF_LINK_PROFILE: (1,),
        Command.GET_RF_LINK_PROFILE: (0, 1),
        Command.RESET: (0, 1),
        Command.SET_UART_BAUDRATE: (1,),
        Command.GET_FIRMWARE_VERSION: (0, 2, 1),
        Command.SET_READER_ADDRESS: (1,),
        Command.SET_WORK_ANTENNA: (1,),
        Command.GET_WORK_ANTENNA: (0, 1),
        Command.SET_OUTPUT_POWER: (1, 4, 8),
        Command.GET_OUTPUT_POWER: (0, 1, 4, 8),
        Command.SET_FREQUENCY_REGION: (3, 6, 1),
        Command.GET_FREQUENCY_REGION: (0, 3, 6, 1),
        Command.SET_BEEPER_MODE: (1,),
        Command.GET_READER_TEMPERATURE: (0, 2, 1),
        Command.GET_RF_PORT_RETURN_LOSS: (1,),
        Command.INVENTORY: (1, 9),
        Command.REAL_TIME_INVENTORY: (1, 7),
        Command.FAST_SWITCH_ANT_INVENTORY: (10, 18, 7, 1, 2),
        Command.SESSION_INVENTORY: (3, 7, 1),
        Command.SET_IMPINJ_FAST_TID: (1,),
        Command.SET_AND_SAVE_IMPINJ_FAST_TID: (1,),
        Command.GET_IMPINJ_FAST_TID: (0, 1),
        Command.GET_INVENTORY_BUFFER_TAG_COUNT: (0, 2, 1),
        Command.RESET_INVENTORY_BUFFER: (0, 1),
    }.items()
}
"""Data bytes that a command's frames can have, tag frames aside; commands that are not
here vary. A start byte in noise rarely meets a known command and a length that fits."""
