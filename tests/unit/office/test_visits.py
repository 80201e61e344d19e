"""The card exchange, act by act, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.db import visitor_cards as cards
from gatekeeper.db import visits as rows
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database, Session
from gatekeeper.db.passes import pass_by_credential
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState, WatchKind
from gatekeeper.office import visits, visits_open, watchlist
from gatekeeper.office.visit_values import Errand, Halted, Opened, Rules, Visitor, closing_after
from gatekeeper.office.visitor_cards import add_card
from gatekeeper.office.visits_expected import add_members, announce, names_of_lines
from gatekeeper.office.watchlist import EntryDraft
from gatekeeper.vault import Vault

BANGKOK = ZoneInfo("Asia/Bangkok")
VAULT = Vault(b"v" * 32)
RULES = Rules(VAULT, BANGKOK, time(16, 30), slots=5)
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=BANGKOK).timestamp()
ID_1, ID_2, ID_3 = "1101700203441", "3100600445635", "1103702071811"
ERRAND = Errand(VisitPurpose.MEETING, host_name="นางสาวมาลี", host_unit="กองกลาง")
SOMCHAI = Visitor("นาย", "สมชาย", "ใจดี", "", "บริษัทตัวอย่าง", "", DocumentKind.NATIONAL_ID, ID_1)
MANA = replace(SOMCHAI, first_name="มานะ", last_name="อดทน", document_number=ID_2)


def tag(number: int) -> str:
    return f"em4100:62000000{number:02X}"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A desk with three cards."""
    with database.session() as opened:
        for number in (1, 2, 3):
            add_card(opened, f"{number:03d}", tag(number), actor="desk")
        yield opened


def lend(session: Session, card: str, visitor: Visitor = SOMCHAI, **more: object) -> Opened:
    made = visits.exchange(
        session, RULES, card, visitor=visitor, errand=ERRAND, actor="desk", now=NOW, **more
    )  # type: ignore[arg-type]
    assert isinstance(made, Opened)
    return made


def state_at_gate(session: Session, number: int) -> PassState | None:
    session.flush()
    found = pass_by_credential(session, tag(number))
    return None if found is None else found.state


def test_an_exchange_lends_the_card_until_closing_time(session: Session) -> None:
    """The card is active, valid until 16:30 at the site, and belongs to the visitor."""
    made = lend(session, "001")

    found = pass_by_credential(session, tag(1))
    assert found is not None
    closing = datetime(2026, 11, 30, 16, 30, tzinfo=BANGKOK).timestamp()
    assert (found.state, found.valid_until) == (PassState.ACTIVE, closing)
    assert (made.slot, made.visit.name, made.visit.state) == ("1", "นายสมชาย ใจดี", VisitState.OPEN)


def test_of_the_document_only_its_fingerprint_and_tail_are_kept(session: Session) -> None:
    """The number stands nowhere, neither with the visit nor with the person nor in the record."""
    made = lend(session, "1")

    assert made.visit.document_tail == "3441"
    assert rows.document_hash_of(session, made.visit.id) == VAULT.fingerprint("national_id", ID_1)
    assert ID_1 not in repr(latest_acts(session)) + repr(made)


@pytest.mark.parametrize("text", ["002", "2", "๒", tag(2), "6200000002", "0x", "0000000002"])
def test_a_card_is_known_by_number_tap_and_print(session: Session, text: str) -> None:
    """Typed with or without zeros, in Thai digits, as read, or in the printed decimal form."""
    if text == "0x":
        with pytest.raises(UserError, match="no visitor card"):
            lend(session, text)
        return

    assert lend(session, text).visit.card_number == "002"


def test_a_returned_card_opens_nothing_and_says_which_slot(session: Session) -> None:
    """From the return on the gates refuse it as returned; the document's place is told."""
    lend(session, "001")
    lend(session, "002", MANA)

    back = visits.give_back(session, tag(2), actor="desk", now=NOW + 60)

    assert (back.slot, back.visit.state, back.visit.closed_at) == ("2", VisitState.CLOSED, NOW + 60)
    assert state_at_gate(session, 2) is PassState.RETURNED
    assert state_at_gate(session, 1) is PassState.ACTIVE


def test_a_returned_card_is_lent_again_as_another_pass(session: Session) -> None:
    """What the first visitor's pass was, it stays: the card opens for the second one alone."""
    first = lend(session, "001")
    visits.give_back(session, "001", actor="desk", now=NOW + 1)
    second = lend(session, "001", MANA)

    found = pass_by_credential(session, tag(1))
    assert found is not None
    assert (found.id, found.state) == (second.visit.pass_id, PassState.ACTIVE)
    assert first.visit.pass_id != second.visit.pass_id


def test_a_card_that_is_out_is_lent_to_nobody_else(session: Session) -> None:
    """The refusal names who has it, at the card's field."""
    lend(session, "001")

    with pytest.raises(UserError, match="สมชาย") as refused:
        lend(session, "001", MANA)

    assert refused.value.field == "card"


def test_one_document_lies_in_one_slot(session: Session) -> None:
    """Whoever handed it in has a card already; the slot and the card are named."""
    lend(session, "001")

    with pytest.raises(UserError, match="lies in slot 1 for card 001"):
        lend(session, "002")


def test_a_slot_that_is_taken_is_refused_and_the_lowest_free_one_given(session: Session) -> None:
    """A slot of one's own choice is checked; left open, the lowest free one is found."""
    lend(session, "001", slot="2")

    with pytest.raises(UserError, match="holds another document") as refused:
        lend(session, "002", MANA, slot="2")

    assert refused.value.field == "slot"
    session.rollback()


def test_the_lowest_free_slot_is_found(session: Session) -> None:
    """1 is taken, 2 by choice: the third document gets 3; after a return of the first, 1."""
    lend(session, "001")
    lend(session, "002", MANA, slot="2")
    visits.give_back(session, "001", actor="desk", now=NOW + 1)

    assert lend(session, "003", SOMCHAI).slot == "1"


@pytest.mark.parametrize("slot", ["0", "6", "หนึ่ง", "-1"])
def test_a_slot_that_is_not_there_is_refused(session: Session, slot: str) -> None:
    """Five are there, 1 to 5."""
    with pytest.raises(UserError, match="1 to 5 are there"):
        lend(session, "001", slot=slot)


def test_without_a_document_there_is_no_card(session: Session) -> None:
    """A visitor hands one in."""
    with pytest.raises(UserError) as refused:
        lend(session, "001", replace(SOMCHAI, document_number=" "))

    assert refused.value.field == "document_number"


def test_whoever_came_before_is_the_same_person(session: Session) -> None:
    """Found by the document's fingerprint; a new organisation is taken over."""
    first = lend(session, "001")
    visits.give_back(session, "001", actor="desk", now=NOW + 1)
    second = lend(session, "002", replace(SOMCHAI, organisation="กรมตัวอย่าง"))

    assert second.visit.person_id == first.visit.person_id
    assert second.visit.organisation == "กรมตัวอย่าง"


def test_a_lost_card_opens_nothing_and_is_never_lent_again(session: Session) -> None:
    """The pass is lost, the card too; the document may stay until it is settled."""
    made = lend(session, "001")

    visits_open.lose(
        session, made.visit.id, document_back=False, actor="desk", now=NOW + 5, note="ไม่พบ"
    )

    assert state_at_gate(session, 1) is PassState.LOST
    with pytest.raises(UserError, match="001 is lost"):
        lend(session, "001", MANA)


def test_the_slot_of_a_lost_card_stays_taken_until_the_document_goes(session: Session) -> None:
    """Nobody else's document is laid on top of it."""
    made = lend(session, "001")
    visits_open.lose(session, made.visit.id, document_back=False, actor="desk", now=NOW, note="")
    assert lend(session, "002", MANA).slot == "2"

    slot = visits_open.hand_back(session, made.visit.id, actor="desk", now=NOW + 9)

    assert slot == "1"
    assert "1" not in rows.kept_slots(session)


def test_whose_card_comes_back_is_told_by_its_tag_not_by_the_clock(session: Session) -> None:
    """The clock was set back between two visitors: the second one's document is given back."""
    clock = NOW + 7_200
    later = visits.exchange(
        session, RULES, "001", visitor=SOMCHAI, errand=ERRAND, slot="2", actor="desk", now=clock
    )
    assert isinstance(later, Opened)
    visits.give_back(session, "001", actor="desk", now=clock + 60)
    made = lend(session, "001", MANA, slot="3")
    visits_open.lose(session, made.visit.id, document_back=False, actor="desk", now=NOW, note="")

    back = visits.give_back(session, "001", actor="desk", now=NOW + 9)

    assert back.visit.id == made.visit.id != later.visit.id
    assert back.slot == "3"


def test_whose_card_it_is_is_not_told_by_who_was_entered_first(session: Session) -> None:
    """Announced before, come after: the entry's number says nothing either."""
    coming = announce(session, RULES, SOMCHAI, ERRAND, NOW, actor="host", now=NOW).visit_id
    walked_in = lend(session, "001", MANA)
    visits.give_back(session, "001", actor="desk", now=NOW + 60)
    made = visits.exchange(
        session, RULES, "001", visitor=SOMCHAI, expected_id=coming, actor="desk", now=NOW + 90
    )
    assert isinstance(made, Opened)
    visits_open.lose(session, coming, document_back=False, actor="desk", now=NOW + 99, note="")

    back = visits.give_back(session, "001", actor="desk", now=NOW + 120)

    assert back.visit.id == made.visit.id == coming < walked_in.visit.id


def test_a_lost_card_that_comes_back_gives_the_document_and_goes_out_of_use(
    session: Session,
) -> None:
    """Tapped at the desk it says so; the document's slot is told; it stays lost at gates."""
    made = lend(session, "001")
    visits_open.lose(session, made.visit.id, document_back=False, actor="desk", now=NOW, note="")

    back = visits.give_back(session, tag(1), actor="desk", now=NOW + 9)

    assert (back.slot, back.was_lost) == ("1", True)
    assert state_at_gate(session, 1) is PassState.LOST
    card = cards.card_by_number(session, "001")
    assert card is not None
    assert card.state == "retired"


def test_an_hour_more_is_in_force_at_the_gates(session: Session) -> None:
    """Visit and pass end together."""
    made = lend(session, "001")

    due = visits_open.extend(session, made.visit.id, actor="desk", now=NOW)

    found = pass_by_credential(session, tag(1))
    assert found is not None
    assert made.visit.due_at is not None
    assert found.valid_until == due == made.visit.due_at + 3600


@pytest.mark.parametrize(
    ("hour", "minute", "due"),
    [(9, 0, "16:30"), (16, 15, "16:30"), (16, 16, "00:00"), (18, 0, "00:00"), (0, 0, "16:30")],
)
def test_a_card_is_lent_until_closing_or_midnight(hour: int, minute: int, due: str) -> None:
    """Shortly before closing and after it a visitor still gets in, until the day is over."""
    now = datetime(2026, 11, 30, hour, minute, tzinfo=BANGKOK).timestamp()

    until = closing_after(RULES, now)

    assert datetime.fromtimestamp(until, UTC).astimezone(BANGKOK).strftime("%H:%M") == due
    assert until > now


def group(session: Session, rules: Rules = RULES) -> tuple[Opened, list[int]]:
    leader = lend(session, "001")
    members, _ = add_members(
        session, rules, leader.visit.id, ["นายหนึ่ง สอง", "Ms. Ann Lee"], actor="desk", now=NOW
    )
    for number, member in zip(("002", "003"), members, strict=True):
        visits.exchange(session, rules, number, expected_id=member, actor="desk", now=NOW)
    return leader, members


def test_a_group_hands_in_the_leaders_document_which_waits_for_all_cards(session: Session) -> None:
    """Whoever of them comes last, the document is given back then and not before."""
    group(session)

    told = [visits.give_back(session, n, actor="desk", now=NOW) for n in ("001", "003", "002")]

    assert [(back.slot, back.still_out) for back in told] == [(None, 2), (None, 1), ("1", 0)]


def test_a_group_is_taken_back_at_once(session: Session) -> None:
    """One act, three cards, one document."""
    leader, _ = group(session)

    told = visits.give_back_group(session, leader.visit.id, actor="desk", now=NOW)

    assert [back.slot for back in told] == [None, None, "1"]
    assert {state_at_gate(session, n) for n in (1, 2, 3)} == {PassState.RETURNED}


def test_where_each_hands_in_a_document_a_member_needs_one(session: Session) -> None:
    """The setting decides."""
    rules = replace(RULES, each_document=True)
    leader = lend(session, "001")
    members, _ = add_members(session, rules, leader.visit.id, ["นายหนึ่ง สอง"], actor="desk", now=NOW)

    with pytest.raises(UserError) as refused:
        visits.exchange(session, rules, "002", expected_id=members[0], actor="desk", now=NOW)

    assert refused.value.field == "document_number"


def test_a_member_gets_no_card_before_the_leader(session: Session) -> None:
    """There would be no document for it."""
    told = announce(session, RULES, SOMCHAI, ERRAND, NOW, ["นายหนึ่ง สอง"], actor="host", now=NOW)

    with pytest.raises(UserError, match="leader"):
        visits.exchange(session, RULES, "001", expected_id=told.members[0], actor="desk", now=NOW)


def test_an_expected_visitor_needs_only_document_and_card(session: Session) -> None:
    """Errand and name are there; the visit announced is the one that opens."""
    told = announce(
        session, RULES, replace(SOMCHAI, document_number=""), ERRAND, NOW, actor="host", now=NOW
    )

    made = lend(session, "001", expected_id=told.visit_id)

    assert made.visit.id == told.visit_id
    assert (made.visit.host_unit, made.visit.created_by) == ("กองกลาง", "host")


def test_a_cancelled_visitor_is_not_expected(session: Session) -> None:
    """The whole group goes with the leader."""
    told = announce(session, RULES, SOMCHAI, ERRAND, NOW, ["นายหนึ่ง สอง"], actor="host", now=NOW)

    visits_open.cancel(session, told.visit_id, actor="host", now=NOW)

    states = {visit.state for visit in rows.group_of(session, told.visit_id)}
    assert states == {VisitState.CANCELLED}
    with pytest.raises(UserError):
        lend(session, "001", expected_id=told.visit_id)


def watch(session: Session, name: str) -> None:
    draft = EntryDraft(WatchKind.PERSON, "เหตุผลลับ", "แจ้งหัวหน้าเวร ว.1", name=name)
    watchlist.add(session, VAULT, draft, actor="admin", now=NOW)


@pytest.mark.parametrize(("name", "stops", "questions"), [("สมชาย ใจดี", 1, 0), ("สมชาย ใจดึ", 0, 1)])
def test_the_watchlist_halts_an_exchange(
    session: Session, name: str, stops: int, questions: int
) -> None:
    """The same stops, alike asks; nothing is lent, and the visit waits for the shift leader."""
    watch(session, name)

    halted = visits.exchange(
        session, RULES, "001", visitor=SOMCHAI, errand=ERRAND, actor="desk", now=NOW
    )

    assert isinstance(halted, Halted)
    assert (len(halted.found.stops), len(halted.found.questions)) == (stops, questions)
    assert halted.visit.state is VisitState.EXPECTED
    assert state_at_gate(session, 1) is None


def test_once_it_is_another_person_the_visit_goes_on(session: Session) -> None:
    """The shift leader decides; the desk needs the card again and nothing else."""
    watch(session, "สมชาย ใจดึ")
    halted = visits.exchange(
        session, RULES, "001", visitor=SOMCHAI, errand=ERRAND, actor="desk", now=NOW
    )
    assert isinstance(halted, Halted)
    hit = halted.found.questions[0].hit_id
    assert hit is not None

    watchlist.decide(session, hit, same=False, actor="leader", now=NOW, note="คนละคน ดูจากบัตร")
    made = visits.exchange(
        session, RULES, "001", expected_id=halted.visit.id, actor="desk", now=NOW
    )

    assert isinstance(made, Opened)
    assert (made.slot, made.visit.document_tail) == ("1", "3441")


def test_who_is_announced_is_put_before_the_watchlist(session: Session) -> None:
    """Each member of a group, too."""
    watch(session, "หนึ่ง สอง")

    told = announce(session, RULES, SOMCHAI, ERRAND, NOW, ["นายหนึ่ง สอง"], actor="host", now=NOW)

    assert [visit_id for visit_id, _ in told.met] == list(told.members)


def test_lines_of_names_lose_their_numbers() -> None:
    """As lists are pasted."""
    assert names_of_lines("1. นายหนึ่ง สอง\n\n ๒) Ms. Ann Lee \n") == ["นายหนึ่ง สอง", "Ms. Ann Lee"]


def test_two_desks_at_once_take_two_slots_and_never_one_card(database: Database) -> None:
    """Whatever the database: eight desks exchange at the same moment."""
    with database.session() as session:
        for number in range(1, 9):
            add_card(session, f"{number:03d}", tag(number), actor="desk")
    rules = replace(RULES, slots=8)
    ready, slots, faults = threading.Barrier(8), list[str | None](), list[Exception]()

    def desk(number: int) -> None:
        visitor = Visitor(
            first_name=f"คน{number}",
            document_kind=DocumentKind.PASSPORT,
            document_number=f"AA12345{number}",
        )
        ready.wait(30)
        try:
            with database.session() as session:
                made = visits.exchange(
                    session, rules, f"{number:03d}", visitor=visitor, errand=ERRAND,
                    actor=f"desk{number}", now=NOW,
                )  # fmt: skip
            assert isinstance(made, Opened)
            slots.append(made.slot)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=desk, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert faults == []
    assert sorted(slots, key=str) == [str(number) for number in range(1, 9)]


def test_two_desks_lend_one_card_once(database: Database) -> None:
    """The second is told who has it."""
    with database.session() as session:
        add_card(session, "001", tag(1), actor="desk")
    ready, made, refused = threading.Barrier(2), list[object](), list[UserError]()

    def desk(visitor: Visitor) -> None:
        ready.wait(30)
        try:
            with database.session() as session:
                made.append(lend(session, "001", visitor))
        except UserError as error:
            refused.append(error)

    threads = [threading.Thread(target=desk, args=(each,)) for each in (SOMCHAI, MANA)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (len(made), len(refused)) == (1, 1)
