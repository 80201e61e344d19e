"""Administration in a browser's words: accounts, links, codes, approvals, tokens, the record."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pyotp
import pytest

from gatekeeper.db import audit, tokens, user_admin, users
from gatekeeper.db.users import Role
from gatekeeper.office import approvals
from gatekeeper.web.pages import second

PASSWORD = "a long trial pass word"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, start: Any, settings_text: str) -> Any:
    """A site of this module's own: accounts are changed here."""
    data: Path = tmp_path_factory.mktemp("control")
    with start(data, settings_text) as (built, _):
        with built.database.session() as session:
            # Two more administrators, so that each test has two people.
            for name in ("anan", "busaba"):
                account = users.add_user(session, name, PASSWORD, Role.ADMIN)
                built.accounts[name] = account
        yield built


@pytest.fixture(autouse=True)
def fresh_tries() -> None:
    """Wrong codes of one test are not those of the next."""
    second.tries._failed.clear()


def token_of(client: Any) -> str:
    """The form's token of this browser."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert found is not None
    return found[1]


def send(client: Any, url: str, **fields: Any) -> Any:
    """POST a form."""
    return client.post(url, data={"csrf_token": token_of(client), **fields})


def sign_in(house: Any, name: str, password: str = PASSWORD) -> tuple[Any, Any]:
    """A browser after the password, and the answer."""
    client = house.app.test_client()
    data = {"csrf_token": token_of(client), "username": name, "password": password}
    address = f"198.51.100.{sign_in.number % 250 + 1}"  # type: ignore[attr-defined]
    sign_in.number += 1  # type: ignore[attr-defined]
    where = {"REMOTE_ADDR": address}
    return client, client.post("/login", data=data, environ_overrides=where)


sign_in.number = 0  # type: ignore[attr-defined]


def account(house: Any, name: str) -> users.Account:
    """As it is now."""
    with house.database.reading() as session:
        found = users.user_by_name(session, name)
    assert found is not None
    return found


def device(client: Any) -> pyotp.TOTP:
    """What a person types into an app from the page of the enrolment."""
    found = re.search(r'data-testid="secret">([A-Z2-7 ]+)<', client.get("/login/enrol").text)
    assert found is not None
    return pyotp.TOTP(found[1].replace(" ", ""))


def test_an_administrator_sets_up_codes_before_anything_else(house: Any) -> None:
    """Password, picture, code, recovery codes; then signed in; next time a code is asked for."""
    client, answer = sign_in(house, "anan")
    assert answer.headers["Location"] == "/login/enrol"
    assert client.get("/admin").status_code == 302
    assert client.get("/").headers["Location"].startswith("/login")
    picture = client.get("/login/enrol/qr.svg")
    assert (picture.status_code, picture.content_type) == (200, "image/svg+xml")
    assert picture.headers["Cache-Control"] == "no-store"
    app = device(client)
    assert app.secret == device(client).secret, "a reload shows the same secret"

    assert send(client, "/login/enrol", code="000000").status_code == 401
    used = int(time.time())
    done = send(client, "/login/enrol", code=app.at(used))

    assert done.status_code == 200
    codes = re.findall(r"<li>([A-Z2-9]{5}-[A-Z2-9]{5})</li>", done.text)
    assert len(codes) == 10
    assert client.get("/admin").status_code == 200
    assert client.get("/login/enrol/qr.svg").status_code == 404
    again, answer = sign_in(house, "anan")
    assert answer.headers["Location"] == "/login/code"
    assert again.get("/login/enrol").headers["Location"] == "/login"
    assert send(again, "/login/code", code=app.at(used)).status_code == 401, "used at the enrolment"
    assert again.get("/admin").status_code == 302
    later = app.at(used + 30)
    entered = send(again, "/login/code", code=later)
    assert (entered.status_code, again.get("/admin").status_code) == (302, 200)
    third, _ = sign_in(house, "anan")
    assert send(third, "/login/code", code=codes[0].lower()).status_code == 302
    fourth, _ = sign_in(house, "anan")
    assert send(fourth, "/login/code", code=codes[0]).status_code == 401


def test_who_tries_codes_is_stopped_whatever_the_address(house: Any) -> None:
    """Five wrong ones; then even the right one waits."""
    client, _ = sign_in(house, "busaba")
    app = device(client)

    answers = [send(client, "/login/enrol", code="111111").status_code for _ in range(7)]

    assert answers == [401] * 5 + [429] * 2
    other, _ = sign_in(house, "busaba")
    assert send(other, "/login/enrol", code=app.now()).status_code == 429


def test_ordinary_roles_sign_in_by_password_alone(house: Any) -> None:
    """And it is noted when and from where."""
    client, answer = sign_in(house, "guard")

    assert answer.headers["Location"] == "/"
    assert client.get("/").status_code in (200, 302)
    found = account(house, "guard")
    assert found.last_sign_in_at is not None
    assert found.last_sign_in_from.startswith("198.51.100.")
    assert send(client, "/login/code", code="1").headers["Location"] == "/login"


def test_a_pending_sign_in_ends_with_time_and_with_the_account(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes; a new password or a disabled account end it at once."""
    client, _ = sign_in(house, "issuer")
    assert client.get("/login/enrol").status_code == 200
    with house.database.session() as session:
        users.set_password(session, "issuer", PASSWORD)
    assert client.get("/login/enrol").headers["Location"] == "/login"

    late, _ = sign_in(house, "issuer")
    monkeypatch.setattr(second, "PENDING_S", -1.0)
    assert late.get("/login/enrol").headers["Location"] == "/login"


def test_an_account_is_added_and_its_owner_sets_the_password(house: Any) -> None:
    """By a link that is shown once and good once."""
    admin = house.client("admin")
    page = send(
        admin, "/admin/users/new", name="chai", role="guard", display_name="ชัย", gates=["in-1"]
    )
    assert page.status_code == 200
    link = re.search(r'data-testid="link">http://localhost(/login/link/[^<]+)<', page.text)
    assert link is not None
    assert link[1] not in admin.get("/admin/users/chai").text

    owner = house.app.test_client()
    assert owner.get(link[1]).status_code == 200
    for password, again, status in (
        ("short", "short", 422),
        (PASSWORD, PASSWORD + "x", 422),
        (PASSWORD, PASSWORD, 302),
        (PASSWORD, PASSWORD, 404),
    ):
        assert send(owner, link[1], password=password, again=again).status_code == status

    assert sign_in(house, "chai")[1].headers["Location"] == "/"
    assert account(house, "chai").gates == ("in-1",)
    assert owner.get("/login/link/nothing").status_code == 404


def test_a_new_link_voids_the_older_one_and_time_voids_both(house: Any) -> None:
    """Three days; a disabled account has none."""
    now = time.time()
    with house.database.session() as session:
        old = user_admin.invite(session, "desk", now, "admin")
        new = user_admin.invite(session, "desk", now, "admin")
        assert user_admin.by_invite(session, old, now) is None
        assert user_admin.by_invite(session, new, now + user_admin.INVITE_S - 1) is not None
        assert user_admin.by_invite(session, new, now + user_admin.INVITE_S) is None
        users.disable_user(session, "desk")
        assert user_admin.by_invite(session, new, now) is None
        users.enable_user(session, "desk")


def test_a_role_is_changed_by_two(house: Any) -> None:
    """One asks, another approves; the session of the account ends with it."""
    first, second_ = house.client("admin"), house.client("busaba")
    with house.database.session() as session:
        house.accounts["dara"] = users.add_user(session, "dara", PASSWORD, Role.GUARD)
    theirs = house.client("dara")
    assert theirs.get("/checkpoint/in-1").status_code == 200
    refused = send(first, "/admin/users/dara/role", role="protocol", reason="")
    assert (refused.status_code, account(house, "dara").role) == (422, Role.GUARD)

    asked = send(first, "/admin/users/dara/role", role="protocol", reason="ย้ายงาน")
    assert asked.status_code == 302
    assert account(house, "dara").role is Role.GUARD
    assert 'data-testid="asked"' in first.get("/admin/users/dara").text
    twice = send(first, "/admin/users/dara/role", role="admin", reason="again")
    assert twice.status_code == 422
    with house.database.reading() as session:
        (request,) = [
            each
            for each in approvals.to_show(session, actor="x", role="admin")
            if each.subject == "user:dara"
        ]
    url = f"/admin/approvals/{request.id}"
    assert 'data-testid="waiting"' in second_.get("/admin").text
    assert send(first, url, answer="approve").status_code == 422, "who asked cannot decide"
    assert send(house.client("issuer"), url, answer="approve").status_code in (302, 422)
    assert account(house, "dara").role is Role.GUARD

    assert send(second_, url, answer="approve").status_code == 302

    assert account(house, "dara").role is Role.PROTOCOL
    assert theirs.get("/checkpoint/in-1").headers["Location"].startswith("/login")
    assert send(second_, url, answer="approve").status_code == 422


def test_an_account_of_a_strong_role_waits_for_a_second_person(house: Any) -> None:
    """Else one administrator could make another one and approve anything."""
    first, other = house.client("admin"), house.client("busaba")
    without = send(first, "/admin/users/new", name="ekachai", role="admin", reason="")
    assert without.status_code == 422
    made = send(first, "/admin/users/new", name="ekachai", role="admin", reason="ผู้ดูแลคนใหม่")
    assert 'data-testid="waits"' in made.text
    assert account(house, "ekachai").disabled
    with house.database.reading() as session:
        request = approvals.to_show(session, actor="x", role="admin")[0]

    send(other, f"/admin/approvals/{request.id}", answer="approve")

    assert not account(house, "ekachai").disabled
    assert send(other, "/admin/users/ekachai/disable").status_code == 302
    again = send(first, "/admin/users/ekachai/enable", reason="กลับมา")
    assert again.status_code == 302
    assert account(house, "ekachai").disabled, "enabling it needs two as well"


def test_disabling_is_in_force_with_the_answer(house: Any) -> None:
    """Nobody waits for half a second; nobody disables themselves."""
    with house.database.session() as session:
        house.accounts["fai"] = users.add_user(session, "fai", PASSWORD, Role.GUARD)
    theirs, admin = house.client("fai"), house.client("admin")
    socketio = house.app.extensions["socketio"]
    page = socketio.test_client(house.app, namespace="/live", flask_test_client=theirs)
    assert theirs.get("/checkpoint/in-1").status_code == 200
    assert page.is_connected("/live")

    assert send(admin, "/admin/users/fai/disable").status_code == 302

    assert theirs.get("/checkpoint/in-1").headers["Location"].startswith("/login")
    assert not page.is_connected("/live")
    assert send(admin, "/admin/users/admin/disable").status_code == 422
    assert send(admin, "/admin/users/fai/enable").status_code == 302
    assert not account(house, "fai").disabled, "an ordinary role is enabled by one"


def test_a_token_is_shown_once_and_ends_at_once(house: Any) -> None:
    """Its secret stands in one answer; revoked, it is refused with the next call."""
    admin = house.client("admin")
    made = send(admin, "/admin/tokens/new", name="scanner-x", role="guard", gate="in-1")
    secret = re.search(r'data-testid="secret">(gk_[^<]+)<', made.text)
    assert secret is not None
    headers = {"Authorization": f"Bearer {secret[1]}"}
    body = {"credential": "epc:000000000000000000000001", "nonce": "n" * 8}
    url = "/api/v1/gates/in-1/reads"
    caller = house.app.test_client()
    assert caller.post(url, json=body, headers=headers).status_code == 200
    assert caller.post(url.replace("in-1", "in-2"), json=body, headers=headers).status_code == 403
    assert secret[1] not in admin.get("/admin/tokens").text
    assert send(admin, "/admin/tokens/new", name="scanner-x", role="guard").status_code == 422
    assert send(admin, "/admin/tokens/new", name="a b", role="guard").status_code == 422

    send(admin, "/admin/tokens/scanner-x/revoke")

    assert caller.post(url, json=body, headers=headers).status_code == 401
    with house.database.reading() as session:
        assert tokens.token_by_secret(session, secret[1]) is None


def test_the_record_shows_before_beside_after_and_is_filtered(house: Any) -> None:
    """By who, what, whom and day; a wrong day is said, not passed over."""
    with house.database.session() as session:
        audit.record_act(
            session,
            "somsri",
            "pass.change",
            "pass:77",
            "แก้ชั้น <b>บัตร</b>",
            before={"class": "staff", "zones": ["a"], "same": 1},
            after={"class": "press", "zones": ["a", "b"], "same": 1},
        )
    auditor = house.client("auditor")

    page = auditor.get("/admin/audit?actor=somsri&action=pass&subject=pass:77").text

    assert page.count('class="act"') == 1
    assert "<td>staff</td><td>press</td>" in page
    assert "<td>[&#34;a&#34;]</td><td>[&#34;a&#34;,&#34;b&#34;]</td>" in page
    assert ">same<" not in page
    assert "<b>บัตร" not in page
    assert 'data-testid="proof"' in page
    assert 'class="act"' not in auditor.get("/admin/audit?actor=nobody").text
    assert 'class="act"' not in auditor.get("/admin/audit?actor=somsri&until=1/1/2560").text
    wrong = auditor.get("/admin/audit?since=never")
    assert (wrong.status_code, 'data-testid="error-summary"' in wrong.text) == (422, True)


def test_the_record_is_read_by_programs_too(house: Any) -> None:
    """In pages, described in the OpenAPI document, for auditors."""
    caller = house.app.test_client()

    first = caller.get("/api/v1/audit?limit=2", headers=house.api("auditor")).json
    rest = caller.get(f"/api/v1/audit?offset={first['next']}", headers=house.api("auditor")).json

    assert len(first["acts"]) == 2
    assert first["total"] == len(first["acts"]) + len(rest["acts"])
    assert first["acts"][0].keys() >= {"actor", "action", "before", "after", "journal_seq"}
    assert caller.get("/api/v1/audit", headers=house.api("guard")).status_code == 403
    assert "/api/v1/audit" in caller.get("/api/v1/openapi.json").json["paths"]


def test_a_demo_has_its_one_click_roles_without_codes(
    tmp_path: Path, start: Any, settings_text: str
) -> None:
    """On loopback; `web.require_totp` puts codes back."""
    with start(tmp_path, settings_text, demo=True) as (house, _):
        client = house.app.test_client()
        answer = send(client, "/login/demo", role="admin")

        assert answer.headers["Location"] == "/"
        assert client.get("/admin").status_code == 200
        assert sign_in(house, "issuer")[1].headers["Location"] == "/"
