"""The change sequence: how what is decided at desks reaches every gate.

Whoever changes what a credential means calls `record_change` in the same transaction. The
node asks for `changes_since(its last number)` every 50 ms and gets what each changed
credential means *now*; taking a change twice does no harm.

Order: numbers come from one row, whose lock is held until the transaction ends. So the
numbers become visible in their order on PostgreSQL too, and a reader that has seen number
N will never be shown a smaller one for the first time later. Therefore: call
`record_change` last in a long transaction, because others wait behind it.

First load, or another `source` than last time (the database was restored or replaced):
take `latest` first, then `all_passes`, then follow from that number.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.bulk import insert_rows
from gatekeeper.db.compiled import (
    PASS_KEY,
    compile_all,
    compile_keys,
    key_without_credential,
    worse,
)
from gatekeeper.db.tables import Change, ChangeCounter, Credential, PassRow
from gatekeeper.errors import StoreError
from gatekeeper.model import Pass, PassState

__all__ = [
    "all_passes",
    "changes_since",
    "latest",
    "new_source",
    "record_change",
    "record_event_change",
    "refused_since",
    "source",
]

BATCH = 2000


def record_change(
    session: Session, *, passes: Iterable[str] = (), credentials: Iterable[str] = ()
) -> int:
    """Tell every gate that these passes and credentials changed; the last number given.

    `passes` are pass ids: the credential bound to each, or its `pass:ID` key, is recorded.
    `credentials` are keys themselves: needed for one that has lost its pass.
    """
    keys = dict.fromkeys(credentials)
    keys.update(dict.fromkeys(_keys_of(session, list(passes))))
    session.flush()
    count = len(keys)
    query = update(ChangeCounter).values(value=ChangeCounter.value + count)
    last = session.execute(query.returning(ChangeCounter.value)).scalar_one_or_none()
    if last is None:
        raise StoreError("main database: the change counter is missing")
    rows = [{"seq": last - count + n, "credential": key} for n, key in enumerate(keys, 1)]
    for start in range(0, count, BATCH):
        insert_rows(session, Change, rows[start : start + BATCH])
    return last


def record_event_change(session: Session, event_id: int) -> int:
    """Every pass of an event changed (its doors open at another time, say)."""
    query = select(PassRow.id).where(PassRow.event_id == event_id)
    return record_change(session, passes=session.scalars(query).all())


def changes_since(
    session: Session, seq: int, limit: int = BATCH
) -> list[tuple[int, str, Pass | None]]:
    """`(number, key, pass or None)` of the next changes after `seq`, in order.

    A key is a credential or `pass:ID`. None: the key means nothing any more, forget it. A
    pass without a credential has its `pass:ID` as `Pass.credential`.
    """
    query = select(Change.seq, Change.credential).where(Change.seq > seq)
    rows = session.execute(query.order_by(Change.seq).limit(limit)).all()
    if not rows:
        return []
    compiled = compile_keys(session, (row.credential for row in rows))
    return [(row.seq, row.credential, compiled[row.credential]) for row in rows]


def refused_since(session: Session, seq: int) -> list[tuple[str, PassState]]:
    """Keys changed after `seq` that open nothing now, and why; no order, a key maybe twice.

    A short answer to a long list of changes: what must be refused at once can be, before what
    each change means is worked out. Never `active`: what a pass opens takes the whole answer.
    """
    active = PassState.ACTIVE
    held = (
        select(Change.credential, PassRow.state, Credential.state.label("of_credential"))
        .join(Credential, Credential.value == Change.credential)
        .outerjoin(PassRow, PassRow.id == Credential.pass_id)
        .where(Change.seq > seq, or_(PassRow.state != active, Credential.state != active))
    )
    bare = (
        select(Change.credential, PassRow.state)
        .join(PassRow, PassRow.id == func.substr(Change.credential, len(PASS_KEY) + 1))
        .where(Change.seq > seq, Change.credential.startswith(PASS_KEY), PassRow.state != active)
    )
    found = [
        (key, worse(PassState(of_pass or active), PassState(of_credential)))
        for key, of_pass, of_credential in session.execute(held)
    ]
    return found + [(key, PassState(of_pass)) for key, of_pass in session.execute(bare)]


def all_passes(session: Session) -> Iterator[Pass]:
    """Every pass that a gate must know, streamed; the key of each is `Pass.credential`."""
    return compile_all(session)


def latest(session: Session) -> int:
    """The last change number given (and committed)."""
    return session.scalar(select(ChangeCounter.value)) or 0


def source(session: Session) -> str:
    """Identity of this sequence. Another one than last time: load everything again."""
    return session.scalar(select(ChangeCounter.source)) or ""


def new_source(session: Session) -> str:
    """Give the sequence another identity: after a restore its numbers may repeat."""
    identity = secrets.token_hex(8)
    session.execute(update(ChangeCounter).values(source=identity))
    return identity


def _keys_of(session: Session, pass_ids: list[str]) -> Iterator[str]:
    for start in range(0, len(pass_ids), BATCH):
        part = pass_ids[start : start + BATCH]
        query = select(Credential.pass_id, Credential.value)
        bound = dict(
            session.execute(query.where(Credential.bound, Credential.pass_id.in_(part))).all()
        )
        yield from (bound.get(pass_id) or key_without_credential(pass_id) for pass_id in part)
