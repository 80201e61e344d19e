"""For tests: a daily pass that is active at once, as the product never makes one."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.db.changes import record_change
from gatekeeper.db.engine import Session
from gatekeeper.db.passes import bind_credential, new_pass_id
from gatekeeper.db.tables import PassRow
from gatekeeper.model import PassKind

__all__ = ["add_pass"]


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
) -> str:
    """An active pass without a class, bound to `credential`; its id."""
    row = PassRow(
        id=new_pass_id(),
        kind=kind.value,
        person_id=person_id,
        label=label,
        valid_from=valid_from,
        valid_until=valid_until,
        gates=None if gates is None else list(gates),
    )
    session.add(row)
    session.flush()
    if credential is None:
        record_change(session, passes=[row.id])
    else:
        bind_credential(session, row.id, credential)
    return row.id
