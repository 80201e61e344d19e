"""The badges that an office has out already, when it begins with this system.

They are in force without having been checked and approved here; so it is an administrator's act
at the command line, once, and each pass's history says what it was (`take_over`). It is no way
around the watchlist: whoever is on it, or like somebody on it, is left to a desk.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gatekeeper.db import pass_acts
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.holder_lists import pass_by_number
from gatekeeper.db.pass_acts import Planned, Step
from gatekeeper.db.passes import bind_credential
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act
from gatekeeper.office.passes import request_pass
from gatekeeper.office.watchlist import CALL_EN, CALL_TH, Consultation

__all__ = ["NUMBER_MOST", "take_over"]

NUMBER_MOST = 32


def take_over(
    session: Session,
    class_id: str,
    met: Consultation,
    *,
    person_id: int | None,
    vehicle_id: int | None,
    number: str,
    valid_from: float | None,
    valid_until: float | None,
    gates: list[str] | None,
    credential: str | None,
    reason: str,
    actor: str,
    now: float,
    zone: ZoneInfo,
) -> str:
    """A pass in force as it was elsewhere, with the number printed on it (empty: a new one) and
    its card; its id. Times are UTC seconds. `met`: what the watchlist said of holder and card.

    Raises UserError naming a field where the class, the holder, the number or the card does not
    allow it, or the watchlist says anything.
    """
    if not met.clear:
        raise UserError(
            f"{CALL_EN}; this pass is to be asked for at a desk",
            f"{CALL_TH} บัตรนี้ต้องดำเนินการที่งานบัตร",
            field="first_name" if vehicle_id is None else "plate",
        )
    _check_number(session, number)
    pass_id = request_pass(
        session,
        class_id,
        person_id=person_id,
        vehicle_id=vehicle_id,
        valid_from=valid_from,
        valid_until=valid_until,
        gates=gates,
        actor=actor,
        now=now,
        zone=zone,
        reason=reason,
    )
    facts = pass_acts.facts_of(session, [pass_id])[pass_id]
    planned = Planned(PassState.ACTIVE, facts.issue, {"number": number} if number else {})
    pass_acts.write(
        session, [Step(facts, planned)], Act.TAKE_OVER, actor=actor, now=now, reason=reason
    )
    record_act(
        session,
        actor,
        "pass.take_over",
        pass_id,
        reason,
        before={"state": facts.state.value},
        after={"state": planned.state.value, "number": number},
    )
    record_change(session, passes=[pass_id])
    if credential:
        bind_credential(session, pass_id, credential, actor=actor, note=reason)
    return pass_id


def _check_number(session: Session, number: str) -> None:
    if len(number) > NUMBER_MOST or (number and pass_by_number(session, number)):
        raise UserError(
            f"number {number[:40]!r} is longer than {NUMBER_MOST} characters, or another pass's",
            f"เลขที่บัตร “{number[:40]}” ยาวเกิน {NUMBER_MOST} ตัวอักษร หรือเป็นของบัตรอื่นแล้ว",
            field="number",
        )
