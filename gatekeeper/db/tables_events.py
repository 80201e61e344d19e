"""Tables of receptions: events and who is invited to them. Import from gatekeeper.db.tables."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Identity, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, BINARY_TEXT, Base

__all__ = ["Event", "Invitation"]


class Event(Base):
    """A reception: when its doors open, and how many companions a guest may have."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name_th: Mapped[str] = mapped_column(default="")
    name_en: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[float | None]
    doors_open_at: Mapped[float | None]
    ends_at: Mapped[float | None]
    max_companions: Mapped[int] = mapped_column(default=9)


class Invitation(Base):
    """A person asked to an event. Identity in the event: `external_key`, else `name_key`."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("event_id", "external_key"),
        Index(None, "event_id", "name_key"),
    )
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    external_key: Mapped[str | None]
    name_key: Mapped[str] = mapped_column(BINARY_TEXT)
    reply: Mapped[str] = mapped_column(String(16), default="no_reply")
    cancelled: Mapped[bool] = mapped_column(default=False)
    group_name: Mapped[str] = mapped_column(default="")
    table_name: Mapped[str] = mapped_column(default="")
    seat: Mapped[str] = mapped_column(default="")
    companions: Mapped[int] = mapped_column(default=0)
    representative: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    vip: Mapped[bool] = mapped_column(default=False)
    greeter: Mapped[str] = mapped_column(default="")
