"""Requests that nobody finished: what was typed and the files that came with it are dropped."""

from __future__ import annotations

import time
from pathlib import Path

from gatekeeper.db.engine import Database
from gatekeeper.db.request_drafts import drafts_before, drop_draft
from gatekeeper.office.request_drafts import LIFETIME_S, drop_files, opened
from gatekeeper.vault import Vault

__all__ = ["drop_stale"]


def drop_stale(database: Database, data: Path, now: float | None = None) -> int:
    """Drop the drafts that nobody touched for `LIFETIME_S`; how many. Raises StoreError."""
    at = (time.time() if now is None else now) - LIFETIME_S
    with database.reading() as session:
        stale = drafts_before(session, at)
    vault = Vault.of(data) if stale else None
    for token_hash, sealed in stale:
        with database.session() as session:
            gone = drop_draft(session, token_hash)
        if gone and vault is not None:
            drop_files(data, opened(vault, sealed))
    return len(stale)
