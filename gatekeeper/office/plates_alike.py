"""Number plates compared: the same plate however it is typed, and plates one slip apart.

How plates are written for people is gatekeeper.office's affair elsewhere; this is for matching.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import DamerauLevenshtein

from gatekeeper.thai import search_form

__all__ = ["is_near_plate", "plate_key"]

_NOT_A_SIGN = re.compile(r"[^0-9a-z\u0e01-\u0e2e]")
_SHORTEST = 4


def plate_key(plate: str) -> str:
    """Digits and letters alone: `1กก 1234`, `๑กก-๑๒๓๔` and `1กก1234` are the same plate."""
    return _NOT_A_SIGN.sub("", search_form(plate))


def is_near_plate(one: str, other: str) -> bool:
    """One sign wrong, missing, too many, or two exchanged; not the same."""
    if one == other or min(len(one), len(other)) < _SHORTEST:
        return False
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) == 1
