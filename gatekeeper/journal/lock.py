"""That one process writes a journal: an flock on a file beside it.

Beside it and not on it: closing any descriptor of an SQLite file drops the locks that
SQLite itself holds there (POSIX advisory locks belong to the process).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from gatekeeper.errors import AlreadyRunning, JournalFault

__all__ = ["WriterLock"]


class WriterLock:
    """Held from `take` until `release` or the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises AlreadyRunning where another holds it, JournalFault where it cannot be made."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalFault(f"{self._path}: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise AlreadyRunning(f"{self._path}: another process writes this journal") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another process have it; more than once does no harm."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
