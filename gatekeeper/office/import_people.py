"""A row of a list of people, and a row of a list of vehicles: added, changed, or left as it is.

What a file has no column for stays as it is on record; an empty cell empties. Never by a list: a
photo, the loss of a document, a merge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonDraft, VehicleDraft, VehicleKind
from gatekeeper.kinds_office import Purpose
from gatekeeper.office import vehicles as vehicle_office
from gatekeeper.office.holder_rules import clean_vehicle
from gatekeeper.office.holder_watch import person_subject, vehicle_subject
from gatekeeper.office.holders import add_person, change_person
from gatekeeper.office.import_lists import Outcome
from gatekeeper.office.import_watch import Meetings
from gatekeeper.office.list_cells import EMPLOYMENTS, PURPOSES, VEHICLE_KINDS, choice, flag
from gatekeeper.office.list_columns import PEOPLE, VEHICLES
from gatekeeper.office.list_people import PeopleIndex, document_of, named, record_of
from gatekeeper.office.text import folded
from gatekeeper.vault import Vault, tail

__all__ = ["PeopleImport", "VehicleImport"]

Row = Mapping[str, str]


class PeopleImport:
    """Lists of people."""

    vocabulary = PEOPLE
    due = ("คอลัมน์ชื่อ", "a column for the name (ชื่อ, name)")

    most = 5_000

    def __init__(self, *, vault: Vault, actor: str, now: float) -> None:
        self._vault = vault
        self._actor = actor
        self._now = now
        self.meetings = Meetings(actor=actor, now=now)
        self._people: PeopleIndex

    def begin(self, session: Session) -> None:
        """Reads the names of everybody on record."""
        self._people = PeopleIndex(session, self._vault)

    def identity(self, row: Row) -> str:
        """The document, else the pass, else the record, else name and organisation."""
        if document := document_of(row):
            return f"document {document[0]} {document[1]}"
        for field in ("number", "record"):
            if row.get(field):
                return f"{field} {row[field]}"
        draft = named(row)
        tail_seen = row.get("document_tail", "")
        name = folded(f"{draft.first_name} {draft.last_name}") or folded(draft.name_latin)
        return f"name {name}\0{folded(draft.organisation)}\0{tail_seen}"

    def take(self, session: Session, row: Row) -> Outcome:
        """Add, change or leave the person that the row means."""
        names = named(row)
        found = self._people.who(session, row, names)
        document = document_of(row)
        if found is None:
            draft = self._draft(PersonDraft(), row, names)
            if document is not None:
                draft = replace(draft, document_kind=document[0], document_number=document[1])
            made = add_person(session, draft, vault=self._vault, actor=self._actor, now=self._now)
            self._people.enter(made, names, tail(document[1]) if document else "")
            self.meetings.meet(session, lambda: person_subject(session, made), new=True)
            return Outcome.IMPORTED
        old = record_of(session, found)
        known = {f.name for f in fields(PersonDraft)} - {"document_number"}
        draft = self._draft(PersonDraft(**{name: getattr(old, name) for name in known}), row, names)
        if document is not None and (old.document_kind, old.document_tail) != (
            document[0],
            tail(document[1]),
        ):
            draft = replace(draft, document_kind=document[0], document_number=document[1])
        changed = change_person(
            session, found, draft, vault=self._vault, actor=self._actor, now=self._now
        )
        # As at a desk: whoever is watched for is on record, and no pass of theirs opens.
        self.meetings.meet(session, lambda: person_subject(session, found))
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def _draft(self, base: PersonDraft, row: Row, names: PersonDraft) -> PersonDraft:
        """What the row says, over what is on record."""
        given: dict[str, Any] = {
            name: row[name]
            for name in ("name_latin", "position", "organisation", "email", "phone")
            if name in row
        }
        if "first_name" in row:
            given |= {"first_name": names.first_name, "last_name": names.last_name}
        if "title" in row or names.title:
            given["title"] = names.title
        if "employment" in row:
            given["employment"] = choice("employment", row["employment"], EMPLOYMENTS)
        if "vip" in row:
            given["vip"] = flag("vip", row["vip"])
        purpose = choice("purpose", row.get("purpose", ""), PURPOSES)
        if purpose is not None:
            given["purpose"] = purpose
        elif base.purpose in (Purpose.EVENT, Purpose.VISITOR):
            # Whoever stands in a list of holders is from now on kept for that.
            given["purpose"] = Purpose.STAFF
        return replace(base, **given)


class VehicleImport:
    """Lists of vehicles."""

    vocabulary = VEHICLES
    due = ("คอลัมน์ทะเบียน", "a column for the plate (ทะเบียน, plate)")

    most = 5_000

    def __init__(self, *, vault: Vault, actor: str, now: float) -> None:
        self._vault = vault
        self._actor = actor
        self._now = now
        self.meetings = Meetings(actor=actor, now=now)
        self._people: PeopleIndex

    def begin(self, session: Session) -> None:
        """Reads the names of everybody who may answer for a vehicle."""
        self._people = PeopleIndex(session, self._vault)

    def identity(self, row: Row) -> str:
        """Plate and province."""
        clean, plate = clean_vehicle(VehicleDraft(row["plate"], row.get("province", "")))
        return f"{plate.key}\0{clean.province}"

    def take(self, session: Session, row: Row) -> Outcome:
        """Add, change or leave the vehicle with the row's plate."""
        clean, _ = clean_vehicle(VehicleDraft(row["plate"], row.get("province", "")))
        found = vehicle_office.find_vehicle_by_plate(session, clean.plate, clean.province)
        if found is None:
            draft = self._draft(VehicleDraft(clean.plate, clean.province), row)
            made = vehicle_office.add_vehicle(session, draft, actor=self._actor, now=self._now)
            self.meetings.meet(session, lambda: vehicle_subject(session, made), new=True)
            return Outcome.IMPORTED
        old = vehicle_office.living_vehicle(session, found)
        base = VehicleDraft(**{f.name: getattr(old, f.name) for f in fields(VehicleDraft)})
        base = replace(base, plate=clean.plate, province=clean.province)
        changed = vehicle_office.change_vehicle(
            session, found, self._draft(base, row), actor=self._actor, now=self._now
        )
        self.meetings.meet(session, lambda: vehicle_subject(session, found))
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    def _draft(self, base: VehicleDraft, row: Row) -> VehicleDraft:
        texts = ("make", "model", "colour", "organisation", "note")
        given: dict[str, Any] = {name: row[name] for name in texts if name in row}
        if "kind" in row:
            given["kind"] = choice("kind", row["kind"], VEHICLE_KINDS) or VehicleKind.PRIVATE
        if "responsible" in row:
            text, record = row["responsible"], row.get("responsible_record", "")
            given["person_id"] = self._people.responsible(text, record) if text else None
        return replace(base, **given)
