"""What is wrong with a reader, for whoever depends on it: the door that its contact opens."""

from __future__ import annotations

from gatekeeper.model import ReaderState
from gatekeeper.readers.pump import Pump

__all__ = ["trouble"]


def trouble(pump: Pump) -> str:
    """Why a reader is down; empty while it is not."""
    status = pump.status()
    return f"reader {status.id}: {status.detail}" if status.state is ReaderState.DOWN else ""
