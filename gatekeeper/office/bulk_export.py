"""A whole list out of the pages: asked for by one person, approved by another, fetched once.

    ask(session, Order("people", "xlsx"), reason=…, actor=…, role=…, now=…)
    ... another person approves (gatekeeper.office.approvals) ...
    order = fetch(session, request, actor=…, now=…)       # only who asked, only once

What is fetched is the list as it is then, not as it was when it was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gatekeeper.db.engine import Session
from gatekeeper.db.events import event_by_slug
from gatekeeper.errors import UserError
from gatekeeper.office import approvals
from gatekeeper.office.approvals import Asked
from gatekeeper.office.export_lists import FORMATS, LISTS

__all__ = ["ASKERS", "KIND", "Order", "ask", "fetch", "may_have", "orders_of"]

KIND = "bulk_export"
ASKERS = frozenset({"issuer", "protocol", "admin"})
DECIDERS = frozenset({"admin", "auditor"})

_GUESTS_ONLY = frozenset({"protocol"})
"""Roles that may have the guests of an event and no register of the pass office."""

_IN_WORDS = {
    "people": ("ทะเบียนบุคคลทั้งหมด", "all people"),
    "vehicles": ("ทะเบียนยานพาหนะทั้งหมด", "all vehicles"),
    "passes": ("ทะเบียนบัตรผ่านทั้งหมด", "all passes"),
    "guests": ("รายชื่อแขกทั้งหมดของงาน", "all guests of the event"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported."""

    kind: str
    """One of LISTS."""
    format: str
    """One of FORMATS."""
    event: str = ""
    """Slug, for guests."""

    @property
    def subject(self) -> str:
        """How an approval names it."""
        return f"list:{self.kind}:{self.event}" if self.event else f"list:{self.kind}"


def ask(
    session: Session,
    order: Order,
    *,
    reason: str,
    actor: str,
    role: str,
    now: float,
    events: Collection[str] | None = None,
) -> Asked:
    """Ask for a list; `events`: the only ones this person works with, None: every one.

    Raises UserError naming a field.
    """
    if order.kind not in LISTS:
        raise UserError(f"no list {order.kind[:20]!r}", "กรุณาเลือกข้อมูล", field="kind")
    if order.format not in FORMATS:
        raise UserError(f"no format {order.format[:20]!r}", "กรุณาเลือกรูปแบบไฟล์", field="format")
    if not may_have(role, order.kind, events):
        raise UserError(
            f"role {role} may have the guests of an event only",
            "ท่านส่งออกได้เฉพาะรายชื่อแขกของงาน",
            field="kind",
        )
    if order.kind == "guests" and (
        not _is_open(order, events) or event_by_slug(session, order.event) is None
    ):
        raise UserError("which event?", "กรุณาเลือกงาน", field="event")
    return approvals.ask(
        session,
        KIND,
        subject=order.subject,
        details=asdict(order),
        reason=reason,
        actor=actor,
        role=role,
        now=now,
    )


def may_have(role: str, kind: str, events: Collection[str] | None = None) -> bool:
    """Whether somebody of `role`, held to `events` (None: to none), may ask for the list `kind`."""
    narrow = role in _GUESTS_ONLY or events is not None
    return role in ASKERS and (kind == "guests" or not narrow)


def fetch(
    session: Session,
    request: int,
    *,
    actor: str,
    now: float,
    events: Collection[str] | None = None,
) -> Order:
    """What was approved, to be exported now; the approval is spent. Raises UserError, also where
    whoever asked has been held to other `events` since."""
    order = _order(approvals.use(session, request, KIND, actor=actor, now=now))
    if not _is_open(order, events):
        raise UserError(
            "this list is of no event that you work with", "รายการนี้ไม่อยู่ในงานที่ท่านรับผิดชอบ"
        )
    return order


def _is_open(order: Order, events: Collection[str] | None) -> bool:
    return events is None or (order.kind == "guests" and order.event in events)


def orders_of(session: Session, actor: str) -> list[Asked]:
    """What this person asked for, the newest first."""
    mine = approvals.to_show(session, actor=actor, role="")
    return [each for each in mine if each.kind == KIND and each.requested_by == actor]


def _order(details: Mapping[str, Any]) -> Order:
    return Order(str(details["kind"]), str(details["format"]), str(details.get("event", "")))


def _summary(details: Mapping[str, Any]) -> tuple[str, str]:
    order = _order(details)
    thai, english = _IN_WORDS[order.kind]
    name = f" {order.event}" if order.event else ""
    return f"ส่งออก{thai}{name} เป็น {order.format}", f"export {english}{name} as {order.format}"


approvals.register(
    approvals.Kind(
        KIND,
        ("ส่งออกข้อมูลทั้งทะเบียน", "Export of a whole list"),
        askers=ASKERS,
        deciders=DECIDERS,
        summary=_summary,
    )
)
