"""Sign in, sign out, language: the only pages for people who are not signed in."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.errors import StoreError
from gatekeeper.office.accounts import ROLE_NAMES
from gatekeeper.web import texts
from gatekeeper.web.accounts import sign_out
from gatekeeper.web.pages.second import after_password
from gatekeeper.web.pages.way_in import accounts, begin, in_language, local
from gatekeeper.web.permissions import Role
from gatekeeper.web.problems import refuse
from gatekeeper.web.security import from_this_machine, named_as_this_machine
from gatekeeper.web.services import services
from gatekeeper.web.texts import LANGUAGES

__all__ = ["accounts", "too_many"]

log = logging.getLogger(__name__)


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
    return after_password(account, request.form.get("next"))


@accounts.post("/login/demo")
def login_demo() -> AnyResponse:
    """One click, by role: in a demo and from this machine only."""
    if not _demo_allowed():
        refuse("forbidden")
    role = request.form.get("role", "")
    account = services().store.account_by_role(role) if role in set(Role) else None
    if account is None:
        refuse("not_found")
    begin(account)
    return redirect(local(request.form.get("next")))


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
    response = redirect(local(request.form.get("next"), refused=()))
    return in_language(response, chosen)


def too_many(_limit: Any) -> Response:
    """The form again, after too many tries."""
    return _form(429, "rate_limited")


def stale() -> Response:
    """The form again, because the one that was sent had expired."""
    return _form(400, "stale_form")


def _form(status: int, error: str = "") -> Response:
    page = render_template(
        "login.html",
        next=local(request.values.get("next")),
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
    return [{"role": role, "label": names[column]} for role, names in ROLE_NAMES.items()]


def _demo_allowed() -> bool:
    """In a demo, from this machine, by a name of this machine."""
    return services().config.demo and from_this_machine() and named_as_this_machine()
