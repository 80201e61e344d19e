"""The key of the chain: 32 random bytes that only this installation has.

Whoever can write the journal's file but has not this key cannot forge an entry. The key is
made once and never replaced: a new key would disown every entry written before.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gatekeeper.errors import JournalFault

__all__ = ["KEY_BYTES", "load_key", "load_or_create_key"]

KEY_BYTES = 32
"""Length of an HMAC-SHA256 key with full strength (RFC 2104, section 3)."""


def load_or_create_key(path: Path) -> bytes:
    """The 32 bytes in `path`; a file that does not exist yet is made, mode 0600.

    Raises JournalFault where the file cannot be read or made, or has another length.
    """
    try:
        return load_key(path)
    except FileNotFoundError:
        pass
    try:
        _create(path)
    except FileExistsError:
        pass  # another process made it between our two looks; theirs is the key
    except OSError as error:
        raise JournalFault(f"{path}: the journal's key cannot be made: {error.strerror}") from error
    return load_key(path)


def load_key(path: Path) -> bytes:
    """The 32 bytes in `path`.

    Raises FileNotFoundError where there is none, JournalFault where it cannot be the key.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise JournalFault(f"{path}: the journal's key cannot be read: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise JournalFault(f"{path}: {len(key)} bytes seen; a key of {KEY_BYTES} bytes is due")
    return key


def _create(path: Path) -> None:
    """Write a new key beside `path` and link it in: nobody ever sees half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            os.write(descriptor, secrets.token_bytes(KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.link(draft, path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        draft.unlink(missing_ok=True)
