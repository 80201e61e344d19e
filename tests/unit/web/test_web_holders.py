"""The pages of people and vehicles: found, entered, refused at the field, merged, recorded."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from gatekeeper.db.tables import Audit, Person, Vehicle

NATIONAL = "1103702071811"
PERSON = {
    "first_name": "นายสมบูรณ์ พูนสุข",
    "name_latin": "Somboon Poonsuk",
    "purpose": "staff",
    "employment": "official",
    "organisation": "สำนักทดลอง",
    "document_kind": "",
}


def token(client: Any, url: str) -> str:
    """The key against forgery in a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(url).text)
    assert found is not None, url
    return found[1]


def send(client: Any, url: str, data: dict[str, Any], **more: Any) -> Any:
    """A form as a browser sends it."""
    return client.post(url, data={**data, "csrf_token": token(client, url)}, **more)


def add(house: Any, **values: Any) -> int:
    """A person entered by an issuer; the record's number."""
    answer = send(house.client("issuer"), "/people/new", {**PERSON, **values})
    assert answer.status_code == 302, answer.text
    found = re.match(r"/people/(\d+)\?done=added", answer.headers["Location"])
    assert found is not None
    return int(found[1])


def acts(house: Any, subject: str) -> list[str]:
    """What the audit says of a subject."""
    with house.database.reading() as session:
        query = select(Audit.action).where(Audit.subject == subject).order_by(Audit.id)
        return list(session.scalars(query))


def test_a_person_is_entered_found_and_shown(house: Any) -> None:
    """By part of the Thai and of the Latin name, with the title, at once."""
    person = add(house, first_name="นายบรรเจิด สุขสันต์", name_latin="Banjerd Suksan")
    client = house.client("issuer")

    for text in ("บรรเจิด", "นายบรรเจิด", "suksan", "สันต์"):
        page = client.get("/people", query_string={"q": text}).text
        assert f'href="/people/{person}"' in page, text
    page = client.get(f"/people/{person}").text
    assert "นายบรรเจิด สุขสันต์" in page
    assert acts(house, f"person:{person}") == ["person.add"]


@pytest.mark.parametrize("lang", ["th", "en"])
def test_what_cannot_be_is_refused_at_its_field_with_all_that_was_typed(
    house: Any, lang: str
) -> None:
    """The summary on top links to the field; nothing typed is lost, nothing is written."""
    client = house.client("issuer")
    wrong = {**PERSON, "document_kind": "national_id", "document_number": "1103702071812"}
    answer = send(client, f"/people/new?lang={lang}", wrong)

    assert answer.status_code == 422
    assert 'href="#document_number"' in answer.text
    assert ("เลขตรวจสอบไม่ตรง" if lang == "th" else "check digit") in answer.text
    assert 'value="นายสมบูรณ์ พูนสุข"' in answer.text


def test_a_second_holder_of_a_document_is_led_to_the_first(house: Any) -> None:
    """With a link that says who it is."""
    card = {"document_kind": "national_id", "document_number": NATIONAL}
    first = add(house, first_name="นายที่หนึ่ง", **card)

    answer = send(house.client("issuer"), "/people/new", {**PERSON, "first_name": "สอง", **card})

    assert answer.status_code == 422
    assert f'<a href="/people/{first}"><strong>นายที่หนึ่ง' in answer.text
    found = house.client("desk").get("/people", query_string={"q": NATIONAL}).text
    assert "นายที่หนึ่ง" in found
    assert NATIONAL not in re.sub(r'value="[^"]*"', "", found)
    assert NATIONAL not in house.client("issuer").get(f"/people/{first}/edit").text


def test_a_form_that_was_overtaken_is_refused(house: Any) -> None:
    """Two officers have the same record open; the second one is told."""
    person = add(house, first_name="นายแซง หน้า")
    one, two = house.client("issuer"), house.client("admin")
    seen = re.search(r'name="seen_at"[^>]*value="([^"]+)"', one.get(f"/people/{person}/edit").text)
    assert seen is not None
    typed = {**PERSON, "first_name": "แซง", "last_name": "หน้า", "title": "นาย"}
    url = f"/people/{person}/edit"

    first = send(one, url, {**typed, "phone": "08 1234 5678", "seen_at": seen[1]})
    second = send(two, url, {**typed, "phone": "08 9999 9999", "seen_at": seen[1]})

    assert (first.status_code, second.status_code) == (302, 422)
    assert "มีผู้อื่นแก้ไข" in second.text


def test_reading_a_vip_is_recorded_and_reading_others_is_not(house: Any) -> None:
    """Who looked, and when."""
    vip, other = add(house, first_name="ท่านทูต", vip="y"), add(house, first_name="นายธรรมดา")

    for person in (vip, other):
        house.client("auditor").get(f"/people/{person}")

    assert acts(house, f"person:{vip}") == ["person.add", "person.read"]
    assert acts(house, f"person:{other}") == ["person.add"]


def test_a_photo_is_painted_anew_and_taken_off_again(house: Any) -> None:
    """A file that is none is refused in words."""
    person = add(house, first_name="นายมีรูป")
    client, url = house.client("issuer"), f"/people/{person}/photo"
    file = io.BytesIO()
    Image.new("RGB", (700, 900), "teal").save(file, "PNG")

    none = send(client, url, {})
    bad = send(client, url, {"photo": (io.BytesIO(b"<svg onload=x>"), "a.jpg")})
    good = send(client, url, {"photo": (io.BytesIO(file.getvalue()), "../../a.png")})

    assert [none.status_code, bad.status_code, good.status_code] == [422, 422, 302]
    with house.database.reading() as session:
        key = session.scalar(select(Person.photo).where(Person.id == person))
    assert re.fullmatch(r"[0-9a-f]{32}\.jpg", key)
    assert client.get(f"/photos/{key}").status_code == 200
    send(client, url, {"remove": "1"})
    assert f"/photos/{key}" not in client.get("/people", query_string={"q": "มีรูป"}).text


def test_two_records_are_compared_and_merged(house: Any) -> None:
    """The one that went leads to the one that stays."""
    keep = add(house, first_name="นางซ้ำ สองครั้ง")
    gone = add(house, first_name="ซ้ำ สองครั้ง", phone="08 1234 5678")
    client, url = house.client("issuer"), f"/people/{keep}/merge/{gone}"
    assert f'href="{url}"' in client.get(f"/people/{keep}").text

    page = client.get(url).text
    done = send(client, url, {"take-phone": "phone"})

    assert 'name="take-phone" value="phone" checked' in page
    assert done.headers["Location"] == f"/people/{keep}?done=merged"
    assert client.get(f"/people/{gone}").headers["Location"].startswith(f"/people/{keep}")
    assert "08 1234 5678" in client.get(f"/people/{keep}").text
    assert client.get(url).status_code == 404


def test_a_vehicle_is_entered_as_people_write_plates(house: Any) -> None:
    """One spelling, the province by its abbreviation, the person by name."""
    owner = add(house, first_name="นายเจ้าของ รถยนต์")
    client = house.client("issuer")
    typed = {"plate": "๑กก-๑๒๓๔", "province": "กทม.", "kind": "private", "person_id": "เจ้าของ รถ"}

    answer = send(client, "/vehicles/new", typed)

    assert answer.status_code == 302, answer.text
    page = client.get(answer.headers["Location"]).text
    assert "1กก 1234" in page
    assert "กรุงเทพมหานคร" in page
    assert f'href="/people/{owner}"' in page
    for text in ("กก1234", "ก 12", "1234", "1กก 1234 กรุงเทพฯ"):
        found = client.get("/vehicles", query_string={"q": text}).text
        assert "1กก 1234" in found.partition("<table")[2], text
    again = send(client, "/vehicles/new", {**typed, "plate": "1กก1234 กทม", "province": ""})
    assert again.status_code == 422
    assert "อยู่แล้ว" in again.text


def test_several_people_of_a_name_are_offered(house: Any) -> None:
    """Nobody is guessed; the choice is taken without typing again."""
    add(house, first_name="นายสมนึก ทวีสิน")
    second = add(house, first_name="นายสมนึก ทวีทรัพย์")
    client = house.client("issuer")
    typed = {"plate": "กข 77", "kind": "official", "person_id": "สมนึก"}

    asked = send(client, "/vehicles/new", typed)
    taken = send(client, "/vehicles/new", {**typed, "person_choice": str(second)})
    unknown = send(client, "/vehicles/new", {**typed, "plate": "กข 78", "person_id": "ไม่มีตัวตน"})

    assert (asked.status_code, taken.status_code, unknown.status_code) == (422, 302, 422)
    assert f'name="person_choice" value="{second}"' in asked.text
    assert "โปรดเพิ่มบุคคลก่อน" in unknown.text
    with house.database.reading() as session:
        owner = session.scalar(select(Vehicle.person_id).where(Vehicle.plate == "กข 77"))
    assert owner == second


def test_a_desk_searches_but_opens_and_changes_nothing(house: Any) -> None:
    """Need to know: no history, no contact, no forms."""
    person = add(house, first_name="นายเห็นแต่ชื่อ", phone="08 7777 7777")
    client = house.client("desk")

    page = client.get("/people", query_string={"q": "เห็นแต่ชื่อ"}).text

    assert "นายเห็นแต่ชื่อ" in page
    assert f"/people/{person}" not in page
    assert "7777" not in page
    for url in (f"/people/{person}", "/people/new", f"/people/{person}/edit"):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("url", ["/people/999999", "/vehicles/999999", "/people/999999/edit"])
def test_what_is_not_on_record_is_not_found(house: Any, url: str) -> None:
    """A page that says so."""
    assert house.client("admin").get(url).status_code == 404


def test_odd_queries_find_nobody_and_break_nothing(house: Any) -> None:
    """Wildcards, quotes, a very long text, an unknown purpose."""
    client = house.client("issuer")
    for text in ("%", "_", "'; --", "ก" * 5000, "\x00", "2026-11-22", "0006572982", "S-1/2"):
        assert client.get("/people", query_string={"q": text, "purpose": "x"}).status_code == 200
        assert client.get("/vehicles", query_string={"q": text}).status_code == 200


def test_a_program_enters_finds_changes_and_reads(house: Any) -> None:
    """The same rules as at the desk; what is left out of a change stays."""
    client, issuer, auditor = house.app.test_client(), house.api("issuer"), house.api("auditor")
    body = {
        "first_name": "นางเอพีไอ ทดสอบ",
        "document_kind": "passport",
        "document_number": "AA1234567",
    }

    made = client.post("/api/v1/people", json={**body, "vip": True}, headers=issuer)
    assert made.status_code == 200, made.text
    person = made.json["id"]
    again = client.post("/api/v1/people", json={**body, "first_name": "อื่น"}, headers=issuer)
    changed = client.patch(
        f"/api/v1/people/{person}", json={"phone": "08 1111 2222"}, headers=issuer
    )
    found = client.get("/api/v1/people?q=aa-1234567", headers=auditor).json
    read = client.get(f"/api/v1/people/{person}", headers=auditor)

    assert (again.status_code, again.json["existing"]) == (409, person)
    assert changed.json["last_name"] == "ทดสอบ"
    assert (found["by"], found["total"], found["people"][0]["id"]) == ("document", 1, person)
    assert read.json["document_tail"] == "4567"
    assert "AA1234567" not in read.text
    assert acts(house, f"person:{person}")[-1] == "person.read"
    assert client.post("/api/v1/people", json=body, headers=auditor).status_code == 403
    assert client.get("/api/v1/people/9223372036854775808", headers=auditor).status_code == 404
    gone = client.patch(f"/api/v1/people/{person}", json={"document_kind": None}, headers=issuer)
    assert gone.json["document_kind"] is None


def test_a_program_enters_and_changes_vehicles(house: Any) -> None:
    """Plates in one spelling; a second one of the same plate is told which is there."""
    client, issuer = house.app.test_client(), house.api("issuer")

    made = client.post("/api/v1/vehicles", json={"plate": "ฮฮ๙๙๙๙ กทม."}, headers=issuer)
    again = client.post(
        "/api/v1/vehicles", json={"plate": "ฮฮ 9999", "province": "Bangkok"}, headers=issuer
    )
    url = f"/api/v1/vehicles/{made.json['id']}"
    changed = client.patch(url, json={"colour": "ดำ"}, headers=issuer)
    bad = client.patch(url, json={"person_id": 999999}, headers=issuer)
    found = client.get("/api/v1/vehicles?q=9999", headers=house.api("auditor")).json

    assert (made.json["plate"], made.json["province"]) == ("ฮฮ 9999", "กรุงเทพมหานคร")
    assert (again.status_code, again.json["existing"]) == (409, made.json["id"])
    assert (changed.json["colour"], changed.json["province"]) == ("ดำ", "กรุงเทพมหานคร")
    assert bad.status_code == 422
    assert [each["id"] for each in found["vehicles"]] == [made.json["id"]]


def test_the_api_document_names_whole_numbers_in_paths(house: Any) -> None:
    """No converter's name gets into a path of the document."""
    paths = house.app.test_client().get("/api/v1/openapi.json").json["paths"]

    assert {"get", "patch"} == paths["/api/v1/people/{person_id}"].keys()
    assert not [path for path in paths if ":" in path or "<" in path]
    (parameter,) = paths["/api/v1/vehicles/{vehicle_id}"]["get"]["parameters"]
    assert parameter["schema"]["type"] == "integer"
