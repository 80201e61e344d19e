"""Reading the record and proving it: from outside, while it grows, after it was tampered with."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.errors import JournalCorrupt, JournalFault
from gatekeeper.journal.chain import GENESIS, Chain
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import EntryKind, JournalEntry, Reason

KEY = b"k" * 32


def entry(n: int, event: str | None = "gala") -> JournalEntry:
    return JournalEntry(
        at=1000.0 + n, gate="in1", pass_id=f"p{n}", event=event, reason=Reason.GRANTED
    )


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[JournalWriter]:
    with JournalWriter(path, KEY) as opened:
        yield opened


@pytest.fixture
def reader(path: Path) -> Iterator[JournalReader]:
    with JournalReader(path) as opened:
        yield opened


def fill(journal: JournalWriter, count: int) -> list[JournalEntry]:
    tickets = [journal.append(entry(n, "gala" if n % 2 else None)) for n in range(count)]
    return [ticket.wait(5) for ticket in tickets]


def test_entries_are_read_by_number(journal: JournalWriter, reader: JournalReader) -> None:
    written = fill(journal, 30)

    assert reader.since(0) == written
    assert reader.since(10, 5) == written[10:15]
    assert reader.since(30) == []
    assert reader.entry(7) == written[6]
    assert reader.entry(31) is None
    assert reader.head() == 30
    assert reader.lines(28) == [line for line in reader.lines(0) if b'"seq":29' in line] + [
        reader.lines(29)[0]
    ]


def test_entries_of_an_event_are_read_by_number(
    journal: JournalWriter, reader: JournalReader
) -> None:
    written = fill(journal, 30)

    assert reader.by_event("gala") == [one for one in written if one.event]
    assert reader.by_event("gala", since=10, limit=3) == [written[11], written[13], written[15]]
    assert reader.by_event("other") == []


def test_a_replay_gives_everything_page_by_page(
    journal: JournalWriter, reader: JournalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fill(journal, 30)
    monkeypatch.setattr("gatekeeper.journal.reader._PAGE", 7)

    assert list(reader.replay()) == written
    assert list(reader.replay(25)) == written[25:]


def test_what_was_withdrawn_is_known_without_reading_all(
    journal: JournalWriter, reader: JournalReader
) -> None:
    fill(journal, 5)
    journal.append(JournalEntry(at=1.0, kind=EntryKind.WITHDRAWN, ref=3)).wait(5)

    assert reader.withdrawn() == {3}


def test_before_there_is_a_journal_there_are_no_entries(path: Path, reader: JournalReader) -> None:
    before = reader.since(0), reader.head(), reader.entry(1), reader.withdrawn()
    empty = sqlite3.connect(path)
    empty.execute("PRAGMA user_version = 1")
    empty.close()
    without_table = reader.head()
    path.unlink()
    with JournalWriter(path, KEY) as journal:
        written = fill(journal, 3)

    assert before == ([], 0, None, frozenset())
    assert without_table == 0
    assert reader.since(0) == written


def test_a_reader_follows_when_the_file_is_replaced(folder: Path) -> None:
    here, there = folder / "here", folder / "there"
    for place, count in ((here, 3), (there, 5)):
        place.mkdir()
        with JournalWriter(place / "journal.sqlite3", KEY) as journal:
            fill(journal, count)
    with JournalReader(here / "journal.sqlite3") as reader:
        assert reader.head() == 3
        (there / "journal.sqlite3").replace(here / "journal.sqlite3")
        assert reader.head() == 5
        (here / "journal.sqlite3").unlink()
        assert reader.head() == 0


def test_a_reader_cannot_write(journal: JournalWriter, reader: JournalReader) -> None:
    fill(journal, 1)
    reader.head()
    assert reader._connection is not None

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM entry")


def test_what_is_no_database_is_said_so(path: Path, reader: JournalReader) -> None:
    path.write_bytes(b"x" * 5000)

    with pytest.raises((JournalCorrupt, JournalFault)):
        reader.head()


def test_an_entry_that_is_none_is_said_so(journal: JournalWriter, reader: JournalReader) -> None:
    fill(journal, 3)
    tamper(journal.path, "UPDATE entry SET body = x'7b' WHERE seq = 2")

    with pytest.raises(JournalCorrupt, match="an entry cannot be read"):
        reader.since(0)


def test_many_threads_share_a_reader_while_it_is_written(
    journal: JournalWriter, reader: JournalReader
) -> None:
    """Each sees an unbroken series, whenever it looks."""
    broken: list[list[int]] = []
    stop = threading.Event()

    def look() -> None:
        seen = 0
        while not stop.is_set():
            seqs = [one.seq for one in reader.since(seen)]
            if seqs and seqs != list(range(seen + 1, seqs[-1] + 1)):
                broken.append(seqs)
            seen = seqs[-1] if seqs else seen

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        fill(journal, 50)
    stop.set()
    for thread in threads:
        thread.join()

    assert broken == []


# Proof --------------------------------------------------------------------------------------


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for sql in statements:
        connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.fixture
def whole(path: Path) -> Path:
    with JournalWriter(path, KEY) as journal:
        fill(journal, 20)
    return path


def test_a_whole_record_is_proven_with_the_hash_of_its_end(whole: Path) -> None:
    result = verify(whole, KEY)
    digest = GENESIS
    with JournalReader(whole) as reader:
        for seq, body in enumerate(reader.lines(0), 1):
            digest = Chain(KEY).link(digest, seq, body)

    assert (result.ok, result.entries, result.problem) == (True, 20, "")
    assert result.head == digest.hex()


@pytest.mark.parametrize(
    ("statements", "first_bad"),
    [
        (["UPDATE entry SET body = CAST(replace(body, 'in1', 'in2') AS BLOB) WHERE seq = 5"], 5),
        (["UPDATE entry SET body = replace(body, 'in1', 'in2') WHERE seq = 5"], 5),
        (["UPDATE entry SET body = zeroblob(0) WHERE seq = 1"], 1),
        (["UPDATE entry SET hash = zeroblob(32) WHERE seq = 7"], 7),
        (["UPDATE entry SET hash = 'text' WHERE seq = 7"], 7),
        (["UPDATE entry SET pass_id = 'p9' WHERE seq = 3"], 3),
        (["UPDATE entry SET event = NULL WHERE seq = 4"], 4),
        (["UPDATE entry SET at = at + 1 WHERE seq = 6"], 6),
        (["UPDATE entry SET kind = 'withdrawn' WHERE seq = 6"], 6),
        (["DELETE FROM entry WHERE seq = 8"], 8),
        (["DELETE FROM entry WHERE seq = 1"], 1),
        (["DELETE FROM entry WHERE seq > 15"], 16),
        (["DELETE FROM entry WHERE seq = 20"], 20),
        (["DELETE FROM entry"], 1),
        (["INSERT INTO entry SELECT 21, at, kind, event, gate, pass_id, body, hash "
          "FROM entry WHERE seq = 20"], 21),
        (["INSERT INTO entry SELECT 0, at, kind, event, gate, pass_id, body, hash "
          "FROM entry WHERE seq = 20"], 1),
        (["UPDATE entry SET seq = 100 WHERE seq = 10", "UPDATE entry SET seq = 10 WHERE seq = 11",
          "UPDATE entry SET seq = 11 WHERE seq = 100"], 10),
    ],
)  # fmt: skip
def test_tampering_is_found_where_it_begins(
    whole: Path, statements: list[str], first_bad: int
) -> None:
    tamper(whole, *statements)
    result = verify(whole, KEY)

    assert not result.ok
    assert result.first_bad == first_bad
    assert result.entries == first_bad - 1
    assert result.problem


def test_a_chain_forged_without_the_key_is_found(whole: Path) -> None:
    """Every hash made anew, as somebody would who has the program and not the key."""
    connection = sqlite3.connect(whole)
    digest = GENESIS
    for seq, body in connection.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall():
        digest = Chain(b"guessed").link(digest, seq, body)
        connection.execute("UPDATE entry SET hash = ? WHERE seq = ?", (digest, seq))
    connection.commit()
    connection.close()

    assert verify(whole, KEY).first_bad == 1


def test_a_tail_replaced_with_the_key_contradicts_the_anchor(whole: Path) -> None:
    """Even whoever can link new entries cannot undo what the anchor names, unless with it."""
    connection = sqlite3.connect(whole)
    (digest,) = connection.execute("SELECT hash FROM entry WHERE seq = 19").fetchone()
    body = b'{"seq":20,"at":1019.0,"gate":"in1","pass_id":"p19","event":"gala","reason":"revoked"}'
    forged = Chain(KEY).link(digest, 20, body)
    connection.execute("UPDATE entry SET body = ?, hash = ? WHERE seq = 20", (body, forged))
    connection.commit()
    connection.close()

    assert verify(whole, KEY).first_bad == 20


def test_without_its_anchor_a_record_is_not_proven(whole: Path) -> None:
    whole.with_name("journal.anchor").unlink()

    assert "anchor is missing" in verify(whole, KEY).problem


def test_without_its_file_a_record_is_not_proven(whole: Path) -> None:
    whole.unlink()
    gone = verify(whole, KEY)

    assert (gone.ok, gone.first_bad) == (False, 1)
    assert "20 entries were written" in gone.problem


def test_another_key_proves_nothing(whole: Path) -> None:
    assert not verify(whole, b"other").ok


def test_what_is_no_database_is_a_finding(whole: Path) -> None:
    whole.write_bytes(b"x" * 9000)

    assert not verify(whole, KEY).ok


def test_a_record_is_proven_while_it_is_written(journal: JournalWriter) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            fill(journal, 20)

    thread = threading.Thread(target=write)
    thread.start()
    results = [verify(journal.path, KEY) for _ in range(10)]
    stop.set()
    thread.join()

    assert [result.problem for result in results] == [""] * 10


def test_progress_is_told(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatekeeper.journal.verify._STEP", 8)
    told: list[int] = []
    verify(whole, KEY, told.append)

    assert told == [8, 16, 20]
