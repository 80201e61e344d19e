"""UHF readers of Chafon and kin (UHFReader18, 288, 86, RRU): `len addr cmd data… crcLo crcHi`.

`len` does not count itself, so a frame has len + 1 bytes. The check is CRC-16/MCRF4XX over all
before it. 57600 8N1 as a rule. The first byte of an answer's data is its status.

No byte begins a frame, so any may: a candidate is believed for its length, command and check,
and refused as early as its content contradicts its length. The list of tags in an inventory
answer gives the length a second time.

Two layouts of that list exist, and no byte of it says which: 18 is `status num (len epc)*`, 288 is
`status antennas num (len epc rssi)*`. The model decides (command 21): option `layout`. Only
command 0F is met in both layouts at the same model. A pushed tag (EE) tells its layout by its
length: an EPC is whole words, so with antenna, length and RSSI it is odd, and alone even.

A frame yields a tag for each entry. `antennas` is a mask; a tag that several antennas heard has
no antenna, only `antenna_mask`. RSSI stays raw: no source at hand relates it to dBm.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.chafon_requests import LENGTH_MIN, Request, is_sound
from gatekeeper.readers.codecs.chafon_table import (
    INVENTORIES,
    LONGEST_BODY,
    MODELS,
    Command,
    Status,
    layout_of,
)
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["ChafonCodec"]

SCHEME = "epc:"
EPC_MAX = 62
TID_FLAG, TID_SIZE = 0x80, 12
"""Bit of an entry's length: 12 bytes of TID follow the EPC (Impinj FastID)."""
REQUEST_BODIES = (0, 2, 9)
"""Lengths of the data in a host's inventory command: none, TID words, or all but a mask."""
RESULT_BODY = 8
"""Longest body of an inventory's answer without a list: its statistics."""
LISTS = range(Status.COMPLETE, Status.MEMORY_FULL + 1)
REPORT_MAX = 32
"""Longest body of a pushed frame that is no tag; a heartbeat has 17 bytes, or its status alone."""
_NAMES = {status.value: status.name.lower() for status in Status}
_COMMANDS = {command.value: command for command in Command}
_LISTING = frozenset(command.value for command in (*INVENTORIES, Command.PUSH))
_ROOM = [LONGEST_BODY[_COMMANDS[code]] if code in _COMMANDS else 0 for code in range(256)]
"""By the command's byte, the longest body that is believed."""
_CONTRADICTED = Refusal(GarbageReason.LENGTH)
_HEAD = re.compile(b"[\x04-\xff](?:.[" + re.escape(bytes(_COMMANDS)) + rb"]|.?\Z)", re.DOTALL)
"""Where a frame may begin: a length that can be one and, once it has come, a known command."""


class _Entry(NamedTuple):
    epc: bytes
    tid: bytes
    rssi: int | None


class ChafonCodec(StreamCodec):
    """Bytes of a UHFReader, in both directions, to tags and answers."""

    wire = "chafon"
    start = None
    longest = 0x100
    options = (
        Option(
            "layout",
            "Layout of tag lists: 288 with antenna and RSSI, 18 (UHFReader18) without.",
            "288",
            choices=("288", "18"),
        ),
    )

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag or Answer whose details a decoder of this wire has filled in.

        A tag out of a list of several comes out as a list of one.
        """
        if not isinstance(frame, Tag | Answer):
            raise CodecError(f"chafon: {frame!r} seen; a tag or an answer is due")
        try:
            name = frame.detail("command")
            if isinstance(frame, Tag):
                command = Command[str(name or "inventory").upper()]
                data = _tag_body(frame, command, with_antenna=self.chosen["layout"] == "288")
            else:
                command, data = Command[str(name).upper()], _hex(frame, "data")
            return Request(command, data, int(frame.detail("address") or 0)).to_bytes()
        except (KeyError, ValueError, OverflowError) as error:
            raise CodecError(
                f"chafon: {frame!r} seen; an EPC of 1 to 31 words, or a command with its data, "
                "is due"
            ) from error

    def _begin(self, position: int) -> int:
        found = _HEAD.search(self._buffer, position)
        return found.start() if found else len(self._buffer)

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if len(data) < 3:
            return None
        # Any byte may begin a frame, so this is asked for nearly each: no enum is looked up
        # and nothing is copied before it looks like one.
        code, size = data[2], data[0] + 1
        body_size = size - 1 - LENGTH_MIN
        if body_size > _ROOM[code]:
            return _CONTRADICTED
        told = code in _LISTING and body_size > 0 and len(data) > 3
        if told and not self._fits(code, data, body_size):
            return _CONTRADICTED
        if len(data) < size:
            return None
        command, raw = _COMMANDS[code], data[:size]
        if not is_sound(raw):
            return Refusal(GarbageReason.CHECKSUM, size)
        first, *rest = self._frames(command, raw)
        return Match(first, size, tuple(rest))

    def _fits(self, code: int, data: bytes, size: int) -> bool:
        """Whether what has come of the body, from data[3] on, does not contradict `size`."""
        if code == Command.PUSH:
            return _push_fits(data[3 : 3 + size], size)
        if size == 1 or size in REQUEST_BODIES:
            return True
        if data[3] not in LISTS:
            return size <= RESULT_BODY
        body = data[3 : 3 + size]
        return any(
            _walk(body, size, with_antenna=shape) is not None
            for shape in self._shapes(_COMMANDS[code])
        )

    def _shapes(self, command: Command) -> tuple[bool, ...]:
        """Layouts to try: whether a list has antenna and RSSI."""
        if self.chosen["layout"] == "18":
            return (False,)
        return (True, False) if command is Command.SINGLE_INVENTORY else (True,)

    def _frames(self, command: Command, raw: bytes) -> list[Frame]:
        body = raw[3:-2]
        head: Details = (("address", raw[1]), ("command", command.name.lower()))
        if command is Command.PUSH and body[:1] == b"\x00":
            return _pushed(body, head, raw)
        if command in INVENTORIES and len(body) > 1 and body[0] in LISTS:
            for shape in self._shapes(command):
                entries = _walk(body, len(body), with_antenna=shape)
                if entries is not None:
                    mask = body[1] if shape else None
                    return _listed(entries, body, mask, head, raw)
        return [_answer(command, body, head, raw)]


def _walk(body: bytes, size: int, *, with_antenna: bool) -> list[_Entry] | None:
    """The entries of a list as far as they have come; None where they do not make up `size`."""
    begin = 3 if with_antenna else 2
    entries: list[_Entry] = []
    if len(body) < begin:
        return entries
    at = begin
    for _ in range(body[begin - 1]):
        if at >= size:
            return None
        if at >= len(body):
            return entries
        told = body[at]
        count = told & ~TID_FLAG if with_antenna else told
        tid = TID_SIZE if count != told else 0
        end = at + 1 + count
        if count % 2 or not tid <= count <= EPC_MAX + tid or end + with_antenna > size:
            return None
        rssi = body[end] if with_antenna and end < len(body) else None
        entries.append(_Entry(body[at + 1 : end - tid], body[end - tid : end], rssi))
        at = end + with_antenna
    return entries if at == size else None


def _push_fits(body: bytes, size: int) -> bool:
    if body[0] != Status.SUCCESS:
        return size <= REPORT_MAX
    if size % 2:  # status and whole words
        return 3 <= size <= 1 + EPC_MAX
    return len(body) < 3 or (body[2] <= EPC_MAX and size == 4 + body[2])


def _pushed(body: bytes, head: Details, raw: bytes) -> list[Frame]:
    if len(body) % 2:
        return _listed([_Entry(body[1:], b"", None)], body, None, head, raw)
    return _listed([_Entry(body[3:-1], b"", body[-1])], body, body[1], head, raw)


def _listed(
    entries: list[_Entry], body: bytes, mask: int | None, head: Details, raw: bytes
) -> list[Frame]:
    """A frame for each entry; an answer that names the result where there is none."""
    status: Details = (("status", body[0]),)
    antenna = _antenna(mask)
    if mask is not None:
        status += (("antenna_mask", mask),)
    if not entries:
        details = (*head, ("data", body.hex().upper()), *status, ("tags", 0))
        return [Answer(_NAMES[body[0]], details, raw)]
    found: list[Frame] = []
    for number, entry in enumerate(entries, 1):
        details = head + status
        if entry.rssi is not None:
            details += (("rssi_raw", entry.rssi),)
        if entry.tid:
            details += (("tid", entry.tid.hex().upper()),)
        if len(entries) > 1:
            details += (("number", number), ("tags", len(entries)))
        own = raw if number == 1 else b""
        if entry.epc:
            found.append(Tag(SCHEME + entry.epc.hex().upper(), antenna, None, details, own))
        else:
            # A tag whose EPC memory is blank: seen, but it names nobody.
            blank = (*head, ("data", body.hex().upper()), *details[len(head) :])
            found.append(Answer("tag_without_epc", blank, own))
    return found


def _antenna(mask: int | None) -> int | None:
    """The antenna whose bit alone is set, from 1."""
    return mask.bit_length() if mask and not mask & (mask - 1) else None


def _answer(command: Command, body: bytes, head: Details, raw: bytes) -> Answer:
    details: Details = (*head, ("data", body.hex().upper()))
    name = command.name.lower()
    if not body:
        return Answer(name, details, raw)
    status = body[0]
    if command is Command.GET_READER_INFORMATION and status == 0 and len(body) >= 9:
        return Answer("reader_information", details + _information(body), raw)
    is_result = len(body) == 1 and status in _NAMES and status >= Status.ANTENNA_ERROR
    if command is Command.PUSH or is_result or (command in INVENTORIES and len(body) not in (2, 9)):
        name = _NAMES.get(status, f"status_{status:02x}")
        details += (("status", status),)
    return Answer(name, details, raw)


def _information(body: bytes) -> Details:
    version, kind = body[1:3], body[3]
    return (
        ("version", f"{version[0]}.{version[1]}"),
        ("type", kind),
        ("model", MODELS.get(kind, f"type {kind:02X}")),
        ("layout", layout_of(kind, body)),
        ("power_dbm", body[7]),
        ("scan_time_ms", body[8] * 100),
    )


def _hex(frame: Tag | Answer, name: str) -> bytes:
    return bytes.fromhex(str(frame.detail(name)))


def _tag_body(tag: Tag, command: Command, *, with_antenna: bool) -> bytes:
    """Data of a list of one; what the details leave out is what a common reader would send."""
    part = dict(tag.details)
    epc = bytes.fromhex(tag.credential.removeprefix(SCHEME))
    if not tag.credential.startswith(SCHEME) or len(epc) % 2 or not 2 <= len(epc) <= EPC_MAX:
        raise ValueError(f"{tag.credential!r} is no EPC of 1 to 31 words")
    if command not in INVENTORIES and command is not Command.PUSH:
        raise ValueError(f"{command.name} tells no tags")
    pushed = command is Command.PUSH
    if (pushed or command is Command.SINGLE_INVENTORY) and tag.details:
        with_antenna = "antenna_mask" in part
    status = int(part.get("status", Status.SUCCESS if pushed else Status.COMPLETE))
    tid = bytes.fromhex(str(part.get("tid", "")))
    size = len(epc + tid) | (TID_FLAG if tid else 0)
    mask = int(part.get("antenna_mask", 1 << (tag.antenna or 1) - 1))
    entry = bytes([size]) + epc + tid
    if not with_antenna:
        return bytes([status]) + (epc if pushed else b"\x01" + entry)
    count = b"" if pushed else b"\x01"
    return bytes([status, mask]) + count + entry + bytes([int(part.get("rssi_raw", 0))])
