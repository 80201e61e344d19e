"""What is done once a night: data whose time is over is erased, files that nothing names go.

Each batch is a transaction of its own, so that a gate's change never waits long; a night that was
cut off is taken up again, since what is due stays due. When it ran last is kept in the main
database: a worker that starts in the morning makes up for a night that it missed.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gatekeeper.db.engine import Database
from gatekeeper.db.erasing import keys_in_use
from gatekeeper.db.privacy_rows import set_setting, setting
from gatekeeper.office import privacy
from gatekeeper.office.kept_files import FOLDERS, delete_files

__all__ = ["Nightly", "sweep_files"]

log = logging.getLogger(__name__)

AT = time(2, 30)
"""Local time at which the night's work is due."""

DONE = "nightly"
YOUNG_S = 24 * 3600.0
"""A file younger than this may belong to a form that is still being filled in."""

MOST_BATCHES = 1000

_OURS = re.compile(r"\.?[0-9a-f]{32}\.(?:jpg|pdf)(?:-[0-9a-f]{8})?\Z")
"""Names that this program gives (and those of its drafts); files that people put there stay."""


class Nightly:
    """Looks whether the night's work is due, and does it."""

    def __init__(self, database: Database, data: Path, timezone: str) -> None:
        self._database = database
        self._data = data
        self._zone = ZoneInfo(timezone)
        self._done_at: float | None = None

    def run_if_due(self, now: float) -> bool:
        """Do the night's work if it was not done since it was last due; whether it was done.

        Raises StoreError; what is erased by then is erased, the rest is due at the next call.
        """
        due = self._last_due(now)
        if self._done_at is None:
            with self._database.reading() as session:
                self._done_at = float((setting(session, DONE) or {}).get("at", 0.0))
        if self._done_at >= due:
            return False
        self._run(now)
        self._done_at = now
        return True

    def _run(self, now: float) -> None:
        for _ in range(MOST_BATCHES):
            with self._database.session() as session:
                done = privacy.erase_due(session, now)
            delete_files(self._data, done.files)
            if not done.counts:
                break
            log.info(
                "nightly erase: %s", ", ".join(f"{n} {what}" for what, n in done.counts.items())
            )
        sweep_files(self._database, self._data, now)
        with self._database.session() as session:
            set_setting(session, DONE, {"at": now}, "worker", now)

    def _last_due(self, now: float) -> float:
        local = datetime.fromtimestamp(now, UTC).astimezone(self._zone)
        due = datetime.combine(local.date(), AT, self._zone)
        if due > local:
            due -= timedelta(days=1)
        return due.timestamp()


def sweep_files(database: Database, data: Path, now: float) -> int:
    """Delete photos and documents, a day old or more, that no record names; how many.

    Such are left by a crash between a commit and the deletion, and by forms never sent.
    """
    old = [
        path
        for folder in FOLDERS
        if (data / folder).is_dir()
        for path in (data / folder).iterdir()
        if _OURS.match(path.name) and path.stat().st_mtime < now - YOUNG_S
    ]
    if not old:
        return 0
    with database.reading() as session:
        named = keys_in_use(session)
    gone = [path for path in old if path.name not in named]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
