"""What the page of one holder shows beside the record: passes, visits, history. Read only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import (
    Audit,
    Credential,
    Event,
    Organisation,
    PassClass,
    PassRow,
    Visit,
)
from gatekeeper.kinds import PassKind, PassState
from gatekeeper.kinds_office import VisitPurpose, VisitState

__all__ = [
    "ActLine",
    "PassLine",
    "VisitLine",
    "history_of",
    "live_passes",
    "organisation_names",
    "passes_of",
    "visits_of",
]

MOST = 100
"""Lines of each list on a page; the newest ones."""


class PassLine(NamedTuple):
    """A pass as a holder's page shows it."""

    id: str
    number: str
    issue: int
    class_th: str
    class_en: str
    kind: PassKind
    state: PassState
    event_th: str
    event_en: str
    valid_until: float | None
    credential: str | None
    """What is bound to it now."""


class VisitLine(NamedTuple):
    """A visit as a visitor's page shows it."""

    id: int
    state: VisitState
    purpose: VisitPurpose
    host: str
    opened_at: float | None
    closed_at: float | None
    expected_at: float | None
    card_number: str | None


class ActLine(NamedTuple):
    """What somebody did with a record."""

    at: float
    actor: str
    action: str
    note: str
    before: dict[str, Any]
    after: dict[str, Any]


def passes_of(
    session: Session, *, person_id: int | None = None, vehicle_id: int | None = None
) -> list[PassLine]:
    """Every pass of a person or a vehicle: those that open something first, then the newest."""
    query = (
        select(
            PassRow.id,
            func.coalesce(PassRow.number, ""),
            PassRow.issue,
            func.coalesce(PassClass.name_th, ""),
            func.coalesce(PassClass.name_en, ""),
            PassRow.kind,
            PassRow.state,
            func.coalesce(Event.name_th, ""),
            func.coalesce(Event.name_en, ""),
            PassRow.valid_until,
            Credential.value,
        )
        .select_from(PassRow)
        .outerjoin(PassClass, PassRow.class_id == PassClass.id)
        .outerjoin(Event, PassRow.event_id == Event.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
    )
    if person_id is not None:
        query = query.where(PassRow.person_id == person_id)
    else:
        query = query.where(PassRow.vehicle_id == vehicle_id)
    active = PassRow.state == PassState.ACTIVE.value
    rows = session.execute(
        query.order_by(active.desc(), PassRow.changed_at.desc(), PassRow.id).limit(MOST)
    )
    return [PassLine(*row[:5], PassKind(row[5]), PassState(row[6]), *row[7:]) for row in rows]


def live_passes(
    session: Session,
    *,
    people: Sequence[int] | None = None,
    vehicles: Sequence[int] | None = None,
) -> dict[int, list[tuple[str, str, str]]]:
    """`(number, class in Thai, in English)` of the active passes of each holder."""
    column = PassRow.person_id if people is not None else PassRow.vehicle_id
    query = (
        select(column, PassRow.state, PassRow.number, PassClass.name_th, PassClass.name_en)
        .join(PassClass, PassRow.class_id == PassClass.id)
        .where(column.in_(people or vehicles or []))
        .order_by(PassRow.number)
    )
    found: dict[int, list[tuple[str, str, str]]] = {}
    # The state is looked at here: asked for both, SQLite reads every active pass there is.
    for holder, state, number, th, en in session.execute(query):
        if holder is not None and state == PassState.ACTIVE.value:
            found.setdefault(holder, []).append((number or "", th, en))
    return found


def visits_of(session: Session, person_id: int) -> list[VisitLine]:
    """The visits of a person, the newest first."""
    query = (
        select(
            Visit.id,
            Visit.state,
            Visit.purpose,
            Visit.host_name,
            Visit.host_unit,
            Visit.opened_at,
            Visit.closed_at,
            Visit.expected_at,
            Visit.card_number,
        )
        .where(Visit.person_id == person_id)
        .order_by(Visit.id.desc())
        .limit(MOST)
    )
    return [
        VisitLine(
            row[0],
            VisitState(row[1]),
            VisitPurpose(row[2]),
            " · ".join(part for part in (row[3], row[4]) if part),
            *row[5:],
        )
        for row in session.execute(query)
    ]


def history_of(session: Session, subjects: Iterable[str]) -> list[ActLine]:
    """What was done with these subjects of the audit (`person:12`, ids of passes), newest first."""
    query = (
        select(Audit.at, Audit.actor, Audit.action, Audit.note, Audit.before, Audit.after)
        .where(Audit.subject.in_(list(subjects)))
        .order_by(Audit.id.desc())
        .limit(MOST)
    )
    return [
        ActLine(at, actor, action, note, before or {}, after or {})
        for at, actor, action, note, before, after in session.execute(query)
    ]


def organisation_names(session: Session, limit: int = 500) -> list[str]:
    """Names to offer while an organisation is typed."""
    return list(session.scalars(select(Organisation.name).order_by(Organisation.name).limit(limit)))
