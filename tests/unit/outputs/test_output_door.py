"""One door: when its output may be on, and what each movement of its leaf is called."""

from __future__ import annotations

import pytest
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gatekeeper.config import ContactSettings, DoorSettings, OutputSettings
from gatekeeper.model import DoorEvent, DoorState
from gatekeeper.outputs.contact import SETTLE_NS, Contact
from gatekeeper.outputs.door import GRACE_NS, STALE_NS, Door, Grant, Said

SECOND = 1_000_000_000
START = 1_000 * SECOND
OPEN_S = 3.0
HELD_S = 5.0
MOVES = (DoorEvent.OPENED, DoorEvent.FORCED, DoorEvent.CLOSED)


def settings(**more: object) -> DoorSettings:
    return DoorSettings(
        id="d",
        gate="g",
        output=OutputSettings(board="b"),
        open_seconds=OPEN_S,
        contact=ContactSettings(board="b"),
        **more,  # type: ignore[arg-type]
    )


def ready(now: int = START, **more: object) -> Door:
    """A door that is connected, locked and seen to be closed."""
    door = Door(settings(**more))
    door.back()
    door.switched(False, now)
    door.contact(False, now)
    return door


def released(door: Door, now: int, seq: int = 7) -> list[Said]:
    """Grant, and let the output do what is due."""
    said = door.grant(Grant(seq, now), now)
    assert door.due(now) is True
    return said + door.switched(True, now)


def events(said: list[Said]) -> list[tuple[DoorEvent, int | None]]:
    return [(one.event, one.ref) for one in said]


class AnyDoor(RuleBasedStateMachine):
    """Grants, faults, movements and time in any order; the device obeys, refuses or is gone."""

    @initialize(confirms=st.booleans())
    def begin(self, confirms: bool) -> None:
        self.door = Door(settings(held_open_seconds=HELD_S), confirms=confirms)
        self.now = START
        self.seq = 0
        self.connected = False
        self.may_be_on = True
        """Whether the last thing that is known of it is not that it was locked."""
        self.grants: dict[int, int] = {}
        """Grant to when it was given."""
        self.ended: dict[int, DoorEvent] = {}
        self.bought_until = 0
        """A release that the journal was told of allows the relay to be on until then."""
        self.seen: bool | None = None
        """What the contact last saw; None: nothing, or it was lost since."""
        self.moved_at = self.released_at = 0

    def take(self, said: list[Said]) -> None:
        for event, ref, _ in said:
            if event is DoorEvent.RELEASED:
                assert ref is not None
                assert self.ended.setdefault(ref, event) is event
                self.bought_until = self.now + round(OPEN_S * SECOND)
                self.released_at = self.now
            elif event is DoorEvent.FAILED and ref is not None:
                self.ended.setdefault(ref, event)
            elif event is DoorEvent.HELD_OPEN:
                assert self.seen
                assert self.now - max(self.moved_at, self.released_at) >= HELD_S * SECOND

    @rule(age_s=st.sampled_from([0.0, 0.5, 1.9, 2.1, 3600.0]))
    def grant(self, age_s: float) -> None:
        self.seq += 1
        age = round(age_s * SECOND)
        self.grants[self.seq] = self.now - age
        self.take(self.door.grant(Grant(self.seq, self.now, age), self.now))

    @precondition(lambda self: self.connected)
    @rule(obeys=st.booleans())
    def act(self, obeys: bool) -> None:
        due = self.door.due(self.now)
        if due is None:
            return
        if due:
            fresh = [n for n, at in self.grants.items() if self.now - at <= STALE_NS]
            assert set(fresh) - self.ended.keys() or self.now < self.bought_until, "no grant"
        self.may_be_on = due or not obeys
        if obeys:
            self.take(self.door.switched(due, self.now))
        else:
            self.take(self.door.refused(due, "it refused", self.now))

    @precondition(lambda self: not self.connected)
    @rule()
    def connect(self) -> None:
        self.connected = True
        self.door.back()
        assert self.door.due(self.now) is False  # locked before anything else

    @rule()
    def lose(self) -> None:
        self.connected = False
        self.may_be_on = True
        self.take(self.door.lost("unplugged", self.now))
        assert self.door.due(self.now) is not True

    @rule(is_open=st.booleans())
    def move(self, is_open: bool) -> None:
        before, self.seen = self.seen, is_open
        if is_open is not before:
            self.moved_at = self.now
        said = self.door.contact(is_open, self.now)
        self.take(said)
        moves = [one.event for one in said if one.event in MOVES]
        if not is_open:
            assert moves == [DoorEvent.CLOSED] or not before
        elif before:
            assert moves == []
        elif self.now <= self.bought_until + GRACE_NS:
            assert moves == [DoorEvent.OPENED]
        elif before is False:
            assert moves == [DoorEvent.FORCED]
        else:  # nobody saw it open: forced only where it was seen closed before
            assert moves in ([DoorEvent.OPENED], [DoorEvent.FORCED])

    @rule()
    def blind(self) -> None:
        self.seen = None
        self.take(self.door.contact_lost("unplugged"))

    @rule(on=st.booleans())
    def look(self, on: bool) -> None:
        self.may_be_on = self.may_be_on or on
        self.take(self.door.observed(on, self.now))

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.0, 2.5, 10.0]))
    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.take(self.door.tick(self.now))

    @invariant()
    def every_release_has_an_end(self) -> None:
        """Once its time is over, locking is due, again and again until it is confirmed."""
        self.take(self.door.tick(self.now))
        later = self.now + round(OPEN_S * SECOND) + STALE_NS + 1
        assert self.door.due(later) is not True
        if self.connected and self.may_be_on:
            assert self.door.due(later) is False

    @invariant()
    def a_stale_grant_has_an_answer(self) -> None:
        """Released, told as failed, or outlived by a newer one; never left open."""
        newest = max(self.grants, default=0)
        old = newest and self.now - self.grants[newest] > STALE_NS
        assert not old or newest in self.ended

    @invariant()
    def its_state_can_be_told(self) -> None:
        state, detail, _ = self.door.state(self.now)
        assert state.well or detail


AnyDoor.TestCase.settings = limits(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyDoor = AnyDoor.TestCase


def test_a_grant_buys_its_time_and_no_more() -> None:
    door = ready()

    said = released(door, START)
    end = START + round(OPEN_S * SECOND)

    assert events(said) == [(DoorEvent.RELEASED, 7)]
    assert [door.due(end - 1), door.due(end)] == [None, False]
    assert door.state(START)[0] is DoorState.OPEN
    door.switched(False, end)
    assert (door.due(end), door.state(end)[0]) == (None, DoorState.READY)


def test_a_second_grant_prolongs_the_release() -> None:
    door = ready()
    released(door, START)
    later = START + 2 * SECOND

    said = door.grant(Grant(8, later), later)

    assert events(said) == [(DoorEvent.RELEASED, 8)]
    assert door.due(later + round(OPEN_S * SECOND) - 1) is None


@pytest.mark.parametrize("age_s", [2.01, 60.0])
def test_a_stale_grant_opens_nothing_and_is_told(age_s: float) -> None:
    door = ready()

    said = door.grant(Grant(7, START, round(age_s * SECOND)), START)

    assert events(said) == [(DoorEvent.FAILED, 7)]
    assert f"{age_s:.1f} s old" in said[0].note
    assert door.due(START) is None
    assert door.state(START)[0] is DoorState.READY  # the door is well: the grant was not


def test_a_grant_that_waits_too_long_for_its_board_is_told_as_failed() -> None:
    door = ready()
    door.grant(Grant(7, START), START)
    late = START + STALE_NS + 1

    said = door.tick(late)

    assert events(said) == [(DoorEvent.FAILED, 7)]
    assert door.due(late) is None


def test_a_relay_that_does_not_confirm_is_locked_at_once_and_shown_until_one_works() -> None:
    door = ready()
    door.grant(Grant(7, START), START)

    said = door.refused(True, "no answer", START)

    assert events(said) == [(DoorEvent.FAILED, 7)]
    assert door.due(START) is False
    door.switched(False, START)
    assert door.state(START)[:2] == (DoorState.FAILED, "no answer")
    released(door, START, 8)
    assert events(door.contact(True, START)) == [(DoorEvent.OPENED, 8), (DoorEvent.RESTORED, None)]
    assert door.state(START)[0] is DoorState.OPEN


def test_a_relay_that_does_not_let_go_is_told_once_and_tried_each_second() -> None:
    door = ready()
    released(door, START)
    end = START + round(OPEN_S * SECOND)

    first = door.refused(False, "stuck", end)
    again = door.refused(False, "stuck", end + SECOND)

    assert events(first) == [(DoorEvent.FAILED, None)]
    assert again == []
    assert [door.due(end + SECOND + 1), door.due(end + 2 * SECOND)] == [None, False]
    assert events(door.switched(False, end + 2 * SECOND)) == [(DoorEvent.RESTORED, None)]


def test_a_board_that_confirms_nothing_is_told_to_lock_each_second() -> None:
    door = Door(settings(), confirms=False)
    door.back()
    door.switched(False, START)

    assert [door.due(START + n * SECOND // 2) for n in (1, 2)] == [None, False]


def test_a_relay_that_is_on_with_nothing_to_have_told_it_is_locked_and_told() -> None:
    door = ready()

    said = door.observed(True, START)

    assert events(said) == [(DoorEvent.FAILED, None)]
    assert door.due(START) is False
    assert events(door.switched(False, START)) == [(DoorEvent.RESTORED, None)]


def test_a_relay_that_fell_off_is_not_put_on_again() -> None:
    door = ready()
    released(door, START)

    said = door.observed(False, START + 1) + door.observed(False, START + 2)

    assert events(said) == [(DoorEvent.FAILED, 7)]
    assert door.due(START + 3) is False


def test_what_was_to_be_done_when_the_board_went_is_never_done_later() -> None:
    door = ready()
    door.grant(Grant(7, START), START)

    lost = door.lost("unplugged", START)
    refused = door.grant(Grant(8, START), START)
    door.back()

    assert events(lost) == [(DoorEvent.FAILED, 7)]
    assert (events(refused), refused[0].note) == ([(DoorEvent.FAILED, 8)], "unplugged")
    assert door.due(START) is False
    assert events(door.switched(False, START)) == [(DoorEvent.RESTORED, None)]
    assert door.due(START) is None


def test_a_lost_board_is_told_once_for_its_door() -> None:
    door = ready()

    assert events(door.lost("unplugged", START)) == [(DoorEvent.FAILED, None)]
    assert door.lost("cannot be opened", START) == []
    assert door.contact_lost("unplugged") == []


@pytest.mark.parametrize(
    ("when", "event", "ref"),
    [
        (0, DoorEvent.OPENED, 7),
        (round(OPEN_S * SECOND), DoorEvent.OPENED, 7),
        (round(OPEN_S * SECOND) + GRACE_NS, DoorEvent.OPENED, 7),
        (round(OPEN_S * SECOND) + GRACE_NS + 1, DoorEvent.FORCED, None),
    ],
)
def test_opening_within_a_release_is_opened_and_beyond_it_forced(
    when: int, event: DoorEvent, ref: int | None
) -> None:
    door = ready()
    released(door, START)

    assert events(door.contact(True, START + when)) == [(event, ref)]


def test_a_forced_door_stays_so_until_it_is_closed() -> None:
    door = ready()

    forced = door.contact(True, START)
    assert door.state(START)[0] is DoorState.FORCED
    released(door, START + SECOND)
    assert door.state(START + SECOND)[0] is DoorState.FORCED
    closed = door.contact(False, START + 10 * SECOND)

    assert events(forced) == [(DoorEvent.FORCED, None)]
    assert [one.event for one in closed] == [DoorEvent.CLOSED]
    assert door.state(START + 10 * SECOND)[0] is DoorState.READY


def test_a_door_with_a_free_exit_is_never_forced() -> None:
    door = ready(free_exit=True)

    assert events(door.contact(True, START)) == [(DoorEvent.OPENED, None)]
    assert door.state(START)[0] is DoorState.OPEN


def test_a_door_found_open_is_told_and_after_a_gap_it_is_forced() -> None:
    found = Door(settings())
    closed_before = ready()
    closed_before.contact_lost("unplugged")

    first = found.contact(True, START)
    after_gap = closed_before.contact(True, START)

    assert (events(first), first[0].note) == ([(DoorEvent.OPENED, None)], "found open")
    assert DoorEvent.FORCED in [one.event for one in after_gap]


def test_open_for_too_long_is_held_open_once_and_a_release_begins_anew() -> None:
    door = ready(held_open_seconds=5.0)
    released(door, START)
    door.contact(True, START)

    told = [door.tick(START + n * SECOND) for n in (4, 5, 6)]
    released_again = door.grant(Grant(8, START + 6 * SECOND), START + 6 * SECOND)
    door.due(START + 6 * SECOND)
    door.switched(True, START + 6 * SECOND)
    held_again = [door.tick(START + n * SECOND) for n in (10, 11)]

    assert [events(one) for one in told] == [[], [(DoorEvent.HELD_OPEN, 7)], []]
    assert released_again == []
    assert [events(one) for one in held_again] == [[], [(DoorEvent.HELD_OPEN, 8)]]
    assert door.state(START + 11 * SECOND)[0] is DoorState.HELD_OPEN


def test_a_door_that_does_not_open_is_told_unless_people_may_change_their_minds() -> None:
    strict, lenient = ready(opens_within_seconds=4.0), ready(opens_within_seconds=0.0)
    for door in (strict, lenient):
        released(door, START)

    told = [strict.tick(START + n * SECOND) for n in (3, 4, 5)]

    assert [events(one) for one in told] == [[], [(DoorEvent.FAILED, 7)], []]
    assert strict.state(START + 5 * SECOND)[0] is DoorState.FAILED
    assert lenient.tick(START + 60 * SECOND) == []


def test_a_contact_counts_once_it_is_steady() -> None:
    contact = Contact(open_level=1)
    bounce = [
        contact.feed(level, n * SETTLE_NS // 2) for n, level in enumerate([False, False, False])
    ]

    first = contact.is_open
    rattle = [contact.feed(bool(n % 2), SECOND + n * SETTLE_NS // 2) for n in range(9)]
    steady = [contact.feed(True, 2 * SECOND + n * SETTLE_NS // 2) for n in range(4)]

    assert (bounce, first) == ([False, False, True], False)
    assert not any(rattle)
    assert (steady.count(True), contact.is_open) == (1, True)
    contact.lose()
    assert contact.is_open is None
