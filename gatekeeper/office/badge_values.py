"""What a badge or permit says, as values; nothing is drawn or read here.

`Printed` is a pass as it is printed, `SiteTexts` what an installation puts on all of them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from gatekeeper.office.typeface import unprintable

__all__ = ["Form", "Layout", "Printed", "SiteTexts", "letters_missing"]


class Layout(enum.StrEnum):
    """Shape of a class's passes (`pass_class.layout`)."""

    BADGE = "badge"
    """CR80, with a photo."""
    CARD = "card"
    """CR80 without a photo, its number large."""
    PERMIT = "permit"
    """A6 for a windscreen, the plate large."""


class Form(enum.StrEnum):
    """What the document is for."""

    SHEETS = "sheets"
    """A4, several on a sheet with cut marks; fronts and backs for printing on both sides."""
    SINGLE = "single"
    """One face a page with 3 mm of bleed, its TrimBox set: for a print shop."""
    CARDS = "cards"
    """One face a page of exactly the card's size: for a card printer."""
    FILE = "file"
    """No document: a table and photos for the card printer's own program."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A pass as it is printed. Personal data: never logged."""

    pass_id: str
    number: str
    """With its issue from the second on: `PR-000123/2`."""
    class_th: str
    class_en: str
    colour: str
    ink: str
    layout: Layout
    legal_basis: str = ""
    name: str = ""
    name_latin: str = ""
    position: str = ""
    organisation: str = ""
    photo: str = ""
    """Key of a stored photo, or empty."""
    plate: str = ""
    province: str = ""
    vehicle: str = ""
    """Make, model and colour."""
    valid_until: float | None = None
    """UTC seconds, exclusive; None: no end was set."""


@dataclass(frozen=True, slots=True)
class SiteTexts:
    """What an installation prints on all of its passes: its settings."""

    name_th: str
    name_en: str
    timezone: str = "Asia/Bangkok"
    return_address: str = ""
    conditions_badge: tuple[str, ...] = ()
    conditions_permit: tuple[str, ...] = ()
    crest: bytes | None = field(default=None, repr=False)
    """A PNG or JPEG, or None."""


def letters_missing(one: Printed) -> str:
    """Letters of the pass that the typeface cannot print, each once; empty where all is well."""
    texts = (
        one.name,
        one.name_latin,
        one.position,
        one.organisation,
        one.plate,
        one.province,
        one.vehicle,
        one.class_th,
        one.class_en,
        one.legal_basis,
    )
    return "".join(dict.fromkeys(unprintable("".join(texts))))
