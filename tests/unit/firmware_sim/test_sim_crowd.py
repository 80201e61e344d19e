"""The reception in a time that is moved by hand: everybody comes through, in good order."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.crowd import Reception
from firmware_sim.people import Gate, Person
from firmware_sim.scenario import Crowd, Mix, ReaderSpec, Scenario, ScenarioError
from firmware_sim.site import Site
from firmware_sim.wire import Wire

SECOND = 1_000_000_000
BUSY = Mix(
    twice=0.2, hold=0.1, couples=0.4, uninvited=0.1, leave=0.4, come_back=0.7, exit_first=0.1,
    same_instant=0.2,
)  # fmt: skip


@pytest.fixture(autouse=True)
def attentive_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that hears everything at the right rate, without a port."""
    monkeypatch.setattr(Wire, "host_present", lambda _: True)
    monkeypatch.setattr(Wire, "host_baud", lambda wire: wire.baud)
    monkeypatch.setattr(Wire, "_write", lambda _wire, _data: True)


def lf(name: str, gate: str, direction: str = "in", **faults: float) -> ReaderSpec:
    """A 125 kHz reader."""
    return ReaderSpec(
        name, "rdm6300", 9600, (1,), {1: Gate(gate, direction)}, 1, 0.35, 2, dict(faults)
    )


def guests(count: int) -> dict[str, Person]:
    """Mostly good ones; one in ten is revoked, one in nine a VIP."""
    people = [
        Person(
            f"em4100:{number:010X}", "revoked" if number % 10 == 3 else "ok", vip=number % 9 == 0
        )
        for number in range(count)
    ]
    return {person.credential: person for person in people}


class Play:
    """A reception played to its end in no time."""

    def __init__(self, folder: Path, loop: Any, seed: int, mix: Mix = BUSY, **faults: float):
        readers = (
            lf("lf1", "a", **faults), lf("lf2", "b", **faults), lf("out", "x", "out", **faults)
        )  # fmt: skip
        crowd = Crowd(Path("unused"), minutes=1, speed=1.0, mix=mix)
        scenario = Scenario(readers, seed, None, None, crowd)
        self.output = io.StringIO()
        self.loop, self.crowded = loop, 0
        self.site = Site(scenario, folder, self.output, guests(40), loop)
        self.done: list[bool] = []
        self.reception = Reception(self.site, crowd, lambda: self.done.append(True))

    def run(self, minutes: float = 60) -> list[dict[str, Any]]:
        """Play; the lines of truth."""
        self.site.start()
        self.reception.begin()
        end_ns = self.loop.now() + round(minutes * 60 * SECOND)
        while not self.done:
            assert self.loop.now() < end_ns, self.reception.report()
            self.loop.pass_ms(50)
            for station in self.site.stations.values():
                self.crowded = max(self.crowded, len(station.device.field.tags))
        self.site.stop()
        return [json.loads(line) for line in self.output.getvalue().splitlines()]


@pytest.mark.parametrize("seed", range(6))
def test_everybody_comes_through(tmp_path: Path, hand_loop: Any, seed: int) -> None:
    """Each person was read, nobody gave up, and who is inside is who the truth says."""
    play = Play(tmp_path, hand_loop, seed)
    rows = [row for row in play.run() if row["type"] == "presentation"]

    counts = play.reception.counts
    assert (counts["through"], counts["under_way"], counts["gave_up"]) == (44, 0, 0)
    assert len({row["credential"] for row in rows}) == 44
    inside: dict[str, int] = defaultdict(int)
    for row in sorted(rows, key=lambda row: row["decided_ns"] or 0):
        reason = row["expected"][0] if row["expected"] else ""
        if row["race"]:
            inside[row["credential"]] = 1
        elif reason.startswith("granted"):
            inside[row["credential"]] = 0 if reason == "granted_exit" else 1
    if not any(row["maybe"] for row in rows):
        assert {tag for tag, count in inside.items() if count} == play.site.model.inside


@pytest.mark.parametrize("seed", range(3))
def test_presentations_of_one_tag_at_one_reader_never_touch(
    tmp_path: Path, hand_loop: Any, seed: int
) -> None:
    """There is more than the gone time between them."""
    by_key: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in Play(tmp_path, hand_loop, seed).run():
        if row["type"] == "presentation":
            by_key[row["reader"], row["credential"]].append(row)

    assert any(len(rows) > 1 for rows in by_key.values())
    for rows in by_key.values():
        for left, right in pairwise(rows):
            if right["maybe"]:
                continue  # two tags held together took turns with a pause between
            assert right["first_ns"] - left["frames_ns"][-1] > 0.35 * 1.3 * SECOND


def test_without_couples_nobody_is_at_a_125_khz_reader_with_another(
    tmp_path: Path, hand_loop: Any
) -> None:
    """One at a time, VIPs, races and returning guests included."""
    play = Play(tmp_path, hand_loop, 1, Mix(couples=0.0, twice=0.3, leave=0.5, same_instant=0.3))
    play.run()

    assert play.crowded == 1


def test_a_race_is_at_two_readers_at_the_same_instant(tmp_path: Path, hand_loop: Any) -> None:
    """Both decide within a fraction of a second, and exactly these two are a race."""
    play = Play(tmp_path, hand_loop, 2, Mix(*[0.0] * 9, same_instant=1.0))
    races: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in play.run():
        if row["type"] == "presentation" and row["race"]:
            races[row["race"]].append(row)

    assert len(races) == 36
    for left, right in races.values():
        assert {left["reader"], right["reader"]} == {"lf1", "lf2"}
        assert abs(left["decided_ns"] - right["decided_ns"]) < 0.1 * SECOND
        assert left["expected"] == right["expected"] == ["granted", "already_in"]


def test_destroyed_reads_make_people_stay_or_come_again(tmp_path: Path, hand_loop: Any) -> None:
    """With six of ten frames damaged everybody is read in the end, many after a retry."""
    play = Play(tmp_path, hand_loop, 1, Mix(*[0.0] * 11), damaged=0.6)
    rows = [row for row in play.run() if row["type"] == "presentation"]

    assert play.reception.counts["gave_up"] == 0
    assert {row["credential"] for row in rows if row["decided_ns"]} == set(guests(40))
    assert sum(row["retried"] > 0 for row in rows) >= 4


def test_whoever_can_never_be_read_goes_home_and_is_counted(tmp_path: Path, hand_loop: Any) -> None:
    """The run ends, and says so."""
    play = Play(tmp_path, hand_loop, 1, Mix(*[0.0] * 11), damaged=1.0)
    rows = play.run()

    assert play.reception.counts["gave_up"] == 40
    assert {row["type"] for row in rows} == {"frame", "unread"}


def test_people_whose_tags_no_entrance_reads_are_refused_before_the_start(
    tmp_path: Path, hand_loop: Any
) -> None:
    """Not found out in the middle of the run."""
    person = Person("epc:3008")
    crowd = Crowd(Path("unused"))
    scenario = Scenario((lf("lf1", "a"),), 1, None, None, crowd)
    site = Site(scenario, tmp_path, io.StringIO(), {person.credential: person}, hand_loop)

    with pytest.raises(ScenarioError, match="epc:3008: no entrance reads such a tag"):
        Reception(site, crowd, lambda: None)
