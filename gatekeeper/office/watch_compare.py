"""Is a subject the one that an entry names? The same, alike, or neither; pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gatekeeper.db.watchlist import Entry
from gatekeeper.kinds_office import WatchKind
from gatekeeper.names_alike import alike, is_near, name_key
from gatekeeper.office.plates_alike import is_near_plate, plate_key

__all__ = ["Subject", "compare", "compare_names", "names", "names_of_row"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a desk has before it. `id` empty: not stored yet, so nothing can be decided."""

    kind: str
    """`person`, `vehicle`, `credential`, `member`."""
    id: str = ""
    name: str = ""
    name_latin: str = ""
    document_hash: str | None = None
    plate: str = ""
    province: str = ""
    credential: str = ""


def compare(entry: Entry, subject: Subject) -> float | None:
    """1.0: the same; less: alike, the more the nearer; None: neither."""
    if entry.kind is WatchKind.DOCUMENT:
        return 1.0 if entry.document_hash and entry.document_hash == subject.document_hash else None
    if entry.kind is WatchKind.CREDENTIAL:
        return 1.0 if entry.credential == subject.credential else None
    if entry.kind is WatchKind.PLATE:
        return _compare_plate(entry, subject)
    return compare_names(
        names(entry.name, entry.name_latin), names(subject.name, subject.name_latin)
    )


def _compare_plate(entry: Entry, subject: Subject) -> float | None:
    key = plate_key(subject.plate)
    if not key:
        return None
    if key == entry.plate_key:
        elsewhere = entry.province and subject.province and entry.province != subject.province
        return 0.95 if elsewhere else 1.0
    return 0.9 if is_near_plate(key, entry.plate_key) else None


@lru_cache(maxsize=4096)
def names(*written: str) -> tuple[str, ...]:
    """The forms in which names are compared, empty ones left out."""
    return tuple(key for key in map(name_key, written) if key)


def names_of_row(search: str, latin: str) -> tuple[str, ...]:
    """The two names in `person.search`, which is ` THAI LATIN ` in search form."""
    latin_key = name_key(latin)
    whole = " ".join(search.split())
    first = whole.removesuffix(latin_key).strip() if latin_key else whole
    return tuple(key for key in (name_key(first), latin_key) if key)


def compare_names(wanted: Iterable[str], seen: Iterable[str]) -> float | None:
    best = 0.0
    for one in wanted:
        for other in seen:
            if one == other:
                return 1.0
            if is_near(one, other):
                best = max(best, alike(one, other))
    return best or None
