"""One process of a kind per data directory, kept by the kernel.

The lock is a flock on a small file that also holds the owner's process id for messages. It
falls with its owner, however that dies; the file itself stays and means nothing.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from gatekeeper.errors import AlreadyRunning, ConfigError

__all__ = ["Lock", "note", "owner"]

_TURN_S = 0.02


class Lock:
    """The lock of process kind `name` (node, web, worker, serve) on the directory `data`."""

    def __init__(self, data: Path, name: str) -> None:
        self._path = data / f"{name}.lock"
        self._name = name
        self._fd: int | None = None

    def acquire(self, wait_s: float = 0.0) -> Self:
        """Take it, waiting up to `wait_s` seconds for a dying owner.

        Raises AlreadyRunning with the owner's process id, ConfigError where the directory
        cannot be used.
        """
        fd = _open(self._path)
        until = time.monotonic() + wait_s
        while not _try_lock(fd):
            if time.monotonic() >= until:
                pid = _read_pid(fd)
                os.close(fd)
                raise AlreadyRunning(
                    f"{self._path.parent}: its {self._name} process is running already "
                    f"(process {pid or 'unknown'}); stop that one first"
                )
            time.sleep(_TURN_S)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd
        return self

    def tell(self, text: str) -> None:
        """Leave one line for whoever asks by `note`, as long as the lock is held."""
        if self._fd is not None:
            os.pwrite(self._fd, f"{os.getpid()}\n{text}\n".encode(), 0)

    def release(self) -> None:
        """Give it back; twice is once."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def owner(data: Path, name: str) -> int | None:
    """Process id of the running process of kind `name`; None: none runs; 0: unknown."""
    try:
        fd = os.open(data / f"{name}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read_pid(fd)
    else:
        return None
    finally:
        os.close(fd)


def note(data: Path, name: str) -> str:
    """What the running process of kind `name` left by `tell`; empty where none runs."""
    if owner(data, name) is None:
        return ""
    lines = (data / f"{name}.lock").read_text(encoding="utf-8").splitlines()
    return lines[1] if len(lines) > 1 else ""


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{path.parent}: no usable data directory: {error}") from error


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(fd: int) -> int:
    text = os.pread(fd, 20, 0).partition(b"\n")[0]
    return int(text) if text.isdigit() else 0
