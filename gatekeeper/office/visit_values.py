"""What the visitor desk works with: its rules, who comes and why, and what an act led to.

Values only. The rules are made of the settings by who calls; times are UTC seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gatekeeper.db.visits import VisitInfo
from gatekeeper.kinds_office import DocumentKind, VisitPurpose
from gatekeeper.office.watchlist import Consultation
from gatekeeper.vault import Vault

__all__ = ["Errand", "Halted", "Opened", "Returned", "Rules", "Visitor", "closing_after"]

LEAST_S = 15 * 60
"""A card lent so shortly before closing time, or after it, is lent until midnight."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How cards are exchanged at this site."""

    vault: Vault
    zone: ZoneInfo
    closing: time = time(16, 30)
    slots: int = 200
    each_document: bool = False
    """Whether every member of a group hands in a document, not the leader alone."""
    gates: tuple[str, ...] = ()
    """Gates that a card opens; none: every gate of no event."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes, as typed or read from an identity card. The number is never stored."""

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    name_latin: str = ""
    organisation: str = ""
    phone: str = ""
    document_kind: DocumentKind | None = None
    document_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Errand:
    """Why somebody comes, to whom and where."""

    purpose: VisitPurpose
    host_name: str = ""
    host_unit: str = ""
    host_phone: str = ""
    place: str = ""
    plate: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A card was lent. `slot`: where the document is to be laid; None: none was handed in."""

    visit: VisitInfo
    slot: str | None


@dataclass(frozen=True, slots=True)
class Halted:
    """The watchlist stops or asks; nothing was lent. The visit waits as an expected one."""

    visit: VisitInfo
    found: Consultation


@dataclass(frozen=True, slots=True)
class Returned:
    """A card came back. `slot`: where the document lies that is to be given back now."""

    visit: VisitInfo
    slot: str | None
    still_out: int = 0
    """Cards of the same group that are still out; the document waits for them."""
    was_lost: bool = False
    """The card had been reported lost: it is never lent again."""


def closing_after(rules: Rules, now: float) -> float:
    """Until when a card lent at `now` is good: closing time of the day, else its end."""
    local = datetime.fromtimestamp(now, UTC).astimezone(rules.zone)
    closing = datetime.combine(local.date(), rules.closing, rules.zone).timestamp()
    if closing - now >= LEAST_S:
        return closing
    tomorrow = local.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), rules.zone).timestamp()
