"""Whole lists out of the pages: two people, once, and on record."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gatekeeper.db import user_admin, users
from gatekeeper.db.audit import acts
from gatekeeper.db.events import ensure_event
from gatekeeper.office import approvals
from gatekeeper.office.bulk_export import KIND
from tests.unit.web.conftest import csrf


@pytest.fixture
def post() -> Any:
    """Send a form as a browser does."""

    def send(client: Any, url: str, **fields: str) -> Any:
        return client.post(url, data={"csrf_token": csrf(client), **fields})

    return send


def ask(house: Any, post: Any, role: str = "issuer", **fields: str) -> Any:
    """A browser that has asked for a list."""
    client = house.client(role)
    wanted = {"kind": "people", "format": "csv", "reason": "audit of the year", **fields}
    answer = post(client, "/exports", **wanted)
    assert answer.status_code == 302, answer.text
    return client


def latest(house: Any) -> int:
    """Number of the last request."""
    with house.database.reading() as session:
        found = approvals.to_show(session, actor="", role="admin")
    return max(each.id for each in found if each.kind == KIND)


def decide(house: Any, request: int, who: str = "admin", *, approve: bool = True) -> None:
    """Another person's word."""
    with house.database.session() as session:
        asked_at = next(
            each.requested_at
            for each in approvals.to_show(session, actor="", role="admin")
            if each.id == request
        )
        approvals.decide(
            session, request, approve=approve, reason="seen", actor=who, role="admin",
            now=asked_at + 1,
        )  # fmt: skip


def test_a_list_is_fetched_once_by_who_asked_after_another_has_approved(
    house: Any, post: Any
) -> None:
    """Not before, not by somebody else, not twice; who and when stand in it and in the audit."""
    client = ask(house, post)
    request = latest(house)
    early = post(client, f"/exports/{request}")
    decide(house, request)
    other = post(house.client("admin"), f"/exports/{request}")
    first = post(client, f"/exports/{request}")
    twice = post(client, f"/exports/{request}")

    assert [early.status_code, other.status_code, twice.status_code] == [422, 422, 422]
    assert first.status_code == 200
    assert first.content_type.startswith("text/csv")
    assert re.search(r'filename="people-\d{8}\.csv"', first.headers["Content-Disposition"])
    assert "issuer" in first.text.splitlines()[0]
    assert first.headers["Cache-Control"] == "no-store"
    with house.database.reading() as session:
        found = acts(session, action="export.list")
    assert [(act.actor, act.subject) for act in found[:1]] == [("issuer", "list:people")]


def test_nobody_approves_their_own_export(house: Any, post: Any) -> None:
    """An administrator needs a second one, too."""
    ask(house, post, "admin")
    request = latest(house)

    with pytest.raises(Exception, match="who asked cannot decide"):
        decide(house, request, "admin")


def test_what_was_refused_is_told_and_cannot_be_fetched(house: Any, post: Any) -> None:
    """With the reason of who refused."""
    client = ask(house, post, reason="for a friend")
    request = latest(house)
    decide(house, request, approve=False)

    page = client.get("/exports").text
    assert 'data-state="refused"' in page
    assert "seen" in page
    assert post(client, f"/exports/{request}").status_code == 422


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        ("issuer", {"kind": "people", "reason": ""}),
        ("issuer", {"kind": "secrets", "reason": "because"}),
        ("issuer", {"reason": "because"}),
        ("issuer", {"kind": "guests", "event": "none", "reason": "because"}),
        ("issuer", {"kind": "people", "format": "exe", "reason": "because"}),
        ("protocol", {"kind": "people", "format": "csv", "reason": "because"}),
    ],
)
def test_a_wrong_wish_is_said_at_its_field(
    house: Any, post: Any, role: str, fields: dict[str, str]
) -> None:
    """And nothing is asked for."""
    client = house.client(role)

    answer = post(client, "/exports", **fields)

    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_guests_of_an_event_are_exported_by_protocol(house: Any, post: Any) -> None:
    """In a workbook."""
    client = ask(house, post, "protocol", kind="guests", event="gala", format="xlsx")
    request = latest(house)
    decide(house, request)

    answer = post(client, f"/exports/{request}")

    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
    assert "guests-gala-" in answer.headers["Content-Disposition"]
    assert post(client, "/exports/999999").status_code == 422


@pytest.fixture
def of_gala(house: Any) -> Any:
    """A browser of an administrator who is held to one event."""
    with house.database.session() as session:
        if users.user_by_name(session, "held") is None:
            users.add_user(session, "held", "a long trial pass word", users.Role.ADMIN)
        house.accounts["held"] = user_admin.set_scope(session, "held", None, ["gala"], "cli")
        ensure_event(session, "dinner")
    return house.client("held")


def test_who_is_held_to_an_event_is_offered_its_guests_and_nothing_else(
    of_gala: Any, post: Any
) -> None:
    """On the page, and whatever is sent past it."""
    page = of_gala.get("/exports").text
    wish = {"kind": "guests", "event": "gala", "format": "csv", "reason": "the seating"}

    assert 'value="guests"' in page
    assert 'value="people"' not in page
    assert 'value="gala"' in page
    assert 'value="dinner"' not in page
    for wrong in ({"kind": "people"}, {"event": "dinner"}, {"kind": "passes"}, {"event": ""}):
        assert post(of_gala, "/exports", **{**wish, **wrong}).status_code == 422
    assert post(of_gala, "/exports", **wish).status_code == 302


def test_a_scope_that_narrows_meanwhile_holds_at_the_fetching(
    house: Any, of_gala: Any, post: Any
) -> None:
    """What was asked for and approved under the old one is not handed out under the new one."""
    wish = {"kind": "guests", "event": "gala", "format": "csv", "reason": "the seating"}
    post(of_gala, "/exports", **wish)
    request = latest(house)
    decide(house, request)
    with house.database.session() as session:
        house.accounts["held"] = user_admin.set_scope(session, "held", None, ["dinner"], "cli")
    house.services.accounts.refresh()

    refused = post(house.client("held"), f"/exports/{request}")

    assert refused.status_code == 422
    assert "error-summary" in refused.text


def test_who_is_held_to_gates_alone_has_no_lists(house: Any) -> None:
    """A gate names no list."""
    with house.database.session() as session:
        users.add_user(session, "gated", "a long trial pass word", users.Role.PROTOCOL)
        house.accounts["gated"] = user_admin.set_scope(session, "gated", ["in-1"], None, "cli")

    client = house.client("gated")

    assert client.get("/exports").status_code == 403
    assert "/exports" not in client.get("/").text
