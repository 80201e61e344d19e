"""Events: made, found, and changed so that every gate hears of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db.changes import record_event_change
from gatekeeper.db.tables import Event
from gatekeeper.errors import UserError

__all__ = ["EventInfo", "ensure_event", "event_by_slug", "list_events", "update_event"]

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class EventInfo:
    """An event. Times are UTC seconds or None (not said: then no pass waits or ends by it)."""

    id: int
    slug: str
    name_th: str
    name_en: str
    starts_at: float | None
    doors_open_at: float | None
    ends_at: float | None
    max_companions: int


def event_by_slug(session: Session, slug: str) -> EventInfo | None:
    """The event, or None."""
    event = session.scalars(select(Event).where(Event.slug == slug)).one_or_none()
    return None if event is None else _info(event)


def ensure_event(session: Session, slug: str) -> EventInfo:
    """The event of this slug; made, and named by its slug, where there is none.

    Raises UserError for a slug that is none.
    """
    found = event_by_slug(session, slug)
    if found is not None:
        return found
    if not SLUG.match(slug):
        raise UserError(f"event {slug!r} seen; 1 to 63 small letters, digits or . _ - are due")
    event = Event(slug=slug, name_th=slug, name_en=slug, max_companions=9)
    session.add(event)
    session.flush()
    return _info(event)


def list_events(session: Session) -> list[EventInfo]:
    """All events, the latest first; those without a time last."""
    query = select(Event).order_by(Event.starts_at.desc().nulls_last(), Event.slug)
    return [_info(event) for event in session.scalars(query)]


def update_event(session: Session, slug: str, /, **values: object) -> EventInfo:
    """Change fields of `EventInfo` (not id or slug); gates hear of other times.

    Raises UserError for an unknown event, an unknown field, or times out of order.
    """
    event = session.scalars(select(Event).where(Event.slug == slug)).one_or_none()
    if event is None:
        raise UserError(f"event {slug!r} does not exist")
    unknown = values.keys() - (EventInfo.__dataclass_fields__.keys() - {"id", "slug"})
    if unknown:
        raise UserError(f"event: no field {', '.join(sorted(unknown))}")
    before = (event.doors_open_at, event.ends_at)
    for field, value in values.items():
        setattr(event, field, value)
    if event.ends_at is not None:
        for at in (event.doors_open_at, event.starts_at):
            if at is not None and at >= event.ends_at:
                raise UserError(f"event {slug!r}: the end must be after doors and start")
    session.flush()
    if before != (event.doors_open_at, event.ends_at):
        record_event_change(session, event.id)
    return _info(event)


def _info(event: Event) -> EventInfo:
    return EventInfo(**{name: getattr(event, name) for name in EventInfo.__dataclass_fields__})
