"""The watchlist's pages: who sees them, adding, questions, and a removal that needs two people."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from sqlalchemy import insert, select

from gatekeeper.db import users
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.tables import Approval, Person, WatchEntry, WatchHit
from gatekeeper.errors import UserError
from gatekeeper.office import approvals
from gatekeeper.thai import search_form

CARD = "uid:04112233445566"


@pytest.fixture(scope="module")
def people(house: Any) -> dict[str, int]:
    """Two on record: one with a name that is watched for below, one with a name alike."""
    found = {}
    with house.database.session() as session:
        for first, last in (("ประเสริฐ", "มั่นคง"), ("ประเสรฐ", "มั่นคง")):
            search = f" {search_form(f'{first} {last}')}  "
            row = {"first_name": first, "last_name": last, "search": search}
            found[first] = session.execute(insert(Person).returning(Person.id), row).scalar_one()
        admin = users.add_user(session, "chief", "a long trial pass word", users.Role.ADMIN)
    house.accounts["chief"] = admin
    return found


def post(client: Any, url: str, **form: str) -> Any:
    """Send a form as a page does."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post(url, data={"csrf_token": token[1], **form})


def add_person(house: Any, name: str) -> int:
    """An entry for a name, through the page; its number."""
    answer = post(
        house.client("admin"),
        "/watchlist/new/person",
        name=name,
        reason="หมายจับ",
        instruction="โทร 1234",
    )
    assert answer.status_code == 302, answer.text
    return int(re.findall(r"/watchlist/(\d+)", answer.location)[0])


@pytest.mark.parametrize("role", ["guard", "protocol", "desk", "issuer"])
def test_only_named_roles_see_anything_of_it(house: Any, role: str) -> None:
    client = house.client(role)

    for url in ("/watchlist", "/watchlist/1", "/watchlist/questions", "/watchlist/new/person"):
        assert client.get(url).status_code == 403
    assert "/watchlist" not in client.get("/").text


def test_an_auditor_reads_and_changes_nothing(house: Any, people: dict[str, int]) -> None:
    client = house.client("auditor")

    assert client.get("/watchlist").status_code == 200
    assert post(client, "/watchlist/new/person", name="x", reason="y").status_code == 403


def test_each_look_at_the_list_is_on_record(house: Any) -> None:
    house.client("auditor").get("/watchlist")

    with house.database.reading() as session:
        _, actor, action, subject, _ = latest_acts(session, 1)[0]
    assert (actor, action, subject) == ("auditor", "watch.read", "list")


def test_an_entry_meets_who_is_on_record_and_asks_about_who_is_alike(
    house: Any, people: dict[str, int]
) -> None:
    entry = add_person(house, "นายประเสริฐ มั่นคง")
    page = house.client("admin").get(f"/watchlist/{entry}?lang=en").text
    questions = house.client("admin").get("/watchlist/questions?lang=en").text

    assert "The same" in page
    assert "Alike, 9" in page
    assert questions.count('data-testid="question"') == 1
    assert "ประเสรฐ มั่นคง" in questions

    with house.database.reading() as session:
        near = select(WatchHit.id).where(WatchHit.match == "near")
        hit = session.scalars(near).one()
    without = post(house.client("admin"), f"/watchlist/hits/{hit}", **{f"hit{hit}-same": "no"})
    assert without.status_code == 422
    assert 'data-testid="error-summary"' in without.text

    done = post(
        house.client("admin"),
        f"/watchlist/hits/{hit}",
        **{f"hit{hit}-same": "no", f"hit{hit}-note": "คนละคน ตรวจบัตรแล้ว"},
    )
    assert done.status_code == 302
    with house.database.reading() as session:
        assert session.get_one(WatchHit, hit).state == "dismissed"


@pytest.mark.parametrize(
    ("kind", "form", "field"),
    [
        ("person", {"reason": "หมายจับ"}, "name"),
        ("person", {"name": "ก ข"}, "reason"),
        ("document", {"reason": "หาย"}, "document_number"),
        ("plate", {"reason": "ถูกขโมย"}, "plate"),
        ("credential", {"reason": "หาย", "credential": "xyz"}, "credential"),
        ("person", {"name": "ก ข", "reason": "r", "until": "32/13/2569"}, "until"),
        ("person", {"name": "ก" * 201, "reason": "r"}, "name"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    house: Any, kind: str, form: dict[str, str], field: str
) -> None:
    answer = post(house.client("admin"), f"/watchlist/new/{kind}", **form)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text


def test_an_unknown_kind_or_entry_is_not_found(house: Any) -> None:
    client = house.client("admin")

    assert [client.get(url).status_code for url in ("/watchlist/new/x", "/watchlist/999")] == [
        404,
        404,
    ]


def test_a_removal_needs_two_people(house: Any, people: dict[str, int]) -> None:
    """Who asked cannot decide; until somebody else has, the entry stays in force."""
    answer = post(house.client("admin"), "/watchlist/new/credential", credential=CARD, reason="หาย")
    entry = int(answer.location.split("/")[-1].partition("?")[0])

    asked = post(house.client("admin"), f"/watchlist/{entry}/remove", reason="พบบัตรแล้ว")
    again = post(house.client("admin"), f"/watchlist/{entry}/remove", reason="พบบัตรแล้ว")

    assert (asked.status_code, again.status_code) == (302, 422)
    with house.database.session() as session:
        assert session.get_one(WatchEntry, entry).removed_at is None
        request = session.scalars(select(Approval.id).order_by(Approval.id.desc())).first()
        assert request is not None
        decision = {"approve": True, "reason": "", "role": "admin", "now": time.time()}
        with pytest.raises(UserError, match="another person"):
            approvals.decide(session, request, actor="admin", **decision)
        approvals.decide(session, request, actor="chief", **decision)
        assert session.get_one(WatchEntry, entry).removed_at is not None


def test_programs_read_add_and_ask_for_a_removal(house: Any) -> None:
    """The same rules as on the pages; a document's number is not given back."""
    client, headers = house.app.test_client(), house.api("admin")
    body = {"kind": "document", "document_number": "1-1037-02071-81-1", "reason": "หาย"}

    made = client.post("/api/v1/watchlist", json=body, headers=headers)
    listed = client.get("/api/v1/watchlist", headers=house.api("auditor")).json["entries"]
    url = f"/api/v1/watchlist/{made.json['id']}/removal"
    asked = client.post(url, json={"reason": "พบแล้ว"}, headers=headers)

    assert (made.status_code, made.json["document_tail"]) == (200, "1811")
    assert "1103702071811" not in made.text + json.dumps(listed)
    assert listed[0]["id"] == made.json["id"]
    assert (asked.status_code, asked.json["state"]) == (200, "open")
    assert client.post(url, json={"reason": "อีก"}, headers=headers).status_code == 422
    missing = client.post("/api/v1/watchlist/999999/removal", json={"reason": "x"}, headers=headers)
    assert missing.status_code == 404
