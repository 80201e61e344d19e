"""The turns that the node's threads take (gatekeeper/node/place.py), for parts of a bench."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from gatekeeper.node.place import take_turns

__all__ = ["as_in_the_node"]


@contextlib.contextmanager
def as_in_the_node() -> Iterator[None]:
    """Threads take turns as in the node's process; what is measured beside them does so, too."""
    turn_s = sys.getswitchinterval()
    take_turns()
    try:
        yield
    finally:
        sys.setswitchinterval(turn_s)
