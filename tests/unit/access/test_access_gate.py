"""The gate on a real journal: what it answers, what it records, and what it never does."""

from __future__ import annotations

import math
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.access.acts import Acts
from gatekeeper.access.fold import Fold
from gatekeeper.access.gate import Answer, Gate
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.nonces import Nonces
from gatekeeper.access.presence import Presence
from gatekeeper.errors import CredentialError, JournalFault, UserError
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import (
    Direction,
    EntryKind,
    GateRules,
    GateState,
    JournalEntry,
    Pass,
    PassState,
    Presentation,
    Reason,
)

KEY = b"k" * 32
NOW = 1_795_000_000.0
RULES = (
    GateRules("in1", event="gala", area="hall"),
    GateRules("in2", event="gala", area="hall"),
    GateRules("out", Direction.OUT, "gala", area="hall"),
)
GUESTS = [Pass(f"p{n}", f"epc:{n:08X}", event="gala", companions=n % 3) for n in range(50)]


class Clock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.utc = NOW

    def now(self) -> float:
        return self.utc

    def monotonic_ns(self) -> int:
        return 0


class House:
    """A gate and its journal in one folder; can be left and entered again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite3"
        self.clock = Clock()
        self.open()

    def open(self, loaded: bool = True) -> None:
        self.journal = JournalWriter(self.path, KEY).open()
        self.reader = JournalReader(self.path)
        self.index = CredentialIndex()
        self.index.replace([(one.credential, pack(one)) for one in GUESTS])
        self.gate = Gate(RULES, self.index, Presence(), self.journal, self.clock)
        self.acts = Acts(self.gate, self.reader.entry)
        if loaded:
            self.load()

    def load(self) -> None:
        self.gate.restore(self.reader.replay(), self.reader.withdrawn())
        self.gate.ready = True

    def close(self) -> None:
        self.journal.close()
        self.reader.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def tap(self, n: int, gate: str = "in1", **more: Any) -> Answer:
        return self.gate.handle(Presentation(gate, "r1", f"epc:{n:08X}", **more))

    def entries(self) -> list[JournalEntry]:
        return list(self.reader.replay())

    def replayed(self) -> dict[str, Any]:
        presence = Presence()
        presence.replay(self.reader.replay(), self.reader.withdrawn())
        return presence.snapshot()

    def recovered(self, count: int = 0) -> None:
        """Wait until the journal is well and nothing waits to be recorded late."""
        done = threading.Event()
        deadline = threading.Timer(10, done.set)
        deadline.start()
        while not done.is_set():
            if self.journal.ok and self.gate.unrecorded == 0 and self.journal.head >= count:
                deadline.cancel()
                return
        raise AssertionError("the journal did not recover")


@pytest.fixture
def house() -> Iterator[House]:
    """In memory where there is a file system for it: nothing here depends on the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        made = House(Path(folder))
        yield made
        made.close()


@pytest.fixture
def full_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Whether the journal's next writes meet a full disk."""
    real = house.journal._store.append
    state = {"full": False}

    def append(rows: Any) -> None:
        if state["full"]:
            raise sqlite3.OperationalError("database or disk is full")
        real(rows)

    monkeypatch.setattr(house.journal._store, "append", append)
    return lambda full: state.update(full=full)


def test_in_again_out_and_back(house: House) -> None:
    taps = ["in1", "in2", "out", "out", "in2"]
    answers = [house.tap(1, gate) for gate in taps]

    assert [answer.entry.reason for answer in answers] == [
        Reason.GRANTED,
        Reason.ALREADY_IN,
        Reason.GRANTED_EXIT,
        Reason.NOT_IN,
        Reason.GRANTED_REENTRY,
    ]
    assert answers[1].entry.first_seen_at == NOW
    assert [answer.pass_ for answer in answers] == [GUESTS[1]] * 5
    assert house.entries() == [answer.entry for answer in answers]
    assert [entry.seq for entry in house.entries()] == [1, 2, 3, 4, 5]


def test_a_denial_is_recorded_like_a_grant(house: House) -> None:
    answer = house.tap(999, antenna=2, rssi_dbm=-61.5, frames=4)

    assert house.entries() == [answer.entry]
    assert answer.entry == JournalEntry(
        seq=1,
        at=NOW,
        gate="in1",
        reader="r1",
        credential="epc:000003E7",
        event="gala",
        reason=Reason.UNKNOWN_CREDENTIAL,
        direction=Direction.IN,
        area="hall",
        antenna=2,
        rssi_dbm=-61.5,
        frames=4,
    )


def test_both_times_are_recorded_of_a_tap_that_came_late(house: House) -> None:
    assert house.tap(1, seen_at=NOW - 0.02).entry.seen_at is None
    assert house.tap(2, seen_at=NOW - 90).entry.seen_at == NOW - 90
    assert house.tap(3, seen_at=math.nan).entry.seen_at is None


def test_until_it_is_ready_a_gate_denies_and_records(house: House) -> None:
    house.gate.ready = False

    assert house.tap(1).entry.reason is Reason.NOT_READY
    assert [entry.reason for entry in house.entries()] == [Reason.NOT_READY]


def test_the_same_tag_at_two_gates_at_the_same_instant_is_admitted_once(house: House) -> None:
    for n in range(40):
        barrier = threading.Barrier(4)
        reasons: list[Reason | None] = []

        def tap(
            gate: str,
            n: int = n,
            barrier: threading.Barrier = barrier,
            reasons: list[Reason | None] = reasons,
        ) -> None:
            barrier.wait()
            reasons.append(house.tap(n, gate).entry.reason)

        threads = [threading.Thread(target=tap, args=(g,)) for g in ("in1", "in2") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(str(reason) for reason in reasons) == ["already_in"] * 3 + ["granted"]
    assert house.replayed() == house.gate.presence.snapshot()


def test_a_restart_knows_who_is_inside(house: House) -> None:
    house.tap(1)
    house.tap(2)
    house.tap(2, "out")
    before = house.gate.presence.snapshot()
    house.restart()

    assert house.gate.presence.snapshot() == before
    assert house.tap(1).entry.reason is Reason.ALREADY_IN
    assert house.tap(2).entry.reason is Reason.GRANTED_REENTRY


@pytest.mark.parametrize("restarted", [False, True])
def test_a_repeated_nonce_is_answered_alike_and_counted_once(house: House, restarted: bool) -> None:
    first = house.tap(1, nonce="n1")
    if restarted:
        house.restart()
    again = house.tap(1, nonce="n1")

    assert again.entry == first.entry
    assert (first.repeated, again.repeated) == (False, True)
    assert again.pass_ == GUESTS[1]
    assert len(house.entries()) == 1


@pytest.mark.parametrize("restarted_again", [False, True])
def test_a_nonce_repeated_while_the_gate_starts_keeps_its_first_answer(
    house: House, restarted_again: bool
) -> None:
    """The caller heard nothing, asks a gate that is being loaded, and asks once more."""
    first = house.tap(1, nonce="n1")
    house.close()
    house.open(loaded=False)

    early = house.tap(1, nonce="n1")
    house.load()
    if restarted_again:
        house.restart()

    assert early.entry.reason is Reason.NOT_READY
    assert early.entry.nonce is None  # "not ready" is nobody's answer for ever
    assert house.tap(1, nonce="n1").entry == first.entry
    assert len(house.entries()) == 2


@pytest.mark.parametrize("restarted", [False, True])
def test_a_nonce_older_than_those_kept_is_a_new_question_that_admits_nobody_twice(
    house: House, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    """Who is inside is known from the whole record; so a late repeat is refused like any tap."""
    monkeypatch.setattr(house.gate, "_nonces", Nonces(kept=2))
    house.tap(1, nonce="n1")
    for n in (2, 3, 4):
        house.tap(n, nonce=f"n{n}")
    if restarted:  # from a checkpoint that ends before the answers that are replayed
        fold = Fold()
        fold.replay(house.reader.replay(), ())
        house.close()
        house.open(loaded=False)
        house.gate.resume(fold)
        house.gate.ready = True

    again = house.tap(1, nonce="n1")
    later = house.tap(1, nonce="n1")

    assert (again.entry.reason, again.repeated) == (Reason.ALREADY_IN, False)
    assert (later.entry, later.repeated) == (again.entry, True)
    assert house.replayed() == house.gate.presence.snapshot()
    assert house.gate.presence.lookup("p1", "hall").entries == 1


def test_a_nonce_older_than_those_kept_is_a_tap_of_now_after_an_exit(house: House) -> None:
    """It gives no more than showing the tag anew would: what stops the pass now, stops it."""
    house.gate._nonces = Nonces(kept=1)
    house.tap(1, nonce="n1")
    house.tap(1, "out", nonce="n2")
    revoked = msgspec.structs.replace(GUESTS[1], state=PassState.REVOKED)
    house.index.replace([(revoked.credential, pack(revoked))])

    assert house.tap(1, nonce="n1").entry.reason is Reason.REVOKED
    assert not house.gate.presence.lookup("p1", "hall").inside


def test_a_nonce_answers_only_the_question_it_was_given_with(house: House) -> None:
    """A caller whose nonces do not change must not open the gate to everybody."""
    house.tap(1, nonce="same")

    assert house.tap(999, nonce="same").entry.reason is Reason.UNKNOWN_CREDENTIAL
    assert house.tap(1, "in2", nonce="same").entry.reason is Reason.ALREADY_IN


def test_a_nonce_repeated_at_the_same_time_is_counted_once(house: House) -> None:
    for n in range(20):
        barrier = threading.Barrier(6)
        answers: list[Answer] = []

        def tap(
            n: int = n, barrier: threading.Barrier = barrier, answers: list[Answer] = answers
        ) -> None:
            barrier.wait()
            answers.append(house.tap(n, nonce=f"n{n}"))

        threads = [threading.Thread(target=tap) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({answer.entry.seq for answer in answers}) == 1
        assert sorted(answer.repeated for answer in answers) == [False] + [True] * 5
    assert len(house.entries()) == 20


def test_a_full_disk_denies_counts_nobody_and_is_told_of_later(
    house: House, full_disk: Callable[[bool], None]
) -> None:
    house.tap(1)
    full_disk(True)
    refused = [house.tap(1, "out"), house.tap(2), house.tap(3, nonce="n3")]
    inside = house.gate.presence.inside("hall")
    full_disk(False)
    house.recovered()
    after = house.tap(2)

    assert [(a.entry.reason, a.entry.seq) for a in refused] == [(Reason.SYSTEM_FAULT, 0)] * 3
    assert inside == {"p1"}
    assert after.entry.reason is Reason.GRANTED
    late = [entry for entry in house.entries() if entry.late]
    assert [(e.credential, e.reason, e.gate) for e in late] == [
        ("epc:00000001", Reason.SYSTEM_FAULT, "out"),
        ("epc:00000002", Reason.SYSTEM_FAULT, "in1"),
        ("epc:00000003", Reason.SYSTEM_FAULT, "in1"),
    ]
    assert house.replayed() == house.gate.presence.snapshot()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_nonce_that_met_a_fault_keeps_its_denial(
    house: House, full_disk: Callable[[bool], None], restarted: bool
) -> None:
    """The caller was told no; asking again with the same nonce must not open the gate."""
    full_disk(True)
    house.tap(3, nonce="n3")
    full_disk(False)
    house.recovered()
    if restarted:
        house.restart()

    assert house.tap(3, nonce="n3").entry.reason is Reason.SYSTEM_FAULT
    assert house.tap(3, nonce="n4").entry.reason is Reason.GRANTED


class Sluggish:
    """Holds the journal's writes back, from the moment they are begun until `go`."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        real = house.journal._store.append

        def append(rows: Any) -> None:
            self.begun.set()
            assert self.go.wait(10)
            real(rows)

        monkeypatch.setattr(house.journal._store, "append", append)


def test_what_becomes_durable_too_late_is_withdrawn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Sluggish(house, monkeypatch)
    answer = house.gate.handle(Presentation("in1", "r1", "epc:00000001"), deadline_s=0.05)
    slow.go.set()
    house.recovered(3)
    entries = house.entries()

    assert (answer.entry.reason, answer.entry.seq) == (Reason.SYSTEM_FAULT, 0)
    assert entries[0].reason is Reason.GRANTED
    assert [entry.ref for entry in entries if entry.kind is EntryKind.WITHDRAWN] == [1]
    assert house.gate.presence.inside("hall") == frozenset()
    assert house.replayed() == house.gate.presence.snapshot()
    assert house.tap(1).entry.reason is Reason.GRANTED
    house.restart()
    assert house.tap(1).entry.reason is Reason.ALREADY_IN


def test_what_still_waits_when_its_caller_gives_up_is_never_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in flight, one behind it; only the second caller is in a hurry."""
    slow = Sluggish(house, monkeypatch)
    first: list[Answer] = []
    thread = threading.Thread(target=lambda: first.append(house.tap(1)))
    thread.start()
    assert slow.begun.wait(10)
    hasty = house.gate.handle(Presentation("in1", "r1", "epc:00000002"), deadline_s=0.01)
    slow.go.set()
    thread.join()
    house.recovered(2)

    assert hasty.entry.reason is Reason.SYSTEM_FAULT
    assert first[0].entry.reason is Reason.GRANTED
    assert [(e.credential, e.late) for e in house.entries()] == [
        ("epc:00000001", False),
        ("epc:00000002", True),
    ]


def test_what_was_decided_upon_a_withdrawn_entry_falls_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In, and at once out again: without the entry the exit would have been refused."""
    slow = Sluggish(house, monkeypatch)
    answers: dict[str, Answer] = {}

    def tap(gate: str, deadline_s: float) -> None:
        shown = Presentation(gate, "r1", "epc:00000001")
        answers[gate] = house.gate.handle(shown, deadline_s)

    threads = [threading.Thread(target=tap, args=("in1", 0.7))]
    threads[0].start()
    assert slow.begun.wait(10)
    threads.append(threading.Thread(target=tap, args=("out", 10)))
    threads[1].start()
    threads[0].join()
    slow.go.set()
    threads[1].join()
    house.recovered(3)

    assert {gate: a.entry.reason for gate, a in answers.items()} == {
        "in1": Reason.SYSTEM_FAULT,
        "out": Reason.SYSTEM_FAULT,
    }
    assert house.gate.presence.snapshot() == house.replayed() == {}


@pytest.mark.parametrize(
    "shown",
    [
        Presentation("nowhere", "r1", "epc:00000001"),
        Presentation("in1", "r1", "qr:\ud800"),
        Presentation("in1", "r1", None),  # type: ignore[arg-type]
        Presentation("in1", "r1", "epc:00000001", seen_at="soon"),  # type: ignore[arg-type]
    ],
)
def test_whatever_a_presentation_brings_the_answer_is_a_denial_on_record(
    house: House, shown: Presentation
) -> None:
    answer = house.gate.handle(shown)
    house.tap(2)  # the next decision takes the unrecorded denial along
    house.recovered(2)

    assert answer.entry.reason is Reason.SYSTEM_FAULT
    assert [entry.reason for entry in house.entries() if entry.late] == [Reason.SYSTEM_FAULT]
    assert house.gate.presence.inside("hall") == {"p2"}


@pytest.mark.parametrize("part", ["index.find", "clock.now", "presence.lookup", "journal.append"])
def test_a_defect_anywhere_on_the_way_denies(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    name, method = part.split(".")
    broken = {"presence": house.gate.presence, "index": house.index}.get(name) or getattr(
        house, name
    )

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(broken, method, fail)
        answer = house.tap(1)

    assert answer.entry.reason is Reason.SYSTEM_FAULT
    assert house.gate.presence.inside("hall") == frozenset()
    assert house.tap(1).entry.reason is Reason.GRANTED


@pytest.mark.parametrize("odd", [math.nan, math.inf, -5.0])
def test_a_clock_that_is_no_clock_denies_and_the_record_stays_readable(
    house: House, odd: float
) -> None:
    house.clock.utc = odd
    refused = house.tap(1)
    house.clock.utc = NOW
    house.tap(2)
    house.recovered(2)

    assert refused.entry.reason is Reason.SYSTEM_FAULT
    assert len(house.entries()) == 2


def test_an_output_is_told_when_it_is_durable_and_its_defects_change_nothing(
    house: House,
) -> None:
    told: list[tuple[int, int]] = []

    def defective(_: Answer) -> None:
        raise ZeroDivisionError("planted")

    house.gate.on_answer(defective)
    house.gate.on_answer(lambda answer: told.append((answer.entry.seq, house.reader.head())))
    answer = house.tap(1, nonce="n")
    house.tap(1, nonce="n")

    assert answer.entry.reason is Reason.GRANTED
    assert told == [(1, 1)]


def test_denials_beyond_the_bound_are_counted(
    house: House, full_disk: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatekeeper.access.ledger.MAX_UNRECORDED", 5)
    full_disk(True)
    for n in range(8):
        house.tap(n)
    unrecorded = house.gate.unrecorded
    full_disk(False)
    house.recovered()
    entries = house.entries()

    assert unrecorded == 8
    assert sum(entry.reason is Reason.SYSTEM_FAULT for entry in entries) == 5
    (summary,) = [entry for entry in entries if entry.state == "denials_not_recorded"]
    assert summary.note == "3 denials during a fault were not recorded one by one"


def test_a_revoked_pass_is_refused_from_the_next_tap_on(house: House) -> None:
    house.tap(1)
    house.tap(1, "out")
    revoked = Pass("p1", "epc:00000001", event="gala", state=PassState.REVOKED)
    house.index.apply("epc:00000001", pack(revoked))

    assert house.tap(1).entry.reason is Reason.REVOKED


def test_explain_decides_without_recording(house: House) -> None:
    now = house.gate.explain("epc:0000 0001", "in1")
    later = house.gate.explain("epc:00000001", "in1", math.nan)

    assert (now.reason, now.rule) == (Reason.GRANTED, "first entry")
    assert later.reason is Reason.SYSTEM_FAULT
    assert house.entries() == []
    assert house.tap(1).entry.reason is Reason.GRANTED
    with pytest.raises(UserError, match="'nowhere' is not defined; defined: in1, in2, out"):
        house.gate.explain("epc:00000001", "nowhere")
    with pytest.raises(CredentialError):
        house.gate.explain("somebody", "in1")


def test_an_officer_lets_through_who_was_refused(house: House) -> None:
    refused = house.tap(999)
    answer = house.acts.override("in1", ref=refused.entry.seq, actor="dara", note="known to me")

    assert (answer.entry.reason, answer.entry.ref) == (Reason.GRANTED_OVERRIDE, 1)
    assert (answer.entry.actor, answer.entry.note) == ("dara", "known to me")
    assert house.entries() == [refused.entry, answer.entry]


@pytest.mark.parametrize("whom", [{"credential": "epc:00000004"}, {"pass_id": "p4"}])
def test_who_is_let_through_by_name_counts_as_inside(house: House, whom: dict[str, str]) -> None:
    answer = house.acts.override("in1", actor="dara", note="card forgotten", **whom)  # type: ignore[arg-type]

    assert answer.pass_ == GUESTS[4]
    assert (answer.entry.pass_id, answer.entry.credential) == ("p4", "epc:00000004")
    assert house.tap(4, "in2").entry.reason is Reason.ALREADY_IN
    assert house.tap(4, "out").entry.reason is Reason.GRANTED_EXIT


def test_an_override_that_cannot_be_recorded_lets_nobody_through(
    house: House, full_disk: Callable[[bool], None]
) -> None:
    told: list[Answer] = []
    house.gate.on_answer(told.append)
    full_disk(True)

    with pytest.raises(JournalFault):
        house.acts.override("in1", pass_id="p1", actor="dara", note="known to me")
    assert house.gate.presence.inside("hall") == frozenset()
    assert told == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda acts: acts.override("in1", actor="dara", note=" "), "note: 0 characters"),
        (lambda acts: acts.override("in1", actor="", note="x"), "actor: 0 characters"),
        (lambda acts: acts.override("no", actor="a", note="x"), "gate 'no' is not defined"),
        (lambda acts: acts.override("in1", ref=77, actor="a", note="x"), "entry 77 is no"),
        (lambda acts: acts.override("in1", pass_id="p?", actor="a", note="x"), "pass 'p\\?'"),
        (lambda acts: acts.companions(77, 1, actor="a"), "entry 77 is no"),
        (lambda acts: acts.companions(1, -1, actor="a"), "-1 companions seen"),
        (lambda acts: acts.companions(1, 100, actor="a"), "100 companions seen"),
        (lambda acts: acts.representative(1, "", actor="a"), "name: 0 characters"),
        (lambda acts: acts.set_gate_state("no", GateState.OPEN, actor="a"), "gate 'no'"),
    ],
)
def test_what_an_officer_cannot_do_is_told_and_not_recorded(
    house: House, call: Callable[[Acts], object], said: str
) -> None:
    house.tap(1)

    with pytest.raises(UserError, match=said):
        call(house.acts)
    assert len(house.entries()) == 1


def test_companions_and_a_representative_are_noted_to_an_entry(house: House) -> None:
    seq = house.tap(2).entry.seq
    came = house.acts.companions(seq, 1, actor="dara")
    who = house.acts.representative(seq, "นายแทน มาแทน", actor="dara")

    assert (came.kind, came.ref, came.companions, came.pass_id) == (
        EntryKind.COMPANIONS,
        seq,
        1,
        "p2",
    )
    assert (who.kind, who.ref, who.note) == (EntryKind.REPRESENTATIVE, seq, "นายแทน มาแทน")
    assert house.gate.presence.inside("hall") == {"p2"}
    with pytest.raises(UserError, match="is no presentation"):
        house.acts.companions(came.seq, 1, actor="dara")


def test_a_closed_gate_stays_closed_over_a_restart_until_it_is_opened(house: House) -> None:
    house.acts.set_gate_state("in1", GateState.CLOSED, actor="dara", note="fire drill")
    closed = house.tap(1).entry.reason
    elsewhere = house.tap(2, "in2").entry.reason
    house.restart()
    after = house.tap(1).entry.reason
    house.acts.set_gate_state("in1", GateState.OPEN, actor="dara")

    assert (closed, elsewhere, after) == (
        Reason.GATE_CLOSED,
        Reason.GRANTED,
        Reason.GATE_CLOSED,
    )
    assert house.tap(1).entry.reason is Reason.GRANTED


def test_closing_works_without_a_journal_and_opening_does_not(
    house: House, full_disk: Callable[[bool], None]
) -> None:
    full_disk(True)
    entry = house.acts.set_gate_state("in1", GateState.CLOSED, actor="dara")
    with pytest.raises(JournalFault):
        house.acts.set_gate_state("in1", GateState.OPEN, actor="dara")
    full_disk(False)
    house.recovered()
    closed = house.tap(1).entry.reason
    house.restart()
    after = house.tap(1).entry.reason
    house.acts.set_gate_state("in1", GateState.OPEN, actor="dara")
    house.restart()

    assert (entry.seq, closed, after) == (0, Reason.GATE_CLOSED, Reason.GATE_CLOSED)
    assert house.tap(1).entry.reason is Reason.GRANTED
