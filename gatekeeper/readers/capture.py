"""A wire session as a text file: what was said in both directions, and when.

One JSON object a line, so that a file that was cut off is good up to there:

    {"gatekeeper_capture": 1, "driver": …, "wire": …, "line": …, "baud": …, "started_at": …,
     "options": {…}, "masked": false}
    {"t": 0.000000, "event": "opened"}
    {"t": 0.001234, "dir": "out", "hex": "A003FF72EC"}
    {"t": 0.009876, "dir": "in", "hex": "A005017207..."}

`t` is seconds since the start on the monotonic clock, never smaller than the one before;
`out` is what the host sent, `in` what the reader sent. Card numbers in the bytes are real
unless `masked` says otherwise. Reads and writes the format; knows no port and no wire.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

from gatekeeper.errors import UserError

__all__ = [
    "QUIET_US",
    "VERSION",
    "CaptureWriter",
    "Direction",
    "Header",
    "Piece",
    "read_header",
    "read_pieces",
]

VERSION = 1
LINE_MAX = 65_536
"""Longest line that is read, in characters: far above any piece that is written."""
T_MAX = 366 * 86_400
"""Longest session that is read, in seconds."""
BAUD_MAX = 10_000_000
QUIET_US = 250_000
"""Silence after which half a frame will not be completed."""


class Direction(StrEnum):
    """Who spoke, or that nobody did."""

    IN = "in"
    """The reader."""
    OUT = "out"
    """The host."""
    OPENED = "opened"
    """The host took the line (again)."""
    BAUD = "baud"
    """The host changed to another speed."""
    LOST = "lost"
    """The line went or was released."""


_WORDS = tuple(direction.value for direction in Direction)


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a session as a whole."""

    driver: str
    wire: str
    line: str
    """Kind of line, e.g. serial; never its address, which is nobody else's business."""
    baud: int | None
    started_at: float
    """UTC seconds."""
    options: tuple[tuple[str, str | int], ...] = ()
    masked: bool = False
    """Whether card numbers were replaced by made-up ones."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that came together, or an event of the line (no bytes)."""

    t_us: int
    """Microseconds since the start."""
    direction: Direction
    data: bytes = b""
    baud: int | None = None
    """The new speed, at such an event."""


class CaptureWriter:
    """Writes a session line by line; each is flushed, so that a kill loses none."""

    def __init__(self, stream: TextIO, header: Header) -> None:
        self._stream = stream
        self._write(
            {
                "gatekeeper_capture": VERSION,
                "driver": header.driver,
                "wire": header.wire,
                "line": header.line,
                "baud": header.baud,
                "started_at": header.started_at,
                "options": dict(header.options),
                "masked": header.masked,
            }
        )

    def add(self, piece: Piece) -> None:
        """Write one piece."""
        line: dict[str, Any] = {"t": piece.t_us / 1e6}
        if piece.direction in (Direction.IN, Direction.OUT):
            line |= {"dir": piece.direction.value, "hex": piece.data.hex().upper()}
        else:
            line["event"] = piece.direction.value
            if piece.baud is not None:
                line["baud"] = piece.baud
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._stream.flush()


def read_header(line: bytes) -> Header:
    """The first line of a capture. Raises UserError naming what was seen and due."""
    found = _object(line, 1)
    if found.get("gatekeeper_capture") != VERSION:
        seen = f"gatekeeper_capture {_short(found.get('gatekeeper_capture'))}"
        raise _wrong(1, seen, f"a capture of version {VERSION} is due")
    texts = {name: found.get(name) for name in ("driver", "wire", "line")}
    for name, value in texts.items():
        if not isinstance(value, str) or not value.isidentifier():
            raise _wrong(1, f"{name} {_short(value)}", "a name is due")
    baud, options = found.get("baud"), found.get("options")
    started_at = _number(found.get("started_at"))
    if baud is not None and not _is_baud(baud):
        raise _wrong(1, f"baud {_short(baud)}", "a speed or null is due")
    if started_at is None:
        raise _wrong(1, f"started_at {_short(found.get('started_at'))}", "UTC seconds are due")
    if not isinstance(options, dict) or not all(
        isinstance(value, str) or type(value) is int for value in options.values()
    ):
        raise _wrong(1, f"options {_short(options)}", "names with values are due")
    return Header(
        **{name: str(value) for name, value in texts.items()},
        baud=baud,
        started_at=started_at,
        options=tuple(options.items()),
        masked=found.get("masked") is True,
    )


def read_pieces(lines: Iterable[bytes]) -> Iterator[Piece]:
    """The pieces of a capture, from its second line on.

    A last line without an end was cut off while it was written, and is left out. Raises
    UserError naming the line, what was seen and what was due.
    """
    before_us = 0
    for number, line in enumerate(lines, 2):
        if not line.endswith(b"\n"):
            return
        if not line.strip():
            continue
        piece = _piece(_object(line, number), number)
        if piece.t_us < before_us:
            seen = f"t {piece.t_us / 1e6} after {before_us / 1e6}"
            raise _wrong(number, seen, "times in order are due")
        before_us = piece.t_us
        yield piece


def _piece(found: dict[str, Any], number: int) -> Piece:
    t = _number(found.get("t"))
    if t is None or not 0 <= t <= T_MAX:
        raise _wrong(number, f"t {_short(found.get('t'))}", "seconds since the start are due")
    word = found.get("event", found.get("dir"))
    if not isinstance(word, str) or word not in _WORDS:
        raise _wrong(number, _short(word), f"one of {', '.join(_WORDS)} is due")
    direction = Direction(word)
    digits, baud = found.get("hex", ""), found.get("baud")
    try:
        data = bytes.fromhex(digits)
    except (ValueError, TypeError):
        raise _wrong(number, f"hex {_short(digits)}", "pairs of digits are due") from None
    if bool(data) != (direction in (Direction.IN, Direction.OUT)):
        raise _wrong(
            number,
            f"{direction.value} with {len(data)} bytes",
            "bytes are due with in and out, none with an event",
        )
    if (direction is Direction.BAUD) != _is_baud(baud):
        raise _wrong(
            number, f"{direction.value} with baud {_short(baud)}", "a speed is due at baud"
        )
    return Piece(round(t * 1e6), direction, data, baud if direction is Direction.BAUD else None)


def _object(line: bytes, number: int) -> dict[str, Any]:
    if len(line) > LINE_MAX:
        raise _wrong(number, f"{len(line)} bytes", f"at most {LINE_MAX} are due")
    try:
        found = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _wrong(number, _short(line), "a JSON object is due") from None
    if not isinstance(found, dict):
        raise _wrong(number, _short(line), "a JSON object is due")
    return found


def _number(value: object) -> float | None:
    if type(value) is int and abs(value) < 1 << 53:
        return float(value)
    return value if isinstance(value, float) and math.isfinite(value) else None


def _is_baud(value: object) -> bool:
    return type(value) is int and 0 < value <= BAUD_MAX


def _wrong(number: int, seen: str, due: str) -> UserError:
    return UserError(f"line {number}: {seen} seen; {due}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
