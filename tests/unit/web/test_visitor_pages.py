"""The visitor desk over HTTP with a real node: exchange, gates, return, lists, record, API."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from flask.testing import FlaskClient

from gatekeeper.db.audit import latest_acts
from gatekeeper.db.users import Role
from gatekeeper.kinds_office import WatchKind
from gatekeeper.link.messages import IdCard, IdCardAnswer
from gatekeeper.office import watchlist
from gatekeeper.office.visitor_cards import add_card

DESK = '\n[[desks]]\nid = "front"\n\n[visitors]\ngates = ["in-1", "out-1"]\nslots = 30\n'
NUMBERS = iter(f"AA{n:06d}" for n in range(100, 1000))
CARDS = iter(range(1, 99))


def tag(number: int) -> str:
    return f"em4100:62AA0000{number:02X}"


@pytest.fixture(scope="module", name="house")
def visitor_house(
    tmp_path_factory: pytest.TempPathFactory, start: Any, settings_text: str
) -> Iterator[Any]:
    with start(tmp_path_factory.mktemp("visitors"), settings_text + DESK) as (built, _):
        with built.database.session() as session:
            for number in range(1, 60):
                add_card(session, f"{number:03d}", tag(number), actor="cli")
        yield built


@pytest.fixture
def desk(house: Any) -> FlaskClient:
    client: FlaskClient = house.client("desk")
    return client


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, url: str, **values: Any) -> Any:
    return client.post(url, data={"csrf_token": token(client), **values})


def filled(number: int, **other: Any) -> dict[str, Any]:
    return {
        "document_kind": "passport",
        "document_number": next(NUMBERS),
        "first_name": f"นายคนที่ {number}",
        "purpose": "meeting",
        "host_unit": "กองกลาง",
        "card": str(number),
        **other,
    }


def lend(client: FlaskClient, **other: Any) -> tuple[int, int]:
    """An exchange with a card of its own: `(visit, card)`."""
    card = next(CARDS)
    answer = send(client, "/desk/visitors", **filled(card, **other))
    assert answer.status_code == 302, answer.text
    found = re.search(r"done=(\d+)", answer.headers["Location"])
    assert found is not None
    return int(found[1]), card


def reason_at(house: Any, card: int, gate: str = "in-1") -> str:
    body = {"credential": tag(card), "nonce": f"{gate}-{time.time_ns()}"}
    answer = house.app.test_client().post(
        f"/api/v1/gates/{gate}/reads", json=body, headers=house.api("guard")
    )
    return str(answer.json["reason"])


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end


def test_a_lent_card_opens_and_a_returned_one_is_refused_at_once(
    house: Any, desk: FlaskClient
) -> None:
    """In force at a real node within a quarter of a second, both ways."""
    _, card = lend(desk)
    lent_at = time.monotonic()
    until(lambda: house.services.link.explain(tag(card), "in-1").decision.reason == "granted")
    assert time.monotonic() - lent_at < 2.0
    assert reason_at(house, card) == "granted"

    answer = send(desk, "/desk/visitors/return", card=tag(card))

    returned_at = time.monotonic()
    assert "was=returned" in answer.headers["Location"]
    until(lambda: reason_at(house, card) == "returned")
    assert time.monotonic() - returned_at < 2.0
    assert reason_at(house, card, "out-1") == "returned"


def test_the_page_says_where_the_document_goes_and_where_it_lies(desk: FlaskClient) -> None:
    """The slot stands large after the exchange and after the return."""
    visit, card = lend(desk, slot="29")
    shown = desk.get(f"/desk/visitors?done={visit}&was=opened").text
    back = send(desk, "/desk/visitors/return", card=str(card))

    assert 'data-was="opened" data-slot="29"' in shown
    assert 'data-slot="29"' in desk.get(back.headers["Location"]).text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("purpose", "nothing", "กรุณาเลือกวัตถุประสงค์"),
        ("document_number", "", "ต้องฝากเอกสารประจำตัว"),
        ("first_name", "", "กรุณากรอกชื่อ"),
        ("host_unit", "", "กรุณากรอกผู้ที่มาพบ"),
        ("card", "", "กรุณากรอกบัตรที่ให้ยืม"),
        ("card", "no such card", "ไม่พบบัตรผู้มาติดต่อ"),
        ("slot", "31", "มีช่อง 1 ถึง 30"),
        ("document_kind", "rubber", "กรุณาเลือกประเภทเอกสาร"),
        ("expected", "99999", "แลกบัตรหรือยกเลิกไปแล้ว"),
        ("leader", "99999", "ไม่ใช่หัวหน้ากลุ่ม"),
        ("first_name", "ก" * 300, "กรอกได้ไม่เกิน"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    desk: FlaskClient, field: str, value: str, said: str
) -> None:
    """A sentence in Thai in the summary; no traceback, nothing lent."""
    answer = send(desk, "/desk/visitors", **filled(59, **{field: value}))

    assert answer.status_code == 200
    assert said in answer.text
    assert 'data-testid="error-summary"' in answer.text
    if field != "host_unit":
        assert 'value="กองกลาง"' in answer.text
    assert (
        "free"
        in desk.post(
            "/desk/visitors/tap", json={"card": "59"}, headers={"X-CSRFToken": token(desk)}
        ).json.values()
    )  # type: ignore[union-attr]


def test_a_tap_tells_what_a_card_is(house: Any, desk: FlaskClient) -> None:
    """Free, lent or unknown, without changing anything."""
    _, card = lend(desk)

    states = [
        house.post(desk, "/desk/visitors/tap", {"card": text}).json["state"]
        for text in (tag(card), "58", "em4100:0000000000")
    ]

    assert states == ["lent", "free", "unknown"]


def test_lost_extended_and_called_from_the_list(house: Any, desk: FlaskClient) -> None:
    """Each is an act of one key; the lost card is refused as lost."""
    visit, card = lend(desk)
    send(desk, f"/desk/visitors/{visit}/extend")
    send(desk, f"/desk/visitors/{visit}/call")

    send(desk, f"/desk/visitors/{visit}/lost", document_back="no", note="ทำหาย")

    page = desk.get(f"/desk/visitors/{visit}").text
    assert 'data-state="lost"' in page
    assert "ทำหาย" in page
    until(lambda: reason_at(house, card) == "lost")
    again = send(desk, f"/desk/visitors/{visit}/extend")
    assert "แจ้งบัตรหายแล้ว" in desk.get(again.headers["Location"]).text


def test_a_group_is_entered_lent_and_taken_back(house: Any, desk: FlaskClient) -> None:
    """Members stand on the form, get their cards one by one, and all come back in one act."""
    leader, _ = lend(desk, members="นายหนึ่ง สอง\nMs. Ann Lee")
    page = desk.get(f"/desk/visitors?done={leader}&was=opened").text
    members = [int(n) for n in re.findall(r'name="expected" value="(\d+)"', page)]
    for member in members:
        card = next(CARDS)
        given = {"purpose": "meeting", "host_unit": "กองกลาง", "document_kind": "national_id"}
        answer = send(desk, "/desk/visitors", expected=member, card=str(card), **given)
        assert answer.status_code == 302, answer.text

    back = send(desk, f"/desk/visitors/{members[0]}/return", group="1")

    assert len(members) == 2
    assert re.search(r"slot=\d+", back.headers["Location"])
    with house.database.reading() as session:
        assert [act[2] for act in latest_acts(session, 30)].count("visit.close") >= 3


def test_the_watchlist_stops_the_desk_with_an_instruction_and_no_reason(
    house: Any, desk: FlaskClient
) -> None:
    """The desk is told what to do; why, it is not told."""
    draft = watchlist.EntryDraft(
        WatchKind.PERSON, "เหตุลับสุดยอด", "แจ้งหัวหน้าเวร ช่อง ว.5", name="ปีศาจ ในระบบ"
    )
    with house.database.session() as session:
        watchlist.add(session, house.services.vault, draft, actor="admin", now=time.time())

    answer = send(desk, "/desk/visitors", **filled(57, first_name="นายปีศาจ ในระบบ"))

    assert 'data-testid="halted"' in answer.text
    assert "แจ้งหัวหน้าเวร ช่อง ว.5" in answer.text
    assert "เหตุลับสุดยอด" not in answer.text
    assert re.search(r'name="expected" value="\d+"', answer.text), "a second try is another visit"
    with house.database.reading() as session:
        acts = [act[2] for act in latest_acts(session, 10)]
    assert {"watch.exact", "visit.halt"} <= set(acts)


def test_who_is_announced_stands_on_the_desk_s_page(house: Any, desk: FlaskClient) -> None:
    """A protocol officer announces, the desk exchanges; a wrong date is said."""
    host = house.client("protocol")
    about = {"first_name": "นางแก้วตา มาดี", "purpose": "courtesy_call", "host_name": "ปลัด"}
    wrong = send(host, "/visits/expected/new", day="32/13/2569", **about)
    today = datetime.now(ZoneInfo("Asia/Bangkok"))
    day = f"{today:%d/%m/}{today.year + 543}"
    late = send(host, "/visits/expected/new", day=day, clock="25:00", **about)

    made = send(host, "/visits/expected/new", day=day, clock="23:59", **about)

    assert "อ่านวันที่" in wrong.text
    assert "ตัวอย่าง 09:30" in late.text
    assert made.status_code == 302, made.text
    assert "นางแก้วตา มาดี" in desk.get("/desk/visitors").text
    assert "นางแก้วตา มาดี" in host.get("/visits/expected").text


def test_the_identity_card_fills_the_form_or_says_why_not(
    house: Any, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the node as the page gets it; no photo, no address."""
    by_hand = house.post(desk, "/desk/visitors/id-card?desk=front", {}).json
    card = IdCard("1101700203441", "นาย", "สมชาย", "ใจดี", "Mr. Somchai Jaidee")
    monkeypatch.setattr(
        type(house.services.link), "read_id_card", lambda *_: IdCardAnswer(card=card)
    )

    read = house.post(desk, "/desk/visitors/id-card?desk=front", {}).json

    assert (by_hand["result"], bool(by_hand["message"])) == ("by_hand", True)
    assert read == {
        "result": "read", "number": "1101700203441", "title": "นาย", "first_name": "สมชาย",
        "last_name": "ใจดี", "name_latin": "Mr. Somchai Jaidee", "known": False,
    }  # fmt: skip


def test_whoever_was_here_before_is_known_by_the_document(house: Any, desk: FlaskClient) -> None:
    """What was said then is offered; an impossible number is said."""
    number = next(NUMBERS)
    _, card = lend(desk, document_number=number, organisation="กรมหนึ่ง")
    send(desk, "/desk/visitors/return", card=str(card))

    ask = {"kind": "passport", "number": number}
    known = house.post(desk, "/desk/visitors/known", ask).json
    wrong = house.post(desk, "/desk/visitors/known", {"kind": "national_id", "number": "12"}).json

    assert (known["known"], known["last"]["organisation"]) == (True, "กรมหนึ่ง")
    assert (wrong["known"], "13" in wrong["message"]) == (False, True)


def test_the_day_s_record_is_paper_and_workbook_and_is_recorded(
    house: Any, desk: FlaskClient
) -> None:
    """Every visit with its card and its document's tail; what looks like a formula is text."""
    lend(desk, first_name="=1+1 สูตร", document_number="ZZ987654")

    paper = desk.get("/desk/visitors/record.pdf")
    book = desk.get("/desk/visitors/record.xlsx")

    pages = pypdf.PdfReader(io.BytesIO(paper.data)).pages
    assert paper.content_type == "application/pdf"
    assert len(pages) >= 1
    sheet = openpyxl.load_workbook(io.BytesIO(book.data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any("=1+1" in str(cell.value) for cell in cells)
    assert any("…7654" in str(cell.value) for cell in cells)
    assert not any("ZZ987654" in str(cell.value) for cell in cells)
    with house.database.reading() as session:
        acts = [(act[1], act[2]) for act in latest_acts(session, 5)]
    assert acts.count(("desk", "visit.record")) == 2


@pytest.mark.parametrize("day", ["", "22/11/2569", "๒๒ พ.ย. ๒๕๖๙", "not a day"])
def test_the_record_of_any_day_can_be_looked_at(desk: FlaskClient, day: str) -> None:
    """What is no day is said, on the page and for the file."""
    page = desk.get("/desk/visitors/record", query_string={"day": day})
    file = desk.get("/desk/visitors/record.pdf", query_string={"day": day})

    assert page.status_code == 200
    assert ("ไม่ใช่วันที่" in page.text) == (day == "not a day")
    assert file.status_code == (422 if day == "not a day" else 200)


def test_cards_are_taken_in_retired_and_given_another_tag(house: Any) -> None:
    """By those who may; the next number is offered."""
    issuer = house.client("issuer")
    assert 'value="060"' in issuer.get("/desk/visitors/cards").text
    added = send(issuer, "/desk/visitors/cards", number="060", credential=tag(60))
    twice = send(issuer, "/desk/visitors/cards", number="061", credential=tag(60))
    random = send(issuer, "/desk/visitors/cards", number="061", credential="uid:08112233")

    send(issuer, "/desk/visitors/cards/060/retire")
    again = send(issuer, "/desk/visitors/cards/060/replace", credential=tag(61))

    assert added.status_code == again.status_code == 302
    assert "แท็กนี้เป็นของบัตรผู้มาติดต่อหมายเลข 060" in twice.text
    assert "แท็กนี้ให้หมายเลขสุ่ม" in random.text
    assert 'data-card="060" data-state="free"' in issuer.get("/desk/visitors/cards").text
    assert send(house.client("desk"), "/desk/visitors/cards/060/retire").status_code == 403


def test_the_api_lends_lists_and_takes_back(house: Any) -> None:
    """The same rules with a token; the document's number is in no answer."""
    client, headers = house.app.test_client(), house.api("desk")
    number, card = next(NUMBERS), next(CARDS)
    body = {
        "card": tag(card), "name": "Mr. John Smith", "purpose": "delivery",
        "document_kind": "passport", "document_number": number, "host_unit": "กองกลาง",
    }  # fmt: skip

    made = client.post("/api/v1/visits", json=body, headers=headers)
    twice = client.post(
        "/api/v1/visits", json=body | {"document_number": next(NUMBERS)}, headers=headers
    )
    listed = client.get("/api/v1/visits?q=smith", headers=headers)
    back = client.post(f"/api/v1/visits/{made.json['id']}/return", json={}, headers=headers)
    gone = client.post(f"/api/v1/visits/{made.json['id']}/return", json={}, headers=headers)

    assert made.status_code == 200, made.text
    assert (made.json["state"], made.json["card"]) == ("open", f"{card:03d}")
    assert number not in made.text + listed.text + back.text
    assert twice.status_code == 422
    assert [visit["id"] for visit in listed.json["visits"]] == [made.json["id"]]
    assert back.json["slot"] == made.json["slot"]
    assert gone.status_code == 422


@pytest.mark.parametrize("path", ["/api/v1/visits/0/return", "/api/v1/visits/x/return"])
def test_a_visit_that_is_not_there_is_not_found(house: Any, path: str) -> None:
    """A problem document, no defect."""
    answer = house.app.test_client().post(path, json={}, headers=house.api("desk"))

    assert answer.status_code == 404


def test_the_api_says_when_the_shift_leader_is_to_be_called(house: Any) -> None:
    """409 with the instruction; the visit that waits is named."""
    draft = watchlist.EntryDraft(WatchKind.PERSON, "ลับ", "โทร 1234", name="Evil Person")
    with house.database.session() as session:
        watchlist.add(session, house.services.vault, draft, actor="admin", now=time.time())
    body = {
        "card": "56", "name": "Evil Person", "name_latin": "Evil Person", "purpose": "press",
        "document_kind": "passport", "document_number": next(NUMBERS), "host_unit": "x",
    }  # fmt: skip

    answer = house.app.test_client().post("/api/v1/visits", json=body, headers=house.api("desk"))

    assert answer.status_code == 409
    assert (answer.json["code"], answer.json["detail"]) == ("watch_stop", "โทร 1234")
    assert answer.json["visit"] > 0


def test_the_api_is_described(house: Any) -> None:
    """Routes, bodies and who may."""
    paths = house.app.test_client().get("/api/v1/openapi.json").json["paths"]

    assert set(paths["/api/v1/visits"]) == {"get", "post"}
    assert Role.DESK.value in paths["/api/v1/visits/{visit_id}/return"]["post"]["x-roles"]


def test_the_lists_fit_the_search(desk: FlaskClient) -> None:
    """By name without its title, by card, by unit; what is not there is said."""
    _, card = lend(desk, first_name="นางสาวลำดวน หายาก")

    pages = [desk.get("/desk/visitors/lists", query_string={"q": q}).text for q in
             ("ลำดวน", "นางสาวลำดวน หายาก", f"{card:03d}", "ไม่มีใครชื่อนี้")]  # fmt: skip

    assert ["ลำดวน" in page for page in pages[:3]] == [True] * 3
    assert "ลำดวน" not in pages[3]


def test_the_gate_is_told_whom_a_visitor_comes_to_see_and_where(
    house: Any, desk: FlaskClient
) -> None:
    """In the verdict's holder, out of the gate's own copy."""
    _, card = lend(desk, host_name="คุณวันดี", host_unit="กองกลาง", place="ตึก 2 ห้อง 201")
    until(lambda: house.services.link.explain(tag(card), "in-1").decision.reason == "granted")

    holder = house.services.link.explain(tag(card), "in-1").holder

    assert holder.host == "คุณวันดี · กองกลาง"
    assert holder.place == "ตึก 2 ห้อง 201"
