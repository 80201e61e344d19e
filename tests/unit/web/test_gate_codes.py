"""A pass found at a gate by its number or the code on its badge: shown, never decided by it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from gatekeeper.credential import pass_number_in
from gatekeeper.db.engine import Database
from gatekeeper.db.passes import bind_credential
from gatekeeper.db.users import Role
from gatekeeper.errors import UserError
from gatekeeper.office.enrolment import look_at
from tests.unit.office.office_passes import add_badge, add_permit, pass_row
from tests.unit.web.conftest import wait_until


def asked(house: Any, text: str, role: str = "guard") -> list[dict[str, Any]]:
    """What the gate's search answers."""
    answer = house.client(role).get("/ui/gates/in-1/search", query_string={"q": text})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["results"]
    return found


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PR-000123", ("PR-000123", 1)),
        ("qr:PR-000123/2", ("PR-000123", 2)),
        ("QR: pr-000123/12", ("PR-000123", 12)),
        ("of ๑๒๓", ("OF-000123", 1)),
        ("62E3086CED", None),
        ("123", None),
        ("qr:GALA-2569-0001", None),
        ("PR-000123/", None),
    ],
)
def test_what_is_the_number_of_a_pass(text: str, due: tuple[str, int] | None) -> None:
    """As printed, as a badge's code says it, as people type it; cards and tickets are none."""
    assert pass_number_in(text) == due


def test_a_badge_s_code_shows_whose_it_is_and_what_its_tag_would_get(house: Any) -> None:
    """Holder, class, and the gate's own verdict in words; nothing is recorded."""
    pass_id = add_badge(house.database, "suspended", name="รหัส", photo="")
    number = pass_row(house.database, pass_id).number
    with house.database.session() as session:
        # What offices do through gatekeeper.office; here only so that the node hears of it.
        from gatekeeper.db.changes import record_change

        record_change(session, passes=[pass_id])
    # None: the gate could not be asked just then.
    wait_until(
        lambda: (asked(house, f"qr:{number}")[0]["would"] or {}).get("reason") == "suspended"
    )
    before = house.services.link.status().head

    found = asked(house, f"qr:{number}")

    assert [each["pass_id"] for each in found if each.get("by_number")] == [pass_id]
    assert found[0]["holder"]["name"] == "นายรหัส ใจดี"
    assert found[0]["holder"]["number"] == number
    assert found[0]["would"]["sentence"]["th"] == "บัตรถูกระงับ"
    assert found[0]["old_issue"] is False
    assert house.services.link.status().head == before


def test_a_badge_of_an_earlier_issue_is_told_from_the_present_one(house: Any) -> None:
    """The code of the first card, after a second was made; a typed number names no card."""
    pass_id = add_badge(house.database, "approved", issue=2)
    number = pass_row(house.database, pass_id).number

    assert asked(house, f"qr:{number}")[0]["old_issue"] is True
    assert asked(house, f"qr:{number}/2")[0]["old_issue"] is False
    assert asked(house, f"{number}/3")[0]["old_issue"] is True
    assert asked(house, str(number))[0]["old_issue"] is False


def test_a_vehicle_is_found_by_its_permit(house: Any) -> None:
    """It has a plate in place of a name."""
    pass_id = add_permit(house.database)
    found = asked(house, str(pass_row(house.database, pass_id).number))

    assert found[0]["pass_id"] == pass_id
    assert found[0]["holder"]["province"] == "กรุงเทพมหานคร"
    assert asked(house, "ZZ-999999") == []


def test_the_code_itself_opens_nothing(house: Any) -> None:
    """Held to a scanner at the gate it is an unknown card, though its pass is in force."""
    pass_id = add_badge(house.database, "active")
    number = pass_row(house.database, pass_id).number
    answer = house.app.test_client().post(
        "/api/v1/gates/in-1/reads",
        json={"credential": f"qr:{number}", "nonce": f"code-{number}"},
        headers=house.api("guard"),
    )

    assert answer.json["verdict"] == "denied"
    assert answer.json["reason"] == "unknown_credential"


def test_a_printed_code_is_never_bound(database: Database) -> None:
    """Of any class and any issue; a ticket's own text is none and may be."""
    pass_id = add_badge(database, "made")

    for code in ("qr:PR-000123", "qr:OF-000001/2"):
        with (
            database.session() as session,
            pytest.raises(UserError, match="on a badge") as refused,
        ):
            bind_credential(session, pass_id, code)
        assert refused.value.field == "credential"
        with database.reading() as session:
            assert look_at(session, code, 0.0).refusal

    with database.session() as session:
        bind_credential(session, pass_id, "qr:GALA-000123")


def test_a_class_shows_how_it_is_printed(house: Any) -> None:
    """Both faces, for administrators; what is no face or no class is not there."""
    client = house.client("admin")
    page = client.get("/admin/classes/press").text

    for face in ("front", "back"):
        address = f"/admin/classes/press/{face}.png"
        assert address in page
        answer = client.get(address)
        assert answer.content_type == "image/png"
        colours = Image.open(io.BytesIO(answer.data)).convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 10
    assert client.get("/admin/classes/press/side.png").status_code == 404
    assert client.get("/admin/classes/none/front.png").status_code == 404
    assert house.client(Role.AUDITOR.value).get(address).status_code == 403
    assert ".png" not in client.get("/admin/classes/new").text.split("<main", 1)[1]
