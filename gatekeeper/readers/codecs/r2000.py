"""UHF modules with the Impinj R2000 'A0' protocol: `A0 len addr cmd data… check`.

`len` counts addr to check, so a frame has len + 2 bytes; all of them sum to 0 mod 256.
115200 8N1. There is no stuffing: A0 occurs inside frames, so a frame is believed for its
length, command and sum, never for its first byte. The PC word of a tag frame counts the
words of its EPC and so gives the length a second time: a damaged length is refused at the
PC word instead of holding the decoder for 255 bytes.

A frame that lost bytes takes as many from the next one; its sum then fits once in 256 times,
and always where the lost byte was an A0 and the next frame's A0 moved up into the place of
the check. So a tag frame is refused when a whole frame begins inside it and reaches beyond
its end: of the two, that one is real.

Tag frames: FreqAnt (bits 0-1 antenna - 1, bits 2-7 channel), PC, EPC, RSSI, and two bytes
of phase where the reader is set so. RSSI is kept raw and as raw - 129 dBm, as pyImpinj has
it. FreqAnt has room for four antennas: of models with eight (option `ports`) bit 7 of RSSI says
that it is one of the second four. Sources of commands and codes: r2000_table.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.r2000_requests import DATA_MAX, HEAD, LENGTH_MIN, Request
from gatekeeper.readers.codecs.r2000_table import (
    DATA_LENGTHS,
    INVENTORIES,
    Command,
    Status,
)
from gatekeeper.readers.codecs.stream import Match, Refusal, StreamCodec

__all__ = ["R2000Codec"]

RSSI_OFFSET = 129
FRAME_MAX = 0xFF + 2
PORTS_MAX = 8
SECOND_GROUP = 0x80
"""Bit of a tag's RSSI at models with eight antennas: antenna 5 to 8."""
ROUND_END = 7
"""Data bytes of the frame that closes a round; no tag frame has as many."""
TAG_FIXED = 4  # FreqAnt, PC high, PC low, RSSI
PHASE_BYTES = {"off": (0,), "on": (2,), "auto": (0, 2)}
_COMMANDS = {int(command): command for command in Command}
_NAMES = {command: command.name.lower() for command in Command}
"""Looked up: enum members take their time, and frames are many."""
_NO_COMMAND = Refusal(GarbageReason.FRAMING)
VALUES_OF = {
    # Commands whose single data byte is a value and not a status, up to this value.
    Command.SET_WORK_ANTENNA: 0x0F,
    Command.GET_WORK_ANTENNA: 0x0F,
    Command.GET_ANT_CONNECTION_DETECTOR: 0xFF,
    Command.GET_RF_LINK_PROFILE: 0xFF,
    Command.GET_OUTPUT_POWER: 0xFF,
    Command.GET_IMPINJ_FAST_TID: 0xFF,
    Command.GET_RF_PORT_RETURN_LOSS: 0xED,
}


class R2000Codec(StreamCodec):
    """Bytes of an R2000 'A0' reader to tags and answers."""

    wire = "r2000"
    start = HEAD
    longest = 2 * FRAME_MAX - 1
    options = (
        Option(
            "phase",
            "Whether tag frames end with two bytes of phase; auto takes both by length.",
            "auto",
            choices=("auto", "on", "off"),
        ),
        Option(
            "ports",
            "Antenna ports of the model: with 8, bit 7 of a tag's RSSI means antennas 5 to 8.",
            "4",
            choices=("4", "8"),
        ),
    )

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        self._ports = int(self.chosen["ports"])
        self._phase = PHASE_BYTES[str(self.chosen["phase"])]

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag or Answer whose details a decoder of this wire has filled in."""
        if isinstance(frame, Tag):
            return _tag_request(frame, self._ports).to_bytes()
        if isinstance(frame, Answer):
            try:
                command = Command[str(frame.detail("command")).upper()]
                data = bytes.fromhex(str(frame.detail("data")))
                return Request(command, data, int(frame.detail("address") or 0)).to_bytes()
            except (KeyError, ValueError) as error:
                raise CodecError(f"r2000: {frame!r} seen; command and data are due") from error
        raise CodecError(f"r2000: {frame!r} seen; a tag or an answer is due")

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        found = self._judge(data)
        if not isinstance(found, Match) or not isinstance(found.frame, Tag):
            return found
        for place in _heads_within(data, found.size):
            following = data[place:]
            if len(following) > 3 and following[3] not in INVENTORIES:
                continue  # in a round, only frames of the round follow
            successor = self._judge(following)
            if isinstance(successor, Match) and place + successor.size > found.size:
                return Refusal(GarbageReason.CHECKSUM, place)
            if successor is None and not at_end:
                return None
        return found

    def _judge(self, data: bytes) -> Match | Refusal | None:
        if len(data) > 1 and data[1] < LENGTH_MIN:
            return Refusal(GarbageReason.LENGTH)
        if len(data) < 4:
            return None
        command = _COMMANDS.get(data[3])
        if command is None:
            return _NO_COMMAND
        count = data[1] - LENGTH_MIN
        is_tag = command in INVENTORIES and count >= TAG_FIXED and count != ROUND_END
        if is_tag:
            if len(data) < 7:
                return None
            if count - TAG_FIXED - _epc_size(data[5]) not in self._phase:
                is_tag = False
        if not is_tag and count not in DATA_LENGTHS.get(command, range(DATA_MAX + 1)):
            return Refusal(GarbageReason.LENGTH)
        size = data[1] + 2
        if len(data) < size:
            return None
        raw = data[:size]
        if sum(raw) & 0xFF:
            return Refusal(GarbageReason.CHECKSUM, size)
        found = _tag(command, raw, self._ports) if is_tag else _answer(command, raw, self._ports)
        return Match(found, size)


def _heads_within(data: bytes, size: int) -> list[int]:
    """Where in a tag frame the next frame may have moved up to: at each A0.

    The last byte of the EPC is left out: to tell there takes bytes of the next frame, and so
    much waiting (one tag in 256) that good reads would lose more than damaged ones gain.
    No reader sends A0 as RSSI (31 dBm), so that place costs nothing.
    """
    if data.find(HEAD, 1, size) < 0:
        return []  # nearly always; frames are many
    return [place for place in range(1, size) if data[place] == HEAD and place != size - 3]


def _epc_size(pc_high: int) -> int:
    """Bytes of EPC that the PC word (bits 11-15, in words) announces."""
    return (pc_high >> 3) * 2


def _tag(command: Command, raw: bytes, ports: int) -> Frame:
    data, epc_end = raw[4:-1], 3 + _epc_size(raw[5])
    rssi, phase = data[epc_end], data[epc_end + 1 :]
    details: Details = (
        ("address", raw[2]),
        ("command", _NAMES[command]),
        ("freq_index", data[0] >> 2),
        ("pc", data[1:3].hex().upper()),
        ("rssi_raw", rssi),
    )
    if phase:
        details += (("phase", int.from_bytes(phase, "big")),)
    antenna = (data[0] & 0x03) + 1
    if ports == PORTS_MAX:
        antenna += 4 if rssi & SECOND_GROUP else 0
        rssi &= ~SECOND_GROUP
    if epc_end == 3:
        # A tag whose EPC memory is blank: seen, but it names nobody.
        details = (*details[:2], ("data", data.hex().upper()), ("antenna", antenna))
        return Answer("tag_without_epc", details, raw)
    credential = f"epc:{data[3:epc_end].hex().upper()}"
    return Tag(credential, antenna, rssi - RSSI_OFFSET, details, raw)


def _answer(command: Command, raw: bytes, ports: int) -> Answer:
    data = raw[4:-1]
    details: Details = (
        ("address", raw[2]),
        ("command", _NAMES[command]),
        ("data", data.hex().upper()),
    )
    if command in INVENTORIES and len(data) == ROUND_END:
        return Answer("round_end", details + _round_end(command, data, ports), raw)
    if command is Command.FAST_SWITCH_ANT_INVENTORY and len(data) == 2:
        return Answer(*_status(data[1], (*details, ("antenna", data[0] + 1))), raw)
    if len(data) == 1 and data[0] > VALUES_OF.get(command, -1):
        requests_repeat = command in INVENTORIES and data[0] not in Status._value2member_map_
        if not requests_repeat:
            return Answer(*_status(data[0], details), raw)
    if command is Command.SET_WORK_ANTENNA and data:
        details += (("antenna", data[0] + 1),)
    if command is Command.GET_FIRMWARE_VERSION and len(data) == 2:
        details += (("version", f"{data[0]}.{data[1]}"),)
    return Answer(_NAMES[command], details, raw)


def _status(code: int, details: Details) -> tuple[str, Details]:
    known = code in Status._value2member_map_
    name = Status(code).name.lower() if known else f"status_{code:02x}"
    return name, (*details, ("code", code))


def _round_end(command: Command, data: bytes, ports: int) -> Details:
    if command is Command.FAST_SWITCH_ANT_INVENTORY:
        total, duration = int.from_bytes(data[:3], "big"), int.from_bytes(data[3:], "big")
        return (("total_read", total), ("duration_ms", duration))
    return (
        ("antenna", data[0] % ports + 1),
        ("read_rate", int.from_bytes(data[1:3], "big")),
        ("total_read", int.from_bytes(data[3:], "big")),
    )


def _tag_request(tag: Tag, ports: int) -> Request:
    """The frame of `tag`; what its details leave out is what a plain reader would send."""
    part = dict(tag.details)
    try:
        epc = bytes.fromhex(tag.credential.removeprefix("epc:"))
        words, odd = divmod(len(epc), 2)
        if odd or not 1 <= words <= 31 or not tag.credential.startswith("epc:"):
            raise ValueError(f"{len(epc)} bytes of EPC")
        pc = bytes.fromhex(str(part.get("pc", f"{words << 11:04X}")))
        group, port = divmod((tag.antenna or 1) - 1, 4)
        if not 0 <= group < ports // 4:
            raise ValueError(f"antenna {tag.antenna} of {ports}")
        antenna = bytes([int(part.get("freq_index", 0)) << 2 | port])
        rssi = int(part.get("rssi_raw", (tag.rssi_dbm or -RSSI_OFFSET) + RSSI_OFFSET))
        rssi |= SECOND_GROUP * group
        phase = int(part["phase"]).to_bytes(2, "big") if "phase" in part else b""
        command = Command[str(part.get("command", "real_time_inventory")).upper()]
        data = antenna + pc + epc + bytes([rssi]) + phase
        return Request(command, data, int(part.get("address", 1)))
    except (KeyError, ValueError, OverflowError) as error:
        due = f"an EPC of 1 to 31 words at one of {ports} antennas is due"
        raise CodecError(f"r2000: {tag!r} seen; {due}") from error
