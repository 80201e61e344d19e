"""A page in several rooms: twenty messages a second, nothing lost, no beat late enough to alarm."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.web.pacing import MOST_ROOMS, PACE_S, Paced
from gatekeeper.web.rooms import BATCH

STALE_S = 2.7
"""When a page calls itself stale."""
ROOMS = [f"gate:g{number}" for number in range(MOST_ROOMS)]


class Page:
    """What came, and when; time is the test's own."""

    def __init__(self) -> None:
        self.paced = Paced()
        self.now = 100.0
        self.last = dict.fromkeys(ROOMS, 0)
        self.came: list[tuple[float, str, dict[str, Any]]] = []

    def entry(self, room: str) -> None:
        self.last[room] += 1
        self.paced.offer("entry", {"room": room, "seq": self.last[room]})

    def beat(self, room: str) -> None:
        self.paced.offer("beat", {"room": room, "seq": self.last[room]})

    def pass_time(self, seconds: float) -> None:
        """As the hub does: look when something is due."""
        end = self.now + seconds
        while True:
            due = self.paced.due_in(self.now)
            if due is None or self.now + due > end:
                break
            self.now += due + 1e-9
            if message := self.paced.take(self.now):
                self.came.append((self.now, *message))
        self.now = end

    def entries(self, room: str) -> list[int]:
        found: list[int] = []
        for _, event, payload in self.came:
            if payload["room"] == room and event == "entry":
                found.append(payload["seq"])
            elif payload["room"] == room and event == "entries":
                found += [entry["seq"] for entry in payload["entries"]]
        return found


def test_a_lone_entry_goes_at_once_and_as_it_is() -> None:
    paced = Paced()
    paced.offer("entry", {"room": "gate:a", "seq": 7, "reason": "granted"})

    assert paced.due_in(5.0) == 0.0
    assert paced.take(5.0) == ("entry", {"room": "gate:a", "seq": 7, "reason": "granted"})
    assert paced.take(5.0) is None
    assert paced.due_in(5.0) is None


STEP = st.tuples(
    st.sampled_from(["entry", "entries", "counts", "lanes", "acknowledged"]),
    st.sampled_from(ROOMS),
    st.integers(0, 60),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=300))
def test_any_rush_is_twenty_a_second_whole_in_order_and_beats_in_time(
    story: list[tuple[str, str, int]],
) -> None:
    """Six rooms with everything that they can say; a beat of each comes every second."""
    page = Page()
    beaten = page.now
    for event, room, pause_ms in story:
        if event == "entry":
            page.entry(room)
        elif event == "entries":
            first = page.last[room] + 1
            page.last[room] += 300
            entries = [{"seq": seq} for seq in range(first, first + 300)]
            page.paced.offer("entries", {"room": room, "entries": entries})
        elif event == "acknowledged":
            page.paced.offer(event, {"room": room, "seq": 1})
        else:
            page.paced.offer(event, {"room": room})
        page.pass_time(pause_ms / 1000)
        if page.now >= beaten + 1.0:
            beaten = page.now
            for each in ROOMS:
                page.beat(each)
    page.pass_time(60.0)

    times = [at for at, _, _ in page.came]
    assert all(later - at > 1.0 for at, later in zip(times, times[20:], strict=False))
    for room in ROOMS:
        assert page.entries(room) == list(range(1, page.last[room] + 1))
    shown = dict.fromkeys(ROOMS, 0)
    for _, event, payload in page.came:
        if event == "entry":
            shown[payload["room"]] = payload["seq"]
        elif event == "entries":
            assert len(payload["entries"]) <= BATCH
            shown[payload["room"]] = payload["entries"][-1]["seq"]
        elif event == "beat":
            assert payload["seq"] <= shown[payload["room"]], "a page would think that it missed one"


def test_a_beat_of_the_last_of_many_busy_rooms_is_in_time() -> None:
    """Each kind of message of each room waits before it, again and again."""
    page = Page()
    began, beats = page.now, 0
    while page.now < began + 30.0:
        for room in ROOMS:
            page.entry(room)
            page.paced.offer("counts", {"room": room})
            page.paced.offer("lanes", {"room": room})
            if page.now >= began + beats:
                page.beat(room)
        beats = int(page.now - began) + 1
        page.pass_time(0.05)

    for room in ROOMS:
        times = [
            at for at, event, payload in page.came if (event, payload["room"]) == ("beat", room)
        ]
        gaps = [later - at for at, later in zip([began, *times], times, strict=False)]
        assert len(times) >= 10
        assert max(gaps) < STALE_S - PACE_S


def test_what_a_page_was_given_anew_does_not_come_again() -> None:
    page = Page()
    for room in ROOMS[:2]:
        page.entry(room)
        page.beat(room)

    page.paced.forget(ROOMS[0])
    page.pass_time(1.0)

    assert {payload["room"] for _, _, payload in page.came} == {ROOMS[1]}
