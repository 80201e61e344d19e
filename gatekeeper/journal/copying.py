"""A copy of the journal while it is being written, for backups. It proves nothing.

The anchor is copied first: it may then be behind the copied end, as it may be behind the
real one, but never ahead of it, which would look like a cut tail.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from gatekeeper.errors import JournalFault
from gatekeeper.journal.writer import ANCHOR_NAME

__all__ = ["hot_copy"]

_PAGES = 1024
"""Database pages copied at a time (4 MB), so that no reader is held up for long."""


def hot_copy(source: Path, target: Path) -> None:
    """Copy the journal `source` to the new file `target`, the anchor to beside it.

    Everything that was durable when the call began is in the copy, in one file without a
    log beside it. Raises JournalFault where one cannot be read or the other made.
    """
    anchor = source.with_name(ANCHOR_NAME)
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if anchor.exists():
            shutil.copyfile(anchor, target.with_name(ANCHOR_NAME))
            target.with_name(ANCHOR_NAME).chmod(0o600)
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target, isolation_level=None)) as written,
        ):
            # All pages in one read transaction: without it a busy writer would make the
            # copy start over again and again.
            read.execute("BEGIN")
            read.execute("SELECT max(seq) FROM entry").fetchone()
            read.backup(written, pages=_PAGES)
            written.execute("PRAGMA journal_mode=DELETE")
    except (OSError, sqlite3.Error) as error:
        raise JournalFault(f"{source}: cannot be copied to {target}: {error}") from error
