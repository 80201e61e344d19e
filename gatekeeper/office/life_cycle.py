"""The life of a pass as a table: which act leads from which state to which.

Pure: given what a pass is now, `plan` says what it becomes, or refuses. Nothing is read or
written here; gatekeeper.office.passes and gatekeeper.office.bulk do that, so one pass and five
thousand live by the same table.

    requested -> checked -> approved -> made -> handed_over -> active
                                 ^                                |
                                 `--------- reissue --------------+-> suspended -> active
    and out of it: refused, expired, lost, revoked, returned

The two promises, held by the table itself: only `activate`, `resume` and a renewal lead to
`active`, and each starts from a pass that two people checked and approved; nothing leads out of
`refused`, `revoked` and `returned`, and out of `lost` only to a new issue with a new card.

A renewal runs beside the state (`Renewal`): the pass goes on as it is while the longer
validity is checked and approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.db.pass_acts import Facts, Planned
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassKind, PassState
from gatekeeper.kinds_office import Act, Renewal

__all__ = [
    "ENDED",
    "LIVE",
    "REASON_DUE",
    "RENEWALS",
    "TRANSITIONS",
    "acts_of",
    "plan",
]

S = PassState

TRANSITIONS: Mapping[tuple[PassState, Act], PassState] = {
    (S.REQUESTED, Act.CHECK): S.CHECKED,
    (S.REQUESTED, Act.REFUSE): S.REFUSED,
    (S.CHECKED, Act.APPROVE): S.APPROVED,
    (S.CHECKED, Act.REFUSE): S.REFUSED,
    (S.APPROVED, Act.MAKE): S.MADE,
    (S.APPROVED, Act.REVOKE): S.REVOKED,
    (S.APPROVED, Act.EXPIRE): S.EXPIRED,
    (S.MADE, Act.HAND_OVER): S.HANDED_OVER,
    (S.MADE, Act.REISSUE): S.APPROVED,
    (S.MADE, Act.REPORT_LOST): S.LOST,
    (S.MADE, Act.REVOKE): S.REVOKED,
    (S.MADE, Act.EXPIRE): S.EXPIRED,
    (S.HANDED_OVER, Act.ACTIVATE): S.ACTIVE,
    (S.HANDED_OVER, Act.REISSUE): S.APPROVED,
    (S.HANDED_OVER, Act.REPORT_LOST): S.LOST,
    (S.HANDED_OVER, Act.REVOKE): S.REVOKED,
    (S.HANDED_OVER, Act.TAKE_BACK): S.RETURNED,
    (S.HANDED_OVER, Act.EXPIRE): S.EXPIRED,
    (S.ACTIVE, Act.SUSPEND): S.SUSPENDED,
    (S.ACTIVE, Act.REISSUE): S.APPROVED,
    (S.ACTIVE, Act.REPORT_LOST): S.LOST,
    (S.ACTIVE, Act.REVOKE): S.REVOKED,
    (S.ACTIVE, Act.TAKE_BACK): S.RETURNED,
    (S.ACTIVE, Act.EXPIRE): S.EXPIRED,
    (S.SUSPENDED, Act.RESUME): S.ACTIVE,
    (S.SUSPENDED, Act.REPORT_LOST): S.LOST,
    (S.SUSPENDED, Act.REVOKE): S.REVOKED,
    (S.SUSPENDED, Act.TAKE_BACK): S.RETURNED,
    (S.SUSPENDED, Act.EXPIRE): S.EXPIRED,
    (S.EXPIRED, Act.REPORT_LOST): S.LOST,
    (S.EXPIRED, Act.REVOKE): S.REVOKED,
    (S.EXPIRED, Act.TAKE_BACK): S.RETURNED,
    (S.LOST, Act.REISSUE): S.APPROVED,
    (S.LOST, Act.REVOKE): S.REVOKED,
}

RENEWALS: Mapping[tuple[Renewal, Act], Renewal] = {
    (Renewal.NONE, Act.RENEW): Renewal.REQUESTED,
    (Renewal.REQUESTED, Act.CHECK): Renewal.CHECKED,
    (Renewal.REQUESTED, Act.REFUSE): Renewal.NONE,
    (Renewal.CHECKED, Act.APPROVE): Renewal.NONE,
    (Renewal.CHECKED, Act.REFUSE): Renewal.NONE,
}
"""Of a pass that is active or expired; `approve` gives it the validity asked for."""

RENEWABLE = frozenset({S.ACTIVE, S.EXPIRED})

REASON_DUE = frozenset({Act.SUSPEND, Act.REPORT_LOST, Act.REVOKE, Act.REFUSE, Act.REISSUE})

ENDED = frozenset({S.REFUSED, S.REVOKED, S.LOST, S.RETURNED})
"""A card whose pass came here never opens anything again as that pass."""

LIVE = frozenset(S) - ENDED - {S.EXPIRED}
"""States of a pass that is, or is about to become, somebody's right to enter."""

FOUR_EYES = frozenset({Act.CHECK, Act.APPROVE})

LENT = frozenset({Act.SUSPEND, Act.RESUME, Act.REPORT_LOST, Act.REVOKE, Act.TAKE_BACK, Act.EXPIRE})
"""What is done with a visitor's or a guest's pass, which nobody checks and no office makes."""


def acts_of(facts: Facts) -> list[Act]:
    """The acts that the table allows now, in the order of `Act`; who may do them is not asked."""
    return [act for act in Act if _after(facts, act) or _renewal_after(facts, act) is not None]


def _after(facts: Facts, act: Act) -> PassState | None:
    """The state that `act` leads to, or None."""
    if _is_lent(facts) and act not in LENT:
        return None
    return TRANSITIONS.get((facts.state, act))


def _renewal_after(facts: Facts, act: Act) -> Renewal | None:
    if _is_lent(facts) or facts.state not in RENEWABLE:
        return None
    return RENEWALS.get((facts.renewal, act))


def _is_lent(facts: Facts) -> bool:
    return facts.class_id is None or facts.kind is PassKind.VISITOR


def plan(
    facts: Facts,
    act: Act,
    *,
    actor: str,
    now: float,
    reason: str = "",
    renew_until: float | None = None,
    renewal_approval: bool = True,
) -> Planned:
    """What `act` makes of the pass. Raises UserError where the table or a person says no.

    `renew_until`: the end that a renewal asks for (None: open), worked out by the caller from
    the class; `renewal_approval`: whether the class wants a renewal approved.
    """
    if act in REASON_DUE and not reason.strip():
        raise UserError("a reason is due", "กรุณาระบุเหตุผล", field="reason")
    after = _after(facts, act)
    if after is None:
        return _renewal(facts, act, actor, now, renew_until, approval=renewal_approval)
    _check_people(act, actor, facts.requested_by, facts.checked_by)
    if act in (Act.RESUME, Act.REISSUE, Act.ACTIVATE) and _is_over(facts, now):
        raise UserError(
            "the validity of this pass is over; it is to be renewed first",
            "บัตรพ้นกำหนดใช้แล้ว ต้องต่ออายุก่อน",
        )
    return Planned(after, _issue(facts, act), _values(facts, act, actor), *_card(facts, act))


def _values(facts: Facts, act: Act, actor: str) -> dict[str, Any]:
    if act is Act.CHECK:
        return {"checked_by": actor}
    if act is Act.APPROVE:
        return {"approved_by": actor}
    if act in (Act.REVOKE, Act.REPORT_LOST, Act.TAKE_BACK) and facts.renewal:
        return dict(_NO_RENEWAL)
    return {}


_NO_RENEWAL: Mapping[str, Any] = {
    "renewal_state": "",
    "renewal_until": None,
    "renewal_by": "",
    "renewal_checked_by": "",
}


def _issue(facts: Facts, act: Act) -> int:
    return facts.issue + 1 if act is Act.REISSUE else facts.issue


def _card(facts: Facts, act: Act) -> tuple[PassState | None, bool]:
    """What becomes of the card, and whether it is taken from the pass."""
    if act is Act.REISSUE:
        return (S.LOST if facts.state is S.LOST else S.REVOKED), True
    if act is Act.TAKE_BACK:
        return S.RETURNED, True
    if act is Act.REVOKE:
        return (None if facts.state is S.LOST else S.REVOKED), False
    if act is Act.REPORT_LOST:
        return S.LOST, False
    return None, False


def _renewal(
    facts: Facts,
    act: Act,
    actor: str,
    now: float,
    until: float | None,
    *,
    approval: bool,
) -> Planned:
    after = _renewal_after(facts, act)
    if after is None:
        raise _not_now(facts, act)
    if act is Act.RENEW and not approval:
        return _renewed(facts, until, facts.approved_by)
    if act is Act.RENEW:
        values = {"renewal_until": until, "renewal_by": actor, "renewal_checked_by": ""}
        return Planned(facts.state, facts.issue, {**values, "renewal_state": after.value})
    _check_people(act, actor, facts.renewal_by, facts.renewal_checked_by)
    if act is Act.CHECK:
        values = {"renewal_state": after.value, "renewal_checked_by": actor}
        return Planned(facts.state, facts.issue, values)
    if act is Act.REFUSE:
        return Planned(facts.state, facts.issue, dict(_NO_RENEWAL))
    if facts.renewal_until is not None and facts.renewal_until <= now:
        raise UserError(
            "the validity asked for is over already; refuse it and renew anew",
            "ระยะเวลาที่ขอต่ออายุผ่านไปแล้ว ให้ไม่อนุมัติแล้วขอต่ออายุใหม่",
        )
    return _renewed(facts, facts.renewal_until, actor)


def _renewed(facts: Facts, until: float | None, approver: str) -> Planned:
    values = {
        **_NO_RENEWAL,
        "valid_until": until,
        "checked_by": facts.renewal_checked_by or facts.checked_by,
        "approved_by": approver,
    }
    again = facts.state is S.ACTIVE or facts.was_active
    return Planned(S.ACTIVE if again else S.APPROVED, facts.issue, values)


def _check_people(act: Act, actor: str, requester: str, checker: str) -> None:
    """Who asked, who checks and who approves are different people, administrators too."""
    if act not in FOUR_EYES:
        return
    if actor == requester:
        raise UserError(
            "whoever asked for a pass neither checks nor approves it: another officer is due",
            "ผู้ขอออกบัตรจะตรวจสอบหรืออนุมัติเองไม่ได้ ต้องเป็นเจ้าหน้าที่คนอื่น",
        )
    if act is Act.APPROVE and actor == checker:
        raise UserError(
            "whoever checked a pass does not approve it: another officer is due",
            "ผู้ตรวจสอบจะอนุมัติเองไม่ได้ ต้องเป็นเจ้าหน้าที่คนอื่น",
        )


def _is_over(facts: Facts, now: float) -> bool:
    return facts.valid_until is not None and facts.valid_until <= now


def _not_now(facts: Facts, act: Act) -> UserError:
    allowed = ", ".join(each.value for each in acts_of(facts)) or "nothing"
    return UserError(
        f"a pass that is {facts.state.value} cannot be: {act.value}; allowed now: {allowed}",
        f"ทำรายการนี้ไม่ได้ ขณะนี้บัตรอยู่ในสถานะ “{_IN_THAI[facts.state]}”",
    )


_IN_THAI: Mapping[PassState, str] = {
    S.REQUESTED: "รอตรวจสอบ",
    S.CHECKED: "รออนุมัติ",
    S.APPROVED: "รอจัดทำ",
    S.MADE: "จัดทำแล้ว",
    S.HANDED_OVER: "ส่งมอบแล้ว",
    S.ACTIVE: "ใช้งานอยู่",
    S.EXPIRED: "หมดอายุ",
    S.SUSPENDED: "ถูกระงับ",
    S.REVOKED: "ถูกยกเลิก",
    S.LOST: "แจ้งหาย",
    S.RETURNED: "คืนแล้ว",
    S.REFUSED: "ไม่อนุมัติ",
}
