"""Keys of a keyboard wedge: what each stands for, by its place and not by a layout.

A reader that plays a keyboard presses the keys of a US keyboard, whatever layout the computer
is set to. Taken by code, `1` stays `1`; taken by character, a Thai layout makes `ๅ` of it.
Linux has a number for each place, browsers have a name for the same places (`event.code`):
tests/vectors/keys.json holds both, for this table and for any other that wants to agree.
Sources: linux/input-event-codes.h; W3C UI Events KeyboardEvent code Values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["BY_CHARACTER", "CHARACTERS", "ENTER", "KEYS", "SHIFTS", "TAB", "Key"]


class Key(NamedTuple):
    """One key that types."""

    code: int
    """Linux key code."""
    place: str
    """`event.code` of browsers."""
    plain: str
    shift: str


def _row(first: int, places: str, plain: str, shift: str) -> Iterator[Key]:
    for offset, (place, one, other) in enumerate(zip(places.split(), plain, shift, strict=True)):
        yield Key(first + offset, place, one, other)


def _letters(first: int, letters: str) -> Iterator[Key]:
    return _row(first, " ".join(f"Key{x}" for x in letters), letters.lower(), letters)


KEYS: tuple[Key, ...] = (
    *_row(2, " ".join(f"Digit{x}" for x in "1234567890"), "1234567890", "!@#$%^&*()"),
    *_row(12, "Minus Equal", "-=", "_+"),
    *_letters(16, "QWERTYUIOP"),
    *_row(26, "BracketLeft BracketRight", "[]", "{}"),
    *_letters(30, "ASDFGHJKL"),
    *_row(39, "Semicolon Quote Backquote", ";'`", ':"~'),
    *_row(43, "Backslash", "\\", "|"),
    *_letters(44, "ZXCVBNM"),
    *_row(51, "Comma Period Slash", ",./", "<>?"),
    *_row(55, "NumpadMultiply", "*", "*"),
    *_row(57, "Space", " ", " "),
    *_row(71, "Numpad7 Numpad8 Numpad9 NumpadSubtract", "789-", "789-"),
    *_row(75, "Numpad4 Numpad5 Numpad6 NumpadAdd", "456+", "456+"),
    *_row(79, "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal", "1230.", "1230."),
    *_row(98, "NumpadDivide", "/", "/"),
)

CHARACTERS = {key.code: (key.plain, key.shift) for key in KEYS}
"""Code to what it types without and with shift."""
BY_CHARACTER = {
    character: (key.code, shifted)
    for key in reversed(KEYS)
    for shifted, character in ((True, key.shift), (False, key.plain))
}
"""Character to the first key that types it, and whether with shift."""
SHIFTS = frozenset({42, 54})
ENTER = frozenset({28, 96})
"""Enter and NumpadEnter."""
TAB = frozenset({15})
