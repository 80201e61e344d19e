"""The ThingMagic driver and the module's own faults: what each does to it, and that it heals."""

from __future__ import annotations

from typing import Any

import pytest

CARD, OTHER = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"


@pytest.fixture
def play(simulated: Any) -> Any:
    """A module at work, one tag before it."""
    found = simulated("thingmagic")
    found.tap(CARD)
    assert found.cards(2.0) == {CARD}
    return found


def test_a_tag_that_stays_is_told_again_and_again(simulated: Any) -> None:
    """The module's read filter would tell it once, and it would seem gone."""
    play = simulated("thingmagic")
    play.tap(CARD)

    assert len(play.run(3.0)) > 40


def test_frames_with_the_wrong_kind_of_crc_are_garbage(play: Any) -> None:
    play.device.faults.set("thingmagic.ccitt_crc", 0.3)
    reads = play.run(5.0)

    assert {read.credential for read in reads} == {CARD}
    assert play.driver.counters.garbage_by_reason["checksum"] > 20
    assert play.driver.problem() == ""


def test_a_module_whose_crc_is_always_wrong_is_given_up_and_comes_back(play: Any) -> None:
    play.device.faults.set("thingmagic.ccitt_crc", 1.0)
    assert play.cards(4.0) == set()
    assert play.driver.problem() != ""

    play.device.faults.set("thingmagic.ccitt_crc", 0.0)
    assert play.cards(6.0) == {CARD}
    assert play.driver.problem() == ""


@pytest.mark.parametrize(
    ("fault", "told"),
    [("hot", "over_temperature (0504)"), ("return_loss", "high_return_loss (0505)")],
)
def test_what_hurts_the_module_is_shown_and_passes(play: Any, fault: str, told: str) -> None:
    play.device.strike(f"thingmagic.{fault}")

    assert play.problems(1.5) == {told}
    assert play.errors[told.partition(" ")[0]] >= 2
    play.run(6.0)
    assert play.driver.problem() == ""
    assert play.cards(0.5) == {CARD}


def test_a_stream_that_ends_without_a_word_is_begun_again(play: Any) -> None:
    play.device.strike("thingmagic.stalled")
    began_ns = play.loop.now()
    said = play.problems(1.9)
    reads = play.run(2.0)

    assert any(problem.startswith("silent for 1.") for problem in said)
    assert play.errors["stream_restarted"] == 1
    assert 1.9e9 < reads[0].seen_ns - began_ns < 3e9


def test_a_module_that_takes_no_command_is_read_all_the_same(play: Any) -> None:
    """Its host restarts, and the stream goes on; it is stopped when it listens again."""
    play.device.faults.length_s = lambda _name: 7.0
    play.device.strike("thingmagic.deaf")
    play.wire.host = None
    play.driver.transport.close()
    play.driver.open()

    assert len(play.run(4.0)) > 60
    play.run(2.0)
    assert play.driver.problem().startswith("stop_reading: unanswered")
    play.run(22.0)
    assert play.driver.problem() == ""
    assert play.cards(0.5) == {CARD}


def test_a_module_that_fell_into_its_bootloader_is_booted_and_set_up(play: Any) -> None:
    play.device.strike("thingmagic.bootloader")

    assert play.cards(5.0) == {CARD}
    assert play.device.booted
    assert play.device.region == 6
    assert play.errors["booted"] == 1
    assert play.driver.problem() == ""


def test_a_stream_at_another_speed_is_found_and_brought_back(play: Any) -> None:
    play.device.strike("thingmagic.left_baud")
    assert play.device.baud != 115200
    said = play.problems(12.0)

    assert any("silent for" in problem for problem in said)
    assert play.device.baud == 115200
    assert play.cards(0.5) == {CARD}
    assert play.driver.problem() == ""


def test_a_power_cut_takes_the_region_and_the_driver_sets_it_again(simulated: Any) -> None:
    """Without a region the module would answer 0405 to every start."""
    play = simulated("thingmagic", region="na2")
    play.tap(CARD)
    play.run(2.0)
    assert play.device.region == 13

    play.device.on_power()
    assert (play.device.region, play.device.streaming) == (0, False)

    assert play.cards(4.0) == {CARD}
    assert play.device.region == 13


def test_a_region_that_the_module_does_not_have_is_told(simulated: Any) -> None:
    play = simulated("thingmagic", region="th")
    play.tap(CARD)
    play.run(2.0)

    assert play.driver.problem().startswith(
        "set_region: invalid_region (010B); start_reading: radio_not_on (0405)"
    )
    assert play.cards(2.0) == set()


def test_an_antenna_that_is_not_there_is_told_and_the_other_works(simulated: Any) -> None:
    play = simulated("thingmagic", antennas="1,2")
    play.tap(CARD)

    assert play.cards(3.0) == {CARD}
    assert play.driver.problem() == "antenna_not_connected (0503)"


def test_two_antennas_tell_tags_apart(simulated: Any) -> None:
    gates = {"1": "left", "2": "right"}
    play = simulated("thingmagic", device={"antennas": (1, 2)}, gates=gates)
    play.tap(CARD, antenna=1)
    play.tap(OTHER, antenna=2)
    reads = play.run(2.0)

    strongest = {}
    for read in sorted(reads, key=lambda read: read.rssi_dbm):
        strongest[read.credential] = read.antenna
    assert strongest == {CARD: 1, OTHER: 2}


@pytest.mark.parametrize("fault", ["reset", "silent", "baud", "unplug"])
def test_the_faults_of_any_reader_pass(simulated: Any, fault: str) -> None:
    play = simulated("thingmagic")
    play.tap(CARD)
    play.run(1.0)
    if fault == "unplug":
        play.driver.close()
        play.device.wire.unplug()
        play.device.replug()
    else:
        play.device.strike(fault)
        play.run(9.0)

    assert play.cards(2.0) == {CARD}
    assert play.driver.problem() == ""
