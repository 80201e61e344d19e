"""Who did what at a desk, a page or a command line; only appended to, never changed.

Gates have the journal. Here no card number and no name of a guest is written, only
identities: the record outlives the erasing of a person.

Each row is proven by an entry of the journal. It is written in the transaction of its act,
with the hash that will prove it; the worker then hands it to the node (audit_outbox). So
an act never waits for the node, and a row that was committed is never forgotten.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from gatekeeper.db.audit_digest import PARTS, digest_of, make_parts, without
from gatekeeper.db.tables import Audit

__all__ = [
    "ORIGIN",
    "Act",
    "actions",
    "acts",
    "count_acts",
    "erase_acts_of",
    "latest_acts",
    "record_act",
]

ORIGIN: ContextVar[str] = ContextVar("origin", default="cli")
"""From where acts come at the moment: the web sets the caller's address for each request."""


@dataclass(frozen=True, slots=True)
class Act:
    """One row, as an auditor reads it. `at` is UTC seconds."""

    id: int
    at: float
    actor: str
    action: str
    subject: str
    note: str
    origin: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    journal_seq: int | None
    """The entry of the journal that proves it; None: not yet in the journal."""
    erased: bool
    """Something personal in it was erased."""


def record_act(
    session: Session,
    actor: str,
    action: str,
    subject: str = "",
    note: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """`actor` (a user's name, `cli`, a token's name) did `action` (`user.add`) to `subject`.

    `subject` is an identity (`person:17`), which goes into the journal. `note`, `before` and
    `after` (the fields that changed, as JSON types) do not: personal data in them is erased
    with the person, the rest of the line never.
    """
    values: dict[str, Any] = {
        "at": time.time(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "note": note,
        "key": secrets.token_hex(16),
        "origin": ORIGIN.get(),
        "before": _as_stored(before),
        "after": _as_stored(after),
    }
    values["parts"] = make_parts(values)
    values["digest"] = digest_of(values, values["parts"])
    session.execute(insert(Audit), values)


def acts(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: float | None = None,
    until: float | None = None,
    offset: int = 0,
    limit: int = 50,
) -> list[Act]:
    """Acts of `actor`, of the kind `action` (`user` finds `user.add`), to `subject`, from `since`
    up to before `until` (UTC seconds); newest first. An empty wish asks for all."""
    wanted = _wanted(session, select(Audit.id), actor, action, subject, since, until)
    # Numbers first: what is passed over is read in an index, not row by row.
    ids = list(session.scalars(wanted.order_by(Audit.id.desc()).offset(offset).limit(limit)))
    query = select(Audit).where(Audit.id.in_(ids)).order_by(Audit.id.desc())
    return [_act(row) for row in session.scalars(query)]


def count_acts(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: float | None = None,
    until: float | None = None,
) -> int:
    """How many `acts` would find."""
    query = select(func.count()).select_from(Audit)
    return session.scalar(_wanted(session, query, actor, action, subject, since, until)) or 0


def actions(session: Session) -> list[str]:
    """Every action that was ever recorded, in order."""
    # From each to the next in the index: some dozen steps, whereas DISTINCT reads every row.
    first = select(func.min(Audit.action).label("action")).cte("known", recursive=True)
    next_one = select(func.min(Audit.action)).where(Audit.action > first.c.action)
    known = first.union_all(select(next_one.scalar_subquery()).where(first.c.action.is_not(None)))
    query = select(known.c.action).where(known.c.action.is_not(None)).order_by(known.c.action)
    return list(session.scalars(query))


def latest_acts(session: Session, limit: int = 100) -> list[tuple[float, str, str, str, str]]:
    """`(at, actor, action, subject, note)`, newest first."""
    query = select(Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.note)
    return list(session.execute(query.order_by(Audit.id.desc()).limit(limit)).all())


def erase_acts_of(session: Session, subjects: Iterable[str]) -> int:
    """Erase what may be personal in the acts on these subjects; how many rows were changed.

    Who did what to whom and when stays, and stays proven: only values and their salts go.
    """
    query = select(Audit).where(Audit.subject.in_(list(subjects)))
    count = 0
    for row in session.scalars(query):
        if not any(getattr(row, name) for name in PARTS):
            continue
        row.note, row.before, row.after = "", None, None
        row.parts = without(row.parts)
        count += 1
    session.flush()
    return count


def _wanted(
    session: Session,
    query: Select[Any],
    actor: str,
    action: str,
    subject: str,
    since: float | None,
    until: float | None,
) -> Select[Any]:
    if actor:
        query = query.where(Audit.actor == actor)
    if action:
        known = [each for each in actions(session) if each.startswith(f"{action}.")]
        query = query.where(Audit.action.in_([action, *known]))
    if subject:
        query = query.where(
            (Audit.subject == subject) | Audit.subject.startswith(f"{subject}:", autoescape=True)
        )
    if since is not None:
        query = query.where(Audit.at >= since)
    if until is not None:
        query = query.where(Audit.at < until)
    return query


def _as_stored(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As it will be read again, so that the hash of what is written is that of what is read."""
    stored: dict[str, Any] | None = msgspec.json.decode(msgspec.json.encode(fields))
    return stored


def _act(row: Audit) -> Act:
    values = {name: getattr(row, name) for name in Act.__dataclass_fields__ if name != "erased"}
    return Act(**values, erased=any(not salt for salt, _ in (row.parts or {}).values()))
