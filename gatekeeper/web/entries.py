"""A journal entry as pages and programs see it: every field, the sentence, the holder.

The same form on the feed, in the API and in answers to pages. Names go out here; they are
never logged and never kept in the journal.
"""

from __future__ import annotations

from typing import Any

from gatekeeper.model import Holder, JournalEntry
from gatekeeper.reasons import Reason, Sentence, next_step
from gatekeeper.titles import split_title
from gatekeeper.web.texts import iso

__all__ = ["dress", "holder_json", "initials", "reason_json"]

_FIELDS = JournalEntry.__struct_fields__
_TIMES = ("at", "first_seen_at", "seen_at")
_HOLDER_FIELDS = Holder.__struct_fields__
_LEADING_VOWELS = "เแโใไ"


def dress(entry: JournalEntry, holder: Holder | None) -> dict[str, Any]:
    """All fields of `entry` (null where unknown), its reason in words, and its holder."""
    dressed: dict[str, Any] = {name: getattr(entry, name) for name in _FIELDS}
    for name in _TIMES:
        dressed[name] = iso(dressed[name])
    dressed.update(reason_json(entry.reason, holder))
    dressed["holder"] = holder_json(holder)
    return dressed


def reason_json(reason: Reason | None, holder: Holder | None) -> dict[str, Any]:
    """`verdict`, `class`, `sentence` and `next_step` of a reason; nulls without one."""
    return dict(_SAID[reason, bool(holder and (holder.table or holder.seat))])


def holder_json(holder: Holder | None) -> dict[str, Any] | None:
    """All fields of `holder`, where its photo is, and two letters where it has none."""
    if holder is None:
        return None
    dressed: dict[str, Any] = {name: getattr(holder, name) for name in _HOLDER_FIELDS}
    dressed["photo_url"] = f"/photos/{holder.photo}" if holder.photo else ""
    dressed["initials"] = initials(holder.name)
    return dressed


def initials(name: str) -> str:
    """First letters of first and last name, without title; Thai leading vowels skipped.

    `นายเกษม ใจดี` gives กจ, `H.E. Mr. José Núñez` gives JN.
    """
    words = split_title(name)[1].split() or name.split()
    if not words:
        return "?"
    return "".join(_letter(word) for word in dict.fromkeys((words[0], words[-1])))


def _letter(word: str) -> str:
    stripped = word.lstrip(_LEADING_VOWELS) or word
    return stripped[0].upper()


def _said(reason: Reason | None, seated: bool) -> dict[str, Any]:
    if reason is None:
        return {"verdict": None, "class": None, "sentence": None, "next_step": None}
    text = reason.text
    return {
        "verdict": reason.verdict.value,
        "class": text.cls.value,
        "sentence": _both(text.headline),
        "next_step": _both(next_step(reason, seated=seated)),
    }


def _both(sentence: Sentence) -> dict[str, str]:
    return {"th": sentence.th, "en": sentence.en}


_SAID = {
    (reason, seated): _said(reason, seated)
    for reason in (None, *Reason)
    for seated in (True, False)
}
