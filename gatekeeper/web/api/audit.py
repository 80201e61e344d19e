"""The record of acts over the API: for an auditor's own tools."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from msgspec import Struct

from gatekeeper.db import audit as rows
from gatekeeper.web.api import api
from gatekeeper.web.api.describe import describe, query
from gatekeeper.web.body import answer, whole_number
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.texts import iso

__all__ = ["ActJson", "ActsJson"]

_PAGE = 100
_PAGE_MOST = 1000


class ActJson(Struct):
    """One act; `journal_seq` is the entry of the journal that proves it, null: not yet."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    note: str
    origin: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    journal_seq: int | None
    erased: bool


class ActsJson(Struct):
    """A page of acts, newest first; ask again with `next` while it is not null."""

    acts: list[ActJson]
    total: int
    next: int | None


@api.get("/audit")
@describe(
    ActsJson,
    parameters=(
        query("actor", "string", "Whose acts"),
        query("action", "string", "Of which kind: user.role, or user for all of user.*"),
        query("subject", "string", "On what: user:somchai"),
        query("offset", "integer", "Pass over so many; default 0"),
        query("limit", "integer", f"At most so many, 1 to {_PAGE_MOST}; default {_PAGE}"),
    ),
    problems=(422, 503),
)
def audit() -> Response:
    """Acts at desks, pages and command lines, newest first."""
    wish: dict[str, Any] = {
        name: request.args.get(name, "") for name in ("actor", "action", "subject")
    }
    if not all(value.isprintable() for value in wish.values()):
        return answer({"acts": [], "total": 0, "next": None})
    offset = whole_number("offset", 0, 1 << 40)
    limit = whole_number("limit", _PAGE, _PAGE_MOST, least=1)
    with looking() as session:
        total = rows.count_acts(session, **wish)
        found = rows.acts(session, **wish, offset=offset, limit=limit)
    more = offset + len(found) < total and found
    return answer(
        {
            "acts": [_shown(act) for act in found],
            "total": total,
            "next": offset + len(found) if more else None,
        }
    )


def _shown(act: rows.Act) -> dict[str, Any]:
    fields = {name: getattr(act, name) for name in ActJson.__struct_fields__}
    return {**fields, "at": iso(act.at)}
