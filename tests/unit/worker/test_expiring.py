"""Passes whose time is over are marked so, in pieces, once, and nothing else of them changes."""

from __future__ import annotations

import pytest

from gatekeeper.db.audit import latest_acts
from gatekeeper.db.changes import latest
from gatekeeper.db.engine import Database
from gatekeeper.db.pass_lists import history
from gatekeeper.db.passes import bind_credential, pass_by_credential
from gatekeeper.kinds import PassState
from gatekeeper.office import expiring
from gatekeeper.worker.expiring import mark_expired
from tests.unit.office.office_passes import AT, add_badge, pass_row

OVER = {"valid_until": AT + 100.0}
CARD = "uid:047BCB51962280"


def state(database: Database, pass_id: str) -> str:
    """Of a pass, as stored."""
    return pass_row(database, pass_id).state


@pytest.mark.parametrize("before", expiring.BY_TIME)
def test_a_pass_is_marked_at_the_first_instant_after_its_time(
    database: Database, before: PassState
) -> None:
    """Not a moment earlier; its history says by whom."""
    pass_id = add_badge(database, before.value, **OVER)

    assert mark_expired(database, AT + 99.9) == 0
    assert state(database, pass_id) == before.value
    assert mark_expired(database, AT + 100.0) == 1

    assert state(database, pass_id) == "expired"
    with database.reading() as session:
        (act,) = history(session, pass_id)
    assert (act.actor, act.act.value, act.before) == ("worker", "expire", before.value)
    assert mark_expired(database, AT + 1e6) == 0


@pytest.mark.parametrize(
    "before", [each for each in PassState if each not in expiring.BY_TIME], ids=str
)
def test_what_was_stopped_otherwise_stays_as_it_was(database: Database, before: PassState) -> None:
    """Lost says more than over; what was asked for is not in force yet."""
    pass_id = add_badge(database, before.value, **OVER)

    assert mark_expired(database, AT + 200.0) == 0

    assert state(database, pass_id) == before.value


def test_an_open_end_and_a_later_one_stay(database: Database) -> None:
    """None is for ever."""
    stay = [add_badge(database, "active", valid_until=None), add_badge(database, "active")]

    assert mark_expired(database, AT + 200.0) == 0

    assert [state(database, each) for each in stay] == ["active", "active"]


def test_gates_are_told_of_the_card(database: Database) -> None:
    """They refused it by the clock already; lists and gates say the same from now on."""
    pass_id = add_badge(database, "active", **OVER)
    with database.session() as session:
        bind_credential(session, pass_id, CARD)
    with database.reading() as session:
        before = latest(session)

    mark_expired(database, AT + 100.0)

    with database.reading() as session:
        assert latest(session) > before
        found = pass_by_credential(session, CARD)
    assert found is not None
    assert found.state is PassState.EXPIRED


def test_many_are_marked_in_pieces_and_each_piece_is_on_record(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants to write meanwhile waits for one piece, not for all."""
    monkeypatch.setattr(expiring, "AT_ONCE", 3)
    passes = [add_badge(database, "active", **OVER) for _ in range(7)]

    assert mark_expired(database, AT + 100.0) == 7

    assert {state(database, each) for each in passes} == {"expired"}
    with database.reading() as session:
        pieces = [act for act in latest_acts(session, 50) if act.action == "passes.over"]
    assert len(pieces) == 3
