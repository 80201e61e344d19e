"""The checkpoint of presence: equal to a replay where it is used, and ignored everywhere else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.access.fold import Fold, FoldCopy
from gatekeeper.checkpoint.file import Checkpoint
from gatekeeper.checkpoint.presence import NAME, presence_file
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.model import Direction, EntryKind, GateState, JournalEntry, Reason
from gatekeeper.worker import checkpoints
from gatekeeper.worker.checkpoints import of_presence
from tests.unit.chained_paper import KEY, Paper

MOVES = st.tuples(
    st.sampled_from(["in", "out", "refused", "open", "closed", "late", "withdraw"]),
    st.integers(0, 4),
    st.integers(0, 40),
)


def _entry(what: str, whom: int, back: int, paper: Paper) -> JournalEntry:
    at = 1000.0 + paper.head()
    if what == "withdraw":
        return JournalEntry(at=at, kind=EntryKind.WITHDRAWN, ref=max(1, paper.head() - back))
    if what in ("open", "closed", "late"):
        state = GateState.CLOSED if what == "closed" else GateState.OPEN
        late = what == "late"
        gate = f"g{whom}"
        return JournalEntry(
            at=at - back * late, kind=EntryKind.GATE, gate=gate, state=state, late=late
        )
    reasons = {"in": Reason.GRANTED, "out": Reason.GRANTED_EXIT, "refused": Reason.REVOKED}
    return JournalEntry(
        at=at,
        gate=f"g{whom}",
        area=f"hall{whom % 2}",
        pass_id=f"p{whom}",
        direction=Direction.OUT if what == "out" else Direction.IN,
        reason=reasons[what],
    )


def _load(
    data: Path, paper: Paper, withdrawn: frozenset[int], key: bytes = KEY
) -> Checkpoint[FoldCopy] | None:
    return presence_file(data).load(key, paper, withdrawn)


def _replayed(paper: Paper) -> Fold:
    fold = Fold()
    fold.replay(paper.entries, paper.withdrawn())
    return fold


def _same(one: Fold, other: Fold) -> bool:
    return (one.presence.snapshot(), one.gates) == (other.presence.snapshot(), other.gates)


@pytest.fixture
def often() -> Iterator[None]:
    """A checkpoint each seven entries, in pages of three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "EVERY", 7)
        patch.setattr(checkpoints, "PAGE", 3)
        yield


@pytest.mark.usefixtures("often")
@settings(max_examples=150, deadline=None)
@given(
    story=st.lists(MOVES, max_size=120),
    behind=st.integers(0, 20),
    looks=st.randoms(use_true_random=False),
)
def test_checkpoint_and_the_rest_are_what_a_replay_from_nothing_is(
    tmp_path_factory: pytest.TempPathFactory,
    story: list[tuple[str, int, int]],
    behind: int,
    looks: random.Random,
) -> None:
    """However often the worker looks, starts anew, or something old is withdrawn."""
    data = tmp_path_factory.mktemp("data")
    (data / "journal.key").write_bytes(KEY)
    paper = Paper()
    worker = of_presence(data, paper, behind=behind)
    for what, whom, back in story:
        paper.add(_entry(what, whom, back, paper))
        if looks.random() < 0.3:
            worker.catch_up()
        if looks.random() < 0.05:
            worker = of_presence(data, paper, behind=behind)  # it was killed

        found = _load(data, paper, paper.withdrawn())

        fold = Fold.of(found.state if found else None)
        since = found.seq if found else 0
        assert since <= max(0, paper.head() - behind)
        fold.replay(paper.since(since, 1000), paper.withdrawn())
        assert _same(fold, _replayed(paper))


def _made(data: Path, paper: Paper, count: int = 60) -> None:
    """A journal of comings and goings, and its checkpoint."""
    (data / "journal.key").write_bytes(KEY)
    for number_ in range(count):
        paper.add(_entry("in" if number_ % 3 else "out", number_ % 5, 0, paper))
    worker = of_presence(data, paper, behind=5)
    while worker.catch_up():
        pass
    assert (data / NAME).exists()


@pytest.mark.usefixtures("often")
def test_it_is_readable_by_its_owner_alone_and_goes_on_where_it_was(tmp_path: Path) -> None:
    paper = Paper()
    _made(tmp_path, paper)
    first = _load(tmp_path, paper, paper.withdrawn())
    _made(tmp_path, paper)

    second = _load(tmp_path, paper, paper.withdrawn())

    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert first is not None
    assert second is not None
    assert first.seq < second.seq <= paper.head() - 5
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.usefixtures("often")
def test_no_damage_is_ever_believed(tmp_path: Path) -> None:
    """Each byte altered, and the file cut off anywhere: the whole journal is replayed."""
    paper = Paper()
    _made(tmp_path, paper)
    path = tmp_path / NAME
    whole = path.read_bytes()

    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        assert _load(tmp_path, paper, frozenset()) is None, place
        path.write_bytes(whole[:place])
        assert _load(tmp_path, paper, frozenset()) is None, place
    path.write_bytes(whole)
    assert _load(tmp_path, paper, frozenset()) is not None


@pytest.mark.usefixtures("often")
def test_one_of_another_journal_or_key_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A journal that was restored, or cut, or begun anew."""
    paper = Paper()
    _made(tmp_path, paper)
    other = Paper()
    other.add(_entry("refused", 3, 0, other))
    for entry in paper.entries[1:]:
        other.add(entry)
    cut = Paper()
    for entry in paper.entries[:20]:
        cut.add(entry)

    found = [_load(tmp_path, each, frozenset()) for each in (other, cut)]
    found.append(_load(tmp_path, paper, frozenset(), b"x" * 32))

    assert found == [None, None, None]
    assert "of another journal" in caplog.text
    assert "another key" in caplog.text


@pytest.mark.usefixtures("often")
def test_what_is_withdrawn_before_its_end_makes_it_void_and_it_is_made_anew(
    tmp_path: Path,
) -> None:
    paper = Paper()
    _made(tmp_path, paper)
    paper.add(JournalEntry(at=5000.0, kind=EntryKind.WITHDRAWN, ref=5))

    assert _load(tmp_path, paper, paper.withdrawn()) is None

    _made(tmp_path, paper)
    found = _load(tmp_path, paper, paper.withdrawn())
    assert found is not None
    assert found.withdrawn == (5,)


def test_without_a_file_nothing_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = load_or_create_key(tmp_path / "journal.key")

    assert _load(tmp_path, Paper(), frozenset(), key) is None
    assert not caplog.records
