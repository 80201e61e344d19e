"""Tables that mirror what the gates know and did: gates, changes, projected entries, arrivals.

Import from gatekeeper.db.tables.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gatekeeper.db.base import BINARY_TEXT, Base

__all__ = ["Arrival", "Change", "ChangeCounter", "Gate", "ProjectionEntry", "ProjectionState"]


_WITHDRAWN = text("kind = 'withdrawn'")


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
        Index(None, "at"),
        Index(None, "event", "at"),
        Index(None, "pass_id"),
        # Few are withdrawn: with all others in it, a count of the table (ANALYZE) would have a
        # planner believe that it leads nowhere.
        Index(
            "ix_projection_entry_withdrawn",
            "site",
            "ref",
            sqlite_where=_WITHDRAWN,
            postgresql_where=_WITHDRAWN,
        ),
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
