"""Every named fault of every simulated device is in the table, and is tried somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from firmware_sim.devices import DEVICES, device_class
from firmware_sim.faults import EPISODES, FRAME_FAULTS

TESTS = Path(__file__).resolve().parents[2]
TABLE = TESTS.parent / "firmware_sim" / "README.md"


def names() -> list[str]:
    """All faults by name, those of single devices with the device's."""
    found = {*EPISODES, *FRAME_FAULTS}
    for device in map(device_class, DEVICES):
        found |= {*device.own_frame_faults, *device.own_episodes}
    return sorted(found)


def test_there_is_a_row_for_each_fault() -> None:
    table = TABLE.read_text(encoding="utf-8")

    assert [name for name in names() if f"| `{name}` |" not in table] == []


def test_each_fault_is_tried() -> None:
    """By its whole name anywhere, or by its own part in the tests of its device."""

    def words(pattern: str) -> set[str]:
        files = [path for path in TESTS.rglob(pattern) if path != Path(__file__)]
        text = " ".join(path.read_text(encoding="utf-8") for path in files)
        return set(re.findall(r"[\"'` ]([a-z0-9_.]+)[\"'` ]", text))

    anywhere = words("*.py")
    untried = [
        name
        for name in names()
        if name not in anywhere
        and not ("." in name and name.split(".")[1] in words(f"test_*{name.split('.')[0]}*.py"))
    ]

    assert untried == []


def test_a_fault_of_a_device_bears_its_name() -> None:
    for name, device in ((name, device_class(name)) for name in DEVICES):
        own = {*device.own_frame_faults, *device.own_episodes} - {*FRAME_FAULTS, *EPISODES}

        assert {fault.partition(".")[0] for fault in own} <= {name}, name


def test_there_are_faults_enough_to_break_every_reader() -> None:
    assert len(names()) >= 40
