"""Number plates compared: the same plate however it is typed, and plates one slip apart.

How a plate is written and keyed is gatekeeper.plates' affair; this is for matching.
"""

from __future__ import annotations

from rapidfuzz.distance import DamerauLevenshtein

from gatekeeper.plates import plate_key

__all__ = ["is_near_plate", "plate_key"]

_SHORTEST = 4


def is_near_plate(one: str, other: str) -> bool:
    """One sign wrong, missing, too many, or two exchanged; not the same."""
    if one == other or min(len(one), len(other)) < _SHORTEST:
        return False
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) == 1
