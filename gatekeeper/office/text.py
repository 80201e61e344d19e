"""Cells as clean text: what was typed, without what cannot be seen.

Offices paste from everywhere: no-break and zero-width spaces, line breaks inside a cell,
Thai digits, vowels typed in two pieces. Cleaning keeps what a reader would see and nothing
else. No file is opened here and nothing is judged.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from gatekeeper.thai import normalise, search_form

__all__ = ["Odd", "OddKind", "clean", "damage", "folded", "formula_like", "shown"]

_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
"""Soft hyphen, zero-width and direction marks: two names that look alike must be alike."""
_UNCLEAN = re.compile(
    f"^\\s|\\s$|\\s\\s|[^\\S ]|[{_UNSEEN}]|"
    "\u0e4d|\u0e40\u0e40|[\u0e48-\u0e4c][\u0e31\u0e34-\u0e3a\u0e47]"
)
"""Whatever `clean` would change apart from composition; few cells hold any of it."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_FORMULA = re.compile("[=@＝＠]|[-+＋－](?!\\s+[^\\W\\d_][^=|!()]*$)")
_PHONE = re.compile(r"\+\d[\d ()-]{7,19}\Z")
_SHOWN_MAX = 40


class OddKind(StrEnum):
    """What a spreadsheet's cell was, where it was not plain text or a plain number."""

    FORMULA = "formula"
    DATE = "date"
    LOSSY = "lossy"
    """A number so long that the spreadsheet has dropped digits."""
    ERROR = "error"
    """`#REF!` and its kind."""


class Odd(str):
    """The text of a cell that was something else; `kind` says what."""

    __slots__ = ("kind",)
    kind: OddKind

    def __new__(cls, text: str, kind: OddKind) -> Odd:
        """`text` is what a message shows of the cell."""
        odd = super().__new__(cls, text)
        odd.kind = kind
        return odd


def clean(text: str) -> str:
    """`text` as `thai.normalise` has it, without direction marks and other invisible ones."""
    if unicodedata.is_normalized("NFC", text) and not _UNCLEAN.search(text):
        return text
    return normalise(_INVISIBLE.sub("", text))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """`text` for comparing: no case, accents or white space, Arabic digits."""
    return search_form(text).replace(" ", "")


def damage(text: str) -> str | None:
    """The first character of `text` that no text may hold, as `U+XXXX`, or None."""
    if "\ufffd" in text:
        return "U+FFFD"
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def formula_like(text: str) -> bool:
    """Whether a spreadsheet program would take `text` for a formula.

    It begins with =, +, - or @ (full-width ones too). A list mark before words
    (`- แพ้อาหารทะเล`) and a telephone number (`+66 2 123 4567`) are no formulas.
    """
    return bool(_FORMULA.match(text)) and not _PHONE.match(text)


def shown(text: str) -> str:
    """`text` as a message quotes it: printable, at most 40 characters."""
    plain = "".join(char if char.isprintable() else "�" for char in text)
    return plain if len(plain) <= _SHOWN_MAX else f"{plain[: _SHOWN_MAX - 1]}…"
