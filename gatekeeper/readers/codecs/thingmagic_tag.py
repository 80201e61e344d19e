"""The record of one streamed tag in a ThingMagic answer (op 22): fields by flags, PC, EPC, CRC.

    FF len 22 status(2) option flags(2) metadata(2) 01 | fields … | bits(2) PC [XPC] EPC crc(2)

Which fields there are is told by the metadata flags, in the order of FIELDS. A tag whose PC
has bit 9 set sends one or two words of XPC before its EPC; they are no part of it.
Source: ThingMagic Mercury API, TMR_SR_parseMetadataFromMessage.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag
from gatekeeper.readers.codecs.gen2 import tag_crc
from gatekeeper.readers.codecs.thingmagic_requests import HEAD, message_crc
from gatekeeper.readers.codecs.thingmagic_table import FIELDS, GEN2, Op

__all__ = ["contradicts", "encode_tag", "is_tag", "tag_frame"]

_HEAD_AT, _FLAGS_AT, _TYPE_AT, _FIELDS_AT = 5, 8, 10, 11
_TAG_TYPE = 0x01
_PLAIN_HEAD = "10001B01FF01"
"""Option 10, search flags 001B, metadata 01FF, one tag: as start_reading asks for."""
_KNOWN_FLAGS = sum(flag for flag, _, _ in FIELDS)
_DATA_FLAG = 0x0080
_XPC_IN_PC, _XPC_W2_IN_W1 = 0x0200, 0x8000
_PC_AND_CRC_BITS = 32


class _Layout(NamedTuple):
    """Where the fields lie for one set of flags."""

    before: tuple[tuple[str, int, int], ...]
    """Name, place in the frame, bytes; up to the length of embedded data."""
    data_at: int | None
    """Where that length stands."""
    after: tuple[tuple[str, int], ...]
    """Name and bytes of the fields behind the embedded data."""
    end: int
    """Where the number of EPC bits stands if no data is embedded."""


@cache
def _layout(flags: int) -> _Layout:
    at, data_at = _FIELDS_AT, None
    before: list[tuple[str, int, int]] = []
    after: list[tuple[str, int]] = []
    for flag, name, size in FIELDS:
        if not flags & flag:
            continue
        if flag == _DATA_FLAG:
            data_at = at
        elif data_at is None:
            before.append((name, at, size))
        else:
            after.append((name, size))
        at += size
    return _Layout(tuple(before), data_at, tuple(after), at)


def is_tag(raw: bytes) -> bool:
    """Whether this answer, or as much of it as has come, is the record of a tag."""
    return (
        len(raw) > _TYPE_AT
        and raw[1] > _TYPE_AT - _HEAD_AT  # else that byte is already the next frame's
        and raw[2] == Op.READ_TAG_ID_MULTIPLE
        and raw[3] == raw[4] == 0
        and raw[_TYPE_AT] == _TAG_TYPE
        and not _flags(raw) & ~_KNOWN_FLAGS
    )


def contradicts(raw: bytes) -> bool:
    """Whether the record that begins here cannot be as long as its frame says."""
    if not is_tag(raw):
        return False
    end = raw[1] + _HEAD_AT
    raw = raw[:end]  # what follows belongs to others, and may not have come yet
    at = _bits_at(raw)
    if at is None:
        return len(raw) == end
    if len(raw) < at + 2:
        return at + 2 > end
    bits = _number(raw, at, 2)
    if bits < _PC_AND_CRC_BITS or bits % 16 or at + 2 + bits // 8 != end:
        return True
    if len(raw) < at + 6:
        return False
    pc = _number(raw, at + 2, 2)
    rest = bits // 16 - 2  # words of XPC and EPC
    return pc >> 11 not in (rest, rest - _xpc_words(raw, at + 2))


def tag_frame(raw: bytes) -> Frame:
    """The tag of a whole record; an Answer where it names nobody."""
    layout = _layout(_flags(raw))
    at = _bits_at(raw)
    assert at is not None  # noqa: S101 (the frame is whole)
    details: Details = (
        ("op", "read_tag_id_multiple"),
        ("status", 0),
        ("head", raw[_HEAD_AT:_FIELDS_AT].hex().upper()),
    )
    fields = {name: _number(raw, place, size) for name, place, size in layout.before}
    if layout.data_at is not None and (data_bits := _number(raw, layout.data_at, 2)):
        end = layout.data_at + 2 + -(-data_bits // 8)
        details += (("data_bits", data_bits), ("data", raw[layout.data_at + 2 : end].hex().upper()))
    place = at - sum(size for _, size in layout.after)
    for name, size in layout.after:
        fields[name] = _number(raw, place, size)
        place += size
    return _named(raw, at, fields, details)


def _named(raw: bytes, at: int, fields: dict[str, int], details: Details) -> Frame:
    rssi = fields.pop("rssi", None)
    ports = fields.pop("antenna", None)
    protocol = fields.get("protocol", GEN2)
    epc_at = at + 4 + 2 * _xpc_words(raw, at + 2)
    antenna = None
    if ports is not None:
        antenna = ports >> 4 or 16
        details += (("antenna_tx", antenna), ("antenna_rx", ports & 0x0F or 16))
    details += tuple(fields.items())
    details += (("pc", raw[at + 2 : at + 4].hex().upper()),)
    if epc_at > at + 4:
        details += (("xpc", raw[at + 4 : epc_at].hex().upper()),)
    details += (("tag_crc", raw[-4:-2].hex().upper()),)
    if epc_at >= len(raw) - 4 or protocol != GEN2:
        # Seen, but it names nobody: a blank EPC memory, or a tag of another protocol.
        name = "tag_without_epc" if protocol == GEN2 else "other_tag"
        head: Details = (("direction", "reader"), *details[:2], ("data", raw[5:-2].hex().upper()))
        return Answer(name, head, raw)
    signed = rssi - 0x100 if rssi is not None and rssi > 0x7F else rssi
    return Tag(f"epc:{raw[epc_at:-4].hex().upper()}", antenna, signed, details, raw)


def encode_tag(tag: Tag) -> bytes:
    """The frame of `tag`; what its details leave out is what a plain module would send.

    Raises ValueError or OverflowError for what the wire cannot carry.
    """
    part = dict(tag.details)
    epc = bytes.fromhex(tag.credential.removeprefix("epc:"))
    if len(epc) % 2 or not 2 <= len(epc) <= 62 or not tag.credential.startswith("epc:"):
        raise ValueError(f"{len(epc)} bytes of EPC; 1 to 31 words are due")
    head = bytes.fromhex(str(part.get("head", _PLAIN_HEAD)))
    data = bytes.fromhex(str(part.get("data", "")))
    given = {
        "rssi": (tag.rssi_dbm or 0) & 0xFF,
        "antenna": ((tag.antenna or 1) & 0x0F) << 4 | int(part.get("antenna_rx", 1)) & 0x0F,
        "data": int(part.get("data_bits", 0)),
        "protocol": int(part.get("protocol", GEN2)),
    }
    body = b""
    for flag, name, size in FIELDS:
        if int.from_bytes(head[3:5], "big") & flag:
            body += int(given.get(name, part.get(name, 0))).to_bytes(size, "big")
            body += data if name == "data" else b""
    record = bytes.fromhex(
        f"{part.get('pc', f'{len(epc) // 2 << 11:04X}')}{part.get('xpc', '')}{epc.hex()}"
    )
    record += bytes.fromhex(str(part.get("tag_crc", f"{tag_crc(record):04X}")))
    content = head + body + (8 * len(record)).to_bytes(2, "big") + record
    whole = bytes([len(content), Op.READ_TAG_ID_MULTIPLE, 0, 0]) + content
    return bytes([HEAD]) + whole + message_crc(whole).to_bytes(2, "big")


def _number(raw: bytes, at: int, size: int) -> int:
    return int.from_bytes(raw[at : at + size], "big")


def _flags(raw: bytes) -> int:
    return _number(raw, _FLAGS_AT, 2)


def _bits_at(raw: bytes) -> int | None:
    """Where the number of EPC bits stands; None where that has not come yet."""
    layout = _layout(_flags(raw))
    if layout.data_at is None:
        return layout.end
    if len(raw) < layout.data_at + 2:
        return None
    return layout.end + -(-_number(raw, layout.data_at, 2) // 8)


def _xpc_words(raw: bytes, pc_at: int) -> int:
    if not _number(raw, pc_at, 2) & _XPC_IN_PC:
        return 0
    return 2 if _number(raw, pc_at + 2, 2) & _XPC_W2_IN_W1 else 1
