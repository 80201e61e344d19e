"""Passes and the credentials bound to them: look up, bind, lend, revoke, report lost.

Every act here records its change for the gates and who did it, in the same transaction.
A credential belongs to one pass at a time, a pass has at most one credential at a time. One that
was lost or revoked never opens anything again, one that was returned only as a visitor's new
pass; the steps of a pass itself are gatekeeper.office.passes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from gatekeeper.credential import is_untrusted, pass_number_in
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.compiled import compile_keys, compile_pass_ids, key_without_credential
from gatekeeper.db.tables import Credential, PassClass, PassRow
from gatekeeper.errors import UserError
from gatekeeper.model import Pass, PassKind, PassState

__all__ = [
    "CODE_REFUSED_EN",
    "CODE_REFUSED_TH",
    "bind_credential",
    "card_state",
    "check_lendable",
    "is_pass_code",
    "lend_credential",
    "new_pass_id",
    "pass_by_credential",
    "pass_of_card",
    "passes_by_credential",
    "passes_by_id",
    "set_credential_state",
    "set_pass_validity",
]


def new_pass_id() -> str:
    """16 random hexadecimal digits: never used again, also not after the database was lost."""
    return secrets.token_hex(8)


def pass_by_credential(session: Session, credential: str) -> Pass | None:
    """What a gate would know of a canonical credential."""
    return compile_keys(session, [credential])[credential]


def pass_of_card(session: Session, credential: str) -> str | None:
    """The id of the pass that a card is bound to now."""
    query = select(Credential.pass_id).where(Credential.value == credential, Credential.bound)
    return session.scalar(query)


def card_state(session: Session, credential: str) -> PassState | None:
    """The state of a card itself, bound or not; None: it was never seen here."""
    row = session.get(Credential, credential)
    return None if row is None else PassState(row.state)


def passes_by_credential(session: Session, credentials: Iterable[str]) -> dict[str, Pass]:
    """What a gate would know of each; unknown ones are left out."""
    found = compile_keys(session, credentials)
    return {key: value for key, value in found.items() if value is not None}


def passes_by_id(session: Session, pass_ids: Iterable[str]) -> dict[str, Pass]:
    """The passes with these ids; unknown ones are left out. Open `holder` by unpack_holder."""
    return compile_pass_ids(session, pass_ids)


def bind_credential(
    session: Session, pass_id: str, credential: str, *, actor: str = "cli", note: str = ""
) -> None:
    """Give a pass this credential; one that it had before means nothing from now on.

    Raises UserError for an unknown pass, one whose state does not allow it (it is not approved
    yet, or was handed over with another card: that is a reissue), a credential that cannot be
    trusted, is bound to another pass, or is not good any more.
    """
    pass_row = session.get(PassRow, pass_id, with_for_update=True)
    if pass_row is None:
        raise UserError(f"pass {pass_id!r} does not exist", "ไม่พบบัตรผ่านนี้")
    row = _free_credential(session, credential, pass_id)
    if row is not None and row.state != PassState.ACTIVE:
        raise UserError(
            f"credential {credential} is {row.state}; it is never bound again",
            f"แท็กนี้{_DEAD_IN_THAI.get(row.state, 'ใช้ไม่ได้')} นำกลับมาใช้อีกไม่ได้",
            field="credential",
        )
    held = session.scalar(select(Credential.value).where(*_bound_to(pass_id)))
    if held == credential:
        return
    if pass_row.class_id is not None:
        _check_bindable(pass_row, held)
    old = _release(session, pass_id)
    _bind(session, row, pass_id, credential)
    pass_row.changed_at = _now()
    record_act(session, actor, "credential.bind", pass_id, note)
    record_change(session, credentials=[key_without_credential(pass_id), *old, credential])


def check_lendable(session: Session, credential: str, class_id: str) -> None:
    """Whether a card may be lent as a pass of `class_id`: a card of that class may come again.

    Raises UserError (field `credential`) for a card that is bound, lost or revoked, that cannot
    be trusted, or that was a pass of another class.
    """
    row = _free_credential(session, credential, "")
    if row is None:
        return
    before = session.get(PassRow, row.pass_id) if row.pass_id else None
    of_class = before is None or before.class_id == class_id
    if row.state not in (PassState.ACTIVE, PassState.RETURNED) or not of_class:
        raise UserError(
            f"credential {credential} is {row.state}; it cannot be lent",
            f"แท็กนี้{_DEAD_IN_THAI.get(row.state, 'เคยเป็นบัตรประเภทอื่น')} ให้ยืมไม่ได้",
            field="credential",
        )


def lend_credential(session: Session, pass_id: str, credential: str, now: float) -> None:
    """Bind a card that `check_lendable` found good. Only binds; the caller records."""
    row = session.get(Credential, credential)
    if row is not None:
        row.state, row.note = PassState.ACTIVE.value, ""
    _bind(session, row, pass_id, credential, now)
    session.flush()


def set_credential_state(
    session: Session, credential: str, state: PassState, actor: str, note: str = ""
) -> Pass | None:
    """Revoke, suspend, report lost, take back or reinstate (ACTIVE) a card; what it is now.

    In force at every gate as soon as the node has followed the change. An unknown
    credential may be given a state as well (a card found to be stolen before it was ever
    bound). Only a suspended card is reinstated. Raises UserError for one that cannot name a
    card, or that would come back from being revoked, lost or returned.
    """
    if is_untrusted(credential):
        raise _untrusted(credential)
    row = session.get(Credential, credential, with_for_update=True)
    if row is not None and not _may_become(PassState(row.state), state):
        raise UserError(
            f"credential {credential} is {row.state}; it cannot become {state.value} again",
            f"แท็กนี้{_DEAD_IN_THAI.get(row.state, 'ใช้ไม่ได้')} นำกลับมาใช้อีกไม่ได้",
            field="credential",
        )
    if row is None:
        row = Credential(value=credential, bound=False)
        session.add(row)
    row.state, row.note, row.changed_at = state.value, note, _now()
    record_act(session, actor, f"credential.{state.value}", row.pass_id or "", note)
    record_change(session, credentials=[credential])
    return pass_by_credential(session, credential)


def set_pass_validity(
    session: Session, pass_id: str, begin: float | None, end: float | None, actor: str
) -> None:
    """The pass's own validity in UTC seconds, within that of its event; None: no limit.

    For guests' and visitors' passes; any other of a class is renewed instead. Raises UserError
    for that, an unknown pass, or an end that is not after the begin.
    """
    row = session.get(PassRow, pass_id)
    if row is None:
        raise UserError(f"pass {pass_id!r} does not exist")
    if row.class_id is not None and row.kind != PassKind.VISITOR.value:
        raise UserError(f"pass {row.number}: its validity follows its class; renew it")
    if begin is not None and end is not None and end <= begin:
        raise UserError(f"pass {pass_id!r}: its validity must end after it begins")
    row.valid_from, row.valid_until = begin, end
    record_act(session, actor, "pass.validity", pass_id)
    record_change(session, passes=[pass_id])


CODE_REFUSED_EN = (
    "This is the code printed on a badge: a photo of it would open gates. Bind the tag"
)
CODE_REFUSED_TH = "นี่คือรหัสที่พิมพ์บนบัตร ผู้ใดถ่ายภาพไว้ก็ใช้ผ่านประตูได้ โปรดผูกแท็กของบัตรแทน"

_DEAD_IN_THAI: dict[str, str] = {
    PassState.LOST: "ถูกแจ้งหาย",
    PassState.REVOKED: "ถูกยกเลิก",
    PassState.RETURNED: "ถูกส่งคืนแล้ว",
    PassState.SUSPENDED: "ถูกระงับ",
}

_DEAD = frozenset({PassState.LOST, PassState.REVOKED, PassState.RETURNED, PassState.REFUSED})

_TAKES_A_CARD = frozenset(
    {PassState.APPROVED, PassState.MADE, PassState.HANDED_OVER, PassState.ACTIVE}
)
_IN_ITS_HOLDERS_HAND = frozenset({PassState.HANDED_OVER, PassState.ACTIVE})


def _may_become(before: PassState, after: PassState) -> bool:
    if before in _DEAD:
        return after in _DEAD
    return after is not PassState.ACTIVE or before in (PassState.ACTIVE, PassState.SUSPENDED)


def _untrusted(credential: str) -> UserError:
    return UserError(
        f"credential {credential}: cannot name one card (random or cut short)",
        "หมายเลขนี้ใช้ระบุบัตรใบเดียวไม่ได้ (เป็นเลขสุ่ม หรือเครื่องอ่านอ่านมาไม่ครบ)",
        field="credential",
    )


def is_pass_code(session: Session, credential: str) -> bool:
    """Whether a credential is what the code on a badge says: `qr:` and a number of a class.

    Everybody who sees a badge can copy that code, so it must never be what opens a gate.
    """
    printed = pass_number_in(credential) if credential.startswith("qr:") else None
    if printed is None:
        return False
    prefix = printed[0].partition("-")[0]
    return session.scalar(select(exists().where(PassClass.prefix == prefix))) is True


def _free_credential(session: Session, credential: str, pass_id: str) -> Credential | None:
    """The row of a credential that no other pass has; None where it was never seen."""
    if is_untrusted(credential):
        raise _untrusted(credential)
    if is_pass_code(session, credential):
        raise UserError(CODE_REFUSED_EN, CODE_REFUSED_TH, field="credential")
    row = session.get(Credential, credential, with_for_update=True)
    if row is not None and row.bound and row.pass_id != pass_id:
        number = session.scalar(select(PassRow.number).where(PassRow.id == row.pass_id))
        raise UserError(
            f"credential {credential} is bound to another pass{f', {number}' if number else ''}",
            f"แท็กนี้ผูกกับบัตรอื่นอยู่แล้ว{f' เลขที่ {number}' if number else ''}",
            field="credential",
        )
    return row


def _check_bindable(row: PassRow, held: str | None) -> None:
    """A card goes to a pass in the making; what its holder carries is not swapped unseen."""
    if row.state not in _TAKES_A_CARD:
        raise UserError(
            f"pass {row.number} is {row.state}; a tag is bound when it is approved or made",
            f"บัตรเลขที่ {row.number} ยังผูกแท็กไม่ได้ในสถานะนี้ ต้องอนุมัติหรือจัดทำแล้ว",
        )
    if held is not None and row.state in _IN_ITS_HOLDERS_HAND:
        raise UserError(
            f"pass {row.number} was handed over with another tag; reissue it",
            f"บัตรเลขที่ {row.number} ส่งมอบไปพร้อมแท็กอื่นแล้ว ให้ออกใบแทน",
        )


def _bound_to(pass_id: str) -> tuple[ColumnElement[bool], ...]:
    return Credential.pass_id == pass_id, Credential.bound.is_(True)


def _bind(
    session: Session,
    row: Credential | None,
    pass_id: str,
    credential: str,
    now: float | None = None,
) -> None:
    at = _now() if now is None else now
    if row is None:
        session.add(Credential(value=credential, pass_id=pass_id, bound=True, changed_at=at))
    else:
        row.pass_id, row.bound, row.changed_at = pass_id, True, at


def _release(session: Session, pass_id: str) -> list[str]:
    """Unbind what the pass has now; the credentials that lost it."""
    where = _bound_to(pass_id)
    old = list(session.scalars(select(Credential.value).where(*where)))
    if old:
        session.execute(update(Credential).where(*where).values(bound=False, changed_at=_now()))
    return old


def _now() -> float:
    return time.time()
