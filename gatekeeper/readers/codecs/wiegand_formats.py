"""Wiegand bits to a credential: plain functions for every wire that carries such bits.

A format is chosen in the settings and never guessed: two formats of 37 bits mean different
things, and a raw number of 26 bits is no H10301. Sources: RfidResearchGroup/proxmark3
client/src/wiegand_formats.c for the layouts and their parity.

| name | bits | facility | card | parity |
|---|---|---|---|---|
| H10301 | 26 | 8 | 16 | first bit even over 12 data bits, last odd over 12 |
| H10306 | 34 | 16 | 16 | even over 16, odd over 16 |
| H10302 | 37 | none | 35 | even over 18, odd over 18; the middle bit counts in both |
| H10304 | 37 | 16 | 19 | as H10302 |
| raw | 32, 56 or 80 | | | none: the UID of a card in 4, 7 or 10 bytes |
"""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.readers.codecs.frames import GarbageReason

__all__ = ["FORMATS", "bits_due", "credential_of", "fields_of", "left_aligned", "with_parity"]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Fields of a format between its two parity bits."""

    scheme: str
    facility_bits: int
    card_bits: int
    parity_over: int
    """Data bits that each parity bit covers, counted from its own end."""

    @property
    def bits(self) -> int:
        return self.facility_bits + self.card_bits + 2


_LAYOUTS = {
    "H10301": _Layout("w26", 8, 16, 12),
    "H10306": _Layout("w34", 16, 16, 16),
    "H10302": _Layout("w37", 0, 35, 18),
    "H10304": _Layout("w37", 16, 19, 18),
}
_RAW_BITS = (32, 56, 80)

FORMATS = (*_LAYOUTS, "raw")
"""Names of the formats, as in the settings."""


def bits_due(name: str) -> tuple[int, ...]:
    """How many bits format `name` may have."""
    return _RAW_BITS if name == "raw" else (_LAYOUTS[name].bits,)


def fields_of(name: str) -> tuple[str, int, int]:
    """Scheme, bits of the facility and bits of the card of a format that has parity."""
    layout = _LAYOUTS[name]
    return layout.scheme, layout.facility_bits, layout.card_bits


def with_parity(data: int, bits: int) -> int:
    """`data` between its two parity bits, `bits` in all: what the wires of a reader carry."""
    over = (bits - 1) // 2
    front = (data >> (bits - 2 - over)).bit_count() % 2
    back = 1 - (data & ((1 << over) - 1)).bit_count() % 2
    return front << (bits - 1) | data << 1 | back


def credential_of(
    name: str, value: int, bits: int, *, reverse: bool = False
) -> str | GarbageReason:
    """The credential in `bits` bits, whose first one on the wire is the highest of `value`.

    `w26:F:C`, `w34:F:C`, `w37:F:C` (facility 0 where the format has none) or `uid:HEX`;
    `reverse` turns the bytes of a raw UID round. Instead, why it is none: LENGTH where the
    number of bits is not the format's, PARITY where a parity bit does not fit.
    """
    if bits not in bits_due(name) or value < 0 or value >> bits:
        return GarbageReason.LENGTH
    if name == "raw":
        raw = value.to_bytes(bits // 8, "little" if reverse else "big")
        return f"uid:{raw.hex().upper()}"
    layout = _LAYOUTS[name]
    span = layout.parity_over + 1
    # Each parity bit with the data bits it covers: even at the front, odd at the back.
    front, back = value >> (bits - span), value & ((1 << span) - 1)
    if front.bit_count() % 2 or not back.bit_count() % 2:
        return GarbageReason.PARITY
    data = value >> 1 & ((1 << (bits - 2)) - 1)
    facility, card = data >> layout.card_bits, data & ((1 << layout.card_bits) - 1)
    return f"{layout.scheme}:{facility}:{card}"


def left_aligned(data: bytes, bits: int) -> int | None:
    """The number in the first `bits` bits of `data` (OSDP RAW); None where they are not there
    or more bytes follow than they need."""
    if bits <= 0 or len(data) != -(-bits // 8):
        return None
    return int.from_bytes(data, "big") >> (len(data) * 8 - bits)
