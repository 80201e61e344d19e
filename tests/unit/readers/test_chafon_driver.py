"""The Chafon driver asks what its reader is, keeps rounds going, and mends what can be mended."""

from __future__ import annotations

import random
from typing import Any

import pytest

from firmware_sim.chafon import FOREIGN, LEFT_AT
from gatekeeper.errors import ConfigError, ReaderError, TransportError

FIRST, SECOND = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"
MANY = tuple(f"epc:3008AAAA{number:016X}" for number in range(20))
INFO = bytes.fromhex("04FF21")
TWO_LANES = {"1": "left", "2": "right"}
OWN_FAULTS = ("chafon.bad_crc", "chafon.short_list", "chafon.lost_end", "chafon.glitch")


def commands(play: Any) -> list[int]:
    return [data[2] for data in play.written]


def test_it_asks_what_the_reader_is_and_runs_rounds(simulated: Any) -> None:
    play = simulated("chafon")
    assert not play.driver.alive

    play.run(0.5)

    assert commands(play)[:3] == [0x21, 0x01, 0x01]
    assert play.written[0] == bytes.fromhex("04FF21") + play.written[0][3:]
    assert play.written[1][:12] == bytes.fromhex("0DFF01040001000000008003")
    assert play.driver.alive
    assert (play.driver.model, play.driver.version) == ("UHFReader288M", "0.22")
    assert play.driver.problem() == ""
    assert play.errors == {}


@pytest.mark.parametrize(
    ("model", "layout", "antenna"), [("288", "288", 1), ("86", "288", 1), ("18", "18", None)]
)
def test_the_model_decides_the_layout(
    simulated: Any, model: str, layout: str, antenna: int | None
) -> None:
    play = simulated("chafon", device={"options": {"model": model}})
    play.tap(FIRST, SECOND)

    reads = play.run(2)

    assert {(read.credential, read.antenna) for read in reads} == {
        (FIRST, antenna),
        (SECOND, antenna),
    }
    assert all(read.rssi_dbm is None for read in reads)
    assert play.driver.layout == layout
    assert play.errors == {}
    assert play.driver.counters.garbage == 0


def test_a_layout_that_is_given_is_not_overruled(simulated: Any) -> None:
    play = simulated("chafon", layout="18")
    play.tap(FIRST)

    assert play.run(2) == []
    assert play.driver.counters.garbage_by_reason["length"] > 0


def test_the_length_of_a_round_is_set_in_an_18_only_where_it_differs(simulated: Any) -> None:
    play = simulated("chafon", device={"options": {"model": "18"}})
    play.run(0.5)
    play.driver.close()
    play.run(0.5)

    assert commands(play).count(0x25) == 1
    assert play.device.scan == 3


@pytest.mark.parametrize("model", ["288", "18"])
def test_many_tags_come_in_frames_of_several(simulated: Any, model: str) -> None:
    play = simulated("chafon", device={"options": {"model": model}})
    play.tap(*MANY)

    assert play.cards(2) == set(MANY)
    assert play.errors == {}


def test_it_works_through_the_antennas_that_serve_gates(simulated: Any) -> None:
    play = simulated("chafon", gates=TWO_LANES, device={"antennas": (1, 2)})
    play.tap(FIRST, antenna=1)
    play.tap(SECOND, antenna=2)

    reads = play.run(3)

    assert {read.antenna for read in reads} == {1, 2}
    assert {data[10] for data in play.written if data[2] == 1} == {0x80, 0x81}


def test_a_missing_antenna_is_named_and_does_not_hold_up_the_other(simulated: Any) -> None:
    play = simulated("chafon", gates=TWO_LANES, device={"antennas": (2,)})
    play.tap(SECOND, antenna=2)

    reads = play.run(2)

    assert play.driver.problem() == "antenna 1: antenna_error (F8)"
    assert len(reads) > 15
    assert play.errors["antenna_error"] <= 3


def test_a_loose_cable_is_told_and_forgotten_when_it_is_mended(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(0.5)
    play.device.strike("chafon.antenna")

    assert play.problems(1) == {"antenna 1: antenna_error (F8)"}
    assert play.errors["antenna_error"] <= 11  # rounds are not hurried
    play.run(3)
    play.tap(FIRST)
    assert play.cards(1) == {FIRST}
    assert play.driver.problem() == ""


def test_an_empty_field_is_no_fault(simulated: Any) -> None:
    for model in ("288", "18"):
        play = simulated("chafon", device={"options": {"model": model}})

        assert play.run(3) == []
        assert play.device.rounds > 20
        assert (play.errors, play.problems(1)) == ({}, set())


@pytest.mark.parametrize("model", ["288", "18"])
def test_a_reader_that_pushes_is_read_and_switched_to_answers(simulated: Any, model: str) -> None:
    play = simulated("chafon", device={"options": {"model": model, "mode": "active"}})
    play.tap(FIRST)

    assert play.cards(2) == {FIRST}
    assert not play.device.active
    assert play.errors["was_pushing"] == 1
    assert (0x76 if model == "288" else 0x35) in commands(play)
    assert play.cards(1) == {FIRST}
    assert play.problems(1) == set()


@pytest.mark.parametrize("tags", [0, 1])
@pytest.mark.parametrize("model", ["288", "18"])
def test_a_reader_that_hears_nothing_else_while_it_pushes_is_switched(
    simulated: Any, model: str, tags: int
) -> None:
    """Although what it pushes is life enough; an empty field costs the wait for a tag."""
    options = {"model": model, "mode": "active", "pushing": "deaf"}
    play = simulated("chafon", device={"options": options})
    play.run(2 - 2 * tags)
    play.tap(FIRST)

    assert play.cards(2) == {FIRST}
    assert not play.device.active
    assert play.cards(1) == {FIRST}
    assert play.problems(1) == set()


def test_a_reader_that_is_left_pushing_is_not_flooded_with_questions(simulated: Any) -> None:
    play = simulated(
        "chafon", mode="active", device={"options": {"mode": "active", "pushing": "deaf"}}
    )
    play.tap(FIRST)

    assert play.cards(10) == {FIRST}
    assert len(play.written) <= 10
    assert play.driver.baud == 57600
    assert play.problems(1) == set()


def test_switching_an_18_keeps_its_other_settings(simulated: Any) -> None:
    """Mode state, bank, first word, words and tag time come back as they were told."""
    play = simulated("chafon", device={"options": {"model": "18", "mode": "active"}})
    play.tap(FIRST)
    play.run(2)

    (order,) = [data for data in play.written if data[2] == 0x35]

    assert order[3:9] == bytes.fromhex("00 02 01 00 06 00")


def test_a_reader_that_is_set_to_push_in_service_is_set_back(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(6)
    play.device.strike("chafon.active")
    assert play.device.active
    play.tap(FIRST)

    assert play.cards(2) == {FIRST}
    assert not play.device.active
    assert play.problems(1) == set()


@pytest.mark.parametrize("model", ["288", "18"])
def test_a_reader_may_be_left_pushing(simulated: Any, model: str) -> None:
    play = simulated(
        "chafon", mode="active", device={"options": {"model": model, "mode": "active"}}
    )
    play.tap(FIRST)

    assert play.cards(3) == {FIRST}
    assert set(commands(play)) - {0x25} == {0x21}
    assert play.device.active
    play.take(FIRST)
    assert play.problems(5) == set()  # the question each second proves it alive


def test_a_heartbeat_is_a_sign_of_life(simulated: Any) -> None:
    play = simulated("chafon", mode="active", device={"options": {"mode": "active"}})

    play.run(31)

    assert play.device._beats == 1
    assert play.errors == {}


def test_the_address_of_a_reader_on_a_bus(simulated: Any) -> None:
    play = simulated("chafon", address=5, device={"address": 5})
    play.tap(FIRST)

    assert play.cards(1) == {FIRST}
    assert {data[1] for data in play.written} == {5}


def test_what_a_neighbour_on_the_bus_says_is_left_out(simulated: Any) -> None:
    play = simulated("chafon", address=5, device={"address": 5})
    play.tap(FIRST)
    play.run(0.5)
    for _ in range(5):
        play.device.strike("chafon.other_reader")
        assert play.cards(0.5) == {FIRST}

    assert play.errors == {"other_address": 5}


def test_without_an_address_a_neighbour_is_taken_at_its_word(simulated: Any) -> None:
    """Why a bus with several readers needs addresses."""
    play = simulated("chafon")
    play.run(0.5)
    play.device.strike("chafon.other_reader")

    assert play.cards(0.5) == {FOREIGN}


def test_another_address_than_the_readers_is_silence(simulated: Any) -> None:
    play = simulated("chafon", address=6, device={"address": 5})

    said = play.problems(3)

    assert any("since it was opened" in text for text in said)
    assert not play.driver.alive


def test_our_own_words_given_back_prove_nothing(simulated: Any) -> None:
    """Some RS-485 adapters hear themselves."""
    play = simulated("chafon")
    play.device.silence(100)
    play.run(0.1)
    write = play.write
    play.driver.transport = play
    play.write = lambda data: (write(data), play.wire.heard.append(data))[0]

    play.run(3)

    assert not play.driver.alive


@pytest.mark.parametrize("baud", [9600, 115200])
def test_a_reader_left_at_another_speed_is_found_and_used_there(simulated: Any, baud: int) -> None:
    play = simulated("chafon")
    play.wire.baud = play.device.baud = baud
    play.tap(FIRST)

    assert FIRST in play.cards(7)
    assert play.driver.baud == baud
    assert play.errors["found_at_other_baud"] == 1
    assert play.cards(2) == {FIRST}


def test_a_speed_that_was_changed_in_service_is_found(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(0.5)
    play.device.strike("chafon.left_baud")
    play.tap(FIRST)

    said = play.problems(4)

    assert play.driver.baud == LEFT_AT
    assert all("an answer within 1 s is due" in text for text in said)
    assert play.cards(1) == {FIRST}


def test_a_network_model_is_looked_for_at_no_other_speed(simulated: Any) -> None:
    play = simulated("chafon", url="socket://127.0.0.1:6000")
    play.device.silence(4)

    play.run(4)

    assert play.wire.host == 57600


def test_a_reader_that_refuses_parameters_is_asked_without(simulated: Any) -> None:
    play = simulated("chafon", device={"options": {"params": "refused"}})
    play.tap(FIRST)

    assert play.cards(1) == {FIRST}
    assert play.errors == {"wrong_length": 2}
    assert play.problems(1) == set()


def test_a_reader_that_refuses_everything_is_named_and_not_flooded(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(0.5)
    play.device.strike("chafon.refuses")
    before = len(play.written)

    assert play.problems(0.4) == {"antenna 1: illegal_command (FE)"}
    assert len(play.written) - before <= 6
    play.run(2)
    play.tap(FIRST)
    assert play.cards(1) == {FIRST}
    assert play.driver.problem() == ""


def test_a_fault_of_single_frames_costs_reads_and_never_gives_a_wrong_one(
    simulated: Any,
) -> None:
    """Each of the device's own, in both layouts; afterwards everything is as before."""
    for fault in OWN_FAULTS:
        for model in ("288", "18"):
            play = simulated("chafon", device={"options": {"model": model}})
            play.tap(FIRST, SECOND)
            play.run(0.5)
            play.device.faults.set(fault, 0.3)

            assert play.cards(20) == {FIRST, SECOND}, fault
            assert play.problems(1) == set() or fault == "chafon.lost_end"
            play.device.faults.set(fault, 0.0)
            play.run(1)
            assert len(play.run(2)) > 30, fault
            assert play.driver.problem() == "", fault


def test_each_frame_fault_shows_in_its_count(simulated: Any) -> None:
    def play(fault: str) -> Any:
        found = simulated("chafon")
        found.tap(FIRST)
        found.run(0.5)
        found.device.faults.set(fault, 0.5)
        found.run(10)
        return found

    assert play("chafon.bad_crc").driver.counters.garbage_by_reason["checksum"] > 3
    assert play("chafon.short_list").driver.counters.garbage_by_reason["length"] > 3
    assert play("chafon.lost_end").errors["no_answer"] > 3
    assert play("chafon.glitch").driver.counters.garbage > 3


def test_a_bus_that_clicks_before_each_frame_is_read_all_the_same(simulated: Any) -> None:
    for address in range(0, 255, 16):
        play = simulated("chafon", device={"address": address})
        play.device.faults.set("chafon.glitch", 1.0)
        play.tap(FIRST)

        assert play.cards(2) == {FIRST}, address
        assert {report.fault for report in play.reports} == {"chafon.glitch"}


def test_a_silent_reader_is_suspect_within_a_second_and_given_up_after_five(
    simulated: Any,
) -> None:
    play = simulated("chafon")
    play.run(0.5)
    play.device.silence(60)
    began_ns = play.loop.ns

    play.run(0.8)
    assert play.driver.problem() == ""
    play.run(0.4)
    assert "since the last answer; an answer within 1 s is due" in play.driver.problem()
    with pytest.raises(ReaderError, match=r"/dev/simulated: 5\.\d s of silence seen; .+ is due"):
        play.read_until_it_gives_up()

    assert 4.8e9 <= play.loop.ns - began_ns <= 5.2e9
    assert len(play.written) < 60


def test_a_reader_that_comes_back_after_silence_is_read_within_two_seconds(
    simulated: Any,
) -> None:
    for seconds in (0.5, 1.3, 2.7, 4.0, 9.0):
        play = simulated("chafon")
        play.run(0.5)
        play.device.silence(seconds)
        play.run(seconds)
        play.tap(FIRST)

        assert play.cards(2) == {FIRST}, seconds
        assert play.driver.baud == 57600


def test_a_restart_loses_nothing_that_is_in_flash(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(0.5)
    play.device.reset()
    play.tap(FIRST)

    assert play.cards(2.5) == {FIRST}
    assert play.driver.problem() == ""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["lossy", "damaging"])
def test_the_same_talk_over_a_bad_line(simulated: Any, way: str, seed: int) -> None:
    rng = random.Random(seed)
    play = simulated("chafon", seed=seed)
    play.way = {
        "lossy": lambda data: bytes(b for b in data if rng.random() >= 0.01),
        "damaging": lambda data: bytes(
            b ^ rng.randrange(1, 256) if rng.random() < 0.01 else b for b in data
        ),
    }[way]
    play.tap(FIRST, SECOND)

    assert play.cards(30) == {FIRST, SECOND}


def test_an_unplugged_line_is_the_transports_error(simulated: Any) -> None:
    play = simulated("chafon")
    play.run(0.2)
    play.wire.unplug()

    with pytest.raises(TransportError):
        play.driver.read()


@pytest.mark.parametrize("text", ["0", "9", "1;2", "", "one", "1,,2"])
def test_antennas_that_are_none_are_refused(simulated: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': antennas .+ are due, e\.g\. 1,2"):
        simulated("chafon", antennas=text)
