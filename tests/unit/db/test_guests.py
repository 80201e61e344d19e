"""Guest lists: idempotent, updating, and what one row cannot have is that row's fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from gatekeeper.db import changes, people
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.events import ensure_event, event_by_slug, update_event
from gatekeeper.db.guest_store import organisation_ids
from gatekeeper.db.guests import FIELDS, GuestCounts, GuestRow, apply_guests
from gatekeeper.db.passes import bind_credential, pass_by_credential, set_credential_state
from gatekeeper.db.tables import Invitation, Organisation, Person
from gatekeeper.errors import UserError
from gatekeeper.model import InvitationState, PassState, unpack_holder

NOW = 1_000_000.0


def card(number: int) -> str:
    """A credential."""
    return f"epc:{number:024X}"


def guest(number: int, **values: object) -> GuestRow:
    """Guest number so-and-so with the card of the same number."""
    plain: dict[str, object] = {
        "external_key": str(number),
        "title": "นาย",
        "first_name": f"แขก{number}",
        "last_name": "ใจดี",
        "organisation": "กรมหนึ่ง",
        "credential": card(number),
        "row": number + 10,
    }
    return GuestRow(**{**plain, **values})  # type: ignore[arg-type]


def take(database: Database, rows: Iterable[GuestRow], **options: object) -> GuestCounts:
    """One list into the event `gala`."""
    with database.session() as session:
        return apply_guests(session, "gala", rows, now=NOW, **options)  # type: ignore[arg-type]


def counts(found: GuestCounts) -> tuple[int, int, int, int]:
    """Imported, updated, unchanged, refused; together they are the rows."""
    result = found.imported, found.updated, found.unchanged, len(found.faults)
    assert sum(result) == found.rows
    return result


def faults(found: GuestCounts) -> list[tuple[int, str]]:
    """Row and code of each."""
    return [(fault.row, fault.code) for fault in found.faults]


def bound(session: Session) -> dict[str, str]:
    """Card to the first name of who has it."""
    found = {}
    for each in changes.all_passes(session):
        holder = unpack_holder(each.holder)
        if not each.credential.startswith("pass:") and holder and not each.id.startswith("card:"):
            found[each.credential] = holder.name
    return found


def test_the_same_list_again_changes_nothing(database: Database) -> None:
    """No row, no change for the gates, nothing in the record of acts."""
    rows = [guest(n, companions=n % 3, vip=n == 1) for n in range(30)]
    take(database, rows)
    with database.reading() as session:
        before = changes.latest(session), session.scalar(select(func.count()).select_from(Person))

    again = take(database, rows)

    assert counts(again) == (0, 0, 30, 0)
    with database.reading() as session:
        after = changes.latest(session), session.scalar(select(func.count()).select_from(Person))
    assert before == after == (30, 30)


def test_an_event_that_does_not_exist_is_made_and_named_by_its_slug(database: Database) -> None:
    """With nine companions allowed."""
    take(database, [guest(1)])

    with database.reading() as session:
        event = event_by_slug(session, "gala")
    assert event is not None
    assert (event.name_th, event.name_en, event.max_companions) == ("gala", "gala", 9)


@pytest.mark.parametrize("slug", ["", "Gala", "a b", "งาน", "x" * 64])
def test_a_slug_that_is_none_is_refused(database: Database, slug: str) -> None:
    """It is part of addresses."""
    with database.session() as session, pytest.raises(UserError, match="event"):
        apply_guests(session, slug, [guest(1)])


@pytest.mark.parametrize(
    "change",
    [
        {"first_name": "ใหม่"},
        {"title": "พลเอก"},
        {"organisation": "กรมสอง"},
        {"organisation": ""},
        {"name_latin": "Khaek"},
        {"position": "อธิบดี"},
        {"group": "ทูต"},
        {"table": "7"},
        {"seat": "3"},
        {"companions": 2},
        {"vip": True},
        {"note": "รถเข็น"},
        {"representative": "นางมานี"},
        {"greeter": "อธิบดีกรมพิธีการ"},
        {"cancelled": True},
    ],
)
def test_a_later_list_updates_and_the_gates_hear_of_it(
    database: Database, change: dict[str, object]
) -> None:
    """One guest of two; the pass keeps its id."""
    take(database, [guest(1), guest(2)])
    with database.reading() as session:
        seq, before = changes.latest(session), pass_by_credential(session, card(1))

    assert counts(take(database, [guest(1, **change), guest(2)])) == (0, 1, 1, 0)

    with database.reading() as session:
        ((_, key, after),) = changes.changes_since(session, seq)
    assert before is not None
    assert after is not None
    assert (key, after.id) == (card(1), before.id)
    assert after != before


def test_a_list_without_a_column_leaves_that_field_alone(database: Database) -> None:
    """Tables were planned by hand; the second list knows only replies."""
    take(database, [guest(1, table="7", companions=2, group="ทูต")])

    found = take(
        database,
        [GuestRow(external_key="1", first_name="แขก1", last_name="ใจดี", reply="accepted")],
        fields={"first_name", "last_name", "reply"},
    )

    assert counts(found) == (0, 1, 0, 0)
    with database.reading() as session:
        (kept,) = people.search_guests(session, "gala", "แขก1")
    assert (kept.reply, kept.holder.table, kept.companions, kept.holder.organisation) == (
        "accepted",
        "7",
        2,
        "กรมหนึ่ง",
    )
    assert kept.credential == card(1)


def test_guests_without_numbers_are_known_by_name_and_organisation(database: Database) -> None:
    """However name and organisation are spelled in bytes; namesakes elsewhere are others."""
    first = GuestRow(first_name="José", last_name="Núñez", organisation="Embassy", title="Mr.")
    take(database, [first])

    same = replace(first, first_name="jose\u0301", last_name="NÚÑEZ", organisation="embassy")
    other = replace(first, organisation="Another embassy")

    assert counts(take(database, [replace(first, seat="4")])) == (0, 1, 0, 0)
    assert take(database, [same]).imported == 0
    assert counts(take(database, [other])) == (1, 0, 0, 0)


def test_a_list_that_now_has_numbers_finds_its_guests_by_name_once(database: Database) -> None:
    """After that the number is what counts."""
    plain = guest(1, external_key=None)
    take(database, [plain])

    assert counts(take(database, [replace(plain, external_key="17")])) == (0, 1, 0, 0)
    assert counts(take(database, [guest(1, external_key="17", first_name="อื่น")])) == (0, 1, 0, 0)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1


def test_a_name_that_two_guests_have_is_ambiguous_without_a_number(database: Database) -> None:
    """The list says which; we do not guess."""
    take(database, [guest(1, first_name="ก"), guest(2, first_name="ก")])

    found = take(database, [guest(1, first_name="ก", external_key=None, credential=None)])

    assert faults(found) == [(11, "ambiguous_guest")]


def test_the_same_guest_twice_in_a_list_is_a_fault_of_the_second(database: Database) -> None:
    """New or known, in one batch or another, by number or by name."""
    filler = [guest(n) for n in range(100, 1200)]
    rows = [guest(1), guest(1, row=90, credential=None), *filler, guest(1, row=99, seat="9")]

    assert faults(take(database, rows)) == [(90, "duplicate_guest"), (99, "duplicate_guest")]
    assert faults(take(database, rows)) == [(90, "duplicate_guest"), (99, "duplicate_guest")]
    nameless = GuestRow(first_name="ข", row=5)
    assert faults(take(database, [nameless, replace(nameless, row=6)])) == [(6, "duplicate_guest")]


def test_what_a_row_cannot_have_is_its_fault_and_the_others_are_taken(database: Database) -> None:
    """In both languages, by row, in order of rows."""
    with database.session() as session:
        ensure_event(session, "gala")
        update_event(session, "gala", max_companions=2)
        set_credential_state(session, card(5), PassState.LOST, "officer")
    rows = [
        guest(1),
        guest(2, companions=3),
        guest(3, first_name="", last_name="", credential=None),
        guest(4, credential="uid:08112233"),
        guest(5),
        guest(6, credential=card(1)),
    ]

    found = take(database, rows)

    assert faults(found) == [
        (12, "too_many_companions"),
        (13, "no_name"),
        (14, "credential_untrusted"),
        (15, "credential_lost"),
        (16, "credential_taken"),
    ]
    assert counts(found) == (1, 0, 0, 5)
    assert all(fault.th and fault.en for fault in found.faults)
    assert "แขก1" in found.faults[-1].en
    with database.reading() as session:
        assert bound(session) == {card(1): "นายแขก1 ใจดี"}


@pytest.mark.parametrize("code", ["qr:OF-000123", "qr:of123/2", "qr:ev-1"])
def test_the_code_of_a_badge_is_no_ticket(database: Database, code: str) -> None:
    """Whoever sees a badge can copy its code: a list cannot make it open a gate."""
    rows = [guest(1, credential=code), guest(2, credential="qr:GALA-000123")]

    found = take(database, rows)

    (fault,) = found.faults
    assert (fault.row, fault.column, fault.code) == (11, "credential", "credential_is_code")
    assert "คัดลอก" in fault.th
    assert "copy" in fault.en
    with database.reading() as session:
        assert list(bound(session)) == ["qr:GALA-000123"]


def test_a_caller_that_wants_all_or_none_rolls_back(database: Database) -> None:
    """What the import does when a row is at fault."""
    with database.session() as session:
        found = apply_guests(session, "gala", [guest(1), guest(2, companions=99)])
        session.rollback()

    assert counts(found) == (1, 0, 0, 1)
    with database.reading() as session:
        assert (event_by_slug(session, "gala"), changes.latest(session)) == (None, 0)


def test_a_dry_run_says_the_same_and_leaves_nothing(database: Database) -> None:
    """Not even the event, an organisation, or a change number."""
    rows = [guest(1), guest(2, companions=99)]

    dry = take(database, rows, dry_run=True)

    with database.reading() as session:
        assert event_by_slug(session, "gala") is None
        assert session.scalar(select(func.count()).select_from(Organisation)) == 0
        assert changes.latest(session) == 0
    assert dry == take(database, rows)


def test_another_card_kills_the_old_one(database: Database) -> None:
    """The tag was printed anew; the old one lies in a drawer."""
    take(database, [guest(1)])
    with database.reading() as session:
        before = pass_by_credential(session, card(1))

    take(database, [guest(1, credential=card(50))])

    with database.reading() as session:
        after = pass_by_credential(session, card(50))
        assert pass_by_credential(session, card(1)) is None
    assert before is not None
    assert after is not None
    assert before.id == after.id


def test_a_row_without_a_card_takes_none_away(database: Database) -> None:
    """Cards are issued at the desk after the list was sent."""
    take(database, [guest(1)])

    assert counts(take(database, [guest(1, credential=None)])) == (0, 0, 1, 0)

    with database.reading() as session:
        assert bound(session) == {card(1): "นายแขก1 ใจดี"}


def test_a_lost_card_is_not_brought_back_by_the_old_list(database: Database) -> None:
    """The list of last week still names it."""
    take(database, [guest(1)])
    with database.session() as session:
        first = pass_by_credential(session, card(1))
        assert first is not None
        set_credential_state(session, card(1), PassState.LOST, "officer")

    assert counts(take(database, [guest(1)])) == (0, 0, 1, 0)
    with database.session() as session:
        bind_credential(session, first.id, card(77))

    assert faults(take(database, [guest(1)])) == [(11, "credential_lost")]
    with database.reading() as session:
        assert bound(session) == {card(77): "นายแขก1 ใจดี"}
        lost = pass_by_credential(session, card(1))
    assert lost is not None
    assert lost.state == PassState.LOST


def test_guests_may_exchange_cards_in_one_list(database: Database) -> None:
    """Two, a ring of three, and all of them moved on by one."""
    take(database, [guest(n) for n in range(6)])

    found = take(
        database,
        [
            guest(0, credential=card(1)),
            guest(1, credential=card(0)),
            guest(2, credential=card(3)),
            guest(3, credential=card(4)),
            guest(4, credential=card(2)),
            guest(5),
        ],
    )

    assert counts(found) == (0, 5, 1, 0)
    with database.reading() as session:
        names = {key: name[6:7] for key, name in bound(session).items()}
    assert names == {
        card(0): "1",
        card(1): "0",
        card(2): "4",
        card(3): "2",
        card(4): "3",
        card(5): "5",
    }


def test_a_card_of_somebody_who_keeps_it_is_a_fault_also_behind_others(database: Database) -> None:
    """0 wants 1's, 1 wants 2's, 2 keeps it: both wait in vain and keep what they have."""
    take(database, [guest(n) for n in range(3)])

    found = take(database, [guest(0, credential=card(1)), guest(1, credential=card(2)), guest(2)])

    assert faults(found) == [(10, "credential_taken"), (11, "credential_taken")]
    with database.reading() as session:
        assert bound(session).keys() == {card(0), card(1), card(2)}


def test_a_card_of_an_event_that_is_over_may_be_used_again(database: Database) -> None:
    """Tags are kept for the next reception; while it lasts, they are taken."""
    with database.session() as session:
        apply_guests(session, "spring", [guest(1)], now=NOW)
        update_event(session, "spring", ends_at=NOW + 1)

    assert faults(take(database, [guest(1)])) == [(11, "credential_taken")]
    with database.session() as session:
        update_event(session, "spring", ends_at=NOW)
    assert counts(take(database, [guest(1)])) == (1, 0, 0, 0)

    with database.reading() as session:
        found = pass_by_credential(session, card(1))
    assert found is not None
    assert found.event == "gala"


def test_a_cancelled_guest_comes_back_with_a_later_list(database: Database) -> None:
    """Cancelled and invited again."""
    take(database, [guest(1, cancelled=True)])
    take(database, [guest(1)])

    with database.reading() as session:
        found = pass_by_credential(session, card(1))
    assert found is not None
    assert found.invitation == InvitationState.INVITED


def test_progress_is_told_batch_by_batch(database: Database) -> None:
    """Up to the number of rows."""
    told: list[int] = []

    take(database, (guest(n) for n in range(2300)), on_progress=told.append)

    assert told == [1000, 2000, 2300]


def test_rows_are_taken_from_a_stream(database: Database) -> None:
    """Never more of them alive than a batch or two."""
    alive, most = 0, 0

    class Counted(str):
        """A text that says when it goes."""

        __slots__ = ()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def stream() -> Iterable[GuestRow]:
        nonlocal alive, most
        for number in range(6000):
            alive += 1
            most = max(most, alive)
            yield guest(number, note=Counted("note"))

    take(database, stream())

    assert most < 3000


OPERATIONS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 7))),
        max_size=7,
    ),
    min_size=1,
    max_size=4,
)


@given(OPERATIONS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_lists_come_nobody_shares_a_card_and_gates_know_all(
    database: Database, lists: list[list[tuple[int, int | None]]]
) -> None:
    """A row that was taken has its card; the change sequence alone leads to the same passes."""
    with database.session() as session:
        for table in ("credential", "pass", "invitation", "person", "change"):
            session.execute(text(f"DELETE FROM {table}"))
        seq = changes.latest(session)
    known: dict[str, object] = {}
    for rows in lists:
        found = take(
            database,
            [
                guest(n, credential=None if c is None else card(c), row=row)
                for row, (n, c) in enumerate(rows)
            ],
        )
        refused = {fault.row for fault in found.faults}
        with database.reading() as session:
            for number, key, value in changes.changes_since(session, seq):
                seq = number
                known.pop(key, None)
                if value is not None:
                    known[key] = value
            has = {name[6:7]: key for key, name in bound(session).items()}
            assert known == {each.credential: each for each in changes.all_passes(session)}
        for row, (number, wanted) in enumerate(rows):
            if wanted is not None and row not in refused:
                assert has[str(number)] == card(wanted)


def test_every_field_of_a_row_can_be_named(database: Database) -> None:
    """A list of fields that forgot one would silently never update it."""
    assert GuestRow.__dataclass_fields__.keys() - {"row", "external_key", "greeter"} == FIELDS


def test_an_organisation_that_was_taken_back_is_made_again(database: Database) -> None:
    """What a session remembers of organisations goes with the savepoint that made them."""
    with database.session() as session:
        kept = organisation_ids(session, {"กรมหนึ่ง"})
        point = session.begin_nested()
        organisation_ids(session, {"กรมสอง"})
        point.rollback()

        again = organisation_ids(session, {"กรมหนึ่ง", "กรมสอง"})

        names = dict(session.execute(select(Organisation.name, Organisation.id)).all())
    assert again == names
    assert again["กรมหนึ่ง"] == kept["กรมหนึ่ง"]
