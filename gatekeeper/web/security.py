"""What every answer and every request is held to: headers, cookies, sizes, rates, the key."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from gatekeeper.config import Config
from gatekeeper.errors import ConfigError

__all__ = [
    "CSP",
    "LARGEST_BODY",
    "UPLOADS",
    "from_this_machine",
    "limit_posts",
    "limit_sign_in",
    "load_secret_key",
    "named_as_this_machine",
    "setup",
]

LARGEST_BODY = 64 * 1024
"""Bytes of any request's body; nothing that pages or devices send comes near."""

FIELDS_BESIDE_FILES = 4 * LARGEST_BODY
"""Bytes of the fields that come with files. Werkzeug reads files in pieces of 64 kB and counts a
piece against this before it knows whose it is: with less than two of them no large file passes."""

UPLOADS: dict[str, int] = {
    # endpoint: bytes of its largest body
    "prints.read_back_do": 3 << 20,
    "holders.photo": 12 << 20,
    "api.put_photo": 12 << 20,
    "api.import_rows": 20 << 20,
    "apply.step": 26_000_000,
    "apply.team": 3_000_000,
    "apply.team_photo": 13_000_000,
    "apply.answer": 26_000_000,
}
"""The routes that take files; every other one is held to `LARGEST_BODY`."""

SESSION_HOURS = 12
"""A shift; each request begins it anew."""

CSP = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

LOGIN_RATE = "10 per minute"
"""Attempts to sign in from one address; a right password counts too, nobody signs in so often."""

NAME_RATE = "30 per 10 minutes"
"""The same for one name, so that many addresses guess no faster; more than by address, because
whoever knows a name could keep its owner out."""


def setup(app: Flask, config: Config) -> CSRFProtect:
    """Apply all of it to `app`; gives the CSRF guard, from which the API is to be exempted."""
    app.config.update(
        SECRET_KEY=load_secret_key(config.data),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SESSION_COOKIE_NAME="gk_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.web.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        # A checkpoint's page stays open for a shift: the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_STRATEGY="moving-window",
    )
    if config.web.trusted_proxies:
        hops = config.web.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_refuse_large)
    app.after_request(_do_not_keep)
    Talisman(
        app,
        force_https=False,
        strict_transport_security=config.web.secure_cookies,
        session_cookie_secure=config.web.secure_cookies,
        session_cookie_samesite="Lax",
        content_security_policy=CSP,
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
    )
    return CSRFProtect(app)


def limit_sign_in(app: Flask, endpoint: str, on_breach: Callable[[Any], Any]) -> None:
    """Allow so many posts to `endpoint` from one address, and for one name from wherever they
    come; beyond that, `on_breach` answers."""
    limit_posts(app, {endpoint: LOGIN_RATE}, on_breach=on_breach)
    limit_posts(app, {endpoint: NAME_RATE}, key=_name_tried, on_breach=on_breach)


def _name_tried() -> str:
    return f"name:{request.form.get('username', '').strip().lower()[:63]}"


def limit_posts(
    app: Flask, limits: Mapping[str, str], *, key: Callable[[], str] = get_remote_address,
    on_breach: Callable[[Any], Any] | None = None,
) -> None:  # fmt: skip
    """Allow each endpoint of `limits` so many posts (`60 per hour`) by `key`, the address."""
    limiter = Limiter(key, app=app, storage_uri="memory://")
    for endpoint, rate in limits.items():
        guard: Callable[[Any], Any] = limiter.limit(rate, methods=["POST"], on_breach=on_breach)
        app.view_functions[endpoint] = guard(app.view_functions[endpoint])


def _refuse_large() -> None:
    """Before anything reads the body; a body of unknown length is cut while it is read."""
    largest = UPLOADS.get(request.endpoint or "", LARGEST_BODY)
    request.max_content_length = largest
    if largest > LARGEST_BODY:
        request.max_form_memory_size = FIELDS_BESIDE_FILES
    if (request.content_length or 0) > largest:
        raise RequestEntityTooLarge


def _do_not_keep(response: Response) -> Response:
    """Pages and answers hold names: a shared tablet must not keep them."""
    if request.endpoint == "static":
        if request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def from_this_machine() -> bool:
    """Whether the caller is on loopback, and no proxy on this machine speaks for another."""
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def named_as_this_machine() -> bool:
    """Whether the address in the browser is this machine's own: no page elsewhere led here."""
    name = request.host.rpartition(":")[0] or request.host
    return name in ("localhost", "127.0.0.1", "[::1]")


def load_secret_key(data: Path) -> bytes:
    """The key that signs cookies: DATA/secret.key, made at first use, readable by its owner.

    Raises ConfigError where it cannot be read, made, or is too short.
    """
    path = data / "secret.key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(32)
            with os.fdopen(fd, "wb") as file:
                file.write(key)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(key) < 32:
        raise ConfigError(f"{path}: {len(key)} bytes seen; at least 32 are due; delete it")
    return key
