"""What the table modules of the main database share: the base class and two column types.

No table here; those are in tables_*.py, all brought together by gatekeeper.db.tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

__all__ = ["BIG_ID", "BINARY_TEXT", "Base"]

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
