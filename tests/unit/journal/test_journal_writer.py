"""The writer: order, durability, one writer only, and every fault it has to get over."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.errors import AlreadyRunning, JournalCorrupt, JournalError, JournalFault
from gatekeeper.journal import intake
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.ticket import Ticket
from gatekeeper.journal.verify import verify
from gatekeeper.journal.writer import RECOVERED, JournalWriter
from gatekeeper.model import EntryKind, JournalEntry

KEY = b"k" * 32


def entry(n: int = 0) -> JournalEntry:
    return JournalEntry(at=1000.0 + n, gate="in1", pass_id=f"p{n}", event="gala")


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[JournalWriter]:
    with JournalWriter(path, KEY, run="r1") as opened:
        yield opened


def read(path: Path) -> list[JournalEntry]:
    with JournalReader(path) as reader:
        return list(reader.replay())


def recovers(journal: JournalWriter, act: Callable[[], object] = lambda: None) -> None:
    """Do `act`, then wait until the journal has got over its fault."""
    well = threading.Event()
    journal.on_recovered(well.set)
    act()
    assert well.wait(10)
    assert journal.ok


def refused(journal: JournalWriter) -> str:
    with pytest.raises(JournalFault) as fault:
        journal.append(entry()).wait(5)
    return str(fault.value)


def test_entries_are_numbered_in_order_and_stamped_with_the_run(journal: JournalWriter) -> None:
    tickets = [journal.append(entry(n)) for n in range(100)]
    durable = [ticket.wait(5) for ticket in tickets]

    assert [(one.seq, one.pass_id, one.run) for one in durable] == [
        (n + 1, f"p{n}", "r1") for n in range(100)
    ]
    assert read(journal.path) == durable
    assert journal.head == 100


def test_a_caller_is_told_only_when_another_process_could_read_it(journal: JournalWriter) -> None:
    """Durable means committed: seen through a connection of its own."""
    connection = sqlite3.connect(journal.path)
    for n in range(20):
        seq = journal.append(entry(n)).wait(5).seq
        assert connection.execute("SELECT max(seq) FROM entry").fetchone() == (seq,)
    connection.close()


def test_the_disk_is_asked_to_keep_what_is_acknowledged(journal: JournalWriter) -> None:
    connection = journal._store._connection
    assert connection is not None

    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_many_callers_get_their_own_entries_without_gaps(journal: JournalWriter) -> None:
    seqs: dict[str, int] = {}

    def call(number: int) -> None:
        for n in range(40):
            mine = f"{number}-{n}"
            seqs[mine] = journal.append(JournalEntry(at=1.0, pass_id=mine)).wait(10).seq

    threads = [threading.Thread(target=call, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.pass_id: one.seq for one in read(journal.path)} == seqs
    assert sorted(seqs.values()) == list(range(1, 24 * 40 + 1))
    assert verify(journal.path, KEY).ok


def test_a_batch_larger_than_one_statement_is_written_whole(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = hold(journal, monkeypatch, lambda: [journal.append(entry(n)) for n in range(700)])

    assert [ticket.wait(10).seq for ticket in tickets] == list(range(2, 702))
    assert verify(journal.path, KEY).entries == 701


def hold(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]
) -> Any:
    """What `meanwhile` returns, done while the writer is busy with one entry."""
    busy, go = threading.Event(), threading.Event()
    real = journal._store.append

    def append(rows: Any) -> None:
        busy.set()
        assert go.wait(10)
        real(rows)

    with monkeypatch.context() as patched:
        patched.setattr(journal._store, "append", append)
        journal.append(entry())
        assert busy.wait(10)
        result = meanwhile()
        go.set()
    return result


def test_a_line_that_grows_without_end_is_refused(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_TOGETHER", 4)
    monkeypatch.setattr(intake, "MAX_COHORTS", 2)

    def overflow() -> Ticket:
        last = [journal.append(entry(n)) for n in range(8)][-1]
        with pytest.raises(JournalFault, match="8 entries wait for the disk"):
            journal.append(entry())
        return last

    assert hold(journal, monkeypatch, overflow).wait(5).seq == 9
    assert journal.append(entry()).wait(5).seq == 10


def test_an_entry_that_cannot_be_written_fails_alone(journal: JournalWriter) -> None:
    with pytest.raises(JournalError):
        journal.append(JournalEntry(at=float("nan")))

    assert journal.append(entry()).wait(5).seq == 1


def test_a_second_writer_is_refused(journal: JournalWriter) -> None:
    with pytest.raises(AlreadyRunning):
        JournalWriter(journal.path, KEY).open()

    assert journal.append(entry()).wait(5).seq == 1


def test_a_writer_in_another_process_is_refused(journal: JournalWriter) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from gatekeeper.journal.writer import JournalWriter\n"
        "from gatekeeper.errors import AlreadyRunning\n"
        "try: JournalWriter(Path(sys.argv[1]), b'k' * 32).open()\n"
        "except AlreadyRunning as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(journal.path)], capture_output=True, text=True, check=True
    )

    assert "another process writes this journal" in done.stdout


def test_it_goes_on_where_it_ended(path: Path) -> None:
    for run in range(3):
        with JournalWriter(path, KEY) as journal:
            assert journal.append(entry(run)).wait(5).seq == run + 1

    assert verify(path, KEY).entries == 3


def test_what_is_queued_when_it_is_closed_is_still_written(path: Path) -> None:
    journal = JournalWriter(path, KEY).open()
    tickets = [journal.append(entry(n)) for n in range(300)]
    journal.close()

    assert [ticket.wait(0).seq for ticket in tickets] == list(range(1, 301))
    with pytest.raises(JournalFault, match="closed"):
        journal.append(entry())


def test_closing_does_not_wait_for_a_disk_that_does_not_answer(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock stays with what is in the disk's hands: nobody else may write meanwhile."""
    monkeypatch.setattr("gatekeeper.journal.writer.CLOSE_S", 0.02)

    def close() -> None:
        journal.close()
        with pytest.raises(AlreadyRunning):
            JournalWriter(journal.path, KEY).open()

    hold(journal, monkeypatch, close)
    monkeypatch.setattr("gatekeeper.journal.writer.CLOSE_S", 10.0)
    journal.close()

    assert verify(journal.path, KEY).entries == 1
    JournalWriter(journal.path, KEY).open().close()


def test_observers_of_a_commit_are_told_what_became_durable(journal: JournalWriter) -> None:
    told: list[tuple[int, int]] = []

    def defective(*_: int) -> None:
        raise ZeroDivisionError("planted")

    journal.on_durable(defective)
    journal.on_durable(lambda first, last, at_ns: told.append((first, last)))
    for n in range(5):
        journal.append(entry(n)).wait(5)
    journal.close()

    assert [first for first, _ in told] == [1, *(last + 1 for _, last in told[:-1])]
    assert told[-1][1] == 5


def test_an_observer_of_a_ticket_is_told_once(journal: JournalWriter) -> None:
    told: list[int] = []
    tickets: list[Ticket] = []
    for n in range(200):
        ticket = journal.append(entry(n))
        ticket.then(lambda durable: told.append(durable.seq if durable else 0))
        tickets.append(ticket)
    for ticket in tickets:
        ticket.wait(5)
    journal.close()

    assert sorted(told) == list(range(1, 201))


# Faults -----------------------------------------------------------------------------------


class Disk:
    """Faults planted in the journal's writes: before or after they reach the disk."""

    def __init__(self, journal: JournalWriter, monkeypatch: pytest.MonkeyPatch) -> None:
        self.before = self.after = False
        self._write = journal._store.append
        monkeypatch.setattr(journal._store, "append", self.append)

    def append(self, rows: Any) -> None:
        if self.before:
            raise sqlite3.OperationalError("database or disk is full")
        self._write(rows)
        if self.after:
            self.after = False
            raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def disk(journal: JournalWriter, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(journal, monkeypatch)


def test_a_fault_is_told_to_everybody_and_got_over(journal: JournalWriter, disk: Disk) -> None:
    journal.append(entry(1)).wait(5)
    disk.before = True
    first, again = refused(journal), refused(journal)
    during = journal.problem, journal.ok
    recovers(journal, lambda: setattr(disk, "before", False))
    after = journal.append(entry(2)).wait(5)

    assert "disk is full" in first
    assert "disk is full" in again
    assert during == (first, False)
    assert [(one.seq, one.kind, one.state) for one in read(journal.path)] == [
        (1, EntryKind.DECISION, None),
        (2, EntryKind.NODE, RECOVERED),
        (3, EntryKind.DECISION, None),
    ]
    assert after.seq == 3
    assert verify(journal.path, KEY).ok


def test_all_that_waited_fails_with_the_first(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is durable is always a prefix of what was appended."""
    epoch = journal.epoch
    busy, go = threading.Event(), threading.Event()

    def fail(rows: Any) -> None:
        busy.set()
        assert go.wait(10)
        raise sqlite3.OperationalError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(journal._store, "append", fail)
        tickets = [journal.append(entry(0))]
        assert busy.wait(10)
        tickets += [journal.append(entry(n)) for n in range(1, 50)]
        recovering = threading.Event()
        tickets[-1].then(lambda _: recovering.set())
        go.set()
        for ticket in tickets:
            with pytest.raises(JournalFault, match="planted"):
                ticket.wait(5)
        assert recovering.wait(5)

    assert journal.epoch > epoch
    with pytest.raises(JournalFault):
        journal.append(entry(), epoch=epoch).wait(0)
    assert not [one for one in read(journal.path) if one.kind is EntryKind.DECISION]


def test_a_commit_that_was_reported_failed_but_is_there_is_withdrawn(
    journal: JournalWriter, disk: Disk
) -> None:
    """Its callers were told no: the record says that nobody acted on it."""
    disk.after = True
    recovers(journal, lambda: refused(journal))
    entries = read(journal.path)

    assert [(one.kind, one.ref) for one in entries] == [
        (EntryKind.DECISION, None),
        (EntryKind.WITHDRAWN, 1),
        (EntryKind.NODE, None),
    ]
    with JournalReader(journal.path) as reader:
        assert reader.withdrawn() == {1}
    assert verify(journal.path, KEY).ok


def test_whatever_goes_wrong_in_the_thread_it_goes_on(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(journal._chain, "link", defective)
        assert "planted" in refused(journal)
    recovers(journal) if not journal.ok else None

    assert journal.append(entry()).wait(5).seq >= 1


def test_a_journal_that_does_not_answer_is_a_fault(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "STUCK_NS", 1_000_000)
    well = threading.Event()
    journal.on_recovered(well.set)

    def meanwhile() -> None:
        deadline = threading.Event()
        timer = threading.Timer(10, deadline.set)
        timer.start()
        while journal.ok:
            assert not deadline.is_set()
        timer.cancel()
        with pytest.raises(JournalFault, match="no answer from the disk"):
            journal.append(entry(3))

    hold(journal, monkeypatch, meanwhile)

    assert well.wait(5)
    assert journal.append(entry(4)).wait(5).seq == 2


@pytest.mark.parametrize("taken", [False, True])
def test_an_abandoned_entry_is_never_written_or_its_end_is_told(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    told: list[JournalEntry | None] = []
    done = threading.Event()

    def late(durable: JournalEntry | None) -> None:
        told.append(durable)
        done.set()

    busy, go = threading.Event(), threading.Event()
    real = journal._store.append

    def append(rows: Any) -> None:
        busy.set()
        assert go.wait(10)
        real(rows)

    with monkeypatch.context() as patched:
        patched.setattr(journal._store, "append", append)
        first = journal.append(entry(1))
        assert busy.wait(10)
        second = journal.append(entry(2))
        journal.abandon(first if taken else second, late)
        with pytest.raises(TimeoutError if taken else JournalFault):
            (first if taken else second).wait(0)
        go.set()
    assert done.wait(5)
    third = journal.append(entry(3)).wait(5)

    assert told == [first.entry] if taken else told == [None]
    assert third.seq == (3 if taken else 2)


# Faults of the real file system -------------------------------------------------------------


def test_a_deleted_file_is_noticed_and_written_back(journal: JournalWriter) -> None:
    """SQLite itself goes on writing into the void."""
    kept = [journal.append(entry(n)).wait(5) for n in range(50)]

    def delete() -> None:
        for each in journal.path.parent.glob("journal.sqlite3*"):
            if each.suffix != ".lock":
                each.unlink()
        assert "was moved or deleted" in refused(journal)

    recovers(journal, delete)
    after = journal.append(entry(99)).wait(5)

    assert read(journal.path)[:50] == kept
    assert read(journal.path)[-1] == after
    assert verify(journal.path, KEY).ok


def test_a_deleted_log_is_noticed_and_nothing_is_lost(journal: JournalWriter) -> None:
    kept = [journal.append(entry(n)).wait(5) for n in range(50)]

    def delete() -> None:
        journal.path.with_name("journal.sqlite3-wal").unlink()
        refused(journal)

    recovers(journal, delete)

    assert read(journal.path)[:50] == kept
    assert verify(journal.path, KEY).ok


def test_a_folder_that_is_moved_away_and_back(folder: Path) -> None:
    home, away = folder / "data", folder / "elsewhere"
    home.mkdir()
    with JournalWriter(home / "journal.sqlite3", KEY) as journal:
        kept = journal.append(entry(1)).wait(5)
        home.rename(away)
        refused(journal)
        assert not journal.ok
        recovers(journal, lambda: away.rename(home))
        after = journal.append(entry(2)).wait(5)

        standing = [one for one in read(journal.path) if one.kind is EntryKind.DECISION]
        with JournalReader(journal.path) as reader:
            void = reader.withdrawn()
        assert [one for one in standing if one.seq not in void] == [kept, after]
        assert verify(journal.path, KEY).ok


def test_another_file_in_its_place_is_not_written_to(journal: JournalWriter, folder: Path) -> None:
    kept = journal.append(entry(1)).wait(5)
    aside = folder / "aside"
    journal.path.rename(aside)
    journal.path.write_bytes(b"something else")
    refused(journal)
    assert not journal.ok
    assert journal.path.read_bytes() == b"something else"

    def put_back() -> None:
        aside.replace(journal.path)

    recovers(journal, put_back)
    assert read(journal.path)[0] == kept
    assert verify(journal.path, KEY).ok


@pytest.fixture
def tiny(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte, where this process may mount one."""
    mount = shutil.which("mount")
    place = folder / "tiny"
    place.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system is not permitted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(ballast: Path) -> None:
    """Take every byte that the file system has left."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def test_a_disk_that_is_really_full(tiny: Path) -> None:
    with JournalWriter(tiny / "journal.sqlite3", KEY) as journal:
        acknowledged = [journal.append(entry(0)).wait(5)]
        ballast = tiny / "ballast"
        fill(ballast)
        problem = ""
        while not problem:  # the log has a little room left
            try:
                acknowledged.append(journal.append(entry(len(acknowledged))).wait(5))
            except JournalFault as fault:
                problem = str(fault)
        recovers(journal, ballast.unlink)
        acknowledged.append(journal.append(entry(1)).wait(5))

        assert "full" in problem or "I/O" in problem
        assert {one.seq for one in acknowledged} <= {one.seq for one in read(journal.path)}
        assert read(journal.path)[-1] == acknowledged[-1]
        assert verify(journal.path, KEY).ok


def test_a_file_that_may_not_grow(path: Path) -> None:
    """The kernel refuses what would make a file longer (a quota, a limit), then no longer."""
    code = """if True:
        import resource, signal, sys
        from pathlib import Path
        from gatekeeper.errors import JournalFault
        from gatekeeper.journal.writer import JournalWriter
        from gatekeeper.model import JournalEntry

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with JournalWriter(Path(sys.argv[1]), b"k" * 32) as journal:
            def append():
                return journal.append(JournalEntry(at=1.0, note="x" * 900)).wait(5)
            append()
            most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, most))
            try:
                for n in range(1000):
                    append()
            except JournalFault as fault:
                print("fault:", fault)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            import threading
            well = threading.Event()
            journal.on_recovered(well.set)
            assert journal.ok or well.wait(10)
            print("last:", append().seq)
    """
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    fault, last = done.stdout.splitlines()

    assert fault.startswith("fault: ")
    assert last == f"last: {read(path)[-1].seq}"
    assert verify(path, KEY).ok


# Opening ------------------------------------------------------------------------------------


def damage(path: Path, sql: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("sql", "first_bad"),
    [
        ("UPDATE entry SET body = replace(body, 'in1', 'in2') WHERE seq = 4", 4),
        ("UPDATE entry SET hash = zeroblob(32) WHERE seq = 9", 9),
        ("DELETE FROM entry WHERE seq = 6", 6),
        ("DELETE FROM entry WHERE seq > 7", 8),
        ("DELETE FROM entry", 1),
        ("DELETE FROM entry WHERE seq = 1", 1),
    ],
)
def test_a_record_that_is_not_whole_is_not_opened(path: Path, sql: str, first_bad: int) -> None:
    """Who decides from a forged record may let anybody in."""
    with JournalWriter(path, KEY) as journal:
        for n in range(10):
            journal.append(entry(n)).wait(5)
    damage(path, sql)

    with pytest.raises(JournalCorrupt) as corrupt:
        JournalWriter(path, KEY).open()
    assert corrupt.value.seq == first_bad


def filled(path: Path, count: int = 10) -> None:
    with JournalWriter(path, KEY) as journal:
        for n in range(count):
            journal.append(entry(n)).wait(5)


def test_a_long_journal_is_proven_from_its_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old entries are left to `journal verify`; the newest are proven at each start."""
    filled(path, 30)
    monkeypatch.setattr("gatekeeper.journal.opening.PROVEN_AT_START", 10)
    JournalWriter(path, KEY).open().close()
    damage(path, "DELETE FROM entry WHERE seq = 25")

    with pytest.raises(JournalCorrupt) as corrupt:
        JournalWriter(path, KEY).open()
    assert corrupt.value.seq == 25


def test_another_key_is_not_accepted(path: Path) -> None:
    filled(path)

    with pytest.raises(JournalCorrupt):
        JournalWriter(path, b"other key").open()


@pytest.mark.parametrize("missing", ["journal.sqlite3", "journal.anchor"])
def test_a_part_that_is_missing_is_not_made_anew(path: Path, missing: str) -> None:
    filled(path)
    path.with_name(missing).unlink()

    with pytest.raises(JournalCorrupt):
        JournalWriter(path, KEY).open()


def test_a_file_that_is_no_journal_is_refused(path: Path) -> None:
    filled(path)
    path.write_bytes(b"not a database at all" * 400)

    with pytest.raises(JournalCorrupt):
        JournalWriter(path, KEY).open()


def test_a_folder_that_does_not_exist_is_a_fault(folder: Path) -> None:
    with pytest.raises(JournalFault):
        JournalWriter(folder / "nowhere" / "journal.sqlite3", KEY).open()


def test_who_was_refused_at_opening_leaves_nothing_locked(path: Path) -> None:
    filled(path)
    damage(path, "DELETE FROM entry WHERE seq = 6")
    for _ in range(2):
        with pytest.raises(JournalCorrupt):
            JournalWriter(path, KEY).open()
