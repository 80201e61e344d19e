"""Two people for one act: who may ask, who may decide, when, how often; all of it on record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.db.audit import latest_acts
from gatekeeper.db.engine import Database, Session
from gatekeeper.errors import UserError
from gatekeeper.office import approvals
from gatekeeper.office.approvals import LIFETIME_S, ApprovalState, Kind

NOW = 1_800_000_000.0
DONE: list[Any] = []


def both(details: Any) -> tuple[str, str]:
    """A summary."""
    return f"ทำ {details['what']}", f"do {details['what']}"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds: one that is done when approved, one that its asker does."""
    monkeypatch.setattr(approvals, "KINDS", {})
    DONE.clear()
    roles = frozenset({"admin", "issuer"}), frozenset({"admin"})
    approvals.register(
        Kind(
            "at_once",
            ("ก", "a"),
            *roles,
            both,
            lambda _s, details, by, _n: DONE.append((by, details)),
        )
    )
    approvals.register(Kind("later", ("ข", "b"), *roles, both))


def ask(session: Session, kind: str = "at_once", by: str = "anan", role: str = "issuer") -> int:
    """Ask for an act."""
    made = approvals.ask(
        session,
        kind,
        subject="watch:7",
        details={"what": "this"},
        reason="needed",
        actor=by,
        role=role,
        now=NOW,
    )
    return made.id


def decide(
    session: Session,
    request: int,
    by: str = "busaba",
    role: str = "admin",
    approve: bool = True,
    at: float = NOW + 1,
    reason: str = "because of it",
) -> Any:
    """Decide on it."""
    return approvals.decide(
        session, request, approve=approve, reason=reason, actor=by, role=role, now=at
    )


def test_an_act_is_done_when_another_one_approves_it(database: Database) -> None:
    """Once, for who asked, with the details as they were asked for."""
    with database.session() as session:
        request = ask(session)
    assert DONE == []

    with database.session() as session:
        decided = decide(session, request)

    assert DONE == [("anan", {"what": "this"})]
    assert (decided.state, decided.decided_by) == (ApprovalState.USED, "busaba")
    with database.session() as session, pytest.raises(UserError, match="is used"):
        decide(session, request)
    assert len(DONE) == 1


@pytest.mark.parametrize("by", ["anan", "Anan", "ANAN"])
def test_who_asked_cannot_decide(database: Database, by: str) -> None:
    """However the own name is written."""
    with database.session() as session:
        request = ask(session, role="admin")

    with database.session() as session, pytest.raises(UserError, match="another person"):
        decide(session, request, by=by)

    assert DONE == []


def test_only_the_roles_of_the_kind_ask_and_decide(database: Database) -> None:
    """An issuer may ask and not decide; a guard neither."""
    with database.session() as session:
        request = ask(session)
        with pytest.raises(UserError, match="may not decide"):
            decide(session, request, role="issuer")
        with pytest.raises(UserError, match="may not ask"):
            ask(session, role="guard")


def test_after_a_day_it_is_over(database: Database) -> None:
    """Neither decided nor used; a sweep says so."""
    with database.session() as session:
        request, approved = ask(session), ask(session, "later")
        decide(session, approved)
        with pytest.raises(UserError, match="has expired"):
            decide(session, request, at=NOW + LIFETIME_S)
        with pytest.raises(UserError, match="has expired"):
            approvals.use(session, approved, "later", actor="anan", now=NOW + LIFETIME_S)

        assert approvals.expire(session, NOW + LIFETIME_S - 1) == 0
        assert approvals.expire(session, NOW + LIFETIME_S) == 2
        with pytest.raises(UserError, match="is expired"):
            decide(session, request)


def test_an_approved_act_is_used_once_by_who_asked_for_what_was_asked(database: Database) -> None:
    """Another person, another act, a second time: refused."""
    with database.session() as session:
        request = ask(session, "later")
        with pytest.raises(UserError, match="is open"):
            approvals.use(session, request, "later", actor="anan", now=NOW)
        decide(session, request)
        for kind, by in (("at_once", "anan"), ("later", "busaba")):
            with pytest.raises(UserError, match="another act or another person"):
                approvals.use(session, request, kind, actor=by, now=NOW + 2)

        details = approvals.use(session, request, "later", actor="anan", now=NOW + 2)

        assert details == {"what": "this"}
        with pytest.raises(UserError, match="is used"):
            approvals.use(session, request, "later", actor="anan", now=NOW + 3)


def test_a_refusal_needs_a_reason_and_is_an_end(database: Database) -> None:
    """Who asked must learn why."""
    with database.session() as session:
        request = ask(session)
        with pytest.raises(UserError, match="reason") as refused:
            decide(session, request, approve=False, reason=" ")
        assert refused.value.field == "reason"

        decided = decide(session, request, approve=False, reason="not  now")

        assert (decided.state, decided.decision_reason) == (ApprovalState.REFUSED, "not now")
        with pytest.raises(UserError, match="is refused"):
            decide(session, request)


def test_an_act_that_fails_leaves_nothing_decided(database: Database) -> None:
    """One transaction: it may be decided again."""

    def fail(*_: Any) -> None:
        raise UserError("cannot be")

    approvals.register(
        Kind("fails", ("ค", "c"), frozenset({"admin"}), frozenset({"admin"}), both, fail)
    )
    with database.session() as session:
        request = ask(session, "fails", role="admin")
    with pytest.raises(UserError, match="cannot be"), database.session() as session:
        decide(session, request)

    with database.reading() as session:
        assert approvals.to_show(session, actor="", role="admin")[0].state is ApprovalState.OPEN


def test_every_step_is_audited_by_whoever_took_it(database: Database) -> None:
    """Asked, approved, used; and asked, refused."""
    with database.session() as session:
        first, second = ask(session), ask(session)
        decide(session, first)
        decide(session, second, approve=False)
        steps = [(act[1], act[2], act[3]) for act in reversed(latest_acts(session))]

    assert steps == [
        ("anan", "approval.ask", f"approval:{first}"),
        ("anan", "approval.ask", f"approval:{second}"),
        ("busaba", "approval.approve", f"approval:{first}"),
        ("anan", "approval.use", f"approval:{first}"),
        ("busaba", "approval.refuse", f"approval:{second}"),
    ]


def test_the_badge_counts_what_waits_for_this_person(database: Database) -> None:
    """Not the own ones, not what is decided, nothing for roles that decide nothing."""
    with database.session() as session:
        ask(session), ask(session, by="busaba", role="admin")
        decide(session, ask(session))

        def waiting(by: str, role: str, at: float = NOW) -> int:
            return approvals.waiting(session, actor=by, role=role, now=at)

        assert (waiting("busaba", "admin"), waiting("anan", "admin")) == (1, 1)
        assert waiting("chai", "admin") == 2
        assert waiting("chai", "issuer") == 0
        assert waiting("chai", "admin", NOW + LIFETIME_S) == 0
        shown = approvals.to_show(session, actor="anan", role="issuer")
        assert {each.requested_by for each in shown} == {"anan"}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["approve", "refuse", "use"]),
            st.sampled_from(["anan", "busaba", "chai"]),
            st.sampled_from(["admin", "issuer", "guard"]),
            st.sampled_from([0.0, 10.0, LIFETIME_S - 1, LIFETIME_S, LIFETIME_S + 9]),
        ),
        max_size=8,
    )
)
def test_no_order_of_steps_does_it_twice_or_alone(database: Database, steps: Any) -> None:
    """Whatever is tried: at most one use, after an approval by another, within the day."""
    with database.session() as session:
        request = ask(session, "later")
        used, approved = [], []
        for step, by, role, later in steps:
            try:
                if step == "use":
                    approvals.use(session, request, "later", actor=by, now=NOW + later)
                    used.append((by, later))
                else:
                    done = decide(session, request, by, role, step == "approve", NOW + later)
                    approved += [(by, role)] if done.state is ApprovalState.APPROVED else []
            except UserError:
                continue

    assert len(used) <= 1
    assert len(approved) <= 1
    assert all(by == "anan" and later < LIFETIME_S and approved for by, later in used)
    assert all(by != "anan" and role == "admin" for by, role in approved)
