"""Readers that only push, and their own faults: what the driver makes of each, and that it heals.

Each test plays the simulated device against the real driver and says what firmware_sim/README.md
promises of the fault: what is lost, what is counted, what is shown, and which card is never seen.
"""

from __future__ import annotations

from typing import Any

import pytest

CARD, OTHER = "em4100:62E3086CED", "em4100:01000734E0"
TAP, OTHER_TAP = "w26:12:34567", "w26:200:1"
CODE, OTHER_CODE = "qr:GK-2025-000417", "qr:GK-2025-000418"


def taps(play: Any, card: str, count: int = 1) -> list[str]:
    """What is presented while `card` comes and goes `count` times."""
    found = []
    for _ in range(count):
        play.tap(card)
        found += play.presented(0.6)
        play.take(card)
        found += play.presented(1.3)
    return found


def heals(play: Any, card: str) -> bool:
    """Whether, without faults, a tap is one presentation and nothing is shown as wrong."""
    for name in play.device.faults.rates:
        play.device.faults.set(name, 0.0)
    play.run(10.5)  # garbage is remembered for so long
    return taps(play, card) == [card] and play.driver.problem() == ""


@pytest.fixture
def id12la(simulated: Any) -> Any:
    return simulated("id12la")


@pytest.fixture
def parallax(simulated: Any) -> Any:
    return simulated("parallax")


@pytest.fixture
def wiegand(simulated: Any) -> Any:
    return simulated("wiegand", format="H10301", form="binary")


@pytest.fixture
def scanner(simulated: Any) -> Any:
    return simulated("scanner")


@pytest.fixture
def wedge(simulated: Any) -> Any:
    return simulated("wedge")


# ID-12LA.


@pytest.mark.parametrize("fault", ["id12la.no_etx", "id12la.bare_feed"])
def test_an_id12la_frame_without_its_right_end_is_a_tap_lost(id12la: Any, fault: str) -> None:
    id12la.device.faults.set(fault, 1.0)

    assert taps(id12la, CARD, 6) == []
    assert id12la.driver.counters.garbage >= 6
    assert "pieces of garbage in a row" in id12la.driver.problem()
    assert heals(id12la, OTHER)


def test_an_etx_before_an_id12la_frame_costs_nothing(id12la: Any) -> None:
    id12la.device.faults.set("id12la.stray_etx", 1.0)

    assert taps(id12la, CARD, 6) == [CARD] * 6
    assert id12la.driver.counters.garbage == 6
    assert id12la.driver.problem() == ""


def test_a_tag_that_sways_at_the_edge_of_an_id12la_is_one_presentation(id12la: Any) -> None:
    id12la.tap(CARD)
    shown = id12la.presented(0.2)
    id12la.device.strike("id12la.edge")
    frames = id12la.driver.counters.frames
    shown += id12la.presented(1.5)

    assert id12la.driver.counters.frames - frames >= 2
    assert shown == [CARD]


def test_another_output_of_an_id12la_is_garbage_and_soon_suspect(id12la: Any) -> None:
    for _ in range(6):
        id12la.device.strike("id12la.form_pin")
        assert id12la.presented(1.6) == []

    assert id12la.driver.counters.garbage >= 5
    assert id12la.driver.counters.frames == 0
    assert "check speed (9600 baud), wire and cable" in id12la.driver.problem()
    assert heals(id12la, CARD)


# Parallax.


def test_a_digit_that_is_another_is_no_other_card_at_a_parallax(parallax: Any) -> None:
    """Nothing on the wire tells; that a number counts when it came twice does."""
    parallax.device.faults.set("parallax.digit", 0.5)
    parallax.tap(CARD)
    reads = {read.credential for read in parallax.run(10.0)}
    assert len(reads) > 20, "each wrong digit is a number of its own"
    shown = set(parallax.presented(20.0))

    assert shown <= {CARD}
    parallax.take(CARD)
    parallax.run(1.0)
    assert heals(parallax, OTHER)


def test_a_parallax_frame_without_its_end_is_lost_and_the_next_is_read(parallax: Any) -> None:
    parallax.device.faults.set("parallax.no_end", 0.4)
    parallax.tap(CARD)

    assert parallax.presented(6.0) == [CARD]
    assert parallax.driver.counters.garbage >= 10
    assert {read.credential for read in parallax.run(3.0)} == {CARD}
    parallax.take(CARD)
    assert heals(parallax, OTHER)


def test_a_parallax_that_is_not_enabled_is_silent_and_tells_the_tag_anew(parallax: Any) -> None:
    parallax.tap(CARD)
    shown = parallax.presented(1.0)
    parallax.device.faults.length_s = lambda _name: 2.0
    parallax.device.strike("parallax.disabled")
    parallax.run(0.2)  # what was on its way
    silent = parallax.run(1.7)
    shown += parallax.presented(1.0)

    assert silent == []
    assert shown == [CARD, CARD]
    assert parallax.driver.problem() == ""


def test_one_frame_of_chance_is_no_presentation_at_a_parallax(parallax: Any) -> None:
    for _ in range(8):
        parallax.device.strike("parallax.wrong_once")
        assert parallax.presented(1.0) == []

    assert parallax.driver.counters.frames == 8
    assert heals(parallax, CARD)


# Wiegand.


def test_one_turned_bit_of_a_wiegand_number_is_told_by_parity(wiegand: Any) -> None:
    wiegand.device.faults.set("wiegand.one_bit", 1.0)

    assert taps(wiegand, TAP, 12) == []
    assert wiegand.driver.counters.garbage_by_reason["parity"] == 12
    assert "form and format of the converter" in wiegand.driver.problem()
    assert heals(wiegand, OTHER_TAP)


def test_two_turned_bits_of_a_wiegand_number_are_another_number(wiegand: Any) -> None:
    """The wire's own weakness, told in its page: parity fits. It is never the right card."""
    wiegand.device.faults.set("wiegand.two_bits", 1.0)
    shown = taps(wiegand, TAP, 12)

    assert len(shown) == 12
    assert TAP not in shown
    assert wiegand.driver.counters.garbage == 0
    assert heals(wiegand, OTHER_TAP)


def test_a_lost_pulse_of_a_wiegand_number_is_mostly_told_by_parity(wiegand: Any) -> None:
    """In five cases of eight, over all numbers; two bits of parity can do no more."""
    wiegand.device.faults.set("wiegand.lost_pulse", 1.0)
    cards = [f"w26:{number * 97 % 256}:{number * 31337 % 65536}" for number in range(1, 41)]
    shown = [seen for card in cards for seen in taps(wiegand, card)]

    told = wiegand.driver.counters.garbage_by_reason["parity"]
    assert 20 < told < 40
    assert len(shown) == 40 - told
    assert heals(wiegand, OTHER_TAP)


def test_crosstalk_on_a_wiegand_wire_is_garbage(wiegand: Any) -> None:
    for _ in range(5):
        wiegand.device.strike("wiegand.crosstalk")
        assert wiegand.presented(1.6) == []

    assert wiegand.driver.counters.garbage >= 5
    assert wiegand.driver.counters.frames == 0
    assert "pieces of garbage in a row" in wiegand.driver.problem()
    assert heals(wiegand, TAP)


def test_a_wiegand_number_that_is_told_twice_is_one_presentation(wiegand: Any) -> None:
    wiegand.tap(TAP)
    shown = wiegand.presented(0.2)
    wiegand.device.strike("wiegand.twice")
    shown += wiegand.presented(0.6)

    assert wiegand.driver.counters.frames == 2
    assert shown == [TAP]


# Scanners.


def test_a_code_without_its_line_end_is_given_up_after_a_silence(scanner: Any) -> None:
    scanner.device.faults.set("scanner.no_end", 1.0)

    assert taps(scanner, CODE, 6) == []
    assert scanner.driver.counters.garbage == 6
    assert heals(scanner, OTHER_CODE)


def test_a_code_whose_end_was_lost_does_not_run_into_the_next(scanner: Any) -> None:
    scanner.device.faults.set("scanner.no_end", 1.0)
    assert taps(scanner, CODE) == []
    scanner.device.faults.set("scanner.no_end", 0.0)

    assert taps(scanner, OTHER_CODE) == [OTHER_CODE]


def test_a_code_with_a_thai_character_is_lost_whole(scanner: Any) -> None:
    """No part of it is taken for a shorter code."""
    scanner.device.faults.set("scanner.thai", 1.0)

    assert taps(scanner, CODE, 6) == []
    assert scanner.driver.counters.garbage >= 6
    assert "pieces of garbage in a row" in scanner.driver.problem()
    assert heals(scanner, OTHER_CODE)


def test_a_code_that_is_told_again_and_again_is_one_scan(scanner: Any) -> None:
    scanner.tap(CODE)
    shown = scanner.presented(0.3)
    scanner.device.strike("scanner.stutter")
    shown += scanner.presented(2.0)

    assert scanner.driver.counters.frames >= 3
    assert shown == [CODE]


def test_what_a_scanner_says_of_itself_is_a_ticket_of_nobody(scanner: Any) -> None:
    scanner.device.strike("scanner.restart")
    shown = scanner.presented(1.2)

    assert shown == ["qr:QR Scanner V2.31 (C) 2024"]
    assert heals(scanner, CODE)


# Keyboard wedges.


@pytest.mark.parametrize("fault", ["wedge.dropped", "wedge.foreign_key"])
def test_a_line_of_keys_that_is_not_whole_is_lost(wedge: Any, fault: str) -> None:
    wedge.device.faults.set(fault, 1.0)

    assert taps(wedge, CODE, 6) == []
    assert wedge.driver.counters.garbage >= 6
    assert "that the device is set to a US keyboard" in wedge.driver.problem()
    assert heals(wedge, OTHER_CODE)


def test_a_line_of_keys_without_enter_is_given_up_after_a_silence(wedge: Any) -> None:
    wedge.device.faults.set("wedge.no_end", 1.0)
    assert taps(wedge, CODE, 6) == []
    assert wedge.driver.counters.garbage >= 6
    wedge.device.faults.set("wedge.no_end", 0.0)

    assert taps(wedge, OTHER_CODE) == [OTHER_CODE]
    assert heals(wedge, CODE)


def test_what_somebody_types_by_hand_is_no_scan(wedge: Any) -> None:
    for _ in range(3):
        wedge.device.strike("wedge.by_hand")
        assert wedge.presented(5.0) == []

    assert wedge.driver.counters.garbage >= 5
    assert "what ends a line" in wedge.driver.problem()
    assert heals(wedge, CODE)


def test_a_shift_that_sticks_makes_a_ticket_of_nobody_once(wedge: Any) -> None:
    wedge.device.strike("wedge.stuck_shift")
    shown = taps(wedge, CODE)

    assert len(shown) == 1
    assert shown[0].startswith("qr:")
    assert shown != [CODE]
    assert taps(wedge, CODE) == [CODE]
