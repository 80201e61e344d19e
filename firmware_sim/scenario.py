"""A scenario: a small TOML file that says which readers there are and who comes.

Only reads and checks; a mistake is refused with the file, the table and the key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from firmware_sim.devices import device_class
from firmware_sim.doorways import BoardSpec, DoorSpec, read_boards, read_doors
from firmware_sim.people import Gate

__all__ = ["Crowd", "Mix", "ReaderSpec", "Scenario", "ScenarioError", "load"]


class ScenarioError(Exception):
    """The scenario file says something that cannot be played."""


@dataclass(frozen=True, slots=True)
class ReaderSpec:
    """One `[[readers]]` table."""

    id: str
    device: str
    baud: int
    antennas: tuple[int, ...]
    gates: dict[int, Gate]
    """Gate by antenna."""
    address: int
    gone_s: float
    frames: int
    faults: dict[str, float]
    options: dict[str, str] = field(default_factory=dict)
    """Variants of the device; which there are says its class."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """Schemes of the credentials that the reader reads."""
        return device_class(self.device).schemes

    @property
    def touch(self) -> bool:
        """Whether people hold one tag to it at a time."""
        return device_class(self.device).touch


@dataclass(frozen=True, slots=True)
class Mix:
    """How people behave: each a part of those who could, between 0 and 1."""

    early: float = 0.03
    """Come before the doors open, are sent away, and come again."""
    twice: float = 0.03
    """Show an admitted tag a second time, at any entrance."""
    hold: float = 0.03
    """Hold the tag in the field for seconds."""
    linger: float = 0.02
    """Stand about at the edge of the field afterwards."""
    couples: float = 0.10
    """Come in twos."""
    uninvited: float = 0.01
    """Come with a tag that nobody knows; counted on the number of people."""
    leave: float = 0.08
    """Go out through the exit."""
    come_back: float = 0.5
    """Of those who left, come in again."""
    exit_first: float = 0.01
    """Try the exit without having come in."""
    same_instant: float = 0.01
    """Show the same tag at two entrances at once."""
    wrong_gate: float = 0.5
    """Of those whose pass opens some gates only, try another one first."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The `[crowd]` table: who comes, when, and how."""

    people: Path
    minutes: float = 60.0
    """Length of the arrivals in the reception's own time; divided by `speed`."""
    speed: float = 1.0
    curve: tuple[tuple[float, float], ...] = ((0.0, 0.2), (0.25, 0.8), (0.5, 2.0), (1.0, 0.15))
    """(part of the time, arrivals relative to each other); straight lines between."""
    mix: Mix = field(default_factory=Mix)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a run of the simulator plays."""

    readers: tuple[ReaderSpec, ...]
    seed: int = 1
    doors_open: float | None = None
    """UTC seconds from which passes are valid."""
    people: Path | None = None
    """Known people; without a crowd they only give `tap` its right verdict."""
    crowd: Crowd | None = None
    faults: dict[str, float] = field(default_factory=dict)
    boards: tuple[BoardSpec, ...] = ()
    doors: tuple[DoorSpec, ...] = ()


def load(
    file: Path, *, seed: int | None = None, speed: float | None = None, people: Path | None = None
) -> Scenario:
    """Read `file`; paths in it are relative to it, and the arguments outrank it.

    Raises ScenarioError with the file and the key for anything that is not understood.
    """
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file}: not valid TOML: {error}") from error
    try:
        return _scenario(tree, file.parent, seed, speed, people)
    except (KeyError, TypeError, ValueError) as error:
        text = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise ScenarioError(f"{file}: {text}") from error


def _scenario(
    tree: dict[str, Any], folder: Path, seed: int | None, speed: float | None, people: Path | None
) -> Scenario:
    _known(tree, {"seed", "doors_open", "people", "readers", "crowd", "faults", "boards", "doors"},
           "top level")  # fmt: skip
    faults = {name: float(rate) for name, rate in tree.get("faults", {}).items()}
    readers = tuple(_reader(row, faults) for row in tree["readers"])
    boards = read_boards(tree.get("boards", []))
    names = [reader.id for reader in readers] + [board.id for board in boards]
    if not readers or len(set(names)) != len(names):
        raise ValueError(f"readers {names} seen; at least one is due, each with an id of its own")
    named = people or (folder / tree["people"] if "people" in tree else None)
    crowd = _crowd(tree["crowd"], named, speed) if "crowd" in tree else None
    doors = tree.get("doors_open")
    return Scenario(
        readers,
        int(tree.get("seed", 1)) if seed is None else seed,
        None if doors is None else float(doors),
        named,
        crowd,
        faults,
        boards,
        read_doors(tree.get("doors", []), boards),
    )


def _reader(row: dict[str, Any], faults: dict[str, float]) -> ReaderSpec:
    where = f"readers: {row.get('id', '?')}"
    _known(row, {"id", "device", "baud", "antennas", "gate", "direction", "gates", "address",
                 "gone_s", "frames", "faults", "options"}, where)  # fmt: skip
    device = row["device"]
    try:
        kind = device_class(device)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    if not str(row["id"]).replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError(f"{where}: an id of letters, digits, . _ - is due")
    antennas = row.get("antennas", 1)
    numbers = tuple(range(1, antennas + 1)) if isinstance(antennas, int) else tuple(antennas)
    if not numbers or not set(numbers) <= set(range(1, kind.antennas_max + 1)):
        due = f"1 to {kind.antennas_max}" if kind.antennas_max > 1 else "1"
        raise ValueError(f"{where}: antennas {antennas} seen; {due} is due for {device}")
    direction = row.get("direction", "in")
    if direction not in ("in", "out"):
        raise ValueError(f"{where}: direction {direction!r} seen; in or out is due")
    own = row.get("gates", {})
    gates = {n: Gate(own[str(n)] if str(n) in own else row["gate"], direction) for n in numbers}
    return ReaderSpec(
        id=str(row["id"]),
        device=device,
        baud=int(row.get("baud", kind.default_baud)),
        antennas=numbers,
        gates=gates,
        address=int(row.get("address", 1)),
        gone_s=float(row.get("gone_s", kind.gone_s)),
        frames=int(row.get("frames", kind.frames_needed)),
        faults=faults | {name: float(rate) for name, rate in row.get("faults", {}).items()},
        options={name: str(value) for name, value in row.get("options", {}).items()},
    )


def _crowd(row: dict[str, Any], people: Path | None, speed: float | None) -> Crowd:
    _known(row, {"minutes", "speed", "curve", "mix"}, "crowd")
    if people is None:
        raise ValueError('crowd: a people file is due (people = "file.json")')
    mix = row.get("mix", {})
    _known(mix, {part.name for part in fields(Mix)}, "crowd.mix")
    for name, part in mix.items():
        if not 0.0 <= part <= 1.0:
            raise ValueError(f"crowd.mix: {name} = {part} seen; 0 to 1 is due")
    given: dict[str, Any] = {"mix": Mix(**mix)}
    if "curve" in row:
        given["curve"] = tuple((float(at), float(weight)) for at, weight in row["curve"])
    crowd = Crowd(
        people,
        float(row.get("minutes", 60.0)),
        float(row.get("speed", 1.0)) if speed is None else speed,
        **given,
    )
    if crowd.speed <= 0 or crowd.minutes < 0:
        raise ValueError("crowd: speed above 0 and minutes not below 0 are due")
    return crowd


def _known(row: dict[str, Any], names: set[str], where: str) -> None:
    unknown = sorted(set(row) - names)
    if unknown:
        raise ValueError(f"{where}: {unknown[0]!r} is not a setting; {', '.join(sorted(names))}")
