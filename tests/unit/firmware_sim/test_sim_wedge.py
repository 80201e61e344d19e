"""The simulated wedge: its records are those of the kernel, and its faults do what they say."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import wedge

FOLDER = Path(__file__).parents[2] / "vectors"
VECTORS = {v["id"]: v for v in json.loads((FOLDER / "wedge.json").read_text("utf-8"))["vectors"]}
FACTS = json.loads((FOLDER / "keys.json").read_text("utf-8"))["keys"]
A, B, CARD = "qr:GK1-7QK2M4TZ", "qr:GK1-9XWV3B8N", "em4100:1F00644BB6"
AT = 1_763_800_000_123_456_000


def test_its_records_are_those_put_together_by_hand() -> None:
    """Usage, key, end of report; seconds and microseconds before each."""
    digits = wedge.records([*wedge.keys_of("120"), (28, 1), (28, 0)], AT)

    assert digits.hex().upper() == VECTORS["wedge-digits"]["hex"]


def test_it_presses_the_keys_that_the_shared_table_names() -> None:
    """Every character once; the number pad is left alone."""
    for key in FACTS:
        if key["event_code"].startswith("Numpad"):
            continue
        assert wedge.keys_of(key["plain"]) == [(key["code"], 1), (key["code"], 0)]
        if key["shift"] != key["plain"]:
            assert wedge.keys_of(key["shift"])[1:3] == [(key["code"], 1), (key["code"], 0)]


@pytest.mark.parametrize(("end", "told"), [("enter", "auto"), ("tab", "tab"), ("none", "silence")])
def test_a_code_is_a_line(driven: Callable[..., Any], end: str, told: str) -> None:
    """Typed once however long it stays."""
    bench = driven("wedge", sim={"end": end}, end=told)
    bench.tap(A, 3000)
    bench.tap(B)

    assert bench.shown == [A, B]
    assert bench.driver.counters.garbage == 0


def test_a_card_is_typed_as_it_is_printed(driven: Callable[..., Any]) -> None:
    """Ten digits in decimal, of the last four bytes."""
    bench = driven("wedge", content="card")
    bench.tap(CARD)

    assert bench.shown == ["0006572982"]


@pytest.mark.parametrize("fault", ["wedge.dropped", "wedge.no_end", "wedge.foreign_key"])
def test_a_fault_of_lines_costs_the_scan_and_heals(driven: Callable[..., Any], fault: str) -> None:
    """Nothing of the line comes out, neither its head nor its end."""
    bench = driven("wedge")
    bench.device.faults.set(fault, 1.0)
    for _ in range(10):
        bench.tap(A)
    assert not set(bench.shown) & {A, B}
    assert bench.driver.counters.garbage >= 10 - len(bench.shown)
    if fault == "wedge.no_end":
        assert bench.shown == []

    bench.device.faults.set(fault, 0.0)
    bench.tap(B)

    assert bench.shown[-1] == B


def test_a_stuck_shift_is_another_text_for_one_line(driven: Callable[..., Any]) -> None:
    """Digits become signs: a ticket of nobody. Silence lets the key come up."""
    bench = driven("wedge")
    bench.device.strike("wedge.stuck_shift")
    bench.tap(A)
    bench.tap(A)

    assert bench.shown == ["qr:GK!_&QK@M$TZ", A]


def test_somebody_who_types_by_hand_is_not_a_reader(driven: Callable[..., Any]) -> None:
    """Keys half a second apart make no line; the health says so if it goes on."""
    bench = driven("wedge")
    bench.device.strike("wedge.by_hand")
    bench.pass_ms(5000)
    assert bench.shown == []
    assert "several lines in a row were none" in bench.driver.problem()

    bench.tap(A)

    assert bench.shown == [A]
    assert bench.driver.problem() == ""


def test_an_unknown_end_is_refused_by_name(driven: Callable[..., Any]) -> None:
    """When the first code comes."""
    bench = driven("wedge", sim={"end": "f12"})

    with pytest.raises(ValueError, match="end 'f12' seen; enter, tab, none is due"):
        bench.device.frame_of(A)


def test_a_record_is_24_bytes() -> None:
    """As on every 64-bit kernel."""
    assert struct.calcsize("<qqHHi") == wedge.SIZE
    assert len(wedge.records([(2, 1)], AT)) == 3 * wedge.SIZE
