"""From a request to holders and passes: who is known already, who is new, a pass for each.

A person with the same document, a vehicle with the same plate and province are on record once:
an officer says that it is the same one (`link`), or leaves the member out. People of the same
name are shown and may be chosen. A chosen record gets what the request knows newer: photo and
position; its other fields stay as the office entered them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from gatekeeper.db import holders as people_rows
from gatekeeper.db import requests as rows
from gatekeeper.db import vehicles as vehicle_rows
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonDraft, PersonRecord, VehicleDraft, VehicleRecord
from gatekeeper.db.pass_classes import ClassInfo, class_by_id
from gatekeeper.db.requests import Member, Request
from gatekeeper.errors import UserError
from gatekeeper.kinds import HolderKind
from gatekeeper.kinds_office import Act, DocumentKind
from gatekeeper.office.holder_search import search_people
from gatekeeper.office.holders import KnownDocument, add_person, change_person
from gatekeeper.office.name_index import NameIndex
from gatekeeper.office.passes import request_pass, step
from gatekeeper.office.request_intake import class_of_form
from gatekeeper.office.vehicles import add_vehicle
from gatekeeper.plates import plate_key
from gatekeeper.vault import Vault

__all__ = ["Alike", "alike", "issue", "link"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """A holder on record who may be a member. `same`: by document, or by plate and province."""

    same: bool
    person: PersonRecord | None = None
    vehicle: VehicleRecord | None = None

    @property
    def id(self) -> int:
        """Of its record."""
        found = self.person or self.vehicle
        return found.id if found is not None else 0


def alike(session: Session, member: Member, names: NameIndex | None = None) -> list[Alike]:
    """Holders on record who are, or may be, this member; the surest first.

    `names`: the index of a long-lived process; without it the database is scanned.
    """
    sure = _the_same(session, member)
    name = f"{member.first_name} {member.last_name}".strip() or member.name_latin
    if member.is_vehicle or not name:
        return sure
    known = {each.id for each in sure}
    others = search_people(session, name, names=names, limit=_SHOWN).people
    return [*sure, *(Alike(False, person=each) for each in others if each.id not in known)]


def _the_same(session: Session, member: Member) -> list[Alike]:
    if member.is_vehicle:
        known = vehicle_rows.vehicle_by_plate(session, plate_key(member.plate), member.province)
        found = vehicle_rows.vehicle_records(session, [known]) if known is not None else []
        return [Alike(True, vehicle=each) for each in found]
    same = people_rows.person_by_document(session, member.document_hash or "")
    records = people_rows.person_records(session, [same]) if same is not None else []
    return [Alike(True, person=each) for each in records]


def link(
    session: Session,
    member: Member,
    holder_id: int | None,
    *,
    actor: str,
    now: float,
    names: NameIndex | None = None,
) -> None:
    """Say that a member is the holder `holder_id`, one of `alike`; None: a new one.

    Raises UserError.
    """
    shown = [] if holder_id is None else [each.id for each in alike(session, member, names)]
    if holder_id is not None and holder_id not in shown:
        raise UserError("this holder is not alike", "ผู้ถือบัตรที่เลือกไม่ใกล้เคียงกับรายการนี้")
    column = "vehicle_id" if member.is_vehicle else "person_id"
    rows.set_member(session, member.id, {column: holder_id})
    rows.set_request(session, member.application_id, {"changed_at": now})
    subject = f"request:{member.application_id}"
    after = {"member": member.id, column: holder_id}
    record_act(session, actor, "request.link", subject, after=after)


def issue(
    session: Session,
    vault: Vault,
    request: Request,
    members: list[Member],
    *,
    actor: str,
    now: float,
    zone: ZoneInfo,
) -> list[str]:
    """A holder's record and an approved pass for each member; the passes' ids.

    Each pass was asked for by the request, checked by who checked it, approved by `actor`.
    Raises UserError, naming the member.
    """
    passes = []
    for member in members:
        try:
            found = _class(session, request, member)
            person_id, vehicle_id = _holder(session, vault, request, member, found, actor, now)
            pass_id = request_pass(
                session,
                found.id,
                person_id=person_id,
                vehicle_id=vehicle_id,
                member_id=member.id,
                valid_from=max(request.valid_from or now, now),
                valid_until=request.valid_until,
                actor=request.reference,
                now=now,
                zone=zone,
            )
        except UserError as error:
            at = member.position_in_list
            raise UserError(
                f"{at}. {member.name}: {error}", f"{at}. {member.name}: {error.th}"
            ) from error
        step(session, pass_id, Act.CHECK, actor=request.checked_by, now=now, zone=zone)
        step(session, pass_id, Act.APPROVE, actor=actor, now=now, zone=zone)
        rows.set_member(session, member.id, {"state": "approved"})
        passes.append(pass_id)
    return passes


def _class(session: Session, request: Request, member: Member) -> ClassInfo:
    """The request's class; vehicles of a team get a pass of the vehicles' class."""
    found = class_by_id(session, request.class_id)
    kind = HolderKind.VEHICLE if member.is_vehicle else HolderKind.PERSON
    if found is not None and found.holder is not kind:
        found = class_of_form(session, "vehicle")
    if found is None or found.holder is not kind:
        raise UserError("there is no class of passes for it", "ไม่มีประเภทบัตรสำหรับรายการนี้")
    return found


def _holder(
    session: Session, vault: Vault, request: Request, member: Member, found: ClassInfo,
    actor: str, now: float,
) -> tuple[int | None, int | None]:  # fmt: skip
    """`(person, vehicle)` of the member: as an officer chose, else a new record."""
    chosen = member.vehicle_id if member.is_vehicle else member.person_id
    if chosen is None and _the_same(session, member):
        raise UserError(
            "on record already: say whether it is the same holder, or leave it out",
            "มีข้อมูลในทะเบียนแล้ว โปรดเลือกว่าเป็นรายเดียวกัน หรือตัดออกจากคำขอ",
        )
    if member.is_vehicle:
        return None, chosen or _new_vehicle(session, request, member, actor, now)
    if chosen is not None:
        _renew(session, vault, chosen, member, actor, now)
        return chosen, None
    made = add_person(
        session,
        PersonDraft(
            title=member.title,
            first_name=member.first_name,
            last_name=member.last_name,
            name_latin=member.name_latin,
            position=member.position,
            organisation=request.organisation,
            employment=found.employment,
            purpose=found.purpose,
            email=request.contact_email if request.members == 1 else "",
            phone=request.contact_phone if request.members == 1 else "",
            photo=member.photo,
        ),
        vault=vault,
        actor=actor,
        now=now,
        document=_document(member),
    )
    rows.set_member(session, member.id, {"person_id": made})
    return made, None


def _new_vehicle(session: Session, request: Request, member: Member, actor: str, now: float) -> int:
    owner = str(request.details.get("owner", "")) or request.contact_name
    draft = VehicleDraft(
        plate=member.plate,
        province=member.province,
        make=member.make,
        colour=member.colour,
        organisation=request.organisation,
        note=f"{owner} {request.contact_phone}".strip(),
    )
    made = add_vehicle(session, draft, actor=actor, now=now)
    rows.set_member(session, member.id, {"vehicle_id": made})
    return made


def _renew(
    session: Session, vault: Vault, person_id: int, member: Member, actor: str, now: float
) -> None:
    """A known holder's photo and position as the request has them."""
    known = people_rows.person_record(session, person_id)
    if known is None:
        raise UserError("the chosen holder is gone", "ไม่พบผู้ถือบัตรที่เลือก")
    kept = {
        each.name: getattr(known, each.name)
        for each in fields(PersonDraft)
        if each.name != "document_number"
    }
    kept["photo"] = member.photo or known.photo
    kept["position"] = member.position or known.position
    change_person(session, person_id, PersonDraft(**kept), vault=vault, actor=actor, now=now)


def _document(member: Member) -> KnownDocument | None:
    if not member.document_kind or not member.document_hash:
        return None
    return KnownDocument(
        DocumentKind(member.document_kind),
        member.document_hash,
        member.document_tail,
        member.document_sealed,
    )
