"""Tables of authorisations: classes, passes, credentials, and what was done with them.

Import from gatekeeper.db.tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, BINARY_TEXT, Base

__all__ = ["BulkAct", "BulkItem", "Credential", "PassAct", "PassClass", "PassRow", "PrintJob"]


_OF_THE_OFFICE: dict[str, Any] = {
    "sqlite_where": text("class_id IS NOT NULL"),
    "postgresql_where": text("class_id IS NOT NULL"),
}
"""Guests' passes have no class and are not the pass office's."""


class PassClass(Base):
    """A class of passes: data, so that an office makes its own. Shipped ones come by migration."""

    __tablename__ = "pass_class"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    """gatekeeper.kinds.PassKind."""
    holder: Mapped[str] = mapped_column(String(8))
    """gatekeeper.kinds.HolderKind."""
    prefix: Mapped[str] = mapped_column(String(4), unique=True)
    """Begins the printed numbers."""
    last_number: Mapped[int] = mapped_column(default=0)
    """The last number given; raised by whoever makes a pass, in the same transaction."""
    legal_basis: Mapped[str] = mapped_column(default="")
    """Rule or order that such passes are issued under, as printed and as auditors ask."""
    purpose: Mapped[str] = mapped_column(String(16), default="staff")
    """gatekeeper.kinds_office.Purpose of the holder's record."""
    validity: Mapped[str] = mapped_column(String(16), default="days")
    """gatekeeper.kinds_office.ValidityRule."""
    validity_days: Mapped[int] = mapped_column(default=365)
    renewal_approval: Mapped[bool] = mapped_column(default=True)
    """Whether a renewal is checked and approved again before it counts."""
    zones: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Areas of the settings' gates that it opens; null: every gate of the site."""
    colour: Mapped[str] = mapped_column(String(7), default="#48515B")
    """Background of the class band in print, `#RRGGBB`."""
    ink: Mapped[str] = mapped_column(String(7), default="#FFFFFF")
    layout: Mapped[str] = mapped_column(String(24), default="badge")
    """`badge` (CR80), `permit` (A6) or `card` (CR80 without a photo)."""
    request_form: Mapped[str] = mapped_column(String(16), default="")
    """Public form that asks for it: `press`, `broadcast`, `vehicle`; empty: none."""
    employment: Mapped[str] = mapped_column(String(32), default="")
    keep_document: Mapped[bool] = mapped_column(default=False)
    """Whether the holder's document number is kept whole (sealed), not only hashed."""
    retention_days: Mapped[int] = mapped_column(default=365)
    """Days after its last pass ended that a holder's record is kept."""
    active: Mapped[bool] = mapped_column(default=True)
    rank: Mapped[int] = mapped_column(default=100)


class PassRow(Base):
    """An authorisation. `id` is random and never used again: the journal speaks of it."""

    __tablename__ = "pass"
    __table_args__ = (
        # What the pass office lists: all by their latest change, and each queue so.
        Index("ix_pass_office_changed", "changed_at", "id", **_OF_THE_OFFICE),
        Index(None, "class_id", "changed_at", "id"),
        Index("ix_pass_office_state", "state", "changed_at", "id", **_OF_THE_OFFICE),
    )
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="event")
    state: Mapped[str] = mapped_column(String(16), default="active", index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    """What to show where no person is: a number plate, the number of a visitor card."""
    valid_from: Mapped[float | None]
    valid_until: Mapped[float | None]
    gates: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Gates it opens; null: every gate of its event or of the site."""
    note: Mapped[str] = mapped_column(default="")
    class_id: Mapped[str | None] = mapped_column(ForeignKey("pass_class.id"))
    """Its class; null: a guest's pass, made by a list."""
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("application_member.id"), index=True)
    """The line of a request from outside that it was made for."""
    number: Mapped[str | None] = mapped_column(String(32), index=True, unique=True)
    """What is printed on it; the issue follows it (`S-000123/2`)."""
    issue: Mapped[int] = mapped_column(default=1)
    printed_issue: Mapped[int] = mapped_column(default=0)
    """The last issue that was printed; printing is no state of the pass."""
    created_at: Mapped[float] = mapped_column(default=0.0)
    changed_at: Mapped[float] = mapped_column(default=0.0)
    requested_by: Mapped[str] = mapped_column(default="")
    checked_by: Mapped[str] = mapped_column(default="")
    approved_by: Mapped[str] = mapped_column(default="")
    renewal_state: Mapped[str] = mapped_column(String(16), default="", index=True)
    """gatekeeper.kinds_office.Renewal: whether a longer validity is asked for."""
    renewal_until: Mapped[float | None]
    """Until when the renewal asks for; null: open end."""
    renewal_by: Mapped[str] = mapped_column(default="")
    renewal_checked_by: Mapped[str] = mapped_column(default="")


class Credential(Base):
    """What a reader reads. `pass_id` is the pass it is (`bound`) or was last bound to."""

    __tablename__ = "credential"
    __table_args__ = (
        Index(
            "uq_credential_bound_pass",
            "pass_id",
            unique=True,
            sqlite_where=text("bound"),
            postgresql_where=text("bound"),
        ),
        Index("ix_credential_pass_id", "pass_id"),
    )
    value: Mapped[str] = mapped_column(BINARY_TEXT, primary_key=True)
    pass_id: Mapped[str | None] = mapped_column(ForeignKey("pass.id"))
    bound: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16), default="active")
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[float] = mapped_column(default=0.0)


class PassAct(Base):
    """One step in a pass's life: who, when, why, from which state to which. Only appended to."""

    __tablename__ = "pass_act"
    __table_args__ = (Index(None, "pass_id", "id"),)
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    pass_id: Mapped[str] = mapped_column(ForeignKey("pass.id"))
    at: Mapped[float]
    actor: Mapped[str]
    act: Mapped[str] = mapped_column(String(32))
    before: Mapped[str] = mapped_column(String(16), default="")
    after: Mapped[str] = mapped_column(String(16), default="")
    issue: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(default="")


class PrintJob(Base):
    """A pass was put on paper or sent to a card printer; never taken for activation."""

    __tablename__ = "print_job"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    pass_id: Mapped[str] = mapped_column(ForeignKey("pass.id"), index=True)
    issue: Mapped[int]
    at: Mapped[float]
    actor: Mapped[str]
    layout: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(default="")
    """Why again; empty for the first print of an issue."""
    batch: Mapped[str] = mapped_column(String(32), default="", index=True)


class BulkAct(Base):
    """Many passes changed in one act; may be taken back until `undo_until`."""

    __tablename__ = "bulk_act"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[float]
    actor: Mapped[str]
    act: Mapped[str] = mapped_column(String(16))
    chosen: Mapped[dict[str, Any]]
    """How the passes were chosen, and what was set."""
    count: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    undo_until: Mapped[float]
    undone_at: Mapped[float | None]
    undone_by: Mapped[str] = mapped_column(default="")


class BulkItem(Base):
    """One pass of a bulk act: what it was and what it became."""

    __tablename__ = "bulk_item"
    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_act.id"), primary_key=True)
    pass_id: Mapped[str] = mapped_column(ForeignKey("pass.id"), primary_key=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
