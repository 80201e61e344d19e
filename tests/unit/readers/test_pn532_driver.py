"""The PN532 driver finds its reader, reads what lies there, and mends what can be mended."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from firmware_sim.pn532 import LEFT_AT
from gatekeeper.errors import ConfigError, ReaderError, TransportError

CLASSIC, NTAG, TRIPLE = "uid:24D34F59", "uid:04416D412B0289", "uid:04112233445566778899"
RANDOM = "uid:08AB12CD"
SEARCH, RELEASE = bytes.fromhex("0000FF04FCD44A0200E000"), bytes.fromhex("0000FF03FDD45200DA00")
ABORT = bytes.fromhex("0000FF00FF00")
OWN_FAULTS = ("pn532.no_ack", "pn532.extra_zero", "pn532.syntax_error", "pn532.lost_zero")


def gaps_ms(play: Any, seconds: float) -> list[float]:
    """Pauses between the reads of one card."""
    times = [read.seen_ns for read in play.run(seconds)]
    return [(right - left) / 1e6 for left, right in pairwise(times)]


def test_it_wakes_configures_and_limits_the_chip_before_it_searches(simulated: Any) -> None:
    play = simulated("pn532")

    play.run(0.3)

    assert play.written[:4] == [
        b"\x55\x55" + bytes(14) + bytes.fromhex("0000FF03FDD414011700"),
        bytes.fromhex("0000FF02FED4022A00"),
        bytes.fromhex("0000FF06FAD43205FF0102F300"),
        SEARCH,
    ]
    assert play.driver.alive
    assert play.driver.version == "1.6"
    assert play.driver.problem() == ""
    assert play.errors == {}


@pytest.mark.parametrize("card", [CLASSIC, NTAG, TRIPLE, RANDOM])
def test_a_card_of_any_size_is_read_and_read_again(simulated: Any, card: str) -> None:
    play = simulated("pn532")
    play.tap(card)

    reads = play.run(2)

    assert {read.credential for read in reads} == {card}
    assert len(reads) >= 15
    assert play.errors == {}


def test_a_resting_card_is_released_so_that_no_search_misses_it(simulated: Any) -> None:
    play = simulated("pn532")
    play.tap(CLASSIC)

    assert max(gaps_ms(play, 3)) < 150
    assert play.written.count(RELEASE) >= play.written.count(SEARCH) - 1


def test_two_misses_do_not_make_a_card_gone(simulated: Any) -> None:
    """At the edge of the field, where every third search misses."""
    play = simulated("pn532")
    play.tap(CLASSIC, flicker=0.33)

    in_a_row = max(gaps_ms(play, 20))

    assert in_a_row > 200
    assert play.driver.family.gone_after_s * 1000 > 3 * min(gaps_ms(play, 5))


def test_two_cards_that_lie_together_are_both_read(simulated: Any) -> None:
    play = simulated("pn532")
    play.tap(CLASSIC, NTAG)

    reads = play.run(1)

    assert {read.credential for read in reads} == {CLASSIC, NTAG}
    assert sum(read.credential == NTAG for read in reads) >= 5


def test_a_second_card_that_comes_while_the_first_rests_is_read_at_once(simulated: Any) -> None:
    play = simulated("pn532")
    play.tap(NTAG)
    play.run(1)
    play.tap(CLASSIC)

    assert play.cards(0.2) == {CLASSIC, NTAG}
    play.take(NTAG)
    play.run(0.2)
    assert play.cards(0.5) == {CLASSIC}


def test_with_one_target_only_one_of_two_is_ever_read(simulated: Any) -> None:
    """Why the default is two."""
    play = simulated("pn532", targets=1)
    play.tap(CLASSIC, NTAG)

    assert len(play.cards(2)) == 1


def test_an_empty_field_blocks_nothing_and_is_no_fault(simulated: Any) -> None:
    play = simulated("pn532")

    assert play.run(3) == []
    assert play.device.searches > 30
    assert play.errors == {}
    assert play.problems(1) == set()


@pytest.mark.parametrize("zeros", ["0", "2"])
def test_more_or_fewer_zeros_shift_nothing(simulated: Any, zeros: str) -> None:
    play = simulated("pn532", device={"options": {"zeros": zeros}})
    play.tap(CLASSIC)

    assert play.cards(1) == {CLASSIC}
    assert max(gaps_ms(play, 3)) < 350
    assert play.problems(1) == set()
    assert play.errors == {}


def test_a_chip_that_ignores_the_first_command_is_asked_again(simulated: Any) -> None:
    play = simulated("pn532", device={"options": {"first": "ignored"}})
    play.tap(CLASSIC)

    assert play.cards(0.5) == {CLASSIC}
    assert play.errors == {"no_ack": 1}


@pytest.mark.parametrize("baud", [9600, 57600, 921600])
def test_a_reader_left_at_another_speed_is_found_and_used_there(simulated: Any, baud: int) -> None:
    play = simulated("pn532")
    play.wire.baud = baud
    play.tap(CLASSIC)

    assert CLASSIC in play.cards(6)
    assert play.driver.baud == baud
    assert play.errors["found_at_other_baud"] == 1
    assert play.cards(1) == {CLASSIC}


def test_a_tcp_line_has_no_speeds_to_try(simulated: Any) -> None:
    play = simulated("pn532", url="socket://127.0.0.1:4001")
    play.device.silence(4)

    play.run(4)

    assert play.wire.host == 115200


def test_a_fault_of_single_frames_costs_reads_and_never_gives_a_wrong_one(
    simulated: Any,
) -> None:
    """Each of the device's own, then all of them; afterwards everything is as before."""
    for fault in OWN_FAULTS:
        play = simulated("pn532")
        play.tap("uid:04002233", "uid:04005500660077")
        play.device.faults.set(fault, 0.2)

        seen = play.cards(30)
        play.device.faults.set(fault, 0.0)
        play.run(0.5)

        assert seen == {"uid:04002233", "uid:04005500660077"}, fault
        assert max(gaps_ms(play, 2)) < 150, fault
        assert play.problems(1) == set(), fault


def test_a_missing_ack_is_no_loss_where_the_answer_comes(simulated: Any) -> None:
    play = simulated("pn532")
    play.device.faults.set("pn532.no_ack", 1.0)
    play.tap(CLASSIC)

    assert play.cards(1) == {CLASSIC}
    assert any(report.fault == "pn532.no_ack" for report in play.reports)
    assert play.errors == {}


def test_one_zero_too_many_is_garbage_and_shifts_nothing(simulated: Any) -> None:
    play = simulated("pn532")
    play.device.faults.set("pn532.extra_zero", 1.0)
    play.tap(CLASSIC)

    assert play.cards(1) == {CLASSIC}
    assert play.errors == {}
    assert play.driver.counters.garbage_by_reason["framing"] > 5
    assert play.problems(1) == set()


def test_a_frame_that_lost_a_zero_is_no_other_card(simulated: Any) -> None:
    play = simulated("pn532")
    play.tap("uid:04002233")
    play.run(0.5)
    play.device.faults.set("pn532.lost_zero", 1.0)

    assert play.run(10) == []
    assert play.driver.counters.garbage_by_reason["checksum"] > 5


def test_refused_commands_are_told_and_asked_again(simulated: Any) -> None:
    play = simulated("pn532")
    play.run(0.5)
    play.device.faults.set("pn532.syntax_error", 1.0)

    said = play.problems(2)

    assert any("commands refused (error frame 7F) in a row" in text for text in said)
    assert play.errors["error_frame"] >= 3
    play.device.faults.set("pn532.syntax_error", 0.0)
    play.tap(CLASSIC)
    assert play.cards(0.5) == {CLASSIC}
    assert play.driver.problem() == ""


def test_a_chip_that_forgot_its_settings_is_set_up_again(simulated: Any) -> None:
    """A brown-out: it sleeps, and its search would last for ever."""
    play = simulated("pn532")
    play.run(0.5)
    play.device.strike("pn532.brown_out")
    play.run(0.6)
    play.tap(CLASSIC)

    assert play.cards(0.3) == {CLASSIC}
    assert play.errors["no_ack"] >= 1
    assert play.device._tries == 2


def test_a_search_that_is_never_answered_is_broken_off(simulated: Any) -> None:
    play = simulated("pn532")
    play.run(0.5)
    play.device.strike("pn532.no_answer")
    play.tap(CLASSIC)

    assert play.cards(0.7) == {CLASSIC}
    assert ABORT in play.written
    assert play.errors == {"no_answer": 1}


def test_a_chip_that_is_left_at_another_speed_in_service_is_found(simulated: Any) -> None:
    play = simulated("pn532")
    play.run(0.5)
    play.device.strike("pn532.left_baud")
    play.tap(CLASSIC)

    said = play.problems(3)

    assert play.driver.baud == LEFT_AT
    assert all("an answer within 1 s is due" in text for text in said)
    play.device.reset()
    play.run(4)
    assert play.driver.baud == 115200
    assert play.cards(1) == {CLASSIC}


def test_frames_without_their_closing_zero_are_read_a_little_later(simulated: Any) -> None:
    play = simulated("pn532")
    play.tap(CLASSIC)
    play.run(0.5)
    play.device.strike("pn532.no_postamble")

    # A whole frame's gap is 70 ms at most.
    assert 100 < max(gaps_ms(play, 4)) < 350
    assert play.driver.problem() == ""


def test_a_silent_reader_is_suspect_within_a_second_and_given_up_after_five(
    simulated: Any,
) -> None:
    play = simulated("pn532")
    play.run(0.5)
    play.device.silence(60)
    began_ns = play.loop.ns

    play.run(0.9)
    assert play.driver.problem() == ""
    play.run(0.3)
    assert "since the last answer; an answer within 1 s is due" in play.driver.problem()
    with pytest.raises(ReaderError, match=r"/dev/simulated: 5\.\d s of silence seen; .+ is due"):
        play.read_until_it_gives_up()

    assert 4.9e9 <= play.loop.ns - began_ns <= 5.2e9
    assert len(play.written) < 100


def test_a_reader_that_comes_back_after_silence_is_read_within_a_second(simulated: Any) -> None:
    for seconds in (0.5, 1.3, 2.7, 4.0, 9.0):
        play = simulated("pn532")
        play.run(0.5)
        play.device.silence(seconds)
        play.run(seconds)
        play.tap(CLASSIC)

        assert play.cards(1.2) == {CLASSIC}, seconds
        assert play.driver.baud == 115200


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["one byte", "lossy", "damaging"])
def test_the_same_talk_over_any_line(simulated: Any, way: str, seed: int) -> None:
    rng = random.Random(seed)
    play = simulated("pn532", seed=seed, frames_needed=2)
    ways = {
        "one byte": lambda data: data,
        "lossy": lambda data: bytes(b for b in data if rng.random() >= 0.02),
        "damaging": lambda data: bytes(
            b ^ rng.randrange(1, 256) if rng.random() < 0.02 else b for b in data
        ),
    }
    play.way = ways[way]
    if way == "one byte":
        play.wire._write = lambda data: [play.wire.heard.append(bytes([b])) for b in data] != []
    play.tap(CLASSIC, NTAG)

    seen = [read.credential for read in play.run(30)]

    assert {CLASSIC, NTAG} <= set(seen)
    strangers = [card for card in seen if card not in (CLASSIC, NTAG)]
    assert len(strangers) <= len(seen) // 50
    assert len(set(strangers)) == len(strangers)  # never twice: frames_needed = 2 keeps them out


def test_an_unplugged_line_is_the_transports_error(simulated: Any) -> None:
    play = simulated("pn532")
    play.run(0.2)
    play.wire.unplug()

    with pytest.raises(TransportError):
        play.driver.read()


@pytest.mark.parametrize("options", [{"targets": 3}, {"targets": 0}, {"baud": "fast"}])
def test_what_is_not_due_is_refused_by_name(simulated: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"reader 'gate1': option \w+=.+ is due"):
        simulated("pn532", **options)
