"""The change sequence: what gates hear of, and that they miss nothing."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event

from gatekeeper.db import changes, compiled
from gatekeeper.db.compiled import compile_keys
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.events import ensure_event, update_event
from gatekeeper.db.guests import GuestRow, apply_guests
from gatekeeper.db.passes import (
    bind_credential,
    pass_by_credential,
    passes_by_id,
    set_credential_state,
)
from gatekeeper.db.tables import PassRow
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import Act
from gatekeeper.model import (
    HolderKind,
    InvitationState,
    Pass,
    PassKind,
    PassState,
    unpack_holder,
)
from gatekeeper.office.passes import step
from tests.unit.db.daily import add_pass
from tests.unit.office.office_passes import add_badge

A, B = "epc:300833B2DDD9014000000001", "epc:300833B2DDD9014000000002"


def keys_since(session: Session, seq: int) -> dict[str, Pass | None]:
    """What changed after `seq`, by key."""
    return {key: value for _, key, value in changes.changes_since(session, seq)}


def invite(session: Session, **values: object) -> Pass:
    """One guest with card A; the pass that gates know."""
    row = GuestRow(external_key="1", first_name="กิตติ", last_name="ใจดี", title="นาย", credential=A)
    known = {name: getattr(row, name) for name in GuestRow.__dataclass_fields__}
    apply_guests(session, "gala", [GuestRow(**known | values)])
    found = pass_by_credential(session, A)
    assert found is not None
    return found


def test_a_guest_becomes_a_pass_of_the_event(database: Database) -> None:
    """Everything the decision and the screen need, in one value."""
    with database.session() as session:
        found = invite(session, companions=2, table="12", seat="3", vip=True, organisation="กรม")

    assert (
        found.kind,
        found.state,
        found.event,
        found.invitation,
        found.companions,
    ) == (PassKind.EVENT, PassState.ACTIVE, "gala", InvitationState.INVITED, 2)
    holder = unpack_holder(found.holder)
    assert holder is not None
    assert (
        holder.name,
        holder.organisation,
        holder.table,
        holder.seat,
        holder.vip,
    ) == ("นายกิตติ ใจดี", "กรม", "12", "3", True)


def test_a_pass_is_valid_from_the_doors_to_the_end(database: Database) -> None:
    """And every gate hears when the event is moved."""
    with database.session() as session:
        invite(session)
        seq = changes.latest(session)
        update_event(session, "gala", doors_open_at=100.0, starts_at=200.0, ends_at=300.0)

    with database.reading() as session:
        changed = keys_since(session, seq)[A]
    assert changed is not None
    assert (changed.valid_from, changed.valid_until) == (100.0, 300.0)


def test_the_narrower_validity_holds(database: Database) -> None:
    """A badge of its own days."""
    with database.session() as session:
        add_pass(session, PassKind.BADGE, credential=A, valid_from=5.0, valid_until=9.0)
        found = pass_by_credential(session, A)

    assert found is not None
    assert (found.valid_from, found.valid_until, found.event) == (5.0, 9.0, None)


def test_a_cancelled_invitation_travels(database: Database) -> None:
    """The reply of a guest does not: it closes no door."""
    with database.session() as session:
        found = invite(session, cancelled=True, reply="declined")

    assert found.invitation == InvitationState.CANCELLED


@pytest.mark.parametrize("state", [s for s in PassState if s is not PassState.ACTIVE])
def test_the_state_of_a_card_outranks_an_active_pass(database: Database, state: PassState) -> None:
    """A revoked card is revoked whatever its pass says, at once and in the sequence."""
    with database.session() as session:
        found = invite(session)
        seq = changes.latest(session)
        now = set_credential_state(session, A, state, "officer", "said so")

    with database.reading() as session:
        assert {A: now} == keys_since(session, seq)
    assert now is not None
    assert (state, found.id) == (now.state, now.id)


def test_a_revoked_pass_is_revoked_with_any_card(database: Database) -> None:
    """Binding a new card does not bring a revoked pass back."""
    with database.session() as session:
        found = invite(session)
        step(session, found.id, Act.REVOKE, actor="officer", now=1.0, reason="uninvited")
        bind_credential(session, found.id, B)
        now = pass_by_credential(session, B)

    assert now is not None
    assert now.state == PassState.REVOKED


def test_only_a_suspended_card_is_reinstated(database: Database) -> None:
    """Nobody knows who had a lost one meanwhile, nor whether a revoked one was copied."""
    with database.session() as session:
        invite(session)
        set_credential_state(session, A, PassState.SUSPENDED, "officer")
        now = set_credential_state(session, A, PassState.ACTIVE, "officer")
        assert now is not None
        assert now.state == PassState.ACTIVE

        for dead in (PassState.LOST, PassState.REVOKED, PassState.RETURNED):
            set_credential_state(session, A, dead, "officer")
            for state in set(PassState) - {PassState.LOST, PassState.REVOKED, PassState.RETURNED}:
                if state is not PassState.REFUSED:
                    with pytest.raises(UserError, match="again"):
                        set_credential_state(session, A, state, "officer")
            found = pass_by_credential(session, A)
            assert found is not None
            assert found.state == dead


def test_a_replaced_card_opens_nothing_and_the_pass_keeps_its_id(database: Database) -> None:
    """Presence is counted by pass, so a guest with a new card is still inside."""
    with database.session() as session:
        before = invite(session)
        seq = changes.latest(session)
        bind_credential(session, before.id, B)

    with database.reading() as session:
        changed = keys_since(session, seq)
    assert changed[A] is None
    assert (changed[B] or before).credential == B
    assert (changed[B] or before).id == before.id


def test_a_lost_card_stays_lost_after_it_was_replaced(database: Database) -> None:
    """The guard shall keep it, not send its finder to the registration desk as unknown."""
    with database.session() as session:
        before = invite(session)
        set_credential_state(session, A, PassState.LOST, "officer")
        bind_credential(session, before.id, B)
        found = pass_by_credential(session, A)
        loaded = {p.credential: p for p in changes.all_passes(session)}

    assert found is not None
    assert found.state == PassState.LOST
    assert found.id != before.id
    assert {A, B} == loaded.keys()


def test_a_lost_card_cannot_be_bound(database: Database) -> None:
    """Neither can one that another guest has, or one that names no single card."""
    with database.session() as session:
        first = invite(session)
        other = add_pass(session, PassKind.BADGE, label="somebody")
        set_credential_state(session, B, PassState.LOST, "officer")
        for credential, problem in [(A, "another"), (B, "lost"), ("uid:08112233", "one card")]:
            with pytest.raises(UserError, match=problem):
                bind_credential(session, other, credential)

        assert first.id == (pass_by_credential(session, A) or first).id


def test_a_guest_without_a_card_travels_under_the_pass_and_leaves_it(database: Database) -> None:
    """So the node can let somebody in by hand; the key is gone once there is a card."""
    with database.session() as session:
        apply_guests(session, "gala", [GuestRow(first_name="José", last_name="Núñez")])
        (pass_,) = changes.all_passes(session)
        assert f"pass:{pass_.id}" == pass_.credential
        assert {pass_.id: pass_} == passes_by_id(session, [pass_.id])
        seq = changes.latest(session)
        bind_credential(session, pass_.id, A)

    with database.reading() as session:
        changed = keys_since(session, seq)
    assert changed[f"pass:{pass_.id}"] is None
    assert (changed[A] or pass_).id == pass_.id


def test_a_vehicle_is_shown_by_its_plate(database: Database) -> None:
    """A vehicle has no first name."""
    with database.session() as session:
        add_pass(session, PassKind.VEHICLE, credential=A, label="1กก 1234")
        found = pass_by_credential(session, A)

    holder = unpack_holder(found.holder) if found else None
    assert holder is not None
    assert (holder.name, holder.kind) == ("1กก 1234", HolderKind.VEHICLE)


def test_gates_of_a_pass_travel(database: Database) -> None:
    """None: every gate; an empty list: no gate at all."""
    with database.session() as session:
        add_pass(session, PassKind.BADGE, credential=A, gates=[])
        add_pass(session, PassKind.BADGE, credential=B, gates=["north", "south"])
        found = [pass_by_credential(session, key) for key in (A, B)]

    assert [p and p.gates for p in found] == [(), ("north", "south")]


def test_what_was_rolled_back_takes_no_number(database: Database) -> None:
    """Numbers without gaps; the node could not tell a gap from a loss."""
    with database.session() as session:
        invite(session)
    with database.session() as session:
        set_credential_state(session, A, PassState.LOST, "officer")
        session.rollback()
    with database.session() as session:
        set_credential_state(session, A, PassState.REVOKED, "officer")

    with database.reading() as session:
        rows = changes.changes_since(session, 0)
        assert list(range(1, changes.latest(session) + 1)) == [seq for seq, _, _ in rows]


def test_changes_come_in_pages(database: Database) -> None:
    """A node that was away takes them piece by piece."""
    with database.session() as session:
        rows = [GuestRow(external_key=str(n), first_name=f"Guest {n}") for n in range(25)]
        apply_guests(session, "gala", rows)

    seen: list[int] = []
    with database.reading() as session:
        while page := changes.changes_since(session, seen[-1] if seen else 0, limit=10):
            seen += [seq for seq, _, _ in page]

    assert list(range(1, 26)) == seen


def test_a_later_number_is_not_seen_before_an_earlier_one(database: Database) -> None:
    """A writer that was given number 2 waits until number 1 is committed."""
    second = threading.Thread(target=mark_lost, args=(database, B))
    with database.session() as session:
        set_credential_state(session, A, PassState.LOST, "officer")
        second.start()
        second.join(0.3)
        with database.reading() as other:
            before = changes.changes_since(other, 0)
    second.join(30)

    assert before == []
    with database.reading() as session:
        assert [row[:2] for row in changes.changes_since(session, 0)] == [(1, A), (2, B)]


def mark_lost(database: Database, credential: str) -> None:
    """One change in a transaction of its own."""
    with database.session() as session:
        set_credential_state(session, credential, PassState.LOST, "officer")


def test_no_reader_ever_skips_a_change_of_concurrent_writers(database: Database) -> None:
    """Numbers become visible in their order although the writers end in any order."""
    writers, each = 4, 25
    with database.session() as session:
        ensure_event(session, "gala")
    seen: list[int] = []
    reader_done = threading.Event()
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for n in range(each):
                mark_lost(database, f"epc:{number:04X}{n:08X}")
        except BaseException as error:
            failed.append(error)

    def read() -> None:
        try:
            while len(seen) < writers * each and not failed:
                with database.reading() as session:
                    since = seen[-1] if seen else 0
                    seen.extend(seq for seq, _, _ in changes.changes_since(session, since))
        except BaseException as error:
            failed.append(error)
        reader_done.set()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    threads.append(threading.Thread(target=read))
    for thread in threads:
        thread.start()
    assert reader_done.wait(60)
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert list(range(1, writers * each + 1)) == seen


def test_a_new_source_tells_followers_to_load_everything(database: Database) -> None:
    """After a restore the numbers may repeat."""
    with database.session() as session:
        before = changes.source(session)
        changes.new_source(session)

        assert before != changes.source(session) != ""


def test_what_a_session_holds_back_is_compiled(database: Database) -> None:
    """A change that was not written yet is not missed by whoever asks in the same transaction."""
    with database.session() as session:
        found = invite(session)
        row = session.get(PassRow, found.id)
        assert row is not None
        row.state = PassState.REVOKED.value

        compiled = compile_keys(session, [A])[A]

        assert compiled is not None
        assert compiled.state is PassState.REVOKED


def test_a_thousand_changes_are_compiled_in_few_questions(database: Database) -> None:
    """Areas, classes and watchlist once, then the passes by the five hundred; no mapper between."""
    with database.session() as session:
        rows = [
            GuestRow(external_key=str(n), first_name="ก", credential=f"epc:{n:024X}")
            for n in range(1000)
        ]
        apply_guests(session, "gala", rows)
    asked: list[str] = []
    mapped: list[object] = []
    event.listen(database.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))

    with database.reading() as session:
        event.listen(session, "do_orm_execute", mapped.append)
        found = changes.changes_since(session, 0)

    assert len(found) == 1000
    assert all(compiled is not None for _, _, compiled in found)
    assert len(asked) <= 2 + 3 + 2
    assert len(mapped) <= 4


def test_a_pass_of_a_class_that_is_not_known_yet_opens_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made between two questions of one compiling; the class's own change is still to come."""
    pass_id = add_badge(database, state="active")
    with database.reading() as session:
        whole = compiled.compile_pass_ids(session, [pass_id])[pass_id]
        site = compiled._site(session)
        monkeypatch.setattr(compiled, "_site", lambda _: site._replace(opened={None: None}))

        found = compiled.compile_pass_ids(session, [pass_id])[pass_id]

    assert whole.gates is None or whole.gates
    assert found.gates == ()
