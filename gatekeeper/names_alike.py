"""How alike two names are, across scripts and typing slips; a question for a person, no answer.

Three comparisons: the same letters (exact, in the form of `thai.search_form`), nearly the same
letters (typing slips, words in another order), and the same consonants across scripts: a Thai
name and its many romanisations (กิตติ: Kitti, Kitty, Kitthi) share a skeleton of consonant
classes. Classes follow the Royal Thai General System of Transcription (RTGS), widened by the
spellings that people use for themselves (ว: w, v; จ: ch, j; ร and ล mixed). Pure functions.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from gatekeeper.thai import search_form
from gatekeeper.titles import split_title

__all__ = ["alike", "is_near", "name_key", "skeleton"]

_KEPT = 8192
"""Forms of names that are kept, those of a watchlist above all."""

NEAR = 0.86
"""From this on two names in one script are near. Tried against slips in the tests."""

NEAR_ACROSS = 0.8
"""The same for skeletons of two scripts, tried against romanisations."""

_SRI = re.compile("^sr(?=i|ee)")
_SHORTEST = 4
"""Consonants below which a skeleton says too little."""

_CLASSES = {
    "กขฃคฅฆ": "k",
    "จฉชฌ": "j",
    "ซศษสฑ": "s",
    "ดตถทธฎฏฐฒ": "t",
    "นณรลฬ": "n",
    "บปผพภ": "p",
    "ฝฟ": "f",
    "ม": "m",
    "ญ": "n",
    "ว": "w",
    "หฮ": "h",
    "ง": "g",
    "อย": "",
}
_THAI = {letter: sign for letters, sign in _CLASSES.items() for letter in letters}
_SILENT = re.compile("(?:[ทตด]ร|ษณ|ษม|[\u0e01-\u0e2e][\u0e38\u0e34]?)\u0e4c")
_LEADING_H = re.compile("ห(?=[ญนมยรลว])")
_SI = re.compile("ศร(?=ี)")
_FALSE_CLUSTER = re.compile("^ทร")
_DOUBLE_R = re.compile("รร")
_LATIN_SOUNDS = (
    ("ng", "\x00"),
    ("ph", "p"),
    ("th", "t"),
    ("kh", "k"),
    ("ch", "j"),
    ("sh", "j"),
    ("x", "ks"),
    ("g", "k"),
    ("q", "k"),
    ("c", "k"),
)
"""In this order: what is spelled by two letters first."""
_LATIN = {
    "b": "p", "p": "p", "d": "t", "t": "t", "k": "k", "j": "j", "s": "s", "z": "s", "n": "n",
    "f": "f", "m": "m", "l": "n", "r": "n", "w": "w", "v": "w", "h": "h", "\x00": "g",
}  # fmt: skip
_CLOSED = re.compile("(?<=[เแโใไ][ก-ฮ])[จชซศษส]|(?<![เแโใไ])[จชซศษส](?=[จชซศษส])")
_FINALS = set("ซศษสจชฌฉ")
_LETTERS = re.compile(r"[^\w\u0e00-\u0e7f]+")
_MARKS = re.compile("[\u0e47-\u0e4e]")


def name_key(name: str) -> str:
    """The form in which two names are the same: no title, one spelling, single spaces."""
    return _LETTERS.sub(" ", search_form(split_title(name)[1])).strip()


def alike(one: str, other: str) -> float:
    """How alike two names (as of `name_key`) are, 0 to 1; 1 only for the same letters."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if _is_thai(one) == _is_thai(other):
        return min(0.99, _same_script(one, other))
    return min(0.98, _across(skeleton(one), skeleton(other)))


def is_near(one: str, other: str) -> bool:
    """Whether two names (as of `name_key`) may be of one person, so that somebody must look."""
    if _is_thai(one) != _is_thai(other):
        return alike(one, other) >= NEAR_ACROSS
    if not one or not other:
        return False
    # As `alike`, told early where it cannot be: a list is held against a whole watchlist.
    cutoff = 100 * NEAR
    return any(
        fuzz.ratio(form(one), form(other), score_cutoff=cutoff) >= cutoff
        for form in (_plain, _sorted)
    )


@lru_cache(maxsize=_KEPT)
def skeleton(name: str) -> str:
    """Consonant classes of a name in either script, words apart, doubled ones once."""
    words = (_thai(word) if _is_thai(word) else _latin(word) for word in name.split())
    return " ".join(word for word in words if word)


def _same_script(one: str, other: str) -> float:
    return max(fuzz.ratio(form(one), form(other)) for form in (_plain, _sorted)) / 100


@lru_cache(maxsize=_KEPT)
def _plain(name: str) -> str:
    """Without tone marks, which slip most."""
    return _MARKS.sub("", name)


@lru_cache(maxsize=_KEPT)
def _sorted(name: str) -> str:
    """The same, its words in one order."""
    return " ".join(sorted(_plain(name).split()))


def _across(one: str, other: str) -> float:
    """Skeletons word by word, in the better of both orders; a short one must be the same."""
    if min(len(one), len(other)) < _SHORTEST:
        return 0.0
    orders = {one, " ".join(sorted(one.split()))}, {other, " ".join(sorted(other.split()))}
    return max(
        1 - Levenshtein.distance(first, second) / max(len(first), len(second))
        for first in orders[0]
        for second in orders[1]
    )


def _thai(word: str) -> str:
    word = _SI.sub("ส", _LEADING_H.sub("", _SILENT.sub("", word)))
    word = _DOUBLE_R.sub("น", _FALSE_CLUSTER.sub("ซ", word))
    word = _CLOSED.sub("ต", word)  # closes its syllable: วิเศษศักดิ์ is wi-set-sak
    word = word.removeprefix("ญ")  # spoken as the glide that ย is
    signs = "".join(_THAI.get(letter, "") for letter in word)
    # At the end of a word s and ch are spoken as t (วัส: wat).
    return _once(re.sub("(?<=.)[sj]$", "t", signs) if word[-1:] in _FINALS else signs)


def _latin(word: str) -> str:
    for letters, sign in _LATIN_SOUNDS:
        word = word.replace(letters, sign)
    word = _SRI.sub("s", word.removesuffix("h"))  # neither that h nor this r is heard
    return _once("".join(_LATIN.get(letter, "") for letter in word))


def _once(signs: str) -> str:
    return re.sub(r"(.)\1+", r"\1", signs)


@lru_cache(maxsize=_KEPT)
def _is_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)
