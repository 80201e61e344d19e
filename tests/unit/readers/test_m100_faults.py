"""The M100 driver and the module's own faults: what each does to it, and that it heals."""

from __future__ import annotations

from typing import Any

import pytest

CARD, OTHER = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"


@pytest.fixture
def play(simulated: Any) -> Any:
    """A module at work, one tag before it."""
    found = simulated("m100")
    found.tap(CARD)
    assert found.cards(1.0) == {CARD}
    return found


@pytest.mark.parametrize("name", ["m100.tag_crc", "m100.wrong_sum"])
def test_a_frame_that_is_wrong_anywhere_costs_a_read_and_makes_no_other_card(
    play: Any, name: str
) -> None:
    play.device.faults.set(name, 0.5)
    reads = play.run(5.0)

    assert {read.credential for read in reads} == {CARD}
    assert play.driver.counters.garbage_by_reason["checksum"] > 60
    assert play.driver.counters.garbage == play.driver.counters.garbage_by_reason["checksum"]
    assert play.driver.problem() == ""


def test_frames_that_are_all_wrong_are_called_by_their_likely_cause(play: Any) -> None:
    """The rounds go on without a word that is understood."""
    play.device.faults.set("m100.wrong_sum", 1.0)

    said = play.problems(1.5)
    assert any("silent" in problem for problem in said)

    play.device.faults.set("m100.wrong_sum", 0.0)
    assert play.cards(1.0) == {CARD}
    assert play.driver.problem() == ""


def test_rounds_that_end_are_begun_again_before_a_tag_is_gone(play: Any) -> None:
    play.device.strike("m100.count_end")
    began_ns = play.loop.now()
    reads = play.run(2.0)

    assert play.errors["poll_restarted"] == 1
    assert 0.3e9 <= reads[0].seen_ns - began_ns <= 0.5e9
    assert play.driver.problem() == ""


def test_a_flood_of_empty_rounds_hides_no_tag(play: Any) -> None:
    play.take(CARD)
    play.device.strike("m100.flood")
    before = play.driver.counters.frames
    play.run(1.0)
    flood = play.driver.counters.frames - before
    play.tap(OTHER)

    assert flood > 300
    assert play.cards(0.2) == {OTHER}
    assert play.driver.problem() == ""
    assert play.errors == {}


def test_occupied_channels_are_shown_and_pass(play: Any) -> None:
    play.device.strike("m100.busy_channels")
    assert play.problems(0.9) == {"fhss_fail (20)"}
    assert play.errors["fhss_fail"] > 20

    play.run(4.0)
    assert play.driver.problem() == ""
    assert play.cards(0.5) == {CARD}


def test_a_module_that_fell_asleep_loses_the_command_that_wakes_it(play: Any) -> None:
    play.device.strike("m100.sleep")

    assert play.cards(1.5) == {CARD}
    assert play.errors == {"poll_restarted": 1, "step_repeated": 1}
    assert play.driver.problem() == ""


def test_a_module_at_another_speed_is_sought_and_brought_back(play: Any) -> None:
    play.device.strike("m100.left_baud")
    assert play.device.baud != 115200
    said = play.problems(7.0)

    assert any("silent for" in problem for problem in said)
    assert play.device.baud == 115200
    assert play.cards(0.5) == {CARD}
    assert play.driver.problem() == ""


def test_a_power_cut_forgets_settings_and_the_driver_sets_them_again(simulated: Any) -> None:
    play = simulated("m100", region="europe", power_dbm=20)
    play.run(1.0)
    assert (play.device.region, play.device.power) == (3, 2000)

    play.device.on_power()
    assert play.device.region == 1
    play.run(1.0)

    assert (play.device.region, play.device.power) == (3, 2000)


@pytest.mark.parametrize("fault", ["reset", "silent", "baud", "unplug"])
def test_the_faults_of_any_reader_pass(simulated: Any, fault: str) -> None:
    play = simulated("m100")
    play.tap(CARD)
    play.run(1.0)
    if fault == "unplug":
        play.driver.close()
        play.device.wire.unplug()
        play.device.replug()
    else:
        play.device.strike(fault)
        play.run(6.0)

    assert play.cards(1.5) == {CARD}
    assert play.driver.problem() == ""
