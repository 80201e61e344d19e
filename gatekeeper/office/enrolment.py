"""Binding tags to passes at a desk: what a tag is good for, and the binding itself.

A tag is looked at before it is bound: one that cannot name a single card or that is another
pass's is refused, one that anybody can copy is bound with a warning. No reader is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.credential import canonical, is_untrusted, scheme_of
from gatekeeper.db.engine import Session
from gatekeeper.db.pass_acts import note_binding
from gatekeeper.db.pass_lines import PassLine, pass_lines
from gatekeeper.db.pass_lists import Choice, find_passes, holder_of_pass
from gatekeeper.db.passes import (
    CODE_REFUSED_EN,
    CODE_REFUSED_TH,
    bind_credential,
    card_state,
    is_pass_code,
    pass_of_card,
)
from gatekeeper.errors import UserError
from gatekeeper.kinds import PassState
from gatekeeper.office.passes import refuse_watched_holder
from gatekeeper.office.watchlist import CALL_EN, CALL_TH, is_watched

__all__ = ["Tag", "Warning_", "bind", "look_at", "next_to_bind", "warning_of"]


class Warning_(StrEnum):  # noqa: N801 (Warning is Python's own)
    """Why a tag proves little; it is bound all the same."""

    NONE = ""
    CLONABLE = "clonable"
    """A number that a copier for a few coins writes onto another card."""
    SHORT_UID = "short_uid"
    """4-byte UIDs repeat among makers and are copied like numbers."""
    EPC_ONLY = "epc_only"
    """An EPC is written freely: without the chip's own TID it is a name, not a proof."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that was tapped, judged. `refusal` empty: it may be bound."""

    credential: str
    warning: Warning_
    refusal: str = ""
    refusal_th: str = ""
    pass_number: str = ""
    """The pass that it is bound to already."""


_CLONABLE = frozenset({"em4100", "w26", "w34", "w37"})


def warning_of(credential: str) -> Warning_:
    """How easily a canonical credential is copied."""
    scheme = scheme_of(credential)
    if scheme in _CLONABLE:
        return Warning_.CLONABLE
    if scheme == "uid" and len(credential) == len("uid:") + 8:
        return Warning_.SHORT_UID
    return Warning_.EPC_ONLY if scheme == "epc" else Warning_.NONE


def look_at(session: Session, text: str, now: float) -> Tag:
    """Judge the tag that is read as `text`, in any written form. Raises CredentialError."""
    credential = canonical(text)
    warning = warning_of(credential)
    if is_untrusted(credential):
        return Tag(
            credential,
            warning,
            "This tag shows another number at each tap, or the reader cut it short",
            "แท็กนี้แสดงเลขไม่ซ้ำกันทุกครั้งที่แตะ หรือเครื่องอ่านอ่านมาไม่ครบ ใช้เป็นบัตรผ่านไม่ได้",
        )
    if is_pass_code(session, credential):
        return Tag(credential, warning, CODE_REFUSED_EN, CODE_REFUSED_TH)
    if is_watched(session, "credential", credential, now):
        return Tag(credential, warning, CALL_EN, CALL_TH)
    if owner := pass_of_card(session, credential):
        line = next(iter(pass_lines(session, [owner])), None)
        number = line.number if line else ""
        return Tag(
            credential,
            warning,
            f"This tag is bound already, to pass {number or owner}",
            f"แท็กนี้ผูกกับบัตรเลขที่ {number or owner} อยู่แล้ว",
            number,
        )
    state = card_state(session, credential)
    if state is not None and state is not PassState.ACTIVE:
        return Tag(
            credential,
            warning,
            f"This tag was {state.value}; it is never bound again",
            "แท็กนี้เคยถูกแจ้งหาย ยกเลิก หรือส่งคืนแล้ว นำกลับมาใช้อีกไม่ได้",
        )
    return Tag(credential, warning)


def bind(session: Session, pass_id: str, text: str, *, actor: str, now: float) -> Tag:
    """Bind what is read as `text` to a pass that is in the making; recorded in its history.

    Raises UserError (field `credential`) with the reason that `look_at` gives, or where the
    state of the pass does not allow it; CredentialError for text that is no credential.
    """
    tag = look_at(session, text, now)
    mine = pass_of_card(session, tag.credential) == pass_id
    if tag.refusal and not mine:
        raise UserError(tag.refusal, tag.refusal_th, field="credential")
    refuse_watched_holder(session, *holder_of_pass(session, pass_id), now)
    bind_credential(session, pass_id, tag.credential, actor=actor, note=str(tag.warning))
    if not mine:
        note_binding(session, pass_id, actor, now)
    return tag


def next_to_bind(session: Session, after: str = "") -> tuple[int, PassLine | None]:
    """How many made passes have no tag yet, and the one to bind next, the oldest first.

    `after`: the pass that was just skipped; the one behind it is next.
    """
    choice = Choice(states=(PassState.MADE,), unbound=True)
    total, lines = find_passes(session, choice, oldest=True, limit=200)
    ids = [line.id for line in lines]
    start = ids.index(after) + 1 if after in ids else 0
    rest = lines[start:] or lines
    return total, rest[0] if rest else None
