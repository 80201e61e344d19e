"""What the pages of signing in share: their blueprint, safe redirects, the language cookie."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.web.services import services
from gatekeeper.web.texts import COOKIE, LANGUAGES

__all__ = ["accounts", "in_language", "local"]

accounts = Blueprint("accounts", __name__)

_YEAR_S = 365 * 24 * 3600


def in_language(response: AnyResponse, chosen: str) -> AnyResponse:
    """`response`, after which this browser speaks the language `chosen`, if it is one."""
    if chosen in LANGUAGES:
        secure = services().config.web.secure_cookies
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR_S, samesite="Lax", secure=secure, httponly=True
        )
    return response


def local(target: str | None, refused: tuple[str, ...] = ("/login", "/logout")) -> str:
    """`target` if it is a path of this site, else the home page: no redirect leads away."""
    safe = target and target.startswith("/") and target.isprintable() and "\\" not in target
    if not target or not safe or target.startswith(("//", *refused)):
        return "/"
    return target
