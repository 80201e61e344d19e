"""Presence: a fold over entries that can be taken back, and a replay that gives the same."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.access.presence import NOWHERE, Presence, PresenceState
from gatekeeper.model import Direction, EntryKind, JournalEntry, Reason


def entry(
    seq: int,
    reason: Reason | None = Reason.GRANTED,
    direction: Direction | None = Direction.IN,
    pass_id: str | None = "p",
    area: str | None = "hall",
    kind: EntryKind = EntryKind.DECISION,
) -> JournalEntry:
    return JournalEntry(
        seq=seq,
        at=float(seq),
        kind=kind,
        reason=reason,
        direction=direction,
        pass_id=pass_id,
        area=area,
    )


def entries() -> st.SearchStrategy[list[JournalEntry]]:
    one = st.tuples(
        st.none() | st.sampled_from(Reason),
        st.none() | st.sampled_from(Direction),
        st.sampled_from(["p", "q", None]),
        st.sampled_from(["hall", "yard", None]),
        st.sampled_from(EntryKind),
    )
    usual = st.tuples(
        st.sampled_from([Reason.GRANTED, Reason.GRANTED_EXIT, Reason.GRANTED_OVERRIDE]),
        st.sampled_from(Direction),
        st.sampled_from(["p", "q"]),
        st.just("hall"),
        st.sampled_from([EntryKind.DECISION, EntryKind.OVERRIDE]),
    )
    several = st.lists(one | usual, max_size=30)
    return several.map(lambda rows: [entry(n, *row) for n, row in enumerate(rows, 1)])


def test_who_was_never_let_in_is_nowhere() -> None:
    found = Presence().lookup("p", "hall")

    assert found == NOWHERE
    assert (found.inside, found.entries, found.first_seen_at) == (False, 0, None)


@pytest.mark.parametrize("kind", [k for k in EntryKind if k not in ("decision", "override")])
def test_only_decisions_and_overrides_move_anybody(kind: EntryKind) -> None:
    """Also where an entry of another kind has all that a grant has."""
    presence = Presence()

    assert presence.apply(entry(1, kind=kind)) is None
    assert presence.areas() == ()


@pytest.mark.parametrize("missing", ["pass_id", "area", "reason"])
def test_a_grant_that_lacks_what_moving_takes_moves_nobody(missing: str) -> None:
    presence = Presence()

    assert presence.apply(msgspec.structs.replace(entry(1), **{missing: None})) is None
    assert presence.areas() == ()


def test_in_out_and_in_again() -> None:
    presence = Presence()
    presence.apply(entry(1))
    presence.apply(entry(2, Reason.GRANTED_EXIT, Direction.OUT))
    outside = presence.lookup("p", "hall")
    presence.apply(entry(3, Reason.GRANTED_REENTRY))

    assert outside == PresenceState(False, 1.0, 1.0, 1)
    assert presence.lookup("p", "hall") == PresenceState(True, 3.0, 1.0, 2)
    assert presence.inside("hall") == {"p"}
    assert presence.inside("yard") == frozenset()


def test_an_override_moves_like_a_grant_in_its_direction() -> None:
    presence = Presence()
    presence.apply(entry(1, Reason.GRANTED_OVERRIDE, kind=EntryKind.OVERRIDE))
    inside = presence.inside("hall")
    presence.apply(entry(2, Reason.GRANTED_OVERRIDE, Direction.OUT, kind=EntryKind.OVERRIDE))

    assert inside == {"p"}
    assert presence.inside("hall") == frozenset()


def test_areas_are_apart() -> None:
    presence = Presence()
    presence.apply(entry(1))
    presence.apply(entry(2, area="yard"))
    presence.apply(entry(3, Reason.GRANTED_EXIT, Direction.OUT))

    assert presence.inside("hall") == frozenset()
    assert presence.inside("yard") == {"p"}
    assert set(presence.areas()) == {"hall", "yard"}


@given(entries())
def test_a_denial_or_a_note_moves_nobody(given_entries: list[JournalEntry]) -> None:
    presence = Presence()
    for one in given_entries:
        before = presence.snapshot()
        denied = one.reason is None or one.reason.verdict == "denied"
        moved = presence.apply(one) is not None

        assert not (moved and denied)
        assert moved or presence.snapshot() == before


@given(entries(), st.data())
def test_what_is_taken_back_newest_first_was_never_there(
    given_entries: list[JournalEntry], data: st.DataObject
) -> None:
    kept = data.draw(st.integers(0, len(given_entries)))
    presence = Presence()
    tokens = [presence.apply(one) for one in given_entries]
    for token in reversed(tokens[kept:]):
        if token is not None:
            presence.undo(token)

    expected = Presence()
    expected.replay(given_entries[:kept])
    assert presence.snapshot() == expected.snapshot()


@given(entries(), st.sets(st.integers(1, 30)))
def test_a_replay_leaves_out_what_was_withdrawn(
    given_entries: list[JournalEntry], withdrawn: set[int]
) -> None:
    presence = Presence()
    presence.replay(given_entries, withdrawn)

    expected = Presence()
    expected.replay([one for one in given_entries if one.seq not in withdrawn])
    assert presence.snapshot() == expected.snapshot()
