"""What the visitor desk's pages take from the settings: its rules, its desks, the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from flask import request

from gatekeeper.config import DeskSettings
from gatekeeper.office.visit_values import Rules
from gatekeeper.web.services import services

__all__ = ["desk_here", "gate_names", "local_day", "rules"]


def rules() -> Rules:
    """How cards are exchanged at this site."""
    config = services().config
    settings = config.visitors
    return Rules(
        vault=services().vault,
        zone=ZoneInfo(config.site.timezone),
        closing=time.fromisoformat(settings.closing),
        slots=settings.slots,
        each_document=settings.group_document == "each",
        gates=settings.gates,
    )


def desk_here() -> DeskSettings | None:
    """The desk that the address names (`?desk=ID`), else the first; None: none is defined."""
    desks = services().config.desks
    wanted = request.values.get("desk", "")
    return next((desk for desk in desks if desk.id == wanted), desks[0] if desks else None)


def local_day(now: float) -> date:
    """The day at the site."""
    zone = ZoneInfo(services().config.site.timezone)
    return datetime.fromtimestamp(now, UTC).astimezone(zone).date()


def gate_names(lang: str) -> dict[str, str]:
    """Gate to its name in this language."""
    return {
        gate.id: (gate.name_th if lang == "th" else gate.name_en) or gate.id
        for gate in services().config.gates
    }
