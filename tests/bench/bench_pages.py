"""Every list and search page of the pass office at its size, as a browser and a program get them.

PAGES says for each route that lists or searches what is asked of it: its first page, its last,
each filter, rare words and common ones. NO_LISTS names every other GET route and so why it is not
asked; a route in neither fails the bench (and a test), so that no new list goes unmeasured.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from gatekeeper import config as configuration
from gatekeeper.db.migrate import open_database
from gatekeeper.db.tokens import create_token
from gatekeeper.db.users import Role, add_user
from gatekeeper.web.application import create_app
from tests.bench import office_at_size
from tests.bench.bench_holders import postgres

RUNS = 7
AIM_MS = 300.0
_PASS = f"{77:016x}"
_WORDS = ("q=ก", "q=กิตติ", "q=สมชาย ใจดี", "q=ไม่มีใคร", "q=S-012345", "q=em4100:0000003039")
_UNIT = "กรมตัวอย่างที่ 7"

PAGES: dict[str, tuple[str, ...]] = {
    "pages.home": ("/",),
    # -- holders
    "holders.people": (
        "/people", "/people?offset=39950", "/people?purpose=staff", f"/people?organisation={_UNIT}",
        f"/people?purpose=staff&organisation={_UNIT}&q=ก", "/people?q=ก&offset=5000",
        *(f"/people?{words}" for words in _WORDS),
    ),
    "holders.person": ("/people/77",),
    "merging.choose": ("/people/77/merge", "/people/77/merge?q=สม", "/people/78/merge?q=ก"),
    "merging.merge": ("/people/77/merge/78",),
    "vehicles.listed": (
        "/vehicles", "/vehicles?offset=9950", "/vehicles?q=กข 12", "/vehicles?q=ก",
        "/vehicles?q=ไม่มี", f"/vehicles?organisation={_UNIT}",
    ),
    "vehicles.vehicle": ("/vehicles/77",),
    "vehicle_merging.choose": ("/vehicles/77/merge", "/vehicles/77/merge?q=ก"),
    "vehicle_merging.merge": ("/vehicles/77/merge/78",),
    "api.people": (
        "/api/v1/people", "/api/v1/people?offset=39900&limit=100", "/api/v1/people?limit=100&q=ก",
        f"/api/v1/people?organisation={_UNIT}", "/api/v1/people?purpose=staff",
        *(f"/api/v1/people?{words}" for words in _WORDS),
    ),
    "api.vehicles": (
        "/api/v1/vehicles", "/api/v1/vehicles?offset=9900", "/api/v1/vehicles?q=ก",
        f"/api/v1/vehicles?organisation={_UNIT}",
    ),
    # -- passes
    "passes.index": (
        "/passes", "/passes?offset=50000", "/passes?state=active", "/passes?state=active&q=ก",
        "/passes?class=official", "/passes?class=private_vehicle&offset=10000", "/passes?unit=7",
        "/passes?unit=7&state=active&class=official", "/passes?unit=7&offset=1000",
        "/passes?q=กข 12",
        *(f"/passes?{words}" for words in _WORDS),
        *(f"/passes?queue={queue}" for queue in (
            "to-check", "to-approve", "to-make", "to-hand-over", "to-activate",
            "renewals-to-check", "renewals-to-approve",
        )),
    ),
    "passes.one": (f"/passes/{_PASS}",),
    "passes.new": ("/passes/new?person=77", "/passes/new?vehicle=77"),
    "passes.bulk": (
        "/passes/bulk", "/passes/bulk?act=expire&class_id=official",
        "/passes/bulk?act=expire&organisation_id=7",
    ),
    "passes.bulk_one": ("/passes/bulk/7",),
    "passes.enrol": ("/passes/enrol",),
    "passes.ui_next": ("/ui/passes/next",),
    "pass_classes.index": ("/admin/classes",),
    "api.passes": (
        "/api/v1/passes", "/api/v1/passes?offset=50000", "/api/v1/passes?state=active",
        "/api/v1/passes?class=official&q=ก", *(f"/api/v1/passes?{words}" for words in _WORDS),
    ),
    # -- making
    "prints.queue": ("/passes/print",),
    "prints.one": (f"/passes/print/{_PASS}",),
    "prints.read_back_form": ("/passes/print/read-back",),
    # -- visitor desk
    "visitors.desk": ("/desk/visitors",),
    "visitors.visit": ("/desk/visitors/77", "/desk/visitors/177"),
    "visitors.cards": ("/desk/visitors/cards",),
    "visitors.lists": (
        "/desk/visitors/lists", "/desk/visitors/lists?q=ก", "/desk/visitors/lists?q=กองที่ 7",
        "/desk/visitors/lists?q=ไม่มี",
    ),
    "visitors.record": ("/desk/visitors/record",),
    "visitors.expected": ("/visits/expected",),
    "api.visits": (
        "/api/v1/visits", "/api/v1/visits?limit=500", "/api/v1/visits?state=closed&limit=500",
        "/api/v1/visits?state=closed&q=ก", "/api/v1/visits?state=expected",
        "/api/v1/visits?state=closed&q=ไม่มี",
    ),
    # -- requests from outside
    "requests.queue": (
        "/requests", "/requests?state=approved", "/requests?state=approved&offset=4000",
        "/requests?q=สำนักข่าวที่ 7", "/requests?state=approved&q=ไม่มี", "/requests?form=press",
    ),
    "requests.show": ("/requests/GK00000007",),
    "api.requests": (
        "/api/v1/requests", "/api/v1/requests?state=approved&offset=4000&limit=100",
        "/api/v1/requests?state=approved&q=ไม่มี",
    ),
    "api.request_turnaround": ("/api/v1/requests/turnaround",),
    # -- watchlist
    "watch.listed": ("/watchlist", "/watchlist?removed=1"),
    "watch.entry": ("/watchlist/7",),
    "watch.questions": ("/watchlist/questions",),
    "api.watchlist_entries": ("/api/v1/watchlist", "/api/v1/watchlist?removed=1"),
    # -- accounts and audit
    "control.index": ("/admin",),
    "control.users": ("/admin/users",),
    "control.user": ("/admin/users/user7",),
    "control.tokens": ("/admin/tokens",),
    "control.approvals": ("/admin/approvals",),
    "control.audit": (
        "/admin/audit", "/admin/audit?offset=199000", "/admin/audit?actor=user7",
        "/admin/audit?actor=user7&offset=1900", "/admin/audit?action=person",
        "/admin/audit?action=user.role", "/admin/audit?subject=person:77",
        "/admin/audit?subject=person", "/admin/audit?actor=nobody", "/admin/audit?action=nothing",
        "/admin/audit?since=2024-01-01&until=2026-06-01",
        "/admin/audit?actor=user7&action=print.made&offset=1000",
    ),
    "api.audit": (
        "/api/v1/audit", "/api/v1/audit?offset=199000", "/api/v1/audit?action=person",
        "/api/v1/audit?actor=user7&limit=100", "/api/v1/audit?subject=nothing",
    ),
    "own.overview": ("/account",),
    # -- lists in and out, personal data
    "exports.asked": ("/exports",),
    "api.exports": ("/api/v1/exports",),
    "privacy.overview": ("/privacy",),
    "privacy.person": ("/privacy/people/77",),
    "privacy.record": ("/privacy/record",),
}  # fmt: skip
"""Route to what is asked of it."""

NO_LISTS: dict[str, tuple[str, ...]] = {
    "shows one record, as a list's line leads to it": (
        "api.one_pass_", "api.one_request", "api.person", "api.vehicle", "api.merge_preview",
        "api.vehicle_merge_preview",
    ),
    "a form, empty or of one record": (
        "holders.edit_person", "holders.new_person", "holders.photo", "vehicles.edit_vehicle",
        "vehicles.new_vehicle", "pass_classes.edit", "control.new_user", "control.new_token",
        "visitors.expect", "watch.new", "own.codes", "own.device", "accounts.login",
        "accounts.code", "accounts.enrol", "accounts.link",
    ),
    "a file or a picture": (
        "static", "pages.photo", "pass_classes.face", "prints.face", "prints.preview_pdf",
        "prints.document", "requests.document", "visitors.record_file", "api.badge_specimen",
        "api.person_photo", "own.picture", "accounts.enrol_picture", "apply.photo",
        "apply.team_photo", "apply.team_template",
    ),
    "follows one order until it is made": ("prints.ordered",),
    "of an applicant: own lines only": (
        "apply.index", "apply.start", "apply.step", "apply.check", "apply.done", "apply.status",
        "apply.team", "apply.team_member", "apply.view",
    ),
    "of a gate or an event: bench_web asks these with a node": (
        "pages.checkpoint", "pages.event_live", "pages.event_wall", "ui.missing",
        "ui.event_search", "ui.gate_search", "api.attendance", "api.gates", "api.journal",
        "api.muster", "api.readers",
    ),
    "about the program itself": ("pages.design", "ops.healthz", "ops.metrics", "api.openapi"),
}  # fmt: skip
"""Why a route is not asked to the routes it holds for."""


def check_complete(app: Flask) -> None:
    """Raise AssertionError where a GET route is in neither table, in both, or is no more."""
    there = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    named = [*PAGES, *(endpoint for group in NO_LISTS.values() for endpoint in group)]
    twice = {each for each in named if named.count(each) > 1}
    missing, idle = there - set(named), set(named) - there
    if missing or idle or twice:
        raise AssertionError(
            f"bench_pages: routes in no table: {sorted(missing)}; "
            f"no more routes: {sorted(idle)}; named twice: {sorted(twice)}"
        )
    adapter = app.url_map.bind("localhost")
    for endpoint, addresses in PAGES.items():
        for address in addresses:
            found, _ = adapter.match(address.partition("?")[0])
            if found != endpoint:
                raise AssertionError(f"bench_pages: {address} is {found}, not {endpoint}")


def ask_all(
    client: FlaskClient, token: dict[str, str], runs: int
) -> Iterator[tuple[str, str, list[float]]]:
    """Route, address and sorted milliseconds of each; AssertionError unless it answers 200."""
    for endpoint, addresses in PAGES.items():
        for address in addresses:
            taken = []
            for turn in range(runs + 1):
                began = time.perf_counter()
                answer = client.get(address, headers=token if endpoint.startswith("api.") else None)
                if turn:  # the first one compiles the template, takes the names into memory
                    taken.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    raise AssertionError(f"bench_pages: {address} answers {answer.status_code}")
            yield endpoint, address, sorted(taken)


def office(
    folder: Path, url: str = "", *, people: int = office_at_size.PEOPLE
) -> tuple[FlaskClient, dict[str, str]]:
    """The application over a filled database, an administrator signed in, and a program's token."""
    (folder / "gatekeeper.toml").write_text(f'[database]\nurl = "{url}"\n' if url else "")
    config = configuration.load(data=folder, port=0)
    database = open_database(config.database_url)
    office_at_size.fill(database, people=people)
    with database.session() as session:
        account = add_user(session, "bench", "a long trial pass word", Role.ADMIN)
        signed_in = f"{account.id}:{account.session_version}:bench"
        _, secret = create_token(session, Role.ADMIN)
    database.close()
    app, _ = create_app(config)
    check_complete(app)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = signed_in, True
    return client, {"Authorization": f"Bearer {secret}"}


def _rows(kind: str, found: Iterable[tuple[str, str, list[float]]]) -> Iterator[dict[str, Any]]:
    """Of each route its slowest address; then the slowest of all."""
    worst: dict[str, tuple[float, float, str]] = {}
    asked = 0
    for endpoint, address, times in found:
        asked += 1
        mine = (times[-1], statistics.median(times), address)
        worst[endpoint] = max(worst.get(endpoint, mine), mine)
    place = f"pages: {kind}"
    slowest, median, address = max(worst.values())
    holders = office_at_size.PEOPLE + office_at_size.VEHICLES
    yield {
        "name": f"{place}, {holders:,} holders, {office_at_size.PASSES:,} passes: slowest answer of"
        f" {asked} lists and searches, {RUNS} times each (`{address}`, median {median:.0f} ms)",
        "value": slowest,
        "unit": "ms",
        "aim": f"< {AIM_MS:.0f} ms",
    }
    for endpoint, (slowest, median, address) in worst.items():
        yield {
            "name": f"{place}: {endpoint}, slowest of {RUNS} (`{address}`, median {median:.0f} ms)",
            "value": slowest,
            "unit": "ms",
            "aim": f"< {AIM_MS:.0f} ms",
        }


def run() -> list[dict[str, Any]]:
    """Every page on SQLite and, where its programs are installed, on PostgreSQL.

    GATEKEEPER_BENCH_ON=sqlite (or postgresql) asks one of them only.
    """
    only = os.environ.get("GATEKEEPER_BENCH_ON", "")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, postgres() as server:
        places = [("SQLite", "")]
        if server is not None:
            places.append(("PostgreSQL", server.create("template0")))
        for kind, url in places:
            if only in ("", kind.lower()):
                folder = Path(name) / kind
                folder.mkdir()
                rows += _rows(kind, ask_all(*office(folder, url), RUNS))
    return rows
