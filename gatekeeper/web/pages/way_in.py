"""What the pages of signing in share: their blueprint, safe redirects, the language cookie."""

from __future__ import annotations

import time

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import sessions
from gatekeeper.db.users import Account
from gatekeeper.web.accounts import sign_in
from gatekeeper.web.desks.acting import acting
from gatekeeper.web.security import SESSION_HOURS
from gatekeeper.web.services import services
from gatekeeper.web.texts import COOKIE, LANGUAGES

__all__ = ["accounts", "begin", "in_language", "local"]

accounts = Blueprint("accounts", __name__)

_YEAR_S = 365 * 24 * 3600


def begin(account: Account) -> None:
    """Begin a session, on the list that its owner sees."""
    begun, now = sign_in(account), time.time()
    with acting() as db:
        sessions.open_session(
            db, begun, account.id, account.session_version,
            at=now, origin=request.remote_addr or "?",
            agent=request.headers.get("User-Agent", ""),
            forget_before=now - SESSION_HOURS * 3600.0,
        )  # fmt: skip


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
