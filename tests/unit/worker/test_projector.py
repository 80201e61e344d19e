"""The projector: journal into database, through every loss."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from gatekeeper.config import Config, DatabaseSettings, GateSettings
from gatekeeper.db import projection
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.gates import list_gates
from gatekeeper.db.migrate import upgrade
from gatekeeper.db.tables import ProjectionEntry
from gatekeeper.errors import JournalFault, StoreError
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, JournalEntry
from gatekeeper.reasons import Reason
from gatekeeper.worker.process import run
from gatekeeper.worker.projector import PAGE, Projector

DEADLINE_S = 30.0


class Record:
    """A journal in memory, which can be out of reach."""

    def __init__(self, count: int = 0, run: str = "a") -> None:
        self.entries = [made(n, run) for n in range(1, count + 1)]
        self.gone = False

    def since(self, seq: int, limit: int = 1000) -> Sequence[JournalEntry]:
        """As JournalReader."""
        if self.gone:
            raise JournalFault("journal cannot be read")
        return [entry for entry in self.entries if entry.seq > seq][:limit]

    def head(self) -> int:
        """As JournalReader."""
        return self.entries[-1].seq if self.entries else 0


def made(seq: int, run: str = "a") -> JournalEntry:
    """A guest let in."""
    return JournalEntry(
        seq=seq,
        at=float(seq),
        gate="north",
        pass_id=f"p{seq}",
        event="gala",
        area="gala",
        direction=Direction.IN,
        reason=Reason.GRANTED,
        run=run,
    )


def stored(database: Database) -> int:
    """How many entries about guests are in the database."""
    with database.reading() as session:
        guests = select(func.count(ProjectionEntry.pass_id))
        return session.scalar(guests) or 0


def drain(projector: Projector) -> None:
    """Until there is nothing more at once."""
    while projector.catch_up():
        pass


def test_all_of_a_journal_is_projected_page_by_page(database: Database) -> None:
    """More than two pages, and nothing of it twice."""
    record = Record(2 * PAGE + 7)

    drain(Projector("s", record, database))

    assert stored(database) == 2 * PAGE + 7


def test_another_worker_goes_on_where_the_database_says(database: Database) -> None:
    """Nothing is remembered by the process."""
    record = Record(5)
    drain(Projector("s", record, database))
    record.entries += [made(6), made(7)]

    drain(Projector("s", record, database))

    assert stored(database) == 7


@pytest.mark.parametrize("other", [Record(3, "b"), Record(5, "b"), Record(9, "b"), Record(3)])
def test_another_journal_is_not_mixed_in_and_said_so(database: Database, other: Record) -> None:
    """Shorter, as long, longer, or the same one with its end cut off."""
    drain(Projector("s", Record(5), database))
    projector = Projector("s", other, database)

    drain(projector)

    assert "journal replaced" in projector.problem
    with database.reading() as session:
        assert projection.progress_of(session, "s").problem == projector.problem
    assert stored(database) == 5


def test_it_goes_on_when_the_right_journal_is_back(database: Database) -> None:
    """Somebody had mounted the wrong disk."""
    drain(Projector("s", Record(5), database))
    projector = Projector("s", Record(9, "b"), database)
    drain(projector)
    right = Projector("s", Record(6), database)

    drain(right)

    assert right.problem == ""
    assert stored(database) == 6
    with database.reading() as session:
        assert projection.progress_of(session, "s").problem == ""


def test_the_problem_goes_even_when_nothing_is_new(database: Database) -> None:
    """A quiet night must not leave a false alarm on the page."""
    record = Record(5)
    drain(Projector("s", record, database))
    drain(Projector("s", Record(5, "b"), database))

    drain(Projector("s", record, database))

    with database.reading() as session:
        assert projection.progress_of(session, "s").problem == ""


def test_a_journal_that_is_not_there_yet_is_waited_for(database: Database) -> None:
    """The node may be started last; an empty journal is no other journal."""
    drain(Projector("s", Record(5), database))
    projector = Projector("s", Record(0), database)

    drain(projector)

    assert projector.problem == ""


def test_a_journal_out_of_reach_loses_nothing(database: Database) -> None:
    """The error is for the loop; the next call goes on."""
    record = Record(5)
    record.gone = True
    projector = Projector("s", record, database)
    with pytest.raises(JournalFault):
        projector.catch_up()
    record.gone = False

    drain(projector)

    assert stored(database) == 5


def test_a_database_out_of_reach_loses_nothing(tmp_path: Path) -> None:
    """The file moved away and back."""
    path, away = tmp_path / "main.sqlite3", tmp_path / "away.sqlite3"
    upgrade(f"sqlite:///{path}")
    database = connect(f"sqlite:///{path}")
    record = Record(3)
    projector = Projector("s", record, database)
    drain(projector)
    path.rename(away)
    record.entries.append(made(4))
    with pytest.raises(StoreError):
        projector.catch_up()
    assert not path.exists()
    away.rename(path)

    drain(projector)

    assert stored(database) == 4
    database.close()


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """Settings with one gate and the database of this test."""
    gate = GateSettings(id="north", event="gala", name_th="ประตูเหนือ")
    return Config(data=tmp_path, database=DatabaseSettings(url=database_url), gates=(gate,))


@pytest.fixture
def journal(config: Config) -> Iterator[JournalWriter]:
    """A real journal that is being written."""
    with opened(config) as writer:
        yield writer


@contextmanager
def opened(config: Config) -> Iterator[JournalWriter]:
    """The journal of these settings, open for writing."""
    writer = JournalWriter(config.journal_path, bytes(32))
    writer.open()
    try:
        yield writer
    finally:
        writer.close()


class Running:
    """The worker's loop in a thread; a failure of the loop is a failure of the test."""

    def __init__(self, config: Config) -> None:
        self.stop = threading.Event()
        self.failed: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, args=(config,))
        self.thread.start()

    def _run(self, config: Config) -> None:
        try:
            run(config, self.stop)
        except BaseException as error:
            self.failed.append(error)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(DEADLINE_S)
        assert self.failed == []


def wait_until(true: Callable[[], bool]) -> None:
    """Ask again and again until the deadline."""
    tries, pause = int(DEADLINE_S / 0.02), threading.Event()
    for _ in range(tries):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("not within the deadline")


def append(journal: JournalWriter, *numbers: int) -> None:
    """Durable entries."""
    for number in numbers:
        entry = msgspec.structs.replace(made(number), seq=0)
        journal.append(entry).wait(DEADLINE_S)


def test_the_worker_projects_what_is_written_and_mirrors_gates(
    config: Config, journal: JournalWriter, database: Database
) -> None:
    """With the real journal and either database."""
    with Running(config):
        append(journal, 1, 2, 3)
        wait_until(lambda: stored(database) == 3)

    with database.reading() as session:
        (gate,) = list_gates(session)
    assert (gate.id, gate.event, gate.area, gate.active) == ("north", "gala", "gala", True)


def test_the_worker_outlives_a_sqlite_file_that_is_moved_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And does not make an empty one in its place."""
    config = Config(data=tmp_path)
    upgrade(config.database_url)
    path, away = tmp_path / "main.sqlite3", tmp_path / "away.sqlite3"
    database = connect(config.database_url)
    with opened(config) as writer, Running(config):
        append(writer, 1)
        wait_until(lambda: stored(database) == 1)

        path.rename(away)
        append(writer, 2, 3)
        wait_until(lambda: "trying again" in caplog.text)
        assert not path.exists()
        away.rename(path)

        wait_until(lambda: stored(database) == 3)
    database.close()


@pytest.mark.needs_postgres
def test_the_worker_outlives_a_stopped_server(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Entries of the outage are there after it."""
    server = request.getfixturevalue("postgres")
    url = server.create("template0")
    upgrade(url)
    config = Config(data=tmp_path, database=DatabaseSettings(url=url))
    database = connect(url)
    with opened(config) as writer, Running(config):
        append(writer, 1)
        wait_until(lambda: stored(database) == 1)

        server.stop()
        try:
            append(writer, 2, 3)
            wait_until(lambda: "trying again" in caplog.text)
        finally:
            server.start()

        wait_until(lambda: stored(database) == 3)
    database.close()
    server.drop(url)
