"""Boards with relays, the doors that they release, and the contacts that watch these.

A door here is a leaf with a lock: while its relay is on somebody may open it; it falls shut
after them. Somebody walks through by themselves (`walks`), or is sent by `door NAME pass`.

What it does not imitate: a leaf that stands half open, a contact that bounces, a lock that is
slow, and two people behind one another.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_sim.faults import Faults
from firmware_sim.loop import Loop
from firmware_sim.relay import RelayBoard

__all__ = ["BOARDS", "BoardSpec", "DoorSpec", "Doorways", "read_boards", "read_doors"]

BOARDS = {
    "numato": "firmware_sim.numato:Numato",
    "relay_a0": "firmware_sim.relay:RelayA0",
}
"""Board, as in a scenario, to `module:Class`."""


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """One `[[boards]]` table."""

    id: str
    device: str
    baud: int | None = None
    faults: dict[str, float] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DoorSpec:
    """One `[[doors]]` table."""

    id: str
    board: str
    channel: int = 1
    contact_board: str = ""
    """Board of its contact; empty: that of its relay."""
    input: int = 0
    """Input that its contact is on, from 1; 0: it has no contact."""
    open_level: int = 1
    walks: bool = True
    """Whether somebody goes through whenever it is released."""
    walk_s: float = 0.15
    """Release to open."""
    through_s: float = 0.4
    """Open to shut."""


class Door:
    """One leaf and its lock."""

    def __init__(self, spec: DoorSpec, loop: Loop, contact: Callable[[int], None]) -> None:
        """`contact` sets the level of its input."""
        self.spec = spec
        self.released = False
        self.is_open = False
        self.passed = 0
        """How often somebody went through."""
        self._loop, self._contact = loop, contact
        self._jammed = self._held = False
        contact(1 - spec.open_level)

    def lock(self, on: bool) -> None:
        """The relay has switched."""
        self.released = on
        if on and self.spec.walks:
            self._loop.after(self.spec.walk_s, self.go_through)

    def go_through(self) -> None:
        """Somebody pushes; the leaf gives way if it is released and not jammed."""
        if self.released and not self._jammed and not self.is_open:
            self.passed += 1
            self._move(True)
            self._loop.after(self.spec.through_s, self._fall_shut)

    def do(self, act: str) -> None:
        """`pass`, `forced`, `held`, `jammed`, `free`, `close`. Raises ValueError."""
        if act == "pass":
            self.go_through()
        elif act == "forced":
            self._held = True
            self._move(True)
        elif act == "held":
            self._held = True
        elif act == "jammed":
            self._jammed = True
        elif act in ("free", "close"):
            self._jammed = self._held = False
            self._move(False)
        else:
            due = "pass, forced, held, jammed, free or close"
            raise ValueError(f"{act!r} seen; {due} is due")

    def _fall_shut(self) -> None:
        if not self._held:
            self._move(False)

    def _move(self, is_open: bool) -> None:
        self.is_open = is_open
        self._contact(self.spec.open_level if is_open else 1 - self.spec.open_level)


class Doorways:
    """All boards and doors of a scenario."""

    def __init__(
        self,
        boards: tuple[BoardSpec, ...],
        doors: tuple[DoorSpec, ...],
        loop: Loop,
        folder: Path,
        seed: int,
    ) -> None:
        self.boards = {spec.id: _board(spec, loop, folder, seed) for spec in boards}
        self.doors: dict[str, Door] = {}
        for spec in doors:
            watching = self.boards[spec.contact_board or spec.board]
            door = Door(spec, loop, _input(watching, spec.input))
            self.doors[spec.id] = door
        for name, board in self.boards.items():
            mine = {d.spec.channel: d for d in self.doors.values() if d.spec.board == name}
            board.on_relay = _relays(mine)

    def start(self) -> None:
        """Make every port and its link."""
        for board in self.boards.values():
            board.start()

    def stop(self) -> None:
        """Take every port away."""
        for board in self.boards.values():
            board.stop()

    def door(self, name: str) -> Door:
        """The door of that name; ValueError where there is none."""
        if name not in self.doors:
            raise ValueError(f"door {name!r} seen; one of {', '.join(self.doors) or 'none'} is due")
        return self.doors[name]

    def status(self) -> dict[str, Any]:
        """How boards and doors are."""
        boards = {
            name: {
                "plugged": board.wire.plugged,
                "host": board.wire.host_present(),
                "relays": list(board.relays),
                "inputs": list(board.levels),
            }
            for name, board in self.boards.items()
        }
        doors = {
            name: {"released": door.released, "open": door.is_open, "passed": door.passed}
            for name, door in self.doors.items()
        }
        return {"boards": boards, "doors": doors}


def read_boards(rows: list[Mapping[str, Any]]) -> tuple[BoardSpec, ...]:
    """The `[[boards]]` of a scenario. Raises ValueError, KeyError or TypeError."""
    specs = tuple(
        BoardSpec(
            **{
                **row,
                "faults": {name: float(rate) for name, rate in row.get("faults", {}).items()},
                "options": {name: str(value) for name, value in row.get("options", {}).items()},
            }
        )
        for row in rows
    )
    for spec in specs:
        if spec.device not in BOARDS:
            due = ", ".join(sorted(BOARDS))
            raise ValueError(f"boards: {spec.id}: device {spec.device!r} seen; one of {due} is due")
    return specs


def read_doors(
    rows: list[Mapping[str, Any]], boards: tuple[BoardSpec, ...]
) -> tuple[DoorSpec, ...]:
    """The `[[doors]]` of a scenario. Raises ValueError, KeyError or TypeError."""
    specs = tuple(DoorSpec(**row) for row in rows)
    known = {board.id for board in boards}
    for spec in specs:
        for board in (spec.board, spec.contact_board or spec.board):
            if board not in known:
                raise ValueError(f"doors: {spec.id}: board {board!r} is not defined")
    return specs


def _board(spec: BoardSpec, loop: Loop, folder: Path, seed: int) -> RelayBoard:
    module, _, class_name = BOARDS[spec.device].partition(":")
    kind: type[RelayBoard] = getattr(importlib.import_module(module), class_name)
    dice = random.Random(f"{seed}/{spec.id}")  # noqa: S311 (dice of a play)
    faults = Faults(dice, spec.faults)
    return kind(spec.id, loop, folder / spec.id, faults, baud=spec.baud, options=spec.options)


def _input(board: RelayBoard, number: int) -> Callable[[int], None]:
    """Sets the level of an input; of a door without a contact nothing."""
    if not number:
        return lambda _level: None

    def set_level(level: int) -> None:
        board.levels[number - 1] = level

    if number > len(board.levels):
        raise ValueError(f"{board.reader}: input {number} seen; it has {len(board.levels)}")
    return set_level


def _relays(doors: Mapping[int, Door]) -> Callable[[int, bool], None]:
    """Tells the door of a relay."""

    def switched(channel: int, on: bool) -> None:
        if channel in doors:
            doors[channel].lock(on)

    return switched
