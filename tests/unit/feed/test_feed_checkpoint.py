"""The checkpoint of the feed: screens that begin from it show what a replay would show."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.checkpoint.feed import NAME
from gatekeeper.config import GateSettings
from gatekeeper.feed.places import RECENT, Places
from gatekeeper.model import Direction, DoorEvent, EntryKind, JournalEntry, Reason
from gatekeeper.web.attendance import Invited
from gatekeeper.web.earlier import EarlierFeed, earlier_feed
from gatekeeper.web.ledger import READERS, Ledger
from gatekeeper.worker import checkpoints
from gatekeeper.worker.checkpoints import of_feed
from tests.unit.chained_paper import KEY, Paper

GATES = (
    GateSettings(id="g0", event="gala"),
    GateSettings(id="g1", event="gala"),
    GateSettings(id="g2"),
)
GUESTS = {f"p{n}": Invited("AB"[n % 2], n != 3) for n in range(4)}
KINDS = ["in", "out", "refused", "amber", "withdraw", "companions", "representative"]
STORY = st.lists(
    st.tuples(
        st.sampled_from([*KINDS, "in", "out", "reader", "door", "released", "act"]),
        st.integers(0, 4),
        st.integers(0, 30),
    ),
    max_size=140,
)


def places() -> Places:
    """As the worker makes them of the settings."""
    return Places({gate.id: gate.event for gate in GATES})


def _entry(what: str, whom: int, back: int, paper: Paper) -> JournalEntry:
    at = 1000.0 + 20 * paper.head()
    here = {"gate": f"g{whom % 3}", "area": f"hall{whom % 2}", "pass_id": f"p{whom}"}
    if what == "withdraw":
        return JournalEntry(at=at, kind=EntryKind.WITHDRAWN, ref=max(1, paper.head() - back))
    if what in ("reader", "act"):
        return JournalEntry(at=at, kind=EntryKind(what), state="up", gate=None)
    if what in ("door", "released"):
        state = DoorEvent.FORCED if what == "door" else DoorEvent.RELEASED
        return JournalEntry(at=at, kind=EntryKind.DOOR, gate=here["gate"], state=state)
    if what in ("companions", "representative"):
        return JournalEntry(at=at, kind=EntryKind(what), companions=back, note=f"n{back}", **here)
    reasons = {"in": Reason.GRANTED, "out": Reason.GRANTED_EXIT, "refused": Reason.REVOKED}
    return JournalEntry(
        at=at,
        event=None if whom == 2 else "gala" if whom < 4 else "other",
        credential=f"epc:{whom}{back % 3}",
        direction=Direction.OUT if what == "out" else Direction.IN,
        reason=reasons.get(what, Reason.NOT_YET_VALID),
        **here,
    )


def _ledger(paper: Paper, found: EarlierFeed | None) -> Ledger:
    """A web process that has just read everything."""
    ledger = Ledger(GATES)
    ledger.set_guests("gala", GUESTS)
    if found is not None:
        ledger.resume(*found)
    for entry in paper.since(ledger.seq, 1000):
        ledger.remember(entry)
    return ledger


def _earlier(data: Path, paper: Paper, where: Places | None = None) -> EarlierFeed | None:
    return earlier_feed(data, where or places(), paper)  # type: ignore[arg-type]


def _shown(ledger: Ledger) -> dict[str, object]:
    """What pages could ask for."""
    shown: dict[str, object] = {"seq": ledger.seq, "inside": ledger.inside()}
    for room in ledger.rooms():
        shown[room.name] = room.since(None), room.sent, room.sent_at
    for slug in ("gala", "other"):
        if ledger.has(f"event:{slug}"):
            event = ledger.event(slug)
            counts = ledger.counts(slug, whole=True)
            shown[f"of {slug}"] = counts, event.arrived(), event.inside()
    return shown


@pytest.fixture
def often() -> Iterator[None]:
    """A checkpoint each seven entries, in pages of three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "EVERY", 7)
        patch.setattr(checkpoints, "PAGE", 3)
        yield


@pytest.mark.usefixtures("often")
@settings(max_examples=150, deadline=None)
@given(story=STORY, behind=st.integers(0, 20), looks=st.randoms(use_true_random=False))
def test_screens_that_begin_from_it_show_what_a_replay_shows(
    tmp_path_factory: pytest.TempPathFactory,
    story: list[tuple[str, int, int]],
    behind: int,
    looks: random.Random,
) -> None:
    """However often the worker looks, starts anew, or something old is withdrawn."""
    data = tmp_path_factory.mktemp("data")
    (data / "journal.key").write_bytes(KEY)
    paper = Paper()
    worker = of_feed(data, places(), paper, behind=behind)
    for what, whom, back in story:
        paper.add(_entry(what, whom, back, paper))
        if looks.random() < 0.3:
            worker.catch_up()
        if looks.random() < 0.05:
            worker = of_feed(data, places(), paper, behind=behind)  # it was killed

    found = _earlier(data, paper)

    assert found is None or found.seq <= paper.head() - behind
    assert _shown(_ledger(paper, found)) == _shown(_ledger(paper, None))


def _made(data: Path, count: int = 400) -> Paper:
    """A journal of a busy evening, and its checkpoint."""
    (data / "journal.key").write_bytes(KEY)
    paper, dice = Paper(), random.Random(7)
    for _ in range(count):
        paper.add(_entry(dice.choice(KINDS[:4]), dice.randrange(5), dice.randrange(9), paper))
    worker = of_feed(data, places(), paper, behind=20)
    while worker.catch_up():
        pass
    assert (data / NAME).exists()
    return paper


@pytest.mark.usefixtures("often")
def test_a_page_that_comes_back_gets_a_chain_or_is_told_of_a_gap(tmp_path: Path) -> None:
    """Nothing is left out in silence, whatever entry the page has seen last."""
    paper = _made(tmp_path)
    found = _earlier(tmp_path, paper)
    assert found is not None
    resumed, whole = _ledger(paper, found), _ledger(paper, None)

    told = {True: 0, False: 0}
    for seen in range(paper.head() + 1):
        history, complete = resumed.room("gate:g0").since(seen)
        expected, _ = whole.room("gate:g0").since(seen)
        told[complete] += 1
        assert history == (expected if complete else expected[-RECENT:])

    assert told[True] > RECENT
    assert told[False] > 0


@pytest.mark.usefixtures("often")
def test_a_gate_that_is_given_another_event_makes_it_void(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its entries belong to other rooms then; the worker begins anew as well."""
    paper = _made(tmp_path)
    other = Places({"g0": "gala", "g1": "gala", "g2": "dinner"})

    assert _earlier(tmp_path, paper, other) is None
    assert "other settings" in caplog.text

    worker = of_feed(tmp_path, other, paper, behind=20)
    while worker.catch_up():
        pass
    found = _earlier(tmp_path, paper, other)
    assert found is not None
    assert "event:dinner" in found.copy.rooms


@pytest.mark.usefixtures("often")
def test_damage_and_another_sort_of_checkpoint_are_never_believed(tmp_path: Path) -> None:
    paper = _made(tmp_path)
    path = tmp_path / NAME
    whole = path.read_bytes()

    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        assert _earlier(tmp_path, paper) is None, place
    worker = checkpoints.of_presence(tmp_path, paper, behind=20)
    while worker.catch_up():
        pass
    (tmp_path / "presence.copy").rename(path)
    assert _earlier(tmp_path, paper) is None
    path.write_bytes(whole)
    assert _earlier(tmp_path, paper) is not None


def test_without_a_journal_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The first start of an installation."""
    assert _earlier(tmp_path, Paper()) is None
    assert not caplog.records


def test_an_entry_knows_its_rooms_and_machines_have_one_of_their_own() -> None:
    where = places()
    door = JournalEntry(at=1.0, kind=EntryKind.DOOR, gate="g0", state=DoorEvent.FORCED)
    passage = JournalEntry(at=1.0, kind=EntryKind.DOOR, gate="g0", state=DoorEvent.OPENED)
    elsewhere = JournalEntry(at=1.0, gate="gone", event="dinner", reason=Reason.GRANTED)

    assert where.names_of(door) == ("gate:g0", "event:gala", READERS)
    assert where.names_of(passage) == (READERS,)
    assert where.names_of(elsewhere) == ("gate:gone", "event:dinner")
    assert where.all_names() == ["event:gala", "gate:g0", "gate:g1", "gate:g2", READERS]
