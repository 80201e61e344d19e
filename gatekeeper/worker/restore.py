"""Puts a backup where no installation is. It proves the backup first and overwrites nothing.

Where the settings (or those in the backup) name a PostgreSQL database, that must be empty
and is filled; else the database becomes the file of the data directory. All gates load
their passes anew afterwards, because numbers of the change sequence may repeat.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import msgspec

from gatekeeper import config as settings
from gatekeeper.config import FILE_NAME, Config
from gatekeeper.db.copying import fill_from_file, is_empty, renew_source
from gatekeeper.db.engine import connect
from gatekeeper.db.migrate import open_database
from gatekeeper.errors import StoreError, UserError
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.verify import verify
from gatekeeper.locks import Lock
from gatekeeper.worker.backup import DATABASE, FORMAT, JOURNAL, MANIFEST, Manifest, lines_of

__all__ = ["check_backup", "restore"]

_PROCESSES = ("serve", "node", "web", "worker")
_HARMLESS = (".lock", ".toml", ".log")
"""Ends of files that may lie in a directory that is otherwise no installation."""


def check_backup(source: Path) -> Manifest:
    """Prove that the backup in `source` is complete, unchanged, and its journal whole.

    Raises UserError, which names the first file that is not as it was.
    """
    manifest = _manifest(source)
    due = {line.path: line for line in manifest.files}
    try:
        found = {line.path: line for line in lines_of(source)}
    except OSError as error:
        raise UserError(f"{source}: cannot be read: {error}") from error
    for path in sorted(due.keys() | found.keys()):
        if path not in found:
            raise UserError(f"{source / path}: is missing from the backup")
        if path not in due:
            raise UserError(f"{source / path}: is not in the manifest")
        if due[path] != found[path]:
            raise UserError(f"{source / path}: was changed after the backup was made")
    if JOURNAL in due:
        _prove_journal(source)
    return manifest


def restore(config: Config, source: Path) -> Manifest:
    """Make the backup in `source` the installation in `config.data`.

    Raises UserError where there is one already or the backup is not whole, AlreadyRunning,
    StoreError.
    """
    source = source.absolute()
    manifest = check_backup(source)
    if config.source is None and (source / FILE_NAME).is_file():
        config = settings.load(source / FILE_NAME, config.data)
    _refuse_to_overwrite(config.data)
    try:
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as held:
            for name in _PROCESSES:
                held.enter_context(Lock(config.data, name).acquire())
            staged = Path(tempfile.mkdtemp(prefix=".restore-", dir=config.data))
            held.callback(shutil.rmtree, staged, ignore_errors=True)
            _put(config, source, staged, manifest)
    except OSError as error:
        raise UserError(f"{config.data}: cannot be written: {error}") from error
    return manifest


def _put(config: Config, source: Path, staged: Path, manifest: Manifest) -> None:
    """Copy everything beside its place, the database into its server, then move it in."""
    for line in manifest.files:
        target = staged / line.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / line.path, target)
        target.chmod(0o600)
    place = connect(config.database_url).path
    if place is None:
        _fill_server(config, staged / DATABASE)
        (staged / DATABASE).unlink()
    elif place != config.data / DATABASE:
        raise UserError(f"{place}: restore puts the database in {config.data} only; unset its url")
    for path in sorted(staged.iterdir()):
        if path.name != FILE_NAME or not (config.data / FILE_NAME).exists():
            path.rename(config.data / path.name)
    if place is not None:
        database = open_database(config.database_url)
        renew_source(database)
        database.close()


def _fill_server(config: Config, file: Path) -> None:
    database = open_database(config.database_url)
    try:
        if not is_empty(database):
            raise StoreError("main database: is not empty; nothing is overwritten")
        fill_from_file(file, database)
        for suffix in (".lock", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    finally:
        database.close()


def _manifest(source: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise UserError(f"{source}: no backup of this program: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{source / MANIFEST}: {error}") from error
    if manifest.format != FORMAT:
        raise UserError(
            f"{source / MANIFEST}: format {manifest.format} seen; {FORMAT} is due "
            f"(it was made by version {manifest.program})"
        )
    for line in manifest.files:
        path = PurePosixPath(line.path)
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{source / MANIFEST}: names a file outside the backup")
    return manifest


def _prove_journal(source: Path) -> None:
    try:
        key = load_key(source / "journal.key")
    except FileNotFoundError as error:
        raise UserError(f"{source}: the journal's key is missing from the backup") from error
    # A copy is proven: opening an SQLite file may write beside it.
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        for path in source.glob("journal.*"):
            shutil.copyfile(path, Path(folder) / path.name)
        result = verify(Path(folder) / JOURNAL, key)
    if not result.ok:
        raise UserError(f"{source / JOURNAL}: the journal is not whole: {result.problem}")


def _refuse_to_overwrite(data: Path) -> None:
    if not data.exists():
        return
    if not data.is_dir():
        raise UserError(f"{data}: is no directory")
    for path in sorted(data.iterdir()):
        if path.suffix not in _HARMLESS and path.name != "log":
            raise UserError(f"{path}: exists; restore overwrites nothing, choose another directory")
