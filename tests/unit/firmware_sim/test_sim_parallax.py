"""The simulated Parallax reader: its frames are the published ones, its faults do what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import parallax

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/parallax.json").read_text("utf-8"))
GOOD = [vector for vector in VECTORS["vectors"] if vector["valid"]]
A, B = "em4100:0F0184F07A", "em4100:01000734E0"


@pytest.mark.parametrize("vector", GOOD, ids=[vector["id"] for vector in GOOD])
def test_its_frame_is_the_published_one(vector: dict[str, Any]) -> None:
    """Ten digits between line feed and carriage return."""
    assert parallax.frame(bytes.fromhex(vector["decode"]["hex10"])).hex().upper() == vector["hex"]


def test_a_held_tag_is_told_ten_times_a_second(driven: Callable[..., Any]) -> None:
    """Each frame takes 50 ms of the line; the second one decides."""
    bench = driven("parallax")
    bench.put(A)
    bench.pass_ms(2000)

    times = [read.seen_ns for read in bench.reads]
    assert 18 <= len(times) <= 20
    assert {right - left for left, right in pairwise(times)} <= {90e6, 100e6, 110e6}
    assert bench.shown == [A]


def test_a_damaged_digit_is_another_number_and_never_a_presentation(
    driven: Callable[..., Any],
) -> None:
    """Every second frame says something else; only what came twice is believed."""
    bench = driven("parallax")
    bench.device.faults.set("parallax.digit", 0.5)
    for _ in range(20):
        bench.tap(A, 1200)

    assert {read.credential for read in bench.reads} > {A}
    assert set(bench.shown) == {A}
    assert bench.driver.counters.garbage == 0


def test_frames_without_an_end_cost_themselves_only(driven: Callable[..., Any]) -> None:
    """The next one begins with a byte of its own."""
    bench = driven("parallax")
    bench.device.faults.set("parallax.no_end", 1.0)
    bench.tap(A)
    assert bench.shown == []
    assert set(bench.driver.counters.garbage_by_reason) <= {"framing", "length"}

    bench.device.faults.set("parallax.no_end", 0.4)
    bench.tap(B, 1500)

    assert bench.shown == [B]


def test_a_reader_that_is_disabled_says_nothing_and_comes_back(driven: Callable[..., Any]) -> None:
    """Silence is no fault of a reader that only pushes; the tag is there again afterwards."""
    bench = driven("parallax")
    bench.put(A)
    bench.pass_ms(500)
    bench.device.strike("parallax.disabled")
    bench.pass_ms(4000)

    assert bench.driver.problem() == ""
    assert bench.shown == [A, A]


@pytest.mark.parametrize("episode", ["ghost", "parallax.wrong_once"])
def test_a_lone_frame_of_chance_is_not_believed(driven: Callable[..., Any], episode: str) -> None:
    """It comes once; nobody is refused for it."""
    bench = driven("parallax")
    bench.device.strike(episode)
    bench.pass_ms(2000)

    assert len(bench.reads) == 1
    assert bench.shown == []
