"""Classes of passes as values, and where they are read and changed.

Which values a class may have is gatekeeper.office.pass_classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.tables import PassClass, PassRow
from gatekeeper.kinds import HolderKind, PassKind
from gatekeeper.kinds_office import Employment, Purpose, ValidityRule

__all__ = [
    "ClassInfo",
    "class_by_id",
    "insert_class",
    "list_classes",
    "passes_of_class",
    "prefix_owner",
    "update_class",
]


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class of passes; see gatekeeper.db.tables_passes for what each field is."""

    id: str
    name_th: str
    name_en: str
    kind: PassKind
    holder: HolderKind
    prefix: str
    legal_basis: str
    purpose: Purpose
    validity: ValidityRule
    validity_days: int
    renewal_approval: bool
    zones: tuple[str, ...] | None
    colour: str
    ink: str
    layout: str
    request_form: str
    employment: Employment | None
    keep_document: bool
    retention_days: int
    active: bool
    rank: int

    def name(self, language: str) -> str:
        """Its name in Thai (`th`) or English."""
        return self.name_th if language == "th" else self.name_en


def class_by_id(session: Session, class_id: str) -> ClassInfo | None:
    """The class, or None."""
    row = session.get(PassClass, class_id)
    return None if row is None else _info(row)


def list_classes(session: Session, *, active_only: bool = False) -> list[ClassInfo]:
    """Classes in the order of the office."""
    query = select(PassClass).order_by(PassClass.rank, PassClass.id)
    if active_only:
        query = query.where(PassClass.active)
    return [_info(row) for row in session.scalars(query)]


def insert_class(session: Session, values: Mapping[str, Any]) -> None:
    """A new class; columns that are not named get their defaults."""
    session.execute(insert(PassClass), [dict(values)])


def update_class(session: Session, class_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a class."""
    session.execute(update(PassClass).where(PassClass.id == class_id).values(**values))


def _info(row: PassClass) -> ClassInfo:
    return ClassInfo(
        id=row.id,
        name_th=row.name_th,
        name_en=row.name_en,
        kind=PassKind(row.kind),
        holder=HolderKind(row.holder),
        prefix=row.prefix,
        legal_basis=row.legal_basis,
        purpose=Purpose(row.purpose),
        validity=ValidityRule(row.validity),
        validity_days=row.validity_days,
        renewal_approval=row.renewal_approval,
        zones=None if row.zones is None else tuple(row.zones),
        colour=row.colour,
        ink=row.ink,
        layout=row.layout,
        request_form=row.request_form,
        employment=Employment(row.employment) if row.employment else None,
        keep_document=row.keep_document,
        retention_days=row.retention_days,
        active=row.active,
        rank=row.rank,
    )


def prefix_owner(session: Session, prefix: str) -> str | None:
    """The class whose numbers begin so."""
    return session.scalar(select(PassClass.id).where(PassClass.prefix == prefix))


def passes_of_class(session: Session, class_id: str) -> list[str]:
    """Every pass of a class that gates may still be shown."""
    over = ("refused", "returned", "revoked")
    query = select(PassRow.id).where(PassRow.class_id == class_id, PassRow.state.not_in(over))
    return list(session.scalars(query))
