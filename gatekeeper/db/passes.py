"""Passes and the credentials bound to them: look up, bind, revoke, report lost, reinstate.

Every act here records its change for the gates and who did it, in the same transaction.
A credential belongs to one pass at a time, a pass has at most one credential at a time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.credential import is_untrusted
from gatekeeper.db.audit import record_act
from gatekeeper.db.changes import record_change
from gatekeeper.db.compiled import compile_keys, compile_pass_ids, key_without_credential
from gatekeeper.db.tables import Credential, PassRow
from gatekeeper.errors import UserError
from gatekeeper.model import Pass, PassKind, PassState

__all__ = [
    "add_pass",
    "bind_credential",
    "new_pass_id",
    "pass_by_credential",
    "passes_by_credential",
    "passes_by_id",
    "set_credential_state",
    "set_pass_state",
    "set_pass_validity",
]


def new_pass_id() -> str:
    """16 random hexadecimal digits: never used again, also not after the database was lost."""
    return secrets.token_hex(8)


def pass_by_credential(session: Session, credential: str) -> Pass | None:
    """What a gate would know of a canonical credential."""
    return compile_keys(session, [credential])[credential]


def passes_by_credential(session: Session, credentials: Iterable[str]) -> dict[str, Pass]:
    """What a gate would know of each; unknown ones are left out."""
    found = compile_keys(session, credentials)
    return {key: value for key, value in found.items() if value is not None}


def passes_by_id(session: Session, pass_ids: Iterable[str]) -> dict[str, Pass]:
    """The passes with these ids; unknown ones are left out. Open `holder` by unpack_holder."""
    return compile_pass_ids(session, pass_ids)


def add_pass(
    session: Session,
    kind: PassKind,
    *,
    credential: str | None = None,
    person_id: int | None = None,
    label: str = "",
    valid_from: float | None = None,
    valid_until: float | None = None,
    gates: Iterable[str] | None = None,
    actor: str = "cli",
) -> str:
    """A pass of the site's daily life (badge, visitor, vehicle); its id.

    Guests' passes come from gatekeeper.db.guests. Raises UserError where the credential
    cannot be bound.
    """
    pass_id = new_pass_id()
    session.execute(
        insert(PassRow),
        {
            "id": pass_id,
            "kind": kind.value,
            "state": PassState.ACTIVE.value,
            "person_id": person_id,
            "label": label,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "gates": None if gates is None else list(gates),
            "note": "",
        },
    )
    record_act(session, actor, "pass.add", pass_id, kind.value)
    if credential is not None:
        bind_credential(session, pass_id, credential, actor=actor)
    else:
        record_change(session, passes=[pass_id])
    return pass_id


def bind_credential(
    session: Session, pass_id: str, credential: str, *, actor: str = "cli", note: str = ""
) -> None:
    """Give a pass this credential; one that it had before means nothing from now on.

    Raises UserError for an unknown pass, a credential that cannot be trusted, is bound to
    another pass, or was revoked or lost.
    """
    if session.get(PassRow, pass_id) is None:
        raise UserError(f"pass {pass_id!r} does not exist")
    if is_untrusted(credential):
        raise UserError(f"credential {credential}: cannot name one card (random or cut short)")
    row = session.get(Credential, credential)
    if row is not None and row.bound and row.pass_id != pass_id:
        raise UserError(f"credential {credential} is bound to another pass")
    if row is not None and row.state != PassState.ACTIVE:
        raise UserError(f"credential {credential} is {row.state}; reinstate it first")
    old = _release(session, pass_id)
    if row is None:
        session.add(Credential(value=credential, pass_id=pass_id, bound=True, changed_at=_now()))
    else:
        row.pass_id, row.bound, row.changed_at = pass_id, True, _now()
    record_act(session, actor, "credential.bind", pass_id, note)
    record_change(session, credentials=[key_without_credential(pass_id), *old, credential])


def set_credential_state(
    session: Session, credential: str, state: PassState, actor: str, note: str = ""
) -> Pass | None:
    """Revoke, suspend, report lost, take back or reinstate (ACTIVE) a card; what it is now.

    In force at every gate as soon as the node has followed the change. An unknown
    credential may be given a state as well (a card found to be stolen before it was ever
    bound). Raises UserError for one that cannot name a card.
    """
    if is_untrusted(credential):
        raise UserError(f"credential {credential}: cannot name one card (random or cut short)")
    row = session.get(Credential, credential)
    if row is None:
        row = Credential(value=credential, bound=False)
        session.add(row)
    row.state, row.note, row.changed_at = state.value, note, _now()
    record_act(session, actor, f"credential.{state.value}", row.pass_id or "", note)
    record_change(session, credentials=[credential])
    return pass_by_credential(session, credential)


def set_pass_state(
    session: Session, pass_id: str, state: PassState, actor: str, note: str = ""
) -> Pass:
    """The same for a pass, whatever credential it has. Raises UserError for an unknown pass."""
    row = session.get(PassRow, pass_id)
    if row is None:
        raise UserError(f"pass {pass_id!r} does not exist")
    row.state, row.note = state.value, note
    record_act(session, actor, f"pass.{state.value}", pass_id, note)
    record_change(session, passes=[pass_id])
    return compile_pass_ids(session, [pass_id])[pass_id]


def set_pass_validity(
    session: Session, pass_id: str, begin: float | None, end: float | None, actor: str
) -> None:
    """The pass's own validity in UTC seconds, within that of its event; None: no limit.

    Raises UserError for an unknown pass or an end that is not after the begin.
    """
    row = session.get(PassRow, pass_id)
    if row is None:
        raise UserError(f"pass {pass_id!r} does not exist")
    if begin is not None and end is not None and end <= begin:
        raise UserError(f"pass {pass_id!r}: its validity must end after it begins")
    row.valid_from, row.valid_until = begin, end
    record_act(session, actor, "pass.validity", pass_id)
    record_change(session, passes=[pass_id])


def _release(session: Session, pass_id: str) -> list[str]:
    """Unbind what the pass has now; the credentials that lost it."""
    where = (Credential.pass_id == pass_id, Credential.bound)
    old = list(session.scalars(select(Credential.value).where(*where)))
    if old:
        session.execute(update(Credential).where(*where).values(bound=False, changed_at=_now()))
    return old


def _now() -> float:
    return time.time()
