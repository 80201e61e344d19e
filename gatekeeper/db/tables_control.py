"""Tables of who may do what and who did: accounts, tokens, audit, approvals, watchlist, settings.

Import from gatekeeper.db.tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BIG_ID, BINARY_TEXT, Base

__all__ = [
    "Acknowledgement",
    "Approval",
    "Audit",
    "EndedSession",
    "ErasureRun",
    "OpenSession",
    "Setting",
    "Token",
    "User",
    "WatchEntry",
    "WatchHit",
]


class User(Base):
    """An account. A session carries `session_version`; when they differ, it is over."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    disabled: Mapped[bool] = mapped_column(default=False)
    session_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[float]
    display_name: Mapped[str] = mapped_column(default="")
    gates: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The only gates it may work at; null: every gate."""
    events: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The only events it may see; null: every event."""
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Secret of the one-time codes (RFC 6238), sealed."""
    totp_confirmed: Mapped[bool] = mapped_column(default=False)
    totp_last: Mapped[int] = mapped_column(BigInteger, default=0)
    """Time step of the last code taken: none is taken twice."""
    language: Mapped[str] = mapped_column(String(8), default="")
    """`th` or `en`, as this person chose; empty: has not chosen."""
    recovery: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """SHA-256 of each recovery code not yet used."""
    invite_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """SHA-256 of the secret in a one-time link by which the owner sets the password."""
    invite_until: Mapped[float | None]
    last_sign_in_at: Mapped[float | None]
    last_sign_in_from: Mapped[str] = mapped_column(default="")


class EndedSession(Base):
    """A session that its owner ended before its time: its cookie, copied, is worth nothing."""

    __tablename__ = "ended_session"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """As the cookie carries it; random."""
    ended_at: Mapped[float]


class OpenSession(Base):
    """A session that somebody began, for its owner to see; ended by EndedSession or by time."""

    __tablename__ = "open_session"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int]
    """`session_version` of the account when it began."""
    began_at: Mapped[float]
    seen_at: Mapped[float] = mapped_column(index=True)
    """Of its latest request, to a minute."""
    origin: Mapped[str] = mapped_column(default="")
    """The address it was begun from."""
    agent: Mapped[str] = mapped_column(String(200), default="")
    """What the browser called itself."""


class Acknowledgement(Base):
    """An officer took the alert that entry `seq` of a site's journal gave."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index(None, "site", "event", "seq"),)
    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(63))
    by: Mapped[str]
    at: Mapped[float]


class Token(Base):
    """A device's secret, of which only the SHA-256 is kept (it is long and random)."""

    __tablename__ = "token"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    gate: Mapped[str | None] = mapped_column(String(63))
    events: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The only events it may see; null: every event."""
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]


class Audit(Base):
    """Who did what at a desk or command line (gates have the journal). Only appended to."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "actor", "id"), Index(None, "action", "id"))
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(63))
    subject: Mapped[str] = mapped_column(default="", index=True)
    note: Mapped[str] = mapped_column(default="")
    key: Mapped[str | None] = mapped_column(String(32), index=True, unique=True)
    """Random; the entry of the journal that proves this row names it."""
    origin: Mapped[str] = mapped_column(default="")
    """From where: an address, or `cli`."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    parts: Mapped[dict[str, list[str]] | None] = mapped_column(JSON(none_as_null=True))
    """Salt and hash of each part that may be erased (note, before, after); see db/audit_digest."""
    digest: Mapped[str] = mapped_column(String(64), default="")
    """Hash of the row, as the journal's entry holds it."""
    journal_seq: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The entry that proves it; null: not yet in the journal."""


class Approval(Base):
    """An act that needs a second person: asked for by one, decided by another."""

    __tablename__ = "approval"
    __table_args__ = (Index(None, "state", "requested_at"),)
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    """`role_change`, `watch_removal`, `bulk_export`."""
    subject: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]]
    """What will be done, as the act's own function takes it."""
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16), default="open")
    """`open`, `approved`, `refused`, `expired`, `used`."""
    requested_by: Mapped[str]
    requested_at: Mapped[float]
    expires_at: Mapped[float]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[float | None]
    decision_reason: Mapped[str] = mapped_column(default="")


class WatchEntry(Base):
    """Who or what is watched for. A removed one stays, since records speak of it."""

    __tablename__ = "watch_entry"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """gatekeeper.kinds_office.WatchKind."""
    name: Mapped[str] = mapped_column(default="")
    name_latin: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str] = mapped_column(BINARY_TEXT, default="", index=True)
    document_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    document_tail: Mapped[str] = mapped_column(String(8), default="")
    plate: Mapped[str] = mapped_column(default="")
    plate_key: Mapped[str] = mapped_column(BINARY_TEXT, default="", index=True)
    province: Mapped[str] = mapped_column(default="")
    credential: Mapped[str | None] = mapped_column(BINARY_TEXT, index=True)
    reason: Mapped[str] = mapped_column(default="")
    instruction: Mapped[str] = mapped_column(default="")
    """What to do on a hit, as the shift leader reads it."""
    added_by: Mapped[str]
    added_at: Mapped[float]
    until_at: Mapped[float | None]
    removed_by: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[float | None]


class WatchHit(Base):
    """A watched entry met a record: for sure, or as a question that a person answers."""

    __tablename__ = "watch_hit"
    __table_args__ = (
        UniqueConstraint("entry_id", "subject_kind", "subject_id"),
        Index(None, "subject_kind", "subject_id"),
    )
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("watch_entry.id"))
    subject_kind: Mapped[str] = mapped_column(String(16))
    """`person`, `vehicle`, `credential`, `member` (of a request)."""
    subject_id: Mapped[str]
    match: Mapped[str] = mapped_column(String(8))
    """`exact` or `near`."""
    score: Mapped[float] = mapped_column(default=1.0)
    place: Mapped[str] = mapped_column(default="")
    """The step at which it was met."""
    at: Mapped[float]
    actor: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(16), default="open")
    """`open`, `confirmed` (the same), `dismissed` (another)."""
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[float | None]
    note: Mapped[str] = mapped_column(default="")


class Setting(Base):
    """What administrators set on a page rather than in the file: retention, texts."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(63), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[float]
    changed_by: Mapped[str]


class ErasureRun(Base):
    """A run of the nightly erase: what it erased, as counts; never whose."""

    __tablename__ = "erasure_run"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[float]
    actor: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    """`nightly`, or `person` (somebody's own wish)."""
    counts: Mapped[dict[str, Any]]
