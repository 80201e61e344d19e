"""The live feed without a wire: order, gaps, batches, counts, beats, another journal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.config import GateSettings
from gatekeeper.db.kept import Taken
from gatekeeper.errors import JournalFault, LinkError, StoreError
from gatekeeper.feed.fold import FeedFold
from gatekeeper.feed.places import Places
from gatekeeper.link.messages import Holders as Found
from gatekeeper.model import (
    Direction,
    EntryKind,
    GateRules,
    Holder,
    JournalEntry,
    NodeStatus,
    ReaderState,
    ReaderStatus,
    Reason,
)
from gatekeeper.web.acknowledged import Acknowledged
from gatekeeper.web.attendance import Invited
from gatekeeper.web.earlier import EarlierFeed
from gatekeeper.web.holders import Holders
from gatekeeper.web.hub import Hub
from gatekeeper.web.lanes import NodeWatch
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.rooms import HISTORY

GATES = (
    GateSettings(id="in-1", event="gala"),
    GateSettings(id="in-2", event="gala"),
    GateSettings(id="side", direction=Direction.OUT),
)
ROOM = "gate:in-1"
EVENT = "event:gala"


class Paper:
    """A journal as a list."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self.broken = False

    def since(self, seq: int, limit: int) -> list[JournalEntry]:
        """Entries after `seq`."""
        if self.broken:
            raise JournalFault("on trial")
        return [entry for entry in self.entries if entry.seq > seq][:limit]

    def head(self) -> int:
        """The last number."""
        return self.entries[-1].seq if self.entries else 0

    def add(self, gate: str = "in-1", count: int = 1, **more: Any) -> JournalEntry:
        """Append guests who are let in at `gate`."""
        for _ in range(count):
            seq = self.head() + 1
            values: dict[str, Any] = {
                "seq": seq,
                "at": 1000.0 + seq,
                "gate": gate,
                "pass_id": f"p{seq}",
                "credential": f"epc:{seq}",
                "event": None if gate == "side" else "gala",
                "area": "gala",
                "direction": Direction.IN,
                "reason": Reason.GRANTED,
            }
            self.entries.append(JournalEntry(**{**values, **more}))
        return self.entries[-1]


class Desk:
    """A node that is asked for holders and status."""

    def __init__(self) -> None:
        self.state: ReaderState | None = ReaderState.UP
        self.journal_ok = True

    def status(self) -> NodeStatus:
        """Two readers, one a gate."""
        if self.state is None:
            raise LinkError("gone")
        readers = tuple(
            ReaderStatus(f"r-{gate.id}", "r2000", self.state, (gate.id,), 5.0) for gate in GATES[:2]
        )
        rules = tuple(GateRules(gate.id, gate.direction, gate.event) for gate in GATES)
        return NodeStatus(True, self.journal_ok, 0, 0, 0, readers, rules, run="r1")

    def look_up(self, pass_ids: Any = (), credentials: Any = ()) -> Found:
        """Everybody has a name."""
        return Found(passes={pass_id: Holder(f"นาย {pass_id}") for pass_id in pass_ids})

    def holders(self, pass_ids: list[str]) -> dict[str, Holder]:
        """The second source is not needed here."""
        return {}


class Pages:
    """What went to whom, and who is there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], str]] = []
        self.there = {ROOM, EVENT, "readers"}
        self.beaten = threading.Event()
        self.clock: Callable[[], float] = lambda: 0.0
        self.times: list[float] = []

    def send(self, event: str, payload: dict[str, Any], to: str) -> None:
        """Keep it."""
        self.sent.append((event, payload, to))
        if event == "beat":
            self.beaten.set()
        if to == EVENT:
            self.times.append(self.clock())

    def flush(self, now: float) -> float | None:
        """Nobody is in several rooms."""

    def present(self, room: str) -> bool:
        """Whether somebody is in `room`."""
        return room in self.there

    def entries(self, to: str) -> list[dict[str, Any]]:
        """Entries that went to a room or socket, batches unpacked."""
        found: list[dict[str, Any]] = []
        for event, payload, whom in self.sent:
            if whom == to and event == "entry":
                found.append(payload)
            elif whom == to and event == "entries":
                found.extend(payload["entries"])
        return found

    def of(self, event: str, to: str) -> list[dict[str, Any]]:
        """Messages of one kind to one room or socket."""
        return [payload for name, payload, whom in self.sent if (name, whom) == (event, to)]


class Shelf:
    """Where taken alerts are stored: a database that may be gone."""

    def __init__(self) -> None:
        self.stored: dict[str, list[Taken]] = {}
        self.gone = False

    def take_alert(self, site: str, event: str, taken: Taken) -> Taken:
        """Keep it."""
        if self.gone:
            raise StoreError("on trial")
        self.stored.setdefault(event, []).append(taken)
        return taken

    def taken_alerts(self, site: str, each: int) -> dict[str, list[Taken]]:
        """All of it."""
        if self.gone:
            raise StoreError("on trial")
        return {event: list(taken) for event, taken in self.stored.items()}


class Trial:
    """A hub with its time in hand."""

    def __init__(self, paper: Paper | None = None, earlier: EarlierFeed | None = None) -> None:
        self.paper = paper or Paper()
        self.desk = Desk()
        self.pages = Pages()
        self.watch = NodeWatch(self.desk, GATES)
        self.watch.ask()
        self.ledger = Ledger(GATES)
        self.acknowledged = Acknowledged("trial", Shelf())
        self.hub = Hub(
            self.paper,
            self.watch,
            Holders(self.desk, self.desk),
            self.ledger,
            self.acknowledged,
            self.pages,
            lambda: earlier,
        )
        self.now = 0.0
        while not self.hub.caught_up.is_set():
            self.hub.step(self.now)

    def pass_time(self, seconds: float) -> None:
        """Run the hub as its thread would."""
        until = self.now + seconds
        while self.now < until:
            self.now += max(0.001, self.hub.step(self.now))

    def join(self, room: str = ROOM, since: int | None = None) -> None:
        """A page that calls itself `me` joins."""
        self.hub.join("me", room, since, lambda: None)


@pytest.fixture
def trial() -> Trial:
    """A hub with an empty journal."""
    return Trial()


def test_a_lone_entry_goes_out_at_once(trial: Trial) -> None:
    """Nobody waits for a batch that never fills."""
    trial.paper.add()

    trial.hub.step(trial.now)

    (entry,) = trial.pages.entries(ROOM)
    assert (entry["seq"], entry["prev"], entry["holder"]["name"]) == (1, 0, "นาย p1")
    assert (entry["verdict"], entry["class"]) == ("granted", "green")
    assert entry["sentence"] == {"th": "เชิญผ่าน", "en": "Welcome, please enter"}


def test_a_burst_is_batched_below_twenty_messages_a_second(trial: Trial) -> None:
    """All kinds together; every entry arrives all the same, in order."""
    trial.pages.clock = lambda: trial.now
    for _ in range(100):
        trial.paper.add(count=3)
        trial.pass_time(0.01)
    first = trial.now
    while trial.now < first + 2:
        trial.paper.add()
        trial.pass_time(0.015)
    trial.pass_time(0.2)

    assert [entry["seq"] for entry in trial.pages.entries(EVENT)] == list(
        range(1, trial.paper.head() + 1)
    )
    times = trial.pages.times
    most = max(sum(start <= at < start + 1 for at in times) for start in times)
    assert 15 <= most <= 20


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["in-1", "in-2", "side"]), st.integers(0, 80)), max_size=40)
)
def test_prev_is_a_chain_without_gaps(story: list[tuple[str, int]]) -> None:
    """A page that follows `prev` has every entry of its room and no other, in order."""
    trial = Trial()
    for gate, pause_ms in story:
        trial.paper.add(gate)
        trial.pass_time(pause_ms / 1000)
    trial.pass_time(1)

    entries = trial.pages.entries(ROOM)

    due = [entry.seq for entry in trial.paper.entries if entry.gate == "in-1"]
    assert [entry["seq"] for entry in entries] == due
    assert [entry["prev"] for entry in entries] == [0, *due][: len(due)]


def test_a_new_page_gets_a_snapshot_and_the_last_fifty(trial: Trial) -> None:
    """Counts are as of the snapshot; the history that follows is not to be added."""
    trial.paper.add(count=70)
    trial.pass_time(1)

    trial.join(EVENT)

    (snapshot,) = trial.pages.of("snapshot", "me")
    assert (snapshot["seq"], snapshot["complete"]) == (70, True)
    assert snapshot["counts"]["arrived"] == 70
    assert [entry["seq"] for entry in trial.pages.entries("me")] == list(range(21, 71))


def test_a_page_that_comes_back_gets_what_it_missed(trial: Trial) -> None:
    """Nothing twice, nothing left out; what the pace held back goes to the others first."""
    trial.paper.add(count=30)
    trial.pass_time(1)
    trial.paper.add(count=5)
    trial.hub.step(trial.now)
    trial.paper.add(count=5)  # read, but not yet sent: the pace holds it back
    trial.hub.step(trial.now)
    assert trial.ledger.room(ROOM).sent < 40

    trial.join(since=28)
    trial.paper.add()
    trial.pass_time(1)

    assert trial.pages.of("snapshot", "me")[0]["seq"] == 40
    assert [entry["seq"] for entry in trial.pages.entries("me")] == list(range(29, 41))
    assert [entry["seq"] for entry in trial.pages.entries(ROOM)] == list(range(1, 42))


def test_a_gap_that_cannot_be_bridged_is_told(trial: Trial) -> None:
    """Then the page clears its list instead of showing a hole."""
    trial.paper.add(count=HISTORY + 100)
    trial.pass_time(3)

    trial.join(since=10)
    trial.join(since=HISTORY + 5000)

    assert [each["complete"] for each in trial.pages.of("snapshot", "me")] == [False, False]


def test_what_was_recorded_before_the_start_is_history() -> None:
    """Counts are rebuilt; nothing is sent as news."""
    paper = Paper()
    paper.add(count=5000)

    trial = Trial(paper)
    trial.pass_time(0.2)

    assert trial.pages.entries(EVENT) == []
    assert (trial.hub.attendance("gala") or {})["arrived"] == 5000
    trial.join(EVENT, since=4990)
    assert [entry["seq"] for entry in trial.pages.entries("me")] == list(range(4991, 5001))


def test_the_feed_begins_where_an_earlier_fold_ended() -> None:
    """What came before is known and not read again; what followed is history, not news."""
    paper = Paper()
    paper.add(count=300)
    fold = FeedFold(Places({gate.id: gate.event for gate in GATES}))
    fold.replay(paper.entries[:200], ())
    known = {entry.seq: entry for entry in paper.entries[:200]}
    del paper.entries[:200]

    trial = Trial(paper, EarlierFeed(200, fold.copy(), known))
    trial.pass_time(0.2)

    assert trial.pages.entries(EVENT) == []
    assert (trial.hub.attendance("gala") or {})["arrived"] == 300
    trial.join(EVENT, since=290)
    assert [entry["seq"] for entry in trial.pages.entries("me")] == list(range(291, 301))
    trial.join(EVENT, since=160)
    assert [entry["seq"] for entry in trial.pages.entries("me")][10:] == list(range(161, 301))


def test_counts_follow_at_most_twice_a_second_and_end_right(trial: Trial) -> None:
    """Counts speak of the entry they name."""
    trial.hub.set_guests("gala", {f"p{n}": Invited("A", True) for n in range(1, 41)})
    for _ in range(40):
        trial.paper.add()
        trial.pass_time(0.05)
    trial.pass_time(1)

    counts = trial.pages.of("counts", EVENT)
    assert len(counts) <= 8
    assert all(each["arrived"] == each["seq"] for each in counts)
    assert (counts[-1]["arrived"], counts[-1]["expected"]) == (40, 40)


def test_a_beat_each_second_names_the_last_entry_sent(trial: Trial) -> None:
    """A page that missed the last message of all learns it from the beat."""
    trial.paper.add()
    trial.pass_time(3.05)

    beats = trial.pages.of("beat", ROOM)

    assert 3 <= len(beats) <= 4
    assert (beats[-1]["seq"], beats[-1]["lanes"]) == (1, {"in-1": "up"})
    assert set(trial.pages.of("beat", EVENT)[-1]["lanes"]) == {"in-1", "in-2"}


def test_no_beat_while_the_journal_cannot_be_read(trial: Trial) -> None:
    """A feed that reads nothing must not look alive."""
    trial.pass_time(0.5)
    trial.pages.sent.clear()
    trial.paper.broken = True

    for _ in range(3):
        with pytest.raises(JournalFault):
            trial.hub.step(trial.now + 5)

    assert trial.pages.sent == []


def test_the_thread_goes_on_after_a_fault() -> None:
    """A fault of the journal is over when it is over."""
    trial = Trial()
    trial.paper.broken = True
    trial.hub.start()
    trial.paper.broken = False
    trial.hub.wake.set()

    assert trial.pages.beaten.wait(5)
    trial.hub.stop()


def test_a_dead_node_is_told_at_once_and_then_its_return(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All lanes are down: nobody decides. (How long that stays on screen: test_web_parts.)"""
    monkeypatch.setattr("gatekeeper.web.lanes.SHOWN_S", 0.0)
    trial.pass_time(0.1)
    trial.desk.state = None
    trial.watch.ask()
    trial.hub.step(trial.now)
    trial.desk.state = ReaderState.UP
    trial.watch.ask()
    trial.hub.step(trial.now)

    down, back = trial.pages.of("lanes", ROOM)
    assert (down["node"], down["problem"], down["lanes"]["in-1"]["state"]) == (
        "down",
        "node_down",
        "down",
    )
    assert (back["node"], back["problem"], back["lanes"]["in-1"]["state"]) == ("up", "", "up")
    assert set(down["lanes"]) == {"in-1"}


def test_a_journal_that_cannot_write_is_a_problem_of_every_gate(trial: Trial) -> None:
    """Its denials are not in the feed, so the lanes must say it."""
    trial.desk.journal_ok = False
    trial.watch.ask()
    trial.hub.step(trial.now)

    assert trial.pages.of("lanes", ROOM)[-1]["problem"] == "journal"


def test_another_journal_in_its_place_is_read_from_its_start(trial: Trial) -> None:
    """Every page is told to begin anew; counts are those of the new one."""
    trial.paper.add(count=20)
    trial.pass_time(1)
    trial.pages.sent.clear()
    trial.paper.entries.clear()
    trial.paper.add("in-2", count=3)

    trial.pass_time(0.2)

    (snapshot,) = trial.pages.of("snapshot", EVENT)
    assert (snapshot["complete"], snapshot["seq"]) == (False, 3)
    assert snapshot["counts"]["arrived"] == 3
    assert [entry["seq"] for entry in trial.pages.entries(EVENT)] == [1, 2, 3]


def test_nothing_is_made_for_a_room_where_nobody_is(trial: Trial) -> None:
    """But its history and counts are kept."""
    trial.pages.there.clear()
    trial.paper.add(count=3)
    trial.pass_time(1.5)

    assert trial.pages.sent == []
    trial.join(EVENT)
    assert trial.pages.of("snapshot", "me")[0]["counts"]["arrived"] == 3


def test_machines_have_a_room_of_their_own(trial: Trial) -> None:
    """Readers, node and clock; no guests."""
    trial.paper.add()
    trial.paper.add(kind=EntryKind.CLOCK, gate=None, event=None, reason=None, pass_id=None)
    trial.pass_time(0.2)

    assert [entry["kind"] for entry in trial.pages.entries("readers")] == ["clock"]


def test_acknowledged_alerts_come_with_the_snapshot(trial: Trial) -> None:
    """The first officer stays; who comes later learns of it."""
    first, is_first = trial.acknowledged.take("gala", 7, "somchai", 1_795_360_120.0)
    again, is_first_again = trial.acknowledged.take("gala", 7, "other", 1_795_360_121.0)

    trial.join(EVENT)

    assert (is_first, is_first_again) == (True, False)
    assert first == again
    assert trial.pages.of("snapshot", "me")[0]["acknowledged"] == [first]


def test_an_alert_is_taken_without_the_database_and_stored_when_it_is_back() -> None:
    shelf = Shelf()
    shelf.gone = True
    acknowledged = Acknowledged("trial", shelf)
    acknowledged.take("gala", 7, "somchai", 1000.0)
    with pytest.raises(StoreError):
        acknowledged.refresh()
    assert [each["seq"] for each in acknowledged.of("gala")] == [7]

    shelf.gone = False
    acknowledged.refresh()
    acknowledged.refresh()

    assert shelf.stored == {"gala": [Taken(7, "somchai", 1000.0)]}


def test_taken_alerts_outlive_the_process_and_open_pages_learn_of_them(trial: Trial) -> None:
    """Pages may have joined before the database answered."""
    shelf = Shelf()
    before = Acknowledged("trial", shelf)
    for seq in (7, 9):
        before.take("gala", seq, "somchai", 1000.0 + seq)
    before.refresh()
    after = Acknowledged("trial", shelf)
    after.on_found = trial.hub.tell_acknowledged
    after.take("gala", 8, "other", 1008.0)

    after.refresh()

    assert [(each["seq"], each["by"]) for each in after.of("gala")] == [
        (7, "somchai"),
        (8, "other"),
        (9, "somchai"),
    ]
    assert [each["seq"] for each in trial.pages.of("acknowledged", EVENT)] == [7, 9]
    assert after.take("gala", 9, "other", 2000.0)[1] is False
