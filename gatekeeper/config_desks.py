"""Settings of desks and of the visitor cards that are lent at them: what they are, how they fit.

Part of gatekeeper.config, which reads the file; no I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Literal

import msgspec

__all__ = ["DeskSettings", "VisitorSettings", "check_desk_reader", "check_desks"]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
_MOST_SLOTS = 9999


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every table: an unknown key is an error, never ignored."""


class DeskSettings(_Section, frozen=True):
    """A desk at which people sit, and the reader for identity cards that stands on it."""

    id: str
    name_th: str = ""
    name_en: str = ""
    id_card_reader: str = ""
    """Part of the contact reader's name as the card service gives it; empty: the only reader."""


class VisitorSettings(_Section, frozen=True):
    """The exchange of cards at the visitor desk."""

    closing: str = "16:30"
    """Until when a visitor card is lent, at the site's clock."""
    slots: int = 200
    """Numbered places for the documents that are handed in, 1 to this number."""
    group_document: Literal["leader", "each"] = "leader"
    """Whose document a group hands in."""
    gates: tuple[str, ...] = ()
    """Gates that a visitor card opens; none named: every gate of no event."""


def check_desk_reader(
    path: str,
    desk: str,
    gates: Collection[str],
    desks: Collection[str],
    refuse: Callable[[str, str], None],
) -> None:
    """Call `refuse(path, message)` for a reader that names a desk and cannot serve it."""
    if gates:
        refuse(f"{path}.desk", "a reader serves a gate or a desk, not both")
    if desk not in desks:
        known = ", ".join(sorted(desks)) or "none"
        refuse(f"{path}.desk", f"desk {desk!r} is not defined; defined: {known}")


def check_desks(
    visitors: VisitorSettings, gates: Collection[str], refuse: Callable[[str, str], None]
) -> None:
    """Call `refuse(path, message)` for the first setting that cannot be."""
    if not _CLOCK.match(visitors.closing):
        refuse("$.visitors.closing", f"{visitors.closing!r} seen; a time such as 16:30 is due")
    if not 1 <= visitors.slots <= _MOST_SLOTS:
        refuse("$.visitors.slots", f"{visitors.slots} seen; 1 to {_MOST_SLOTS} are due")
    for gate in visitors.gates:
        if gate not in gates:
            known = ", ".join(sorted(gates)) or "none"
            refuse("$.visitors.gates", f"gate {gate!r} is not defined; defined: {known}")
