"""Events and gates: what settings and desks say, and what cannot be."""

from __future__ import annotations

import pytest

from gatekeeper.config import GateSettings
from gatekeeper.db.engine import Database
from gatekeeper.db.events import ensure_event, list_events, update_event
from gatekeeper.db.gates import list_gates, mirror_gates
from gatekeeper.db.passes import set_pass_validity
from gatekeeper.errors import UserError
from gatekeeper.model import Direction


def test_the_latest_event_is_listed_first(database: Database) -> None:
    """Those without a time last."""
    with database.session() as session:
        for slug, starts_at in [("old", 1.0), ("none", None), ("new", 2.0)]:
            ensure_event(session, slug)
            update_event(session, slug, starts_at=starts_at, name_th=f"งาน {slug}")
        found = list_events(session)

    assert [event.slug for event in found] == ["new", "old", "none"]
    assert found[0].name_th == "งาน new"


def test_an_event_is_made_once(database: Database) -> None:
    """Whoever asks second gets the first one."""
    with database.session() as session:
        assert ensure_event(session, "gala") == ensure_event(session, "gala")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"ends_at": 5.0}, "the end must be after"),
        ({"doors_open_at": 9.0, "ends_at": 9.0}, "the end must be after"),
        ({"colour": "red"}, "no field colour"),
        ({"slug": "other"}, "no field slug"),
    ],
)
def test_an_event_that_cannot_be_is_refused(
    database: Database, values: dict[str, object], problem: str
) -> None:
    """Doors that open after the end would keep every guest out."""
    with database.session() as session:
        ensure_event(session, "gala")
        update_event(session, "gala", starts_at=7.0)
        with pytest.raises(UserError, match=problem):
            update_event(session, "gala", **values)


def test_acts_on_what_is_not_there_are_refused(database: Database) -> None:
    """An event, a pass."""
    with database.session() as session:
        with pytest.raises(UserError, match="does not exist"):
            update_event(session, "gala", name_en="Gala")
        with pytest.raises(UserError, match="does not exist"):
            set_pass_validity(session, "nothing", 1.0, None, "officer")


def test_gates_follow_the_settings_and_old_ones_stay_known(database: Database) -> None:
    """Records speak of a gate that was taken down."""
    north = GateSettings(id="north", event="gala", name_th="ประตูเหนือ")
    south = GateSettings(id="south", direction=Direction.OUT, area="garden")
    with database.session() as session:
        mirror_gates(session, [north, south])
    with database.session() as session:
        mirror_gates(session, [GateSettings(id="north", event="gala", name_th="ประตูหน้า")])

    with database.reading() as session:
        now, ever = list_gates(session), list_gates(session, active_only=False)
    assert [(gate.id, gate.name_th, gate.area) for gate in now] == [("north", "ประตูหน้า", "gala")]
    assert [(gate.id, gate.direction, gate.area, gate.active) for gate in ever] == [
        ("north", Direction.IN, "gala", True),
        ("south", Direction.OUT, "garden", False),
    ]
