"""The gates of the settings, mirrored so that reports and screens can name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from gatekeeper.db.changes import record_change
from gatekeeper.db.tables import Gate, PassClass, PassRow
from gatekeeper.model import Direction, GateRules

__all__ = ["GateInfo", "list_gates", "mirror_gates"]


class _Settings(Protocol):
    """What is taken from gatekeeper.config.GateSettings (this room does not import it)."""

    @property
    def id(self) -> str: ...
    @property
    def name_th(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    def rules(self) -> GateRules:
        """What the policy needs of this gate."""


@dataclass(frozen=True, slots=True)
class GateInfo:
    """A gate; not `active`: records speak of it, but the settings no longer do."""

    id: str
    direction: Direction
    event: str | None
    area: str
    name_th: str
    name_en: str
    active: bool


def mirror_gates(session: Session, gates: Iterable[_Settings]) -> None:
    """Make the table say what the settings say; passes of classes with areas follow."""
    rows = {gate.id: gate for gate in session.scalars(select(Gate))}
    before = {row.id: row.area for row in rows.values() if row.active}
    for row in rows.values():
        row.active = False
    for settings in gates:
        rules = settings.rules()
        row = rows.get(settings.id) or Gate(id=settings.id)
        row.direction, row.event, row.area = rules.direction.value, rules.event, rules.area
        row.name_th, row.name_en, row.active = settings.name_th, settings.name_en, True
        session.add(row)
        rows[settings.id] = row
    if before != {row.id: row.area for row in rows.values() if row.active}:
        by_area = select(PassRow.id).join(PassClass, PassRow.class_id == PassClass.id)
        found = session.scalars(by_area.where(PassClass.zones.is_not(None))).all()
        if found:
            record_change(session, passes=found)


def list_gates(session: Session, *, active_only: bool = True) -> list[GateInfo]:
    """Gates by id."""
    query = select(Gate).order_by(Gate.id)
    if active_only:
        query = query.where(Gate.active)
    return [
        GateInfo(
            id=row.id,
            direction=Direction(row.direction),
            event=row.event,
            area=row.area,
            name_th=row.name_th,
            name_en=row.name_en,
            active=row.active,
        )
        for row in session.scalars(query)
    ]
