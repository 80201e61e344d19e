"""The guests of an event as a list that an import would take: row by row, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from gatekeeper.db.guest_values import GuestRow
from gatekeeper.db.tables import Credential, Event, Invitation, Organisation, PassRow, Person

__all__ = ["each_guest"]


def each_guest(session: Session, slug: str) -> Iterator[GuestRow]:
    """Every guest of the event `slug`, those who were erased left out."""
    query = (
        select(Invitation, Person, Organisation.name, Credential.value)
        .join(Event, Invitation.event_id == Event.id)
        .join(Person, Invitation.person_id == Person.id)
        .outerjoin(Organisation, Person.organisation_id == Organisation.id)
        .outerjoin(PassRow, PassRow.invitation_id == Invitation.id)
        .outerjoin(Credential, and_(Credential.pass_id == PassRow.id, Credential.bound))
        .where(Event.slug == slug, Person.erased_at.is_(None))
        .order_by(Invitation.id)
        .execution_options(yield_per=1000)
    )
    for number, (invited, person, organisation, card) in enumerate(session.execute(query), 1):
        yield GuestRow(
            row=number,
            external_key=invited.external_key,
            title=person.title,
            first_name=person.first_name,
            last_name=person.last_name,
            name_latin=person.name_latin,
            position=person.position,
            organisation=organisation or "",
            group=invited.group_name,
            table=invited.table_name,
            seat=invited.seat,
            companions=invited.companions,
            reply=invited.reply,
            cancelled=invited.cancelled,
            credential=card,
            note=invited.note,
            vip=invited.vip,
            representative=invited.representative,
            greeter=invited.greeter,
        )
