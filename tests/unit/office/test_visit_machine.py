"""Cards, slots and visits against a plain model: no slot twice, no card twice, nothing re-opens."""

from __future__ import annotations

from datetime import datetime, time
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from gatekeeper.db import visitor_cards as cards
from gatekeeper.db import visits as rows
from gatekeeper.db.engine import Database
from gatekeeper.db.passes import pass_by_credential
from gatekeeper.db.visitor_cards import CardState
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState
from gatekeeper.office import visits, visits_open
from gatekeeper.office.visit_values import Errand, Opened, Rules, Visitor
from gatekeeper.office.visitor_cards import add_card, replace_tag
from gatekeeper.vault import Vault

BANGKOK = ZoneInfo("Asia/Bangkok")
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=BANGKOK).timestamp()
CARDS = ("001", "002", "003")
SLOTS = 3
RULES = Rules(Vault(b"m" * 32), BANGKOK, time(16, 30), slots=SLOTS)
ERRAND = Errand(VisitPurpose.DELIVERY, host_unit="กองกลาง")


def visitor(number: int) -> Visitor:
    passport = f"AB{number:06d}"
    return Visitor(
        first_name=f"คน{number}",
        document_kind=DocumentKind.PASSPORT,
        document_number=passport,
    )


class Desk(RuleBasedStateMachine):
    """The model: which card is with whom, which slots hold what, what every tag says at a gate."""

    database: Database
    now = NOW

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}
        self.out: dict[str, tuple[int, int, str]] = {}
        """card -> visitor, visit, slot"""
        self.lost: dict[str, tuple[int, int, str]] = {}
        """card whose document is still kept"""
        self.dead: set[str] = set()
        """cards that must not be lent until they have another tag"""
        self.passes: set[str] = set()
        with self.database.session() as session:
            for card in CARDS:
                known = cards.card_by_number(session, card)
                self.tags[card] = known.credential if known else self.fresh_tag()
                if known is None:
                    add_card(session, card, self.tags[card], actor="desk")
        self.says: dict[str, PassState | None] = dict.fromkeys(self.tags.values())

    _tags = count(1)

    @classmethod
    def fresh_tag(cls) -> str:
        return f"em4100:63{next(cls._tags):08X}"

    def kept(self) -> dict[str, int]:
        return {s: v for _, v, s in (*self.out.values(), *self.lost.values()) if s}

    def holds_document(self, person: int) -> bool:
        return any(p == person for p, _, s in (*self.out.values(), *self.lost.values()) if s)

    @rule(card=st.sampled_from(CARDS), person=st.integers(1, 4), slot=st.integers(0, SLOTS))
    def exchange(self, card: str, person: int, slot: int) -> None:
        wanted = str(slot) if slot else ""
        free = [str(n) for n in range(1, SLOTS + 1) if str(n) not in self.kept()]
        allowed = (
            card not in self.out
            and card not in self.dead
            and not self.holds_document(person)
            and (wanted in free if wanted else bool(free))
        )
        try:
            with self.database.session() as session:
                made = visits.exchange(
                    session, RULES, card, visitor=visitor(person), errand=ERRAND,
                    slot=wanted, actor="desk", now=self.tick(),
                )  # fmt: skip
        except UserError:
            assert not allowed, (card, person, wanted)
            return
        assert allowed, (card, person, wanted)
        assert isinstance(made, Opened)
        assert made.slot == (wanted or free[0])
        assert made.visit.pass_id not in self.passes, "a pass that was over is lent again"
        self.passes.add(made.visit.pass_id or "")
        self.out[card] = person, made.visit.id, made.slot or ""
        self.says[self.tags[card]] = PassState.ACTIVE

    @rule(card=st.sampled_from(CARDS), by_tap=st.booleans())
    def give_back(self, card: str, by_tap: bool) -> None:
        try:
            with self.database.session() as session:
                text = self.tags[card] if by_tap else card
                back = visits.give_back(session, text, actor="desk", now=self.tick())
        except UserError:
            assert card not in self.out
            return
        if card in self.out:
            assert back.slot == self.out.pop(card)[2]
            self.says[self.tags[card]] = PassState.RETURNED
        else:
            assert card in self.dead
            assert back.was_lost
            gone = self.lost.pop(card, None)
            assert back.slot == (gone[2] if gone else None)

    @rule(card=st.sampled_from(CARDS), document=st.booleans())
    def lose(self, card: str, document: bool) -> None:
        if card not in self.out:
            return
        _, visit, slot = self.out[card]
        with self.database.session() as session:
            given = visits_open.lose(
                session, visit, document_back=document, actor="desk", now=self.tick(), note="หาย"
            )
        assert given == (slot if document else None)
        held = self.out.pop(card)
        if not document:
            self.lost[card] = held
        self.dead.add(card)
        self.says[self.tags[card]] = PassState.LOST

    @rule(card=st.sampled_from(CARDS))
    def new_tag(self, card: str) -> None:
        tag = self.fresh_tag()
        try:
            with self.database.session() as session:
                replace_tag(session, card, tag, actor="desk")
        except UserError:
            assert card not in self.dead
            return
        assert card in self.dead
        # The document of the lost card's visit is settled at its visit, no longer by the card.
        self.dead.discard(card)
        if card in self.lost:
            _, visit, slot = self.lost.pop(card)
            with self.database.session() as session:
                assert visits_open.hand_back(session, visit, actor="desk", now=self.now) == slot
        self.tags[card] = tag
        self.says[tag] = None

    def tick(self) -> float:
        """A second later; it never goes back, since all runs share one desk and its past."""
        type(self).now += 1
        return self.now

    @invariant()
    def the_gates_know_what_the_model_knows(self) -> None:
        """Above all: what was returned or lost never becomes active again as the same pass."""
        with self.database.reading() as session:
            for tag, due in self.says.items():
                found = pass_by_credential(session, tag)
                assert (found.state if found else None) == due, tag
            assert rows.kept_slots(session) == self.kept()
            lent = {v.card_number: v.id for v in rows.open_visits(session)}
            assert lent == {card: held[1] for card, held in self.out.items()}

    def teardown(self) -> None:
        """Leave the desk empty for the next run."""
        with self.database.session() as session:
            for visit in rows.open_visits(session):
                visits.give_back(session, visit.card_number or "", actor="desk", now=self.tick())
            for visit_id in rows.kept_slots(session).values():
                visits_open.hand_back(session, visit_id, actor="desk", now=self.tick())
            for card in CARDS:
                cards.set_card(session, card, CardState.RETIRED)
                replace_tag(session, card, self.fresh_tag(), actor="desk")


@pytest.fixture
def desk(database: Database) -> type[Desk]:
    return type("DeskOn", (Desk,), {"database": database})


def test_the_desk_does_what_the_model_does(desk: type[Desk]) -> None:
    """Any order of exchanges, returns, losses and new tags, on both databases."""
    run_state_machine_as_test(
        desk,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_would_see_a_card_lent_twice(desk: type[Desk]) -> None:
    """The model is no formality: a desk that forgets a return is caught."""
    with desk.database.session() as session:
        add_card(session, "001", "em4100:6500000001", actor="desk")
        made = visits.exchange(
            session, RULES, "001", visitor=visitor(1), errand=ERRAND, actor="desk", now=NOW
        )
        assert isinstance(made, Opened)
        rows.update_visit(session, made.visit.id, state=VisitState.CLOSED.value)

    with pytest.raises(AssertionError):
        desk().the_gates_know_what_the_model_knows()
