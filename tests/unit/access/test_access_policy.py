"""The policy against a slow oracle of its own, over every combination of what it looks at."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatekeeper.access.policy import LATEST, decide, denials
from gatekeeper.access.presence import NOWHERE, PresenceState
from gatekeeper.model import (
    Decision,
    Direction,
    GateRules,
    GateState,
    InvitationState,
    Pass,
    PassKind,
    PassState,
    Reason,
    Verdict,
)

NOW = 1_795_000_000.0
TRUSTED, RANDOM_UID = "uid:047BCB51962280", "uid:08A1B2C3"
INSIDE = PresenceState(True, NOW - 60, NOW - 3600, 2)
LEFT = PresenceState(False, NOW - 60, NOW - 3600, 1)
PLACE = {reason: place for place, reason in enumerate(Reason)}
ODD = (math.nan, math.inf, -math.inf, 0.0, -1.0, LATEST, 1e300)


def oracle(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    ready: bool,
) -> Reason:
    """The published rules, read one by one; slow, and written apart from the product."""
    against: set[Reason] = set()
    if math.isnan(now) or now <= 0 or now >= 253_402_300_800:
        against.add(Reason.SYSTEM_FAULT)
    if not ready:
        against.add(Reason.NOT_READY)
    if gate.state == "closed":
        against.add(Reason.GATE_CLOSED)
    if credential.startswith(("uid:08", "uid:88")) and len(credential) == len("uid:") + 8:
        against.add(Reason.UNTRUSTED_CREDENTIAL)
    going_out = gate.direction == "out"
    if pass_ is None:
        against.add(Reason.UNKNOWN_CREDENTIAL)
    else:
        if pass_.watched:
            against.add(Reason.WATCHLISTED)
        if pass_.state in ("suspended", "revoked", "lost", "returned"):
            against.add(Reason(pass_.state.value))
        if pass_.state == "refused":
            against.add(Reason.REVOKED)
        if going_out and not presence.inside:
            against.add(Reason.NOT_IN)
        if not going_out and presence.inside:
            against.add(Reason.ALREADY_IN)
        if not (going_out and presence.inside):
            against |= rights(pass_, gate, now)
    if against:
        return max(against, key=PLACE.__getitem__)
    if going_out:
        return Reason.GRANTED_EXIT
    return Reason.GRANTED_REENTRY if presence.entries > 0 else Reason.GRANTED


def rights(pass_: Pass, gate: GateRules, now: float) -> set[Reason]:
    """What keeps a pass out that is not kept in."""
    against = set()
    if pass_.state in ("requested", "checked", "approved", "made", "handed_over"):
        against.add(Reason.NOT_YET_VALID)
    if pass_.state == "expired":
        against.add(Reason.EXPIRED)
    begins = -math.inf if pass_.valid_from is None else pass_.valid_from
    ends = math.inf if pass_.valid_until is None else pass_.valid_until
    if math.isnan(begins) or math.isnan(now) or now < begins:
        against.add(Reason.NOT_YET_VALID)
    if pass_.valid_until is not None and (math.isnan(ends) or math.isnan(now) or now >= ends):
        against.add(Reason.EXPIRED)
    listed = pass_.gates is not None and gate.id in pass_.gates
    of_event = pass_.kind == "event"
    if pass_.gates is not None and not listed:
        against.add(Reason.WRONG_GATE)
    if of_event and gate.event is None and not listed:
        against.add(Reason.WRONG_GATE)
    if pass_.invitation == "cancelled":
        against.add(Reason.INVITATION_CANCELLED)
    if of_event and pass_.invitation == "none":
        against.add(Reason.NOT_INVITED)
    asked_to = of_event and pass_.event == gate.event
    if gate.event is not None and not asked_to and not listed:
        against.add(Reason.NOT_INVITED)
    return against


def gates() -> st.SearchStrategy[GateRules]:
    return st.builds(
        GateRules,
        id=st.sampled_from(["a", "b"]),
        direction=st.sampled_from(Direction),
        event=st.sampled_from([None, "gala", "other"]),
        state=st.sampled_from(GateState),
    )


def instants() -> st.SearchStrategy[float]:
    near = st.sampled_from([NOW, math.nextafter(NOW, 0), math.nextafter(NOW, math.inf)])
    return st.one_of(near, st.sampled_from(ODD), st.floats(NOW - 10, NOW + 10), st.floats())


def passes() -> st.SearchStrategy[Pass]:
    return st.builds(
        Pass,
        id=st.just("p"),
        credential=st.sampled_from([TRUSTED, RANDOM_UID]),
        kind=st.sampled_from(PassKind),
        state=st.sampled_from(PassState),
        event=st.sampled_from([None, "gala", "other"]),
        invitation=st.sampled_from(InvitationState),
        valid_from=st.none() | instants(),
        valid_until=st.none() | instants(),
        gates=st.sampled_from([None, (), ("a",), ("b",), ("a", "b")]),
        companions=st.integers(0, 9),
        watched=st.booleans(),
    )


presences = st.sampled_from([NOWHERE, INSIDE, LEFT])
credentials = st.sampled_from([TRUSTED, RANDOM_UID])


@settings(max_examples=600)
@given(credentials, st.none() | passes(), gates(), presences, instants(), st.booleans())
def test_the_verdict_is_the_oracle_s(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    ready: bool,
) -> None:
    decision = decide(credential, pass_, gate, presence, now, ready=ready)

    assert decision.reason is oracle(credential, pass_, gate, presence, now, ready)
    assert decision.pass_id == (None if pass_ is None else "p")


@settings(max_examples=600)
@given(credentials, st.none() | passes(), gates(), presences, instants(), st.booleans())
@example(TRUSTED, Pass("p", TRUSTED), GateRules("a"), INSIDE, math.nan, True)
def test_never_green_while_any_rule_denies(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    ready: bool,
) -> None:
    """What `explain` lists and what is decided agree, and the first listed wins."""
    found = denials(credential, pass_, gate, presence, now, ready=ready)
    decision = decide(credential, pass_, gate, presence, now, ready=ready)

    ranks = [rule.reason.rank for rule in found]
    assert ranks == sorted(ranks, reverse=True)
    assert (decision.reason.verdict is Verdict.GRANTED) == (not found)
    assert not found or (decision.reason, decision.rule) == found[0]


def test_every_combination_of_the_discrete_things() -> None:
    """No sampling here: 44,236 cases, each against the oracle."""
    times = [(None, None), (NOW, NOW + 1), (NOW + 1, None), (None, NOW)]
    cases = itertools.product(
        PassKind, PassState, InvitationState, [None, "gala"], [None, ("a",), ("b",)], times,
        Direction, [None, "gala"], GateState, [NOWHERE, INSIDE],
    )  # fmt: skip
    wrong = []
    for kind, state, invitation, event, listed, (start, end), way, of, opened, where in cases:
        pass_ = Pass("p", TRUSTED, kind, state, event, invitation, start, end, listed)
        gate = GateRules("a", way, of, opened)
        reason = decide(TRUSTED, pass_, gate, where, NOW).reason
        if reason is not oracle(TRUSTED, pass_, gate, where, NOW, True):
            wrong.append((pass_, gate, where, reason))

    assert wrong == []


GUEST = Pass("p1", TRUSTED, event="gala", companions=3)
ENTRANCE = GateRules("a", event="gala")
EXIT = GateRules("x", direction=Direction.OUT, event="gala")


def reason(
    pass_: Pass | None = GUEST,
    gate: GateRules = ENTRANCE,
    presence: PresenceState = NOWHERE,
    now: float = NOW,
) -> Reason:
    return decide(TRUSTED, pass_, gate, presence, now).reason


def test_an_invited_guest_is_granted_with_companions() -> None:
    expected = Decision(Reason.GRANTED, "p1", "first entry", None, 3)

    assert decide(TRUSTED, GUEST, ENTRANCE, NOWHERE, NOW) == expected


def test_already_in_tells_when_the_holder_was_first_let_in() -> None:
    decision = decide(TRUSTED, GUEST, ENTRANCE, INSIDE, NOW)

    assert (decision.reason, decision.first_seen_at) == (Reason.ALREADY_IN, INSIDE.first_seen_at)


def test_who_left_may_come_back() -> None:
    assert reason(presence=LEFT) is Reason.GRANTED_REENTRY


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (math.nextafter(NOW, 0), Reason.NOT_YET_VALID),
        (NOW, Reason.GRANTED),
        (math.nextafter(NOW + 10, 0), Reason.GRANTED),
        (NOW + 10, Reason.EXPIRED),
    ],
)
def test_validity_holds_its_start_and_not_its_end(now: float, expected: Reason) -> None:
    """Not yet valid and expired are told apart: the guard does different things."""
    pass_ = Pass("p", TRUSTED, event="gala", valid_from=NOW, valid_until=NOW + 10)

    assert reason(pass_, now=now) is expected


@pytest.mark.parametrize("now", ODD)
def test_a_clock_that_is_no_clock_denies(now: float) -> None:
    assert reason(now=now) is Reason.SYSTEM_FAULT


@pytest.mark.parametrize("bound", [{"valid_from": math.nan}, {"valid_until": math.nan}])
def test_a_validity_that_is_no_time_denies(bound: dict[str, float]) -> None:
    assert reason(Pass("p", TRUSTED, event="gala", **bound)).verdict is Verdict.DENIED


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": NOW - 1},
        {"valid_from": NOW + 1},
        {"invitation": InvitationState.CANCELLED},
        {"invitation": InvitationState.NONE},
        {"event": "other"},
        {"gates": ("a",)},
    ],
)
def test_nobody_inside_is_kept_in_by_a_date_or_a_list(change: dict[str, object]) -> None:
    pass_ = Pass("p", TRUSTED, **{"event": "gala", **change})  # type: ignore[arg-type]

    assert reason(pass_, EXIT, INSIDE) is Reason.GRANTED_EXIT
    assert reason(pass_, EXIT, NOWHERE).verdict is Verdict.DENIED


STOPPED = [PassState.SUSPENDED, PassState.REVOKED, PassState.LOST, PassState.RETURNED]
IN_THE_MAKING = [
    PassState.REQUESTED, PassState.CHECKED, PassState.APPROVED, PassState.MADE,
    PassState.HANDED_OVER,
]  # fmt: skip


def test_every_state_of_a_pass_but_one_denies_entry() -> None:
    """A state that somebody adds later is denied until the policy knows it."""
    green = [
        state
        for state in PassState
        if reason(Pass("p", TRUSTED, event="gala", state=state)).verdict is Verdict.GRANTED
    ]

    assert green == [PassState.ACTIVE]


@pytest.mark.parametrize("state", IN_THE_MAKING)
def test_a_pass_in_the_making_is_not_yet_valid(state: PassState) -> None:
    assert reason(Pass("p", TRUSTED, event="gala", state=state)) is Reason.NOT_YET_VALID


@pytest.mark.parametrize(("gate", "where"), [(ENTRANCE, NOWHERE), (EXIT, INSIDE)])
def test_who_is_watched_for_is_stopped_either_way(gate: GateRules, where: PresenceState) -> None:
    watched = Pass("p", TRUSTED, event="gala", watched=True)

    assert decide(TRUSTED, watched, gate, where, NOW).reason is Reason.WATCHLISTED


@pytest.mark.parametrize("state", STOPPED)
def test_a_stopped_pass_raises_its_red_at_an_exit_too(state: PassState) -> None:
    stopped = Pass("p", TRUSTED, event="gala", state=state)

    assert reason(stopped, EXIT, INSIDE) is Reason(state.value)
    assert reason(stopped, ENTRANCE, LEFT) is Reason(state.value)


@pytest.mark.parametrize(
    ("pass_", "gate", "expected"),
    [
        (Pass("p", TRUSTED, PassKind.BADGE), ENTRANCE, Reason.NOT_INVITED),
        (Pass("p", TRUSTED, PassKind.BADGE, event="gala"), ENTRANCE, Reason.NOT_INVITED),
        (Pass("p", TRUSTED, PassKind.BADGE, gates=("a",)), ENTRANCE, Reason.GRANTED),
        (Pass("p", TRUSTED, PassKind.BADGE, gates=("b",)), ENTRANCE, Reason.WRONG_GATE),
        (Pass("p", TRUSTED, PassKind.BADGE), GateRules("s"), Reason.GRANTED),
        (Pass("p", TRUSTED, event="other"), ENTRANCE, Reason.NOT_INVITED),
        (Pass("p", TRUSTED), ENTRANCE, Reason.NOT_INVITED),
        (Pass("p", TRUSTED, event="other", gates=("a",)), ENTRANCE, Reason.GRANTED),
        (GUEST, GateRules("s"), Reason.WRONG_GATE),
        (Pass("p", TRUSTED, event="gala", gates=("s",)), GateRules("s"), Reason.GRANTED),
        (None, ENTRANCE, Reason.UNKNOWN_CREDENTIAL),
    ],
)
def test_which_pass_is_for_which_gate(
    pass_: Pass | None, gate: GateRules, expected: Reason
) -> None:
    assert reason(pass_, gate) is expected


def test_a_credential_that_names_no_card_is_never_granted() -> None:
    """Even if somebody managed to enrol it."""
    enrolled = Pass("p", RANDOM_UID, event="gala")

    for gate, where in ((ENTRANCE, NOWHERE), (EXIT, INSIDE)):
        decision = decide(RANDOM_UID, enrolled, gate, where, NOW)
        assert decision.reason is Reason.UNTRUSTED_CREDENTIAL


def test_a_node_that_is_not_ready_denies_everybody() -> None:
    assert decide(TRUSTED, GUEST, ENTRANCE, NOWHERE, NOW, ready=False).reason is Reason.NOT_READY
