"""The HTTP API: reads with a nonce, the record, the site, refusals in both languages."""

from __future__ import annotations

import io
import re
import threading
from typing import Any

import msgspec
import pytest

from gatekeeper.web.api.shapes import (
    AttendanceJson,
    GatesJson,
    JournalJson,
    MusterJson,
    ProblemJson,
    ReadAnswerJson,
    ReadersJson,
    RevokeAnswer,
)

CARD = "epc:{:024X}"
URL = "/api/v1/gates/in-1/reads"


def post(house: Any, body: Any, *, role: str = "guard", url: str = URL, **more: Any) -> Any:
    """POST as a scanner does."""
    return house.app.test_client().post(url, json=body, headers=house.api(role), **more)


def get(house: Any, url: str, role: str = "admin") -> Any:
    """GET as a program does; the answer has the type that OpenAPI says."""
    return house.app.test_client().get(f"/api/v1{url}", headers=house.api(role))


def wait_until(done: Any, within_s: float = 10.0) -> Any:
    """What `done` gives once it is true."""
    pause = threading.Event()
    for _ in range(int(within_s / 0.01)):
        if found := done():
            return found
        pause.wait(0.01)
    pytest.fail("not in time")


def test_a_read_is_decided_and_said_in_both_languages(house: Any) -> None:
    """The contract's answer, field by field."""
    answer = post(house, {"credential": CARD.format(1), "nonce": "first-1"})

    said = answer.json
    assert answer.status_code == 200
    assert (said["verdict"], said["reason"], said["class"]) == ("granted", "granted", "green")
    assert said["sentence"] == {"th": "เชิญผ่าน", "en": "Welcome, please enter"}
    assert said["holder"]["name"] == "นายกิตติ ใจดี"
    assert said["first_seen"] is None
    assert said["seq"] > 0
    msgspec.json.decode(answer.data, type=ReadAnswerJson)


def test_the_same_nonce_gives_the_same_answer_and_counts_once(house: Any) -> None:
    """A scanner on a bad network sends again."""
    body = {"credential": CARD.format(2), "nonce": "again-1"}
    first, second = post(house, body).json, post(house, body).json
    third = post(house, {**body, "nonce": "again-2"}).json

    assert first == second
    assert (third["reason"], third["class"], third["first_seen"]) == (
        "already_in",
        "amber",
        first["at"],
    )


def test_a_card_typed_in_another_form_is_the_same_card(house: Any) -> None:
    """Lower case, spaces and colons."""
    typed = "epc: 0000 0000 0000 0000 0000 00ff"

    answer = post(house, {"credential": typed, "nonce": "typed-1"}).json

    assert answer["credential"] == CARD.format(255)
    assert (answer["reason"], answer["holder"]) == ("unknown_credential", None)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"\x00\xff{garbage", 400, "bad_json"),
        (b"", 400, "bad_json"),
        (b'{"x": ' + b"[" * 5000, 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b'{"credential": 5, "nonce": "x"}', 422, "invalid"),
        (b'{"credential": "epc:1", "nonce": "x"}', 422, "invalid"),
        (b'{"credential": "pass:0123456789abcdef", "nonce": "x"}', 422, "invalid"),
        (b'{"credential": "em4100:62E3086CED"}', 422, "invalid"),
        (b'{"credential": "em4100:62E3086CED", "nonce": "x", "at": "noon"}', 422, "invalid"),
        (b'{"credential": "em4100:62E3086CED", "nonce": "x", "at": 1e300}', 422, "invalid"),
        (b'{"credential": "em4100:62E3086CED", "nonce": "x", "at": NaN}', 400, "bad_json"),
        (b'{"credential": "' + b"a" * 70_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused_as_a_problem(
    house: Any, data: bytes, status: int, code: str
) -> None:
    """RFC 9457; nothing is recorded, nobody asked."""
    house.services.watch.ask()
    head = house.services.watch.status.head
    headers = {**house.api("guard"), "Content-Type": "application/json"}

    answer = house.app.test_client().post(URL, data=data, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    msgspec.json.decode(answer.data, type=ProblemJson)
    house.services.watch.ask()
    assert house.services.watch.status.head == head


def test_a_problem_is_told_in_the_callers_language(house: Any) -> None:
    """Thai where nothing else is asked for."""
    told = {}
    for wanted in ("th", "en-GB,en;q=0.8", "de", ""):
        answer = house.app.test_client().get("/api/v1/gates", headers={"Accept-Language": wanted})
        told[wanted] = answer.json["title"]

    assert told["th"] == told["de"] == told[""] == "กรุณาลงชื่อเข้าใช้"
    assert told["en-GB,en;q=0.8"] == "Please sign in"


@pytest.mark.parametrize("length", [None, 50_000_000])
def test_a_body_too_large_is_refused_before_it_is_read(house: Any, length: int | None) -> None:
    """50 MB are not taken into memory, with or without their length being told."""
    stream = io.BytesIO(b" " * 200_000)
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)

    answer = house.app.test_client().post(URL, headers=house.api(), environ_overrides=environ)

    assert answer.status_code == 413
    assert answer.json["code"] == "too_large"


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("", 401, "unauthenticated"),
        ("Bearer ", 401, "bad_token"),
        ("Bearer gk_wrong", 401, "bad_token"),
        ("Basic Z2s6Z2s=", 401, "bad_token"),
    ],
)
def test_without_a_good_token_nothing_is_decided(
    house: Any, header: str, status: int, code: str
) -> None:
    """And the answer says how to come in."""
    headers = {"Authorization": header} if header else {}

    answer = house.app.test_client().post(
        URL, json={"credential": CARD.format(1), "nonce": "none-1"}, headers=headers
    )

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_scanners_token_is_good_at_its_gate_alone(house: Any) -> None:
    """A scanner that was stolen opens no other gate."""
    body = {"credential": CARD.format(1), "nonce": "scope-1"}

    here = post(house, body, role="guard@in-1")
    there = post(house, body, role="guard@in-1", url="/api/v1/gates/in-2/reads")

    elsewhere = get(house, "/readers", "guard@in-1")

    assert (here.status_code, there.status_code, elsewhere.status_code) == (200, 403, 403)
    assert here.json["verdict"] == "denied"  # already in since an earlier trial


def test_a_sign_in_cookie_is_no_token(house: Any) -> None:
    """The API takes no cookies, so no page elsewhere can make a browser call it."""
    answer = house.client("admin").get("/api/v1/journal")

    assert answer.status_code == 401


def test_an_unknown_gate_is_not_found(house: Any) -> None:
    """Never decided by another gate's rules."""
    url = "/api/v1/gates/nowhere/reads"

    answer = post(house, {"credential": CARD.format(1), "nonce": "x"}, url=url)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_the_journal_page_by_page_is_the_journal(house: Any) -> None:
    """Every entry once, in order, with reason in words and holder."""
    for number in (1, 2, 3):
        post(house, {"credential": CARD.format(number), "nonce": f"page-{number}"})
    seqs: list[int] = []
    since: int | None = 0
    while since is not None:
        page = msgspec.json.decode(get(house, f"/journal?since={since}&limit=2").data)
        msgspec.convert(page, JournalJson)
        assert len(page["entries"]) <= 2
        seqs += [entry["seq"] for entry in page["entries"]]
        since = page["next"]

    assert seqs == list(range(1, page["head"] + 1))
    whole = get(house, "/journal?limit=1000").json["entries"]
    decisions = [entry for entry in whole if entry["kind"] == "decision"]
    assert all(entry["sentence"]["th"] for entry in decisions)
    assert any((entry["holder"] or {}).get("name") == "นายกิตติ ใจดี" for entry in decisions)
    assert all(entry["at"].endswith("Z") and len(entry["at"]) == 24 for entry in whole)


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=0", "limit=1.5", "since=٣"])
def test_a_bad_page_is_refused(house: Any, query: str) -> None:
    """Never taken for page one."""
    assert get(house, f"/journal?{query}").status_code == 422


def test_attendance_is_that_of_the_feed(house: Any) -> None:
    """Counts over the API name the entry they are as of."""
    seq = house.read(1)["seq"]
    house.caught_up(seq)

    counts = get(house, "/events/gala/attendance").json

    msgspec.convert(counts, AttendanceJson)
    assert counts["seq"] >= seq
    assert counts["expected"] == 4
    assert 1 <= counts["arrived"] <= 4
    assert get(house, "/events/nothing/attendance").status_code == 404


def test_gates_and_readers_say_how_they_are(house: Any) -> None:
    """A gate without readers takes reads over HTTP and can decide."""
    gates = get(house, "/gates", "guard").json
    readers = get(house, "/readers", "guard").json

    msgspec.convert(gates, GatesJson)
    msgspec.convert(readers, ReadersJson)
    assert [gate["id"] for gate in gates["gates"]] == ["in-1", "in-2", "out-1"]
    assert all(gate["can_decide"] for gate in gates["gates"])


def test_the_muster_is_who_is_inside_by_name(house: Any) -> None:
    """For an evacuation: who came in and did not leave."""
    came = house.read(3)
    house.caught_up(came["seq"])
    before = get(house, "/muster").json
    left = house.read(3, gate="out-1")
    house.caught_up(left["seq"])
    after = get(house, "/muster").json

    msgspec.convert(before, MusterJson)
    names = [person["holder"]["name"] for person in before["areas"][0]["inside"]]
    assert "H.E. Mr. José Núñez" in names
    assert before["areas"][0]["count"] == len(names)
    assert after["areas"][0]["count"] == len(names) - 1


def test_a_revoked_card_opens_nothing(house: Any) -> None:
    """In force at the node without a restart."""
    revoke = "/api/v1/credentials/epc:" + "0" * 23 + "5/revoke"
    answer = house.app.test_client().post(revoke, headers=house.api("issuer"))
    refused = wait_until(
        lambda: (said := house.read(5))["reason"] == "revoked" and said, within_s=5
    )

    assert answer.status_code == 200, answer.text
    msgspec.json.decode(answer.data, type=RevokeAnswer)
    assert (refused["verdict"], refused["class"]) == ("denied", "red")
    assert post(house, {"note": 5}, role="issuer", url=revoke).status_code == 422
    bad = "/api/v1/credentials/nonsense/revoke"
    assert post(house, {}, role="issuer", url=bad).status_code == 422


def test_openapi_describes_every_route_and_is_whole(house: Any) -> None:
    """Made from the code: no route without a description, no reference to nothing."""
    document = house.app.test_client().get("/api/v1/openapi.json").json
    paths = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in house.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    }

    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) == paths
    references = set(_references(document))
    assert references <= {
        f"#/components/schemas/{name}" for name in document["components"]["schemas"]
    }
    read = document["paths"]["/api/v1/gates/{gate}/reads"]["post"]
    assert read["x-roles"] == ["admin", "desk", "guard", "protocol"]
    assert set(read["responses"]) >= {"200", "400", "401", "403", "413", "422", "503"}
    answer = document["components"]["schemas"]["ReadAnswerJson"]["properties"]
    assert {"seq", "verdict", "reason", "class", "sentence", "holder", "first_seen"} <= set(answer)


def _references(tree: Any) -> Any:
    if isinstance(tree, dict):
        if isinstance(tree.get("$ref"), str):
            yield tree["$ref"]
        for value in tree.values():
            yield from _references(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _references(value)


def test_healthz_is_well_while_every_gate_can_decide(house: Any) -> None:
    """For a monitor: no sign-in, no names."""
    answer = house.app.test_client().get("/healthz")

    assert (answer.status_code, answer.json["status"]) == (200, "ok")
    assert answer.json["gates"] == {"in-1": True, "in-2": True, "out-1": True}


def test_metrics_count_decisions_by_gate_and_reason(house: Any) -> None:
    """From this machine freely, from elsewhere with a token of administrator or auditor."""
    seq = house.read(2, gate="in-2")["seq"]
    house.caught_up(seq)
    client = house.app.test_client()
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}

    here = client.get("/metrics")
    closed = client.get("/metrics", environ_overrides=elsewhere)
    guard = client.get("/metrics", environ_overrides=elsewhere, headers=house.api("guard"))
    admin = client.get("/metrics", environ_overrides=elsewhere, headers=house.api("admin"))

    assert 'gatekeeper_decisions_total{gate="in-2",reason="already_in"}' in here.text
    assert "gatekeeper_http_read_seconds_bucket" in here.text
    assert "gatekeeper_feed_lag_seconds_count" in here.text
    assert "gatekeeper_node_up 1.0" in here.text
    assert (closed.status_code, guard.status_code, admin.status_code) == (401, 401, 200)
    assert "ใจดี" not in here.text
    assert "epc:" not in here.text


def test_no_answer_of_the_node_is_a_denial(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and said in a way that no scanner can take for a green."""
    from gatekeeper.errors import LinkError

    asked = []

    def gone(presentation: object) -> None:
        asked.append(presentation)
        raise LinkError("the node cannot be reached")

    monkeypatch.setattr(house.services.link, "read", gone)

    answer = post(house, {"credential": CARD.format(1), "nonce": "down-1"})

    assert (answer.status_code, answer.json["code"]) == (503, "node_down")
    assert (answer.json["verdict"], answer.json["reason"]) == ("denied", "system_fault")
    assert len(asked) == 1


def test_a_defect_is_a_plain_500_without_its_inside(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, no text of an exception goes out."""
    monkeypatch.setattr(house.services.hub, "muster", lambda: 1 / 0)

    answer = get(house, "/muster")

    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (500, "fault", "")
    assert "division" not in answer.text


def test_both_ways_of_a_read_answer_alike(house: Any) -> None:
    """The short way and Flask's own give the same body and refuse the same."""
    from gatekeeper.web.api.fast import FastReads

    assert isinstance(house.app.wsgi_app, FastReads)
    slow = house.app.wsgi_app._application
    body = {"credential": CARD.format(1), "nonce": "both-1"}
    fast = post(house, body)
    house.app.wsgi_app, kept = slow, house.app.wsgi_app
    by_flask = post(house, body)
    house.app.wsgi_app = kept

    assert fast.json == by_flask.json
    assert fast.content_type == by_flask.content_type
    assert fast.headers["X-Content-Type-Options"] == by_flask.headers["X-Content-Type-Options"]
