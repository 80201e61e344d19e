"""Many callers, a real journal, and a disk that fails and dawdles at random (seeded)."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.access.gate import Answer, Gate
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.policy import decide
from gatekeeper.access.presence import NOWHERE, Presence
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.verify import verify
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import (
    Direction,
    EntryKind,
    GateRules,
    JournalEntry,
    Pass,
    Presentation,
    Reason,
)

KEY = b"k" * 32
RULES = {
    rule.id: rule
    for rule in (
        GateRules("in1", event="gala", area="hall"),
        GateRules("in2", event="gala", area="hall"),
        GateRules("out", Direction.OUT, "gala", area="hall"),
    )
}
GUESTS = {f"epc:{n:08X}": Pass(f"p{n}", f"epc:{n:08X}", event="gala") for n in range(12)}
CALLERS, TAPS = 12, 150


class Clock:
    """One tick later at each look."""

    def __init__(self) -> None:
        self._lock, self._tick = threading.Lock(), 1_795_000_000

    def now(self) -> float:
        with self._lock:
            self._tick += 1
            return float(self._tick)

    def monotonic_ns(self) -> int:
        return 0


class Weather:
    """The disk: fails before a write, fails after it, or dawdles, now and then."""

    def __init__(self, journal: JournalWriter, seed: int) -> None:
        self.random = random.Random(seed)
        self.fair = False
        self.faults: Counter[str] = Counter()
        self.write = journal._store.append
        journal._store.append = self.append  # type: ignore[method-assign]

    def append(self, rows: Any) -> None:
        luck = 1.0 if self.fair else self.random.random()
        if luck < 0.04:
            self.faults["full"] += 1
            raise sqlite3.OperationalError("database or disk is full")
        if luck < 0.08:
            self.faults["slow"] += 1
            threading.Event().wait(0.03)
        self.write(rows)
        if 0.08 <= luck < 0.12:
            self.faults["unanswered"] += 1
            raise sqlite3.OperationalError("disk I/O error")


def storm(gate: Gate, journal: JournalWriter, seed: int) -> list[tuple[Presentation, Answer]]:
    """Every caller taps at random; a third of the calls are in a hurry."""
    answers: list[tuple[Presentation, Answer]] = []
    barrier = threading.Barrier(CALLERS)

    def call(number: int) -> None:
        choice = random.Random(seed * 1000 + number)
        barrier.wait()
        for _ in range(TAPS):
            nonce = choice.choice([None, None, f"n{choice.randrange(200)}"])
            credential = choice.choice([*GUESTS, "epc:FFFFFFFF"])
            shown = Presentation(choice.choice([*RULES]), "r", credential, nonce=nonce)
            answer = gate.handle(shown, choice.choice([2.0, 2.0, 0.005]))
            answers.append((shown, answer))
            while number and not journal.ok and not pause.wait(0.002):
                pass  # one caller goes on meanwhile, the others wait for the next fault

    pause = threading.Event()
    threads = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def settled(gate: Gate, journal: JournalWriter) -> None:
    """Wait until the journal is well and everything is recorded."""
    late = threading.Event()
    timer = threading.Timer(20, late.set)
    timer.start()
    while not (journal.ok and gate.unrecorded == 0):
        assert not late.is_set(), "the journal did not recover"
        gate.ledger.record_late()
    timer.cancel()
    journal.append(JournalEntry(at=1.0, kind=EntryKind.NODE, state="end")).wait(5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_storm_the_record_is_whole_and_memory_agrees_with_it(seed: int) -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "journal.sqlite3"
        index = CredentialIndex()
        for credential, guest in GUESTS.items():
            index.apply(credential, pack(guest))
        with JournalWriter(path, KEY) as journal, JournalReader(path) as reader:
            weather = Weather(journal, seed)
            gate = Gate(RULES.values(), index, Presence(), journal, Clock())
            gate.ready = True
            answers = storm(gate, journal, seed)
            weather.fair = True
            settled(gate, journal)

            disk, void = list(reader.replay()), reader.withdrawn()
            replayed = Presence()
            replayed.replay(disk, void)
            assert gate.presence.snapshot() == replayed.snapshot()
            assert verify(path, KEY).ok
            check_answers(answers, disk, void)
            check_order([entry for entry in disk if entry.seq not in void])
            assert len(weather.faults) == 3
            assert {a.entry.reason for _, a in answers} >= {Reason.GRANTED, Reason.SYSTEM_FAULT}


def check_answers(
    answers: list[tuple[Presentation, Answer]], disk: list[JournalEntry], void: frozenset[int]
) -> None:
    """Every answer is on record as given; no nonce was answered in two ways."""
    late = Counter(e.at for e in disk if e.late and e.reason and e.seq not in void)
    by_nonce: dict[object, set[float]] = {}
    for shown, answer in answers:
        if answer.entry.seq:
            assert disk[answer.entry.seq - 1] == answer.entry
            assert answer.entry.seq not in void
        else:
            assert answer.entry.reason is Reason.SYSTEM_FAULT
            assert late[answer.entry.at] == 1
        if shown.nonce:
            key = shown.gate, shown.nonce, shown.credential
            by_nonce.setdefault(key, set()).add(answer.entry.at)
    assert all(len(times) == 1 for times in by_nonce.values())


def check_order(standing: list[JournalEntry]) -> None:
    """Decided again in the journal's order, every verdict is the same."""
    presence = Presence()
    for entry in standing:
        if entry.kind is EntryKind.DECISION and not entry.late:
            assert entry.gate is not None
            assert entry.credential is not None
            guest = GUESTS.get(entry.credential)
            known = presence.lookup(guest.id, "hall") if guest else NOWHERE
            again = decide(entry.credential, guest, RULES[entry.gate], known, entry.at)
            assert entry.reason is again.reason
        presence.apply(entry)
