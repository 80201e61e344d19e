"""A card's number as the bits that a reader with Wiegand formats tells (HID's published ones).

H10301: even parity, facility 8, card 16, odd parity; H10306: 16 and 16; H10302: card 35, no
facility; H10304: 16 and 19. Each parity bit covers its half of the data; of 35 data bits the
middle one is in both halves. A UID is told as its plain bits.
"""

from __future__ import annotations

__all__ = ["FORMATS", "card_bits"]

FORMATS = {"H10301": (8, 16), "H10306": (16, 16), "H10302": (0, 35), "H10304": (16, 19)}
"""Bits of facility and card."""
_USUAL = {"w26": "H10301", "w34": "H10306", "w37": "H10304"}


def card_bits(credential: str, name: str | None = None) -> tuple[int, bytes]:
    """Number of bits and the bits, left-aligned in bytes, of `w26:F:C` and the like or
    `uid:HEX`; `name`: the format, where not the scheme's usual one.

    Raises ValueError for a number that the format cannot hold.
    """
    scheme, _, value = credential.partition(":")
    if scheme == "uid":
        raw = bytes.fromhex(value)
        return len(raw) * 8, raw
    facility_bits, card_size = FORMATS[name or _USUAL[scheme]]
    facility, card = (int(part) for part in value.split(":"))
    if facility >> facility_bits or card >> card_size:
        raise ValueError(f"{credential} seen; {facility_bits} and {card_size} bits are due")
    data = format(facility << card_size | card, f"0{facility_bits + card_size}b")
    half = -(-len(data) // 2)
    even = data[:half].count("1") % 2
    odd = 1 - data[len(data) - half :].count("1") % 2
    bits = f"{even}{data}{odd}"
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return len(bits), int(padded, 2).to_bytes(len(padded) // 8, "big")
