"""What a step of a public form is judged by, before the whole request is.

So that a fault is told on the page where it was typed. The whole is judged again when it is sent
(gatekeeper.office.request_intake). Times are UTC seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from gatekeeper.db.engine import Session
from gatekeeper.db.holder_values import PersonDraft
from gatekeeper.errors import UserError
from gatekeeper.office.documents import Stored
from gatekeeper.office.holder_rules import clean_person
from gatekeeper.office.request_drafts import Draft
from gatekeeper.office.request_intake import (
    MAX_MEMBERS,
    FileDraft,
    MemberDraft,
    RequestDraft,
    check_member,
    class_of_form,
)
from gatekeeper.office.validity import validity
from gatekeeper.vault import Vault

__all__ = [
    "check_contact",
    "check_names",
    "check_period",
    "check_team",
    "draft_of",
    "members_of",
    "plates_of",
]

_PERSON = ("title", "first_name", "last_name", "name_latin", "position")
_RENAMED = {"email": "contact_email", "phone": "contact_phone"}


def check_names(texts: Mapping[str, str]) -> None:
    """Raise UserError where a person's names cannot be kept."""
    title, first, last, latin, position = (texts.get(name, "") for name in _PERSON)
    clean_person(PersonDraft(title, first, last, latin, position))


def check_contact(texts: Mapping[str, str]) -> None:
    """Raise UserError (`contact_email`, `contact_phone`) where nobody can be reached there."""
    try:
        clean_person(
            PersonDraft(
                first_name=texts["contact_name"],
                email=texts["contact_email"],
                phone=texts["contact_phone"],
            )
        )
    except UserError as error:
        raise UserError(
            str(error), error.th, field=_RENAMED.get(error.field, "contact_name")
        ) from error


def check_period(
    session: Session, form: str, begin: float | None, end: float | None, now: float, zone: ZoneInfo
) -> None:
    """Raise UserError (`valid_until`) where the class gives no pass for so long."""
    found = class_of_form(session, form)
    if found is not None:
        validity(found.validity, found.validity_days, now, zone, begin, end)


def plates_of(vault: Vault, text: str) -> list[MemberDraft]:
    """Vehicles, one a line. Raises UserError (`vehicles`) naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        draft = MemberDraft(plate=line)
        try:
            check_member(vault, draft)
        except UserError as error:
            raise UserError(
                f"line {number}: {error}", f"บรรทัดที่ {number}: {error.th}", field="vehicles"
            ) from error
        found.append(draft)
    return found


def check_team(draft: Draft) -> None:
    """Raise UserError where the list of a team is empty or too long."""
    if not draft.members:
        raise UserError("nobody is in the list yet", "ยังไม่มีรายชื่อในทีม", field="list")
    if len(draft.members) > MAX_MEMBERS:
        raise UserError(
            f"{len(draft.members)} people; at most {MAX_MEMBERS} are due",
            f"มี {len(draft.members)} คน รับได้ไม่เกิน {MAX_MEMBERS} คน",
            field="list",
        )


def members_of(vault: Vault, draft: Draft) -> tuple[MemberDraft, ...]:
    """Whom and what a draft asks passes for."""
    steps = draft.steps
    if draft.form == "vehicle":
        return (MemberDraft(**steps.get("vehicle", {})),)
    if draft.form == "press":
        photo = draft.value("photo", "key")
        texts = {**steps.get("person", {}), **steps.get("document", {})}
        return (MemberDraft(**texts, photo=photo),)
    team = tuple(MemberDraft(**each) for each in draft.members)
    return team + tuple(plates_of(vault, draft.value("equipment", "vehicles")))


def draft_of(
    vault: Vault, draft: Draft, language: str, begin: float | None, end: float | None
) -> RequestDraft:
    """The whole request out of its steps. Raises UserError."""
    value = draft.value
    told = {
        "press": {"outlet": value("medium", "outlet")},
        "broadcast": {
            "channel": value("programme", "channel"),
            "programme": value("programme", "programme"),
            "live_slot": value("slot", "live_slot"),
            "equipment": value("equipment", "equipment"),
        },
        "vehicle": {"owner": value("owner", "owner")},
    }
    about = {"press": "medium", "broadcast": "programme", "vehicle": "owner"}[draft.form]
    why = {"press": "period", "broadcast": "slot", "vehicle": "owner"}[draft.form]
    files = tuple(
        FileDraft(
            each["kind"],
            Stored(each["key"], each["media_type"], each["size"], each["sha256"]),
            each["name"],
        )
        for each in draft.files
    )
    return RequestDraft(
        form=draft.form,
        organisation=value(about, "organisation"),
        contact_name=value("contact", "contact_name"),
        contact_email=value("contact", "contact_email"),
        contact_phone=value("contact", "contact_phone"),
        purpose=value(why, "purpose"),
        valid_from=begin,
        valid_until=end,
        language=language,
        details=told[draft.form],
        members=members_of(vault, draft),
        files=files,
    )
