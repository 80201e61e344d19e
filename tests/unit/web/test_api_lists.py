"""Whole lists, photos and merging over HTTP: the pages' rules, told to programs."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gatekeeper.db import tokens
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.users import Role
from gatekeeper.kinds_office import WatchKind
from gatekeeper.office import approvals, watchlist
from gatekeeper.office.bulk_export import KIND
from gatekeeper.office.watchlist import EntryDraft

PEOPLE = "ชื่อ-สกุล,หน่วยงาน\nนายกิตติ ใจดี,กองกลาง\nนางสาวเกศินี แสงทอง,กองคลัง\n"


@pytest.fixture
def house(tmp_path: Path, start: Any, settings_text: str) -> Iterator[Any]:
    """A site of each test's own: registers are counted."""
    with start(tmp_path, settings_text) as (built, _):
        yield built


def call(house: Any, way: str, url: str, role: str = "issuer", **how: Any) -> Any:
    """A program's request."""
    client = house.app.test_client()
    return client.open(f"/api/v1{url}", method=way, headers=house.api(role), **how)


def people(house: Any) -> list[Any]:
    """Everybody on record who may hold a pass."""
    found: list[Any] = call(house, "GET", "/people?purpose=staff").json["people"]
    return found


def acts(house: Any) -> list[tuple[str, str]]:
    """Actor and act, the newest first."""
    with house.database.reading() as session:
        return [(act.actor, act.action) for act in latest_acts(session, 100)]


def photo(colour: str = "navy", size: tuple[int, int] = (600, 800)) -> bytes:
    """A picture as a camera writes it."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def test_a_list_is_tried_taken_and_taken_again(house: Any) -> None:
    """A dry run changes nothing; the same again changes nothing; who did it is on record."""
    dry = call(house, "POST", "/imports/people?dry_run=1", data=PEOPLE.encode())
    assert (dry.status_code, dry.json["imported"], people(house)) == (200, 2, [])

    first = call(house, "POST", "/imports/people", data=PEOPLE.encode("cp874"))
    again = call(house, "POST", "/imports/people", data=PEOPLE.encode())

    assert (first.json["imported"], again.json["unchanged"]) == (2, 2)
    assert [each["first_name"] for each in people(house)] == ["กิตติ", "เกศินี"]
    assert ("token:issuer", "person.add") in acts(house)


def test_faults_are_told_and_partial_takes_the_rest(house: Any) -> None:
    """Row, column, code and both sentences."""
    bad = (PEOPLE + "=1+1,กอง\n").encode()

    none = call(house, "POST", "/imports/people", data=bad)
    assert (none.status_code, none.json["imported"], people(house)) == (200, 0, [])
    some = call(house, "POST", "/imports/people?partial=1", data=bad)

    (fault,) = some.json["faults"]
    assert (fault["row"], fault["column"], fault["code"]) == (4, "ชื่อ-สกุล", "formula")
    assert fault["message"]["th"]
    assert fault["message"]["en"]
    assert (some.json["imported"], len(people(house))) == (2, 2)


def test_vehicles_and_passes_are_taken_too(house: Any) -> None:
    """A pass is asked for and nothing more; nobody takes badges over by HTTP."""
    cars = json.dumps([{"plate": "1กก 1234", "province": "กทม.", "colour": "ดำ"}]).encode()
    wanted = "class,name,organisation\nofficial,นายกิตติ ใจดี,กองกลาง\n".encode()
    call(house, "POST", "/imports/people", data=PEOPLE.encode())

    assert call(house, "POST", "/imports/vehicles", data=cars).json["imported"] == 1
    taken = call(house, "POST", "/imports/passes?as_active=1", data=wanted)

    assert taken.json["imported"] == 1
    (made,) = call(house, "GET", "/passes?class=official").json["passes"]
    assert (made["state"], made["requested_by"]) == ("requested", "token:issuer")


def test_the_watchlist_is_told_as_on_the_command_line(house: Any) -> None:
    """The same row is named with its instruction; the like one is only counted."""
    with house.database.session() as session:
        draft = EntryDraft(WatchKind.PERSON, name="กิตติ ใจดี", reason="x", instruction="เรียก 11")
        watchlist.add(session, house.services.vault, draft, actor="chief", now=time.time())

    told = call(house, "POST", "/imports/people?dry_run=1", data=PEOPLE.encode()).json

    assert told["watchlist"] == {
        "stopped": [{"row": 2, "instruction": "เรียก 11"}],
        "questions": 0,
    }
    assert ("token:issuer", "watch.exact") in acts(house)


@pytest.mark.parametrize(
    ("url", "data", "status"),
    [
        ("/imports/guests", b"a,b\n", 404),
        ("/imports/people", b"", 422),
        ("/imports/people", b"PK\x03\x04 no zip", 422),
        ("/imports/people", b"%PDF-1.7", 422),
        ("/imports/people", b"[" * 9000, 422),
        ("/imports/people?sheet=x", PEOPLE.encode(), 422),
    ],
)
def test_what_is_no_list_is_refused_in_words(
    house: Any, url: str, data: bytes, status: int
) -> None:
    """As problem+json, in the caller's language."""
    answer = call(house, "POST", url, data=data)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["detail"]


def test_a_list_that_is_too_large_is_refused_unread(house: Any, monkeypatch: Any) -> None:
    """By its length."""
    monkeypatch.setitem(
        __import__("gatekeeper.web.security", fromlist=["UPLOADS"]).UPLOADS, "api.import_rows", 100
    )

    assert call(house, "POST", "/imports/people", data=b"x" * 101).status_code == 413


def test_lists_come_no_faster_than_the_limit(house: Any) -> None:
    """Each holds the main database's pen."""
    statuses = [call(house, "POST", "/imports/people", data=b"").status_code for _ in range(61)]

    assert statuses == [422] * 60 + [429]


def approve(house: Any, request: int, who: str = "admin") -> None:
    """Another person's word."""
    with house.database.session() as session:
        approvals.decide(
            session, request, approve=True, reason="", actor=who, role="admin", now=time.time()
        )


def test_an_export_needs_another_person_and_is_fetched_once(house: Any) -> None:
    """Not before, not by another program, not twice."""
    call(house, "POST", "/imports/people", data=PEOPLE.encode())
    body = {"kind": "people", "format": "csv", "reason": "audit of the year"}
    asked = call(house, "POST", "/exports", json=body)
    assert (asked.status_code, asked.json["state"]) == (200, "open")
    file = f"/exports/{asked.json['id']}/file"

    early = call(house, "POST", file).status_code
    with pytest.raises(Exception, match="who asked cannot decide"):
        approve(house, asked.json["id"], "token:issuer")
    approve(house, asked.json["id"])
    (seen,) = call(house, "GET", "/exports").json["exports"]
    other = call(house, "POST", file, role="admin").status_code
    done = call(house, "POST", file)
    twice = call(house, "POST", file).status_code

    assert (early, other, twice) == (422, 422, 422)
    assert (seen["state"], seen["decided_by"]) == ("approved", "admin")
    assert done.content_type == "text/csv; charset=utf-8"
    assert "token:issuer" in done.text.splitlines()[0]
    assert "กิตติ" in done.text
    assert call(house, "GET", "/exports").json["exports"][0]["state"] == "used"
    assert ("token:issuer", "export.list") in acts(house)


@pytest.mark.parametrize(
    ("role", "body"),
    [
        ("protocol", {"kind": "people", "format": "csv", "reason": "because"}),
        ("issuer", {"kind": "secrets", "format": "csv", "reason": "because"}),
        ("issuer", {"kind": "people", "format": "exe", "reason": "because"}),
        ("issuer", {"kind": "people", "format": "csv", "reason": ""}),
        ("issuer", {"kind": "guests", "format": "csv", "reason": "because", "event": "none"}),
    ],
)
def test_a_wrong_wish_is_refused(house: Any, role: str, body: dict[str, str]) -> None:
    """And nobody is asked."""
    assert call(house, "POST", "/exports", role, json=body).status_code == 422
    assert call(house, "GET", "/exports", role).json["exports"] == []


@pytest.fixture
def of_gala(house: Any) -> str:
    """A protocol token that is good for one event."""
    with house.database.session() as session:
        secret = tokens.create_token(session, Role.PROTOCOL, events=["gala"], name="gala")[1]
        house.secrets["gala"] = secret
        other = tokens.create_token(session, Role.PROTOCOL, events=["other"], name="other")[1]
        house.secrets["other"] = other
        house.secrets["admin-gala"] = tokens.create_token(
            session, Role.ADMIN, events=["gala"], name="admin-gala"
        )[1]
    return "gala"


@pytest.mark.parametrize(
    ("role", "way", "url", "status"),
    [
        ("gala", "GET", "/events/gala/attendance", 200),
        ("other", "GET", "/events/gala/attendance", 403),
        ("gala", "GET", "/muster", 403),
        ("gala", "GET", "/gates", 403),
        ("admin-gala", "GET", "/people", 403),
        ("admin-gala", "GET", "/journal", 403),
        ("admin-gala", "POST", "/imports/people", 403),
        ("gala", "GET", "/exports", 200),
    ],
)
def test_a_token_for_one_event_gets_that_event_alone(
    house: Any, of_gala: str, role: str, way: str, url: str, status: int
) -> None:
    """As an account with a scope; what is of the whole site is closed."""
    assert call(house, way, url, role).status_code == status


@pytest.mark.parametrize(("role", "status"), [("gala", 200), ("other", 403)])
def test_a_read_at_a_gate_of_another_event_is_refused(
    house: Any, of_gala: str, role: str, status: int
) -> None:
    """On the short way of reads as well."""
    body = {"credential": "epc:" + "1".zfill(24), "nonce": role}

    assert call(house, "POST", "/gates/in-1/reads", role, json=body).status_code == status


def test_a_token_for_one_event_may_ask_for_its_guests_alone(house: Any, of_gala: str) -> None:
    """Also an administrator's."""
    guests = {"kind": "guests", "format": "csv", "reason": "seating", "event": "gala"}
    assert call(house, "POST", "/exports", "gala", json=guests).status_code == 200
    assert call(house, "POST", "/exports", "other", json=guests).status_code == 422
    whole = {**guests, "kind": "people"}
    assert call(house, "POST", "/exports", "admin-gala", json=whole).status_code == 422


def test_a_photo_is_put_shown_and_taken_off(house: Any) -> None:
    """Painted anew: what comes back is a JPEG of our own."""
    call(house, "POST", "/imports/people", data=PEOPLE.encode())
    url = f"/people/{people(house)[0]['id']}/photo"
    assert call(house, "GET", url).status_code == 404

    put = call(house, "PUT", url, data=photo())
    shown = call(house, "GET", url)

    assert put.json["photo"].endswith(".jpg")
    assert (shown.content_type, shown.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert Image.open(io.BytesIO(shown.data)).size == (600, 750)
    assert call(house, "DELETE", url).json["photo"] == ""
    assert call(house, "GET", url).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        photo(size=(20, 20)),
        photo()[:200],
    ],
)
def test_what_is_no_photo_is_refused(house: Any, data: bytes) -> None:
    """And the record keeps what it had."""
    call(house, "POST", "/imports/people", data=PEOPLE.encode())
    number = people(house)[0]["id"]

    assert call(house, "PUT", f"/people/{number}/photo", data=data).status_code == 422
    assert call(house, "GET", f"/people/{number}").json["photo"] == ""
    assert call(house, "PUT", "/people/999999/photo", data=photo()).status_code == 404


def test_looking_at_a_vips_photo_is_recorded(house: Any) -> None:
    """As reading the record is; another's is not."""
    call(house, "POST", "/imports/people", data=PEOPLE.encode())
    first, second = (each["id"] for each in people(house))
    call(house, "PATCH", f"/people/{first}", json={"vip": True})
    for number in (first, second):
        call(house, "PUT", f"/people/{number}/photo", data=photo())

    call(house, "GET", f"/people/{second}/photo", "auditor")
    assert ("token:auditor", "person.read") not in acts(house)
    call(house, "GET", f"/people/{first}/photo", "auditor")

    assert ("token:auditor", "person.read") in acts(house)


def test_two_records_are_compared_and_made_one(house: Any) -> None:
    """The preview changes nothing; what is chosen stays; the other leads to the first."""
    for body in (
        {"first_name": "กิตติ", "last_name": "ใจดี", "position": "นิติกร"},
        {"first_name": "กิตติ", "last_name": "ใจดี", "position": "ผู้อำนวยการ", "phone": "02 123 4567"},
    ):
        assert call(house, "POST", "/people", json=body).status_code == 200
    one, two = (each["id"] for each in people(house))
    url = f"/people/{one}/merge/{two}"

    seen = call(house, "GET", url).json
    assert (seen["keep"]["id"], seen["gone"]["id"], seen["clashes"]) == (one, two, [])
    proposed = {each["field"]: each["proposed"] for each in seen["fields"]}
    assert proposed == {"position": False, "phone": True}
    assert len(people(house)) == 2

    done = call(house, "POST", url, json={"take": ["position", "phone"]})

    assert (done.json["position"], done.json["phone"]) == ("ผู้อำนวยการ", seen["gone"]["phone"])
    assert call(house, "GET", f"/people/{two}").json["merged_into"] == one
    assert call(house, "GET", url).status_code == 404
    assert ("token:issuer", "person.merge") in acts(house)


def test_a_merge_that_cannot_be_is_refused(house: Any) -> None:
    """With itself, with nobody, of an unknown field."""
    call(house, "POST", "/imports/people", data=PEOPLE.encode())
    one, two = (each["id"] for each in people(house))

    def merged(a: int, b: int, body: Any) -> int:
        return int(call(house, "POST", f"/people/{a}/merge/{b}", json=body).status_code)

    assert merged(one, one, {}) == 422
    assert merged(one, 999999, {}) == 404
    assert merged(one, two, {"take": ["password_hash"]}) == 422
    assert call(house, "GET", f"/people/{one}/merge/{two}", "auditor").status_code == 403
    assert len(people(house)) == 2


def add_vehicle(house: Any, values: dict[str, str]) -> int:
    """One more on record; its number."""
    return int(call(house, "POST", "/vehicles", json=values).json["id"])


def test_two_records_of_one_vehicle_are_compared_and_made_one(house: Any) -> None:
    """The preview changes nothing; plate and province go together; the other leads to the first."""
    one, two = (
        add_vehicle(house, {"plate": plate, "province": "นนทบุรี", "colour": colour})
        for plate, colour in (("1กก 1234", ""), ("1กก 1243", "ขาว"))
    )
    url = f"/vehicles/{one}/merge/{two}"

    seen = call(house, "GET", url).json
    assert (seen["keep"]["id"], seen["gone"]["id"], seen["clashes"]) == (one, two, [])
    assert {each["field"]: each["proposed"] for each in seen["fields"]}["colour"] is True
    assert call(house, "GET", f"/vehicles/{two}").json["merged_into"] is None

    done = call(house, "POST", url, json={"take": ["plate", "colour"]})

    assert (done.json["plate"], done.json["colour"]) == (seen["gone"]["plate"], "ขาว")
    assert call(house, "GET", f"/vehicles/{two}").json["merged_into"] == one
    assert call(house, "GET", url).status_code == 404
    assert ("token:issuer", "vehicle.merge") in acts(house)


def test_a_merge_of_vehicles_that_cannot_be_is_refused(house: Any) -> None:
    """With itself, with nobody, of an unknown field, by whom it is not for."""
    one, two = (add_vehicle(house, {"plate": plate}) for plate in ("กข 1", "กข 2"))

    def merged(a: int, b: int, body: Any) -> int:
        return int(call(house, "POST", f"/vehicles/{a}/merge/{b}", json=body).status_code)

    assert merged(one, one, {}) == 422
    assert merged(one, 999999, {}) == 404
    assert merged(one, two, {"take": ["plate_key"]}) == 422
    assert (
        call(house, "POST", f"/vehicles/{one}/merge/{two}", "auditor", json={}).status_code == 403
    )
    assert call(house, "GET", f"/vehicles/{two}").json["merged_into"] is None


def test_the_document_says_that_bodies_are_files(house: Any) -> None:
    """Programs are told what to send and what comes back."""
    paths = house.app.test_client().get("/api/v1/openapi.json").json["paths"]

    sent = paths["/api/v1/imports/{kind}"]["post"]["requestBody"]["content"]
    got = paths["/api/v1/exports/{request_id}/file"]["post"]["responses"]["200"]["content"]
    assert list(sent) == ["application/octet-stream"]
    assert {"text/csv; charset=utf-8", "application/json"} < set(got)
    assert paths["/api/v1/people/{person_id}/photo"].keys() == {"get", "put", "delete"}


def test_an_approved_order_is_of_its_kind(house: Any) -> None:
    """Another kind of approval is no list."""
    with house.database.reading() as session:
        assert not [each for each in approvals.to_show(session, actor="x", role="admin")
                    if each.kind != KIND]  # fmt: skip
    assert call(house, "POST", "/exports/999999/file").status_code == 422
