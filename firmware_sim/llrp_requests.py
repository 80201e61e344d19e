"""LLRP from the reader's side: what hosts say, taken apart.

Written from the standard (EPCglobal LLRP 1.0.1, binary encoding). Takes what an inventory
needs: settings of keep-alives and events, and inventories with their antennas. What else a
host describes (triggers by time or contact, filters, access to tags' memory) is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Message", "Parser", "RoSpec", "parameters", "read_config", "read_rospec"]

LONGEST_REQUEST = 100_000
"""A host that announces more than this has lost its way."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, its head taken off."""

    type: int
    number: int
    body: bytes


@dataclass(slots=True)
class RoSpec:
    """An inventory as a host described it."""

    number: int
    raw: bytes
    state: int = 0
    """0 disabled, 1 inactive, 2 active."""
    starts: int = 0
    antennas: tuple[int, ...] = ()
    every: int = 0
    """Tags in a report; 0: only at the end of the inventory."""
    selector: int = 0
    """Which parts of a tag's report are wanted, a bit each, in the standard's order."""
    powers: dict[int, int] = field(default_factory=dict)
    """Index of transmit power by antenna."""
    sessions: dict[int, int] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=dict)


class Parser:
    """Takes messages out of what a host sends. A host that cannot be followed is given up."""

    def __init__(self) -> None:
        self._held = b""

    def clear(self) -> None:
        """Forget half a message."""
        self._held = b""

    def feed(self, data: bytes) -> list[Message]:
        """Whole messages. Raises ValueError for bytes that are none."""
        self._held += data
        found: list[Message] = []
        while len(self._held) >= 10:
            word, size, number = struct.unpack_from("!HII", self._held)
            if not 10 <= size <= LONGEST_REQUEST or not 1 <= word >> 10 <= 2:
                raise ValueError(f"head {self._held[:10].hex()} seen")
            if len(self._held) < size:
                break
            found.append(Message(word & 0x3FF, number, self._held[10:size]))
            self._held = self._held[size:]
        return found


_TV_SIZES = {1: 2, 2: 8, 4: 8, 6: 1, 7: 2, 8: 2, 9: 4, 10: 2, 13: 12, 14: 2, 16: 4}


def parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each parameter. Raises ValueError where lengths do not add up."""
    while data:
        if data[0] & 0x80:
            kind = data[0] & 0x7F
            begin, end = 1, 1 + _TV_SIZES.get(kind, 0)
        else:
            if len(data) < 4:
                raise ValueError(f"{len(data)} bytes of a parameter seen")
            kind, end = struct.unpack_from("!HH", data)
            begin = 4
        if not begin <= end <= len(data):
            raise ValueError(f"parameter {kind} of {end} bytes in {len(data)}")
        yield kind, data[begin:end]
        data = data[end:]


def read_config(body: bytes) -> tuple[int | None, dict[int, bool]]:
    """The keep-alive period in ms (None: not told) and the events asked for, by number."""
    keepalive, events = None, {}
    for kind, content in parameters(body[1:]):
        if kind == 220:
            trigger, period = struct.unpack("!BI", content)
            keepalive = period if trigger else 0
        if kind == 244:
            for _, state in parameters(content):
                number, flag = struct.unpack("!HB", state)
                events[number] = bool(flag & 0x80)
    return keepalive, events


def read_rospec(body: bytes) -> RoSpec:
    """The inventory in the body of ADD_ROSPEC. Raises ValueError or struct.error."""
    ((kind, content),) = parameters(body)
    if kind != 177:
        raise ValueError(f"parameter {kind} seen; 177 is due")
    number, _, state = struct.unpack_from("!IBB", content)
    spec = RoSpec(number, content, state)
    for part, inside in parameters(content[6:]):
        if part == 183:
            _read_antennas(spec, inside)
        elif part == 237:
            _, every = struct.unpack_from("!BH", inside)
            spec.every = every or spec.every
            for selector, flags in parameters(inside[3:]):
                if selector == 238:
                    (spec.selector,) = struct.unpack_from("!H", flags)
    return spec


def _read_antennas(spec: RoSpec, content: bytes) -> None:
    (count,) = struct.unpack_from("!H", content)
    spec.antennas = struct.unpack_from(f"!{count}H", content, 2)
    for kind, inside in parameters(content[2 + 2 * count :]):
        if kind == 184 and inside[0] == 3:  # the inventory ends, and reports, after so many tags
            for observed, trigger in parameters(inside[5:]):
                if observed == 185:
                    (spec.every,) = struct.unpack_from("!H", trigger, 2)
        if kind == 186:
            for part, antenna in parameters(inside[3:]):
                if part == 222:
                    _read_antenna(spec, antenna)


def _read_antenna(spec: RoSpec, content: bytes) -> None:
    (antenna,) = struct.unpack_from("!H", content)
    for kind, inside in parameters(content[2:]):
        if kind == 224:
            spec.powers[antenna] = struct.unpack("!HHH", inside)[2]
        elif kind == 330:
            for part, command in parameters(inside[1:]):
                if part == 335:
                    spec.modes[antenna] = struct.unpack_from("!H", command)[0]
                elif part == 336:
                    spec.sessions[antenna] = command[0] >> 6
