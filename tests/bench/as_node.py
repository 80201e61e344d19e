"""The node's place among processes (gatekeeper/node/place.py), for parts of a bench."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from gatekeeper.node.place import take_place

__all__ = ["as_in_the_node"]


@contextlib.contextmanager
def as_in_the_node() -> Iterator[None]:
    """Threads take turns as in the node's process; what is measured beside them does so, too."""
    processors, turn_s = os.sched_getaffinity(0), sys.getswitchinterval()
    take_place()
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)
        sys.setswitchinterval(turn_s)
