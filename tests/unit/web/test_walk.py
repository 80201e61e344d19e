"""Every route and room with every role, none, and accounts with a scope; no GET changes a thing.

Made from the application's own map of routes, so that a route that is added tomorrow is walked
tomorrow. That an unscoped role gets exactly what the table says is in test_web_permissions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing.converters import NumberConverter

from gatekeeper.db.base import Base
from gatekeeper.db.events import ensure_event
from gatekeeper.db.user_admin import set_scope
from gatekeeper.db.users import Role, add_user
from gatekeeper.web.permissions import PUBLIC, ROOMS, ROUTES, SOCKET_EVENTS, allowed
from gatekeeper.web.scope import OF_EVENTS, WITHIN_SCOPE, Scope

ELSEWHERE = """
[[gates]]
id = "far"
event = "other"

[[gates]]
id = "yard"
"""
PASSWORD = "a long trial pass word"
INSIDE = {"gate": "in-1", "slug": "gala"}
OUTSIDE = {"gate": "far", "slug": "other"}


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, start: Any, settings_text: str
) -> Iterator[Any]:
    """A site with two events, and an account of each role that may see one of them."""
    data: Path = tmp_path_factory.mktemp("walk")
    with start(data, settings_text + ELSEWHERE) as (built, _):
        with built.database.session() as session:
            ensure_event(session, "other")
            for role in Role:
                add_user(session, f"{role}-here", PASSWORD, role)
                account = set_scope(session, f"{role}-here", ["in-1", "in-2"], ["gala"], "cli")
                built.accounts[f"{role}-here"] = account
        built.app.config["WTF_CSRF_ENABLED"] = False  # forms are on trial elsewhere
        yield built


def url_of(house: Any, rule: Any, values: dict[str, str]) -> str:
    """An address of the route; what `values` does not name is a number or word of nothing."""
    made = {}
    for name in rule.arguments:
        other = "999999" if isinstance(rule._converters[name], NumberConverter) else "none"
        made[name] = values.get(name, other)
    with house.app.test_request_context():
        return str(rule.build(made, append_unknown=False)[1])


def walked(house: Any, client: Any, values: dict[str, str], api: str | None = None) -> Any:
    """(rule, method, answer) of every route with every method."""
    for rule in sorted(house.app.url_map.iter_rules(), key=str):
        of_api = rule.endpoint.startswith("api.")
        headers = house.api(api) if of_api and api else {}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint in ("accounts.logout", "accounts.login_demo", "accounts.language"):
                continue  # would end or change the session that walks
            url = url_of(house, rule, values)
            yield rule, method, client.open(url, method=method, headers=headers)


def refused(answer: Any) -> bool:
    """401, 403, or sent to the form."""
    leads = answer.headers.get("Location", "")
    return answer.status_code in (401, 403) or "/login?next=" in leads


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("values", [INSIDE, OUTSIDE], ids=["inside", "outside"])
def test_a_scoped_account_gets_what_is_of_its_gates_and_events_and_no_more(
    house: Any, role: str, values: dict[str, str]
) -> None:
    """Whatever route: a named gate or event decides, and of the rest only the listed ones."""
    client, wrong = house.client(f"{role}-here"), []
    for rule, method, answer in walked(house, client, values):
        if ROUTES[rule.endpoint] is PUBLIC or rule.endpoint.startswith("api."):
            continue
        named = bool(rule.arguments & INSIDE.keys())
        within = (values is INSIDE) if named else rule.endpoint in WITHIN_SCOPE | OF_EVENTS
        due = allowed(rule.endpoint, role) and within
        # An act on an entry of nobody's gate is refused by the act itself.
        if rule.endpoint in ("ui.companions", "ui.representative"):
            due = False
        if refused(answer) == due:
            wrong.append((rule.endpoint, method, answer.status_code))

    assert wrong == []


def test_the_list_of_what_is_open_within_a_scope_names_routes() -> None:
    """A leftover would open a route of that name later."""
    assert set(ROUTES) >= WITHIN_SCOPE | OF_EVENTS


@pytest.mark.parametrize("way", [None, *Role])
def test_no_route_fails_whatever_is_asked_of_it(house: Any, way: str | None) -> None:
    """Nothing sent, nothing known: an answer below 500, for everybody."""
    client = house.client(way)

    failed = [
        (rule.endpoint, method, answer.status_code)
        for rule, method, answer in walked(house, client, INSIDE, way)
        if answer.status_code >= 500
    ]

    assert failed == []


def everything(house: Any) -> dict[str, str]:
    """A hash of each table of the main database, and the journal's end."""
    found = {}
    with house.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name == "audit":
                continue  # that a list was read is itself recorded
            rows = sorted(repr(tuple(row)) for row in session.execute(select(table)))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return {**found, "journal": str(house.services.journal.head())}


@pytest.mark.parametrize("way", [None, *Role])
def test_no_get_changes_anything(house: Any, way: str | None) -> None:
    """A link in a mail, a preview, a crawler: nothing happens by looking."""
    client, before = house.client(way), everything(house)
    for rule in house.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            headers = house.api(way) if rule.endpoint.startswith("api.") and way else {}
            client.get(url_of(house, rule, INSIDE), headers=headers)

    after = everything(house)

    assert {name for name in after if after[name] != before[name]} == set()


@pytest.mark.parametrize("role", list(Role))
def test_rooms_of_the_feed_hold_to_the_scope(house: Any, role: str) -> None:
    """Gates and events of it; the readers' room is the whole site's."""
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(
        house.app, namespace="/live", flask_test_client=house.client(f"{role}-here")
    )
    assert page.is_connected("/live") == (role in SOCKET_EVENTS["connect"])
    joined = {
        room
        for room in ("gate:in-1", "gate:far", "gate:yard", "event:gala", "event:other", "readers")
        if page.emit("join", {"room": room}, namespace="/live", callback=True)["ok"]
    }
    page.disconnect("/live")

    due = {"gate:in-1"} if role in ROOMS["gate"] else set()
    due |= {"event:gala"} if role in ROOMS["event"] else set()
    assert joined == due


def test_the_start_page_shows_what_may_be_opened(house: Any) -> None:
    """No link that ends in a refusal, nothing of another event."""
    page = house.client("protocol-here").get("/").text

    assert "/checkpoint/in-1" in page
    assert "/events/gala/live" in page
    for hidden in ("/checkpoint/far", "/checkpoint/yard", "/events/other", "/admin"):
        assert hidden not in page


def test_an_act_on_an_entry_of_another_gate_is_refused(house: Any) -> None:
    """By the entry's own gate, not by what the page says."""
    mine = house.read(1, "in-1")["seq"]
    theirs = house.read(2, "far")["seq"]
    client = house.client("guard-here")

    def put(seq: int) -> int:
        answer = client.post(f"/ui/entries/{seq}/companions", json={"companions": 1})
        return int(answer.status_code)

    assert (put(mine), put(theirs)) == (200, 403)


@pytest.mark.parametrize("gates", [None, frozenset({"a"})])
@pytest.mark.parametrize("events", [None, frozenset({"x"})])
def test_a_gate_is_in_a_scope_when_it_and_its_event_are(
    gates: frozenset[str] | None, events: frozenset[str] | None
) -> None:
    """None is every one; a gate of daily life has no event that could be out of it."""
    scope = Scope(gates, events)

    for gate, event in (("a", "x"), ("a", "y"), ("b", "x"), ("a", None), ("b", None)):
        due = (gates is None or gate in gates) and (
            events is None or event is None or event in events
        )
        assert scope.has_gate(gate, event) == due
        assert scope.admits(f"gate:{gate}", {gate: event}.get) == (due or scope.whole)
    assert scope.admits("readers", lambda _: None) == scope.whole
    assert replace(scope, gates=None).has_event("x")
