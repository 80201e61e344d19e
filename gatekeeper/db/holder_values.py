"""People and vehicles as they travel: what a desk enters, and what is on record. No query."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gatekeeper.kinds_office import DocumentKind, Employment, Purpose
from gatekeeper.titles import display_name

__all__ = ["PersonDraft", "PersonRecord", "VehicleDraft", "VehicleKind", "VehicleRecord"]


class VehicleKind(StrEnum):
    """Whose vehicle it is."""

    OFFICIAL = "official"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person as a desk enters it, as typed; gatekeeper.office.holders judges and cleans it.

    A title may stand joined to the first name, and the whole name in `first_name`.
    `document_number` empty: what is on record stays; `document_kind` None: no document.
    """

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    name_latin: str = ""
    position: str = ""
    organisation: str = ""
    employment: Employment | None = None
    purpose: Purpose = Purpose.STAFF
    email: str = ""
    phone: str = ""
    vip: bool = False
    photo: str = ""
    """Key of a stored photo, or empty."""
    document_kind: DocumentKind | None = None
    document_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person on record. Never the document's number: its kind and last digits."""

    id: int
    title: str
    first_name: str
    last_name: str
    name_latin: str
    position: str
    organisation: str
    employment: Employment | None
    purpose: Purpose
    email: str
    phone: str
    vip: bool
    photo: str
    document_kind: DocumentKind | None
    document_tail: str
    document_kept: bool
    """Whether the whole number is kept, sealed."""
    created_at: float
    changed_at: float
    merged_into: int | None
    erased_at: float | None

    @property
    def name(self) -> str:
        """As a screen shows it: the title joined where Thai does so; else the Latin name."""
        return display_name(self.title, self.first_name, self.last_name) or self.name_latin


@dataclass(frozen=True, slots=True)
class VehicleDraft:
    """A vehicle as a desk enters it; `plate` may end with its province (`1กก 1234 กทม.`)."""

    plate: str
    province: str = ""
    make: str = ""
    model: str = ""
    colour: str = ""
    kind: VehicleKind = VehicleKind.PRIVATE
    person_id: int | None = None
    """Who answers for it."""
    organisation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class VehicleRecord:
    """A vehicle on record."""

    id: int
    plate: str
    province: str
    make: str
    model: str
    colour: str
    kind: VehicleKind
    person_id: int | None
    person_name: str
    organisation: str
    note: str
    created_at: float
    changed_at: float
    merged_into: int | None
    erased_at: float | None

    @property
    def name(self) -> str:
        """Plate and province, as it is read out."""
        return f"{self.plate} {self.province}".strip()
