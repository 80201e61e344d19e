"""The life of passes against a plain model, and that the table of it is whole.

The model below is written from the rules in words, not from the table: sets of states an act is
good in. Hypothesis deals acts, officers, cards and time; after each the two must agree, and the
two promises of the pass office must hold whatever came before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from gatekeeper.db.engine import Database
from gatekeeper.db.passes import bind_credential, pass_by_credential, set_credential_state
from gatekeeper.db.tables import Credential, PassAct, PassRow, Person
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Renewal
from gatekeeper.office import passes
from gatekeeper.office.life_cycle import RENEWALS, TRANSITIONS

ZONE = ZoneInfo("Asia/Bangkok")
START = 1_795_000_000.0
DAY = 86_400.0
OFFICERS = ["malee", "somsri", "niran", "wichai"]
CARDS = [f"uid:04{n:012X}" for n in range(5)]


def test_every_state_and_act_is_in_the_table() -> None:
    """A new one cannot be forgotten."""
    entered = {PassState.REQUESTED, *TRANSITIONS.values()}
    done = {act for _, act in TRANSITIONS} | {act for _, act in RENEWALS}
    outside = {Act.REQUEST, Act.LEND, Act.BIND, Act.UNDO, Act.TAKE_OVER}

    assert set(PassState) == entered
    assert set(Act) == done | outside
    assert not done & outside
    assert set(Renewal) == {state for state, _ in RENEWALS}


def test_the_table_itself_keeps_the_promises() -> None:
    """Only what was handed over or suspended becomes active; nothing leaves what is over."""
    to_active = {(s, act) for (s, act), after in TRANSITIONS.items() if after is PassState.ACTIVE}
    leaving = {(s, act) for s, act in TRANSITIONS if s in ("revoked", "returned", "refused")}
    from_lost = {after for (s, _), after in TRANSITIONS.items() if s is PassState.LOST}

    assert to_active == {
        (PassState.HANDED_OVER, Act.ACTIVATE),
        (PassState.SUSPENDED, Act.RESUME),
    }
    assert leaving == set()
    assert from_lost == {PassState.APPROVED, PassState.REVOKED}


@dataclass
class Model:
    """A pass as somebody would keep it on a sheet of paper."""

    asked_by: str
    until: float
    state: str = "requested"
    issue: int = 1
    checked: str = ""
    approved: str = ""
    card: str | None = None
    opened: bool = False
    """This issue was active once."""
    renewal: list[str] = field(default_factory=list)
    """Who asked for the renewal and who checked it."""
    longer: float = 0.0
    visitor: bool = False


GOOD_IN = {
    Act.MAKE: {"approved"},
    Act.HAND_OVER: {"made"},
    Act.ACTIVATE: {"handed_over"},
    Act.SUSPEND: {"active"},
    Act.RESUME: {"suspended"},
    Act.REPORT_LOST: {"made", "handed_over", "active", "suspended", "expired"},
    Act.REVOKE: {"approved", "made", "handed_over", "active", "suspended", "expired", "lost"},
    Act.TAKE_BACK: {"handed_over", "active", "suspended", "expired"},
    Act.EXPIRE: {"approved", "made", "handed_over", "active", "suspended"},
    Act.REISSUE: {"made", "handed_over", "active", "lost"},
}
BECOMES = {
    Act.MAKE: "made",
    Act.HAND_OVER: "handed_over",
    Act.ACTIVATE: "active",
    Act.SUSPEND: "suspended",
    Act.RESUME: "active",
    Act.REPORT_LOST: "lost",
    Act.REVOKE: "revoked",
    Act.TAKE_BACK: "returned",
    Act.EXPIRE: "expired",
    Act.REISSUE: "approved",
}
NEEDS_REASON = {Act.SUSPEND, Act.REPORT_LOST, Act.REVOKE, Act.REFUSE, Act.REISSUE}
VISITORS_KNOW = {
    Act.SUSPEND, Act.RESUME, Act.REPORT_LOST, Act.REVOKE, Act.TAKE_BACK, Act.EXPIRE,
}  # fmt: skip


class PassOffice(RuleBasedStateMachine):
    """Officers do anything at any time."""

    ids = Bundle("ids")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.opened = database.session()
        self.session = self.opened.__enter__()
        self.now = START
        self.passes: dict[str, Model] = {}
        self.dead: dict[str, str] = {}
        """Cards that are over, and as what: `lost`, `revoked` or `returned`."""
        self.people = 0

    def teardown(self) -> None:
        """Nothing of an example is kept."""
        self.session.rollback()
        self.opened.__exit__(None, None, None)

    def _person(self) -> int:
        self.people += 1
        row = Person(first_name=f"p{self.people}")
        self.session.add(row)
        self.session.flush()
        return row.id

    @rule(target=ids, officer=st.sampled_from(OFFICERS), days=st.integers(1, 60))
    def ask(self, officer: str, days: int) -> str:
        """Somebody asks for a contractor's badge."""
        until = self.now + days * DAY
        pass_id = passes.request_pass(
            self.session,
            "contractor",
            person_id=self._person(),
            valid_until=until,
            actor=officer,
            now=self.now,
            zone=ZONE,
        )
        self.passes[pass_id] = Model(officer, until)
        return pass_id

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        """Also beyond the end of passes."""
        self.now += days * DAY

    @rule(
        pass_id=ids,
        act=st.sampled_from([act for act in Act if act is not Act.RENEW]),
        officer=st.sampled_from(OFFICERS),
        reason=st.sampled_from(["because", "because", "because", " "]),
    )
    def act(self, pass_id: str, act: Act, officer: str, reason: str) -> None:
        """Any act on any pass; both agree whether it may be."""
        model = self.passes[pass_id]
        allowed = self._allowed(model, act, officer) and (
            act not in NEEDS_REASON or reason == "because"
        )
        try:
            after = passes.step(
                self.session, pass_id, act, actor=officer, now=self.now, reason=reason, zone=ZONE
            )
        except UserError:
            assert not allowed, (model, act, officer)
            return
        assert allowed, (model, act, officer)
        self._follow(model, act, officer)
        assert after == model.state

    @rule(pass_id=ids, officers=st.permutations(OFFICERS))
    def whole_way(self, pass_id: str, officers: list[str]) -> None:
        """As an office does it, so that passes get far."""
        for act, officer in zip([Act.CHECK, Act.APPROVE, Act.MAKE], officers, strict=False):
            self.act(pass_id, act, officer, "because")
        for act in (Act.HAND_OVER, Act.ACTIVATE):
            self.act(pass_id, act, officers[0], "because")

    @rule(pass_id=ids, officer=st.sampled_from(OFFICERS), days=st.integers(1, 60))
    def renew(self, pass_id: str, officer: str, days: int) -> None:
        """A longer validity is asked for."""
        model = self.passes[pass_id]
        base = max(model.until, self.now) if model.state == "active" else self.now
        until = base + days * DAY
        allowed = model.state in ("active", "expired") and not model.renewal and not model.visitor
        try:
            passes.step(
                self.session,
                pass_id,
                Act.RENEW,
                actor=officer,
                now=self.now,
                zone=ZONE,
                valid_until=until,
            )
        except UserError:
            assert not allowed
            return
        assert allowed
        model.renewal, model.longer = [officer], until

    @rule(pass_id=ids, card=st.sampled_from(CARDS))
    def bind(self, pass_id: str, card: str) -> None:
        """A tag is tapped at the desk."""
        model = self.passes[pass_id]
        taken = any(m.card == card for p, m in self.passes.items() if p != pass_id)
        swap = model.card not in (None, card) and model.state in ("handed_over", "active")
        allowed = (
            not taken
            and card not in self.dead
            and (
                model.card == card
                or (model.state in ("approved", "made", "handed_over", "active") and not swap)
            )
        )
        try:
            bind_credential(self.session, pass_id, card)
        except UserError:
            assert not allowed, (model, card, self.dead)
            return
        assert allowed, (model, card, self.dead)
        model.card = card

    @rule(target=ids, card=st.sampled_from(CARDS))
    def lend(self, card: str) -> object:
        """The visitor desk lends a card."""
        taken = any(m.card == card for m in self.passes.values())
        last = self._last_owner(card)
        allowed = not taken and self.dead.get(card, "returned") == "returned"
        allowed = allowed and (last is None or last.visitor)
        try:
            pass_id = passes.lend_visitor_pass(
                self.session,
                self._person(),
                card,
                valid_until=self.now + DAY,
                actor="malee",
                now=self.now,
            )
        except UserError:
            assert not allowed
            return multiple()
        assert allowed
        self.dead.pop(card, None)
        self.passes[pass_id] = Model(
            "malee", self.now + DAY, "active", card=card, opened=True, visitor=True
        )
        return pass_id

    @rule(card=st.sampled_from(CARDS), state=st.sampled_from([*PassState]))
    def by_the_card(self, card: str, state: PassState) -> None:
        """What the API and the command line can do to a card alone brings none back."""
        row = self.session.get(Credential, card)
        before = None if row is None else row.state
        try:
            set_credential_state(self.session, card, state, "api")
        except UserError:
            return
        if state is not PassState.ACTIVE and state is not PassState.SUSPENDED:
            # Whatever else it is called, it opens nothing: kept out of the rest of the play.
            if state in ("lost", "revoked", "returned", "refused"):
                self.dead[card] = state.value
                return
            assert before not in ("lost", "revoked", "returned", "refused")
        if row is not None:
            row.state = before or "active"
            self.session.flush()
        else:
            self.session.delete(self.session.get_one(Credential, card))
            self.session.flush()

    def _last_owner(self, card: str) -> Model | None:
        row = self.session.get(Credential, card)
        return self.passes.get(row.pass_id) if row is not None and row.pass_id else None

    def _allowed(self, model: Model, act: Act, officer: str) -> bool:
        if model.visitor and act not in VISITORS_KNOW:
            return False
        renewing = model.renewal and model.state in ("active", "expired")
        if act is Act.CHECK:
            if renewing:
                return len(model.renewal) == 1 and officer != model.renewal[0]
            return model.state == "requested" and officer != model.asked_by
        if act is Act.APPROVE:
            if renewing:
                long_enough = model.longer > self.now
                return len(model.renewal) == 2 and officer not in model.renewal and long_enough
            return model.state == "checked" and officer not in (model.asked_by, model.checked)
        if act is Act.REFUSE:
            return bool(renewing) or model.state in ("requested", "checked")
        if model.until <= self.now and act in (Act.ACTIVATE, Act.RESUME, Act.REISSUE):
            return False
        return model.state in GOOD_IN.get(act, set())

    def _follow(self, model: Model, act: Act, officer: str) -> None:
        renewing = bool(model.renewal) and model.state in ("active", "expired")
        if act is Act.CHECK and renewing:
            model.renewal.append(officer)
        elif act is Act.CHECK:
            model.state, model.checked = "checked", officer
        elif act is Act.APPROVE and renewing:
            model.until, model.checked, model.approved = model.longer, model.renewal[1], officer
            model.renewal = []
            again = model.state == "active" or model.opened
            model.state = "active" if again else "approved"
        elif act is Act.APPROVE:
            model.state, model.approved = "approved", officer
        elif act is Act.REFUSE and renewing:
            model.renewal = []
        elif act is Act.REFUSE:
            model.state = "refused"
        else:
            self._end_card(model, act)
            model.state = BECOMES[act]
            if act is Act.REISSUE:
                model.issue, model.opened = model.issue + 1, False
        model.opened = model.opened or model.state == "active"

    def _end_card(self, model: Model, act: Act) -> None:
        """What becomes of the card, and of a renewal that is under way."""
        ends = {Act.REPORT_LOST: "lost", Act.REVOKE: "revoked", Act.TAKE_BACK: "returned"}
        if act in (Act.REPORT_LOST, Act.REVOKE, Act.TAKE_BACK):
            model.renewal = []
        if model.card is None:
            return
        if act in ends and not (act is Act.REVOKE and model.state == "lost"):
            self.dead[model.card] = ends[act]
        if act is Act.REISSUE:
            self.dead[model.card] = "lost" if model.state == "lost" else "revoked"
        if act in (Act.REISSUE, Act.TAKE_BACK):
            model.card = None

    @invariant()
    def nothing_opens_that_two_people_did_not_check_and_approve(self) -> None:
        """By the record itself, not by what the pass says of itself."""
        for row in self.session.query(PassRow).filter_by(state="active"):
            if self.passes[row.id].visitor:
                continue
            lines = self.session.query(PassAct).filter_by(pass_id=row.id).all()
            who = {
                act: {line.actor for line in lines if line.act == act}
                for act in ("request", "check", "approve")
            }
            assert who["check"]
            assert who["approve"]
            assert (row.checked_by, row.approved_by) != ("", "")
            assert row.checked_by != row.approved_by

    @invariant()
    def no_card_that_is_over_opens_anything(self) -> None:
        """And every card opens exactly what the model says."""
        for card in CARDS:
            found = pass_by_credential(self.session, card)
            opens = found is not None and found.state is PassState.ACTIVE
            holder = next((m for m in self.passes.values() if m.card == card), None)
            assert opens == (
                card not in self.dead and holder is not None and holder.state == "active"
            )

    @invariant()
    def the_rows_are_what_the_model_is(self) -> None:
        """State, issue, end, and one card at most."""
        for row in self.session.query(PassRow):
            model = self.passes[row.id]
            cards = self.session.query(Credential).filter_by(pass_id=row.id, bound=True).all()
            assert (row.state, row.issue) == (model.state, model.issue)
            assert abs((row.valid_until or 0) - model.until) < 1
            assert [card.value for card in cards] == ([model.card] if model.card else [])


@pytest.mark.timeout(600)
def test_passes_live_as_the_model_says(database: Database) -> None:
    """On both databases."""
    run_state_machine_as_test(
        lambda: PassOffice(database),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
