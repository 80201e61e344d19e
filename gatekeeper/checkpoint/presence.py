"""The checkpoint that the node starts from: who is where, and which gates are closed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.access.fold import FoldCopy
from gatekeeper.checkpoint.file import Checkpoint, CheckpointFile

__all__ = ["BEHIND", "NAME", "presence_file"]

NAME = "presence.copy"

BEHIND = 100_000
"""It ends so many entries before the journal's end: those are replayed at each start for the
answers that were given under a nonce, and whatever is withdrawn lies among them."""

_decoder = msgspec.msgpack.Decoder(Checkpoint[FoldCopy])


def presence_file(data: Path) -> CheckpointFile[FoldCopy]:
    """The one in the directory `data`. It depends on no setting."""
    return CheckpointFile(data, NAME, _decoder, "")
