"""Names out of cells: where the title ends and the name begins.

The titles are those of `gatekeeper.titles`; here is decided when letters that could be a
title are one. A short Thai title (นาย, นาง, คุณ) stands joined to the name, so a given name
may begin with its letters: it is split off only where no column for titles exists and what
is left can begin a name. The name on a screen is the same either way, since a title is
shown joined again. Nothing here reads a file.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gatekeeper.titles import TITLES

__all__ = ["FullName", "split_full_name", "split_title"]


class FullName(NamedTuple):
    """A name in its parts; any may be empty."""

    title: str
    first: str
    last: str


def _words(text: str) -> list[str]:
    return text.split()


_SHORT = ("นาย", "นาง", "คุณ")
_MORE = _words(
    "ฯพณฯ ว่าที่ ด็อกเตอร์ พันจ่าตำรวจ พ.จ.อ. พ.จ.ท. พ.จ.ต. พ.อ.ท. พ.อ.ต. ส.ท. "
    "H.S.H. H.M. M.R. M.L. M.C. Mx. Mlle Assoc. Asst. Pol. Senator Sen. Khun Khunying"
)
"""Titles that guest lists carry besides the common ones; stacked ones (Pol. Gen.) in pieces."""
_WORD_IS_A_NAME_TOO = frozenset(
    _words("HE HRH Sister Father Major Prince Princess General Commander Captain Lady Lord")
)
"""Titles that are names unless written exactly so, or with a dot."""
_WHOLE_NAMES = frozenset(
    _words(
        "นางนวล นางแย้ม นางพญา นางฟ้า นางงาม นายก คุณธรรม คุณวุฒิ คุณภัทร คุณพัฒน์ คุณกร คุณวัฒน์ คุณชัย "
        "คุณนิธิ คุณสิน หม่อมแก้ว"
    )
)
"""Given names that begin with a title's letters and go on like a name: left whole."""


def _pattern(title: str) -> str:
    """Dots may be followed by space (`พล. ต. อ.`); a Latin word ends where a word ends."""
    body = re.escape(title).replace(r"\.", r"\.\s*").replace(r"\ ", r"\s+")
    if not title[0].isascii():
        return body
    if title in _WORD_IS_A_NAME_TOO:
        return rf"(?-i:{body})(?=\s)" if title.isupper() else rf"{body}(?=\s+\S+\s)"
    return body if title.endswith(".") else rf"{body}(?=[\s.,]|$)\.?"


_KNOWN = sorted({*TITLES, *_MORE} - set(_SHORT), key=len, reverse=True)
_CLEAR = re.compile(
    rf"(?:{'|'.join(map(_pattern, _KNOWN))})"
    r"(?:\s*\(?พิเศษ\)?(?=\s|$|[ก-ฮเ-ไ]))?(?:\s*หญิง(?=\s|[ก-ฮเ-ไ]{2}))?\s*",
    re.IGNORECASE,
)
_JOINED = re.compile(rf"(?:{'|'.join(_SHORT)})\s*")
_SPACED = re.compile(rf"(?:{'|'.join(_SHORT)})(?:\s+|$)")
_BEGINS_A_NAME = re.compile(r"[ก-ฮ]|[เ-ไ][ก-ฮ]|[^\W\u0e00-\u0e7f]")
_DOT_SPACE = re.compile(r"(?<=[ก-ฮ]\.)\s+(?=[ก-ฮ]{1,3}\.)")


def split_title(text: str, *, joined: bool) -> tuple[str, str]:
    """`(title, rest)` of clean `text`; title is empty where none can be told.

    `joined`: whether a short title may stand joined to the name. False beside a column for
    titles, where a name that begins with these letters is a name.
    """
    end = 0
    while (match := _next(text, end, joined=joined)) and match.end() > end:
        end = match.end()
    return _DOT_SPACE.sub("", text[:end].strip(" ,")), text[end:].lstrip(" ,")


def split_full_name(text: str, *, joined: bool = True) -> FullName:
    """Title, first name and the rest of clean `text`; `Núñez, José` is turned around."""
    title, rest = split_title(text, joined=joined)
    last, comma, first = (part.strip() for part in rest.partition(","))
    if comma and first and last and "," not in first:
        more, first = split_title(first, joined=joined)
        return FullName(f"{title} {more}".strip(), first, last)
    first, _, last = rest.partition(" ")
    return FullName(title, first, last.strip())


def _next(text: str, start: int, *, joined: bool) -> re.Match[str] | None:
    """The title at `start`, if what follows it can begin a name or is nothing."""
    if text[start:].partition(" ")[0] in _WHOLE_NAMES:
        return None
    for pattern in (_CLEAR, _JOINED if joined else _SPACED):
        match = pattern.match(text, start)
        if match and _name_may_follow(text, match.end()):
            return match
    return None


def _name_may_follow(text: str, end: int) -> bool:
    if end == len(text) or text[end - 1] in " .)":
        return True
    following = text[end:].partition(" ")[0]
    return len(following) > 1 and bool(_BEGINS_A_NAME.match(following))
