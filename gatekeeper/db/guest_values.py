"""What goes into and comes out of taking a guest list: rows, faults, counts. No query."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

__all__ = ["FIELDS", "REPLIES", "GuestCounts", "GuestFault", "GuestRow"]

REPLIES = ("accepted", "declined", "no_reply", "representative")


@dataclass(frozen=True, slots=True)
class GuestRow:
    """One guest as a list gives it. Texts are trimmed and in NFC already.

    `row` is the number to report a fault under. `external_key` empty: the list does not
    number this guest. `credential` is canonical. `greeter` None: the list does not say;
    what was entered by hand stays.
    """

    external_key: str | None = None
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    name_latin: str = ""
    position: str = ""
    organisation: str = ""
    group: str = ""
    table: str = ""
    seat: str = ""
    companions: int = 0
    reply: str = "no_reply"
    cancelled: bool = False
    credential: str | None = None
    note: str = ""
    vip: bool = False
    representative: str = ""
    greeter: str | None = None
    row: int = 0


FIELDS = frozenset(item.name for item in fields(GuestRow)) - {"row", "external_key", "greeter"}
"""What a list may carry; `apply_guests(fields=…)` names those that it does carry."""


@dataclass(frozen=True, slots=True)
class GuestFault:
    """Why one row was not taken. `column` is a field of GuestRow.

    Codes: no_name, duplicate_guest, ambiguous_guest, too_many_companions, credential_taken,
    credential_untrusted, credential_is_code, credential_suspended, _revoked, _lost, _returned.
    """

    row: int
    column: str
    code: str
    th: str
    en: str


@dataclass(slots=True)
class GuestCounts:
    """What became of the rows: rows = imported + updated + unchanged + len(faults)."""

    rows: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[GuestFault] = field(default_factory=list)
