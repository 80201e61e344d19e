"""The simulator's loop: calls in time, and what it lost where the machine held it up."""

from __future__ import annotations

import time

from firmware_sim.loop import HELD_UP_NS, SECOND, Loop


def test_calls_come_in_the_order_of_their_times() -> None:
    loop, seen = Loop(), []
    for seconds in (0.02, 0.01, 0.0):
        loop.after(seconds, lambda seconds=seconds: seen.append(seconds))
    loop.after(0.03, loop.stop)

    loop.run()

    assert seen == [0.0, 0.01, 0.02]


def test_standing_still_is_counted_and_waiting_is_not() -> None:
    """A call that holds everything up for a tenth of a second stands for a busy machine."""
    loop = Loop()
    loop.after(0.05, lambda: time.sleep(0.1))
    loop.after(0.2, loop.stop)

    began = loop.now()
    loop.run()
    took = loop.now() - began

    # What the machine did to this test besides is counted as well.
    assert SECOND // 10 - HELD_UP_NS <= loop.lost_ns <= took - SECOND // 10 + HELD_UP_NS
