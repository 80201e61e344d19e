"""What an office does with one pass: ask for it, take it a step on, lend and take back.

Functions on a session; who acts and when it is are passed in. The rules of the steps are the
table in gatekeeper.office.life_cycle. Each function records what it did in the pass's history
and for the auditors, and tells the gates, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from gatekeeper.db import pass_acts
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_acts import Facts, Step
from gatekeeper.db.pass_classes import ClassInfo, class_by_id
from gatekeeper.db.pass_lists import holder_of_pass
from gatekeeper.db.passes import (
    check_lendable,
    lend_credential,
    new_pass_id,
    pass_of_card,
    set_credential_state,
)
from gatekeeper.errors import UserError
from gatekeeper.kinds import HolderKind, PassKind, PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office.life_cycle import LIVE, plan
from gatekeeper.office.validity import end_by_rule, validity
from gatekeeper.office.watchlist import CALL_EN, CALL_TH, is_watched

__all__ = [
    "VISITOR_CLASS",
    "lend_visitor_pass",
    "refuse_watched_holder",
    "renewed_end",
    "request_pass",
    "return_visitor_pass",
    "revoke_card",
    "step",
]

VISITOR_CLASS = "visitor"

FORWARD = frozenset(
    {Act.CHECK, Act.APPROVE, Act.MAKE, Act.HAND_OVER, Act.ACTIVATE, Act.RESUME, Act.RENEW}
)
"""Steps towards an open gate: not taken for a holder who is on the watchlist."""


def request_pass(
    session: Session,
    class_id: str,
    *,
    person_id: int | None = None,
    vehicle_id: int | None = None,
    member_id: int | None = None,
    valid_from: float | None = None,
    valid_until: float | None = None,
    gates: Iterable[str] | None = None,
    actor: str,
    now: float,
    zone: ZoneInfo,
    reason: str = "",
) -> str:
    """Ask for a pass of this class for a person or a vehicle; its id, in state `requested`.

    It has its number from now on. `valid_until` (UTC seconds, exclusive) may shorten what the
    class gives; `gates` may narrow what it opens. `actor` is the account that asks, or the
    reference of a request from outside. Raises UserError naming a field (`class_id`,
    `person_id`, `vehicle_id`, `valid_until`).
    """
    found = _class(session, class_id)
    if found.kind is PassKind.VISITOR:
        raise UserError(
            "a visitor's pass is lent at the visitor desk, not asked for",
            "บัตรผู้มาติดต่อให้แลกที่จุดแลกบัตร ไม่ต้องขอ",
            field="class_id",
        )
    _check_holder(session, found, person_id, vehicle_id)
    refuse_watched_holder(session, person_id, vehicle_id, now)
    begin, end = validity(found.validity, found.validity_days, now, zone, valid_from, valid_until)
    _check_single(session, found, person_id, vehicle_id, begin, end)
    pass_id = new_pass_id()
    values = {
        "id": pass_id,
        "kind": found.kind.value,
        "state": PassState.REQUESTED.value,
        "class_id": class_id,
        "person_id": person_id,
        "vehicle_id": vehicle_id,
        "member_id": member_id,
        "valid_from": begin,
        "valid_until": end,
        "gates": None if gates is None else sorted(set(gates)),
        "requested_by": actor,
        "number": pass_acts.next_number(session, class_id),
        "note": "",
    }
    pass_acts.insert_pass(session, values, Act.REQUEST, actor, now, reason)
    record_act(session, actor, "pass.request", pass_id, reason, after={"class": class_id})
    record_change(session, passes=[pass_id])
    return pass_id


def step(
    session: Session,
    pass_id: str,
    act: Act,
    *,
    actor: str,
    now: float,
    reason: str = "",
    zone: ZoneInfo | None = None,
    valid_until: float | None = None,
) -> PassState:
    """Do `act` with a pass; the state that it has then, in force at gates once committed.

    `zone` is needed to renew (the class's rule counts days at the site); `valid_until` is the
    end that a renewal asks for, where its class goes by the request. Raises UserError for an
    unknown pass, an act that the table does not allow now, a reason that is missing (field
    `reason`), or an officer who had a hand in it before.
    """
    facts = pass_acts.facts_of(session, [pass_id]).get(pass_id)
    if facts is None:
        raise UserError(f"pass {pass_id!r} does not exist", "ไม่พบบัตรผ่านนี้")
    if act in FORWARD:
        refuse_watched_holder(session, *holder_of_pass(session, pass_id), now)
    until, approval = None, True
    if act is Act.RENEW and facts.class_id is not None:
        found = _class(session, facts.class_id)
        until = renewed_end(found, facts, now, zone or ZoneInfo("UTC"), valid_until)
        approval = found.renewal_approval
    planned = plan(
        facts,
        act,
        actor=actor,
        now=now,
        reason=reason,
        renew_until=until,
        renewal_approval=approval,
    )
    keys = pass_acts.write(
        session, [Step(facts, planned)], act, actor=actor, now=now, reason=reason.strip()
    )
    before = {"state": facts.state.value, "issue": facts.issue}
    after = {"state": planned.state.value, "issue": planned.issue}
    record_act(session, actor, f"pass.{act.value}", pass_id, reason, before=before, after=after)
    record_change(session, credentials=keys)
    return planned.state


def refuse_watched_holder(
    session: Session, person_id: int | None, vehicle_id: int | None, now: float
) -> None:
    """Stop the desk where the holder is on the watchlist. Raises UserError: whom to call."""
    for kind, subject in (("person", person_id), ("vehicle", vehicle_id)):
        if subject is not None and is_watched(session, kind, subject, now):
            raise UserError(CALL_EN, CALL_TH)


def renewed_end(
    found: ClassInfo, facts: Facts, now: float, zone: ZoneInfo, asked: float | None = None
) -> float | None:
    """Until when a pass is valid once renewed, by the rule of its class; None: no end.

    A pass that is still valid goes on from its end, one that is over begins today. Raises
    UserError where it was renewed for the coming period already.
    """
    current = facts.valid_until
    going_on = facts.state is PassState.ACTIVE and current is not None and current > now
    latest = end_by_rule(found.validity, found.validity_days, now, zone)
    if going_on and current is not None and latest is not None and current > latest:
        raise UserError(
            "this pass is renewed beyond its present period already",
            "บัตรนี้ต่ออายุเกินรอบปัจจุบันไว้แล้ว",
        )
    begin = current if going_on and current is not None else now
    return validity(found.validity, found.validity_days, now, zone, begin, asked)[1]


def lend_visitor_pass(
    session: Session,
    person_id: int,
    credential: str,
    *,
    valid_until: float,
    gates: Iterable[str] | None = None,
    actor: str,
    now: float,
) -> str:
    """Lend a visitor the card that is read as `credential`; the id of a new, active pass.

    `gates`: the only ones that it opens. Nobody checks or approves it: whom the visitor desk
    lends a card to is the desk's rule. Raises UserError (field `credential`) for a card that is
    lent, lost or revoked, that cannot be trusted, or that was ever a pass of another class.
    """
    found = _class(session, VISITOR_CLASS)
    _check_holder(session, found, person_id, None)
    refuse_watched_holder(session, person_id, None, now)
    check_lendable(session, credential, found.id)
    pass_id = new_pass_id()
    values = {
        "id": pass_id,
        "kind": found.kind.value,
        "state": PassState.ACTIVE.value,
        "class_id": found.id,
        "person_id": person_id,
        "valid_from": now,
        "valid_until": valid_until,
        "gates": None if gates is None else list(gates),
        "requested_by": actor,
        "number": pass_acts.next_number(session, found.id),
        "note": "",
    }
    pass_acts.insert_pass(session, values, Act.LEND, actor, now, "")
    lend_credential(session, pass_id, credential, now)
    record_act(session, actor, "pass.lend", pass_id)
    record_change(session, credentials=[credential])
    return pass_id


def return_visitor_pass(session: Session, pass_id: str, *, actor: str, now: float) -> None:
    """Take a visitor's card back: it says `returned` at gates and may be lent again."""
    step(session, pass_id, Act.TAKE_BACK, actor=actor, now=now)


def revoke_card(session: Session, credential: str, *, actor: str, now: float, note: str) -> str:
    """Revoke what is read as `credential`, with its pass where that has a class; the pass's id.

    Empty where no pass is bound to it: then the card alone is remembered as revoked.
    """
    pass_id = pass_of_card(session, credential)
    facts = pass_acts.facts_of(session, [pass_id]).get(pass_id) if pass_id else None
    if facts is not None and facts.class_id is not None and facts.state is not PassState.REVOKED:
        reason = note.strip() or "revoked by its card"
        step(session, facts.id, Act.REVOKE, actor=actor, now=now, reason=reason)
        return facts.id
    set_credential_state(session, credential, PassState.REVOKED, actor, note)
    return pass_id or ""


def _class(session: Session, class_id: str) -> ClassInfo:
    found = class_by_id(session, class_id)
    if found is None:
        raise UserError(
            f"pass class {class_id!r} does not exist", "ไม่พบประเภทบัตรนี้", field="class_id"
        )
    return found


def _check_holder(
    session: Session, found: ClassInfo, person_id: int | None, vehicle_id: int | None
) -> None:
    if not found.active:
        raise UserError(
            f"class {found.name_en!r} is no longer issued",
            f"ประเภทบัตร “{found.name_th}” เลิกออกแล้ว",
            field="class_id",
        )
    if found.holder is HolderKind.VEHICLE:
        known = vehicle_id is not None and pass_acts.holder_exists(session, vehicle_id=vehicle_id)
        known = known and (
            person_id is None or pass_acts.holder_exists(session, person_id=person_id)
        )
        field, en, th = "vehicle_id", "a vehicle", "ยานพาหนะ"
    else:
        known = person_id is not None and pass_acts.holder_exists(session, person_id=person_id)
        known = known and vehicle_id is None
        field, en, th = "person_id", "a person", "บุคคล"
    if not known:
        raise UserError(
            f"a pass of class {found.name_en!r} belongs to {en} on record",
            f"บัตรประเภท “{found.name_th}” ต้องออกให้{th}ที่มีในทะเบียน",
            field=field,
        )


def _check_single(
    session: Session,
    found: ClassInfo,
    person_id: int | None,
    vehicle_id: int | None,
    begin: float,
    end: float | None,
) -> None:
    """One live pass of a class at a time: a second badge is what gets lent to somebody else."""
    if found.kind is PassKind.EVENT:
        return
    car = found.holder is HolderKind.VEHICLE
    mine = {"vehicle_id": vehicle_id} if car else {"person_id": person_id}
    numbers = pass_acts.numbers_of_holder(session, found.id, LIVE, begin, end, **mine)
    if numbers:
        raise UserError(
            f"this holder has pass {numbers[0]} of the same class; renew or reissue that one",
            f"ผู้ถือบัตรรายนี้มีบัตรประเภทเดียวกันอยู่แล้ว เลขที่ {numbers[0]} ให้ต่ออายุหรือออกใบแทนของบัตรเดิม",
            field="class_id",
        )
