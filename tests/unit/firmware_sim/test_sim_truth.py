"""The truth about frames: what one presentation is, when it could be decided, what is doubtful."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from firmware_sim.field import FrameReport
from firmware_sim.loop import SECOND, Loop
from firmware_sim.people import Gate
from firmware_sim.truth import ReaderRules, Truth

MS = 1_000_000
A, B = "em4100:62E3086CED", "em4100:01000734E0"
EPC = "epc:300833B2DDD9014000000001"
START_NS = 5 * SECOND


class Play:
    """Frames at times of the test's own choosing."""

    def __init__(self, *verdicts: list[str]) -> None:
        self.verdicts = list(verdicts)
        self.asked: list[tuple[str, str]] = []
        self.output = io.StringIO()
        gates = {1: Gate("hall"), 2: Gate("side")}
        self.loop = Loop()
        self.truth = Truth(
            self.loop,
            self.output,
            {
                "lf": ReaderRules({1: Gate("hall")}, 2, 350 * MS),
                "uhf": ReaderRules(gates, 1, SECOND),
            },
            self._decide,
        )

    def _decide(self, gate: Gate, credential: str, _now: float) -> list[str]:
        self.asked.append((gate.id, credential))
        return self.verdicts.pop(0) if self.verdicts else ["granted"]

    def frame(
        self, ms: float, credential: str = A, fate: str = "intact", reader: str = "lf", **more: Any
    ) -> None:
        """One frame `ms` after the start."""
        ns = START_NS + round(ms * MS)
        self.truth.frame(FrameReport(reader, credential, more.pop("antenna", 1), ns, fate, **more))

    def rows(self, kind: str = "presentation") -> list[dict[str, Any]]:
        """Everything written of that type, once all is over."""
        self.truth.finish()
        rows = [json.loads(line) for line in self.output.getvalue().splitlines()]
        return [row for row in rows if row["type"] == kind]


def test_a_held_tag_is_one_presentation_decided_at_its_second_frame() -> None:
    """Forty frames, one line, the times of the first four."""
    play = Play()
    for number in range(40):
        play.frame(number * 65)

    (row,) = play.rows()
    assert (row["decided_ns"], row["intact"]) == (START_NS + 65 * MS, 40)
    assert row["frames_ns"] == [START_NS + number * 65 * MS for number in range(4)]
    assert (row["gate"], row["expected"], row["maybe"]) == ("hall", ["granted"], False)


def test_one_frame_at_125_khz_is_no_presentation() -> None:
    """The tag was there, but nobody can have trusted it."""
    play = Play()
    play.frame(0)

    assert play.rows() == []
    assert [row["intact"] for row in play.rows("unread")] == [1]
    assert play.asked == []


def test_one_frame_at_uhf_is_a_presentation() -> None:
    """Decided at its first good read, at the gate of the antenna that it is nearest to."""
    play = Play()
    play.truth.annotate("uhf", EPC, antenna=2)
    play.frame(0, EPC, reader="uhf", antenna=1)

    assert [(row["gate"], row["decided_ns"]) for row in play.rows()] == [("side", START_NS)]


def test_destroyed_and_unheard_frames_decide_nothing() -> None:
    """They are counted, and the decision falls at the second intact frame."""
    play = Play()
    for number, fate in enumerate(["destroyed", "intact", "destroyed", "unheard", "intact"]):
        play.frame(number * 65, fate=fate)

    (row,) = play.rows()
    assert row["decided_ns"] == START_NS + 4 * 65 * MS
    assert (row["intact"], row["destroyed"], row["unheard"]) == (2, 2, 1)


def test_a_pause_longer_than_the_gone_time_makes_two_presentations() -> None:
    """The second is asked about anew."""
    play = Play(["granted"], ["already_in"])
    for ms in (0, 65, 130, 700, 765):
        play.frame(ms)

    rows = play.rows()
    assert [row["expected"] for row in rows] == [["granted"], ["already_in"]]
    assert [row["maybe"] for row in rows] == [False, False]


def test_a_pause_about_as_long_as_the_gone_time_is_doubtful() -> None:
    """A host may see one presentation or two, and is right both times."""
    play = Play(["granted"], ["already_in"])
    for ms in (0, 65, 65 + 350, 65 + 350 + 65):
        play.frame(ms)

    assert [row["maybe"] for row in play.rows()] == [False, True]


def test_a_pause_in_which_the_simulator_itself_stood_still_is_doubtful() -> None:
    """The tag lay there all the while; a host that was held up as well heard no silence."""
    play = Play()
    for number in range(4):
        play.frame(number * 65)
    play.loop.lost_ns += 500 * MS
    for number in range(2):
        play.frame(195 + 590 + number * 65)

    assert [row["maybe"] for row in play.rows()] == [False, True]


def test_a_destroyed_frame_in_the_pause_does_not_make_it_doubtful() -> None:
    """What counts is when the next good frame came."""
    play = Play(["granted"], ["already_in"])
    play.frame(0)
    play.frame(65)
    play.frame(65 + 350, fate="destroyed")
    play.frame(800)
    play.frame(865)

    assert [row["maybe"] for row in play.rows()] == [False, False]


@pytest.mark.parametrize("other", [{"credential": B}, {"credential": B, "ghost": True}])
def test_another_tag_between_two_frames_delays_the_sure_decision(other: dict[str, Any]) -> None:
    """Equal frames must follow each other."""
    play = Play()
    play.frame(0)
    play.frame(30, **other)
    play.frame(65)
    play.frame(130)

    (row,) = play.rows()
    assert (row["credential"], row["decided_ns"]) == (A, START_NS + 130 * MS)


def test_two_tags_taking_turns_are_doubtful_and_so_is_what_follows() -> None:
    """A forgiving host lets both in; then the next answer may be already_in."""
    play = Play(["granted"])
    for ms in (0, 65, 130, 195):
        play.frame(ms, A)
        play.frame(ms + 30, B)
    play.truth.finish()
    play.frame(2000, A)
    play.frame(2065, A)

    rows = play.rows()
    assert [(row["credential"], row["maybe"], row["expected"]) for row in rows] == [
        (A, True, []),
        (B, True, []),
        (A, False, ["granted", "already_in"]),
    ]


def test_a_ghost_is_written_as_a_ghost() -> None:
    """It is never a presentation, however often it comes."""
    play = Play()
    play.frame(0, ghost=True)
    play.frame(65, ghost=True)

    assert play.rows() == []
    assert [row["credential"] for row in play.rows("ghost")] == [A, A]


def test_a_struck_frame_is_written_with_its_bytes() -> None:
    """So that a wrong reading can be traced to what was on the wire."""
    play = Play()
    play.frame(0, fate="destroyed", fault="cut", data=b"\x02\x36")

    assert [(row["fault"], row["hex"]) for row in play.rows("frame")] == [("cut", "0236")]


def test_notes_belong_to_one_presentation() -> None:
    """A race or a retry is not inherited by the next."""
    play = Play(["granted"], ["already_in"])
    play.truth.annotate("lf", A, "same_instant", "r1", 2)
    for ms in (0, 65, 1000, 1065):
        play.frame(ms)

    rows = play.rows()
    assert [(row["race"], row["retried"]) for row in rows] == [("r1", 2), (None, 0)]
    assert rows[0]["expected"] == ["granted", "already_in"]
    assert play.truth.counts == {"presentations": 2, "retried": 1, "maybe": 0}


def test_two_right_answers_loosen_the_next_one() -> None:
    """At the minute when the doors open both are right, and then nobody knows who is in."""
    play = Play(["not_yet_valid", "granted"], ["already_in"], ["already_in"])
    for ms in (0, 65, 1000, 1065, 2000, 2065):
        play.frame(ms)

    assert [row["expected"] for row in play.rows()] == [
        ["not_yet_valid", "granted"],
        ["already_in", "granted", "granted_reentry"],
        ["already_in"],
    ]
