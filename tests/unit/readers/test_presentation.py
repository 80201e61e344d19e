"""One presentation of a tag out of many reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gatekeeper.model import CardRead, Presentation
from gatekeeper.readers.presentation import BLANK, Presenter, Rules

MS = 1_000_000
A, B, GHOST = "em4100:62E3086CED", "em4100:01000734E0", "em4100:000000078F"
TAG, OTHER = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"

LOW = Rules(gone_after_ns=350 * MS, frames_needed=2, frames_within_ns=250 * MS, gate="door")
UHF = Rules(gone_after_ns=1000 * MS, gate="door")
SHARED = Rules(gone_after_ns=1000 * MS, antennas={1: "door", 2: "door"})
LANES = Rules(gone_after_ns=1000 * MS, antennas={1: "left", 2: "right"})


def read(
    credential: str, at_ms: float, antenna: int | None = None, dbm: float | None = None
) -> CardRead:
    return CardRead("reader", credential, antenna, dbm, seen_ns=round(at_ms * MS))


def shown(
    rules: Rules, *reads: CardRead, until_ms: float = 0
) -> tuple[list[Presentation], Presenter]:
    presenter = Presenter(rules)
    done = [p for r in reads for p in presenter.feed(r)]
    return done + presenter.tick(round(until_ms * MS)), presenter


def test_a_held_tag_is_one_presentation_with_its_frames_counted() -> None:
    done, presenter = shown(LOW, *(read(A, 65 * n) for n in range(100)))

    assert [(p.credential, p.gate, p.frames) for p in done] == [(A, "door", 2)]
    assert (done[0].first_seen_ns, done[0].seen_ns) == (0, 65 * MS)
    assert presenter.counters == {"presentations": 1}


def test_a_single_ghost_frame_never_decides() -> None:
    done, presenter = shown(LOW, read(GHOST, 0), read(GHOST, 300), read(GHOST, 900), until_ms=9999)

    assert done == []
    assert presenter.counters["doubted"] == 3


def test_a_ghost_in_between_does_not_lose_the_real_tags_count() -> None:
    done, _ = shown(LOW, read(A, 0), read(GHOST, 30), read(A, 65))

    assert [p.credential for p in done] == [A]


def test_a_frame_lost_between_two_still_makes_a_pair() -> None:
    done, _ = shown(LOW, read(A, 0), read(A, 130))

    assert [p.credential for p in done] == [A]


def test_the_blank_number_is_never_presented() -> None:
    done, presenter = shown(LOW, *(read(BLANK, 65 * n) for n in range(5)))

    assert done == []
    assert presenter.counters["blank"] == 5


@pytest.mark.parametrize(("silence_ms", "times"), [(340, 1), (360, 2)])
def test_low_frequency_gone_is_silence(silence_ms: float, times: int) -> None:
    reads = (0, 65, 65 + silence_ms, 130 + silence_ms)

    done, _ = shown(LOW, *(read(A, at) for at in reads))

    assert len(done) == times


def test_uhf_decides_at_the_first_good_read() -> None:
    done, _ = shown(UHF, read(TAG, 0, 1, -60))

    assert [(p.credential, p.antenna, p.rssi_dbm, p.frames) for p in done] == [(TAG, 1, -60, 1)]


def test_antennas_of_one_gate_do_not_wait_for_each_other() -> None:
    done, _ = shown(SHARED, read(TAG, 0, 2, -80), read(TAG, 5, 1, -40))

    assert [(p.gate, p.antenna) for p in done] == [("door", 2)]


def test_a_repeat_never_hides_another_tag() -> None:
    held = [read(TAG, 10 * n, 1, -50) for n in range(200)]
    held.insert(100, read(OTHER, 1000, 1, -70))

    done, _ = shown(UHF, *held)

    assert [p.credential for p in done] == [TAG, OTHER]


def test_many_tags_at_once_are_each_presented_once() -> None:
    tags = [f"epc:{n:024X}" for n in range(500)]

    done, _ = shown(UHF, *(read(tag, at, 1) for at in range(3) for tag in tags))

    assert [p.credential for p in done] == tags


def test_lanes_wait_for_the_best_antenna() -> None:
    done, presenter = shown(
        LANES, read(TAG, 0, 1, -70), read(TAG, 50, 2, -45), read(TAG, 100, 1, -66)
    )
    assert done == []

    (best,) = presenter.tick(300 * MS)

    assert (best.gate, best.antenna, best.rssi_dbm, best.frames) == ("right", 2, -45, 3)
    assert best.seen_ns == 50 * MS


def test_equal_levels_are_decided_by_count_and_then_by_who_was_first() -> None:
    by_count = [read(TAG, 0, 1, -60), read(TAG, 1, 2, -60), read(TAG, 2, 2, -60)]
    by_order = [read(TAG, 0, 2, -60), read(TAG, 1, 1, -60)]

    assert shown(LANES, *by_count, until_ms=300)[0][0].gate == "right"
    assert shown(LANES, *by_order, until_ms=300)[0][0].gate == "right"


def test_stray_reads_of_the_other_lane_are_no_second_presentation() -> None:
    reads = [read(TAG, 20 * n, 2 if n % 7 == 0 else 1, -60) for n in range(300)]

    done, _ = shown(LANES, *reads)

    assert [p.gate for p in done] == ["left"]


def test_a_tag_that_leaves_one_lane_for_the_other_is_presented_there() -> None:
    first = [read(TAG, 20 * n, 1, -50) for n in range(50)]
    second = [read(TAG, 1000 + 20 * n, 2, -50) for n in range(100)]

    done, _ = shown(LANES, *first, *second)

    assert [p.gate for p in done] == ["left", "right"]


def test_a_lost_line_settles_what_was_waiting() -> None:
    done, presenter = shown(LANES, read(TAG, 0, 1, -70))
    assert done == []

    assert [p.gate for p in presenter.settle()] == ["left"]
    assert presenter.settle() == presenter.tick(10_000 * MS) == []


def test_a_waiting_tag_does_not_keep_a_departed_one_remembered() -> None:
    """The table forgets in order of silence; a tag that returns must be new all the same."""
    slow = Rules(gone_after_ns=100 * MS, antenna_window_ns=5000 * MS, antennas={1: "a", 2: "b"})
    presenter = Presenter(slow)
    presenter.feed(read(OTHER, 0, 1))
    presenter.settle()
    presenter.feed(read(TAG, 10, 1))
    presenter.feed(read(OTHER, 20, 1))
    presenter.feed(read(OTHER, 2000, 1))

    assert [p.credential for p in presenter.settle()] == [TAG, OTHER]


def test_an_antenna_without_a_gate_is_counted() -> None:
    done, presenter = shown(LANES, read(TAG, 0, 3, -50))

    assert done == []
    assert presenter.counters["no_gate"] == 1


def test_an_antenna_without_its_own_gate_uses_the_readers() -> None:
    rules = Rules(gone_after_ns=MS, gate="door", antennas={2: "side"}, antenna_window_ns=0)

    assert shown(rules, read(TAG, 0, 1))[0][0].gate == "door"
    assert shown(rules, read(TAG, 0, 2))[0][0].gate == "side"


def test_a_full_table_counts_the_present_tag_it_forgets() -> None:
    rules = Rules(gone_after_ns=1000 * MS, gate="door", tags_max=3)
    tags = [f"epc:{n:024X}" for n in range(4)]

    done, presenter = shown(rules, *(read(tag, n, 1) for n, tag in enumerate(tags)))

    assert [p.credential for p in done] == tags
    assert len(presenter) == 3
    assert presenter.counters["evicted"] == 1


def test_a_full_table_forgets_the_tag_not_seen_for_longest() -> None:
    rules = Rules(gone_after_ns=1000 * MS, gate="door", tags_max=2)
    reads = [read("a", 0, 1), read("b", 1, 1), read("a", 2, 1), read("c", 3, 1), read("a", 4, 1)]

    done, _ = shown(rules, *reads)

    assert [p.credential for p in done] == ["a", "b", "c"]


def test_a_full_table_forgets_a_lone_frame_before_a_present_tag() -> None:
    rules = Rules(350 * MS, frames_needed=2, frames_within_ns=250 * MS, gate="door", tags_max=2)
    reads = [read(A, 0), read(A, 65), read(GHOST, 70), read(B, 80), read(A, 130), read(B, 145)]

    done, presenter = shown(rules, *reads)

    assert [p.credential for p in done] == [A, B]
    assert presenter.counters["evicted"] == 0
    assert presenter.counters["doubted"] == 1


def test_a_table_full_of_waiting_tags_still_takes_the_next_one() -> None:
    rules = Rules(gone_after_ns=1000 * MS, antennas={1: "left", 2: "right"}, tags_max=1)

    done, presenter = shown(rules, read("a", 0, 1), read("b", 1, 2), until_ms=400)

    assert [(p.credential, p.gate) for p in done] == [("a", "left"), ("b", "right")]
    assert presenter.counters["evicted"] == 0


@dataclass
class Story:
    """All that a plain observer would note of one tag."""

    reads: list[tuple[int, str, int, float]] = field(default_factory=list)
    gate: str | None = None
    due: tuple[int, int] | None = None
    """When the window ends, and how many windows began before this one."""


class Against(RuleBasedStateMachine):
    """The presenter against an observer that keeps every read and forgets nothing."""

    law = LOW

    def __init__(self) -> None:
        super().__init__()
        self.presenter = Presenter(self.law)
        self.now = 0
        self.stories: dict[str, Story] = {}
        self.total = self.windows = 0

    @rule(ms=st.sampled_from([0, 1, 65, 130, 250, 251, 299, 301, 350, 351, 999, 1001, 3000]))
    def time_passes(self, ms: int) -> None:
        self.now += ms * MS

    @rule()
    def nothing_is_read(self) -> None:
        self.check(self.presenter.tick(self.now), self.due_now())

    @rule(
        tag=st.sampled_from(["a", "b", "c"]),
        antenna=st.sampled_from([1, 2]),
        dbm=st.sampled_from([-80.0, -60.0, -40.0]),
    )
    def a_tag_is_read(self, tag: str, antenna: int, dbm: float) -> None:
        due = self.due_now()
        gate = self.law.gate_of(antenna) or ""
        due += self.observe(tag, gate, antenna, dbm)

        done = self.presenter.feed(CardRead("r", tag, antenna, dbm, self.now))

        self.check(done, due)

    @precondition(lambda self: any(story.due is not None for story in self.stories.values()))
    @rule()
    def the_line_is_lost(self) -> None:
        waiting = [(s.due, tag) for tag, s in self.stories.items() if s.due is not None]
        due = [self.choose(tag) for _, tag in sorted(waiting)]

        self.check(self.presenter.settle(), due)

    @invariant()
    def every_presentation_is_counted_once(self) -> None:
        assert self.presenter.counters["presentations"] == self.total
        assert len(self.presenter) <= len(self.stories)

    def check(self, done: list[Presentation], due: list[tuple[str, str]]) -> None:
        self.total += len(done)
        assert [(p.credential, p.gate) for p in done] == due

    def due_now(self) -> list[tuple[str, str]]:
        ripe = [
            (story.due, tag)
            for tag, story in self.stories.items()
            if story.due is not None and story.due[0] <= self.now
        ]
        return [self.choose(tag) for _, tag in sorted(ripe)]

    def observe(self, tag: str, gate: str, antenna: int, dbm: float) -> list[tuple[str, str]]:
        story = self.stories.setdefault(tag, Story())
        if story.reads and story.due is None and self.begins_anew(story, gate):
            story.reads, story.gate = [], None
        story.reads.append((self.now, gate, antenna, dbm))
        if story.gate is not None or len(story.reads) < self.law.frames_needed:
            return []
        if len({*self.law.antennas.values()}) <= 1:
            story.gate = gate
            return [(tag, gate)]
        if story.due is None:
            self.windows += 1
            story.due = (self.now + self.law.antenna_window_ns, self.windows)
        return []

    def begins_anew(self, story: Story, gate: str) -> bool:
        silent = self.now - story.reads[-1][0]
        if story.gate is None:
            return silent > self.law.frames_within_ns
        at_gate = [at for at, where, _, _ in story.reads if where == story.gate]
        moved = gate != story.gate and self.now - at_gate[-1] > self.law.gone_after_ns
        return moved or silent > self.law.gone_after_ns

    def choose(self, tag: str) -> tuple[str, str]:
        story = self.stories[tag]
        antennas = dict.fromkeys(antenna for _, _, antenna, _ in story.reads)
        scores = {
            antenna: (
                max(dbm for _, _, where, dbm in story.reads if where == antenna),
                sum(1 for _, _, where, _ in story.reads if where == antenna),
            )
            for antenna in antennas
        }
        best = max(scores, key=lambda antenna: scores[antenna])
        story.gate = self.law.antennas[best]
        # The whole window belongs to the gate that was chosen.
        last = story.reads[-1][0]
        story.reads.append((last, story.gate, best, -99.0))
        story.due = None
        return tag, story.gate


class AgainstUhf(Against):
    law = UHF


class AgainstLanes(Against):
    law = LANES


for machine in (Against, AgainstUhf, AgainstLanes):
    machine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)

TestLowFrequency = Against.TestCase
TestUhf = AgainstUhf.TestCase
TestLanes = AgainstLanes.TestCase
