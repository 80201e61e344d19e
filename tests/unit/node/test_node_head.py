"""Those who wait for the journal's head, and what nobody waits for being recorded anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gatekeeper.errors import JournalFault
from gatekeeper.model import EntryKind, JournalEntry
from gatekeeper.node.head import HeadWatch
from gatekeeper.node.recorder import KEPT, Recorder

DEADLINE_S = 20.0


def test_a_head_already_there_is_told_at_once() -> None:
    head = HeadWatch("run-1")
    head.move(1, 5, 777)

    told = head.wait(4, DEADLINE_S)

    assert (told.seq, told.durable_ns, told.run) == (5, 777, "run-1")


def test_whoever_waits_is_woken_by_the_entry_that_moves_the_head() -> None:
    head = HeadWatch("run-1")
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(head.wait, 0, DEADLINE_S) for _ in range(3)]
        head.move(1, 2, 1)

        assert {future.result(DEADLINE_S).seq for future in waiting} == {2}


def test_nobody_waits_beyond_the_time_they_gave() -> None:
    head = HeadWatch("run-1")

    assert head.wait(0, 0.0).seq == 0
    assert head.wait(0, -5.0).seq == 0
    assert head.wait(0, float("nan")).seq == 0


def test_an_ending_node_wakes_everybody() -> None:
    head = HeadWatch("run-1")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(head.wait, 0, DEADLINE_S)
        head.close()

        assert waiting.result(DEADLINE_S).seq == 0


class Journal:
    """Takes, refuses or loses entries, as a disk does."""

    def __init__(self) -> None:
        self.written: list[JournalEntry] = []
        self.mood = "well"
        self._observers: list[Callable[[JournalEntry | None], None]] = []

    def append(self, entry: JournalEntry) -> Journal:
        if self.mood == "full":
            raise JournalFault("disk full")
        if self.mood == "well":
            self.written.append(entry)
        return self

    def then(self, observer: Callable[[JournalEntry | None], None]) -> None:
        observer(self.written[-1] if self.mood == "well" else None)


@pytest.mark.parametrize("mood", ["full", "loses what it took"])
def test_what_cannot_be_recorded_is_recorded_late_and_in_order(mood: str) -> None:
    journal = Journal()
    recorder = Recorder(journal)
    journal.mood = mood
    for number in range(3):
        recorder.record(JournalEntry(at=number, kind=EntryKind.READER, reader="lf1"))
    assert recorder.waiting == 3

    journal.mood = "well"
    recorder.catch_up()

    assert [(e.at, e.late) for e in journal.written] == [(0, True), (1, True), (2, True)]
    assert recorder.waiting == 0


def test_what_waits_is_bounded_and_the_oldest_go_first() -> None:
    journal = Journal()
    recorder = Recorder(journal)
    journal.mood = "full"
    threads = [
        threading.Thread(
            target=lambda n=n: [recorder.record(JournalEntry(at=n * KEPT + k)) for k in range(KEPT)]
        )
        for n in range(2)
    ]
    for thread in threads:
        thread.start()
        thread.join()

    journal.mood = "well"
    recorder.catch_up()

    assert [e.at for e in journal.written] == list(range(KEPT, 2 * KEPT))
