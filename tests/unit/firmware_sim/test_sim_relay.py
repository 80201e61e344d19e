"""Simulated relay boards and doors: published frames byte for byte, and how a door moves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import firmware_sim
from firmware_sim.control import Control
from firmware_sim.doorways import BoardSpec, Doorways
from firmware_sim.loop import Loop
from firmware_sim.relay import RelayBoard
from firmware_sim.scenario import ScenarioError, load
from firmware_sim.site import Site

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "relay_a0.json").read_text(encoding="utf-8")
)
SCENARIO = """
[[readers]]
id = "lf1"
device = "rdm6300"
gate = "g"

[[boards]]
id = "relays"
device = "relay_a0"
faults = { "relay.deaf" = 0.5 }
[boards.options]
channels = 2

[[boards]]
id = "io"
device = "numato"

[[doors]]
id = "north"
board = "relays"
channel = 2
contact_board = "io"
input = 3
"""


def boards(folder: Path, **options: str) -> RelayBoard:
    spec = BoardSpec("b", "relay_a0", options={"channels": "4", **options})
    return Doorways((spec,), (), Loop(), folder, 1).boards["b"]


def said(board: RelayBoard, data: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What the board answers to `data`."""
    heard: list[bytes] = []
    monkeypatch.setattr(board.wire, "send", lambda frame, done: heard.append(frame))
    board.on_bytes(data)
    return b"".join(heard)


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS["commands"] if v["channel"] <= 4 and v["operation"] != "QUERY"],
    ids=lambda v: v["id"],
)  # fmt: skip
def test_published_commands_move_their_relay(vector: dict[str, Any], tmp_path: Path) -> None:
    board = boards(tmp_path)
    before = vector["operation"] == "OFF"
    board.relays = [before] * 4

    board.on_bytes(bytes.fromhex(vector["hex"]))

    moved = [on is not before for on in board.relays]
    assert moved == [n == vector["channel"] for n in range(1, 5)]


@pytest.mark.parametrize(
    ("answers", "identity", "asked"),
    [("frame", "is-on-1", "A00105A6"), ("frame", "is-off-1", "A00105A6"), ("text", "text-2", "FF")],
)
def test_published_answers_are_given(
    answers: str, identity: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = next(v for v in VECTORS["answers"] if v["id"] == identity)
    board = boards(tmp_path, answers=answers, channels="2")
    for channel, on in vector["states"]:
        board.set_relay(channel, on)

    assert said(board, bytes.fromhex(asked), monkeypatch).hex().upper() == vector["hex"]


def test_a_board_without_answers_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(boards(tmp_path), bytes.fromhex("A00101A2A00105A6FF"), monkeypatch) == b""


def test_commands_come_in_any_pieces_with_noise_between(tmp_path: Path) -> None:
    board = boards(tmp_path)

    for byte in bytes.fromhex("00A0FF07 A00101A2 A00101A3 A00903AC A00401A5"):
        board.on_bytes(bytes([byte]))

    assert board.relays == [True, False, False, True]


def test_a_numato_board_echoes_and_answers_as_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Doorways((BoardSpec("b", "numato"),), (), Loop(), tmp_path, 1).boards["b"]

    first = said(board, b"relay on 0\rrelay re", monkeypatch)
    second = said(board, b"ad 0\r", monkeypatch)

    assert (first, second) == (b"relay on 0\n\r>", b"relay read 0\n\ron\n\r>")
    board.levels[3] = 1
    assert said(board, b"gpio read 3\rgpio read 9\rfoo\r", monkeypatch) == (
        b"gpio read 3\n\r1\n\r>gpio read 9\n\r>foo\n\r>"
    )


@pytest.mark.parametrize(("power", "stays"), [("usb", False), ("own", True)])
def test_who_pulls_the_cable_takes_the_power_unless_the_board_has_its_own(
    power: str, stays: bool, tmp_path: Path
) -> None:
    board = boards(tmp_path, power=power)
    board.start()
    board.set_relay(1, True)

    board.wire.unplug()
    board.replug()

    assert board.relays[0] is stays
    board.reset()
    assert board.relays[0] is False
    board.stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A scenario with boards and a door, played."""
    file = tmp_path / "scenario.toml"
    file.write_text(SCENARIO)
    with (tmp_path / "truth.jsonl").open("w") as truth:
        made = Site(load(file), tmp_path, truth, {})
        made.start()
        yield made
        made.stop()


def play(site: Site, seconds: float) -> None:
    """Let the loop run for so long."""
    site.loop.after(seconds, site.loop.stop)
    site.loop.run()


def test_a_released_door_is_walked_through_and_falls_shut(site: Site) -> None:
    board, door = site.doorways.boards["relays"], site.doorways.door("north")
    contact = site.doorways.boards["io"]
    board.set_relay(2, True)

    play(site, door.spec.walk_s + 0.05)
    during = (door.is_open, contact.levels[2])
    play(site, door.spec.through_s + 0.05)

    assert during == (True, 1)
    assert (door.is_open, contact.levels[2], door.passed) == (False, 0, 1)


def test_commands_do_to_a_door_what_they_say(site: Site) -> None:
    control = Control(site, lambda: None, lambda: None)
    door = site.doorways.door("north")

    forced = control.answer("door north forced")
    status = control.answer("status")
    control.answer("door north close")
    control.answer("door north jammed")
    door.lock(True)
    control.answer("door north pass")
    jammed = door.is_open
    control.answer("door north free")
    control.answer("door north held")
    control.answer("door north pass")
    play(site, door.spec.through_s + 0.05)

    assert (forced["ok"], forced["open"]) == (True, True)
    assert status["doors"]["north"] == {"released": False, "open": True, "passed": 0}
    assert status["boards"]["relays"]["relays"] == [False, False]
    assert not jammed
    assert door.is_open
    assert control.answer("door south pass")["error"] == (
        "door: door 'south' seen; one of north is due"
    )
    assert "pass, forced, held" in control.answer("door north fly")["error"]
    assert control.answer("unplug relays")["ok"]
    assert not os.path.lexists(site.folder / "relays")


def test_the_scenario_with_doors_can_be_played() -> None:
    """It is what people begin with."""
    scenario = load(Path(firmware_sim.__file__).parent / "scenarios" / "doors.toml")

    assert [door.id for door in scenario.doors] == ["north", "barrier"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"relay_a0"', '"x"', "device 'x' seen; one of numato, relay_a0 is due"),
        ('board = "relays"', 'board = "x"', "doors: north: board 'x' is not defined"),
        ('id = "relays"', 'id = "lf1"', "each with an id of its own"),
        ("channel = 2", "chanel = 2", "chanel"),
    ],
)
def test_a_wrong_scenario_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(SCENARIO.replace(old, new))

    with pytest.raises(ScenarioError, match=said):
        load(file)
