"""The journal as tables: twice is once, and the same people inside as the gate says."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from gatekeeper.access.presence import Presence
from gatekeeper.db import reports
from gatekeeper.db.arrivals import fold
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.projection import (
    forget_site,
    note_problem,
    progress_of,
    store_entries,
)
from gatekeeper.db.tables import Arrival, ProjectionEntry
from gatekeeper.model import Direction, EntryKind, JournalEntry
from gatekeeper.reasons import Reason


def entry(seq: int, pass_id: str | None = "p1", **values: object) -> JournalEntry:
    """A guest let in at the gate `north` of the gala, unless `values` say otherwise."""
    plain: dict[str, object] = {
        "seq": seq,
        "at": 1000.0 + seq,
        "gate": "north",
        "credential": f"epc:{seq:012X}",
        "pass_id": pass_id,
        "event": "gala",
        "area": "gala",
        "direction": Direction.IN,
        "reason": Reason.GRANTED,
    }
    return msgspec.convert(plain | values, JournalEntry)


def out(seq: int, pass_id: str = "p1") -> JournalEntry:
    """The same guest leaving."""
    return entry(seq, pass_id, direction=Direction.OUT, reason=Reason.GRANTED_EXIT)


def store(database: Database, *entries: JournalEntry) -> int:
    """Store `entries` of the site `s` in one transaction."""
    with database.session() as session:
        return store_entries(session, "s", entries)


def standings(session: Session) -> list[tuple[str, str, bool, int]]:
    """Everybody who ever came."""
    query = select(Arrival.pass_id, Arrival.area, Arrival.inside, Arrival.entries)
    return [tuple(row) for row in session.execute(query.order_by(Arrival.pass_id, Arrival.area))]


def test_every_field_that_reports_need_is_kept(database: Database) -> None:
    """An entry comes back as it was."""
    given_entry = entry(1, actor="guard1", note="said so", late=True, companions=2, reader="r1")

    store(database, given_entry)

    with database.reading() as session:
        row = session.scalars(select(ProjectionEntry)).one()
        kept = {name: getattr(row, name) for name in ("at", "reader", "actor", "note", "late")}
    assert kept == {
        "at": 1001.0,
        "reader": "r1",
        "actor": "guard1",
        "note": "said so",
        "late": True,
    }


def test_stored_twice_is_stored_once(database: Database) -> None:
    """A worker that was killed after its commit asks for the same page again."""
    entries = [entry(1), entry(2, "p2"), out(3)]

    assert (store(database, *entries), store(database, *entries)) == (3, 0)

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ProjectionEntry)) == 3
        assert standings(session) == [("p1", "gala", False, 1), ("p2", "gala", True, 1)]


def test_pages_that_overlap_add_only_what_is_new(database: Database) -> None:
    """The place in the journal stands in the same transaction."""
    store(database, entry(1), entry(2, "p2"))
    store(database, entry(2, "p2"), out(3, "p2"))

    with database.reading() as session:
        assert progress_of(session, "s").seq == 3
        assert standings(session) == [("p1", "gala", True, 1), ("p2", "gala", False, 1)]


def test_a_transaction_that_fails_has_stored_nothing(database: Database) -> None:
    """Neither entries nor the place."""
    with database.session() as session:
        store_entries(session, "s", [entry(1)])
        session.rollback()

    with database.reading() as session:
        assert (progress_of(session, "s").seq, standings(session)) == (0, [])


def test_an_entry_withdrawn_later_let_nobody_in(database: Database) -> None:
    """Whether the withdrawal is in the same page or comes much later."""
    withdrawn = {"kind": EntryKind.WITHDRAWN, "area": None, "direction": None, "reason": None}
    store(database, entry(1), entry(2, "p2"), entry(3, "p2", ref=2, **withdrawn))
    store(database, entry(4, "p1", ref=1, **withdrawn))

    with database.reading() as session:
        assert standings(session) == []


def test_two_sites_do_not_mix_their_numbers(database: Database) -> None:
    """Entry 1 of one place is not entry 1 of another."""
    store(database, entry(1))
    with database.session() as session:
        assert store_entries(session, "other", [entry(1, "p9", area="annex")]) == 1

    with database.reading() as session:
        assert standings(session) == [("p1", "gala", True, 1), ("p9", "annex", True, 1)]


def test_companions_and_representative_are_noted_with_the_arrival(database: Database) -> None:
    """They come as entries of their own, after the guest."""
    note = {"direction": None, "reason": None}
    store(
        database,
        entry(1),
        entry(2, kind=EntryKind.COMPANIONS, ref=1, companions=3, **note),
        entry(3, kind=EntryKind.REPRESENTATIVE, ref=1, note="นางสาวมานี", **note),
    )

    with database.reading() as session:
        row = session.scalars(select(Arrival)).one()
        assert (row.companions, row.representative) == (3, "นางสาวมานี")


def test_a_problem_is_kept_and_ends_with_the_next_page(database: Database) -> None:
    """What the doctor shows."""
    with database.session() as session:
        note_problem(session, "s", "journal replaced")
    with database.reading() as session:
        assert progress_of(session, "s").problem == "journal replaced"

    store(database, entry(1))

    with database.reading() as session:
        assert progress_of(session, "s").problem == ""


def test_a_site_that_is_forgotten_begins_anew(database: Database) -> None:
    """Other sites keep what they had."""
    store(database, entry(1), out(2))
    with database.session() as session:
        store_entries(session, "other", [entry(1, "p9", area="annex")])
        forget_site(session, "s")

    with database.reading() as session:
        assert progress_of(session, "s").seq == 0
        assert standings(session) == [("p9", "annex", True, 1)]
    assert store(database, entry(1)) == 1


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(["gala", "garden"]),
        st.sampled_from(list(Direction)),
        st.sampled_from(
            [
                Reason.GRANTED,
                Reason.GRANTED_EXIT,
                Reason.GRANTED_REENTRY,
                Reason.GRANTED_OVERRIDE,
                Reason.ALREADY_IN,
                Reason.REVOKED,
            ]
        ),
        st.booleans(),
    ),
    max_size=30,
)


def journal(moves: list[tuple[str, str, Direction, Reason, bool]]) -> list[JournalEntry]:
    """Entries of these moves; the last of a tuple: withdrawn at once."""
    entries: list[JournalEntry] = []
    for pass_id, area, direction, reason, withdrawn in moves:
        seq = len(entries) + 1
        entries.append(entry(seq, pass_id, area=area, direction=direction, reason=reason))
        if withdrawn:
            none = {"area": None, "direction": None, "reason": None}
            entries.append(
                entry(seq + 1, pass_id, kind=EntryKind.WITHDRAWN, ref=seq, **none),
            )
    return entries


@given(MOVES)
@settings(deadline=None)
def test_the_fold_says_of_everybody_what_the_gate_says(
    moves: list[tuple[str, str, Direction, Reason, bool]],
) -> None:
    """Reports and the anti-passback count the same people; the rules stand in two rooms."""
    entries = journal([(*move[:4], False) for move in moves])
    presence = Presence()
    presence.replay(entries)

    for pass_id in ("p1", "p2"):
        standing = fold(e for e in entries if e.pass_id == pass_id)
        for area in ("gala", "garden"):
            there, known = presence.lookup(pass_id, area), standing.get(area)
            said = (known.inside, known.first_in_at, known.entries) if known else (False, None, 0)
            assert said == (there.inside, there.first_seen_at, there.entries)


@pytest.mark.parametrize("page", [1, 3, 100])
@given(moves=MOVES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_tables_say_the_same_however_the_journal_is_cut_into_pages(
    database: Database, page: int, moves: list[tuple[str, str, Direction, Reason, bool]]
) -> None:
    """Step by step, or made anew for a withdrawal: the same standings as a replay."""
    entries = journal(moves)
    presence = Presence()
    presence.replay(entries, {e.ref for e in entries if e.kind is EntryKind.WITHDRAWN})
    with database.session() as session:
        forget_site(session, "s")
        session.execute(delete(Arrival))

    for start in range(0, len(entries), page):
        store(database, *entries[start : start + page])

    with database.reading() as session:
        expected = [
            (pass_id, area, state.inside, state.entries)
            for area, known in presence.snapshot().items()
            for pass_id, state in known.items()
            if state.entries
        ]
        assert standings(session) == sorted(expected)


def test_attendance_counts_people_by_group(database: Database) -> None:
    """Expected without those who declined or were cancelled; arrived whoever came."""
    rows = [
        GuestRow(external_key="1", first_name="ก", group="ทูต"),
        GuestRow(external_key="2", first_name="ข", group="ทูต"),
        GuestRow(external_key="3", first_name="ค", group="สส", reply="declined"),
        GuestRow(external_key="4", first_name="ง", group="สส", cancelled=True),
    ]
    with database.session() as session:
        apply_guests(session, "gala", rows)
    with database.reading() as session:
        guests = {g.external_key: g.pass_id for g in reports.not_come(session, "gala")[1]}
    note = {"kind": EntryKind.COMPANIONS, "direction": None, "reason": None}
    store(
        database,
        entry(1, guests["1"]),
        entry(2, guests["1"], ref=1, companions=2, **note),
        out(3, guests["1"]),
        entry(4, None, reason=Reason.UNKNOWN_CREDENTIAL, credential="epc:0000"),
        entry(5, None, reason=Reason.UNKNOWN_CREDENTIAL, credential="epc:0000"),
        entry(6, guests["1"], reason=Reason.ALREADY_IN),
    )

    with database.reading() as session:
        found = reports.attendance(session, "gala")
        left = reports.not_come(session, "gala")
        steps = reports.arrivals_over_time(session, "gala", step_s=60)

    assert (found.expected, found.arrived, found.inside, found.companions, found.refused) == (
        2,
        1,
        0,
        2,
        1,
    )
    assert [(g.group, g.expected, g.arrived) for g in found.by_group] == [
        ("ทูต", 2, 1),
        ("สส", 0, 0),
    ]
    assert (left[0], [guest.external_key for guest in left[1]]) == (1, ["2"])
    assert steps == [(960.0, 1)]


def test_an_event_that_nobody_knows_is_all_zero(database: Database) -> None:
    """A wrong address is no crash."""
    with database.reading() as session:
        found = reports.attendance(session, "nothing")

    assert (found.expected, found.by_group) == (0, ())
