"""Headers, cookies, the key that signs them."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.config import Config, WebSettings
from gatekeeper.errors import ConfigError
from gatekeeper.web.application import create_app
from gatekeeper.web.security import load_secret_key


@pytest.mark.parametrize(
    "url", ["/login", "/healthz", "/nothing", "/static/favicon.svg", "/api/v1/gates"]
)
def test_every_answer_carries_the_policy(house: Any, url: str) -> None:
    """No script or style but our own files; no frame; no guessing of types."""
    headers = house.app.test_client().get(url).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )

    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: Any) -> None:
    """HttpOnly, SameSite; over TLS also Secure."""
    cookie = house.app.test_client().get("/login").headers["Set-Cookie"]

    assert cookie.startswith("gk_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_behind_tls_cookies_never_go_in_the_clear(tmp_path: Path) -> None:
    """`secure_cookies` in the settings; and browsers are told to stay with TLS."""
    config = Config(data=tmp_path, web=WebSettings(secure_cookies=True))
    app, _ = create_app(config)

    answer = app.test_client().get("/login", base_url="https://site.example")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """Sessions survive a restart; nobody else on the machine can forge one."""
    first = load_secret_key(tmp_path / "data")
    path = tmp_path / "data" / "secret.key"

    assert load_secret_key(tmp_path / "data") == first
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_is_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    """Never replaced silently, never used."""
    (tmp_path / "secret.key").write_bytes(b"short")

    with pytest.raises(ConfigError, match=r"secret.key: 5 bytes seen; at least 32 are due"):
        load_secret_key(tmp_path)


def test_a_page_of_names_is_not_kept_by_browsers(house: Any) -> None:
    """Search results and lists are not stored on a shared tablet."""
    client = house.client("protocol")

    assert client.get("/ui/events/gala/missing").headers["Cache-Control"] == "no-store"
    assert client.get("/ui/gates/in-1/search?q=กิตติ").headers["Cache-Control"] == "no-store"
    assert client.get("/events/gala/live").headers["Cache-Control"] == "no-store"


def test_static_files_with_their_hash_are_kept_for_long(house: Any) -> None:
    """And those without are asked for again."""
    client = house.app.test_client()

    named = client.get("/static/favicon.svg?v=1").headers["Cache-Control"]
    plain = client.get("/static/favicon.svg").headers["Cache-Control"]

    assert "immutable" in named
    assert "immutable" not in plain


def test_the_caller_behind_a_proxy_is_whom_the_proxy_names(tmp_path: Path) -> None:
    """Only as many proxies as the settings trust; else everybody would be loopback."""
    trusting, _ = create_app(
        msgspec.structs.replace(Config(data=tmp_path / "a"), web=WebSettings(trusted_proxies=1))
    )
    wary, _ = create_app(Config(data=tmp_path / "b"))
    headers = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}

    assert trusting.test_client().get("/metrics", headers=headers).status_code == 401
    assert wary.test_client().get("/metrics", headers=headers).status_code == 401
