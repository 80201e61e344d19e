"""The checkpoint that the web starts from: what its live screens show."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.checkpoint.file import Checkpoint, CheckpointFile
from gatekeeper.feed.fold import FeedCopy
from gatekeeper.feed.places import Places

__all__ = ["BEHIND", "NAME", "feed_file"]

NAME = "feed.copy"

BEHIND = 20_000
"""It ends so many entries before the journal's end: pages that come back may have missed some
of them, and whatever is withdrawn lies among them."""

_decoder = msgspec.msgpack.Decoder(Checkpoint[FeedCopy])


def feed_file(data: Path, places: Places) -> CheckpointFile[FeedCopy]:
    """The one in the directory `data`; it is void once a gate is given another event."""
    made_with = msgspec.json.encode(places.events, order="sorted").decode()
    return CheckpointFile(data, NAME, _decoder, made_with)
