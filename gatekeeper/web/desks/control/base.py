"""What the pages of administration share: their blueprint, scopes in forms, who may see what."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectMultipleField, widgets

from gatekeeper.db.events import list_events
from gatekeeper.errors import LinkError, StoreError
from gatekeeper.office import approvals
from gatekeeper.office.accounts import ROLE_NAMES
from gatekeeper.web.accounts import actor
from gatekeeper.web.desks.acting import looking
from gatekeeper.web.services import services
from gatekeeper.web.texts import language

__all__ = [
    "Checks",
    "control",
    "end_sessions",
    "event_choices",
    "gate_choices",
    "page",
    "role_names",
]

control = Blueprint("control", __name__, url_prefix="/admin")


class Checks(SelectMultipleField):
    """Boxes to tick; none ticked: no limit."""

    option_widget = widgets.CheckboxInput()

    def limit(self) -> list[str] | None:
        """What was ticked, or None for every one."""
        return list(self.data or ()) or None


@control.get("")
def index() -> str:
    """What there is to administer."""
    return str(page("index.html"))


def page(name: str, status: int = 200, **values: Any) -> Any:
    """A page of administration, with the count of what waits for this person."""
    with looking() as session:
        waiting = approvals.waiting(session, actor=actor(), role=g.caller.role, now=time.time())
    text = render_template(f"desks/control/{name}", **{"waiting": waiting, **values})
    return text if status == 200 else AnyResponse(text, status, content_type="text/html")


def role_names() -> list[tuple[str, str]]:
    """Every role and its name in the caller's language."""
    at = 0 if language() == "th" else 1
    return [(role, names[at]) for role, names in ROLE_NAMES.items()]


def gate_choices() -> list[tuple[str, str]]:
    """Every gate of the settings."""
    thai = language() == "th"
    gates = services().config.gates
    return [(gate.id, (gate.name_th if thai else gate.name_en) or gate.id) for gate in gates]


def event_choices(also: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Every event, and those of `also` that are none (any more)."""
    with looking() as session:
        found = list_events(session)
    thai = language() == "th"
    named = {each.slug: (each.name_th if thai else each.name_en) or each.slug for each in found}
    return list({**{slug: slug for slug in also}, **named}.items())


def end_sessions() -> None:
    """What was just committed is in force for sessions and sockets now, not in half a second."""
    try:
        services().accounts.refresh()
    except (StoreError, LinkError):
        return  # the keeper does it as soon as it can
    services().live.sweep()
