"""The simulated converter: its bits are the published ones, and its faults do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim import wiegand

A, B = "w26:31:337", "w26:123:4567"


@pytest.mark.parametrize(
    ("credential", "bits", "source"),
    [
        (A, "10001111100000001010100011", "proxmark3 tools/pm3_online_tests.sh"),
        (B, f"{0x2006F623AE & 0x3FFFFFF:026b}", "proxmark3 tools/pm3_tests.sh, 2006F623AE"),
        ("w26:255:65535", "01111111111111111111111111", "formula of proxmark3"),
    ],
)
def test_its_bits_are_the_published_ones(credential: str, bits: str, source: str) -> None:
    """Facility, card and both parity bits."""
    assert f"{wiegand.bits_of(credential):026b}" == bits, source


@pytest.mark.parametrize(
    ("form", "due"),
    [("binary", bytes.fromhex("023E02A3")), ("decimal", b"03100337\r\n"), ("hex", b"023E02A3\r\n")],
)
def test_its_forms_are_those_of_converters(form: str, due: bytes) -> None:
    """High byte first; text ends with CR LF."""
    assert wiegand.frame(wiegand.bits_of(A), form) == due


@pytest.mark.parametrize("form", ["binary", "decimal", "hex"])
def test_a_tap_is_read_in_every_form(driven: Callable[..., Any], form: str) -> None:
    """The driver is told the form; the tag stays and is told once."""
    bench = driven("wiegand", sim={"form": form}, format="H10301", form=form)
    bench.tap(A, 3000)
    bench.tap(B)

    assert bench.shown == [A, B]
    assert len(bench.reads) == 2
    assert bench.driver.counters.garbage == 0


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [("wiegand.one_bit", {"parity"}), ("cut", {"length"})],
)
def test_a_fault_that_is_seen_costs_the_tap_and_heals(
    driven: Callable[..., Any], fault: str, reasons: set[str]
) -> None:
    """One wrong bit never passes both parities."""
    bench = driven("wiegand", format="H10301")
    bench.device.faults.set(fault, 1.0)
    for _ in range(10):
        bench.tap(A)
    assert bench.shown == []
    assert set(bench.driver.counters.garbage_by_reason) == reasons

    bench.device.faults.set(fault, 0.0)
    bench.tap(B)

    assert bench.shown == [B]


@pytest.mark.parametrize("fault", ["wiegand.two_bits", "wiegand.lost_pulse"])
def test_a_fault_that_parity_does_not_see_is_another_number(
    driven: Callable[..., Any], fault: str
) -> None:
    """Which is why the wire is called weak: it shows at the gate as an unknown card."""
    bench = driven("wiegand", format="H10301")
    bench.device.faults.set(fault, 1.0)
    for _ in range(30):
        bench.tap(A)
    wrong = [credential for credential in bench.shown if credential != A]
    assert wrong
    assert all(credential.startswith("w26:") for credential in wrong)

    bench.device.faults.set(fault, 0.0)
    bench.tap(B)

    assert bench.shown[-1] == B


def test_induced_pulses_are_too_short_and_end_in_garbage(driven: Callable[..., Any]) -> None:
    """Nothing is presented, and the next tap is whole."""
    bench = driven("wiegand", format="H10301")
    for _ in range(5):
        bench.device.strike("wiegand.crosstalk")
        bench.pass_ms(2000)
    assert bench.shown == []
    assert bench.driver.counters.garbage >= 5

    bench.tap(A)

    assert bench.shown == [A]


def test_a_tap_that_is_told_twice_counts_once(driven: Callable[..., Any]) -> None:
    """The wire has no presence: time alone tells."""
    bench = driven("wiegand", format="H10301")
    bench.put(A)
    bench.pass_ms(200)
    bench.device.strike("wiegand.twice")
    bench.pass_ms(2000)

    assert len(bench.reads) == 2
    assert bench.shown == [A]


def test_an_unknown_form_is_refused_by_name(driven: Callable[..., Any]) -> None:
    """When the first tag comes."""
    bench = driven("wiegand", sim={"form": "morse"}, format="H10301")
    bench.put(A)

    with pytest.raises(ValueError, match="form 'morse' seen; binary, decimal or hex is due"):
        bench.pass_ms(200)
