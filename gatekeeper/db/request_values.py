"""Requests from outside as they travel: the request, its people and vehicles, files and talk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gatekeeper.kinds_office import ApplicationState
from gatekeeper.titles import display_name

__all__ = ["DECIDED", "OPEN", "FileInfo", "Member", "Note", "Request"]

OPEN = (ApplicationState.RECEIVED, ApplicationState.CHECKED, ApplicationState.ASKED)
DECIDED = (ApplicationState.APPROVED, ApplicationState.REFUSED)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands; see gatekeeper.db.tables_requests for what each field is."""

    id: int
    reference: str
    secret_hash: str = field(repr=False)
    form: str
    class_id: str
    state: ApplicationState
    organisation: str
    contact_name: str
    contact_email: str
    contact_phone: str
    purpose: str
    valid_from: float | None
    valid_until: float | None
    language: str
    details: dict[str, Any]
    received_at: float
    changed_at: float
    decided_at: float | None
    checked_by: str
    decided_by: str
    reason: str
    erased_at: float | None
    members: int = 0
    """How many people and vehicles it asks passes for."""

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to act on it."""
        return self.state in OPEN

    def hours(self, now: float) -> float:
        """Hours from its receipt to its decision, or until now."""
        return ((self.decided_at or now) - self.received_at) / 3600


@dataclass(frozen=True, slots=True)
class Member:
    """One person or vehicle of a request."""

    id: int
    application_id: int
    position_in_list: int
    title: str
    first_name: str
    last_name: str
    name_latin: str
    position: str
    document_kind: str
    document_hash: str | None = field(repr=False)
    document_tail: str
    document_sealed: bytes | None = field(repr=False)
    photo: str
    plate: str
    province: str
    make: str
    colour: str
    state: str
    reason: str
    person_id: int | None
    vehicle_id: int | None

    @property
    def is_vehicle(self) -> bool:
        """Whether the pass is for a vehicle."""
        return bool(self.plate)

    @property
    def name(self) -> str:
        """As a screen shows it."""
        if self.plate:
            return f"{self.plate} {self.province}".strip()
        return display_name(self.title, self.first_name, self.last_name) or self.name_latin


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A document that came with a request."""

    id: int
    application_id: int
    kind: str
    key: str
    name: str
    media_type: str
    size: int
    at: float


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was said or done; `author` empty: the applicant."""

    at: float
    author: str
    kind: str
    text: str
