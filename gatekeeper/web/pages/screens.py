"""Screens: home, checkpoint, the live picture of an event, and its wall."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, g, redirect, render_template, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.config import GateSettings
from gatekeeper.db.events import EventInfo
from gatekeeper.errors import StoreError
from gatekeeper.web.permissions import allowed
from gatekeeper.web.problems import refuse
from gatekeeper.web.services import gate_settings, services
from gatekeeper.web.texts import iso, language
from gatekeeper.web.tiles import TILES

__all__ = ["MAX_COMPANIONS", "NOTE_MIN", "pages"]

pages = Blueprint("pages", __name__)

MAX_COMPANIONS = 99
NOTE_MIN = 3
"""Characters of a reason for an override."""

_PHOTO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_PHOTO_AGE_S = 3600


@pages.get("/")
def home() -> AnyResponse | str:
    """Everything the caller may open."""
    scope = g.caller.scope
    gates = [_home_gate(gate) for gate in services().config.gates if _may("pages.checkpoint")]
    gates = [gate for gate in gates if scope.has_gate(gate["id"], gate["event"])]
    events = [_home_event(event) for event in _events()] if _may("pages.event_live") else []
    events = [event for event in events if scope.has_event(event["slug"])]
    desks = [tile.told() for tile in TILES if g.caller.may_open(tile.endpoint)]
    if len(gates) == 1 and not events and not desks:
        return redirect(str(gates[0]["url"]))
    return render_template("home.html", gates=gates, events=events, desks=desks)


@pages.get("/checkpoint/<gate>")
def checkpoint(gate: str) -> str:
    """What stands at a gate."""
    settings = gate_settings(gate)
    page = {
        **_common("checkpoint", [f"gate:{gate}"]),
        "gate": gate_json(settings),
        "may": {
            "admit": _may("ui.admit"),
            "override": _may("ui.override"),
            "annotate": _may("ui.companions"),
            "gate_state": _may("ui.gate_state"),
            "search": _may("ui.gate_search"),
        },
        "urls": {
            "search": f"/ui/gates/{gate}/search",
            "admit": f"/ui/gates/{gate}/admit",
            "override": f"/ui/gates/{gate}/override",
            "state": f"/ui/gates/{gate}/state",
            "entry": "/ui/entries/0",
            "login": "/login",
        },
        "max_companions": MAX_COMPANIONS,
        "override_note_min": NOTE_MIN,
    }
    return render_template("checkpoint.html", page=page)


@pages.get("/events/<slug>/live")
def event_live(slug: str) -> str:
    """Who has come to an event, as it happens."""
    return render_template("event_live.html", page=_event_page(slug, wall=False))


@pages.get("/events/<slug>/wall")
def event_wall(slug: str) -> str:
    """The same, to be read from across a room."""
    return render_template("event_wall.html", page=_event_page(slug, wall=True))


@pages.get("/design")
def design() -> str:
    """Every component of the screens in every state."""
    return render_template("design.html")


@pages.get("/photos/<key>")
def photo(key: str) -> AnyResponse:
    """A holder's photo."""
    if not _PHOTO.match(key):
        refuse("not_found")
    directory = services().config.data / "photos"
    response = send_from_directory(directory, key, max_age=_PHOTO_AGE_S)
    response.headers["Cache-Control"] = f"private, max-age={_PHOTO_AGE_S}"
    return response


def gate_json(gate: GateSettings) -> dict[str, Any]:
    """A gate as pages name it."""
    return {
        "id": gate.id,
        "name_th": gate.name_th or gate.id,
        "name_en": gate.name_en or gate.id,
        "direction": gate.direction.value,
        "event": gate.event,
    }


def event_of(slug: str) -> EventInfo:
    """The event of this slug; without the main database what the settings know of it."""
    found = next((event for event in _events() if event.slug == slug), None)
    if found is None:
        refuse("not_found", f"event {slug!r} does not exist")
    return found


def _event_page(slug: str, *, wall: bool) -> dict[str, Any]:
    event = event_of(slug)
    with services().hub.lock:
        services().ledger.room(f"event:{slug}")
    return {
        **_common("event", [f"event:{slug}"]),
        "wall": wall,
        "event": {
            "slug": slug,
            "name_th": event.name_th,
            "name_en": event.name_en,
            "starts_at": iso(event.starts_at),
            "ends_at": iso(event.ends_at),
            "place": "",
        },
        "gates": [gate_json(gate) for gate in services().config.gates if gate.event == slug],
        "may": {
            "missing": _may("ui.missing"),
            "search": _may("ui.event_search"),
            "acknowledge": _may("ui.acknowledge"),
        },
        "urls": {
            "missing": f"/ui/events/{slug}/missing",
            "search": f"/ui/events/{slug}/search",
            "acknowledge": f"/ui/events/{slug}/acknowledge",
            "login": "/login",
        },
    }


def _common(kind: str, rooms: list[str]) -> dict[str, Any]:
    return {
        "kind": kind,
        "lang": language(),
        "timezone": services().config.site.timezone,
        "rooms": rooms,
    }


def _may(endpoint: str) -> bool:
    return allowed(endpoint, g.caller.role)


def _events() -> list[EventInfo]:
    try:
        return services().store.events()
    except StoreError:
        # Screens of gates and arrivals work without the main database; names then do not.
        slugs = dict.fromkeys(gate.event for gate in services().config.gates if gate.event)
        return [EventInfo(0, slug, slug, slug, None, None, None, 9) for slug in slugs]


def _home_gate(gate: GateSettings) -> dict[str, Any]:
    named = gate_json(gate)
    return {**named, "name": named[f"name_{language()}"], "url": f"/checkpoint/{gate.id}"}


def _home_event(event: EventInfo) -> dict[str, Any]:
    name = event.name_th if language() == "th" else event.name_en
    return {
        "slug": event.slug,
        "name": name or event.slug,
        "starts_at": event.starts_at,
        "live_url": f"/events/{event.slug}/live",
        "wall_url": f"/events/{event.slug}/wall",
    }
