"""Pages and what their scripts ask: search, acts at a gate, lists, languages, errors."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from gatekeeper.errors import LinkError, StoreError


def page_data(text: str) -> Any:
    """What a page hands to its script."""
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize(
    ("url", "rooms"),
    [
        ("/checkpoint/in-1", ["gate:in-1"]),
        ("/events/gala/live", ["event:gala"]),
        ("/events/gala/wall", ["event:gala"]),
    ],
)
@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_screen_tells_its_script_where_to_listen(
    house: Any, url: str, rooms: list[str], lang: str
) -> None:
    """In both languages; no script and no style inside the page, as its policy says."""
    answer = house.client("protocol").get(f"{url}?lang={lang}")

    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.text
    page = page_data(answer.text)
    assert (page["rooms"], page["lang"]) == (rooms, lang)
    assert not re.search(r"<script(?![^>]*\b(src|application/json))", answer.text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", answer.text)


def test_what_a_page_may_do_is_what_the_server_allows(house: Any) -> None:
    """A button that would be refused is not shown."""
    guard = page_data(house.client("guard").get("/checkpoint/in-1").text)["may"]
    desk = page_data(house.client("desk").get("/checkpoint/in-1").text)["may"]
    auditor = page_data(house.client("auditor").get("/checkpoint/in-1").text)["may"]

    assert guard == {
        "admit": True,
        "override": True,
        "annotate": True,
        "gate_state": False,
        "search": True,
    }
    assert (desk["admit"], desk["override"]) == (True, False)
    assert not any(auditor.values())


def test_home_shows_what_the_caller_may_open(house: Any) -> None:
    """Gates to a guard, gates and events to a protocol officer, neither to the pass office."""
    guard = house.client("guard").get("/").text
    protocol = house.client("protocol").get("/?lang=en").text
    issuer = house.client("issuer").get("/").text

    assert "/checkpoint/in-1" in guard
    assert "/events/gala/live" not in guard
    assert "/events/gala/live" in protocol
    assert "Trial gala" in protocol
    assert "/checkpoint/" not in issuer


def test_search_finds_by_part_of_a_name_in_either_script(house: Any) -> None:
    """With or without title; and who is inside already is told."""
    client = house.client("guard")
    came = house.read(1)
    house.caught_up(came["seq"])

    thai = client.get("/ui/gates/in-1/search?q=กิตติ").json["results"]
    titled = client.get("/ui/gates/in-1/search?q=นายกิตติ ใจ").json["results"]
    latin = client.get("/ui/gates/in-1/search?q=nunez").json["results"]
    short = client.get("/ui/gates/in-1/search?q=ก").json["results"]

    assert [found["holder"]["name"] for found in thai] == ["นายกิตติ ใจดี"]
    assert thai == titled
    assert thai[0]["inside"] is True
    assert thai[0]["arrived_at"].endswith("Z")
    assert [found["holder"]["name"] for found in latin] == ["H.E. Mr. José Núñez"]
    assert latin[0]["arrived_at"] is None
    assert short == []


def test_a_guest_without_a_card_is_let_in_by_hand(house: Any) -> None:
    """Found by name, decided by the node as any read, recorded with who did it."""
    client = house.client("guard")
    (found,) = client.get("/ui/gates/in-1/search?q=ไร้บัตร").json["results"]
    body = {"pass_id": found["pass_id"], "nonce": f"by-hand-{time.time_ns()}"}
    first = house.post(client, "/ui/gates/in-1/admit", body)
    again = house.post(client, "/ui/gates/in-1/admit", body)
    anew = house.post(client, "/ui/gates/in-1/admit", {**body, "nonce": f"x-{time.time_ns()}"})

    assert found["credential"] is None
    assert first.status_code == 200
    assert (first.json["reason"], first.json["reader"]) == ("granted", "manual")
    assert first.json["actor"] == "guard"
    assert first.json["holder"]["name"] == "นายสมชาย ไร้บัตร"
    assert again.json["seq"] == first.json["seq"]
    assert anew.json["reason"] == "already_in"


def test_an_override_needs_a_reason_and_carries_a_name(house: Any) -> None:
    """Who let somebody through against the decision is on record."""
    client = house.client("guard")
    refused = house.read(4)
    url = "/ui/gates/in-1/override"
    silent = house.post(client, url, {"ref": refused["seq"], "note": "  . "})
    said = house.post(client, url, {"ref": refused["seq"], "note": "พิธีการยืนยันตัวบุคคล"})
    both = house.post(client, url, {"ref": 1, "pass_id": "x", "note": "two of them"})
    nobody = house.post(client, url, {"ref": 10**9, "note": "no such entry"})

    assert refused["reason"] == "invitation_cancelled"
    assert (silent.status_code, both.status_code, nobody.status_code) == (422, 422, 422)
    assert said.status_code == 200
    assert (said.json["kind"], said.json["reason"]) == ("override", "granted_override")
    assert (said.json["actor"], said.json["ref"]) == ("guard", refused["seq"])
    assert said.json["note"] == "พิธีการยืนยันตัวบุคคล"


def test_who_really_came_is_noted_with_the_entry(house: Any) -> None:
    """Companions are counted, a representative named."""
    client = house.client("protocol")
    came = house.read(3)
    url = f"/ui/entries/{came['seq']}"
    two = house.post(client, f"{url}/companions", {"companions": 2})
    who = house.post(client, f"{url}/representative", {"name": "  Ms. Ana Núñez "})
    many = house.post(client, f"{url}/companions", {"companions": 100})
    nothing = house.post(client, "/ui/entries/999999/companions", {"companions": 1})
    house.caught_up(who.json["seq"])

    assert (two.status_code, two.json["kind"], two.json["companions"]) == (200, "companions", 2)
    assert (who.status_code, who.json["note"]) == (200, "Ms. Ana Núñez")
    assert (many.status_code, nothing.status_code) == (422, 422)
    assert house.services.hub.attendance("gala")["companions"] == 2


def test_a_gate_is_closed_and_opened_by_a_protocol_officer(house: Any) -> None:
    """Closed, it refuses everybody; the record says who and why."""
    client = house.client("protocol")
    url = "/ui/gates/in-2/state"
    closed = house.post(client, url, {"state": "closed", "note": "ขบวนรถ"})
    refused = house.read(1, gate="in-2")
    opened = house.post(client, url, {"state": "open"})
    wrong = house.post(client, url, {"state": "ajar"})
    guard = house.post(house.client("guard"), url, {"state": "open"})

    assert (closed.json["kind"], closed.json["state"]) == ("gate", "closed")
    assert (closed.json["actor"], closed.json["note"]) == ("protocol", "ขบวนรถ")
    assert refused["reason"] == "gate_closed"
    assert (opened.status_code, wrong.status_code, guard.status_code) == (200, 422, 403)


def test_who_has_not_come_is_listed_vips_first(house: Any) -> None:
    """By group, page by page; whoever came is no longer in it."""
    client = house.client("protocol")
    house.caught_up(house.read(2)["seq"])
    whole = client.get("/ui/events/gala/missing").json
    page = client.get("/ui/events/gala/missing?limit=1&offset=1").json
    vips = client.get("/ui/events/gala/missing?vip=1").json
    group = client.get("/ui/events/gala/missing?group=คณะทูต").json

    names = [guest["holder"]["name"] for guest in whole["guests"]]
    assert "นางสาวเกศินี แสงทอง" not in names
    assert whole["total"] == len(names) == sum(group["missing"] for group in whole["groups"])
    assert [guest["holder"]["name"] for guest in page["guests"]] == names[1:2]
    assert all(guest["holder"]["vip"] for guest in vips["guests"])
    assert all(guest["holder"]["group"] == "คณะทูต" for guest in group["guests"])
    assert client.get("/ui/events/gala/missing?limit=-1").status_code == 422
    assert client.get("/ui/events/nothing/missing").status_code == 404


def test_an_alert_is_acknowledged_once_by_name(house: Any) -> None:
    """The first officer stays."""
    first = house.post(house.client("protocol"), "/ui/events/gala/acknowledge", {"seq": 7})
    second = house.post(house.client("admin"), "/ui/events/gala/acknowledge", {"seq": 7})

    assert first.json == second.json
    assert first.json["by"] == "protocol"


def test_without_the_node_nobody_is_let_in(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page gets a problem it can show as a denial."""

    def gone(*_: object, **__: object) -> None:
        raise LinkError("gone")

    for act in ("read", "override", "companions", "set_gate_state"):
        monkeypatch.setattr(house.services.link, act, gone)
    client = house.client("protocol")

    answers = [
        house.post(
            client, "/ui/gates/in-1/admit", {"credential": "em4100:62E3086CED", "nonce": "n" * 9}
        ),
        house.post(client, "/ui/gates/in-1/override", {"ref": 1, "note": "let them in"}),
        house.post(client, "/ui/entries/1/companions", {"companions": 1}),
        house.post(client, "/ui/gates/in-1/state", {"state": "open"}),
    ]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.json["code"] for answer in answers} == {"node_down"}
    assert {answer.json["verdict"] for answer in answers} == {"denied"}


def test_without_the_main_database_screens_of_gates_go_on(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Search is out of order and says so; typing a card number still works."""

    def gone(*_: object, **__: object) -> None:
        raise StoreError("gone")

    client = house.client("protocol")
    assert client.get("/checkpoint/in-1").status_code == 200  # the account is known from now on
    for question in ("search", "account", "events", "token", "holders", "key_of"):
        monkeypatch.setattr(house.services.store, question, gone)

    screen = client.get("/checkpoint/in-1")
    live = client.get("/events/gala/live")
    search = client.get("/ui/gates/in-1/search?q=กิตติ")
    typed = {"credential": "epc: 0000 0000 0000 0000 0000 0001", "nonce": f"n-{time.time_ns()}"}
    admitted = house.post(client, "/ui/gates/in-1/admit", typed)

    assert (screen.status_code, live.status_code) == (200, 200)
    assert (search.status_code, search.json["code"]) == (503, "store_down")
    assert admitted.status_code == 200
    assert admitted.json["holder"]["name"] == "นายกิตติ ใจดี"


def test_a_script_whose_session_is_over_is_told_so(house: Any) -> None:
    """401 as a problem, not the sign-in page as an answer to a search."""
    answer = house.client().get("/ui/gates/in-1/search?q=กิตติ")

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert "กิตติ" not in answer.text


def test_a_post_without_its_token_is_refused(house: Any) -> None:
    """Another site cannot make a browser let somebody in."""
    client = house.client("guard")
    body = {"pass_id": house.passes["1"], "nonce": "forged-01"}

    bare = client.post("/ui/gates/in-1/admit", json=body)
    wrong = client.post("/ui/gates/in-1/admit", json=body, headers={"X-CSRFToken": "x"})

    assert (bare.status_code, bare.json["code"]) == (400, "csrf")
    assert (wrong.status_code, wrong.json["code"]) == (400, "csrf")


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize(
    ("url", "status"), [("/nothing", 404), ("/checkpoint/nowhere", 404), ("/events/x/live", 404)]
)
def test_errors_are_pages_in_the_readers_language(
    house: Any, url: str, status: int, lang: str
) -> None:
    """With a way home."""
    answer = house.client("protocol").get(f"{url}?lang={lang}")

    assert answer.status_code == status
    assert ("ไม่พบหน้าที่ต้องการ" if lang == "th" else "Not found") in answer.text
    assert f'<html lang="{lang}"' in answer.text


def test_the_language_is_remembered_by_the_browser(house: Any) -> None:
    """Also before sign-in; anything but the two languages changes nothing."""
    client = house.client()
    token = re.search(r'csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token is not None
    chosen = client.post(
        "/language", data={"csrf_token": token[1], "lang": "en", "next": "/login?x=1"}
    )
    after = client.get("/login").text
    away = client.post(
        "/language", data={"csrf_token": token[1], "lang": "xx", "next": "//evil.example"}
    )

    assert chosen.headers["Location"] == "/login?x=1"
    assert away.headers["Location"] == "/"
    assert '<html lang="en"' in after
    assert '<html lang="en"' in client.get("/login").text


def test_the_language_follows_the_person_to_another_browser(house: Any) -> None:
    """A tablet is shared; whoever signs in reads what they chose."""

    def token(client: Any) -> str:
        found = re.search(r'csrf-token" content="([^"]+)"', client.get("/login").text)
        assert found is not None
        return found[1]

    chosen, elsewhere = house.client("auditor"), house.client()
    chosen.post("/language", data={"csrf_token": token(chosen), "lang": "en", "next": "/"})
    elsewhere.set_cookie("gk_lang", "th")

    secret = {"username": "auditor", "password": "a long trial pass word"}
    elsewhere.post("/login", data={"csrf_token": token(elsewhere), **secret})

    assert '<html lang="en"' in elsewhere.get("/").text


def test_photos_are_for_those_at_gates_and_nothing_else_is_served(house: Any) -> None:
    """No path leads out of the directory."""
    photos = house.config.data / "photos"
    photos.mkdir(exist_ok=True)
    (photos / "k1.jpg").write_bytes(b"\xff\xd8picture")
    (house.config.data / "photos" / ".hidden").write_bytes(b"x")

    guard = house.client("guard")

    shown = guard.get("/photos/k1.jpg")
    assert (shown.status_code, shown.data) == (200, b"\xff\xd8picture")
    assert shown.headers["Cache-Control"].startswith("private")
    assert house.client().get("/photos/k1.jpg").status_code == 302
    for key in ("..%2Fsecret.key", "%2e%2e/secret.key", ".hidden", "none.jpg", "a%00b"):
        assert guard.get(f"/photos/{key}").status_code == 404
