"""Guessing passwords: limited by address, and by name from wherever the guesses come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PASSWORD = "a long trial pass word"


def guess(client: Any, name: str, address: str, password: str = "wrong") -> int:
    """A try to sign in; its status."""
    page = client.get("/login", environ_overrides={"REMOTE_ADDR": address})
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token[1], "username": name, "password": password}
    answer = client.post("/login", data=form, environ_overrides={"REMOTE_ADDR": address})
    return int(answer.status_code)


def test_many_addresses_guess_one_name_no_faster(
    start: Any, settings_text: str, tmp_path: Path
) -> None:
    """Thirty wrong guesses from thirty addresses, and the next is not looked at; others are."""
    with start(tmp_path, settings_text) as (house, _):
        client = house.client()
        seen = [guess(client, "Guard ", f"192.0.2.{n}") for n in range(1, 32)]
        other = guess(house.client(), "desk", "192.0.2.99", PASSWORD)

    assert seen[:30] == [401] * 30
    assert seen[30] == 429
    assert other == 302


def test_one_address_guesses_ten_times_a_minute(
    start: Any, settings_text: str, tmp_path: Path
) -> None:
    with start(tmp_path, settings_text) as (house, _):
        client = house.client()
        seen = [guess(client, f"nobody{n}", "192.0.2.7") for n in range(11)]

    assert seen == [401] * 10 + [429]
