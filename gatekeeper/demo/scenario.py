"""Writes the scenario that the simulator plays on the made-up site. Files only."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.demo.site import Lane

__all__ = ["FAULTS", "write_scenario"]

FAULTS = {
    # probability a frame
    "cut": 0.01,
    "lost": 0.01,
    "damaged": 0.02,
    "doubled": 0.005,
    "noise": 0.02,
    # times a minute and reader
    "unplug": 0.3,
    "reset": 0.3,
    "silent": 0.3,
    "baud": 0.2,
    "ghost": 2.0,
}
"""What `--faults` does to every wire; several hundred damaged frames in a usual run."""


def write_scenario(
    file: Path,
    lanes: tuple[Lane, ...],
    people: Path,
    *,
    doors_open_at: float,
    seed: int,
    speed: float,
    faults: bool,
) -> None:
    """Write the scenario `file` (TOML); the people file is named relative to it."""
    parts = [
        f"seed = {seed}\ndoors_open = {doors_open_at:.3f}\n"
        f"people = {msgspec.json.encode(people.name).decode()}\n"
    ]
    for lane in lanes:
        for reader in lane.readers:
            antennas = f"antennas = {reader.antennas}\n" if reader.antennas > 1 else ""
            parts.append(
                f'[[readers]]\nid = "{reader.id}"\ndevice = "{reader.driver}"\n'
                f'gate = "{lane.gate}"\ndirection = "{lane.direction}"\n{antennas}'
            )
    if faults:
        rates = "".join(f"{name} = {rate}\n" for name, rate in FAULTS.items())
        parts.append(f"[faults]\n{rates}")
    parts.append(f"[crowd]\nspeed = {speed}\n")
    file.write_text("\n".join(parts), encoding="utf-8")
