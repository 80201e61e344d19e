"""What an entry of the watchlist must name to be one: checked, and brought to the form of a row."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.credential import canonical
from gatekeeper.errors import UserError
from gatekeeper.kinds_office import DocumentKind, WatchKind
from gatekeeper.names_alike import name_key
from gatekeeper.office.plates_alike import plate_key
from gatekeeper.provinces import find_province
from gatekeeper.vault import Vault, tail

__all__ = ["EntryDraft", "entry_values"]

DOCUMENTS = tuple(kind.value for kind in DocumentKind)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry to be made: one kind, and what it is known by.

    PERSON: `name` (Thai or any script) or `name_latin`. DOCUMENT: `document_number`, of
    `document_kind`. PLATE: `plate`, `province` (empty: any). CREDENTIAL: `credential`.
    """

    kind: WatchKind
    reason: str
    instruction: str = ""
    name: str = ""
    name_latin: str = ""
    document_kind: str = DocumentKind.NATIONAL_ID.value
    document_number: str = ""
    plate: str = ""
    province: str = ""
    credential: str = ""
    until_at: float | None = None


def entry_values(vault: Vault, draft: EntryDraft) -> dict[str, object]:
    """The columns of `draft`. Raises UserError with the field that is wrong, CredentialError."""
    if not draft.reason.strip():
        raise UserError("reason: why is due", "กรุณาระบุเหตุผล", field="reason")
    values: dict[str, object] = {
        "kind": draft.kind.value,
        "reason": draft.reason.strip(),
        "instruction": draft.instruction.strip(),
        "until_at": draft.until_at,
    }
    if draft.kind is WatchKind.PERSON:
        if not name_key(draft.name or draft.name_latin):
            raise UserError("name: a name is due", "กรุณากรอกชื่อ", field="name")
        names = {"name": draft.name.strip(), "name_latin": draft.name_latin.strip()}
        return values | names | {"name_key": name_key(draft.name or draft.name_latin)}
    if draft.kind is WatchKind.DOCUMENT:
        if not tail(draft.document_number):
            raise UserError(
                "document number: a number is due", "กรุณากรอกเลขเอกสาร", field="document_number"
            )
        if draft.document_kind not in DOCUMENTS:
            raise UserError(
                f"document kind {draft.document_kind!r} seen; one of {DOCUMENTS} is due"
            )
        return values | {
            "document_hash": vault.fingerprint(draft.document_kind, draft.document_number),
            "document_tail": tail(draft.document_number),
        }
    if draft.kind is WatchKind.PLATE:
        if not plate_key(draft.plate):
            raise UserError("plate: a plate is due", "กรุณากรอกทะเบียนรถ", field="plate")
        plate = {"plate": draft.plate.strip(), "plate_key": plate_key(draft.plate)}
        province = draft.province.strip()
        return values | plate | {"province": find_province(province) or province}
    return values | {"credential": canonical(draft.credential)}
