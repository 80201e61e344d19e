"""What the live screens begin with: the checkpoint of the feed, where there is a proven one.

Without it the feed reads the whole journal, which is right as well and takes longer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gatekeeper.checkpoint.feed import feed_file
from gatekeeper.errors import JournalError
from gatekeeper.feed.fold import FeedCopy
from gatekeeper.feed.places import Places
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.model import JournalEntry

__all__ = ["Earlier", "EarlierFeed", "earlier_feed"]

log = logging.getLogger(__name__)


class EarlierFeed(NamedTuple):
    """What a fold gave up to entry `seq`."""

    seq: int
    copy: FeedCopy
    entries: dict[int, JournalEntry]
    """Those that the rooms name, by number."""


Earlier = Callable[[], EarlierFeed | None]


def earlier_feed(data: Path, places: Places, journal: JournalReader) -> EarlierFeed | None:
    """The checkpoint in `data` with the entries it names; None: begin from nothing.

    Never raises: whatever is wrong is said in the log.
    """
    try:
        key = load_key(data / "journal.key")
        found = feed_file(data, places).load(key, journal, journal.withdrawn())
        if found is None:
            return None
        numbers = {seq for links in found.state.rooms.values() for _, seq in links}
        entries = {seq: entry for seq in sorted(numbers) if (entry := journal.entry(seq))}
        if len(entries) != len(numbers):
            raise JournalError("entries that it names are missing")
    except FileNotFoundError:
        return None  # no key, no journal: the first start
    except JournalError as error:
        log.warning("the live feed begins from the journal's start: %s", error)
        return None
    return EarlierFeed(found.seq, found.state, entries)
