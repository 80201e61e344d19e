"""How the node's process stands among the others and how its threads take turns.

For the process alone: called once by whoever starts it, before it has threads.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["SWITCH_S", "take_place"]

SWITCH_S = 0.0005
"""How long a busy thread may keep the others waiting (Python's own: 5 ms). A reader's byte
passes several threads on its way to the disk; work behind the scenes must not hold it up."""


def take_place() -> None:
    """Keep this process on one processor, with short turns; its threads inherit both.

    Threads of one interpreter run one at a time and hand its lock on. On two processors each
    hand-over waits until the other one has woken up, and a crowd waits longer
    (docs/performance.md). The other processes keep all processors, so they make room.
    """
    sys.setswitchinterval(SWITCH_S)
    with suppress(AttributeError, OSError):  # not everywhere, not in every container
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
