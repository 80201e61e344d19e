"""Passes from their request to their end, one at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.db import changes
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.passes import bind_credential, pass_by_credential, set_pass_validity
from gatekeeper.db.tables import Credential, Gate, PassAct, PassClass, PassRow, Person, Vehicle
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.model import unpack_holder
from gatekeeper.office import passes

ZONE = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp()
A, B = "uid:047BCB51962280", "uid:047BCB51962281"

TO_ACTIVE = [
    (Act.CHECK, "somsri"),
    (Act.APPROVE, "niran"),
    (Act.MAKE, "somsri"),
    (Act.HAND_OVER, "somsri"),
    (Act.ACTIVATE, "somsri"),
]


def person(session: Session, name: str = "กิตติ") -> int:
    """Somebody on record."""
    row = Person(title="นาย", first_name=name, last_name="ใจดี", purpose="staff")
    session.add(row)
    session.flush()
    return row.id


def ask(session: Session, class_id: str = "official", **values: object) -> str:
    """A pass of this class, asked for by malee."""
    if "person_id" not in values and "vehicle_id" not in values:
        values["person_id"] = person(session)
    return passes.request_pass(session, class_id, actor="malee", now=NOW, zone=ZONE, **values)  # type: ignore[arg-type]


def issue(session: Session, pass_id: str, card: str | None = None) -> None:
    """Through every desk, until it opens."""
    for act, actor in TO_ACTIVE:
        if act is Act.HAND_OVER and card is not None:
            bind_credential(session, pass_id, card)
        do(session, pass_id, act, actor)


def do(session: Session, pass_id: str, act: Act, actor: str = "somsri", **values: object) -> str:
    """One step, with a reason."""
    values.setdefault("reason", "because")
    return passes.step(session, pass_id, act, actor=actor, now=NOW, zone=ZONE, **values)  # type: ignore[arg-type]


def state_at_gates(session: Session, card: str) -> PassState | None:
    """What a gate would know of a card."""
    found = pass_by_credential(session, card)
    return found.state if found else None


def test_a_pass_goes_from_desk_to_desk_until_it_opens(database: Database) -> None:
    """Each step is on record with who and what; gates hear of it at the end."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        lines = session.query(PassAct).filter_by(pass_id=pass_id).order_by(PassAct.id).all()
        found = pass_by_credential(session, A)

    assert [(line.act, line.actor, line.before, line.after) for line in lines] == [
        ("request", "malee", "", "requested"),
        ("check", "somsri", "requested", "checked"),
        ("approve", "niran", "checked", "approved"),
        ("make", "somsri", "approved", "made"),
        ("hand_over", "somsri", "made", "handed_over"),
        ("activate", "somsri", "handed_over", "active"),
    ]
    assert found is not None
    assert (found.state, found.id) == (PassState.ACTIVE, pass_id)
    holder = unpack_holder(found.holder)
    assert holder is not None
    assert (holder.name, holder.number) == ("นายกิตติ ใจดี", "OF-000001")
    assert (holder.class_th, holder.class_en) == ("บัตรแสดงตนข้าราชการ", "Official's badge")


@pytest.mark.parametrize(
    ("act", "actor", "problem"),
    [
        (Act.CHECK, "malee", "asked for"),
        (Act.APPROVE, "malee", "asked for"),
        (Act.APPROVE, "somsri", "checked"),
    ],
)
def test_nobody_does_two_of_asking_checking_and_approving(
    database: Database, act: Act, actor: str, problem: str
) -> None:
    """Whatever their role; the pass stays as it was."""
    with database.session() as session:
        pass_id = ask(session)
        if act is Act.APPROVE:
            do(session, pass_id, Act.CHECK)
        with pytest.raises(UserError, match=problem):
            do(session, pass_id, act, actor)

        row = session.get(PassRow, pass_id)
        assert row is not None
        assert row.state == ("checked" if act is Act.APPROVE else "requested")


@pytest.mark.parametrize("act", [Act.SUSPEND, Act.REPORT_LOST, Act.REVOKE, Act.REISSUE])
def test_stopping_a_pass_needs_a_reason(database: Database, act: Act) -> None:
    """The refusal names the field."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        with pytest.raises(UserError, match="reason") as refused:
            do(session, pass_id, act, reason="  ")

    assert refused.value.field == "reason"


def test_a_lost_card_is_replaced_by_the_next_issue_and_never_comes_back(
    database: Database,
) -> None:
    """The number stays, the issue is raised, and the old tag says `lost` for ever."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        do(session, pass_id, Act.REPORT_LOST)
        assert state_at_gates(session, A) is PassState.LOST
        do(session, pass_id, Act.REISSUE)
        with pytest.raises(UserError, match="never bound again"):
            bind_credential(session, pass_id, A)
        do(session, pass_id, Act.MAKE)
        bind_credential(session, pass_id, B)
        do(session, pass_id, Act.HAND_OVER)
        do(session, pass_id, Act.ACTIVATE)
        found = pass_by_credential(session, B)

        assert found is not None
        assert (state_at_gates(session, A), found.state) == (PassState.LOST, PassState.ACTIVE)
    holder = unpack_holder(found.holder)
    assert holder is not None
    assert holder.number == "OF-000001/2"


def test_a_damaged_card_is_revoked_by_the_reissue(database: Database) -> None:
    """It was never lost; whoever finds it in the bin opens nothing."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        seq = changes.latest(session)
        do(session, pass_id, Act.REISSUE)
        changed = {key: found for _, key, found in changes.changes_since(session, seq)}

    assert changed[A] is not None
    assert changed[A].state is PassState.REVOKED  # type: ignore[union-attr]
    assert changed[f"pass:{pass_id}"] is not None


def test_a_card_is_not_swapped_without_a_reissue(database: Database) -> None:
    """What a holder carries changes on record, with a new issue; a slip before that is mended."""
    with database.session() as session:
        pass_id = ask(session)
        with pytest.raises(UserError, match="approved or made"):
            bind_credential(session, pass_id, A)
        for act, actor in TO_ACTIVE[:3]:
            do(session, pass_id, act, actor)
        bind_credential(session, pass_id, A)
        bind_credential(session, pass_id, B)
        do(session, pass_id, Act.HAND_OVER)
        with pytest.raises(UserError, match="reissue"):
            bind_credential(session, pass_id, A)

        assert state_at_gates(session, A) is None
        assert state_at_gates(session, B) is PassState.HANDED_OVER


def test_a_renewal_is_approved_again_while_the_pass_goes_on(database: Database) -> None:
    """The holder is not locked out by paperwork; the new end counts from the approval on."""
    with database.session() as session:
        pass_id = ask(session, "temporary_employee")
        issue(session, pass_id, A)
        before = pass_by_credential(session, A)
        do(session, pass_id, Act.RENEW, "malee")
        with pytest.raises(UserError, match="cannot be"):
            do(session, pass_id, Act.APPROVE, "niran")
        do(session, pass_id, Act.CHECK, "somsri")
        for actor in ("malee", "somsri"):
            with pytest.raises(UserError, match="another officer"):
                do(session, pass_id, Act.APPROVE, actor)
        meanwhile = pass_by_credential(session, A)
        do(session, pass_id, Act.APPROVE, "niran")
        after = pass_by_credential(session, A)

    assert before is not None
    assert meanwhile == before
    assert after is not None
    assert after.state is PassState.ACTIVE
    # From 1 October 2027, the end of the fiscal year, to the next one.
    assert before.valid_until == datetime(2027, 9, 30, 17, tzinfo=UTC).timestamp()
    assert after.valid_until == datetime(2028, 9, 30, 17, tzinfo=UTC).timestamp()


def test_a_renewal_without_approval_counts_at_once_but_not_twice(database: Database) -> None:
    """Where the class says so; not for two periods ahead."""
    with database.session() as session:
        found = session.get(PassClass, "temporary_employee")
        assert found is not None
        found.renewal_approval = False
        pass_id = ask(session, "temporary_employee")
        issue(session, pass_id, A)
        do(session, pass_id, Act.RENEW)
        with pytest.raises(UserError, match="already"):
            do(session, pass_id, Act.RENEW)
        after = pass_by_credential(session, A)

    assert after is not None
    assert after.valid_until == datetime(2028, 9, 30, 17, tzinfo=UTC).timestamp()


def test_an_expired_pass_is_renewed_and_opens_again_with_its_card(database: Database) -> None:
    """Only after it was checked and approved again."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        do(session, pass_id, Act.EXPIRE)
        states = [state_at_gates(session, A)]
        for act, actor in [(Act.RENEW, "malee"), (Act.CHECK, "somsri"), (Act.APPROVE, "niran")]:
            do(session, pass_id, act, actor)
            states.append(state_at_gates(session, A))

    assert states == [PassState.EXPIRED] * 3 + [PassState.ACTIVE]


def test_an_expired_pass_that_never_opened_goes_back_to_be_made(database: Database) -> None:
    """A renewal hands nothing over."""
    with database.session() as session:
        pass_id = ask(session)
        for act, actor in TO_ACTIVE[:2]:
            do(session, pass_id, act, actor)
        do(session, pass_id, Act.EXPIRE)
        for act, actor in [(Act.RENEW, "malee"), (Act.CHECK, "somsri"), (Act.APPROVE, "niran")]:
            do(session, pass_id, act, actor)

        row = session.get(PassRow, pass_id)
        assert row is not None
        assert row.state == PassState.APPROVED


def test_a_visitors_card_is_lent_returned_and_lent_again(database: Database) -> None:
    """Returned, it says so at gates from that second on; its next pass is another one."""
    with database.session() as session:
        lend = {"valid_until": NOW + 3600, "actor": "desk", "now": NOW}
        first = passes.lend_visitor_pass(session, person(session, "ก"), A, **lend)  # type: ignore[arg-type]
        with pytest.raises(UserError, match="bound to another"):
            passes.lend_visitor_pass(session, person(session, "ข"), A, **lend)  # type: ignore[arg-type]
        active = pass_by_credential(session, A)
        passes.return_visitor_pass(session, first, actor="desk", now=NOW)
        back = pass_by_credential(session, A)
        second = passes.lend_visitor_pass(session, person(session, "ค"), A, **lend)  # type: ignore[arg-type]
        again = pass_by_credential(session, A)

    assert active is not None
    assert back is not None
    assert again is not None
    assert (active.state, back.state, again.state) == (
        PassState.ACTIVE,
        PassState.RETURNED,
        PassState.ACTIVE,
    )
    assert (active.id, again.id) == (first, second)


def test_the_visitor_desk_lends_no_card_of_another_class(database: Database) -> None:
    """A returned badge is no visitor's card, and a lost card stays lost."""
    with database.session() as session:
        badge = ask(session)
        issue(session, badge, A)
        do(session, badge, Act.TAKE_BACK)
        lend = {"valid_until": NOW + 3600, "actor": "desk", "now": NOW}
        lost = passes.lend_visitor_pass(session, person(session), B, **lend)  # type: ignore[arg-type]
        do(session, lost, Act.REPORT_LOST)
        do(session, lost, Act.REVOKE)
        for card in (A, B, "uid:08112233"):
            with pytest.raises(UserError) as refused:
                passes.lend_visitor_pass(session, person(session), card, **lend)  # type: ignore[arg-type]
            assert refused.value.field == "credential"
        with pytest.raises(UserError, match="never bound again"):
            bind_credential(session, ask(session, "intern", valid_until=NOW + 86400), A)


def test_a_visitors_pass_is_neither_asked_for_nor_reissued(database: Database) -> None:
    """It knows only lending and its end."""
    with database.session() as session:
        with pytest.raises(UserError, match="visitor desk"):
            ask(session, "visitor")
        lent = passes.lend_visitor_pass(
            session, person(session), A, valid_until=NOW + 9, actor="desk", now=NOW
        )
        for act in (Act.REISSUE, Act.RENEW, Act.CHECK):
            with pytest.raises(UserError, match="cannot be"):
                do(session, lent, act)


def test_one_live_pass_of_a_class_for_a_holder(database: Database) -> None:
    """A second badge is what gets lent; after the first is revoked a new one may be asked for."""
    with database.session() as session:
        who = person(session)
        first = ask(session, person_id=who)
        with pytest.raises(UserError, match="OF-000001"):
            ask(session, person_id=who)
        ask(session, "contractor", person_id=who, valid_until=NOW + 86400)
        do(session, first, Act.REFUSE)
        ask(session, person_id=who)


def test_a_pass_belongs_to_whom_its_class_is_for(database: Database) -> None:
    """A vehicle permit to a vehicle, a badge to a person, neither to nobody nor the erased."""
    with database.session() as session:
        car = Vehicle(plate="1กก 1234", plate_key="1กก1234", province="กรุงเทพมหานคร")
        gone = Person(first_name="x", erased_at=1.0)
        session.add_all([car, gone])
        session.flush()
        for values in (
            {"class_id": "official", "vehicle_id": car.id},
            {"class_id": "official", "person_id": None},
            {"class_id": "official", "person_id": gone.id},
            {"class_id": "official_vehicle", "person_id": person(session)},
            {"class_id": "nothing", "person_id": person(session)},
        ):
            with pytest.raises(UserError) as refused:
                ask(session, **values)  # type: ignore[arg-type]
            assert refused.value.field in ("person_id", "vehicle_id", "class_id")
        permit = ask(session, "official_vehicle", vehicle_id=car.id)
        issue(session, permit, A)
        found = pass_by_credential(session, A)

    holder = unpack_holder(found.holder) if found else None
    assert holder is not None
    assert (holder.name, holder.plate, holder.province) == (
        "1กก 1234 กรุงเทพมหานคร",
        "1กก 1234",
        "กรุงเทพมหานคร",
    )


def test_a_class_opens_the_gates_of_its_areas(database: Database) -> None:
    """Only those in the settings now; a pass may be narrower than its class, never wider."""
    with database.session() as session:
        for gate, area, active in [
            ("north", "yard", True),
            ("south", "yard", True),
            ("old", "yard", False),
            ("press", "press-room", True),
            ("vault", "vault", True),
        ]:
            session.add(Gate(id=gate, direction="in", area=area, active=active))
        found = session.get(PassClass, "official")
        assert found is not None
        found.zones = ["yard", "press-room", "no-such-area"]
        wide, narrow = ask(session), ask(session, gates=["south", "vault"])
        issue(session, wide, A)
        issue(session, narrow, B)
        opened = [pass_by_credential(session, card) for card in (A, B)]

    assert [sorted(each.gates or ()) if each else None for each in opened] == [
        ["north", "press", "south"],
        ["south"],
    ]


def test_numbers_are_given_once_also_at_the_same_time(database: Database) -> None:
    """Eight desks ask at once; a number is never lost either."""
    with database.session() as session:
        people = [person(session, f"p{n}") for n in range(40)]

    def desk(mine: list[int]) -> None:
        for who in mine:
            with database.session() as session:
                ask(session, person_id=who)

    threads = [threading.Thread(target=desk, args=(people[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    with database.reading() as session:
        numbers = sorted(row.number or "" for row in session.query(PassRow))
    assert numbers == [f"OF-{n:06d}" for n in range(1, 41)]


def test_a_card_revoked_by_its_number_takes_its_pass_along(database: Database) -> None:
    """So the pass's history has no hole; a card of nobody is remembered alone."""
    with database.session() as session:
        pass_id = ask(session)
        issue(session, pass_id, A)
        revoked = passes.revoke_card(session, A, actor="api", now=NOW, note="")
        alone = passes.revoke_card(session, B, actor="api", now=NOW, note="found")

        assert (revoked, alone) == (pass_id, "")
        assert state_at_gates(session, A) is state_at_gates(session, B) is PassState.REVOKED
        row, card = session.get(PassRow, pass_id), session.get(Credential, A)
        assert row is not None
        assert card is not None
        assert (row.state, card.state, card.bound) == ("revoked", "revoked", True)


def test_validity_of_a_class_is_not_set_by_hand(database: Database) -> None:
    """It is renewed, and that is approved."""
    with database.session() as session:
        pass_id = ask(session)
        with pytest.raises(UserError, match="renew"):
            set_pass_validity(session, pass_id, None, NOW + 9e9, "officer")
        with pytest.raises(UserError, match="does not exist"):
            do(session, "nothing", Act.CHECK)
