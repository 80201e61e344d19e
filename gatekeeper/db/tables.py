"""The tables of the main database, typed. No query, no rule: those are in the modules by noun.

Times are UTC seconds since the epoch (double); enumerations are stored as the text of
gatekeeper.model. Personal data is in `person` and `invitation` alone. A change of this file
needs a migration in migrations/versions; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "Arrival",
    "Audit",
    "Base",
    "Change",
    "ChangeCounter",
    "Credential",
    "Event",
    "Gate",
    "Invitation",
    "Organisation",
    "PassRow",
    "Person",
    "ProjectionEntry",
    "ProjectionState",
    "Token",
    "User",
]

BINARY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared byte by byte on both databases; sort keys rely on it."""

BIG_ID = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column typed INTEGER."""


class Base(DeclarativeBase):
    """All tables share one naming of constraints, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), float: Double(), dict[str, Any]: JSON()}  # noqa: RUF012


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


class Organisation(Base):
    """Where people come from, each name once."""

    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Person(Base):
    """Somebody. `search` and `sort_key` are made by gatekeeper.thai from the names."""

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


class PassRow(Base):
    """An authorisation. `id` is random and never used again: the journal speaks of it."""

    __tablename__ = "pass"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="event")
    state: Mapped[str] = mapped_column(String(16), default="active")
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


class Gate(Base):
    """A gate of the settings, mirrored here for reports and screens."""

    __tablename__ = "gate"
    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    direction: Mapped[str] = mapped_column(String(8))
    event: Mapped[str | None] = mapped_column(String(63))
    area: Mapped[str] = mapped_column(String(63))
    name_th: Mapped[str] = mapped_column(default="")
    name_en: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    """False: no longer in the settings; kept because records speak of it."""


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


class Token(Base):
    """A device's secret, of which only the SHA-256 is kept (it is long and random)."""

    __tablename__ = "token"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    gate: Mapped[str | None] = mapped_column(String(63))
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]


class Audit(Base):
    """Who did what at a desk or command line (gates have the journal). Only appended to."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[float]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(63))
    subject: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")


class Change(Base):
    """One credential whose meaning changed; what it means now is compiled when asked."""

    __tablename__ = "change"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    credential: Mapped[str] = mapped_column(BINARY_TEXT)


class ChangeCounter(Base):
    """One row: the last change number given, and the identity of this sequence."""

    __tablename__ = "change_counter"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(32))
    """Random; another one (a restored database) means: load everything again."""


class ProjectionEntry(Base):
    """A journal entry as reports need it; the journal itself is the record."""

    __tablename__ = "projection_entry"
    __table_args__ = (
        Index(None, "event", "at"),
        Index(None, "pass_id"),
        Index(None, "site", "ref"),
    )
    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[float]
    kind: Mapped[str] = mapped_column(String(16))
    gate: Mapped[str | None] = mapped_column(String(63))
    reader: Mapped[str | None] = mapped_column(String(63))
    credential: Mapped[str | None]
    pass_id: Mapped[str | None]
    event: Mapped[str | None] = mapped_column(String(63))
    reason: Mapped[str | None] = mapped_column(String(32))
    direction: Mapped[str | None] = mapped_column(String(8))
    area: Mapped[str | None] = mapped_column(String(63))
    companions: Mapped[int | None]
    ref: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str | None]
    state: Mapped[str | None]
    note: Mapped[str | None]
    late: Mapped[bool] = mapped_column(default=False)


class ProjectionState(Base):
    """How far the journal of a site has been projected, and what is wrong with it if so."""

    __tablename__ = "projection_state"
    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of entry `seq`: tells whether the journal is still the same one."""
    problem: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[float] = mapped_column(default=0.0)


class Arrival(Base):
    """Where the holder of a pass stands in an area, folded from the projected entries."""

    __tablename__ = "arrival"
    __table_args__ = (Index(None, "event", "first_in_at"),)
    pass_id: Mapped[str] = mapped_column(Text, primary_key=True)
    area: Mapped[str] = mapped_column(String(63), primary_key=True)
    event: Mapped[str | None] = mapped_column(String(63))
    first_in_at: Mapped[float]
    last_at: Mapped[float]
    inside: Mapped[bool]
    entries: Mapped[int]
    gate: Mapped[str | None] = mapped_column(String(63))
    """Gate of the first entry."""
    companions: Mapped[int | None]
    """How many really came with the holder; null: nobody said."""
    representative: Mapped[str] = mapped_column(default="")
