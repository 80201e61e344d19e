"""The second step of signing in: a code of the owner's device, its enrolment, one-time links.

Between password and code nobody is signed in: the cookie says who gave the right password, and
opens these pages alone. Secrets are made by POST; a GET only shows them.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db import user_admin, users
from gatekeeper.db.users import Account
from gatekeeper.errors import UserError
from gatekeeper.office import second_factor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.pages.way_in import accounts, begin, in_language, local
from gatekeeper.web.permissions import Role
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.services import services
from gatekeeper.web.texts import language
from gatekeeper.web.tries import Tries

__all__ = ["NEEDS_CODE", "after_password", "enter"]

NEEDS_CODE = frozenset({Role.ADMIN, Role.ISSUER})
"""Roles that must have a device for codes (`web.require_totp`)."""

PENDING = "pending"
PENDING_S = 600.0
"""From the password to the code."""

tries = Tries(5, 300.0)
"""Wrong codes of one account."""


def after_password(account: Account, target: str | None) -> AnyResponse:
    """The password was right: signed in, or on to the code, or to the enrolment."""
    must = _codes_required() and account.role in NEEDS_CODE
    if not account.totp and not must:
        return enter(account, target)
    if not account.totp:
        with acting() as db:
            second_factor.begin(db, account, services().vault)
    session.clear()
    session[PENDING] = {
        "id": account.id,
        "version": account.session_version,
        "at": time.time(),
        "next": local(target),
    }
    return redirect("/login/code" if account.totp else "/login/enrol")


def enter(account: Account, target: str | None) -> AnyResponse:
    """Signed in: note it, and lead on."""
    begin(account)
    with acting() as db:
        user_admin.note_sign_in(db, account.id, time.time(), request.remote_addr or "?")
    return in_language(redirect(local(target)), account.language)


@accounts.route("/login/code", methods=["GET", "POST"])
def code() -> AnyResponse:
    """Ask for a code of the device."""
    account, target = _pending()
    if account is None or not account.totp:
        return redirect("/login")
    if request.method == "GET":
        return _page("login_code.html")
    if tries.spent(account.id):
        return _page("login_code.html", 429, error="rate_limited")
    with acting() as db:
        good = second_factor.check(
            db, account, services().vault, request.form.get("code", "")[:40], time.time()
        )
    if not good:
        tries.failed(account.id)
        return _page("login_code.html", 401, error="wrong_code")
    tries.succeeded(account.id)
    return enter(account, target)


@accounts.route("/login/enrol", methods=["GET", "POST"])
def enrol() -> AnyResponse:
    """Put the secret into a device, prove it by a code, keep the recovery codes."""
    account, target = _pending()
    if account is None or account.totp:
        return redirect("/login")
    if request.method == "GET":
        return _enrolment(account)
    if tries.spent(account.id):
        return _enrolment(account, 429, "rate_limited")
    with acting() as db:
        codes = second_factor.confirm(
            db, account, services().vault, request.form.get("code", "")[:40], time.time()
        )
    if codes is None:
        tries.failed(account.id)
        return _enrolment(account, 401, "wrong_code")
    tries.succeeded(account.id)
    enter(account, target)
    return _page("login_recovery.html", codes=codes, next=local(target))


@accounts.get("/login/enrol/qr.svg")
def enrol_picture() -> AnyResponse:
    """What the device scans."""
    account, _ = _pending()
    found = _secret(account) if account is not None else None
    if found is None:
        refuse("not_found")
    response = Response(second_factor.picture(found.uri), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


@accounts.route("/login/link/<secret>", methods=["GET", "POST"])
def link(secret: str) -> AnyResponse:
    """A one-time link: its owner sets the password."""
    with looking() as db:
        account = user_admin.by_invite(db, secret, time.time())
    if account is None:
        return _page("login_link.html", 404, account=None)
    error = ""
    if request.method == "POST":
        password = request.form.get("password", "")
        if password != request.form.get("again", ""):
            error = "รหัสผ่านสองช่องไม่ตรงกัน" if language() == "th" else "The two do not match"
        else:
            try:
                with acting() as db:
                    user_admin.accept_invite(db, secret, password, time.time())
                return redirect("/login")
            except UserError as refused:
                error = in_words(refused)
    return _page("login_link.html", 422 if error else 200, account=account, error=error)


def _codes_required() -> bool:
    config = services().config
    return not config.demo if config.web.require_totp is None else config.web.require_totp


def _pending() -> tuple[Account | None, str]:
    """Who gave the right password in this browser lately, and where they wanted to go."""
    known: Any = session.get(PENDING)
    if not isinstance(known, dict) or time.time() - known["at"] > PENDING_S:
        return None, "/"
    with looking() as db:
        account = users.user_by_id(db, known["id"])
    if account is None or account.disabled or account.session_version != known["version"]:
        return None, "/"
    return account, known["next"]


def _secret(account: Account) -> second_factor.Enrolment | None:
    config = services().config
    with looking() as db:
        return second_factor.enrolment(db, account, services().vault, config.site.name_en)


def _enrolment(account: Account, status: int = 200, error: str = "") -> AnyResponse:
    found = _secret(account)
    secret = found.secret if found else ""
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return _page("login_enrol.html", status, error=error, secret=groups)


def _page(name: str, status: int = 200, **values: Any) -> AnyResponse:
    response = Response(render_template(name, **{"error": "", **values}), status)
    response.headers["Cache-Control"] = "no-store"
    return response
