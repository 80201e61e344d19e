"""The pass office's pages and API: who may, what is refused and how it is said."""

from __future__ import annotations

import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gatekeeper.db.tables import PassClass, Person
from gatekeeper.kinds_office import Act
from gatekeeper.office import passes
from gatekeeper.office.pass_classes import contrast

ZONE = ZoneInfo("Asia/Bangkok")


def person(house: Any, name: str) -> int:
    """Somebody on record."""
    with house.database.session() as session:
        row = Person(title="นาย", first_name=name, last_name="ใจดี", purpose="staff")
        session.add(row)
        session.flush()
        return row.id


def asked(house: Any, name: str, by: str = "desk") -> str:
    """A pass that is asked for."""
    who = person(house, name)
    with house.database.session() as session:
        return passes.request_pass(
            session, "official", person_id=who, actor=by, now=time.time(), zone=ZONE
        )


def form(client: Any, url: str, **values: str) -> Any:
    """Send a form as a browser does."""
    import re

    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert found is not None
    return client.post(url, data={"csrf_token": found[1], **values})


def test_a_pass_is_asked_for_checked_and_approved_by_three(house: Any) -> None:
    """The page itself offers no button to whoever had a hand in it; the server refuses, too."""
    who = person(house, "สาม")
    made = form(
        house.client("desk"), "/passes/new", person=str(who), class_id="official", reason="ใหม่"
    )
    assert made.status_code == 302
    page = made.headers["Location"].partition("?")[0]
    issuer, admin = house.client("issuer"), house.client("admin")
    assert form(issuer, f"{page}/acts", act="check").status_code == 302
    again = form(issuer, f"{page}/acts", act="approve")
    assert again.status_code == 422
    assert "ผู้ตรวจสอบจะอนุมัติเองไม่ได้" in again.text
    assert form(admin, f"{page}/acts", act="approve").status_code == 302
    assert "รอจัดทำ" in admin.get(page).text


def test_two_steps_are_one_transaction(house: Any) -> None:
    """Handed over and put in force, or neither."""
    pass_id = asked(house, "สอง")
    with house.database.session() as session:
        for act, actor in [(Act.CHECK, "issuer"), (Act.APPROVE, "admin"), (Act.MAKE, "issuer")]:
            passes.step(session, pass_id, act, actor=actor, now=time.time())
    issuer = house.client("issuer")
    bad = form(issuer, f"/passes/{pass_id}/acts", act=["hand_over", "resume"])  # type: ignore[arg-type]
    assert bad.status_code == 422
    assert 'data-state="made"' in issuer.get(f"/passes/{pass_id}").text
    good = form(issuer, f"/passes/{pass_id}/acts", act=["hand_over", "activate"])  # type: ignore[arg-type]
    assert good.status_code == 302
    assert 'data-state="active"' in issuer.get(f"/passes/{pass_id}").text


@pytest.mark.parametrize(
    "path",
    ["/passes", "/passes?queue=to-check", "/passes?q=%25&state=x&unit=%D9%A1&offset=-1",
     "/passes/bulk", "/passes/enrol", "/admin/classes", "/admin/classes/press",
     "/admin/classes/new", "/ui/passes/next"],
)  # fmt: skip
def test_every_page_opens_in_both_languages(house: Any, path: str) -> None:
    """Whatever is in the address."""
    admin = house.client("admin")
    for lang in ("th", "en"):
        joint = "&" if "?" in path else "?"
        assert admin.get(f"{path}{joint}lang={lang}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/passes/nothing", "/passes/bulk/999", "/admin/classes/none", "/passes/new?person=9e9"]
)
def test_what_is_not_there_is_not_found(house: Any, path: str) -> None:
    """A page that says so."""
    assert house.client("admin").get(path).status_code == 404


def test_a_guests_pass_is_not_the_pass_offices(house: Any) -> None:
    """It is on its event's list, not here."""
    pass_id = house.passes["1"]
    assert house.client("issuer").get(f"/passes/{pass_id}").status_code == 404
    answer = house.app.test_client().get(f"/api/v1/passes/{pass_id}", headers=house.api("issuer"))
    assert answer.status_code == 404


def test_a_class_is_changed_only_into_one_that_can_be_read(house: Any) -> None:
    """The contrast is computed; areas and names reach the gates."""
    admin = house.client("admin")
    with house.database.reading() as session:
        press = session.get_one(PassClass, "press")
        values = {
            "name_th": press.name_th, "name_en": press.name_en, "kind": press.kind,
            "letters": press.prefix, "legal_basis": press.legal_basis, "purpose": press.purpose,
            "employment": press.employment, "validity": press.validity, "validity_days": "365",
            "renewal_approval": "y", "layout": press.layout, "retention_days": "365",
            "active": "y", "rank": "80", "colour": "#B23A48",
        }  # fmt: skip
    for wrong in (
        {"ink": "#B23A49"},
        {"ink": "white"},
        {"ink": "#FFFFFF", "letters": "OF"},
        {"ink": "#FFFFFF", "legal_basis": ""},
        {"ink": "#FFFFFF", "validity": "for ever"},
        {"ink": "#FFFFFF", "kind": "vehicle"},
    ):
        refused = form(admin, "/admin/classes/press", **(values | wrong))
        assert refused.status_code == 422, wrong
        assert "error-summary" in refused.text
    saved = form(admin, "/admin/classes/press", **(values | {"ink": "#FFFFFF", "zones": "gala, x"}))
    assert saved.status_code == 302
    with house.database.reading() as session:
        assert session.get_one(PassClass, "press").zones == ["gala", "x"]


def test_every_shipped_class_can_be_read(house: Any) -> None:
    """Band and text."""
    with house.database.reading() as session:
        found = session.query(PassClass).all()
        assert len(found) == 13
        assert [c.id for c in found if contrast(c.colour, c.ink) < 4.5] == []
    assert round(contrast("#000000", "#FFFFFF")) == 21


class TestApi:
    """/api/v1/passes."""

    def call(self, house: Any, method: str, path: str, role: str = "issuer", **more: Any) -> Any:
        """One request with a token of `role`."""
        client = house.app.test_client()
        return client.open(f"/api/v1{path}", method=method, headers=house.api(role), **more)

    def test_a_pass_is_asked_for_found_and_stepped_on(self, house: Any) -> None:
        """By tokens whose names are different people's."""
        who = person(house, "เอพีไอ")
        made = self.call(
            house, "POST", "/passes", json={"class_id": "official", "person_id": who}
        ).json
        pass_id = made["pass"]["id"]
        assert (made["pass"]["state"], made["acts"]) == ("requested", ["check", "refuse"])
        own = self.call(house, "POST", f"/passes/{pass_id}/acts", json={"act": "check"})
        assert own.status_code == 422
        assert "another officer" in own.json["detail"]
        checked = self.call(
            house, "POST", f"/passes/{pass_id}/acts", "admin", json={"act": "check"}
        )
        assert checked.json["pass"]["state"] == "checked"
        assert [line["act"] for line in checked.json["history"]] == ["check", "request"]
        found = self.call(house, "GET", f"/passes?q={made['pass']['number']}", "auditor").json
        assert [each["id"] for each in found["passes"]] == [pass_id]

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", "/passes", {"class_id": "nothing", "person_id": 1}, 422),
            ("POST", "/passes", {"class_id": "official"}, 422),
            ("POST", "/passes", {"class_id": "official", "person_id": 2**60}, 422),
            (
                "POST",
                "/passes",
                {"class_id": "official", "person_id": 9, "valid_from": 1e308},
                422,
            ),
            ("POST", "/passes", "no object", 422),
            ("POST", "/passes/nothing/acts", {"act": "check"}, 404),
            ("POST", "/passes/nothing/acts", {"act": "fly"}, 422),
            ("GET", "/passes/nothing", None, 404),
            ("GET", "/passes?state=well", None, 422),
            ("GET", "/passes?limit=100000", None, 422),
            ("GET", "/passes?offset=%D9%A1", None, 422),
        ],
    )
    def test_what_cannot_be_is_a_problem(
        self, house: Any, method: str, path: str, body: Any, status: int
    ) -> None:
        """Never a fault of the server."""
        answer = self.call(house, method, path, json=body)
        assert answer.status_code in (status, 400), answer.text
        assert answer.content_type == "application/problem+json"

    @pytest.mark.parametrize("role", ["guard", "protocol", "desk"])
    def test_others_are_kept_out(self, house: Any, role: str) -> None:
        """Names and numbers of passes are need to know."""
        assert self.call(house, "GET", "/passes", role).status_code == 403
