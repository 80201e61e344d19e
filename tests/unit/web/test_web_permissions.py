"""Every route and every socket event, with every role and with none: exactly the table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from werkzeug.routing.converters import NumberConverter

from gatekeeper.db.users import Role
from gatekeeper.errors import ConfigError
from gatekeeper.web import sockets
from gatekeeper.web.permissions import (
    PUBLIC,
    ROOMS,
    ROUTES,
    SOCKET_EVENTS,
    allowed,
    check_complete,
    may_join,
)

VALUES = {
    "gate": "in-1",
    "slug": "gala",
    "seq": 999999,
    "key": "none.jpg",
    "form": "press",
    "step": "medium",
    "number": 1,
    "reference": "PR69-NONE222",
    "member_id": 999999,
    "file_id": 999999,
    "filename": "favicon.svg",
    "credential": "epc:00000000000000000000FFFF",
}
REFUSED = {401, 403}
WAYS = ["nobody", *Role]


def rules(house: Any) -> list[Any]:
    """Every route of the application."""
    return sorted(house.app.url_map.iter_rules(), key=str)


def calls(house: Any, way: str) -> list[tuple[str, str, int, str]]:
    """(endpoint, method, status, where a redirect leads) of every route, called as `way`."""
    found = []
    for rule in rules(house):
        with house.app.test_request_context():
            # A number that nothing has, or a word: every route must say so, none may fail.
            other = {
                name: 999999 if isinstance(rule._converters[name], NumberConverter) else "none"
                for name in rule.arguments
            }
            url = rule.build(
                other | {n: VALUES[n] for n in rule.arguments & VALUES.keys()}, append_unknown=False
            )
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            of_api = rule.endpoint.startswith("api.")
            client = house.client(None if of_api or way == "nobody" else way)
            headers = house.api(way) if of_api and way != "nobody" else {}
            answer = client.open(url[1], method=method, headers=headers, json={})
            found.append(
                (rule.endpoint, method, answer.status_code, answer.headers.get("Location", ""))
            )
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_route_answers_exactly_those_whom_the_table_names(house: Any, way: str) -> None:
    """What is refused is refused with 401, 403 or the way to the sign-in form; nothing else is."""
    house.app.config["WTF_CSRF_ENABLED"] = False  # roles are on trial here, forms elsewhere
    role = None if way == "nobody" else way
    wrong = []
    for endpoint, method, status, location in calls(house, way):
        refused = status in REFUSED or "/login?next=" in location
        if endpoint.startswith("accounts."):
            continue  # public by its nature: a wrong password is refused as well
        if refused == allowed(endpoint, role):
            wrong.append((endpoint, method, status, location))
    house.app.config["WTF_CSRF_ENABLED"] = True

    assert wrong == []


def test_every_entry_of_the_table_is_a_route_and_the_other_way_round(house: Any) -> None:
    """No route is forgotten, no entry is left behind."""
    assert {rule.endpoint for rule in rules(house)} == set(ROUTES)


def test_every_page_asks_for_routes_that_there_are(house: Any) -> None:
    """A link behind a name that nobody has is shown to nobody, and nobody notices."""
    folder = Path(str(house.app.root_path), str(house.app.template_folder))
    asked = {
        (str(page.relative_to(folder)), name)
        for page in folder.rglob("*.html")
        for name in re.findall(r"may\(\s*[\"']([\w.]+)[\"']", page.read_text(encoding="utf-8"))
    }

    assert len(asked) > 20
    assert [each for each in sorted(asked) if each[1] not in ROUTES] == []


def test_a_route_without_an_entry_stops_the_start(house: Any) -> None:
    """A new page cannot be open by being forgotten."""
    with pytest.raises(ConfigError, match=r"without an entry: \['pages.new'\]"):
        check_complete([*ROUTES, "pages.new"], SOCKET_EVENTS)
    with pytest.raises(ConfigError, match="socket event without an entry"):
        check_complete(ROUTES, [*SOCKET_EVENTS, "shout"])
    with pytest.raises(ConfigError, match="entry without a route"):
        check_complete(list(ROUTES)[1:], SOCKET_EVENTS)


def test_a_route_that_was_smuggled_in_is_nobodys(house: Any) -> None:
    """Default deny holds also where the check at the start was passed by."""
    assert not any(allowed("pages.unheard_of", role) for role in (None, *Role))


def test_nothing_public_is_a_list_of_guests() -> None:
    """A guest list behind a public link has happened to others."""
    public = {endpoint for endpoint, roles in ROUTES.items() if roles is PUBLIC}

    assert public == {
        "static",
        "accounts.login",
        "accounts.login_demo",
        "accounts.logout",
        "accounts.language",
        "accounts.code",
        "accounts.enrol",
        "accounts.enrol_picture",
        "accounts.link",
        "ops.healthz",
        "ops.metrics",
        "api.openapi",
    } | {endpoint for endpoint in ROUTES if endpoint.startswith("apply.")}


def test_a_guard_gets_gates_and_no_lists() -> None:
    """Need to know: one person at a time, at a gate."""
    mine = {endpoint for endpoint in ROUTES if allowed(endpoint, "guard")}

    assert not mine & {"ui.missing", "ui.event_search", "pages.event_live", "api.muster"}
    assert not mine & {"api.journal", "api.attendance", "ui.gate_state", "api.revoke"}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("room", ["gate:in-1", "event:gala", "readers", "", "gate", "other:x"])
def test_rooms_are_joined_by_those_whom_the_table_names(room: str, role: str) -> None:
    """A room of a kind that the table does not know is nobody's."""
    assert may_join(room, role) == (role in ROOMS.get(room.partition(":")[0], frozenset()))


def test_blueprints_hold_no_route_outside_the_application(house: Any) -> None:
    """All blueprints are registered: their routes went through the check."""
    from gatekeeper.web.api import api
    from gatekeeper.web.desks import DESKS
    from gatekeeper.web.pages.accounts import accounts
    from gatekeeper.web.pages.acts import ui
    from gatekeeper.web.pages.ops import ops
    from gatekeeper.web.pages.own import own
    from gatekeeper.web.pages.screens import pages

    every: list[Blueprint] = [accounts, api, ops, own, pages, ui, *DESKS]

    assert {blueprint.name for blueprint in every} == set(house.app.blueprints)


@pytest.mark.parametrize("way", WAYS)
def test_each_socket_event_answers_exactly_those_whom_the_table_names(house: Any, way: str) -> None:
    """Who is not signed in is not connected; a room is joined as the table says, or not."""
    role = None if way == "nobody" else way
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(house.app, namespace="/live", flask_test_client=house.client(role))

    assert page.is_connected("/live") == (role is not None and role in SOCKET_EVENTS["connect"])
    if role is None:
        return
    rooms = ["gate:in-1", "event:gala", "readers", "gate:nowhere", "event:nothing", "other", ""]
    for room in rooms:
        answer = page.emit("join", {"room": room}, namespace="/live", callback=True)
        known = room in ("gate:in-1", "event:gala", "readers")
        unknown = None if known else "not_found"
        code = unknown if may_join(room, role) else "forbidden"
        assert (answer.get("code"), answer["ok"]) == (code, code is None), room
        got = [message["args"][0]["room"] for message in page.get_received("/live")]
        assert set(got) == ({room} if code is None else set())
        assert page.emit("leave", {"room": room}, namespace="/live", callback=True)["ok"]
    page.disconnect("/live")


@pytest.mark.parametrize(
    "data", [None, "gate:in-1", 5, [], {}, {"room": 5}, {"room": "gate:in-1", "since": "x"}]
)
def test_a_join_that_is_none_is_refused(house: Any, data: Any) -> None:
    """Whatever a page sends, the feed goes on."""
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(
        house.app, namespace="/live", flask_test_client=house.client("guard")
    )

    answer = page.emit("join", data, namespace="/live", callback=True)

    assert answer == {"ok": False, "code": "bad_json"}
    page.disconnect("/live")


def test_a_page_that_joins_without_end_is_told_to_wait(house: Any) -> None:
    """Each join costs a history; twenty in ten seconds are enough."""
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(
        house.app, namespace="/live", flask_test_client=house.client("guard")
    )
    codes = [
        page.emit("join", {"room": "gate:in-1"}, namespace="/live", callback=True).get("code")
        for _ in range(25)
    ]
    page.disconnect("/live")

    assert codes == [None] * 20 + ["rate_limited"] * 5


def test_a_page_in_too_many_rooms_is_told_so(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rooms of a page share its pace; with too many, a beat would come too late."""
    monkeypatch.setattr(sockets, "MOST_ROOMS", 1)
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(
        house.app, namespace="/live", flask_test_client=house.client("guard")
    )

    def ask(event: str, room: str) -> Any:
        return page.emit(event, {"room": room}, namespace="/live", callback=True).get("code")

    asked = [("join", "gate:in-1"), ("join", "gate:in-1"), ("join", "gate:in-2")]
    asked += [("leave", "gate:in-1"), ("join", "gate:in-2")]
    assert [ask(*each) for each in asked] == [None, None, "too_many_rooms", None, None]
    page.disconnect("/live")
