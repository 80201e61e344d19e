"""Tables of who and what passes belong to: organisations, people, vehicles.

Personal data is here and in tables_events, tables_visits and tables_requests, and nowhere else;
whoever adds a column of it adds it to gatekeeper.db.erasing too. Import from gatekeeper.db.tables.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, BINARY_TEXT, Base

__all__ = ["Organisation", "Person", "Vehicle"]


class Organisation(Base):
    """Where people come from, each name once."""

    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Person(Base):
    """Somebody. `search` and `sort_key` are made by gatekeeper.thai from the names.

    A document's number is kept as `document_hash` (keyed, to find the same one again) and
    its last digits; the whole number only sealed, and only where a class of pass needs it.
    """

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    name_latin: Mapped[str] = mapped_column(default="")
    position: Mapped[str] = mapped_column(default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    photo: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(BINARY_TEXT, default="")
    sort_key: Mapped[str] = mapped_column(BINARY_TEXT, default="")
    purpose: Mapped[str] = mapped_column(String(16), default="event")
    """Why the record is kept (gatekeeper.kinds_office.Purpose); retention goes by it."""
    employment: Mapped[str] = mapped_column(String(32), default="")
    """gatekeeper.kinds_office.Employment, or empty."""
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    vip: Mapped[bool] = mapped_column(default=False)
    """Reading this record is itself recorded."""
    document_kind: Mapped[str] = mapped_column(String(16), default="")
    """gatekeeper.kinds_office.DocumentKind, or empty."""
    document_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """One record a document: whoever comes with it again is found, not added."""
    document_tail: Mapped[str] = mapped_column(String(8), default="")
    document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[float] = mapped_column(default=0.0)
    changed_at: Mapped[float] = mapped_column(default=0.0)
    mark: Mapped[int] = mapped_column(BigInteger, default=0, index=True)
    """Set by triggers whenever what searches go by has changed; see gatekeeper.db.name_marks."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The record that this duplicate was merged into; null: not a duplicate."""
    erased_at: Mapped[float | None]
    """When the personal data was erased; the row stays because records speak of its id."""


class Vehicle(Base):
    """A vehicle by its plate and province; `plate_key` is the plate as it is searched."""

    __tablename__ = "vehicle"
    __table_args__ = (
        Index(None, "plate_key", "province"),
        Index(
            "uq_vehicle_plate",
            "plate_key",
            "province",
            unique=True,
            sqlite_where=text("merged_into IS NULL AND erased_at IS NULL"),
            postgresql_where=text("merged_into IS NULL AND erased_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    plate: Mapped[str]
    plate_key: Mapped[str] = mapped_column(BINARY_TEXT)
    province: Mapped[str] = mapped_column(default="")
    make: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    colour: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(16), default="private")
    """`official` or `private`."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Who answers for it."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[float] = mapped_column(default=0.0)
    changed_at: Mapped[float] = mapped_column(default=0.0)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"))
    erased_at: Mapped[float | None]
