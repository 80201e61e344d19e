"""A request that is being filled in, step by step, by somebody without an account.

What was typed lies sealed in the main database under the hash of a secret that the browser holds;
its files lie where they will stay. It lives for some hours after the last step. No rule of a
form here: see gatekeeper.office.request_intake.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.db import request_drafts as rows
from gatekeeper.db.engine import Session
from gatekeeper.errors import UserError, VaultError
from gatekeeper.office import documents, photos
from gatekeeper.office.placing import remove
from gatekeeper.vault import Vault

__all__ = ["LIFETIME_S", "Draft", "begin", "drop", "drop_files", "keep", "opened", "take"]

LIFETIME_S = 4 * 3600.0
MOST_DRAFTS = 2000
"""At once; more is an attack, and is told to come again later."""
_SEAL = "request draft"


@dataclass(slots=True)
class Draft:
    """What was typed so far. `steps`: by step, field to text; `members`: the list of a team."""

    form: str
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    members: list[dict[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    """`kind`, `name`, `key`, `media_type`, `size`, `sha256`."""
    photos: list[str] = field(default_factory=list)
    """Keys of every photo that came in, also of members that were taken out again."""

    def value(self, step: str, name: str) -> str:
        """What was typed there, or nothing."""
        return self.steps.get(step, {}).get(name, "")


def begin(session: Session, vault: Vault, form: str, now: float) -> str:
    """A new draft; the secret that finds it. Raises UserError when there are too many."""
    if rows.count_drafts(session) >= MOST_DRAFTS:
        raise UserError(
            "too many requests at the moment; try again later", "ขณะนี้มีผู้ใช้มาก โปรดลองใหม่ภายหลัง"
        )
    token = secrets.token_urlsafe(24)
    rows.add_draft(session, _hash(token), _sealed(vault, Draft(form)), now)
    return token


def take(session: Session, vault: Vault, token: str, form: str, now: float) -> Draft | None:
    """The draft of this form, if there is one and its hours are not over."""
    sealed = rows.draft_by_hash(session, _hash(token), now - LIFETIME_S)
    draft = None if sealed is None else opened(vault, sealed)
    return draft if draft is not None and draft.form == form else None


def keep(session: Session, vault: Vault, token: str, draft: Draft, now: float) -> None:
    """Store what was typed by now."""
    rows.keep_draft(session, _hash(token), _sealed(vault, draft), now)


def drop(session: Session, token: str) -> bool:
    """Forget the draft, its files stay; False: it is gone already (sent twice)."""
    return rows.drop_draft(session, _hash(token))


def opened(vault: Vault, sealed: bytes) -> Draft | None:
    """What lies in `sealed`; None where the key is another one or the shape is of old."""
    with contextlib.suppress(VaultError, msgspec.MsgspecError):
        return msgspec.json.decode(vault.unseal(sealed, _SEAL), type=Draft)
    return None


def drop_files(data: Path, draft: Draft | None) -> None:
    """Take away the files of a draft that will not become a request."""
    if draft is not None:
        for each in draft.files:
            remove(data / documents.FOLDER, str(each.get("key", "")))
        for key in draft.photos:
            remove(data / photos.FOLDER, key)


def _sealed(vault: Vault, draft: Draft) -> bytes:
    return vault.seal(msgspec.json.encode(draft).decode(), _SEAL)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
