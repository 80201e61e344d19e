"""The tables of the PN532's host protocol: commands, card types, bounds. No behaviour.

Sources: NXP UM0701-02 chapters 6.2.1 and 7; nfcpy/nfcpy src/nfc/clf/pn532.py (names and codes);
NXP AN10833 (SAK to card type).
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["DATA_MAX", "UID_SIZES", "Command", "card_type"]

DATA_MAX = 265
"""Most bytes from TFI on that a PN532 frame carries (UM0701-02, 6.2.1.2)."""
UID_SIZES = (4, 7, 10)
"""Sizes of an ISO 14443-3 type A UID: single, double, triple."""


class Command(IntEnum):
    """Command bytes; the reader's answer carries the command's byte + 1."""

    DIAGNOSE = 0x00
    GET_FIRMWARE_VERSION = 0x02
    GET_GENERAL_STATUS = 0x04
    READ_REGISTER = 0x06
    WRITE_REGISTER = 0x08
    READ_GPIO = 0x0C
    WRITE_GPIO = 0x0E
    SET_SERIAL_BAUD_RATE = 0x10
    SET_PARAMETERS = 0x12
    SAM_CONFIGURATION = 0x14
    POWER_DOWN = 0x16
    RF_CONFIGURATION = 0x32
    IN_DATA_EXCHANGE = 0x40
    IN_COMMUNICATE_THRU = 0x42
    IN_DESELECT = 0x44
    IN_JUMP_FOR_PSL = 0x46
    IN_LIST_PASSIVE_TARGET = 0x4A
    IN_PSL = 0x4E
    IN_ATR = 0x50
    IN_RELEASE = 0x52
    IN_SELECT = 0x54
    IN_JUMP_FOR_DEP = 0x56
    RF_REGULATION_TEST = 0x58
    IN_AUTO_POLL = 0x60
    TG_GET_DATA = 0x86
    TG_GET_INITIATOR_COMMAND = 0x88
    TG_GET_TARGET_STATUS = 0x8A
    TG_INIT_AS_TARGET = 0x8C
    TG_SET_DATA = 0x8E
    TG_RESPONSE_TO_INITIATOR = 0x90
    TG_SET_GENERAL_BYTES = 0x92
    TG_SET_META_DATA = 0x94


_TYPES = {
    0x00: "MIFARE Ultralight or NTAG",
    0x08: "MIFARE Classic 1K",
    0x09: "MIFARE Mini",
    0x10: "MIFARE Plus 2K",
    0x11: "MIFARE Plus 4K",
    0x18: "MIFARE Classic 4K",
    0x20: "ISO 14443-4 (DESFire and others)",
    0x28: "MIFARE Classic 1K with ISO 14443-4",
    0x38: "MIFARE Classic 4K with ISO 14443-4",
    0x88: "MIFARE Classic 1K (Infineon)",
}


def card_type(sak: int) -> str:
    """What the select acknowledge (SEL_RES) says of the card; a type, never an identity."""
    return _TYPES.get(sak, f"SAK {sak:02X}")
