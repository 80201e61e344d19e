"""A stepped clock is noticed, a corrected one is not."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.node.clock import STEP_S, StepDetector, SystemClock


def test_a_step_is_reported_once_with_its_size() -> None:
    detector = StepDetector(wall=1000.0, steady=10.0)

    assert detector.look(1000.5, 10.5) is None
    assert detector.look(4601.0, 11.0) == 3600.0
    assert detector.look(4602.0, 12.0) is None
    assert detector.look(1003.0, 13.0) == -3600.0


@given(st.lists(st.floats(-STEP_S * 0.99, STEP_S * 0.99), max_size=50))
def test_small_corrections_never_add_up_to_a_step(corrections: list[float]) -> None:
    wall, detector = 1000.0, StepDetector(wall=1000.0, steady=0.0)

    for turn, correction in enumerate(corrections, 1):
        wall += correction
        assert detector.look(wall + turn, float(turn)) is None


def test_the_system_clock_is_utc_and_monotonic() -> None:
    clock = SystemClock()

    before = time.time()
    assert before <= clock.now() <= time.time()
    assert clock.monotonic_ns() <= clock.monotonic_ns()
