"""The pages of personal data: who may see and do what, and what they answer."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from gatekeeper.db.audit import acts
from gatekeeper.db.tables import Person
from gatekeeper.kinds_office import Purpose
from gatekeeper.office import holders
from gatekeeper.office.holders import PersonDraft


def post(client: Any, url: str, **form: str) -> Any:
    """Send a form as a page does."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post(url, data={"csrf_token": token[1], **form})


def add(house: Any, last: str) -> int:
    """Somebody on record, just now."""
    draft = PersonDraft(first_name="มานี", last_name=last, purpose=Purpose.VISITOR)
    with house.database.session() as session:
        vault = house.services.vault
        return holders.add_person(session, draft, vault=vault, actor="desk", now=time.time())


@pytest.mark.parametrize("role", ["guard", "protocol", "desk", "issuer"])
def test_only_admins_and_auditors_look_after_personal_data(house: Any, role: str) -> None:
    client = house.client(role)

    for url in ("/privacy", "/privacy/record", "/privacy/people/1"):
        assert client.get(url).status_code == 403


def test_the_overview_tells_tonight_and_an_auditor_changes_nothing(house: Any) -> None:
    page = house.client("auditor").get("/privacy?lang=en")

    assert page.status_code == 200
    assert 'data-testid="due-visitor">0<' in page.text
    assert 'data-testid="endless"' in page.text  # the trial's gala has no end
    assert 'data-testid="save"' not in page.text
    assert post(house.client("auditor"), "/privacy/retention", staff="10").status_code == 403


def test_days_are_saved_and_a_wrong_number_is_said_at_its_field(house: Any) -> None:
    saved = post(house.client("admin"), "/privacy/retention", staff="731")
    wrong = post(house.client("admin"), "/privacy/retention", staff="0")
    none = post(house.client("admin"), "/privacy/retention", staff="ยาว")

    assert (saved.status_code, wrong.status_code, none.status_code) == (302, 422, 422)
    assert 'id="staff-error"' in wrong.text
    assert 'value="731"' in house.client("admin").get("/privacy").text


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_record_of_processing_is_a_page_that_prints(house: Any, lang: str) -> None:
    page = house.client("auditor").get(f"/privacy/record?lang={lang}").text

    assert page.count('aria-labelledby="purpose-') == len(Purpose)
    assert "css/print.css" in page


def test_a_copy_needs_a_reason_and_is_a_file(house: Any) -> None:
    who = add(house, "ขอสำเนา")
    client = house.client("auditor")

    without = post(client, f"/privacy/people/{who}/export")
    answer = post(client, f"/privacy/people/{who}/export", reason="คำขอ 12")

    assert without.status_code == 422
    assert 'href="#reason"' in without.text
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{who}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.data)["person"][0]["last_name"] == "ขอสำเนา"
    with house.database.reading() as session:
        (act,) = acts(session, action="privacy.export", subject=f"person:{who}")
    assert act.actor == "auditor"


def test_erasing_is_an_administrator_s_and_leaves_nobody(house: Any) -> None:
    who = add(house, "ขอให้ลบ")

    assert (
        post(house.client("auditor"), f"/privacy/people/{who}/erase", reason="x").status_code == 403
    )
    answer = post(house.client("admin"), f"/privacy/people/{who}/erase", reason="คำขอ 13")

    assert answer.status_code == 302
    with house.database.reading() as session:
        assert session.get_one(Person, who).last_name == ""
    for url in (f"/privacy/people/{who}", "/privacy/people/999999"):
        assert house.client("admin").get(url).status_code == 404
