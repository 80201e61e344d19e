"""Counts of an event: the same as presence, the same as the reports, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.access.presence import Presence
from gatekeeper.config import GateSettings
from gatekeeper.db.arrivals import fold
from gatekeeper.model import Direction, EntryKind, JournalEntry, Reason
from gatekeeper.web.attendance import Invited
from gatekeeper.web.ledger import Ledger

GUESTS = {
    "p1": Invited("A", True),
    "p2": Invited("A", True),
    "p3": Invited("B", True),
    "gone": Invited("B", False),
}


def entry(
    seq: int, pass_id: str | None, reason: Reason = Reason.GRANTED, **more: object
) -> JournalEntry:
    """A decision at an entrance of the event."""
    values: dict[str, object] = {
        "seq": seq,
        "at": 1000.0 + seq,
        "gate": "in-1",
        "credential": f"epc:{pass_id}",
        "pass_id": pass_id,
        "event": "gala",
        "area": "gala",
        "direction": Direction.IN,
        "reason": reason,
    }
    return JournalEntry(**{**values, **more})  # type: ignore[arg-type]


def folded(entries: Sequence[JournalEntry]) -> Ledger:
    """A ledger that has seen `entries`, with the guest list known beforehand."""
    ledger = Ledger([GateSettings(id="in-1", event="gala")])
    ledger.set_guests("gala", GUESTS)
    for each in entries:
        ledger.remember(each)
    return ledger


def counts_of(ledger: Ledger) -> dict[str, Any]:
    """What screens show of the event."""
    counts = ledger.counts("gala", whole=True)
    assert counts is not None
    return counts


def test_a_guest_who_comes_twice_is_one_person() -> None:
    """Counts of doors add up to the guest list, not above it."""
    ledger = folded(
        [
            entry(1, "p1"),
            entry(2, "p1", Reason.GRANTED_EXIT, direction=Direction.OUT),
            entry(3, "p1", Reason.GRANTED_REENTRY),
            entry(4, "p1", Reason.ALREADY_IN),
        ]
    )

    counts = counts_of(ledger)

    assert (counts["arrived"], counts["inside"], counts["refused"]) == (1, 1, 0)
    assert counts["arrivals"] == [["1970-01-01T00:16:00.000Z", 1]]


def test_expected_are_those_who_neither_declined_nor_were_cancelled() -> None:
    """A group whose guests all declined is still a group of the list."""
    counts = counts_of(folded([entry(1, "p3")]))

    assert counts["expected"] == 3
    assert counts["by_group"] == [
        {"group": "A", "expected": 2, "arrived": 0},
        {"group": "B", "expected": 1, "arrived": 1},
    ]


def test_a_pass_without_an_invitation_is_no_guest() -> None:
    """Staff with a badge for this gate do not raise the count of guests."""
    counts = counts_of(folded([entry(1, "badge")]))

    assert (counts["arrived"], counts["inside"]) == (0, 0)


def test_before_the_list_is_known_whoever_came_counts() -> None:
    """The database may be gone at start; when it is back the counts are put right."""
    ledger = Ledger([GateSettings(id="in-1", event="gala")])
    for each in (entry(1, "p1"), entry(2, "badge")):
        ledger.remember(each)
    assert counts_of(ledger)["arrived"] == 2

    ledger.set_guests("gala", GUESTS)

    assert counts_of(ledger)["arrived"] == 1


def test_refused_counts_cards_and_only_red() -> None:
    """The same revoked card five times is one refusal; a card not valid yet is none."""
    entries = [entry(n, "p1", Reason.REVOKED) for n in range(1, 6)]
    entries.append(entry(6, None, Reason.UNKNOWN_CREDENTIAL, credential="epc:FF"))
    entries.append(entry(7, "p2", Reason.NOT_YET_VALID))

    assert counts_of(folded(entries))["refused"] == 2


def test_companions_are_those_who_were_counted_the_last_word_wins() -> None:
    """What the pass allows is not what came."""
    entries = [
        entry(1, "p1", companions=5),
        entry(2, "p1", None, kind=EntryKind.COMPANIONS, ref=1, companions=3),  # type: ignore[arg-type]
        entry(3, "p1", None, kind=EntryKind.COMPANIONS, ref=1, companions=2),  # type: ignore[arg-type]
    ]

    assert counts_of(folded(entries[:1]))["companions"] == 0
    assert counts_of(folded(entries))["companions"] == 2


def test_a_withdrawn_entry_let_nobody_through() -> None:
    """It became durable too late to be acted on."""
    withdrawn = JournalEntry(seq=2, kind=EntryKind.WITHDRAWN, ref=1, event="gala", area="gala")

    counts = counts_of(folded([entry(1, "p1"), withdrawn]))

    assert (counts["arrived"], counts["inside"], counts["arrivals"]) == (0, 0, [])


REASONS = [
    Reason.GRANTED,
    Reason.GRANTED_REENTRY,
    Reason.GRANTED_EXIT,
    Reason.GRANTED_OVERRIDE,
    Reason.ALREADY_IN,
    Reason.REVOKED,
    Reason.NOT_IN,
]
steps = st.tuples(
    st.sampled_from(["p1", "p2", "p3", "gone", "badge"]),
    st.sampled_from(["gala", "garden"]),
    st.sampled_from(REASONS),
    st.sampled_from(list(Direction)),
    st.sampled_from(["", "", "", "withdraw", "companions"]),
)


def told(story: list[tuple[str, str, Reason, Direction, str]]) -> list[JournalEntry]:
    """Journal entries of any order of things, withdrawals and annotations among them."""
    entries: list[JournalEntry] = []
    for number, (pass_id, area, reason, direction, act) in enumerate(story):
        seq = len(entries) + 1
        if act == "withdraw" and entries:
            ref = entries[number % len(entries)].seq
            entries.append(JournalEntry(seq=seq, kind=EntryKind.WITHDRAWN, ref=ref, event="gala"))
        elif act == "companions" and entries:
            entries.append(
                JournalEntry(
                    seq=seq,
                    kind=EntryKind.COMPANIONS,
                    ref=1,
                    pass_id=pass_id,
                    area=area,
                    companions=number % 4,
                    event="gala",
                )
            )
        else:
            kind = EntryKind.OVERRIDE if reason is Reason.GRANTED_OVERRIDE else EntryKind.DECISION
            made = entry(seq, pass_id, reason, kind=kind, area=area, direction=direction)
            entries.append(made)
    return entries


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40))
def test_inside_is_what_the_gates_know_and_arrived_what_the_reports_say(
    story: list[tuple[str, str, Reason, Direction, str]],
) -> None:
    """Three folds of one journal, written apart, agree: gate, report and live screen."""
    entries = told(story)
    withdrawn = {each.ref for each in entries if each.kind is EntryKind.WITHDRAWN}
    kept = [each for each in entries if each.seq not in withdrawn]
    presence = Presence()
    presence.replay(entries, {ref for ref in withdrawn if ref})
    by_pass = {
        pass_id: fold(each for each in kept if each.pass_id == pass_id)
        for pass_id in ("p1", "p2", "p3", "gone", "badge")
    }

    ledger = folded(entries)
    counts = counts_of(ledger)

    inside = ledger.inside()
    for area in ("gala", "garden"):
        assert set(inside.get(area, {})) == presence.inside(area)
    came = {pass_id for pass_id, areas in by_pass.items() if areas and pass_id in GUESTS}
    assert counts["arrived"] == len(came)
    assert counts["companions"] == sum(
        max((standing.companions or 0) for standing in by_pass[pass_id].values())
        for pass_id in came
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=30), st.integers(0, 30))
def test_a_guest_list_that_comes_late_gives_the_same_counts(
    story: list[tuple[str, str, Reason, Direction, str]], when: int
) -> None:
    """Counts kept all along equal counts made anew."""
    entries = told(story)
    late = Ledger([GateSettings(id="in-1", event="gala")])
    kept = folded([])
    for number, each in enumerate(entries):
        if number == when:
            late.set_guests("gala", GUESTS)
        late.remember(each)
        kept.remember(each)
        counts_of(kept)  # from now on each change is counted by itself
    late.set_guests("gala", GUESTS)

    assert counts_of(late) == counts_of(kept) == counts_of(folded(entries))


def test_counts_are_json() -> None:
    """They go out as they are."""
    counts = counts_of(folded([entry(1, "p1")]))

    assert msgspec.json.decode(msgspec.json.encode(counts)) == counts
