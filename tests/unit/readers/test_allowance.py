"""The bucket that tells a flood from a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.allowance import Allowance
from gatekeeper.readers.clock import SECOND

RATE, BURST = 1000, 500


def test_a_burst_is_free_and_what_follows_waits() -> None:
    bucket = Allowance(RATE, BURST)

    assert bucket.take(500, 0) == 0.0
    assert bucket.take(100, 0) == 0.1
    assert bucket.take(0, SECOND // 10) == 0.0


def test_a_line_within_its_rate_never_waits() -> None:
    bucket = Allowance(RATE, BURST)

    assert {bucket.take(100, n * SECOND // 10) for n in range(1000)} == {0.0}


@given(st.lists(st.tuples(st.integers(0, 4096), st.integers(0, SECOND)), max_size=50))
def test_whoever_rests_as_told_never_takes_more_than_rate_and_burst(
    steps: list[tuple[int, int]],
) -> None:
    bucket, now_ns, taken = Allowance(RATE, BURST), 0, 0

    for count, pause_ns in steps:
        now_ns += pause_ns
        rest_s = bucket.take(count, now_ns)
        now_ns += round(rest_s * SECOND) + 1
        taken += count

        assert taken <= BURST + RATE * now_ns / SECOND + 1
