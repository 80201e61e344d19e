"""Files of the office on disk: whole under their name or not there, for the service's user only."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from gatekeeper.errors import UserError

__all__ = ["place", "remove"]


def place(directory: Path, key: str, data: bytes, *, field: str = "") -> None:
    """Write `data` as `directory`/`key`, durable before this returns.

    Raises UserError (at `field`) where the disk refuses; nothing is left behind then.
    """
    draft = directory / f".{key}-{secrets.token_hex(4)}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(directory / key)
        _sync(directory)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise UserError(
            f"the file cannot be stored: {error.strerror}",
            "จัดเก็บไฟล์ไม่ได้ โปรดแจ้งผู้ดูแลระบบ",
            field=field,
        ) from error


def remove(directory: Path, key: str) -> None:
    """Take `key` away, if it is there."""
    if key and "/" not in key:
        with contextlib.suppress(OSError):
            (directory / key).unlink()


def _sync(directory: Path) -> None:
    """Make the name durable too."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
