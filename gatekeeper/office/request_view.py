"""All that an officer, or a program, is shown of one request, and of the queue as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gatekeeper.db import requests as rows
from gatekeeper.db import watchlist as watch_rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.mail import MailCounts, mail_counts
from gatekeeper.db.pass_classes import ClassInfo, class_by_id
from gatekeeper.db.requests import FileInfo, Member, Note, Request
from gatekeeper.kinds_office import ApplicationState as State
from gatekeeper.office.name_index import NameIndex
from gatekeeper.office.request_holders import Alike, alike
from gatekeeper.office.turnaround import SPAN_DAYS, Turnaround, turnaround

__all__ = ["MAIL_DAYS", "MemberView", "RequestView", "acts_for", "letters_now", "times", "view"]

MAIL_DAYS = 14
"""How long a letter that was given up is spoken of."""


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member with what is known of them."""

    member: Member
    alike: list[Alike]
    watched: str
    """`stop`, `question` or empty."""
    pass_id: str = ""
    pass_number: str = ""
    pass_state: str = ""

    @property
    def chosen(self) -> int | None:
        """The holder that was chosen, or made."""
        return self.member.vehicle_id if self.member.is_vehicle else self.member.person_id


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request, whole."""

    request: Request
    pass_class: ClassInfo | None
    members: list[MemberView]
    files: list[FileInfo]
    notes: list[Note]
    earlier: list[Request] = field(default_factory=list)

    @property
    def is_watched(self) -> bool:
        """Whether the watchlist speaks of anybody in it."""
        return any(each.watched for each in self.members)


def view(
    session: Session, reference: str, *, actor: str, names: NameIndex | None = None
) -> RequestView | None:
    """The request; None: there is none, or it was erased. Reading a watched one is recorded.

    `names`: the index of a long-lived process; without it the database is scanned.
    """
    request = rows.request_by_reference(session, reference)
    if request is None or request.erased_at is not None:
        return None
    passes = rows.passes_of_members(session, request.id)
    members = [
        MemberView(
            member,
            alike(session, member, names) if request.is_open else [],
            _watched(session, member),
            *passes.get(member.id, ("", "", "")),
        )
        for member in rows.members_of(session, request.id)
    ]
    found = RequestView(
        request,
        class_by_id(session, request.class_id),
        members,
        rows.files_of(session, request.id),
        rows.notes_of(session, request.id),
        rows.earlier_requests(session, request),
    )
    if found.is_watched:
        record_act(session, actor, "request.read", f"request:{request.id}")
    return found


def acts_for(request: Request, actor: str) -> list[str]:
    """What `actor` may do with the request now, in the order of the page."""
    acts = {
        State.RECEIVED: ["check", "ask", "refuse"],
        State.CHECKED: ["approve", "ask", "refuse"],
        State.ASKED: ["refuse"],
        State.APPROVED: ["ready"],
    }.get(request.state, [])
    own = request.state is State.CHECKED and request.checked_by == actor
    return [act for act in acts if not (own and act == "approve")]


def times(session: Session, now: float, zone: ZoneInfo) -> Turnaround:
    """How long requests took of late."""
    return turnaround(rows.decided_since(session, now - SPAN_DAYS * 86_400), now, zone)


def letters_now(session: Session, now: float) -> MailCounts:
    """How the letters to applicants stand."""
    return mail_counts(session, now - MAIL_DAYS * 86_400)


def _watched(session: Session, member: Member) -> str:
    hits = watch_rows.hits_of(session, subject_kind="member", subject_id=str(member.id))
    if any(hit.stops for hit in hits):
        return "stop"
    return "question" if any(hit.state == "open" for hit in hits) else ""
