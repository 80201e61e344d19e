"""How long a record is kept: rules, against a plain reading of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.kinds import PassState
from gatekeeper.office.retention import DEFAULT_DAYS, OVER, Held, Tie, Verdict, judge, pass_tie

NOW = 1_795_000_000.0
DAY = 86_400.0


def record(*ties: Tie, created_days_ago: float = 5000, held: bool = False) -> Held:
    return Held("staff", NOW - created_days_ago * DAY, ties, held)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (record(Tie(NOW - 31 * DAY, 30)), Verdict.DUE),
        (record(Tie(NOW - 29 * DAY, 30)), Verdict.KEEP),
        (record(Tie(NOW - 30 * DAY, 30)), Verdict.DUE),
        (record(Tie(NOW - 400 * DAY, 30), Tie(NOW - 29 * DAY, 30)), Verdict.KEEP),
        (record(Tie(NOW - 400 * DAY, 30), Tie(None, 30)), Verdict.KEEP),
        (record(Tie(NOW - 400 * DAY, 30), Tie(None, 30, endless=True)), Verdict.ENDLESS),
        (record(Tie(NOW - 400 * DAY, 30), held=True), Verdict.HOLD),
        (record(), Verdict.DUE),
        (record(created_days_ago=DEFAULT_DAYS["staff"] - 1), Verdict.KEEP),
        (record(Tie(NOW - 400 * DAY, 30), created_days_ago=100), Verdict.KEEP),
        (Held("event", 0.0, ()), Verdict.ENDLESS),
    ],
)
def test_a_record_is_due_when_everything_it_was_kept_for_is_over(
    held: Held, expected: Verdict
) -> None:
    assert judge(held, DEFAULT_DAYS, NOW) is expected


ties = st.builds(
    Tie,
    st.none() | st.floats(NOW - 3000 * DAY, NOW),
    st.integers(1, 1000),
    st.booleans(),
)


@given(st.lists(ties, max_size=4), st.floats(0, 4000), st.booleans(), ties)
def test_more_to_be_kept_for_never_makes_a_record_due(
    held_for: list[Tie], age: float, held: bool, more: Tie
) -> None:
    """A pass, a visit or a duty that is added can only keep a record longer."""
    before = judge(record(*held_for, created_days_ago=age, held=held), DEFAULT_DAYS, NOW)
    after = judge(record(*held_for, more, created_days_ago=age, held=held), DEFAULT_DAYS, NOW)

    assert not (after is Verdict.DUE and before is not Verdict.DUE)


@given(
    st.sampled_from(PassState),
    st.tuples(*[st.none() | st.floats(NOW - 99 * DAY, NOW + 99 * DAY)] * 2),
    st.booleans(),
)
def test_a_pass_that_could_still_open_a_gate_keeps_its_holder(
    state: PassState, until: tuple[float | None, float | None], event: bool
) -> None:
    tie = pass_tie(state, until=until, changed_at=NOW - 5 * DAY, event=event, days=1, now=NOW)
    running = all(at is None or at > NOW for at in until)

    if state is PassState.ACTIVE and running and not event:
        assert tie == Tie(None, 1)
    if state in OVER:
        assert tie.ended_at == NOW - 5 * DAY


def test_a_guest_of_an_event_without_a_date_is_told_as_endless() -> None:
    tie = pass_tie(
        PassState.ACTIVE, until=(None, None), changed_at=0.0, event=True, days=180, now=NOW
    )

    assert tie.endless
