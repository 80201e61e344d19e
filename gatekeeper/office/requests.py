"""What officers and the applicant do with a request: check, ask, answer, refuse, approve, withdraw.

One officer checks, another approves; approving makes the holders' records and asks for their
passes. What is known already is shown and chosen by a person, never merged by itself. The
watchlist is asked at each step: what it stops is not checked and not approved.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gatekeeper.db import requests as rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.requests import Member, Request
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import ApplicationState as State
from gatekeeper.office import letters, request_holders, watchlist
from gatekeeper.office.holder_rules import clean_text
from gatekeeper.office.request_intake import FileDraft, store_files, subject_of
from gatekeeper.vault import Vault

__all__ = [
    "MEMBER_IN",
    "MEMBER_OUT",
    "answer",
    "approve",
    "ask",
    "check",
    "consult",
    "decide_member",
    "refuse",
    "tell_ready",
    "withdraw",
]

MEMBER_IN, MEMBER_OUT = "received", "refused"
TEXT_MOST = 2000


def consult(session: Session, request_id: int, *, actor: str, now: float) -> watchlist.Consultation:
    """What the watchlist says of everybody in the request. Commit it before acting on it: an
    act that it forbids is rolled back, what was met stays on record."""
    found = [
        watchlist.consult(session, subject_of(member), place="request", actor=actor, now=now)
        for member in rows.members_of(session, request_id)
        if member.state != MEMBER_OUT
    ]
    stops = tuple(each for one in found for each in one.stops)
    return watchlist.Consultation(stops, tuple(each for one in found for each in one.questions))


def check(session: Session, request_id: int, *, actor: str, now: float) -> None:
    """Found in order; another officer approves. Raises UserError."""
    request = _open(session, request_id, State.RECEIVED)
    watchlist.refuse_watched(consult(session, request_id, actor=actor, now=now))
    _somebody_left(session, request_id)
    _change(session, request, State.CHECKED, actor, now, "checked", "", checked_by=actor)


def ask(session: Session, request_id: int, text: str, *, actor: str, now: float) -> None:
    """Ask the applicant for something; the request waits, and is checked anew after the answer."""
    request = _open(session, request_id, State.RECEIVED, State.CHECKED)
    said = _due(text, "สิ่งที่ขอให้ส่งเพิ่มเติม", "what is asked")
    _change(session, request, State.ASKED, actor, now, "asked", said, checked_by="")
    letters.queue(session, request, letters.Kind.ASKED, now=now, text=said)


def answer(
    session: Session, request_id: int, text: str, files: tuple[FileDraft, ...], *, now: float
) -> None:
    """The applicant answers; the request is in the queue again, to be checked."""
    request = _open(session, request_id, State.ASKED)
    said = clean_lines(text)
    if not said and not files:
        raise UserError("an answer or a file is due", "กรุณาตอบหรือแนบไฟล์", field="text")
    store_files(session, request_id, files, now)
    _change(session, request, State.RECEIVED, "", now, "answered", said)


def withdraw(session: Session, request_id: int, *, now: float) -> None:
    """The applicant wants it no more."""
    request = _open(session, request_id, *rows.OPEN)
    _change(session, request, State.WITHDRAWN, "", now, "withdrawn", "", decided_at=now)
    letters.queue(session, request, letters.Kind.WITHDRAWN, now=now)


def refuse(session: Session, request_id: int, reason: str, *, actor: str, now: float) -> None:
    """Refuse all of it, with the reason that the applicant is told."""
    request = _open(session, request_id, *rows.OPEN)
    said = _due(reason, "เหตุผล", "a reason", "reason")
    decided = {"decided_at": now, "decided_by": actor, "reason": said}
    _change(session, request, State.REFUSED, actor, now, "refused", said, **decided)
    letters.queue(session, request, letters.Kind.REFUSED, now=now, text=said)


def approve(
    session: Session, vault: Vault, request_id: int, *, actor: str, now: float, zone: ZoneInfo
) -> list[str]:
    """Make the holders' records and ask for their passes, approved by two; the passes' ids.

    Raises UserError: not checked, checked by the same officer, somebody on the watchlist, a
    known holder about whom nobody has said whether it is the same.
    """
    request = _open(session, request_id, State.CHECKED)
    if actor == request.checked_by:
        raise UserError(
            "you checked this request; another officer approves it",
            "ท่านเป็นผู้ตรวจคำขอนี้ ต้องให้เจ้าหน้าที่อีกคนเป็นผู้อนุมัติ",
        )
    watchlist.refuse_watched(consult(session, request_id, actor=actor, now=now))
    members = _somebody_left(session, request_id)
    passes = request_holders.issue(
        session, vault, request, members, actor=actor, now=now, zone=zone
    )
    decided = {"decided_at": now, "decided_by": actor}
    _change(session, request, State.APPROVED, actor, now, "approved", "", **decided)
    refused = [each for each in rows.members_of(session, request_id) if each.state == MEMBER_OUT]
    letters.queue(
        session, request, letters.Kind.APPROVED, now=now, text=_not_all(request.language, refused)
    )
    return passes


def decide_member(
    session: Session, request_id: int, member_id: int, *, admit: bool, reason: str, actor: str,
    now: float,
) -> None:  # fmt: skip
    """Leave one out of the request, with a reason, or take them in again (before it is checked)."""
    states = (State.RECEIVED,) if admit else (State.RECEIVED, State.CHECKED)
    request = _open(session, request_id, *states)
    member = _member(session, request_id, member_id)
    said = "" if admit else _due(reason, "เหตุผล", "a reason", "reason")
    state = MEMBER_IN if admit else MEMBER_OUT
    rows.set_member(session, member_id, {"state": state, "reason": said})
    rows.add_note(session, request_id, now, actor, "note", f"{member.position_in_list}: {state}")
    rows.set_request(session, request_id, {"changed_at": now})
    act = "request.member_in" if admit else "request.member_out"
    record_act(session, actor, act, f"request:{request.id}", said, after={"member": member_id})


def tell_ready(session: Session, request_id: int, text: str, *, actor: str, now: float) -> None:
    """Write to the applicant that the passes can be collected."""
    request = _open(session, request_id, State.APPROVED)
    said = clean_lines(text)
    rows.add_note(session, request_id, now, actor, "ready", said)
    letters.queue(session, request, letters.Kind.READY, now=now, text=said)
    record_act(session, actor, "request.ready", f"request:{request_id}")


def clean_lines(text: str) -> str:
    """What was typed, its lines kept, everything else as everywhere. Raises UserError."""
    lines = (clean_text(line, "text", TEXT_MOST) for line in text.splitlines())
    kept = "\n".join(lines).strip()
    if len(kept) > TEXT_MOST:
        raise UserError(
            f"{len(kept)} characters seen; at most {TEXT_MOST} are due",
            f"กรอก {len(kept)} ตัวอักษร กรอกได้ไม่เกิน {TEXT_MOST} ตัวอักษร",
            field="text",
        )
    return kept


def _open(session: Session, request_id: int, *states: State) -> Request:
    """The request, held until the transaction ends, if it is in one of `states`."""
    request = rows.request_by_id(session, request_id, lock=True)
    if request is None or request.erased_at is not None:
        raise UserError("there is no such request", "ไม่พบคำขอนี้")
    if request.state not in states:
        raise UserError(
            f"the request is {request.state} now; somebody acted on it meanwhile, look again",
            "สถานะของคำขอเปลี่ยนไปแล้ว โปรดเปิดดูอีกครั้ง",
        )
    return request


def _member(session: Session, request_id: int, member_id: int) -> Member:
    found = next((m for m in rows.members_of(session, request_id) if m.id == member_id), None)
    if found is None:
        raise UserError("nobody of this request", "ไม่มีรายการนี้ในคำขอ")
    return found


def _somebody_left(session: Session, request_id: int) -> list[Member]:
    left = [each for each in rows.members_of(session, request_id) if each.state != MEMBER_OUT]
    if not left:
        raise UserError(
            "everybody was left out; refuse the request instead",
            "ตัดออกหมดทุกรายการแล้ว ให้ไม่อนุมัติทั้งคำขอแทน",
        )
    return left


def _change(
    session: Session, request: Request, state: State, actor: str, now: float, kind: str,
    text: str, **values: object,
) -> None:  # fmt: skip
    rows.set_request(session, request.id, {"state": state.value, "changed_at": now, **values})
    rows.add_note(session, request.id, now, actor, kind, text)
    record_act(
        session,
        actor or request.reference,
        f"request.{kind}",
        f"request:{request.id}",
        before={"state": request.state.value},
        after={"state": state.value},
    )


def _due(text: str, th: str, en: str, field: str = "text") -> str:
    said = clean_lines(text)
    if not said:
        raise UserError(f"please enter {en}", f"กรุณากรอก{th}", field=field)
    return said


def _not_all(language: str, refused: list[Member]) -> str:
    """Who of the list gets no pass, and why."""
    if not refused:
        return ""
    head = "รายการที่ไม่ได้รับอนุมัติ:" if language == "th" else "Not approved:"
    return "\n".join([head, *(f"- {each.name}: {each.reason}" for each in refused)])
