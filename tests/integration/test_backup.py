"""A backup taken from a running installation, put back elsewhere, and compared."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gatekeeper.config import Config, DatabaseSettings
from gatekeeper.db import changes, users
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.passes import set_credential_state
from gatekeeper.db.projection import progress_of, store_entries
from gatekeeper.db.tables import Base
from gatekeeper.errors import AlreadyRunning, StoreError, UserError
from gatekeeper.journal.keys import load_key, load_or_create_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.locks import Lock
from gatekeeper.model import JournalEntry, PassState
from gatekeeper.worker.backup import back_up
from gatekeeper.worker.restore import check_backup, restore

DEADLINE_S = 60.0
SITE = "site"


def content(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; what each database gives itself apart: the identity of the change
    sequence, and the marks that its triggers set for the searches."""
    with database.reading() as session:
        found = {
            table.name: sorted(
                (
                    tuple(row)
                    for row in session.execute(
                        select(*(c for c in table.columns if str(c) != "person.mark"))
                    )
                ),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
        }
    found["change_counter"] = [row[:2] for row in found["change_counter"]]
    return found


def content_of(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """The same of an installation."""
    database = connect(config.database_url)
    try:
        return content(database)
    finally:
        database.close()


def journal_lines(data: Path) -> list[bytes]:
    """The whole record as it is protected by the chain."""
    with JournalReader(data / "journal.sqlite3") as reader:
        return reader.lines(0, 1_000_000)


def journal_writer(data: Path) -> JournalWriter:
    """The journal of an installation, not yet open."""
    return JournalWriter(data / "journal.sqlite3", load_or_create_key(data / "journal.key"))


def fill(database: Database) -> None:
    """Something in most tables."""
    rows = [
        GuestRow(
            external_key=str(n),
            first_name=f"แขก {n}",
            organisation="กรม",
            credential=f"epc:{n:012X}" if n % 3 else None,
        )
        for n in range(40)
    ]
    with database.session() as session:
        apply_guests(session, "gala", rows)
        users.add_user(session, "niran", "correct horse", users.Role.GUARD)
        set_credential_state(session, f"epc:{1:012X}", PassState.LOST, "niran")
        store_entries(session, SITE, [JournalEntry(seq=1, at=1.0)])


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Config:
    """An installation with guests, an account, a journal, a photo and settings."""
    data = tmp_path / "data"
    (data / "photos").mkdir(parents=True)
    (data / "photos" / "p1.jpg").write_bytes(b"a face")
    (data / "photos" / ".p2.jpg-0a1b").write_bytes(b"half a fa")
    (data / "documents").mkdir()
    (data / "documents" / "d1.pdf").write_bytes(b"a letter")
    (data / "secret.key").write_bytes(b"s" * 32)
    (data / "passes.copy").write_bytes(b"frames")
    url = "" if database_url.startswith("sqlite") else database_url
    file = data / "gatekeeper.toml"
    file.write_text(f'[site]\nid = "hall"\n[database]\nurl = "{url}"\n')
    config = Config(data=data, source=file, database=DatabaseSettings(url=url))
    upgrade(config.database_url)
    database = connect(config.database_url)
    fill(database)
    database.close()
    with journal_writer(data) as writer:
        for n in range(20):
            writer.append(JournalEntry(at=float(n), note="guest")).wait(DEADLINE_S)
    return config


def elsewhere(config: Config, request: pytest.FixtureRequest) -> Config:
    """Settings of a machine where nothing is yet, with a server of the same kind."""
    url = config.database.url
    if url:
        server = request.getfixturevalue("postgres")
        url = server.create("template0")
        request.addfinalizer(lambda: server.drop(url))
    place = config.data.parent / "elsewhere"
    return Config(
        data=place,
        source=place / "gatekeeper.toml" if url else None,
        database=DatabaseSettings(url),
    )


def test_what_is_restored_is_what_was_there(
    installation: Config, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every row, every entry, every file."""
    back_up(installation, tmp_path / "backup")
    place = elsewhere(installation, request)

    restore(place, tmp_path / "backup")

    assert content_of(place) == content_of(installation)
    assert journal_lines(place.data) == journal_lines(installation.data)
    assert verify(place.journal_path, load_key(place.data / "journal.key")).ok
    files = ("secret.key", "passes.copy", "journal.key", "gatekeeper.toml")
    for name in ("photos/p1.jpg", "documents/d1.pdf", *files):
        assert (place.data / name).read_bytes() == (installation.data / name).read_bytes()
    assert len(list((place.data / "photos").iterdir())) == 1, "a draft is no photo"


def test_a_restored_installation_goes_on(
    installation: Config, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """New rows get new numbers, gates load anew, the journal takes entries."""
    back_up(installation, tmp_path / "backup")
    place = elsewhere(installation, request)
    restore(place, tmp_path / "backup")
    before, after = connect(installation.database_url), connect(place.database_url)

    with after.session() as session:
        counts = apply_guests(session, "gala", [GuestRow(external_key="99", first_name="ใหม่")])
        users.add_user(session, "second", "correct horse", users.Role.DESK)
    with journal_writer(place.data) as writer:
        writer.append(JournalEntry(at=99.0)).wait(DEADLINE_S)

    assert (counts.imported, counts.faults) == (1, [])
    assert verify(place.journal_path, load_key(place.data / "journal.key")).ok
    with before.reading() as old, after.reading() as new:
        assert changes.source(old) != changes.source(new)
        assert changes.latest(new) == changes.latest(old) + 1
    before.close()
    after.close()


class Busy:
    """Writes to journal and database as fast as it can until the end of the block."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stop = threading.Event()
        self._begun = [threading.Event(), threading.Event()]
        self._failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._guard, args=(each,))
            for each in (self._journal, self._database)
        ]

    def __enter__(self) -> Busy:
        for thread in self._threads:
            thread.start()
        for begun in self._begun:
            assert begun.wait(DEADLINE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(DEADLINE_S)
        assert self._failed == []

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self._failed.append(error)

    def _journal(self) -> None:
        with journal_writer(self._config.data) as writer:
            while not self._stop.is_set():
                writer.append(JournalEntry(at=5.0, note="busy")).wait(DEADLINE_S)
                self._begun[0].set()

    def _database(self) -> None:
        """Projects each entry after it was written, as the worker does."""
        database = connect(self._config.database_url)
        with JournalReader(self._config.journal_path) as reader:
            while not self._stop.is_set():
                with database.session() as session:
                    done = progress_of(session, SITE).seq
                    store_entries(session, SITE, reader.since(done, 100))
                self._begun[1].set()
        database.close()


def test_a_backup_under_load_is_whole(
    installation: Config, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """And its journal holds at least what its database has projected."""
    with Busy(installation):
        manifest = back_up(installation, tmp_path / "backup")
    place = elsewhere(installation, request)

    restore(place, tmp_path / "backup")

    assert manifest.journal_problem == ""
    assert verify(place.journal_path, load_key(place.data / "journal.key")).ok
    database = connect(place.database_url)
    with database.reading() as session, JournalReader(place.journal_path) as reader:
        assert 1 < progress_of(session, SITE).seq <= reader.head() == manifest.journal_entries
    database.close()


def test_a_backup_of_one_kind_is_restored_to_the_other(
    installation: Config, tmp_path: Path, postgres: Any
) -> None:
    """The way from SQLite to a server and back."""
    back_up(installation, tmp_path / "backup")
    to_server = not installation.database.url
    url = postgres.create("template0") if to_server else ""
    place = tmp_path / "elsewhere"
    config = Config(data=place, source=tmp_path / "mine.toml", database=DatabaseSettings(url))

    restore(config, tmp_path / "backup")

    assert content_of(config) == content_of(installation)
    if to_server:
        postgres.drop(url)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a small SQLite installation."""
    data = tmp_path / "data"
    config = Config(data=data)
    upgrade(config.database_url)
    (data / "photos").mkdir()
    (data / "photos" / "p1.jpg").write_bytes(b"a face")
    with journal_writer(data) as writer:
        writer.append(JournalEntry(at=1.0)).wait(DEADLINE_S)
    back_up(config, tmp_path / "backup")
    return tmp_path / "backup"


def test_nobody_else_may_read_a_backup(backup: Path) -> None:
    """It holds keys and names."""
    assert backup.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["main.sqlite3", "journal.sqlite3", "journal.key", "journal.anchor", "photos/p1.jpg"]
)
def test_one_changed_byte_anywhere_is_found(backup: Path, name: str) -> None:
    """And nothing is restored."""
    data = bytearray((backup / name).read_bytes())
    data[len(data) // 2] ^= 1
    (backup / name).write_bytes(data)

    with pytest.raises(UserError, match=r"was changed") as caught:
        restore(Config(data=backup.parent / "new"), backup)

    assert name in str(caught.value)
    assert not (backup.parent / "new").exists()


def test_a_missing_and_an_added_file_are_found(backup: Path) -> None:
    """A backup is exactly what its manifest says."""
    (backup / "photos" / "p2.jpg").write_bytes(b"another face")
    with pytest.raises(UserError, match="not in the manifest"):
        check_backup(backup)
    (backup / "photos" / "p2.jpg").unlink()
    (backup / "photos" / "p1.jpg").unlink()

    with pytest.raises(UserError, match="missing"):
        check_backup(backup)


def test_a_journal_that_was_not_whole_is_said_and_not_restored(tmp_path: Path) -> None:
    """The other key proves nothing."""
    data = tmp_path / "data"
    config = Config(data=data)
    upgrade(config.database_url)
    with journal_writer(data) as writer:
        writer.append(JournalEntry(at=1.0)).wait(DEADLINE_S)
    (data / "journal.key").write_bytes(b"x" * 32)

    manifest = back_up(config, tmp_path / "backup")

    assert manifest.journal_problem != ""
    with pytest.raises(UserError, match="not whole"):
        restore(Config(data=tmp_path / "new"), tmp_path / "backup")


def test_a_manifest_cannot_reach_outside(backup: Path) -> None:
    """A backup from a stranger."""
    manifest = msgspec.json.decode((backup / "manifest.json").read_bytes())
    manifest["files"][0]["path"] = "../../etc/passwd"
    (backup / "manifest.json").write_bytes(msgspec.json.encode(manifest))

    with pytest.raises(UserError, match="outside"):
        check_backup(backup)


def test_a_directory_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    """A wrong path is no crash."""
    with pytest.raises(UserError, match="no backup"):
        check_backup(tmp_path)


def test_restore_overwrites_nothing(backup: Path) -> None:
    """Whatever part of an installation is there."""
    place = backup.parent / "new"
    place.mkdir()
    (place / "journal.key").write_bytes(b"k" * 32)

    with pytest.raises(UserError, match="overwrites nothing"):
        restore(Config(data=place), backup)

    assert (place / "journal.key").read_bytes() == b"k" * 32


def test_restore_does_not_touch_a_running_installation(backup: Path) -> None:
    """A process that has just begun has its lock before any file."""
    place = backup.parent / "new"
    place.mkdir()

    with Lock(place, "node").acquire(), pytest.raises(AlreadyRunning):
        restore(Config(data=place), backup)

    assert not (place / "main.sqlite3").exists()


@pytest.mark.needs_postgres
def test_restore_does_not_fill_a_database_in_use(backup: Path, postgres: Any) -> None:
    """The guest list of somebody else."""
    url = postgres.create("template0")
    upgrade(url)
    database = connect(url)
    fill(database)
    before = content(database)
    config = Config(data=backup.parent / "new", database=DatabaseSettings(url))

    with pytest.raises(StoreError, match="not empty"):
        restore(config, backup)

    assert content(database) == before
    assert not (config.data / "journal.sqlite3").exists()
    database.close()
    postgres.drop(url)


def test_a_backup_does_not_overwrite_and_leaves_nothing_half_done(backup: Path) -> None:
    """Neither another backup nor, after a failure, a directory that looks like one."""
    with pytest.raises(UserError, match="not empty"):
        back_up(Config(data=backup.parent / "data"), backup)
    (backup.parent / "data" / "main.sqlite3").unlink()
    with pytest.raises(StoreError):
        back_up(Config(data=backup.parent / "data"), backup.parent / "second")

    assert sorted(path.name for path in backup.parent.iterdir()) == ["backup", "data"]


def gatekeeper(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command as an administrator types it."""
    command = [sys.executable, "-m", "gatekeeper", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_commands_back_up_check_and_restore(backup: Path) -> None:
    """One line of what was done; one line of error and exit 1."""
    data, new, second = (backup.parent / name for name in ("data", "new", "second"))
    shutil.rmtree(backup)

    made = gatekeeper("backup", backup, "--data", data)
    checked = gatekeeper("restore", backup, "--check", "--data", new)
    restored = gatekeeper("restore", backup, "--data", new)
    again = gatekeeper("restore", backup, "--data", new)
    none = gatekeeper("backup", second, "--data", backup.parent / "nowhere")

    assert [done.returncode for done in (made, checked, restored, again, none)] == [0, 0, 0, 1, 1]
    assert "journal whole" in made.stdout
    assert "whole" in checked.stdout
    assert (new / "main.sqlite3").exists()
    assert [len(done.stderr.splitlines()) for done in (again, none)] == [1, 1]
