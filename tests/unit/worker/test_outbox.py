"""Audit rows on their way into the journal: in order, once, whatever answer is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gatekeeper.access.witness import KEPT, Witness
from gatekeeper.db import audit, audit_outbox
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import new_source
from gatekeeper.db.engine import Database
from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import LinkError
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.node.clock import SystemClock
from gatekeeper.worker.audit_proof import prove_audit
from gatekeeper.worker.outbox import PAGE, Outbox


class Node:
    """A real witness on a real journal, behind a link that a test can break."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite3"
        self.down = False
        self.loses_answers = False
        self.asked = 0
        self.start()

    def start(self) -> None:
        self.writer = JournalWriter(self.path, b"k" * 32).open()
        self.reader = JournalReader(self.path)
        self.desks = Witness(self.writer, SystemClock())
        self.desks.restore(self.reader.latest_acts(KEPT))

    def restart(self) -> None:
        """Another process, which knows only what is on disk."""
        self.writer.close()
        self.start()

    def witness(self, acts: Iterable[DeskAct], deadline_s: float = 5.0) -> tuple[int, ...]:
        """As LinkClient."""
        self.asked += 1
        if self.down:
            raise LinkError("the node cannot be reached")
        seqs = self.desks.record(tuple(acts), deadline_s)
        if self.loses_answers:
            raise LinkError("no answer in time")
        return seqs

    def subjects(self) -> list[str | None]:
        """Whom the acts on record are about, in order."""
        return [entry.subject for entry in self.reader.acts(limit=100_000)]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.writer.close()


def act(database: Database, *numbers: int) -> None:
    """Acts of one transaction."""
    with database.session() as session:
        for number in numbers:
            record_act(session, "anan", "user.role", f"user:{number}", after={"role": "guard"})


def seqs(database: Database) -> list[int | None]:
    """Which entry proves each row, in the order of the rows."""
    with database.reading() as session:
        return [each.journal_seq for each in reversed(audit.acts(session, limit=10_000))]


def test_rows_go_in_their_order_page_by_page(database: Database, node: Node) -> None:
    """More than two pages; then there is nothing more to hand over."""
    numbers = range(2 * PAGE + 5)
    act(database, *numbers)
    outbox = Outbox(database, node, node.reader)

    more = [outbox.hand_over() for _ in range(4)]

    assert more == [True, True, False, False]
    assert node.subjects() == [f"user:{n}" for n in numbers]
    assert seqs(database) == list(range(1, len(numbers) + 1))
    assert node.asked == 3


def test_a_dead_node_is_said_once_and_the_rows_wait(
    database: Database, node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """And go when it is back."""
    act(database, 1, 2)
    outbox = Outbox(database, node, node.reader)
    node.down = True

    assert [outbox.hand_over() for _ in range(3)] == [False] * 3
    assert seqs(database) == [None, None]
    assert len([r for r in caplog.records if "acts wait for the journal" in r.message]) == 1

    node.down = False
    outbox.hand_over()
    assert seqs(database) == [1, 2]


def test_an_answer_that_is_lost_doubles_nothing(database: Database, node: Node) -> None:
    """Not for the same processes, not for a new worker, not for a new node, not for both."""
    for number, (new_worker, new_node) in enumerate(
        [(False, False), (True, False), (False, True), (True, True)]
    ):
        act(database, number)
        outbox = Outbox(database, node, node.reader)
        outbox.hand_over()  # nothing is looked up from now on
        act(database, number + 100)
        node.loses_answers = True
        outbox.hand_over()
        node.loses_answers = False
        if new_node:
            node.restart()
        if new_worker:
            outbox = Outbox(database, node, node.reader)
        while outbox.hand_over():
            pass

    assert seqs(database) == list(range(1, 9))
    assert len(node.subjects()) == 8


def test_a_database_put_back_from_a_backup_finds_its_acts_on_record(
    database: Database, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when the node has forgotten their keys: the journal is asked, and nothing doubled."""
    monkeypatch.setattr("gatekeeper.access.witness.KEPT", 1)
    outbox = Outbox(database, node, node.reader)
    act(database, 1)
    outbox.hand_over()
    act(database, 2, 3, 4)
    outbox.hand_over()
    with database.session() as session:
        session.execute(text("UPDATE audit SET journal_seq = NULL WHERE id > 1"))
        new_source(session)
    node.restart()

    while outbox.hand_over():
        pass

    assert seqs(database) == [1, 2, 3, 4]
    assert len(node.subjects()) == 4
    assert prove_audit(database, node.reader).rows == 4


def test_rows_from_before_the_proof_are_handed_over_too(database: Database, node: Node) -> None:
    """They get key and hash first."""
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO audit (at, actor, action, subject, note, origin, digest)"
                " VALUES (1.5, 'cli', 'user.add', 'a', 'guard', '', '')"
            )
        )
    outbox = Outbox(database, node, node.reader)
    while outbox.hand_over():
        pass

    assert seqs(database) == [1]
    assert prove_audit(database, node.reader).ok


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("UPDATE audit SET note = 'x' WHERE id = 2", "row 2 (entry 2) is altered: note is not"),
        ("DELETE FROM audit WHERE id = 2", "the row of entry 2 is missing: anan did user.role"),
        ("UPDATE audit SET journal_seq = 3 WHERE id = 2", "row 2 names entry 3, which proves an"),
        ("UPDATE audit SET journal_seq = 99 WHERE id = 2", "row 2 names entry 99, which proves no"),
        (
            "INSERT INTO audit (at, actor, action, subject, note, origin, digest, key, journal_seq)"
            " VALUES (1.5, 'x', 'y', 'z', '', '', '', 'made-up', 2)",
            "row 4 names entry 2, which proves another row",
        ),
    ],
)
def test_an_altered_a_missing_and_a_made_up_row_are_found(
    database: Database, node: Node, change: str, seen: str
) -> None:
    """And named; the others are still counted as whole."""
    act(database, 1, 2, 3)
    Outbox(database, node, node.reader).hand_over()
    assert prove_audit(database, node.reader).ok
    act(database, 4)
    with database.session() as session:
        session.execute(text(change.replace("row 4", "row 5")))

    proof = prove_audit(database, node.reader)

    assert not proof.ok
    assert (proof.compared, proof.waiting, proof.faults) == (True, 1, 1)
    assert proof.problems[0].startswith(seen.replace("row 4", "row 5"))


def test_a_database_that_is_gone_is_said_and_is_no_fault(node: Node, tmp_path: Path) -> None:
    """The journal alone can still be proven."""
    from gatekeeper.db.engine import connect

    proof = prove_audit(connect(f"sqlite:///{tmp_path / 'gone.sqlite3'}"), node.reader)

    assert (proof.ok, proof.compared) == (True, False)
    assert "gone.sqlite3" in proof.problems[0]


def test_what_is_remembered_of_an_empty_outbox_is_nothing(database: Database, node: Node) -> None:
    """No act, no question."""
    assert not Outbox(database, node, node.reader).hand_over()
    assert node.asked == 0
    with database.reading() as session:
        assert audit_outbox.count_waiting(session) == 0
