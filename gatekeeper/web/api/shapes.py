"""The JSON of the API as types: what is parsed, what is answered, what OpenAPI says.

Only types; a field that may be missing from an answer does not exist, it is null instead.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "Arrivals",
    "AttendanceJson",
    "Both",
    "EntryJson",
    "GateJson",
    "GatesJson",
    "GroupCount",
    "HolderJson",
    "JournalJson",
    "MusterJson",
    "ProblemJson",
    "ReadAnswerJson",
    "ReadBody",
    "ReaderJson",
    "ReadersJson",
    "RevokeAnswer",
    "RevokeBody",
]


class ReadBody(Struct):
    """A credential that was shown at a gate."""

    credential: Annotated[str, Meta(min_length=1, max_length=600)]
    nonce: Annotated[str, Meta(min_length=1, max_length=64)]
    at: str | float | None = None
    """UTC of the tap, ISO 8601 or seconds since the epoch; default: now."""


class Both(Struct):
    """A sentence in both languages."""

    th: str
    en: str


class HolderJson(Struct):
    """Whom a pass belongs to."""

    name: str
    kind: str
    name_latin: str
    position: str
    organisation: str
    group: str
    table: str
    seat: str
    vip: bool
    greeter: str
    note: str
    photo: str
    representative: str
    number: str
    """Of the pass, its issue behind a slash."""
    class_th: str
    class_en: str
    plate: str
    province: str
    make: str
    colour: str
    responsible: str
    """Who answers for a vehicle."""
    host: str
    """Whom a visitor came to see, and the unit."""
    place: str
    """Where a visitor goes."""
    photo_url: str
    initials: str


class ReadAnswerJson(Struct, rename={"cls": "class"}):
    """The decision, already durable."""

    seq: int
    verdict: str
    reason: str
    cls: str
    sentence: Both
    next_step: Both
    holder: HolderJson | None
    first_seen: str | None
    """When the holder was first let in; with already_in."""
    at: str | None
    gate: str | None
    credential: str | None
    companions: int | None


class EntryJson(Struct, rename={"cls": "class"}):
    """One entry of the journal."""

    seq: int
    at: str
    kind: str
    gate: str | None
    reader: str | None
    credential: str | None
    pass_id: str | None
    event: str | None
    reason: str | None
    direction: str | None
    area: str | None
    antenna: int | None
    rssi_dbm: float | None
    frames: int | None
    companions: int | None
    first_seen_at: str | None
    seen_at: str | None
    nonce: str | None
    actor: str | None
    ref: int | None
    state: str | None
    note: str | None
    late: bool
    run: str | None
    door: str | None
    subject: str | None
    digest: str | None
    verdict: str | None
    cls: str | None
    sentence: Both | None
    next_step: Both | None
    holder: HolderJson | None


class JournalJson(Struct):
    """Entries after `since`, oldest first; ask again with `next` while it is not null."""

    entries: list[EntryJson]
    head: int
    next: int | None


class GroupCount(Struct):
    """Guests of one group."""

    group: str
    expected: int
    arrived: int


Arrivals = list[tuple[str, int]]
"""Minute (UTC) and how many guests were first let in during it."""


class AttendanceJson(Struct):
    """Counts of an event, as of entry `seq`."""

    event: str
    seq: int
    expected: int
    arrived: int
    inside: int
    refused: int
    companions: int
    by_group: list[GroupCount]
    arrivals: Arrivals


class ReaderJson(Struct):
    """A reader and how it is."""

    id: str
    driver: str
    state: str
    gates: list[str]
    since_at: str | None
    detail: str
    frames: int
    garbage: int
    presentations: int
    reconnects: int


class ReadersJson(Struct):
    """Every reader of the node."""

    readers: list[ReaderJson]


class DoorJson(Struct):
    """A door of a gate: `ready`, or what is wrong with it."""

    id: str
    state: str
    detail: str


class GateJson(Struct):
    """A gate and how it is."""

    id: str
    name_th: str
    name_en: str
    direction: str
    event: str | None
    area: str
    state: str
    """up, suspect or down: its readers; suspect too while a door is not well."""
    gate_state: str
    can_decide: bool
    doors: list[DoorJson]


class GatesJson(Struct):
    """Every gate of the settings."""

    node: str
    problem: str
    gates: list[GateJson]


class Inside(Struct):
    """Somebody who is inside."""

    pass_id: str
    since: str
    holder: HolderJson | None


class Area(Struct):
    """An area and who is in it."""

    area: str
    count: int
    inside: list[Inside]


class MusterJson(Struct):
    """Who is inside now, as of entry `seq`."""

    seq: int
    at: str
    areas: list[Area]


class RevokeBody(Struct):
    """Why; recorded with the caller's name."""

    note: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class RevokeAnswer(Struct):
    """The card is refused everywhere as soon as the node has followed the change."""

    credential: str
    pass_id: str | None
    state: str


class ProblemJson(Struct):
    """What went wrong (RFC 9457); `code` is for programs, `title` for people."""

    type: str
    code: str
    title: str
    status: int
    detail: str
