"""Tables of the visitor desk: numbered cards, and visits. Import from gatekeeper.db.tables."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, BINARY_TEXT, Base

__all__ = ["Visit", "VisitorCard"]


class VisitorCard(Base):
    """A numbered RFID card that is lent to visitors again and again."""

    __tablename__ = "visitor_card"
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    credential: Mapped[str] = mapped_column(BINARY_TEXT, unique=True)
    state: Mapped[str] = mapped_column(String(16), default="free")
    """`free`, `lent`, `lost` or `retired`."""
    note: Mapped[str] = mapped_column(default="")


class Visit(Base):
    """Somebody comes to see somebody: expected, opened by an exchange, closed by the return."""

    __tablename__ = "visit"
    __table_args__ = (
        # Two desks at once: a slot holds one document, a card is with one visitor.
        Index(
            "uq_visit_kept_slot",
            "document_slot",
            unique=True,
            sqlite_where=text("document_slot IS NOT NULL AND document_returned_at IS NULL"),
            postgresql_where=text("document_slot IS NOT NULL AND document_returned_at IS NULL"),
        ),
        Index(
            "uq_visit_open_card",
            "card_number",
            unique=True,
            sqlite_where=text("state = 'open' AND card_number IS NOT NULL"),
            postgresql_where=text("state = 'open' AND card_number IS NOT NULL"),
        ),
        Index(None, "state", "due_at"),
        Index(None, "opened_at"),
    )
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="expected")
    """gatekeeper.kinds_office.VisitState."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    pass_id: Mapped[str | None] = mapped_column(ForeignKey("pass.id"), unique=True)
    card_number: Mapped[str | None] = mapped_column(ForeignKey("visitor_card.number"), index=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    """The visit of the group's leader; null: alone, or the leader."""
    purpose: Mapped[str] = mapped_column(String(24))
    """gatekeeper.kinds_office.VisitPurpose."""
    host_name: Mapped[str] = mapped_column(default="")
    host_unit: Mapped[str] = mapped_column(default="")
    host_phone: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    plate: Mapped[str] = mapped_column(default="")
    document_kind: Mapped[str] = mapped_column(String(16), default="")
    """gatekeeper.kinds_office.DocumentKind of what was handed in; empty: nothing was."""
    document_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    document_tail: Mapped[str] = mapped_column(String(8), default="")
    document_slot: Mapped[str | None] = mapped_column(String(16))
    """Where the handed-in document lies; null: none was handed in."""
    document_returned_at: Mapped[float | None]
    expected_at: Mapped[float | None]
    opened_at: Mapped[float | None]
    due_at: Mapped[float | None]
    closed_at: Mapped[float | None]
    called_at: Mapped[float | None]
    """When somebody was last called about a card that did not come back."""
    called_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[float] = mapped_column(default=0.0)
    created_by: Mapped[str] = mapped_column(default="")
    opened_by: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
