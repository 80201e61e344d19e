"""Sign in, sign out, and that both are in force at once; demo sign-in; no way round."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gatekeeper.db import tokens, users
from gatekeeper.errors import StoreError
from gatekeeper.web.accounts import ACCOUNT_TTL_S, TOKEN_TTL_S, Accounts
from gatekeeper.web.application import create_app
from gatekeeper.web.recent import Recent

PASSWORD = "a long trial pass word"


class Clock:
    """Time that a test moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("gatekeeper.web.recent.time.monotonic", lambda: self.now)


def form_token(client: FlaskClient) -> str:
    """The token that a form of this browser carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form."""
    data = {"csrf_token": form_token(client), "username": name, "password": password, **more}
    address = f"192.0.2.{sign_in.number % 250 + 1}"  # type: ignore[attr-defined]
    sign_in.number += 1  # type: ignore[attr-defined]
    return client.post("/login", data=data, environ_overrides={"REMOTE_ADDR": address})


sign_in.number = 0  # type: ignore[attr-defined]


def test_the_right_password_opens_what_was_asked_for(house: Any) -> None:
    """The form leads on to the page that sent people to it."""
    client = house.client()
    sent_to = client.get("/checkpoint/in-1?lang=en").headers["Location"]
    answer = sign_in(client, "guard", next="/checkpoint/in-1")

    assert sent_to == "/login?next=/checkpoint/in-1?lang%3Den"
    assert (answer.status_code, answer.headers["Location"]) == (302, "/checkpoint/in-1")
    assert client.get("/checkpoint/in-1").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [("guard", "wrong"), ("nobody", PASSWORD), ("", ""), ("guard", ""), ("guard\x00", PASSWORD)],
)
def test_a_wrong_password_and_an_unknown_name_look_the_same(
    house: Any, name: str, password: str
) -> None:
    """401 and the form again, with the name but never the password in it."""
    client = house.client()

    answer = sign_in(client, name, password)

    assert answer.status_code == 401
    assert PASSWORD not in answer.text
    assert client.get("/checkpoint/in-1").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\nb",
        "javascript:1",
        "/login",
    ],
)
def test_no_redirect_leads_away(house: Any, target: str) -> None:
    """An address in a mail cannot use our sign-in to lead elsewhere."""
    assert sign_in(house.client(), "guard", next=target).headers["Location"] == "/"


def test_a_session_from_before_sign_in_is_not_carried_on(house: Any) -> None:
    """A cookie planted in a browser does not become a signed-in one."""
    client = house.client()
    form_token(client)
    planted = client.get_cookie("gk_session")
    with client.session_transaction() as session:
        session["planted"] = "yes"
    sign_in(client, "guard")
    with client.session_transaction() as session:
        after = dict(session)

    assert planted is not None
    assert "planted" not in after
    assert client.get_cookie("gk_session").value != planted.value


def test_signing_out_ends_copies_of_the_cookie_too(house: Any) -> None:
    """And nobody else's session of the same account."""
    client, other, thief = house.client(), house.client(), house.client()
    sign_in(client, "protocol")
    sign_in(other, "protocol")
    copied = client.get_cookie("gk_session")
    thief.set_cookie("gk_session", copied.value)
    assert thief.get("/events/gala/live").status_code == 200

    client.post("/logout", data={"csrf_token": form_token(client)})

    assert client.get("/events/gala/live").status_code == 302
    assert thief.get("/events/gala/live").status_code == 302
    assert other.get("/events/gala/live").status_code == 200


def test_a_session_that_was_ended_stays_ended_when_the_server_is_started_again(
    house: Any,
) -> None:
    """A copied cookie must not come back to life with it; another's session goes on."""
    client, other = house.client("guard"), house.client("guard")
    copy, still = (each.get_cookie("gk_session").value for each in (client, other))

    client.post("/logout", data={"csrf_token": form_token(client)})

    again, _ = create_app(house.config)
    answers = []
    for cookie in (copy, still):
        browser = again.test_client()
        browser.set_cookie("gk_session", cookie)
        answers.append(browser.get("/checkpoint/in-1").status_code)
    assert answers == [302, 200]


def test_signing_out_without_the_database_is_stored_when_it_is_back(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, store = house.services.accounts, house.services.store

    def gone(*_: object) -> None:
        raise StoreError("on trial")

    with monkeypatch.context() as broken:
        broken.setattr(store, "end_session", gone)
        accounts.end("of-a-dark-hour")
        assert accounts.user(f"{house.accounts['guard'].id}:1:of-a-dark-hour") is None
        assert "of-a-dark-hour" not in store.ended_sessions()

    accounts.refresh()

    assert "of-a-dark-hour" in store.ended_sessions()


def test_signing_out_needs_the_forms_token(house: Any) -> None:
    """Another site cannot sign an officer out in the middle of a reception."""
    client = house.client("protocol")

    assert client.post("/logout").status_code == 400
    assert client.get("/events/gala/live").status_code == 200


def test_a_disabled_user_is_out_within_a_second(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deleted user who stays signed in has happened to others."""
    clock = Clock(monkeypatch)
    client = house.client()
    sign_in(client, "desk")
    assert client.get("/checkpoint/in-1").status_code == 200
    with house.database.session() as session:
        users.disable_user(session, "desk")

    clock.now += 1.0
    refused = client.get("/checkpoint/in-1")
    with house.database.session() as session:
        users.enable_user(session, "desk")
    clock.now += 1.0

    assert ACCOUNT_TTL_S < 1.0
    assert refused.status_code == 302
    assert client.get("/checkpoint/in-1").status_code == 302  # what ended stays ended


def test_another_password_ends_every_session(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also that of whoever knew the old one."""
    clock = Clock(monkeypatch)
    client = house.client()
    sign_in(client, "issuer")
    with house.database.session() as session:
        users.set_password(session, "issuer", "another long pass word")
    clock.now += 1.0

    assert client.get("/").status_code == 302


def test_a_revoked_token_is_refused_within_a_second(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a restart of the running server."""
    clock = Clock(monkeypatch)
    with house.database.session() as session:
        _, secret = tokens.create_token(session, users.Role.GUARD, name="lost-scanner")
    headers = {"Authorization": f"Bearer {secret}"}
    client = house.client()
    assert client.get("/api/v1/gates", headers=headers).status_code == 200
    with house.database.session() as session:
        tokens.revoke_token(session, "lost-scanner")
    clock.now += TOKEN_TTL_S

    assert client.get("/api/v1/gates", headers=headers).status_code == 401


def test_guessing_is_slowed_down_by_address(house: Any) -> None:
    """The form says so, and even the right password waits."""
    client = house.client()
    data = {"csrf_token": form_token(client), "username": "guard", "password": "wrong"}
    here = {"REMOTE_ADDR": "198.51.100.9"}
    statuses = [
        client.post("/login", data=data, environ_overrides=here).status_code for _ in range(12)
    ]
    right = client.post("/login", data={**data, "password": PASSWORD}, environ_overrides=here)
    elsewhere = client.post("/login", data={**data, "password": PASSWORD})

    assert statuses == [401] * 10 + [429] * 2
    assert right.status_code == 429
    assert "<form" in right.text
    assert elsewhere.status_code == 302


def test_a_form_that_is_stale_says_so(house: Any) -> None:
    """400 and a page, no traceback."""
    answer = house.client().post("/login", data={"username": "guard", "password": PASSWORD})

    assert answer.status_code == 400
    assert "<form" in answer.text


def test_one_click_sign_in_is_for_demos_alone(house: Any) -> None:
    """Elsewhere there is no button, and the route refuses."""
    client = house.client()
    page = client.get("/login").text
    data = {"csrf_token": form_token(client), "role": "admin"}

    assert "/login/demo" not in page
    assert client.post("/login/demo", data=data).status_code == 403


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, start: Any, settings_text: str) -> Iterator[Any]:
    """A site in demo mode."""
    data: Path = tmp_path_factory.mktemp("demo")
    with start(data, settings_text, demo=True) as (built, _):
        yield built


@pytest.mark.parametrize("role", list(users.Role))
def test_in_a_demo_one_click_signs_in_by_role(demo: Any, role: str) -> None:
    """From this machine."""
    client = demo.client()
    answer = client.post("/login/demo", data={"csrf_token": form_token(client), "role": role})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code in (200, 302)
    assert client.get("/").headers.get("Location", "") != "/login?next=/"


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "2001:db8::1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "demo.example"},
    ],
)
def test_a_demo_is_closed_to_other_machines(demo: Any, environ: dict[str, str]) -> None:
    """Also through a proxy on this one, and through a foreign name that leads here."""
    client = demo.client()
    token = form_token(client)
    page = client.get("/login", environ_overrides=environ).text
    data = {"csrf_token": token, "role": "admin"}

    answer = client.post("/login/demo", data=data, environ_overrides=environ)

    assert "/login/demo" not in page
    assert answer.status_code in (400, 403)


def test_what_was_known_stays_while_the_database_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard's screen goes on; nobody new gets in."""
    clock = Clock(monkeypatch)
    known = {1: "guard"}
    gone = []

    def ask(number: int) -> str | None:
        if gone:
            raise StoreError("gone")
        return known.get(number)

    recent: Recent[int, str | None] = Recent(ask, 0.5)
    assert recent.get(1) == "guard"
    gone.append(True)
    clock.now += 60

    assert recent.get(1) == "guard"
    with pytest.raises(StoreError):
        recent.get(2)
    with pytest.raises(StoreError):
        recent.refresh()
    gone.clear()
    known.clear()
    recent.refresh()
    clock.now += 1
    assert recent.get(1) is None


def test_what_is_in_use_is_renewed_beside_and_nobody_waits() -> None:
    """While the database hangs, requests go on with what was known."""
    hanging, let_go = threading.Event(), threading.Event()
    asked = []

    def ask(number: int) -> int:
        asked.append(number)
        if len(asked) > 1:
            hanging.set()
            assert let_go.wait(20)
        return len(asked)

    recent: Recent[int, int] = Recent(ask, 0.0)
    assert recent.get(1) == 1
    renewing = threading.Thread(target=recent.refresh)
    renewing.start()
    assert hanging.wait(20)
    recent._renewing_since = time.monotonic() - 1.0  # it has been at it for a second

    assert recent.get(1) == 1
    let_go.set()
    renewing.join()
    assert asked == [1, 1]
    assert recent.get(1) == 3


@pytest.mark.parametrize(
    "key", ["", "1", "1:1", "1:1:", "x:1:s", "1:2:s", "9:1:s", "-1:1:s", "1:1:out"]
)
def test_a_session_that_is_not_in_order_is_nobodys(key: str) -> None:
    """Another version, another number, signed out, or nonsense."""

    class One:
        """A store with one account."""

        def account(self, user_id: int) -> users.Account | None:
            """Number 1, version 1."""
            return (
                users.Account(1, "guard", users.Role.GUARD, False, 1, 0.0) if user_id == 1 else None
            )

        def token(self, secret: str) -> None:
            """No tokens."""

        def end_session(self, *_: object) -> None:
            """Not kept here."""

        def ended_sessions(self) -> set[str]:
            """None from before."""
            return set()

    accounts = Accounts(One())  # type: ignore[arg-type]
    accounts.end("out")

    assert accounts.user("1:1:s") is not None
    assert accounts.user(key) is None
