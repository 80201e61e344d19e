"""Sign in, sign out, language: the only pages for people who are not signed in."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import StoreError
from gatekeeper.web import texts
from gatekeeper.web.accounts import sign_in, sign_out
from gatekeeper.web.permissions import Role
from gatekeeper.web.problems import refuse
from gatekeeper.web.security import from_this_machine, named_as_this_machine
from gatekeeper.web.services import services
from gatekeeper.web.texts import COOKIE, LANGUAGES

__all__ = ["accounts", "too_many"]

log = logging.getLogger(__name__)

accounts = Blueprint("accounts", __name__)

_ROLE_NAMES = {
    "guard": ("เจ้าหน้าที่รักษาความปลอดภัย", "Security staff"),
    "protocol": ("เจ้าหน้าที่พิธีการ", "Protocol officer"),
    "desk": ("จุดแลกบัตร", "Visitor desk"),
    "issuer": ("งานบัตร", "Pass office"),
    "admin": ("ผู้ดูแลระบบ", "Administrator"),
    "auditor": ("ผู้ตรวจสอบ", "Auditor"),
}
_YEAR_S = 365 * 24 * 3600


@accounts.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """The form, or a try to sign in."""
    if request.method == "GET":
        return _form(200)
    username = request.form.get("username", "")
    if not username.isprintable():
        return _form(401, "bad_credentials")
    account = services().store.authenticate(username, request.form.get("password", ""))
    if account is None:
        return _form(401, "bad_credentials")
    sign_in(account)
    return _in_language(redirect(_local(request.form.get("next"))), account.language)


@accounts.post("/login/demo")
def login_demo() -> AnyResponse:
    """One click, by role: in a demo and from this machine only."""
    if not _demo_allowed():
        refuse("forbidden")
    role = request.form.get("role", "")
    account = services().store.account_by_role(role) if role in set(Role) else None
    if account is None:
        refuse("not_found")
    sign_in(account)
    return redirect(_local(request.form.get("next")))


@accounts.post("/logout")
def logout() -> AnyResponse:
    """End this session, its sockets too, and nobody else's."""
    sign_out(services().accounts)
    services().live.sweep()
    return redirect("/login")


@accounts.post("/language")
def language() -> AnyResponse:
    """Remember Thai or English in this browser, and for whoever is signed in."""
    chosen = request.form.get("lang", "")
    user: Any = current_user
    if chosen in LANGUAGES and user.is_authenticated:
        try:
            services().store.choose_language(user.account.id, chosen)
        except StoreError as error:
            log.warning("a language is remembered in the browser alone: %s", error)
    response = redirect(_local(request.form.get("next"), refused=()))
    return _in_language(response, chosen)


def _in_language(response: AnyResponse, chosen: str) -> AnyResponse:
    """`response`, after which this browser speaks the language `chosen`, if it is one."""
    if chosen in LANGUAGES:
        secure = services().config.web.secure_cookies
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR_S, samesite="Lax", secure=secure, httponly=True
        )
    return response


def too_many(_limit: Any) -> Response:
    """The form again, after too many tries."""
    return _form(429, "rate_limited")


def stale() -> Response:
    """The form again, because the one that was sent had expired."""
    return _form(400, "stale_form")


def _form(status: int, error: str = "") -> Response:
    page = render_template(
        "login.html",
        next=_local(request.values.get("next")),
        error=error,
        username=request.form.get("username", "")[:63],
        demo_roles=_demo_roles(),
    )
    response = Response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _demo_roles() -> list[dict[str, str]]:
    if not _demo_allowed():
        return []
    column = LANGUAGES.index(texts.language())
    return [{"role": role, "label": names[column]} for role, names in _ROLE_NAMES.items()]


def _demo_allowed() -> bool:
    """In a demo, from this machine, by a name of this machine."""
    return services().config.demo and from_this_machine() and named_as_this_machine()


def _local(target: str | None, refused: tuple[str, ...] = ("/login", "/logout")) -> str:
    """`target` if it is a path of this site, else the home page: no redirect leads away."""
    safe = target and target.startswith("/") and target.isprintable() and "\\" not in target
    if not target or not safe or target.startswith(("//", *refused)):
        return "/"
    return target
