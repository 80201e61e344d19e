"""JSON of requests from outside; documented field by field in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

__all__ = [
    "DecisionAnswer",
    "DecisionBody",
    "RequestJson",
    "RequestLineJson",
    "RequestsJson",
    "TurnaroundJson",
]


class RequestLineJson(Struct):
    """A request as the queue shows it. Times are ISO 8601, UTC."""

    reference: str
    form: str
    pass_class: str
    state: str
    organisation: str
    received_at: str | None
    decided_at: str | None
    hours: float
    """From its receipt to its decision, or until now."""
    members: int


class RequestsJson(Struct):
    """A page of the queue, the oldest first."""

    total: int
    requests: list[RequestLineJson]


class RequestFileJson(Struct):
    """A document of a request; its content is for the page of an officer alone."""

    id: int
    kind: str
    media_type: str
    size: int


class RequestNoteJson(Struct):
    """What was said or done; `author` empty: the applicant."""

    at: str | None
    author: str
    kind: str
    text: str


class KnownHolderJson(Struct):
    """A holder on record who may be the member. `same`: by document or by plate."""

    id: int
    name: str
    same: bool


class RequestMemberJson(Struct):
    """A person or a vehicle that a pass is asked for."""

    id: int
    name: str
    position: str
    document_kind: str
    document_tail: str
    state: str
    reason: str
    watched: str
    """`stop`, `question` or empty."""
    holder: int | None
    known: list[KnownHolderJson]
    pass_id: str
    pass_state: str


class RequestJson(Struct):
    """One request, whole. Never a document's number."""

    line: RequestLineJson
    contact_name: str
    contact_email: str
    contact_phone: str
    purpose: str
    valid_from: str | None
    valid_until: str | None
    checked_by: str
    decided_by: str
    reason: str
    details: dict[str, str]
    members: list[RequestMemberJson]
    files: list[RequestFileJson]
    notes: list[RequestNoteJson]


class DecisionBody(Struct, forbid_unknown_fields=True):
    """What to do with a request."""

    act: Literal["check", "ask", "refuse", "approve", "ready"]
    text: Annotated[str, Meta(max_length=2000)] = ""
    """What is asked (`ask`), the reason (`refuse`), where to collect (`ready`)."""


class DecisionAnswer(Struct):
    """How the request stands then."""

    reference: str
    state: str
    passes: list[str]
    """Ids of the passes that approving asked for."""


class WeekJson(Struct):
    """Requests decided in a week, from Monday on."""

    monday: str
    decided: int
    median_hours: float | None


class TurnaroundJson(Struct):
    """How long requests took in the last twelve weeks."""

    decided: int
    median_hours: float | None
    slowest_hours: float | None
    """Nine of ten took no longer."""
    weeks: list[WeekJson]
