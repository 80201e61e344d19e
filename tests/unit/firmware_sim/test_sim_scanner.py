"""The simulated scanner: its lines are those of the manuals, and its faults do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

A, B = "qr:GK1-7QK2M4TZ", "qr:GK1-9XWV3B8N"


@pytest.mark.parametrize(
    ("end", "wire", "told"),
    [
        ("cr", b"GK1-7QK2M4TZ\r", "cr"),
        ("lf", b"GK1-7QK2M4TZ\n", "auto"),
        ("crlf", b"GK1-7QK2M4TZ\r\n", "auto"),
        ("none", b"GK1-7QK2M4TZ", "silence"),
    ],
)
def test_a_scan_is_a_line_with_the_end_that_was_set(
    driven: Callable[..., Any], end: str, wire: bytes, told: str
) -> None:
    """And the driver, told the end, reads it."""
    bench = driven("scanner", sim={"end": end}, end=told)
    assert bench.device.frame_of(A) == wire

    bench.tap(A, 3000)
    bench.tap(B)

    assert bench.shown == [A, B]
    assert bench.driver.counters.garbage == 0


@pytest.mark.parametrize(
    ("fault", "reason"), [("scanner.no_end", "length"), ("scanner.thai", "framing")]
)
def test_a_fault_of_lines_costs_the_scan_and_heals(
    driven: Callable[..., Any], fault: str, reason: str
) -> None:
    """A text without an end is not taken for a shorter one, nor for the head of the next."""
    bench = driven("scanner")
    bench.device.faults.set(fault, 1.0)
    for _ in range(3):
        bench.tap(A)
    assert bench.shown == []
    assert bench.driver.counters.garbage_by_reason == {reason: 3}

    bench.device.faults.set(fault, 0.0)
    bench.tap(B)

    assert bench.shown == [B]


def test_a_code_told_again_and_again_counts_once(driven: Callable[..., Any]) -> None:
    """It stays in view of a scanner that reads continuously."""
    bench = driven("scanner")
    bench.put(A)
    bench.pass_ms(200)
    bench.device.strike("scanner.stutter")
    bench.pass_ms(4000)

    assert len(bench.reads) >= 3
    assert bench.shown == [A]


def test_what_a_scanner_says_of_itself_is_a_ticket_of_nobody(driven: Callable[..., Any]) -> None:
    """It restarts and introduces itself; that text is refused like any other unknown one."""
    bench = driven("scanner")
    bench.device.strike("scanner.restart")
    bench.pass_ms(2000)
    bench.tap(A)

    assert bench.shown == ["qr:QR Scanner V2.31 (C) 2024", A]


def test_an_unknown_end_is_refused_by_name(driven: Callable[..., Any]) -> None:
    """When the first code comes."""
    bench = driven("scanner", sim={"end": "etx"})

    with pytest.raises(ValueError, match="end 'etx' seen; cr, lf, crlf, none is due"):
        bench.device.frame_of(A)
