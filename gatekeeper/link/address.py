"""Where the node of a data directory listens.

The socket lies in the data directory itself. AF_UNIX paths end at 107 bytes; for a longer
one the socket gets a hashed name in a directory of its own in the temporary directory, which
only its owner may enter. No connection is made here.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from gatekeeper.errors import LinkError

__all__ = ["LONGEST_PATH", "socket_path"]

LONGEST_PATH = 107
"""Bytes of a socket's path: sun_path of unix(7) holds 108 with the closing zero."""

FILE_NAME = "link.sock"


def socket_path(data: Path) -> Path:
    """The path of the node's socket for the data directory `data`.

    Raises LinkError where the directory for long paths is not safely ours.
    """
    plain = data.absolute() / FILE_NAME
    if len(os.fsencode(plain)) <= LONGEST_PATH:
        return plain
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:24]
    return _private_directory() / f"{digest}.sock"


def _private_directory() -> Path:
    """A directory of this user alone; somebody else's of that name is refused."""
    directory = Path(tempfile.gettempdir()) / f"gatekeeper-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LinkError(
            f"{directory}: mode {stat.filemode(found.st_mode)} of user {found.st_uid} seen; "
            f"a directory that only user {os.getuid()} may enter is due"
        )
    return directory
