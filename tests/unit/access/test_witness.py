"""Acts of desks into a real journal: each once, through faults, late disks and restarts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.access import witness as room
from gatekeeper.access.witness import Witness
from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import JournalFault
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import EntryKind, JournalEntry


class Clock:
    """Stands still."""

    def now(self) -> float:
        return 1_795_000_000.0

    def monotonic_ns(self) -> int:
        return 0


def act(number: int) -> DeskAct:
    """An act."""
    return DeskAct(f"{number:032x}", "anan", "user.role", f"user:{number}", "d" * 64)


class House:
    """A journal and a witness on it; can be left and entered again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite3"
        self.enter()

    def enter(self) -> None:
        self.journal = JournalWriter(self.path, b"k" * 32).open()
        self.witness = Witness(self.journal, Clock())
        with JournalReader(self.path) as reader:
            self.witness.restore(reader.latest_acts(room.KEPT), reader.withdrawn())

    def acts(self) -> list[JournalEntry]:
        """What counts on record."""
        with JournalReader(self.path) as reader:
            return [each for each in reader.acts() if each.seq not in reader.withdrawn()]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.journal.close()


@pytest.fixture
def disk(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let each write first do what the test says."""
    real, doing = house.journal._store.append, {"first": lambda: None}

    def append(rows: Any) -> None:
        doing["first"]()
        real(rows)

    monkeypatch.setattr(house.journal._store, "append", append)
    return lambda first: doing.update(first=first)


def test_an_act_becomes_one_entry_that_names_it(house: House) -> None:
    """Who, what, whom, key and hash; nothing else."""
    (seq,) = house.witness.record([act(7)], 5)
    (entry,) = house.acts()

    assert entry == JournalEntry(
        seq=seq,
        at=1_795_000_000.0,
        kind=EntryKind.ACT,
        nonce=act(7).key,
        actor="anan",
        state="user.role",
        subject="user:7",
        digest="d" * 64,
    )


def test_handed_over_twice_is_recorded_once(house: House) -> None:
    """In one message, in two, and after a restart."""
    first = house.witness.record([act(1), act(2), act(1)], 5)
    again = house.witness.record([act(2), act(3)], 5)
    house.journal.close()
    house.enter()
    after = house.witness.record([act(1), act(3), act(4)], 5)

    assert (first, again, after) == ((1, 2, 1), (2, 3), (1, 3, 4))
    assert [entry.nonce for entry in house.acts()] == [act(n).key for n in (1, 2, 3, 4)]


def test_many_callers_of_the_same_acts_get_the_same_numbers(house: House) -> None:
    """Two workers, should that ever happen."""
    answers: list[tuple[int, ...]] = []
    callers = [
        threading.Thread(
            target=lambda: answers.append(house.witness.record([act(n) for n in range(50)], 10))
        )
        for _ in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)

    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert len(house.acts()) == 50


def test_before_the_record_is_read_nothing_is_taken(house: House) -> None:
    """It might be there already."""
    house.witness.ready = False

    with pytest.raises(JournalFault, match="loading"):
        house.witness.record([act(1)], 5)

    assert house.acts() == []


def test_after_a_fault_the_same_act_is_recorded_once(house: House, disk: Any) -> None:
    """A full disk: refused, then taken."""

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    recovered = threading.Event()
    disk(full)
    with pytest.raises(JournalFault, match="full"):
        house.witness.record([act(1)], 5)
    house.journal.on_recovered(recovered.set)
    disk(lambda: None)
    assert recovered.wait(10)

    (seq,) = house.witness.record([act(1)], 5)

    assert [entry.seq for entry in house.acts()] == [seq]


def test_a_write_that_failed_and_was_made_nevertheless_does_not_count(
    house: House, disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal withdraws it; the act that counts is the next one."""
    recovered = threading.Event()
    real = house.journal._store.check_in_place
    broken = {"once": True}

    def check() -> None:
        if broken.pop("once", False):
            raise JournalFault("the disk lied")
        real()

    monkeypatch.setattr(house.journal._store, "check_in_place", check)
    with pytest.raises(JournalFault, match="lied"):
        house.witness.record([act(1)], 5)
    house.journal.on_recovered(recovered.set)
    assert recovered.wait(10)

    (seq,) = house.witness.record([act(1)], 5)
    house.journal.close()
    house.enter()

    assert [entry.seq for entry in house.acts()] == [seq]
    assert house.witness.record([act(1)], 5) == (seq,)


def test_what_comes_too_late_is_the_answer_to_the_next_try(house: House, disk: Any) -> None:
    """Not withdrawn, not doubled."""
    go = threading.Event()
    disk(lambda: go.wait(10))
    with pytest.raises(TimeoutError):
        house.witness.record([act(1)], 0.05)
    go.set()

    assert house.witness.record([act(1)], 5) == (1,)
    assert len(house.acts()) == 1


def test_what_is_remembered_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that runs for years does not grow by every act."""
    monkeypatch.setattr(room, "KEPT", 10)
    for number in range(30):
        house.witness.record([act(number)], 5)

    assert len(house.witness._known) == 10
    assert house.witness._pending == {}


def test_a_text_of_any_length_fits_an_entry(house: House) -> None:
    """The digest covers all of it; the entry shows its beginning."""
    long = DeskAct("k" * 32, "a" * 5000, "b" * 5000, "c" * 5000, "d" * 64)

    house.witness.record([long], 5)

    assert house.acts()[0].subject == "c" * 300
