"""What every message between processes is."""

from __future__ import annotations

import msgspec

__all__ = ["Message"]


class Message(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Base of every message: told apart by its `type`."""
