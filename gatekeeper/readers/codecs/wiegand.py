"""Wiegand numbers through a serial converter, in the forms that converters are known to send.

The reader's two wires carry 26, 34 or 37 bits; what they mean is the format, what the
converter makes of them is the form, and both are settings. No standard exists for the serial
side and no capture was found, so each form is exact and a template serves the rest:

    binary    the bits right-aligned in whole bytes, high byte first: 02 3E 02 A3
    decimal   facility and card in fixed digits: 03100337, 031,00337
    hex       all bits, or those between the parity bits: 023E02A3, 1F0151
    bits      as ones and zeros: 10001111100000001010100011
    prefixed  W26:31,337 or W26:03100337
    stx       02, decimal digits, the XOR of these characters as two hex digits, 03
    stx_hex   the same with hex digits
    bytes     raw only: the UID's 4, 7 or 10 bytes, ended by silence
    auto      binary, or a line of text that only one of the forms above explains

Lines end as `end` says. The only check is two parity bits (none in decimal), and binary
frames have no start: they are told by their place after silence or after another, and by
their unused high bits, which are zero. So this wire is weak, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import xor

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import Details, Frame, GarbageReason, Tag
from gatekeeper.readers.codecs.lines import END_OPTION, ENDS, LineCodec
from gatekeeper.readers.codecs.options import Option
from gatekeeper.readers.codecs.stream import Match, Refusal
from gatekeeper.readers.codecs.wiegand_formats import FORMATS, with_parity
from gatekeeper.readers.codecs.wiegand_text import (
    Number,
    Reading,
    read_line,
    readings_of,
    template_of,
)

__all__ = ["WiegandCodec"]

STX, ETX = 0x02, 0x03
LINE_MAX = 64
TEXT_MIN = 6
"""Fewer characters are no number in any form: 26 bits without parity have six digits."""
UID_SIZES = (4, 7, 10)
FORMS = ("auto", "binary", "decimal", "hex", "bits", "prefixed", "stx", "stx_hex", "bytes")
TEXT_OR_END = re.compile(rb"[ -~\r\n]")
TEXT_AND_ENDS = re.compile(rb"[ -~\r\n]*")
TEXT_LINE = re.compile(rb"[ -~]*")
NOISE = re.compile(rb"[^ -~]+")
"""Between lines, where no binary frame is due."""
STX_TEXT = re.compile(rb"\x02([0-9A-Fa-f ,:;./-]*)")


class WiegandCodec(LineCodec):
    """Bytes of a Wiegand converter to tags."""

    wire = "wiegand"
    longest = LINE_MAX + 2
    line_max = LINE_MAX
    stops = re.compile(rb"[^ -~]")
    options = (
        Option("format", "What the bits mean: H10301 (26 bits, facility and card), H10306 (34), "
               "H10302 (37, card alone), H10304 (37, facility and card) or raw (a UID of 4 bytes "
               "between parity bits). It must be named: the bits do not tell.",
               None, choices=tuple(name.lower() for name in FORMATS)),
        Option("form", "How the converter writes the number; auto takes what can mean one thing "
               "only.", "auto", choices=FORMS),
        END_OPTION,
        Option("template", "A line of any other converter, with fields in braces, e.g. "
               "ID={F:3}-{C:5}; outranks form.", None),
        Option("uid_order", "Order of the bytes of a raw UID: straight, or reversed where the "
               "reader sends the last one first.", "straight", choices=("straight", "reversed")),
    )  # fmt: skip

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(options)
        names = {name.lower(): name for name in FORMATS}
        name = names.get(str(self.chosen.get("format")))
        self._form = str(self.chosen["form"])
        self._number = Number(name or "H10301", self.chosen["uid_order"] == "reversed")
        self._readings = () if self._form in ("binary", "bytes") else self._ways()
        if name is None:
            raise CodecError(
                f"option format not seen; {' or '.join(FORMATS)} is due: the bits do not tell"
            )
        if self._form == "bytes":
            if name != "raw":
                raise CodecError(f"option form=bytes seen with format={name}; format=raw is due")
            self._end = "silence"
        self._shortest = 1 if self._form in ("template", "bytes") else TEXT_MIN
        self._size = -(-self._number.bits // 8)
        self._in_text = False

    def idle(self) -> list[Frame]:
        """The line fell silent: what comes next may be bits or text."""
        frames = super().idle()
        self._in_text = False
        return frames

    def encode(self, frame: Frame) -> bytes:
        """The bytes of a Tag of the chosen format, in the chosen form."""
        if not isinstance(frame, Tag):
            raise CodecError(f"wiegand: {frame!r} seen; a tag is due")
        number, form = self._number, self._form
        data = number.data_of(frame.credential)
        value = with_parity(data, number.bits)
        if form == "template":
            return self._line_of(data).encode() + ENDS[self._end]
        if form in ("auto", "binary"):
            return value.to_bytes(self._size, "big")
        if form == "bytes":
            return data.to_bytes(4, "big")
        facility, card = number.fields_in(data)
        digits = f"{facility:0{number.widths[0]}d}" if number.widths[0] else ""
        digits += f"{card:0{number.widths[1]}d}"
        text = {
            "bits": f"{value:0{number.bits}b}",
            "prefixed": f"W{number.bits}:{digits}",
            "hex": f"{value:0{2 * self._size}X}",
            "stx_hex": f"{value:0{2 * self._size}X}",
        }.get(form, digits).encode()
        if form.startswith("stx"):
            return bytes([STX]) + text + b"%02X" % reduce(xor, text) + bytes([ETX])
        return text + ENDS[self._end]

    def _ways(self) -> tuple[Reading, ...]:
        template = self.chosen.get("template")
        if template is None:
            return readings_of(self._number, self._form)
        reading, self._line_of = template_of(self._number, str(template))
        self._form = "template"
        return (reading,)

    def _match(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        if self._form.startswith("stx"):
            return self._match_stx(data)
        if self._form == "auto":
            return self._match_either(data, at_end=at_end)
        if self._form == "binary":
            return self._match_binary(data)
        lines_only = self._form != "bytes" and not self._overlong
        if lines_only and (noise := NOISE.match(data)):
            return Refusal(GarbageReason.FRAMING, skip=noise.end())
        return super()._match(data, at_end=at_end)

    def _match_either(self, data: bytes, *, at_end: bool) -> Match | Refusal | None:
        """The first byte of 37 bits may be an end of line. After a line it is one; else it is the
        bits' unless text follows it (one card in a thousand of those: then name the form)."""
        is_text = self._overlong or TEXT_OR_END.match(data) is not None
        if is_text and not (self._overlong or self._in_text or self._has_strange_head(data[0])):
            ends, text = self.gaps.match(data), TEXT_AND_ENDS.match(data)
            length = text.end() if text else 0
            if length >= self._size or length == len(data):
                if length < self._size and not at_end:
                    return None
                # Each end of line is judged by the bytes that follow it, as if it came alone.
                known = length if at_end and length == len(data) else length - self._size + 1
                return Refusal(GarbageReason.FRAMING, skip=min(ends.end() if ends else 1, known))
            is_text = False
        found = super()._match(data, at_end=at_end) if is_text else self._match_binary(data)
        if isinstance(found, Match):
            self._in_text = is_text
        return found

    def _match_binary(self, data: bytes) -> Match | Refusal | None:
        if self._has_strange_head(data[0]):
            return Refusal(GarbageReason.FRAMING)
        if len(data) < self._size:
            return None
        raw = data[: self._size]
        found = self._number.of_bits(int.from_bytes(raw, "big"))
        if isinstance(found, GarbageReason):
            return Refusal(found, self._size, skip=self._size)
        return Match(Tag(found, raw=raw), self._size)

    def _has_strange_head(self, first: int) -> bool:
        """Whether `first` has bits that none of the format's has."""
        return first >> (self._number.bits - 8 * (self._size - 1)) != 0

    def _match_stx(self, data: bytes) -> Match | Refusal | None:
        """A start byte inside a frame begins a new one."""
        found = STX_TEXT.match(data)
        if found is None:
            start = data.find(STX)
            return Refusal(GarbageReason.FRAMING, skip=start if start > 0 else len(data))
        at = found.end()
        if at > LINE_MAX:
            return Refusal(GarbageReason.LENGTH)
        if at == len(data):
            return None
        if data[at] != ETX:
            return Refusal(GarbageReason.FRAMING)
        text, check, size = found[1][:-2], found[1][-2:], at + 1
        if not text or check != b"%02X" % reduce(xor, text):
            return Refusal(GarbageReason.CHECKSUM, size, skip=size)
        return self._judge(text, data, size)

    def _read(self, text: bytes) -> tuple[str, Details] | GarbageReason:
        if self._form == "bytes":
            whole = len(text) in UID_SIZES
            return (self._number.of_uid(text), ()) if whole else GarbageReason.LENGTH
        if len(text) < self._shortest:
            return GarbageReason.FRAMING
        line = text.rstrip(b"\r\n") if self._end == "silence" else text
        if not TEXT_LINE.fullmatch(line):
            return GarbageReason.FRAMING
        found = read_line(self._readings, line.decode("ascii").strip())
        return found if isinstance(found, GarbageReason) else (found, ())
