"""Requests from outside as values, and where they are read and changed.

What may be done with a request, and by whom, is gatekeeper.office.requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from gatekeeper.db.request_values import DECIDED, OPEN, FileInfo, Member, Note, Request
from gatekeeper.db.tables import (
    Application,
    ApplicationFile,
    ApplicationMember,
    ApplicationNote,
    PassRow,
)
from gatekeeper.kinds_office import ApplicationState

__all__ = [
    "DECIDED",
    "OPEN",
    "FileInfo",
    "Member",
    "Note",
    "Request",
    "add_file",
    "add_note",
    "add_request",
    "decided_since",
    "earlier_requests",
    "file_by_id",
    "files_of",
    "members_of",
    "notes_of",
    "passes_of_members",
    "queue",
    "recent_of_contact",
    "request_by_id",
    "request_by_reference",
    "request_of_member",
    "set_member",
    "set_request",
]


def add_request(
    session: Session, values: Mapping[str, Any], members: Sequence[Mapping[str, Any]]
) -> tuple[int, list[int]]:
    """A new request and its members; their ids."""
    made = session.execute(insert(Application).returning(Application.id), [dict(values)])
    request_id = int(made.scalar_one())
    ids = [
        int(
            session.execute(
                insert(ApplicationMember).returning(ApplicationMember.id),
                [{**member, "application_id": request_id, "position_in_list": number}],
            ).scalar_one()
        )
        for number, member in enumerate(members, 1)
    ]
    return request_id, ids


def request_by_reference(session: Session, reference: str) -> Request | None:
    """The request with this reference, or None."""
    found = _requests(session, Application.reference == reference)
    return found[0] if found else None


def request_by_id(session: Session, request_id: int, *, lock: bool = False) -> Request | None:
    """The request, or None. `lock`: nobody else changes it until the transaction ends."""
    if lock:
        held = select(Application.id).where(Application.id == request_id).with_for_update()
        session.execute(held).all()
    found = _requests(session, Application.id == request_id)
    return found[0] if found else None


def queue(
    session: Session,
    *,
    states: Sequence[ApplicationState] = OPEN,
    form: str = "",
    text: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Request], int]:
    """Requests, the oldest first, and how many there are in all.

    `text`: part of the organisation's or the contact's name, or of the reference.
    """
    where: list[ColumnElement[bool]] = [Application.state.in_([state.value for state in states])]
    if form:
        where.append(Application.form == form)
    if text:
        columns = (Application.organisation, Application.contact_name, Application.reference)
        where.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    total = session.scalar(select(func.count()).select_from(Application).where(*where)) or 0
    return _requests(session, *where, limit=limit, offset=offset), total


def earlier_requests(session: Session, request: Request, limit: int = 10) -> list[Request]:
    """Other requests of the same organisation or contact, the newest first."""
    same = [Application.contact_email == request.contact_email] if request.contact_email else []
    if request.organisation:
        same.append(Application.organisation == request.organisation)
    if not same:
        return []
    where = (Application.id != request.id, or_(*same))
    return _requests(session, *where, limit=limit, newest=True)


def recent_of_contact(session: Session, email: str, since: float) -> int:
    """How many requests this address sent since then."""
    where = (Application.contact_email == email, Application.received_at >= since)
    return session.scalar(select(func.count()).select_from(Application).where(*where)) or 0


def decided_since(session: Session, since: float) -> list[tuple[float, float]]:
    """`(received, decided)` of every request that was decided since then."""
    query = select(Application.received_at, Application.decided_at).where(
        Application.state.in_([state.value for state in DECIDED]), Application.decided_at >= since
    )
    return [(received, decided) for received, decided in session.execute(query) if decided]


def set_request(session: Session, request_id: int, values: Mapping[str, Any]) -> None:
    """Change columns of a request."""
    session.execute(update(Application).where(Application.id == request_id).values(**values))


def members_of(session: Session, request_id: int) -> list[Member]:
    """Its people and vehicles, in the order of the list."""
    query = select(ApplicationMember).where(ApplicationMember.application_id == request_id)
    rows = session.scalars(query.order_by(ApplicationMember.position_in_list, ApplicationMember.id))
    return [Member(**{name: getattr(row, name) for name in Member.__slots__}) for row in rows]


def set_member(session: Session, member_id: int, values: Mapping[str, Any]) -> None:
    """Change columns of a member."""
    where = ApplicationMember.id == member_id
    session.execute(update(ApplicationMember).where(where).values(**values))


def passes_of_members(session: Session, request_id: int) -> dict[int, tuple[str, str, str]]:
    """Member's id to `(pass id, number, state)` of the pass that was made for it."""
    query = (
        select(PassRow.member_id, PassRow.id, PassRow.number, PassRow.state)
        .join(ApplicationMember, ApplicationMember.id == PassRow.member_id)
        .where(ApplicationMember.application_id == request_id)
    )
    return {row.member_id: (row.id, row.number or "", row.state) for row in session.execute(query)}


def request_of_member(session: Session, member_id: int) -> tuple[str, str, bool] | None:
    """Reference and state of a member's request, and whether it was said that it is ready."""
    told = exists().where(
        ApplicationNote.application_id == Application.id, ApplicationNote.kind == "ready"
    )
    query = (
        select(Application.reference, Application.state, told.label("told"))
        .join(ApplicationMember, ApplicationMember.application_id == Application.id)
        .where(ApplicationMember.id == member_id)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row.reference, row.state, row.told)


def add_file(session: Session, values: Mapping[str, Any]) -> None:
    """A document of a request."""
    session.execute(insert(ApplicationFile), [dict(values)])


def files_of(session: Session, request_id: int) -> list[FileInfo]:
    """Its documents, in the order they came."""
    query = select(ApplicationFile).where(ApplicationFile.application_id == request_id)
    return [_file(row) for row in session.scalars(query.order_by(ApplicationFile.id))]


def file_by_id(session: Session, request_id: int, file_id: int) -> FileInfo | None:
    """One document of this request, or None."""
    row = session.get(ApplicationFile, file_id)
    return _file(row) if row is not None and row.application_id == request_id else None


def add_note(
    session: Session, request_id: int, at: float, author: str, kind: str, text: str
) -> None:
    """Append what was said or done."""
    values = {"application_id": request_id, "at": at, "author": author, "kind": kind, "text": text}
    session.execute(insert(ApplicationNote), values)


def notes_of(session: Session, request_id: int) -> list[Note]:
    """What was said and done, the oldest first."""
    query = select(ApplicationNote).where(ApplicationNote.application_id == request_id)
    rows = session.scalars(query.order_by(ApplicationNote.id))
    return [Note(row.at, row.author, row.kind, row.text) for row in rows]


_COLUMNS = tuple(name for name in Request.__slots__ if name != "members")


def _requests(
    session: Session,
    *where: ColumnElement[bool],
    limit: int | None = None,
    offset: int = 0,
    newest: bool = False,
) -> list[Request]:
    count = (
        select(func.count())
        .where(ApplicationMember.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    order = (Application.received_at, Application.id)
    query = select(Application, count).where(*where)
    query = query.order_by(*(column.desc() if newest else column.asc() for column in order))
    found = session.execute(query.limit(limit).offset(offset)).all()
    return [_request(row, members) for row, members in found]


def _request(row: Application, members: int) -> Request:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Request(**{**values, "state": ApplicationState(row.state), "members": members})


def _file(row: ApplicationFile) -> FileInfo:
    return FileInfo(**{name: getattr(row, name) for name in FileInfo.__slots__})
