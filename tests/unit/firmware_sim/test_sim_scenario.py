"""Scenario files: what is read from them, and how a mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.scenario import Mix, ScenarioError, load

READER = '[[readers]]\nid = "lf1"\ndevice = "rdm6300"\ngate = "hall"\n'


def write(folder: Path, text: str) -> Path:
    """A scenario file with `text`."""
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_reader_has_its_kind_s_usual_settings(tmp_path: Path) -> None:
    """What the file does not say is as the device is delivered."""
    (reader,) = load(write(tmp_path, READER)).readers

    assert (reader.baud, reader.antennas, reader.gone_s, reader.frames) == (9600, (1,), 0.35, 2)
    assert (reader.schemes, reader.touch) == (("em4100",), True)
    assert (reader.gates[1].id, reader.gates[1].direction) == ("hall", "in")


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    """Antennas with gates of their own, faults over the common ones, the crowd."""
    scenario = load(
        write(
            tmp_path,
            'seed = 9\ndoors_open = 100\npeople = "p.csv"\n[faults]\nlost = 0.1\nnoise = 0.2\n'
            '[[readers]]\nid = "uhf1"\ndevice = "r2000"\ngate = "hall"\ndirection = "out"\n'
            "antennas = [1, 3]\naddress = 5\ngates = { 3 = \"side\" }\nfaults = { lost = 0.3 }\n"
            "[crowd]\nminutes = 30\nspeed = 20\ncurve = [[0, 1], [1, 2]]\nmix = { early = 0.5 }\n",
        )
    )  # fmt: skip
    (reader,) = scenario.readers

    assert {number: gate.id for number, gate in reader.gates.items()} == {1: "hall", 3: "side"}
    assert (reader.faults, reader.address) == ({"lost": 0.3, "noise": 0.2}, 5)
    assert (scenario.seed, scenario.doors_open, scenario.people) == (9, 100.0, tmp_path / "p.csv")
    assert scenario.crowd is not None
    assert (scenario.crowd.speed, scenario.crowd.mix) == (20.0, Mix(early=0.5))


def test_the_command_line_outranks_the_file(tmp_path: Path) -> None:
    """Seed, speed and people."""
    file = write(tmp_path, f'people = "p.csv"\n{READER}[crowd]\nspeed = 2\n')
    scenario = load(file, seed=5, speed=7.0, people=tmp_path / "q.json")

    assert scenario.crowd is not None
    assert (scenario.seed, scenario.crowd.speed, scenario.crowd.people) == (
        5,
        7.0,
        tmp_path / "q.json",
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "readers is missing"),
        ("readers = []\n", "at least one is due"),
        (READER + READER, "each with an id of its own"),
        (READER.replace("rdm6300", "toaster"), "r2000, rdm6300"),
        (READER.replace('id = "lf1"', 'id = "../lf1"'), "letters, digits"),
        (READER + "antennas = 2\n", "1 is due for rdm6300"),
        (READER + 'direction = "up"\n', "in or out is due"),
        (READER + "colour = 3\n", "'colour' is not a setting"),
        (READER.replace('gate = "hall"\n', ""), "gate is missing"),
        (READER + "[crowd]\n", "a people file is due"),
        ('people = "p"\n' + READER + "[crowd]\nspeed = 0\n", "speed above 0"),
        ('people = "p"\n' + READER + "[crowd.mix]\nearly = 2\n", "0 to 1 is due"),
        ("= 3", "not valid TOML"),
    ],
)
def test_a_mistake_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    """With the file, and what is due."""
    with pytest.raises(ScenarioError, match=r"scenario\.toml: ") as refused:
        load(write(tmp_path, text))

    assert named in str(refused.value)


def test_the_scenarios_that_are_shipped_can_be_read() -> None:
    """Every file in the package's folder."""
    import firmware_sim

    files = sorted((Path(firmware_sim.__file__).parent / "scenarios").glob("*.toml"))

    assert files
    assert all(load(file).readers for file in files)
