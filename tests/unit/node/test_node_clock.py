"""A stepped clock is noticed, a corrected one is not."""

from __future__ import annotations

import queue
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.node import clock as clock_room
from gatekeeper.node.clock import STEP_S, ClockWatch, StepDetector, SystemClock


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


def test_the_watch_reports_a_step_from_its_own_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = [1000.0]
    monkeypatch.setattr(clock_room, "_both", lambda: (wall[0], 0.0))
    monkeypatch.setattr(clock_room, "_TURN_S", 0.001)
    steps: queue.Queue[float] = queue.Queue()
    watch = ClockWatch(steps.put)
    watch.start()

    wall[0] += 7200.0

    assert steps.get(timeout=20) == 7200.0
    watch.stop()
    assert steps.empty()


def test_the_system_clock_is_utc_and_monotonic() -> None:
    clock = SystemClock()

    before = time.time()
    assert before <= clock.now() <= time.time()
    assert clock.monotonic_ns() <= clock.monotonic_ns()
