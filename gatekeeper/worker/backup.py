"""A backup of a running installation, as a directory that proves itself whole.

    manifest.json     every other file with its length and SHA-256; written last
    main.sqlite3      the main database, of either kind (gatekeeper.db.copying)
    journal.sqlite3, journal.anchor, journal.key
    passes.copy, secret.key, personal.key, photos/, documents/,
    gatekeeper.toml   where there are such

The directory appears under its name only when it is complete. It holds the keys and all
personal data: it is readable by its owner alone, and belongs where the original belongs.

Order: the database before the journal, so that the copied journal holds at least every
entry that the copied database has projected.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import msgspec

from gatekeeper import __version__
from gatekeeper.config import FILE_NAME, Config
from gatekeeper.db.copying import copy_to_file
from gatekeeper.db.engine import connect
from gatekeeper.errors import GatekeeperError, UserError
from gatekeeper.journal.copying import hot_copy
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.verify import verify
from gatekeeper.office.kept_files import FOLDERS

__all__ = ["MANIFEST", "FileLine", "Manifest", "back_up", "last_backup", "lines_of"]

MANIFEST = "manifest.json"
FORMAT = 1
LAST = "last-backup"
"""Beside the databases; its time is the backup's."""
DATABASE = "main.sqlite3"
JOURNAL = "journal.sqlite3"
PLAIN = ("passes.copy", "journal.key", "secret.key", "personal.key")
"""Files copied as they are: complete at any moment, or read up to their last whole frame."""


class FileLine(msgspec.Struct, frozen=True):
    """One file of a backup; `path` relative to its directory, with `/`."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds."""

    format: int
    program: str
    made_at: float
    """UTC seconds at its beginning."""
    site: str
    journal_entries: int
    """Entries of the journal's copy that were proven whole."""
    journal_problem: str
    """Why the copied journal is not whole; empty when it is."""
    files: tuple[FileLine, ...]


def back_up(config: Config, target: Path) -> Manifest:
    """Write a backup of the installation to the new directory `target`.

    Raises UserError where `target` is in use or there is nothing to back up, StoreError,
    JournalFault; nothing is left under `target` then. A journal that is not whole is backed
    up all the same, and the manifest says so.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target}: exists and is not empty; a backup gets a directory of its own")
    if not config.data.is_dir():
        raise UserError(f"{config.data}: there is no installation here")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise UserError(f"{target}: cannot be made: {error.strerror}") from error
    try:
        manifest = _fill(config, draft)
        if target.exists():
            target.rmdir()
        draft.rename(target)
        _sync(target.parent)
        _remember(config.data, target)
    except OSError as error:
        raise UserError(f"{target}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def last_backup(data: Path) -> tuple[float, str] | None:
    """When the last backup of this installation was whole (UTC seconds), and where it was put."""
    try:
        file = data / LAST
        return file.stat().st_mtime, file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def lines_of(directory: Path) -> tuple[FileLine, ...]:
    """Every file below `directory` except the manifest, by path. Raises OSError."""
    found = sorted(path for path in directory.rglob("*") if path.is_file())
    return tuple(_line(directory, path) for path in found if path != directory / MANIFEST)


def _remember(data: Path, target: Path) -> None:
    """For `gatekeeper doctor`; an account that may only read makes a good backup all the same."""
    with contextlib.suppress(OSError):
        (data / LAST).write_text(f"{target}\n", encoding="utf-8")


def _fill(config: Config, draft: Path) -> Manifest:
    made_at = time.time()
    database = connect(config.database_url)
    try:
        copy_to_file(database, draft / DATABASE)
    finally:
        database.close()
    entries, problem = _journal(config, draft)
    for name in PLAIN:
        _copy(config.data / name, draft / name)
    if config.source is not None:
        _copy(config.source, draft / FILE_NAME)
    for folder in FOLDERS:
        if (config.data / folder).is_dir():
            shutil.copytree(
                config.data / folder, draft / folder, ignore=shutil.ignore_patterns(".*")
            )
    lines = lines_of(draft)
    manifest = Manifest(FORMAT, __version__, made_at, config.site.id, entries, problem, lines)
    (draft / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    for path in (draft, *draft.rglob("*")):
        _sync(path)
    return manifest


def _journal(config: Config, draft: Path) -> tuple[int, str]:
    """Copy the journal and prove the copy; entries proven, and what is wrong."""
    if not config.journal_path.exists():
        return 0, ""
    hot_copy(config.journal_path, draft / JOURNAL)
    try:
        key = load_key(config.data / "journal.key")
    except FileNotFoundError:
        return 0, "the journal's key is missing"
    except GatekeeperError as error:
        return 0, str(error)
    result = verify(draft / JOURNAL, key)
    return result.entries, result.problem


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
        target.chmod(0o600)


def _line(directory: Path, path: Path) -> FileLine:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileLine(path.relative_to(directory).as_posix(), path.stat().st_size, digest)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
