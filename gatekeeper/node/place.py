"""How the node's threads take turns: among themselves, and on the machine's processors.

The first function is for the process, called once before it has threads; the second is for
each thread that answers other processes.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["SWITCH_S", "stand_in_line", "take_turns"]

SWITCH_S = 0.0005
"""How long a busy thread may keep the others waiting (Python's own: 5 ms). A reader's byte
passes several threads on its way to the disk; work behind the scenes must not hold it up."""


def take_turns() -> None:
    """Have this process's threads take short turns."""
    sys.setswitchinterval(SWITCH_S)


def stand_in_line() -> None:
    """Keep the calling thread on the one processor that all callers share.

    Threads of one interpreter run one at a time and hand its lock on. A crowd of callers on
    two processors waits at each hand-over until the other processor has woken up; on one it
    is served half as fast again (docs/performance.md). Readers' threads and the journal's
    writer stay free: one of them behind a busy page on one processor would be late.
    """
    with suppress(AttributeError, OSError):  # not everywhere, not in every container
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
