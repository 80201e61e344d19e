"""A site for the tests of the web: real database, journal and node; no reader, no port."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gatekeeper import config as configuration
from gatekeeper.config import Config
from gatekeeper.db import events, guests, migrate, people, tokens, users
from gatekeeper.db.engine import Database, connect
from gatekeeper.db.guests import GuestRow
from gatekeeper.node.process import Node
from gatekeeper.web.application import Background, create_app
from gatekeeper.web.services import EXTENSION, Services

SETTINGS = """\
[site]
id = "trial"
name_th = "ทำเนียบทดลอง"
name_en = "Trial House"

[[gates]]
id = "in-1"
event = "gala"
name_th = "ประตู 1"
name_en = "Gate 1"

[[gates]]
id = "in-2"
event = "gala"

[[gates]]
id = "out-1"
direction = "out"
event = "gala"
"""

PASSWORD = "a long trial pass word"

GUESTS = (
    # number, title, first, last, group, vip, cancelled, reply, has a card
    ("1", "นาย", "กิตติ", "ใจดี", "คณะทูต", True, False, "accepted", True),
    ("2", "นางสาว", "เกศินี", "แสงทอง", "คณะทูต", False, False, "accepted", True),
    ("3", "H.E. Mr.", "José", "Núñez", "คณะทูต", False, False, "no_reply", True),
    ("4", "นาย", "ขจร", "วงศ์ไทย", "ส่วนราชการ", False, True, "accepted", True),
    ("5", "นาง", "อรุณี", "บุญมา", "ส่วนราชการ", False, False, "declined", True),
    ("6", "นาย", "สมชาย", "ไร้บัตร", "ส่วนราชการ", False, False, "accepted", False),
)


def card(number: int | str) -> str:
    """The credential of guest `number`."""
    return f"epc:{int(number):024X}"


def wait_until(done: Callable[[], Any], within_s: float = 10.0) -> Any:
    """What `done` gives once it is true; looks again as soon as other threads had a turn."""
    until = time.monotonic() + within_s
    pause = threading.Event()
    while time.monotonic() < until:
        if found := done():
            return found
        pause.wait(0.005)
    pytest.fail(f"not within {within_s} s")


@dataclass
class House:
    """Everything of one trial site."""

    config: Config
    app: Flask
    background: Background
    database: Database
    accounts: dict[str, users.Account]
    secrets: dict[str, str]
    """Token by role, and `guard@in-1` for a guard's that is good at one gate."""
    passes: dict[str, str] = field(default_factory=dict)
    """Pass id by guest number."""

    @property
    def services(self) -> Services:
        """What the routes work with."""
        found: Services = self.app.extensions[EXTENSION]
        return found

    def client(self, role: str | None = None) -> FlaskClient:
        """A browser, signed in as `role`."""
        client = self.app.test_client()
        if role is not None:
            account = self.accounts[role]
            with client.session_transaction() as session:
                key = f"{account.id}:{account.session_version}:trial-{time.time_ns()}"
                session["_user_id"] = key
                session["_fresh"] = True
                session.permanent = True
        return client

    def api(self, role: str = "admin") -> dict[str, str]:
        """Headers of a program with a token of `role`."""
        return {"Authorization": f"Bearer {self.secrets[role]}", "Accept-Language": "en"}

    def post(self, client: FlaskClient, url: str, body: Any) -> Any:
        """POST JSON as a page's script does."""
        return client.post(url, json=body, headers={"X-CSRFToken": csrf(client)})

    def read(self, number: int | str, gate: str = "in-1", nonce: str | None = None) -> Any:
        """A guest's card shown at a gate, over the API; gives the answer's JSON."""
        body = {"credential": card(number), "nonce": nonce or f"{gate}-{number}-{time.time_ns()}"}
        answer = self.app.test_client().post(
            f"/api/v1/gates/{gate}/reads", json=body, headers=self.api("guard")
        )
        assert answer.status_code == 200, answer.text
        return answer.json

    def caught_up(self, seq: int) -> None:
        """Wait until counts are as of entry `seq`."""
        room = self.services.ledger.room("event:gala")
        wait_until(lambda: room.sent >= seq)


def csrf(client: FlaskClient) -> str:
    """The token in a page's head."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert found is not None
    return found[1]


def guest_rows() -> Iterator[GuestRow]:
    """The guest list."""
    for row, (number, title, first, last, group, vip, cancelled, reply, has_card) in enumerate(
        GUESTS, 1
    ):
        yield GuestRow(
            row=row,
            external_key=number,
            title=title,
            first_name=first,
            last_name=last,
            name_latin="H.E. Mr. José Núñez" if first == "José" else "",
            position="ผู้อำนวยการ",
            organisation="กรมทดลอง",
            group=group,
            table="1",
            seat=number,
            companions=2,
            reply=reply,
            cancelled=cancelled,
            credential=card(number) if has_card else None,
            vip=vip,
        )


def settle(config: Config) -> tuple[Database, dict[str, users.Account], dict[str, str]]:
    """A database with guests, an account and a token of each role."""
    migrate.upgrade(config.database_url)
    database = connect(config.database_url)
    with database.session() as session:
        events.ensure_event(session, "gala")
        events.update_event(session, "gala", name_th="งานทดลอง", name_en="Trial gala")
        counts = guests.apply_guests(session, "gala", guest_rows())
        assert counts.imported == len(GUESTS), counts
        made = users.add_user(session, "admin", PASSWORD, users.Role.ADMIN)
        accounts = {"admin": made}
        secrets = {}
        for role in users.Role:
            if role is not users.Role.ADMIN:
                accounts[role] = users.add_user(session, role.value, PASSWORD, role)
            secrets[role.value] = tokens.create_token(session, role, name=role.value)[1]
        at_gate = tokens.create_token(session, users.Role.GUARD, gate="in-1", name="scanner")
        secrets["guard@in-1"] = at_gate[1]
    return database, accounts, secrets


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running site; the tests of a module share it."""
    data = tmp_path_factory.mktemp("site")
    with start(data, SETTINGS) as (built, _):
        yield built


@pytest.fixture(scope="session", name="start")
def starter() -> type[start]:
    """For tests that need a site of their own."""
    return start


@pytest.fixture(scope="session")
def settings_text() -> str:
    """Settings of the trial site."""
    return SETTINGS


class start:  # noqa: N801 (used as a function)
    """`with start(data, settings) as (house, node)`: everything running, torn down at the end."""

    def __init__(self, data: Path, settings: str, *, demo: bool = False) -> None:
        (data / "gatekeeper.toml").write_text(("demo = true\n" * demo) + settings, encoding="utf-8")
        self._config = configuration.load(data=data, port=0)
        self._stack = ExitStack()

    def __enter__(self) -> tuple[House, Node]:
        config = self._config
        database, accounts, secrets = settle(config)
        self._stack.callback(database.close)
        node = self._stack.enter_context(Node(config))
        wait_until(lambda: node.status().ready)
        app, background = create_app(config)
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = False
        background.start()
        self._stack.callback(background.stop)
        house = House(config, app, background, database, accounts, secrets)
        with database.reading() as session:
            _, found = people.guests_except(session, "gala")
            for number, *_ in GUESTS:
                for guest in (*found, *people.search_guests(session, "gala", number)):
                    if guest.external_key == number:
                        house.passes[number] = guest.pass_id
        wait_until(lambda: house.services.watch.view.node == "up")
        wait_until(house.services.hub.caught_up.is_set)
        wait_until(lambda: (house.services.hub.attendance("gala") or {}).get("expected"))
        return house, node

    def __exit__(self, *_: object) -> None:
        self._stack.close()
