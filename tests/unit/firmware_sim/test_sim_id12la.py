"""The simulated ID-12LA: its frames are the published ones, and its faults do what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import id12la

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/id12la.json").read_text("utf-8"))
GOOD = [vector for vector in VECTORS["vectors"] if vector["valid"]]
A, B = "em4100:62E3086CED", "em4100:01000734E0"


@pytest.mark.parametrize("vector", GOOD, ids=[vector["id"] for vector in GOOD])
def test_its_frame_is_that_of_the_data_sheet(vector: dict[str, Any]) -> None:
    """Digits, check, CR LF before ETX."""
    assert id12la.frame(bytes.fromhex(vector["decode"]["hex10"])).hex().upper() == vector["hex"]


def test_a_held_tag_is_told_once(driven: Callable[..., Any]) -> None:
    """However long it stays; shown again, it is told again."""
    bench = driven("id12la")
    tag = bench.put(A)
    bench.pass_ms(5000)
    bench.device.field.take(tag)
    bench.tap(A)

    assert [read.credential for read in bench.reads] == [A, A]
    assert bench.shown == [A, A]


def test_two_tags_are_read_when_one_has_gone(driven: Callable[..., Any]) -> None:
    """While both are there they spoil each other."""
    bench = driven("id12la")
    first, _ = bench.put(A), bench.put(B)
    bench.pass_ms(1000)
    assert bench.shown == []

    bench.device.field.take(first)
    bench.pass_ms(500)

    assert bench.shown == [B]


@pytest.mark.parametrize(
    ("fault", "read", "garbage"),
    [
        ("id12la.no_etx", False, {"length"}),
        ("id12la.stray_etx", True, {"framing"}),
        ("id12la.bare_feed", False, {"framing"}),
        ("cut", False, {"length"}),
    ],
)
def test_a_fault_of_frames_costs_what_it_says_and_heals(
    driven: Callable[..., Any], fault: str, read: bool, garbage: set[str]
) -> None:
    """`no_etx` and `bare_feed` cost the tap, `stray_etx` costs nothing."""
    bench = driven("id12la")
    bench.device.faults.set(fault, 1.0)
    for _ in range(3):
        bench.tap(A)
    assert bench.shown == ([A] * 3 if read else [])
    assert set(bench.driver.counters.garbage_by_reason) == garbage

    bench.device.faults.set(fault, 0.0)
    bench.tap(B)

    assert bench.shown[-1:] == [B]


def test_a_tag_that_sways_at_the_edge_counts_once(driven: Callable[..., Any]) -> None:
    """It enters again and again; the driver takes that for one tap."""
    bench = driven("id12la")
    bench.put(A)
    bench.pass_ms(200)
    bench.device.strike("id12la.edge")
    bench.pass_ms(3000)

    assert len(bench.reads) >= 3
    assert bench.shown == [A]


def test_another_output_format_is_noise_that_the_health_shows(driven: Callable[..., Any]) -> None:
    """Until a frame comes again."""
    bench = driven("id12la")
    for _ in range(6):
        bench.device.strike("id12la.form_pin")
        bench.pass_ms(1600)
    assert "pieces of garbage in a row" in bench.driver.problem()
    assert bench.shown == []

    bench.tap(A)

    assert bench.shown == [A]
    assert bench.driver.problem() == ""


def test_a_ghost_is_one_tap_of_nobody(driven: Callable[..., Any]) -> None:
    """The risk of a wire that never repeats: it is presented, and unknown at the gate."""
    bench = driven("id12la")
    bench.device.strike("ghost")
    bench.pass_ms(500)

    assert len(bench.shown) == 1
    assert bench.shown[0] not in (A, B)


def test_a_tag_that_came_while_it_was_mute_is_told_afterwards(driven: Callable[..., Any]) -> None:
    """And again after power has come anew."""
    bench = driven("id12la")
    bench.device.silence(2.0)
    bench.put(A)
    bench.pass_ms(1900)
    assert bench.shown == []
    bench.pass_ms(500)
    assert bench.shown == [A]

    bench.pass_ms(2000)
    bench.device.reset()
    bench.pass_ms(2000)

    assert bench.shown == [A, A]
