"""What tests of several rooms share: a real PostgreSQL server, and databases on both kinds.

`database` and `database_url` give every test a fresh, migrated main database, once on
SQLite and once on PostgreSQL. The server is Debian's, started once a session in a folder
of its own, on a free loopback port. Where it is not installed those tests are skipped;
with GATEKEEPER_TEST_ALL=1 a skipped test is a failed one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from gatekeeper.db.engine import Database, connect
from gatekeeper.db.migrate import upgrade

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)]

# No test fails for being slow on a busy machine; speed is the benches' affair.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

TEST_ALL = os.environ.get("GATEKEEPER_TEST_ALL") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must run, a test that was skipped has failed."""
    report = yield
    if TEST_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped though GATEKEEPER_TEST_ALL=1: {report.longrepr}"
    return report


@dataclass
class PostgresServer:
    """A PostgreSQL server of this test session; `stop` and `start` may be used by tests."""

    folder: Path
    programs: Path
    port: int
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        """URL of the database `name`, as an administrator would write it."""
        return f"postgresql://gatekeeper@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off "
            f"-c unix_socket_directories={self.folder} -c full_page_writes=off"
        )
        self.run("pg_ctl", "-w", "-D", "data", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as a machine that loses its power would."""
        self.run("pg_ctl", "-w", "-D", "data", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; as root, under the account `postgres`."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            account = ("--reuid=postgres", "--regid=postgres", "--clear-groups")
            command = ["setpriv", *account, *command]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def create(self, template: str = "template1") -> str:
        """A new database; its URL."""
        name = f"t{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database whatever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        url = self.url("postgres").replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The running server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Not pytest's own temporary folder: the account `postgres` cannot enter that.
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = PostgresServer(folder, found[-1].parent, port)
    try:
        server.run("initdb", "-D", "data", "-U", "gatekeeper", "-A", "trust", "-E", "UTF8", "-N")
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "main.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgres(postgres: PostgresServer) -> str:
    upgrade(postgres.url("template1"))
    return "template1"


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a main database that does not exist yet (SQLite) or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'main.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create("template0")
    yield url
    server.drop(url)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh main database with all tables."""
    if request.param == "sqlite":
        path = tmp_path / "main.sqlite3"
        shutil.copy(request.getfixturevalue("_migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("_migrated_postgres"))
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh main database, connected."""
    opened = connect(database_url)
    yield opened
    opened.close()
