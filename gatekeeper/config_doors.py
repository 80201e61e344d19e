"""Settings of doors and of the boards that drive them, and what no type can say of them.

Part of the settings file (`gatekeeper.config` reads it); reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

__all__ = ["BoardSettings", "ContactSettings", "DoorSettings", "OutputSettings", "check_doors"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every table: an unknown key is an error, never ignored."""


class BoardSettings(_Section, frozen=True):
    """A board with relays, and perhaps inputs, on a line of its own."""

    id: str
    driver: str
    url: str
    options: dict[str, str | int | float | bool] = {}


class OutputSettings(_Section, frozen=True):
    """What releases a door: a relay of a board, or a contact of a reader."""

    board: str | None = None
    channel: int = 1
    """The board's relay, or the reader's contact, numbered from 1."""
    reader: str | None = None


class ContactSettings(_Section, frozen=True):
    """The switch at the door leaf, on an input of a board."""

    board: str
    input: int = 1
    """Numbered from 1."""
    open_level: int = 1
    """Level of the input while the door is open: 1 or 0. With 1, a wire that is cut looks
    like an open door."""


class DoorSettings(_Section, frozen=True):
    """A door, a barrier or a turnstile that a gate's grants release."""

    id: str
    gate: str
    output: OutputSettings
    open_seconds: float = 5.0
    """How long it is released."""
    contact: ContactSettings | None = None
    held_open_seconds: float = 30.0
    """Open for longer is `held_open`."""
    opens_within_seconds: float = 10.0
    """Not open so long after a release is `failed`; 0: people may change their minds."""
    free_exit: bool = False
    """People may open it from inside without a card: opening without a grant is no alarm."""


Refuse = Callable[[str, str], None]

_BOUNDS = {
    "open_seconds": (0.2, 60.0),
    "held_open_seconds": (1.0, 3600.0),
    "opens_within_seconds": (0.0, 600.0),
}


def check_doors(
    doors: Iterable[DoorSettings],
    boards: Iterable[BoardSettings],
    gates: Iterable[str],
    readers: Iterable[str],
    refuse: Refuse,
) -> None:
    """What no type can say of the doors: that what they name exists and is used once."""
    known = {"gate": tuple(gates), "reader": tuple(readers), "board": tuple(b.id for b in boards)}
    used: dict[tuple[str, str | None, int], str] = {}
    for number, door in enumerate(doors):
        path = f"$.doors[{number}]"
        _named(f"{path}.gate", "gate", door.gate, known, refuse)
        _check_output(f"{path}.output", door, known, used, refuse)
        _check_contact(f"{path}.contact", door, known, used, refuse)
        for name, (low, high) in _BOUNDS.items():
            seconds = getattr(door, name)
            if not low <= seconds <= high:
                refuse(f"{path}.{name}", f"{seconds:g} seen; {low:g} to {high:g} is due")


def _check_output(
    path: str,
    door: DoorSettings,
    known: Mapping[str, tuple[str, ...]],
    used: dict[tuple[str, str | None, int], str],
    refuse: Refuse,
) -> None:
    output = door.output
    if (output.board is None) == (output.reader is None):
        refuse(path, f"door {door.id!r}: either board or reader is due")
    kind = "board" if output.board is not None else "reader"
    name = output.board if output.board is not None else output.reader
    _named(path, kind, name or "", known, refuse)
    _once(path, (kind, name, output.channel), door.id, used, refuse)


def _check_contact(
    path: str,
    door: DoorSettings,
    known: Mapping[str, tuple[str, ...]],
    used: dict[tuple[str, str | None, int], str],
    refuse: Refuse,
) -> None:
    contact = door.contact
    if contact is None:
        return
    _named(path, "board", contact.board, known, refuse)
    if contact.open_level not in (0, 1):
        refuse(path, f"open_level {contact.open_level} seen; 0 or 1 is due")
    _once(path, ("input", contact.board, contact.input), door.id, used, refuse)


def _named(
    path: str, kind: str, name: str, known: Mapping[str, tuple[str, ...]], refuse: Refuse
) -> None:
    if name not in known[kind]:
        defined = ", ".join(sorted(known[kind])) or "none"
        refuse(path, f"{kind} {name!r} is not defined; defined: {defined}")


def _once(
    path: str,
    what: tuple[str, str | None, int],
    door: str,
    used: dict[tuple[str, str | None, int], str],
    refuse: Refuse,
) -> None:
    kind, name, number = what
    if what in used:
        refuse(path, f"{kind} {name!r} {number} is the one of door {used[what]!r} already")
    used[what] = door
