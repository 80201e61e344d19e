"""Tables of requests from outside, their files and talk, and of letters to be sent.

Import from gatekeeper.db.tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, Base

__all__ = [
    "Application",
    "ApplicationDraft",
    "ApplicationFile",
    "ApplicationMember",
    "ApplicationNote",
    "Mail",
]


class Application(Base):
    """A request for passes that came by a public form."""

    __tablename__ = "application"
    __table_args__ = (Index(None, "state", "received_at"),)
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret that, with the reference, shows the applicant its state."""
    form: Mapped[str] = mapped_column(String(16))
    """`press`, `broadcast` or `vehicle`."""
    class_id: Mapped[str] = mapped_column(ForeignKey("pass_class.id"))
    state: Mapped[str] = mapped_column(String(16), default="received")
    """gatekeeper.kinds_office.ApplicationState."""
    organisation: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[float | None]
    valid_until: Mapped[float | None]
    language: Mapped[str] = mapped_column(String(2), default="th")
    details: Mapped[dict[str, Any]]
    """What the form of its kind asks beyond these (equipment, live slot, …)."""
    received_at: Mapped[float]
    changed_at: Mapped[float]
    decided_at: Mapped[float | None]
    checked_by: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    erased_at: Mapped[float | None]


class ApplicationMember(Base):
    """Somebody, or a vehicle, that a request asks a pass for."""

    __tablename__ = "application_member"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    position_in_list: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    name_latin: Mapped[str] = mapped_column(default="")
    position: Mapped[str] = mapped_column(default="")
    document_kind: Mapped[str] = mapped_column(String(16), default="")
    document_hash: Mapped[str | None] = mapped_column(String(64))
    document_tail: Mapped[str] = mapped_column(String(8), default="")
    document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    photo: Mapped[str] = mapped_column(default="")
    plate: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    make: Mapped[str] = mapped_column(default="")
    colour: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16), default="received")
    """`received`, `refused` (left out of the request), `approved`."""
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """The holder that an officer chose, or that approval made; likewise below."""
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"), index=True)


class ApplicationDraft(Base):
    """A request that is being filled in: sealed, and dropped after some hours."""

    __tablename__ = "application_draft"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the secret that the applicant's browser holds."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[float] = mapped_column(index=True)


class ApplicationFile(Base):
    """A document sent with a request; stored re-encoded under `key`, never under its own name."""

    __tablename__ = "application_file"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[float]


class ApplicationNote(Base):
    """What officers and the applicant said to each other about a request. Only appended to."""

    __tablename__ = "application_note"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    at: Mapped[float]
    author: Mapped[str]
    """An account's name, or empty: the applicant."""
    kind: Mapped[str] = mapped_column(String(16))
    """`received`, `asked`, `answered`, `checked`, `approved`, `refused`, `note`."""
    text: Mapped[str] = mapped_column(default="")


class Mail(Base):
    """A letter that the worker sends; kept until it is sent or given up."""

    __tablename__ = "mail"
    __table_args__ = (Index(None, "sent_at", "next_try_at"),)
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[float]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    language: Mapped[str] = mapped_column(String(2), default="th")
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[float] = mapped_column(default=0.0)
    sent_at: Mapped[float | None]
    given_up_at: Mapped[float | None]
    """When it was decided that it cannot be sent; `problem` says why."""
    problem: Mapped[str] = mapped_column(default="")
