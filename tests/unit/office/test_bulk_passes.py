"""Many passes in one act, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.db import changes
from gatekeeper.db.bulk_acts import columns_of, latest_bulk_acts
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.pass_acts import facts_of
from gatekeeper.db.pass_lists import Choice
from gatekeeper.db.passes import bind_credential, pass_by_credential
from gatekeeper.db.tables import Organisation, Person
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office import bulk, passes

ZONE = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp()
GIVEN = {"now": NOW, "zone": ZONE, "actor": "niran"}
POLITICAL = Choice(class_id="political")


def card(number: int) -> str:
    """The tag of the pass with this number."""
    return f"uid:04{number:012X}"


def active_pass(session: Session, number: int, class_id: str = "political", unit: str = "") -> str:
    """A pass that opens, of somebody of `unit`."""
    person = Person(first_name=f"p{number}", last_name="ใจดี", employment=class_id)
    if unit:
        found = session.query(Organisation).filter_by(name=unit).one_or_none()
        found = found or Organisation(name=unit)
        session.add(found)
        session.flush()
        person.organisation_id = found.id
    session.add(person)
    session.flush()
    pass_id = passes.request_pass(
        session, class_id, person_id=person.id, actor="malee", now=NOW, zone=ZONE
    )
    bind = card(number)
    for act, actor in [
        (Act.CHECK, "somsri"),
        (Act.APPROVE, "niran"),
        (Act.MAKE, "somsri"),
        (Act.HAND_OVER, "somsri"),
        (Act.ACTIVATE, "somsri"),
    ]:
        if act is Act.HAND_OVER:
            bind_credential(session, pass_id, bind)
        passes.step(session, pass_id, act, actor=actor, now=NOW)
    return pass_id


def at_gates(session: Session, count: int) -> list[PassState | None]:
    """What gates know of the first `count` tags."""
    found = [pass_by_credential(session, card(n)) for n in range(count)]
    return [each.state if each else None for each in found]


def test_a_government_changes_and_everything_is_taken_back(database: Database) -> None:
    """One act ends the class; undone, each row is what it was, but for when it changed."""
    with database.session() as session:
        ids = [active_pass(session, n) for n in range(3)] + [active_pass(session, 3, "official")]
        before = {k: columns_of(f) for k, f in facts_of(session, ids).items()}
        seen = bulk.preview(session, Act.EXPIRE, POLITICAL, reason="new government", **GIVEN)
        seq = changes.latest(session)
        done = bulk.do_bulk(
            session,
            Act.EXPIRE,
            POLITICAL,
            reason="new government",
            digest=seen.digest,
            **GIVEN,
        )
        told = {key for _, key, _ in changes.changes_since(session, seq)}
        ended = at_gates(session, 4)
        undone = bulk.undo(session, done.bulk_id, actor="somsri", now=NOW + 899)
        after = {k: columns_of(f) for k, f in facts_of(session, ids).items()}
        again = at_gates(session, 4)

    assert (seen.count, done.count, len(seen.shown)) == (3, 3, 3)
    assert told == {card(n) for n in range(3)}
    assert ended == [PassState.EXPIRED] * 3 + [PassState.ACTIVE]
    assert again == [PassState.ACTIVE] * 4
    assert (undone.count, undone.left) == (3, [])
    for pass_id in ids:
        before[pass_id].pop("changed_at")
        after[pass_id].pop("changed_at")
    assert before == after


def test_what_somebody_changed_since_is_left_and_named(database: Database) -> None:
    """A pass that was reported lost meanwhile does not come back with the others."""
    with database.session() as session:
        ids = [active_pass(session, n) for n in range(2)]
        done = bulk.do_bulk(session, Act.EXPIRE, POLITICAL, reason="r", **GIVEN)
        passes.step(session, ids[0], Act.REPORT_LOST, actor="somsri", now=NOW + 5, reason="bus")
        undone = bulk.undo(session, done.bulk_id, actor="niran", now=NOW + 6)

        assert [line.number for line in undone.left] == ["PO-000001"]
        assert at_gates(session, 2) == [PassState.LOST, PassState.ACTIVE]


def test_it_is_taken_back_once_and_within_fifteen_minutes(database: Database) -> None:
    """Later, people rely on it."""
    with database.session() as session:
        active_pass(session, 0)
        done = bulk.do_bulk(session, Act.EXPIRE, POLITICAL, reason="r", **GIVEN)
        with pytest.raises(UserError, match="15 minutes"):
            bulk.undo(session, done.bulk_id, actor="niran", now=NOW + 900)
        bulk.undo(session, done.bulk_id, actor="niran", now=NOW + 1)
        with pytest.raises(UserError, match="already by niran"):
            bulk.undo(session, done.bulk_id, actor="somsri", now=NOW + 2)
        with pytest.raises(UserError, match="no such"):
            bulk.undo(session, 999, actor="somsri", now=NOW + 2)


def test_a_renewal_of_many_is_checked_and_approved_by_others(database: Database) -> None:
    """The same three people as for one pass; all of it in bulk."""
    of_unit = Choice(class_id="temporary_employee", organisation_id=None)
    with database.session() as session:
        for n in range(3):
            active_pass(session, n, "temporary_employee")
        asked = GIVEN | {"actor": "malee"}
        bulk.do_bulk(session, Act.RENEW, of_unit, **asked)
        with pytest.raises(UserError, match="no pass"):
            bulk.do_bulk(session, Act.CHECK, of_unit, **asked)
        bulk.do_bulk(session, Act.CHECK, of_unit, **(GIVEN | {"actor": "somsri"}))
        refused = bulk.preview(session, Act.APPROVE, of_unit, **(GIVEN | {"actor": "somsri"}))
        bulk.do_bulk(session, Act.APPROVE, of_unit, **GIVEN)
        found = [pass_by_credential(session, card(n)) for n in range(3)]
        acts = [(each.act, each.count) for each in latest_bulk_acts(session)]

    assert refused.count == 0
    assert [count for _, count in refused.refused] == [3]
    assert {each.valid_until for each in found if each} == {
        datetime(2028, 9, 30, 17, tzinfo=UTC).timestamp()
    }
    assert acts == [(Act.APPROVE, 3), (Act.CHECK, 3), (Act.RENEW, 3)]


def test_passes_are_chosen_by_organisation_employment_and_state(database: Database) -> None:
    """Together they narrow; all of the site is a slip and refused."""
    with database.session() as session:
        first = active_pass(session, 0, unit="กรม ก")
        active_pass(session, 1, unit="กรม ข")
        active_pass(session, 2, "official", unit="กรม ก")
        unit = session.query(Organisation).filter_by(name="กรม ก").one().id
        passes.step(session, first, Act.SUSPEND, actor="somsri", now=NOW, reason="r")

        def count(choice: Choice) -> int:
            return bulk.preview(session, Act.EXPIRE, choice, reason="r", **GIVEN).count

        assert count(Choice(organisation_id=unit)) == 2
        assert count(Choice(employment="political")) == 2
        assert count(Choice(organisation_id=unit, employment="political")) == 1
        assert count(Choice(class_id="political", states=(PassState.ACTIVE,))) == 1
        for choice in (Choice(), Choice(states=(PassState.ACTIVE,))):
            with pytest.raises(UserError, match="is due"):
                count(choice)


def test_what_was_previewed_is_done_or_nothing(database: Database) -> None:
    """A pass made active between the two is not swept along unseen."""
    with database.session() as session:
        active_pass(session, 0)
        seen = bulk.preview(session, Act.EXPIRE, POLITICAL, reason="r", **GIVEN)
        active_pass(session, 1)
        with pytest.raises(UserError, match="since the preview"):
            bulk.do_bulk(session, Act.EXPIRE, POLITICAL, reason="r", digest=seen.digest, **GIVEN)

        assert at_gates(session, 2) == [PassState.ACTIVE] * 2


def test_bulk_acts_need_a_reason_and_are_few(database: Database) -> None:
    """Revoking is done one by one: each has a reason of its own."""
    with database.session() as session:
        active_pass(session, 0)
        with pytest.raises(UserError, match="reason"):
            bulk.do_bulk(session, Act.EXPIRE, POLITICAL, **GIVEN)
        with pytest.raises(UserError, match="not done in bulk"):
            bulk.do_bulk(session, Act.REVOKE, POLITICAL, reason="r", **GIVEN)
