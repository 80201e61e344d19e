"""Everything that is stored about one person, section by section; reading only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gatekeeper.db.tables import (
    Audit,
    Event,
    Invitation,
    PassAct,
    PassRow,
    Person,
    ProjectionEntry,
    Vehicle,
    Visit,
)

__all__ = ["sealed_document", "sections"]

_Query = Select[*tuple[Any, ...]]

MOST = 20_000
"""Lines of one section; nobody passes a gate more often while a record is kept."""


def sections(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Name of section to its lines, each a mapping of JSON types; times are UTC seconds."""
    passes = list(session.scalars(select(PassRow.id).where(PassRow.person_id == person_id)))
    return {
        name: [dict(row._mapping) for row in session.execute(query.limit(MOST))]
        for name, query in (_own(person_id) | _of_passes(person_id, passes)).items()
    }


def _own(person_id: int) -> dict[str, _Query]:
    """What hangs on the person."""
    return {
        "person": select(
            Person.id, Person.title, Person.first_name, Person.last_name, Person.name_latin,
            Person.position, Person.employment, Person.purpose, Person.email, Person.phone,
            Person.vip, Person.photo, Person.document_kind, Person.document_tail,
            Person.created_at, Person.changed_at,
        ).where(Person.id == person_id),
        "invitations": select(
            Event.slug, Event.name_th, Event.name_en, Invitation.group_name,
            Invitation.table_name, Invitation.seat, Invitation.companions, Invitation.reply,
            Invitation.representative, Invitation.vip, Invitation.note,
        )
        .join(Event, Invitation.event_id == Event.id)
        .where(Invitation.person_id == person_id),
        "passes": select(
            PassRow.id, PassRow.number, PassRow.issue, PassRow.kind, PassRow.class_id,
            PassRow.state, PassRow.valid_from, PassRow.valid_until, PassRow.created_at,
        ).where(PassRow.person_id == person_id),
        "visits": select(
            Visit.id, Visit.state, Visit.purpose, Visit.host_name, Visit.host_unit, Visit.place,
            Visit.plate, Visit.document_kind, Visit.document_tail, Visit.expected_at,
            Visit.opened_at, Visit.closed_at, Visit.note,
        ).where(Visit.person_id == person_id),
        "vehicles": select(
            Vehicle.plate, Vehicle.province, Vehicle.make, Vehicle.model, Vehicle.colour
        ).where(Vehicle.person_id == person_id),
    }  # fmt: skip


def _of_passes(person_id: int, passes: list[str]) -> dict[str, _Query]:
    """What hangs on the passes, and on the audit of both."""
    subjects = [f"person:{person_id}", *passes, *(f"pass:{each}" for each in passes)]
    return {
        "pass_acts": select(
            PassAct.pass_id, PassAct.at, PassAct.act, PassAct.before, PassAct.after, PassAct.reason
        ).where(PassAct.pass_id.in_(passes)),
        "gates": select(
            ProjectionEntry.at, ProjectionEntry.gate, ProjectionEntry.direction,
            ProjectionEntry.reason, ProjectionEntry.pass_id,
        ).where(ProjectionEntry.pass_id.in_(passes)),
        "who_did_what": select(Audit.at, Audit.action, Audit.subject).where(
            Audit.subject.in_(subjects)
        ),
    }  # fmt: skip


def sealed_document(session: Session, person_id: int) -> bytes | None:
    """The whole document number as it is kept; None: it is not."""
    return session.scalar(select(Person.document_sealed).where(Person.id == person_id))
