"""The gate and a journal that dawdles, fails and recovers at will, in any order.

Callers are real threads; the journal decides when each of them goes on, so that every
interleaving that Hypothesis thinks of is played as written.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gatekeeper.access.acts import Acts
from gatekeeper.access.gate import Answer, Gate
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.policy import decide
from gatekeeper.access.presence import NOWHERE, Presence, PresenceState
from gatekeeper.errors import JournalError, JournalFault
from gatekeeper.model import (
    Direction,
    EntryKind,
    GateRules,
    GateState,
    JournalEntry,
    Pass,
    Presentation,
    Reason,
)

DEADLINE_S = 10
RULES = {
    rule.id: rule
    for rule in (
        GateRules("in1", event="gala", area="hall"),
        GateRules("in2", event="gala", area="hall"),
        GateRules("out", Direction.OUT, "gala", area="hall"),
    )
}
GUESTS = {f"epc:{n:08X}": Pass(f"p{n}", f"epc:{n:08X}", event="gala") for n in range(3)}


class Clock:
    """One second later at each look, so that every entry has a time of its own."""

    def __init__(self) -> None:
        self._ticks = itertools.count(1_795_000_000)

    def now(self) -> float:
        return float(next(self._ticks))

    def monotonic_ns(self) -> int:
        return 0


class Slip:
    """A ticket whose caller stays parked until the journal says how it ends."""

    def __init__(self, journal: Dawdling, proposed: JournalEntry) -> None:
        self.journal, self.proposed = journal, proposed
        self.entry: JournalEntry | None = None
        self.failure = ""
        self.expired = self.abandoned = False
        self.observers: list[Callable[[JournalEntry | None], None]] = []

    @property
    def durable(self) -> bool:
        return self.entry is not None

    @property
    def decided(self) -> bool:
        return self.durable or bool(self.failure)

    def wait(self, timeout: float) -> JournalEntry:
        with self.journal.changed:
            self.journal.parked[threading.current_thread()] = self
            self.journal.changed.notify_all()
            free = self.journal.changed.wait_for(lambda: self.decided or self.expired, DEADLINE_S)
        assert free, "a caller was forgotten"
        if self.entry is not None:
            return self.entry
        if self.failure:
            raise JournalFault(self.failure)
        raise TimeoutError

    def then(self, observer: Callable[[JournalEntry | None], None]) -> None:
        self.observers.append(observer)
        if self.decided:
            self.tell()

    def tell(self) -> None:
        while self.observers:
            self.observers.pop()(self.entry)


class Dawdling:
    """A journal whose disk is a list and whose every step is commanded."""

    def __init__(self) -> None:
        self.epoch = 0
        self.well = True
        self.log: list[Slip] = []
        self.queue: list[Slip] = []
        self.flight: list[Slip] = []
        self.disk: list[JournalEntry] = []
        self.ghosts: list[int] = []
        self.recovered: list[Callable[[], None]] = []
        self.changed = threading.Condition()
        self.parked: dict[threading.Thread, Slip] = {}

    def append(self, entry: JournalEntry, *, epoch: int | None = None) -> Slip:
        with self.changed:
            if not self.well or (epoch is not None and epoch != self.epoch):
                raise JournalFault("planted")
            slip = Slip(self, entry)
            self.log.append(slip)
            self.queue.append(slip)
            return slip

    def abandon(self, ticket: Slip, late: Callable[[JournalEntry | None], None]) -> None:
        with self.changed:
            ticket.abandoned = True
            if ticket in self.queue:
                self.queue.remove(ticket)
                self._end([ticket], "abandoned")
        ticket.then(late)

    def on_recovered(self, callback: Callable[[], None]) -> None:
        self.recovered.append(callback)

    def take(self) -> None:
        with self.changed:
            self.flight, self.queue = self.queue, []

    def commit(self) -> None:
        with self.changed:
            done, self.flight = self.flight, []
            for slip in done:
                slip.entry = self._write(slip.proposed)
            self._end(done)
        for slip in done:
            slip.tell()

    def fail(self, reached_the_disk: int) -> None:
        """Everything fails, though some of it may have reached the disk all the same."""
        with self.changed:
            for slip in self.flight[:reached_the_disk]:
                ghost = self._write(slip.proposed)
                if ghost.kind not in (EntryKind.WITHDRAWN, EntryKind.NODE):
                    self.ghosts.append(ghost.seq)
            lost = self.flight + self.queue
            self.flight, self.queue, self.well = [], [], False
            self.epoch += 1
            self._end(lost, "planted")
        for slip in lost:
            slip.tell()

    def recover(self) -> None:
        with self.changed:
            for seq in self.ghosts:
                self._write(JournalEntry(kind=EntryKind.WITHDRAWN, ref=seq))
            self.ghosts.clear()
            self.well = True
        for callback in self.recovered:
            callback()

    def expire(self, slip: Slip) -> None:
        with self.changed:
            slip.expired = True
            self._go(slip)

    def _write(self, entry: JournalEntry) -> JournalEntry:
        self.disk.append(msgspec.structs.replace(entry, seq=len(self.disk) + 1))
        return self.disk[-1]

    def _end(self, slips: list[Slip], failure: str = "") -> None:
        for slip in slips:
            slip.failure = failure
            self._go(slip)

    def _go(self, slip: Slip) -> None:
        for thread in [thread for thread, other in self.parked.items() if other is slip]:
            del self.parked[thread]
        self.changed.notify_all()


def replay(entries: list[JournalEntry]) -> dict[str, Any]:
    presence = Presence()
    presence.replay(entries, {e.ref for e in entries if e.kind is EntryKind.WITHDRAWN})
    return presence.snapshot()


class Faults(RuleBasedStateMachine):
    """Callers come, the journal takes, commits, fails, recovers; callers lose patience."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = Dawdling()
        index = CredentialIndex()
        for credential, guest in GUESTS.items():
            index.apply(credential, pack(guest))
        self.gate = Gate(RULES.values(), index, Presence(), self.journal, Clock())
        self.gate.ready = True
        self.acts = Acts(self.gate, lambda seq: self.journal.disk[seq - 1])
        self.threads: list[threading.Thread] = []
        self.answers: list[tuple[Presentation, Answer]] = []
        self.overridden: list[JournalEntry] = []
        self.told: list[Answer] = []
        self.gate.on_answer(self.told.append)

    def start(self, work: Callable[[], None]) -> None:
        """Let a caller go until it waits or is done, as all others do."""

        def run() -> None:
            try:
                work()
            finally:
                with self.journal.changed:
                    self.threads.remove(threading.current_thread())
                    self.journal.changed.notify_all()

        thread = threading.Thread(target=run, daemon=True)
        with self.journal.changed:
            self.threads.append(thread)
        thread.start()
        self.quiet()

    def quiet(self) -> None:
        with self.journal.changed:
            still = self.journal.changed.wait_for(
                lambda: all(thread in self.journal.parked for thread in self.threads), DEADLINE_S
            )
        assert still, "a caller neither waits nor ends"

    @rule(
        credential=st.sampled_from([*GUESTS, "epc:FFFFFFFF"]),
        gate=st.sampled_from([*RULES]),
        nonce=st.sampled_from([None, None, None, "n1", "n2"]),
    )
    def tap(self, credential: str, gate: str, nonce: str | None) -> None:
        shown = Presentation(gate, "r1", credential, nonce=nonce)
        self.start(lambda: self.answers.append((shown, self.gate.handle(shown))))

    @rule(gate=st.sampled_from([*RULES]), pass_id=st.sampled_from(["p0", "p1"]))
    def override(self, gate: str, pass_id: str) -> None:
        def work() -> None:
            try:
                answer = self.acts.override(gate, pass_id=pass_id, actor="a", note="n")
            except (JournalError, TimeoutError):
                return
            self.overridden.append(answer.entry)

        self.start(work)

    @rule(state=st.sampled_from(GateState))
    def set_state(self, state: GateState) -> None:
        def work() -> None:
            try:
                self.acts.set_gate_state("in2", state, actor="a")
            except (JournalError, TimeoutError):
                return

        self.start(work)

    @precondition(lambda self: self.journal.queue and not self.journal.flight)
    @rule()
    def take(self) -> None:
        self.journal.take()

    @precondition(lambda self: self.journal.flight)
    @rule()
    def commit(self) -> None:
        self.journal.commit()
        self.quiet()

    @precondition(lambda self: self.journal.well)
    @rule(reached_the_disk=st.sampled_from([0, 0, 1, 100]))
    def fail(self, reached_the_disk: int) -> None:
        self.journal.fail(reached_the_disk)
        self.quiet()

    @precondition(lambda self: not self.journal.well)
    @rule()
    def recover(self) -> None:
        self.journal.recover()
        self.quiet()

    @precondition(lambda self: self.journal.parked)
    @rule(data=st.data())
    def lose_patience(self, data: st.DataObject) -> None:
        slips = list(self.journal.parked.values())
        self.journal.expire(slips[data.draw(st.integers(0, len(slips) - 1))])
        self.quiet()

    @invariant()
    def presence_is_the_fold_of_what_stands(self) -> None:
        """At every moment: what is durable or still may be, without what was given up."""
        with self.gate.ledger.lock:
            self.gate.ledger.settle()
            live = self.gate.presence.snapshot()
        standing = [s.proposed for s in self.journal.log if not s.failure and not s.abandoned]
        assert live == replay([e for e in standing if e.kind is not EntryKind.WITHDRAWN])

    @invariant()
    def nobody_was_told_yes_before_it_was_on_disk(self) -> None:
        on_disk = set(map(msgspec.json.encode, self.journal.disk))
        for answer in self.told:
            green = answer.entry.reason is not None and answer.entry.reason.verdict == "granted"
            assert not green or msgspec.json.encode(answer.entry) in on_disk

    def teardown(self) -> None:
        """Everything ends well, and then the record is complete and makes sense."""
        if not self.journal.well:
            self.journal.recover()
        while self.journal.queue or self.journal.flight:
            if not self.journal.flight:
                self.journal.take()
            self.journal.commit()
            self.quiet()
        assert self.threads == []
        disk = self.journal.disk
        void = {entry.ref for entry in disk if entry.kind is EntryKind.WITHDRAWN}
        self.check_answers(disk, void)
        self.check_order([entry for entry in disk if entry.seq not in void])
        assert self.gate.unrecorded == 0
        assert self.gate.presence.snapshot() == replay(disk)
        restarted = Gate(RULES.values(), CredentialIndex(), Presence(), Dawdling(), Clock())
        restarted.restore(disk, void)
        assert restarted.rules == self.gate.rules

    def check_answers(self, disk: list[JournalEntry], void: set[int | None]) -> None:
        """What was answered is on record and stands; a fault is on record as a denial."""
        standing = [entry for entry in disk if entry.seq not in void]
        late = Counter(entry.at for entry in standing if entry.late and entry.reason)
        for _, answer in self.answers:
            if answer.entry.seq:
                assert disk[answer.entry.seq - 1] == answer.entry
                assert answer.entry.seq not in void
            else:
                assert answer.entry.reason is Reason.SYSTEM_FAULT
                assert late[answer.entry.at] == 1
        assert all(disk[entry.seq - 1] == entry for entry in self.overridden)
        assert not void & {entry.seq for entry in self.overridden}
        by_nonce: dict[object, set[float]] = {}
        for shown, answer in self.answers:
            if shown.nonce:
                key = shown.gate, shown.nonce, shown.credential
                by_nonce.setdefault(key, set()).add(answer.entry.at)
        assert all(len(times) == 1 for times in by_nonce.values())

    def check_order(self, standing: list[JournalEntry]) -> None:
        """Decided again one after another in the journal's order, every verdict is the same."""
        presence = Presence()
        for entry in standing:
            if entry.kind is EntryKind.DECISION and not entry.late:
                assert entry.gate is not None
                assert entry.credential is not None
                guest = GUESTS.get(entry.credential)
                known = presence.lookup(guest.id, "hall") if guest else NOWHERE
                again = decide(entry.credential, guest, RULES[entry.gate], known, entry.at)
                assert entry.reason in (again.reason, Reason.GATE_CLOSED)
            presence.apply(entry)


TestFaults = Faults.TestCase
TestFaults.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_a_fault_in_the_middle_of_a_decision_voids_it() -> None:
    """It was made upon an entry that failed meanwhile; that the journal is well again by the
    time it is appended must not let it into the record."""
    house = Faults()
    house.tap("epc:00000000", "in1", None)
    look = house.gate.presence.lookup

    def fail_meanwhile(pass_id: str, area: str) -> PresenceState:
        known = look(pass_id, area)
        house.journal.fail(0)
        house.journal.recover()
        return known

    house.gate.presence.lookup = fail_meanwhile  # type: ignore[method-assign]
    house.tap("epc:00000000", "in2", None)
    house.gate.presence.lookup = look  # type: ignore[method-assign]
    house.teardown()

    assert [answer.entry.reason for _, answer in house.answers] == [Reason.SYSTEM_FAULT] * 2
