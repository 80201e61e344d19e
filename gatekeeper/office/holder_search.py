"""One search box for people, one for vehicles: what a text may mean, asked in turn.

A text is first taken for what names one thing exactly (a card in any printed form, the number
of a pass, the number of a document), and where nothing has it, for part of a name or plate.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from gatekeeper import credential
from gatekeeper.db import holder_search as rows
from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonRecord, VehicleRecord
from gatekeeper.db.holders import person_by_document, person_records
from gatekeeper.db.vehicles import vehicle_records
from gatekeeper.documents import document_number
from gatekeeper.errors import CredentialError, UserError
from gatekeeper.kinds_office import DocumentKind, Purpose
from gatekeeper.office.name_index import NameIndex
from gatekeeper.plates import plate_key
from gatekeeper.provinces import find_province
from gatekeeper.thai import arabic_digits, search_form
from gatekeeper.titles import split_title
from gatekeeper.vault import Vault

__all__ = ["PeopleFound", "VehiclesFound", "search_people", "search_vehicles"]

MAX_TERMS = 6
"""Words of a text that are used; more would only make it slow."""

LONGEST = 200
"""Characters of a text that are looked at."""

_HAS_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """A page of people; `by` says what the text was taken for."""

    total: int
    people: list[PersonRecord]
    by: str
    """`all`, `name`, `credential`, `pass` or `document`."""


@dataclass(frozen=True, slots=True)
class VehiclesFound:
    """A page of vehicles; `by` is `all`, `plate`, `credential` or `pass`."""

    total: int
    vehicles: list[VehicleRecord]
    by: str


def search_people(
    session: Session,
    text: str,
    *,
    names: NameIndex | None = None,
    vault: Vault | None = None,
    purpose: Purpose | None = None,
    organisation: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> PeopleFound:
    """People whom `text` means; an empty text: everybody, in dictionary order.

    `names`: the index of a long-lived process; without it the database is scanned. `vault`: whole
    document numbers are looked for as well. Merged and erased records are left
    out. Every word must occur in the name, in either script, with or without title.
    """
    text = _shown(text)
    if _HAS_DIGIT.search(text):
        for by, ids in _exactly(session, text, vault):
            if found := _alive(person_records(session, ids)):
                return PeopleFound(len(found), found[offset : offset + limit], by)
    words = _readings(text)
    home = None if organisation is None else _shown(organisation)
    narrowed = rows.Narrowed(purpose, rows.organisation_id(session, home))
    if names is None:
        total, page = rows.people_by_name(session, words, narrowed, offset, limit)
    else:
        kind = purpose.value if purpose else None
        total, page = names.find(session, words, kind, narrowed.organisation, offset, limit)
    return PeopleFound(total, person_records(session, page), "name" if text else "all")


def search_vehicles(
    session: Session,
    text: str,
    *,
    organisation: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> VehiclesFound:
    """Vehicles by part of a plate (space or not, a province behind it), by card or pass number."""
    text = _shown(text)
    plate = plate_key(_without_province(text))
    home = None if organisation is None else _shown(organisation)
    total, page = rows.vehicles_by_plate(session, plate, home, offset, limit)
    if page or not _HAS_DIGIT.search(text):
        return VehiclesFound(total, vehicle_records(session, page), "plate" if text else "all")
    keys, like = credential_readings(text)
    ids = rows.vehicles_of_credentials(session, keys, like) if keys or like else []
    by = "credential"
    if not ids:
        ids, by = rows.vehicles_of_pass_number(session, _pass_number(text)), "pass"
    found = vehicle_records(session, ids)
    return VehiclesFound(len(found), found[offset : offset + limit], by)


def credential_readings(text: str) -> tuple[list[str], str | None]:
    """Every credential that `text` may print, and a LIKE pattern for those it prints a part of."""
    keys: list[str] = []
    with contextlib.suppress(CredentialError):
        keys.append(credential.canonical(text))
    printed = credential.printed_low_bits(text)
    if printed is None:
        return keys, None
    value, bits = printed
    if bits == 24:
        keys.append(f"w26:{value >> 16}:{value & 0xFFFF}")
    digits = bits // 4
    return keys, f"em4100:{'_' * (10 - digits)}{value:0{digits}X}"


def _exactly(session: Session, text: str, vault: Vault | None) -> list[tuple[str, list[int]]]:
    keys, like = credential_readings(text)
    found = [("pass", rows.people_of_pass_number(session, _pass_number(text)))]
    if keys or like:
        found.append(("credential", rows.people_of_credentials(session, keys, like)))
    if vault is not None:
        found.append(("document", _by_document(session, text, vault)))
    return found


def _by_document(session: Session, text: str, vault: Vault) -> list[int]:
    found = []
    for kind in DocumentKind:
        try:
            number = document_number(kind, text)
        except UserError:
            continue
        owner = person_by_document(session, vault.fingerprint(kind.value, number))
        if owner is not None:
            found.append(owner)
    return found


def _shown(text: str) -> str:
    """`text` without control characters, which PostgreSQL takes none of, and not too long."""
    return "".join(sign for sign in text[:LONGEST] if sign.isprintable()).strip()


def _readings(text: str) -> list[list[str]]:
    """The words as typed; and those without the title, where one begins the text."""
    words = search_form(text).split()[:MAX_TERMS]
    rest = search_form(split_title(text)[1]).split()[:MAX_TERMS]
    if not words:
        return []
    return [words, rest] if rest and rest != words else [words]


def _pass_number(text: str) -> str:
    """`s-123/2` as `S-123`: the issue behind the slash is no part of the number."""
    return arabic_digits(text).upper().partition("/")[0].strip()


def _without_province(text: str) -> str:
    words = text.split()
    for count in range(min(4, len(words) - 1), 0, -1):
        if find_province(" ".join(words[-count:])):
            return " ".join(words[:-count])
    return text


def _alive(found: list[PersonRecord]) -> list[PersonRecord]:
    return [each for each in found if each.merged_into is None and each.erased_at is None]
