"""Part of a name found among hundreds of thousands within milliseconds, in memory.

All names stand in one text, a line a person, in dictionary order; looking for a part is one
`str.find` after another, which reads some gigabytes a second. What changed since the text was
made stands beside it in a small list, until that is worth making the text anew. Every search
first takes over what changed (gatekeeper.db.name_marks): it never answers from yesterday.

Why not the database: a scan of 200,000 rows costs 60 to 200 ms of a core on SQLite and more on
PostgreSQL; SQLite's trigram index finds nothing for the one or two letters that people type
first; PostgreSQL's (pg_trgm) takes no Thai letter for a letter in the C locale, and no Thai
vowel or tone mark in any. Memory: some 70 MB for 200,000 people. No page, no rule here.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import accumulate, islice

from rapidfuzz import fuzz, process

from gatekeeper.db.engine import Session
from gatekeeper.db.name_marks import Marked, changed_names
from gatekeeper.thai import sort_key

__all__ = ["NameIndex"]

MOST_BESIDE = 2000
"""Changed people beside the text; above it the text is made anew (a fraction of a second)."""

MOST_COUNTED = 2_000
"""Hits that are counted and ordered whole; of more, only as many as the page needs are looked at,
and the total says this number."""

NEAR_LETTERS = 84
"""Per cent of the letters that two names share to be looked at as perhaps the same."""

Words = Sequence[str]


class NameIndex:
    """The names of one database. Thread-safe."""

    def __init__(self) -> None:
        """Empty; the first search (or `refresh`) loads it."""
        self._lock = threading.Lock()
        self._source = ""
        self._since = 0
        self._people: list[Marked] = []
        self._text = ""
        self._starts: list[int] = []
        self._beside: dict[int, Marked] = {}

    def refresh(self, session: Session) -> None:
        """Take over what changed. Raises StoreError."""
        with self._lock:
            self._refresh(session)

    def find(
        self,
        session: Session,
        readings: Sequence[Words],
        purpose: str | None,
        organisation: int | None,
        offset: int,
        limit: int,
    ) -> tuple[int, list[int]]:
        """As `gatekeeper.db.holder_search.people_by_name`; a total above `MOST_COUNTED` is it."""
        with self._lock:
            self._refresh(session)
            return self._find(readings, _Wanted(purpose, organisation), offset, limit)

    def near(
        self, session: Session, person: int, names: Sequence[str], most: int = 60
    ) -> list[int]:
        """Others whose name may be one of `names` with a slip, or has its words; at most `most`.

        Fewer than are alike across scripts: a guess to be scored (gatekeeper.names_alike).
        """
        with self._lock:
            self._refresh(session)
            changed = self._beside
            known = [each for each in self._people if each.id not in changed]
            known += [each for each in changed.values() if each.living]
            hits = [
                each.id
                for words in map(str.split, names)
                for each in self._hits(words[:1], [words], _Wanted(None, None), most)
            ]
        keys = [each.sort_key.partition("\x01")[0] for each in known]
        for name in names:
            key = sort_key(name).partition("\x01")[0]
            close = process.extract(
                key, keys, scorer=fuzz.ratio, score_cutoff=NEAR_LETTERS, limit=most
            )
            hits += [known[at].id for _, _, at in close]
        return [each for each in dict.fromkeys(hits) if each != person]

    def _refresh(self, session: Session) -> None:
        found = changed_names(session, self._source, self._since)
        if found.whole:
            self._make(found.rows)
        else:
            self._beside.update((row.id, row) for row in found.rows)
            if len(self._beside) > MOST_BESIDE:
                kept = (each for each in self._people if each.id not in self._beside)
                self._make([*kept, *(each for each in self._beside.values() if each.living)])
        self._source, self._since = found.source, found.since

    def _make(self, people: list[Marked]) -> None:
        self._people = sorted(people, key=_order)
        self._text = "\n" + "\n".join(each.search for each in self._people) + "\n"
        lengths = (len(each.search) + 1 for each in self._people)
        self._starts = list(accumulate(lengths, initial=1))
        self._beside = {}

    def _find(
        self, readings: Sequence[Words], wanted: _Wanted, offset: int, limit: int
    ) -> tuple[int, list[int]]:
        beside = [
            each
            for each in self._beside.values()
            if each.living and wanted(each) and (not readings or _matches(each.search, readings))
        ]
        if not readings:
            return self._listed(sorted(beside, key=_order), wanted, offset, limit)
        first = readings[-1][0]
        found = self._hits([words[0] for words in readings], readings, wanted, MOST_COUNTED + 1)
        capped = len(found) > MOST_COUNTED
        if capped:
            found = self._best(first, readings, wanted, offset + limit)
        ranked = [(_rank(each.search, first), each) for each in [*found, *beside]]
        ranked.sort(key=lambda hit: (hit[0], _order(hit[1])))
        page = [each.id for _, each in ranked[offset : offset + limit]]
        return max(MOST_COUNTED, len(ranked)) if capped else len(ranked), page

    def _listed(
        self, beside: list[Marked], wanted: _Wanted, offset: int, limit: int
    ) -> tuple[int, list[int]]:
        """Everybody who is wanted, in dictionary order."""
        people: Sequence[Marked] = self._people
        if self._beside or wanted.narrow:
            people = [each for each in people if each.id not in self._beside and wanted(each)]
        if not beside:
            return len(people), [each.id for each in people[offset : offset + limit]]
        both = merge(people, beside, key=_order)
        page = [each.id for each in islice(both, offset, offset + limit)]
        return len(people) + len(beside), page

    def _best(
        self, first: str, readings: Sequence[Words], wanted: _Wanted, enough: int
    ) -> list[Marked]:
        """The first `enough` hits in the order of ranks, without looking at all of them."""
        best: dict[int, Marked] = {}
        for pattern in (f"\n {first}", f" {first}", *(words[0] for words in readings)):
            for each in self._lines([pattern], readings, wanted):
                best.setdefault(each.id, each)
                if len(best) >= enough:
                    return list(best.values())
        return list(best.values())

    def _hits(
        self, patterns: Sequence[str], readings: Sequence[Words], wanted: _Wanted, most: int
    ) -> list[Marked]:
        found: list[Marked] = []
        for each in self._lines(patterns, readings, wanted):
            found.append(each)
            if len(found) >= most:
                break
        return found

    def _lines(
        self, patterns: Sequence[str], readings: Sequence[Words], wanted: _Wanted
    ) -> Iterator[Marked]:
        """People with one of the patterns in their line, who match and are wanted; each once."""
        seen: set[int] = set()
        for pattern in dict.fromkeys(patterns):
            at = self._text.find(pattern)
            while at >= 0:
                line = bisect.bisect_right(self._starts, at + pattern.startswith("\n")) - 1
                each = self._people[line]
                if (
                    each.id not in self._beside
                    and line not in seen
                    and wanted(each)
                    and _matches(each.search, readings)
                ):
                    seen.add(line)
                    yield each
                at = self._text.find(pattern, self._starts[line + 1] - 1)


class _Wanted:
    """Whether somebody is of the purpose and organisation that a list is narrowed to."""

    def __init__(self, purpose: str | None, organisation: int | None) -> None:
        self._purpose, self._organisation = purpose, organisation
        self.narrow = purpose is not None or organisation is not None

    def __call__(self, each: Marked) -> bool:
        return (self._purpose is None or each.purpose == self._purpose) and (
            self._organisation is None or each.organisation_id == self._organisation
        )


def _matches(line: str, readings: Sequence[Words]) -> bool:
    return any(all(word in line for word in words) for words in readings)


def _rank(line: str, first: str) -> int:
    """0: the name begins so, 1: a word of it does, 2: elsewhere."""
    if line.startswith(f" {first}"):
        return 0
    return 1 if f" {first}" in line else 2


def _order(each: Marked) -> tuple[str, int]:
    return each.sort_key, each.id
