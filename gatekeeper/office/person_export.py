"""What one person may see of what is kept about them (PDPA, sections 30 and 31).

One JSON document with every section, made at the person's wish; that it was made, by whom and why
is recorded. Who else saw the record stands in it as what was done when, not by whom: the names of
officers are their own personal data.
"""

from __future__ import annotations

from typing import Any

from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.erasing import record_of
from gatekeeper.db.person_data import sealed_document, sections
from gatekeeper.errors import UserError, VaultError
from gatekeeper.office.holders import DOCUMENT_SEAL
from gatekeeper.vault import Vault

__all__ = ["export_person"]

FORMAT = "gatekeeper-person/1"


def export_person(
    session: Session, vault: Vault, person_id: int, *, reason: str, actor: str, now: float
) -> dict[str, Any]:
    """Everything about one person, as JSON types; times are UTC seconds.

    Raises UserError without a reason or a person. A sealed number that cannot be opened is said
    to be so in its place.
    """
    if not reason.strip():
        raise UserError("reason: why is due", "กรุณาระบุเหตุผลหรือเลขที่คำขอ", field="reason")
    if record_of(session, person_id) is None:
        raise UserError(f"person {person_id} is not on record", f"ไม่พบข้อมูลบุคคลเลขที่ {person_id}")
    found: dict[str, Any] = sections(session, person_id)
    found["person"][0]["document_number"] = _number(session, vault, person_id)
    record_act(session, actor, "privacy.export", f"person:{person_id}", reason.strip())
    return {"format": FORMAT, "made_at": now, "made_by": actor, "reason": reason.strip(), **found}


def _number(session: Session, vault: Vault, person_id: int) -> str | None:
    sealed = sealed_document(session, person_id)
    if sealed is None:
        return None
    try:
        return vault.unseal(sealed, DOCUMENT_SEAL)
    except VaultError as error:
        return f"({error})"
