"""The record of acts, as an auditor reads it: newest first, before beside after, proven or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import request
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField
from wtforms.validators import Optional

from gatekeeper.db import audit as rows
from gatekeeper.web.body import whole_number
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.desks.control.base import control, page
from gatekeeper.web.desks.control.field_words import field_word
from gatekeeper.web.forms import Length, OfficeForm, ThaiDateField, day_end, day_start

__all__ = ["audit", "changes"]

_PAGE = 50


class FilterForm(OfficeForm):
    """What is wanted of the record; empty: all."""

    class Meta(OfficeForm.Meta):  # type: ignore[misc,name-defined]
        """Only reads, so it needs no token."""

        csrf = False

    actor = StringField(validators=[Optional(), Length(120)])
    action = StringField(validators=[Optional(), Length(63)])
    subject = StringField(validators=[Optional(), Length(120)])
    since = ThaiDateField(validators=[Optional()])
    until = ThaiDateField(validators=[Optional()])


@control.get("/audit")
def audit() -> AnyResponse | str:
    """Who did what."""
    form = FilterForm(request.args)
    whole = form.validate()
    wish: dict[str, Any] = {
        "actor": (form.actor.data or "").strip(),
        "action": (form.action.data or "").strip(),
        "subject": (form.subject.data or "").strip(),
        "since": day_start(form.since.data) if whole else None,
        "until": day_end(form.until.data) if whole else None,
    }
    offset = whole_number("offset", 0, 10_000_000)
    with looking() as session:
        total = rows.count_acts(session, **wish) if whole else 0
        found = rows.acts(session, **wish, offset=offset, limit=_PAGE) if whole else []
        known = rows.actions(session)
    answer: AnyResponse | str = page(
        "audit.html",
        200 if whole else 422,
        form=form,
        acts=[(act, changes(act.before, act.after)) for act in found],
        total=total,
        offset=offset,
        limit=_PAGE,
        actions=known,
        address=_address,
    )
    return answer


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """`(field in words, before, after)` of each field that either names; equal ones left out."""
    old, new = dict(before or {}), dict(after or {})
    names = list(dict.fromkeys([*old, *new]))
    shown = [(name, _text(old, name), _text(new, name)) for name in names]
    return [(field_word(name), was, now) for name, was, now in shown if was != now]


def _text(fields: Mapping[str, Any], name: str) -> str:
    if name not in fields:
        return ""
    value = fields[name]
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _address(offset: int) -> str:
    wish = {name: value for name, value in request.args.items() if name != "offset" and value}
    return f"/admin/audit?{urlencode({**wish, 'offset': offset})}"
