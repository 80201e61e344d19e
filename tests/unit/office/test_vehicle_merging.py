"""Two records of one vehicle made one: previewed, chosen, whole, on both kinds of database."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gatekeeper.db.audit import acts
from gatekeeper.db.changes import latest
from gatekeeper.db.engine import Database
from gatekeeper.db.holder_values import VehicleDraft
from gatekeeper.db.passes import bind_credential, pass_by_credential
from gatekeeper.db.tables import PassRow
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office import watchlist
from gatekeeper.office.vehicle_merging import merge_vehicles, preview
from gatekeeper.office.vehicles import (
    add_vehicle,
    change_vehicle,
    find_vehicle_by_plate,
    living_vehicle,
    vehicle_of,
)
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault
from tests.unit.office.office_passes import AT, add_permit, pass_row

CARD = "uid:047BCB51962280"


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    """The same car twice, once with a slip in its plate."""
    with database.session() as session:
        keep = add_vehicle(
            session, VehicleDraft("1กก 1234", "กทม.", make="Toyota"), actor="ann", now=AT
        )
        gone = add_vehicle(
            session,
            VehicleDraft("1กก 1235", "กทม.", make="Honda", colour="ดำ", organisation="กองคลัง"),
            actor="ann",
            now=AT,
        )
    return keep, gone


def permit(database: Database, vehicle: int, state: str = "active") -> str:
    """A pass of this vehicle."""
    pass_id = add_permit(database, state)
    with database.session() as session:
        session.execute(update(PassRow).where(PassRow.id == pass_id).values(vehicle_id=vehicle))
    return pass_id


def merge(database: Database, keep: int, gone: int, **how: object) -> None:
    """Merge, as malee."""
    with database.session() as session:
        merge_vehicles(session, keep, gone, actor="malee", now=AT + 1, **how)  # type: ignore[arg-type]


def test_the_preview_says_what_differs_and_changes_nothing(
    database: Database, two: tuple[int, int]
) -> None:
    """What only the other record says is proposed."""
    permit(database, two[1])

    with database.reading() as session:
        seen = preview(session, *two)

    assert seen.fields == [
        ("plate", "1กก 1234 กรุงเทพมหานคร", "1กก 1235 กรุงเทพมหานคร", False),
        ("make", "Toyota", "Honda", False),
        ("colour", "", "ดำ", True),
        ("organisation", "", "กองคลัง", True),
    ]
    assert (seen.moved, seen.clashes) == ({"pass": 1}, [])
    with database.reading() as session:
        assert living_vehicle(session, two[1]).make == "Honda"


def test_what_was_chosen_stays_and_the_other_leads_here(
    database: Database, two: tuple[int, int]
) -> None:
    """Its plate too, which no other living record has from then on."""
    keep, gone = two
    moved = permit(database, gone)

    merge(database, keep, gone, take=["plate", "colour"])

    with database.reading() as session:
        found, empty = living_vehicle(session, keep), vehicle_of(session, gone)
        assert (found.plate, found.make, found.colour) == ("1กก 1235", "Toyota", "ดำ")
        assert empty is not None
        assert (empty.merged_into, empty.plate, empty.organisation) == (keep, "", "")
        assert find_vehicle_by_plate(session, "1กก-1235", "กทม.") == keep
        assert find_vehicle_by_plate(session, "1กก-1234", "กทม.") is None
        (act,) = acts(session, action="vehicle.merge")
    row = pass_row(database, moved)
    assert (row.vehicle_id, row.label) == (keep, "1กก 1235 กรุงเทพมหานคร")
    assert (act.actor, act.subject, act.note) == ("malee", f"vehicle:{keep}", f"vehicle:{gone}")
    assert (act.before or {})["other"]["make"] == "Honda"


def test_the_freed_plate_can_be_entered_again(database: Database, two: tuple[int, int]) -> None:
    """A car sold on is another record."""
    merge(database, *two)

    with database.session() as session:
        again = add_vehicle(session, VehicleDraft("1กก 1235", "กทม."), actor="ann", now=AT + 2)
    assert again not in two


def test_of_two_passes_of_a_class_one_is_chosen_and_the_other_revoked(
    database: Database, two: tuple[int, int]
) -> None:
    """At every gate; without a choice nothing is done."""
    mine, theirs = permit(database, two[0]), permit(database, two[1])
    with database.session() as session:
        bind_credential(session, mine, CARD)
        before = latest(session)

    with pytest.raises(UserError) as refused:
        merge(database, *two)
    assert refused.value.field == "active-private_vehicle"
    with database.reading() as session:
        assert vehicle_of(session, two[1]).merged_into is None  # type: ignore[union-attr]

    merge(database, *two, active={"private_vehicle": theirs})

    assert (pass_row(database, mine).state, pass_row(database, theirs).state) == (
        "revoked",
        "active",
    )
    with database.reading() as session:
        assert latest(session) > before
        at_gates = pass_by_credential(session, CARD)
    assert at_gates is not None
    assert at_gates.state is PassState.REVOKED


def test_a_meeting_with_the_watchlist_moves_along(database: Database, two: tuple[int, int]) -> None:
    """No merge makes a watched plate a harmless one."""
    with database.session() as session:
        draft = EntryDraft(WatchKind.PLATE, "trial", plate="1กก 1235", province="กรุงเทพมหานคร")
        watchlist.add(session, Vault(bytes(32)), draft, actor="chief", now=AT)
        assert watchlist.is_watched(session, "vehicle", two[1], AT)

    merge(database, *two)

    with database.reading() as session:
        assert watchlist.is_watched(session, "vehicle", two[0], AT + 2)


def test_what_cannot_be_merged_is_refused(database: Database, two: tuple[int, int]) -> None:
    """With itself, with nothing, twice; a merged record is not changed either."""
    keep, gone = two
    for pair in ((keep, keep), (keep, 10**9)):
        with pytest.raises(UserError):
            merge(database, *pair)
    merge(database, keep, gone)

    with pytest.raises(UserError):
        merge(database, keep, gone)
    with pytest.raises(UserError), database.session() as session:
        change_vehicle(session, gone, VehicleDraft("ฮฮ 1"), actor="ann", now=AT + 3)
