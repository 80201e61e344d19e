"""One's own account: nothing is changed without the present password, nothing stays half open."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pyotp
import pytest

from gatekeeper.db import user_admin, users
from gatekeeper.db.audit import latest_acts
from gatekeeper.db.users import Role
from gatekeeper.web.pages import own, second
from tests.unit.web.conftest import csrf

PASSWORD = "a long trial pass word"
NEW = "quite another pass word"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, start: Any, settings_text: str) -> Any:
    """A site of this module's own: accounts are changed here."""
    data: Path = tmp_path_factory.mktemp("own")
    with start(data, settings_text) as (built, _):
        yield built


@pytest.fixture(autouse=True)
def fresh_tries() -> None:
    """Wrong tries of one test are not those of the next."""
    second.tries._failed.clear()
    own.passwords._failed.clear()


_serial = iter(range(1, 250))


@pytest.fixture
def person(house: Any) -> str:
    """A guard of this test's own; the name."""
    name = f"guard{next(_serial)}"
    with house.database.session() as session:
        users.add_user(session, name, PASSWORD, Role.GUARD)
    return name


def send(client: Any, url: str, **fields: Any) -> Any:
    """POST a form."""
    return client.post(url, data={"csrf_token": csrf(client), **fields})


def sign_in(house: Any, name: str, password: str = PASSWORD, agent: str = "Firefox Linux") -> Any:
    """A browser that signed in on the page, from an address of its own."""
    client = house.app.test_client()
    form = {"csrf_token": csrf(client), "username": name, "password": password}
    where = {"REMOTE_ADDR": f"198.51.100.{next(_serial)}", "HTTP_USER_AGENT": agent}
    client.post("/login", data=form, environ_overrides=where)
    return client


def is_in(client: Any) -> bool:
    """Whether this browser is signed in."""
    return bool(client.get("/account").status_code == 200)


def acts_of(house: Any, name: str) -> list[str]:
    """What the record says this person did, the newest first."""
    with house.database.reading() as session:
        return [act.action for act in latest_acts(session, 200) if act.actor == name]


def set_up(client: Any, code: str = "", password: str = PASSWORD) -> tuple[pyotp.TOTP, list[str]]:
    """A device, set up on the pages; its app, and the recovery codes."""
    form = {"password": password, "code": code, "what": "device"}
    assert send(client, "/account/codes", **form).headers["Location"] == "/account/codes/device"
    page = client.get("/account/codes/device").text
    secret = re.search(r'data-testid="secret">([A-Z2-7 ]+)<', page)
    assert secret is not None
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    done = send(client, "/account/codes/device", code=app.now())
    assert done.status_code == 200
    return app, recovery(done.text)


def recovery(text: str) -> list[str]:
    """The codes on a page."""
    return re.findall(r"<li>([A-Z2-9]{5}-[A-Z2-9]{5})</li>", text)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_the_page_and_the_way_to_it(house: Any, role: str) -> None:
    """From the menu of any page."""
    client = house.client(role)

    assert 'href="/account"' in client.get("/account").text
    assert client.get("/account").headers["Cache-Control"] == "no-store"


def test_an_account_with_a_scope_has_it_too(house: Any, person: str) -> None:
    """It names neither gate nor event."""
    with house.database.session() as session:
        user_admin.set_scope(session, person, ["in-1"], None, "admin")

    assert is_in(sign_in(house, person))


def test_a_new_password_ends_every_other_session(house: Any, person: str) -> None:
    """This browser goes on; the old password is none any more."""
    here, there = sign_in(house, person), sign_in(house, person)

    done = send(here, "/account/password", old=PASSWORD, new=NEW, again=NEW)

    assert done.headers["Location"] == "/account?done=password"
    assert (is_in(here), is_in(there)) == (True, False)
    assert not is_in(sign_in(house, person))
    assert is_in(sign_in(house, person, NEW))
    assert "user.passwd" in acts_of(house, person)


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", NEW, NEW, "old"),
        ("", NEW, NEW, "old"),
        (PASSWORD, NEW, NEW + "x", "again"),
        (PASSWORD, PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "short", "new"),
        (PASSWORD, "x" * 5000, "x" * 5000, "new"),
    ],
)
def test_a_refused_password_is_told_at_its_field(
    house: Any, person: str, old: str, new: str, again: str, field: str
) -> None:
    """And nothing changes."""
    here, there = sign_in(house, person), sign_in(house, person)

    answer = send(here, "/account/password", old=old, new=new, again=again)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert (is_in(here), is_in(there)) == (True, True)


def test_who_guesses_at_an_open_screen_is_stopped(house: Any, person: str) -> None:
    """After five, even the right one waits; for codes as well."""
    client = sign_in(house, person)

    form = {"new": NEW, "again": NEW}
    tries = [send(client, "/account/password", old="no", **form).status_code for _ in range(6)]

    assert tries == [422] * 5 + [429]
    assert send(client, "/account/password", old=PASSWORD, **form).status_code == 429
    assert send(client, "/account/codes", password=PASSWORD).status_code == 429


def test_a_device_is_set_up_by_who_knows_the_password(house: Any, person: str) -> None:
    """From then on a code is asked for; other sessions have ended."""
    here, there = sign_in(house, person), sign_in(house, person)
    assert send(here, "/account/codes", password="wrong").status_code == 422
    assert here.get("/account/codes/device").headers["Location"] == "/account/codes"
    assert here.get("/account/codes/device/qr.svg").status_code == 404

    _, codes = set_up(here)

    assert len(codes) == 10
    assert (is_in(here), is_in(there)) == (True, False)
    again = sign_in(house, person)
    assert not is_in(again)
    assert send(again, "/login/code", code=codes[0]).status_code == 302
    assert is_in(again)
    assert "user.totp_enrol" in acts_of(house, person)


def test_the_old_device_is_good_until_the_new_one_has_proved_itself(
    house: Any, person: str
) -> None:
    """Password and a code are asked for; the old device and its recovery codes are void after."""
    client = sign_in(house, person)
    old, codes = set_up(client)
    assert send(client, "/account/codes", password=PASSWORD, code="000000").status_code == 422
    send(client, "/account/codes", password=PASSWORD, code=codes[0], what="device")
    assert client.get("/account/codes/device/qr.svg").content_type == "image/svg+xml"
    assert send(client, "/account/codes/device", code="000000").status_code == 401
    other = sign_in(house, person)
    assert send(other, "/login/code", code=codes[1]).status_code == 302

    app, fresh = set_up(client_again(house, person, codes[2]), codes[3])

    assert app.secret != old.secret
    assert not is_in(other)
    late = sign_in(house, person)
    assert send(late, "/login/code", code=old.at(time.time() + 30)).status_code == 401
    assert send(late, "/login/code", code=codes[4]).status_code == 401
    assert send(late, "/login/code", code=fresh[0]).status_code == 302
    assert "user.totp_replace" in acts_of(house, person)


def client_again(house: Any, name: str, code: str) -> Any:
    """A browser past the second step."""
    client = sign_in(house, name)
    assert send(client, "/login/code", code=code).status_code == 302
    return client


def test_a_secret_waits_ten_minutes(
    house: Any, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then one proves oneself anew; a secret of somebody's own making is none."""
    client = sign_in(house, person)
    send(client, "/account/codes", password=PASSWORD)
    monkeypatch.setattr(own, "RENEWAL_S", -1.0)

    assert client.get("/account/codes/device").headers["Location"] == "/account/codes"
    monkeypatch.setattr(own, "RENEWAL_S", 600.0)
    with client.session_transaction() as cookie:
        cookie[own.RENEWAL] = {"sealed": "AAAA", "at": time.time()}
    assert client.get("/account/codes/device").status_code == 404
    assert client.get("/account/codes/device/qr.svg").status_code == 404


def test_new_recovery_codes_void_the_old_ones_and_keep_the_device(house: Any, person: str) -> None:
    """They are shown once and kept as hashes."""
    client = sign_in(house, person)
    app, codes = set_up(client)

    page = send(client, "/account/codes", password=PASSWORD, code=codes[0], what="recovery")

    fresh = recovery(page.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert fresh[0] not in client.get("/account").text
    with house.database.reading() as session:
        found = users.user_by_name(session, person)
        assert found is not None
        stored = user_admin.second_factor(session, found.id)
    assert not set(fresh) & set(stored.recovery)
    late = sign_in(house, person)
    assert send(late, "/login/code", code=codes[1]).status_code == 401
    assert send(late, "/login/code", code=app.at(time.time() + 30)).status_code == 302


def test_sessions_are_listed_and_one_is_ended(house: Any, person: str) -> None:
    """With browser and address; nobody's identity of a session is on the page."""
    here = sign_in(house, person)
    there = sign_in(house, person, agent="Mozilla/5.0 (Android 14) Chrome/140 Safari/537")
    page = here.get("/account").text
    keys = re.findall(r'name="which" value="([0-9a-f]{24})"', page)
    with there.session_transaction() as cookie:
        identity = cookie["_user_id"].rpartition(":")[2]

    assert "Chrome · Android" in page
    assert "198.51.100." in page
    assert identity not in page
    assert len(keys) == 1
    done = send(here, "/account/sessions", which=keys[0])
    assert done.headers["Location"] == "/account?done=session"
    assert (is_in(here), is_in(there)) == (True, False)
    assert send(here, "/account/sessions", which=keys[0]).status_code == 422
    assert "user.end_session" in acts_of(house, person)


def test_nobody_ends_another_persons_session(house: Any, person: str) -> None:
    """The key of a session means something to its owner alone."""
    theirs, mine = sign_in(house, "guard"), sign_in(house, person)
    with theirs.session_transaction() as cookie:
        key = own._key(cookie["_user_id"].rpartition(":")[2])

    assert send(mine, "/account/sessions", which=key).status_code == 422
    assert is_in(theirs)


def test_all_others_end_at_once(house: Any, person: str) -> None:
    """Those that the list does not know included."""
    here, there = sign_in(house, person), sign_in(house, person)

    send(here, "/account/sessions", which="others")

    assert (is_in(here), is_in(there)) == (True, False)
    assert re.findall(r'value="([0-9a-f]{24})"', here.get("/account").text) == []


def test_forms_without_their_token_are_refused(house: Any, person: str) -> None:
    """No other page changes somebody's password or ends their sessions."""
    client = sign_in(house, person)

    for url in ("/account/password", "/account/codes", "/account/sessions"):
        assert client.post(url, data={"which": "others"}).status_code == 400
    assert is_in(client)


def test_when_a_session_was_used_is_stored_by_the_minute(
    house: Any, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the request."""
    client = sign_in(house, person)
    with client.session_transaction() as cookie:
        identity = cookie["_user_id"].rpartition(":")[2]
    stored: dict[str, float] = {}
    monkeypatch.setattr(house.services.store, "note_seen", stored.update)
    monkeypatch.setattr("gatekeeper.web.accounts.SEEN_S", 3600.0)
    assert is_in(client)
    house.services.accounts.refresh()
    assert identity not in stored

    monkeypatch.setattr("gatekeeper.web.accounts.SEEN_S", 0.0)
    assert is_in(client)
    house.services.accounts.refresh()

    assert abs(stored[identity] - time.time()) < 60
