"""A million packed passes in one piece of memory, found by credential, pass or printed number.

The passes lie one after another in one buffer; open-addressing tables of 4 bytes a slot say
where. Against a dict of a million objects that saves the objects: a third of the memory,
and nothing for the garbage collector to visit. Built once, never changed: what changes
afterwards lies over it (index.py).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gatekeeper.model import Pass

__all__ = ["EM4100", "PassTable", "low_24"]

EM4100 = "em4100:"
_LOW_24 = 0xFFFFFF

_ORDINAL_BITS = 24
_MOST = (1 << _ORDINAL_BITS) - 1
"""Passes that a table can hold: 16 million."""

_decode = msgspec.msgpack.Decoder(Pass).decode


_SHORT = (1 << 30) - 1
"""Hashes are cut to 30 bits, which the interpreter keeps in one digit: a third of the work."""


class _Slots:
    """Hash -> ordinals, by linear probing; a slot is 8 bits of the hash and the ordinal + 1.

    What was put in last is met first.
    """

    __slots__ = ("mask", "slots")

    def __init__(self, hashes: array[int], ordinals: Sequence[int]) -> None:
        # At most half full: then a look-up meets 1.5 slots on average.
        self.mask = mask = (1 << max(4, (2 * len(hashes)).bit_length())) - 1
        self.slots = slots = array("I", bytes(4 * (mask + 1)))
        for short, ordinal in zip(reversed(hashes), reversed(ordinals), strict=True):
            at = short & mask
            while slots[at]:
                at = at + 1 & mask
            slots[at] = short >> 22 << _ORDINAL_BITS | ordinal + 1


class PassTable:
    """Packed passes as they were at one time. Immutable; any thread may look."""

    def __init__(self, passes: Iterable[tuple[str, bytes]] = ()) -> None:
        """`passes`: canonical credential and packed pass; of a credential named twice the
        later pass counts. Raises ValueError beyond 16 million."""
        content = bytearray()
        self._ends = ends = array("Q", [0])
        by_credential, by_pass = array("I"), array("I")
        printed, printed_ordinals = array("I"), array("I")
        for credential, packed in passes:
            if credential.startswith(EM4100):
                printed.append(low_24(credential))
                printed_ordinals.append(len(by_pass))
            by_credential.append(hash(credential) & _SHORT)
            by_pass.append(hash(_identity(packed)) & _SHORT)
            content += packed
            ends.append(len(content))
        if len(by_pass) > _MOST:
            raise ValueError(f"{len(by_pass)} passes seen; at most {_MOST} fit one table")
        self._content = memoryview(content)
        count = range(len(by_pass))
        self._by_credential = _Slots(by_credential, count)
        self._by_pass = _Slots(by_pass, count)
        self._printed = _Slots(printed, printed_ordinals)

    def __len__(self) -> int:
        """Passes held, counting a credential named twice twice."""
        return len(self._ends) - 1

    def find(self, credential: str) -> Pass | None:
        """The pass of a canonical credential. Raises msgspec.DecodeError for a broken one."""
        # As `_passes`, written out: this is the hottest line of the product.
        short = hash(credential) & _SHORT
        slots, mask = self._by_credential.slots, self._by_credential.mask
        tag, at = short >> 22, short & mask
        while slot := slots[at]:
            if slot >> _ORDINAL_BITS == tag:
                ordinal = slot & _MOST
                found = _decode(self._content[self._ends[ordinal - 1] : self._ends[ordinal]])
                if found.credential == credential:
                    return found
            at = at + 1 & mask
        return None

    def of_pass(self, pass_id: str) -> Iterator[Pass]:
        """Every entry (one a credential) of the pass with this identity, the latest first."""
        for found in self._passes(self._by_pass, hash(pass_id.encode()) & _SHORT):
            if found.id == pass_id:
                yield found

    def printed(self, low: int) -> Iterator[Pass]:
        """Every EM4100 card whose number ends in the 24 bits `low`, the latest first."""
        for found in self._passes(self._printed, low):
            if found.credential.startswith(EM4100) and low_24(found.credential) == low:
                yield found

    def _passes(self, by: _Slots, short: int) -> Iterator[Pass]:
        """What may be meant by a hash of 30 bits; one in 256 of the neighbours slips in."""
        tag, at = short >> 22, short & by.mask
        while slot := by.slots[at]:
            if slot >> _ORDINAL_BITS == tag:
                ordinal = slot & _MOST
                yield _decode(self._content[self._ends[ordinal - 1] : self._ends[ordinal]])
            at = at + 1 & by.mask


def low_24(credential: str) -> int:
    """The 24 bits of a canonical EM4100 credential that every printed form shows."""
    return int(credential[-6:], 16)


def _identity(packed: bytes) -> bytes:
    """The pass's identity out of its packed form, without unpacking the rest."""
    if len(packed) > 1 and packed[0] >> 4 == 9 and packed[1] >> 5 == 5:
        return packed[2 : 2 + (packed[1] & 31)]  # a short array that begins with a short text
    at = 1 if packed[:1] and packed[0] >> 4 == 9 else 3  # fixarray, or array 16
    length = packed[at] if len(packed) > at else 0
    if length >> 5 == 5:  # fixstr
        return packed[at + 1 : at + 1 + (length & 31)]
    size = {0xD9: 1, 0xDA: 2}.get(length)  # str 8, str 16
    if size is None:
        raise ValueError(f"packed pass begins with {packed[:4].hex()}; an array with a text is due")
    start = at + 1 + size
    return packed[start : start + int.from_bytes(packed[at + 1 : start], "big")]
