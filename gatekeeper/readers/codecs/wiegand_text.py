"""What a line of a Wiegand converter may say: one number, written in one of many ways.

No standard exists. Every way is exact about its number of digits, so that half a line is no
number; which ways are tried is the caller's choice. Where several are tried (`auto`), a line
that two of them read differently is refused: 8 digits may be facility and card in decimal,
or 26 bits in hexadecimal, and only the settings can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs.frames import GarbageReason
from gatekeeper.readers.codecs.wiegand_formats import credential_of, fields_of, with_parity

__all__ = ["Number", "Reading", "read_line", "readings_of", "template_of"]

Reading: TypeAlias = "Callable[[str], str | GarbageReason | None]"
"""A way to read a line: its credential, why the number is wrong, or None: no such line."""

_SEPARATOR = "[ ,:;./-]"
_FIELD = re.compile(r"\{([FCNDH?])(?::([0-9]{1,2}))?\}")


@dataclass(frozen=True, slots=True)
class Number:
    """Numbers of one format: between their bits, their fields and their credential."""

    format: str
    reverse: bool = False
    """Whether the bytes of a raw UID come last first."""

    @property
    def bits(self) -> int:
        """Bits on the reader's two wires; a raw UID of 4 bytes travels between parity bits."""
        return 34 if self.format == "raw" else sum(fields_of(self.format)[1:]) + 2

    @property
    def widths(self) -> tuple[int, int]:
        """Decimal digits of facility and card; no facility: 0."""
        if self.format == "raw":
            return 0, len(str((1 << 32) - 1))
        _, facility, card = fields_of(self.format)
        return len(str((1 << facility) - 1)) if facility else 0, len(str((1 << card) - 1))

    @property
    def scheme(self) -> str:
        """Scheme of the credentials."""
        return "uid" if self.format == "raw" else fields_of(self.format)[0]

    def of_bits(self, value: int) -> str | GarbageReason:
        """The credential of all bits, parity included."""
        if value >> self.bits:
            return GarbageReason.LENGTH
        if self.format != "raw":
            return credential_of(self.format, value, self.bits)
        data = value >> 1 & 0xFFFFFFFF
        if with_parity(data, self.bits) != value:
            return GarbageReason.PARITY
        return self.of_uid(data.to_bytes(4, "big"))

    def of_data(self, data: int) -> str | GarbageReason:
        """The credential of the bits between the parity bits."""
        if data >> (self.bits - 2):
            return GarbageReason.LENGTH
        return self.of_bits(with_parity(data, self.bits))

    def of_uid(self, raw: bytes) -> str:
        """The credential of a raw UID as it came."""
        return f"uid:{(raw[::-1] if self.reverse else raw).hex().upper()}"

    def of_fields(self, facility: int, card: int) -> str | None:
        """The credential of facility and card, None where they are too large."""
        if self.format == "raw":
            return None if card >> 32 else self.of_uid(card.to_bytes(4, "big"))
        scheme, facility_bits, card_bits = fields_of(self.format)
        if facility >> facility_bits or card >> card_bits:
            return None
        return f"{scheme}:{facility}:{card}"

    def data_of(self, credential: str) -> int:
        """The bits between the parity bits. Raises CodecError for another format's."""
        scheme, _, value = credential.partition(":")
        due = f"wiegand: {credential!r} seen; {self.scheme} of {self.format} is due"
        if scheme != self.scheme:
            raise CodecError(due)
        if scheme == "uid":
            if not re.fullmatch(r"[0-9A-F]{8}", value):
                raise CodecError(f"{due}, with 4 bytes")
            raw = bytes.fromhex(value)
            return int.from_bytes(raw[::-1] if self.reverse else raw, "big")
        match = re.fullmatch(r"([0-9]{1,11}):([0-9]{1,11})", value)
        if match is None or self.of_fields(int(match[1]), int(match[2])) is None:
            raise CodecError(due)
        return int(match[1]) << fields_of(self.format)[2] | int(match[2])

    def fields_in(self, data: int) -> tuple[int, int]:
        """Facility and card in the bits between the parity bits."""
        card_bits = 32 if self.format == "raw" else fields_of(self.format)[2]
        return data >> card_bits, data & ((1 << card_bits) - 1)


def read_line(readings: tuple[Reading, ...], text: str) -> str | GarbageReason:
    """The one credential that `readings` find in `text`, or why there is none."""
    found = {reading(text) for reading in readings} - {None}
    credentials = [one for one in found if not isinstance(one, GarbageReason)]
    if len(credentials) == 1 and credentials[0] is not None:
        return credentials[0]
    if not credentials and GarbageReason.PARITY in found:
        return GarbageReason.PARITY
    return GarbageReason.FRAMING


def readings_of(number: Number, form: str) -> tuple[Reading, ...]:
    """How lines of `form` are read."""
    ways: dict[str, tuple[Reading, ...]] = {
        "decimal": (_decimal(number),),
        "hex": (_hex(number, exact=False),),
        "bits": (_bits(number),),
        "prefixed": (_prefixed(number),),
    }
    ways["stx"], ways["stx_hex"] = ways["decimal"], ways["hex"]
    ways["auto"] = (*ways["decimal"], _hex(number, exact=True), *ways["bits"], *ways["prefixed"])
    return ways[form]


def template_of(number: Number, text: str) -> tuple[Reading, Callable[[int], str]]:
    """A reading by template, and the line that it makes of the bits between the parity bits.

    `{F:3}` facility and `{C:5}` card in so many decimal digits (without a number: as many as
    there are), `{N}` all data bits as one decimal number, `{D:6}` data bits and `{H:8}` all
    bits in hexadecimal, `{?:2}` any two characters; all else stands for itself.
    Raises CodecError for a template that does not say the number.
    """
    refused = CodecError(
        f"option template={text} seen; text with {{F:3}} and {{C:5}}, or {{N}}, {{D:6}} or "
        "{H:8} is due, each once"
    )
    names = [match[1] for match in _FIELD.finditer(text)]
    spoken = sorted(name for name in names if name != "?")
    whole = [["N"], ["D"], ["H"], ["C", "F"]] + ([] if number.widths[0] else [["C"]])
    if spoken not in whole or not text.isascii() or not text.isprintable():
        raise refused
    pattern, last = "", 0
    for match in _FIELD.finditer(text):
        width = f"{{{match[2]}}}" if match[2] else "" if match[1] == "?" else "+"
        kind = {"?": ".", "D": "[0-9A-Fa-f]", "H": "[0-9A-Fa-f]"}.get(match[1], "[0-9]")
        group = "" if match[1] == "?" else f"?P<{match[1]}>"
        pattern += re.escape(text[last : match.start()]) + f"({group}{kind}{width})"
        last = match.end()
    compiled = re.compile(pattern + re.escape(text[last:]))
    return lambda line: _by_template(number, compiled.fullmatch(line)), lambda data: _FIELD.sub(
        lambda match: _field(number, data, match[1], int(match[2] or 1)), text
    )


def _by_template(number: Number, match: re.Match[str] | None) -> str | GarbageReason | None:
    if match is None:
        return None
    said = match.groupdict()
    if "H" in said:
        return number.of_bits(int(said["H"], 16))
    if "D" in said:
        return number.of_data(int(said["D"], 16))
    if "N" in said:
        return number.of_data(int(said["N"][:20]))
    return number.of_fields(int(said.get("F", "0")[:20]), int(said["C"][:20]))


def _field(number: Number, data: int, name: str, width: int) -> str:
    facility, card = number.fields_in(data)
    values = {"F": facility, "C": card, "N": data}
    if name in values:
        return f"{values[name]:0{width}d}"
    if name == "?":
        return "0" * width
    return f"{data if name == 'D' else with_parity(data, number.bits):0{width}X}"


def _decimal(number: Number, *, loose: bool = False) -> Reading:
    facility, card = number.widths
    if not facility:
        pattern = f"()([0-9]{{{card}}})"
    elif loose:
        pattern = f"([0-9]{{1,{facility}}}){_SEPARATOR}([0-9]{{1,{card}}})"
    else:
        pattern = f"([0-9]{{{facility}}}){_SEPARATOR}?([0-9]{{{card}}})"
    compiled = re.compile(pattern)

    def reading(text: str) -> str | None:
        match = compiled.fullmatch(text)
        return number.of_fields(int(match[1] or 0), int(match[2])) if match else None

    return reading


def _hex(number: Number, *, exact: bool) -> Reading:
    """All bits in whole bytes; not `exact`: also without leading zeros' padding, or without
    parity bits where what is left fills its digits."""
    padded, fewest = 2 * -(-number.bits // 8), -(-number.bits // 4)
    bare = (number.bits - 2) // 4 if number.bits % 4 == 2 else 0

    def reading(text: str) -> str | GarbageReason | None:
        if not re.fullmatch(r"[0-9A-Fa-f]+", text):
            return None
        if number.format == "raw" and len(text) in (8, 14, 20):
            return number.of_uid(bytes.fromhex(text))
        if len(text) == padded or (not exact and len(text) == fewest):
            found = number.of_bits(int(text, 16))
            return None if found is GarbageReason.LENGTH else found
        return number.of_data(int(text, 16)) if not exact and len(text) == bare else None

    return reading


def _bits(number: Number) -> Reading:
    pattern = re.compile(f"[01]{{{number.bits}}}")
    return lambda text: number.of_bits(int(text, 2)) if pattern.fullmatch(text) else None


def _prefixed(number: Number) -> Reading:
    head = re.compile(rf"[Ww]{number.bits}: ?")
    ways = (_decimal(number), _decimal(number, loose=True))
    if number.format == "raw":
        ways = (_hex(number, exact=True), *ways)  # type: ignore[assignment]

    def reading(text: str) -> str | GarbageReason | None:
        match = head.match(text)
        if match is None:
            return None
        said = text[match.end() :]
        return next((found for way in ways if (found := way(said)) is not None), None)

    return reading
