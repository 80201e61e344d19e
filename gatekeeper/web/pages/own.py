"""One's own account: password, device for codes, recovery codes, sessions. For every role.

Parse, call gatekeeper.office.own_account, answer. A secret that waits for its first code is in
the cookie, sealed; the device in use stays good until the new one has proved itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, session
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from gatekeeper.db.audit import record_act
from gatekeeper.db.sessions import SessionInfo, sessions_of
from gatekeeper.db.users import Account
from gatekeeper.errors import UserError, VaultError
from gatekeeper.office import own_account, second_factor
from gatekeeper.web.desks.acting import acting, looking
from gatekeeper.web.desks.control.base import end_sessions
from gatekeeper.web.forms import say
from gatekeeper.web.pages.second import tries
from gatekeeper.web.pages.way_in import begin
from gatekeeper.web.problems import in_words, refuse
from gatekeeper.web.security import SESSION_HOURS
from gatekeeper.web.services import services
from gatekeeper.web.tries import Tries

__all__ = ["own"]

own = Blueprint("own", __name__, url_prefix="/account")

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
"""What a browser's name for itself has in it, the first that fits."""

RENEWAL = "renewal"
RENEWAL_S = 600.0
"""From the confirmation to the first code of the new device."""

passwords = Tries(5, 300.0)
"""Wrong passwords of one account, typed by who is signed in."""

_WAIT = (
    "ลองหลายครั้งเกินไป รอ 5 นาทีแล้วลองใหม่",
    "Too many wrong tries. Wait five minutes, then try again.",
)
_WRONG = (
    "รหัสผ่านหรือรหัสใช้ครั้งเดียวไม่ถูกต้อง",
    "The password or the code is wrong.",
)


@own.app_template_filter("browser_name")
def browser_name(agent: str) -> str:
    """A browser and its system in words, of what it called itself; what is unknown, as it is."""
    kinds = (
        next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(filter(None, kinds)) or agent[:40] or "?"


@own.get("")
def overview() -> AnyResponse:
    """All of it."""
    return _page("account.html", done=request.args.get("done", ""), faults=[])


@own.post("/password")
def password() -> AnyResponse:
    """Set another password; all other sessions end, this one goes on."""
    account = _account()
    if passwords.spent(account.id):
        return _page("account.html", 429, faults=[("old", say(*_WAIT))])
    typed = [request.form.get(name, "")[:400] for name in ("old", "new", "again")]
    try:
        with acting() as db:
            changed = own_account.change_password(db, account, *typed)
    except UserError as error:
        if error.field == "old":
            passwords.failed(account.id)
        return _page("account.html", 422, faults=[(error.field, in_words(error))])
    passwords.succeeded(account.id)
    _go_on(changed)
    return redirect("/account?done=password")


@own.route("/codes", methods=["GET", "POST"])
def codes() -> AnyResponse:
    """Prove anew who one is; then set up a device, or have new recovery codes."""
    account = _account()
    if request.method == "GET":
        return _page("codes.html", faults=[])
    if passwords.spent(account.id) or tries.spent(account.id):
        return _page("codes.html", 429, faults=[("password", say(*_WAIT))])
    typed, code = request.form.get("password", "")[:400], request.form.get("code", "")[:40]
    now = time.time()
    with acting() as db:
        owner = own_account.is_owner(db, account, services().vault, typed, code, now)
    if not owner:
        passwords.failed(account.id)
        return _page("codes.html", 422, faults=[("password", say(*_WRONG))])
    passwords.succeeded(account.id)
    if request.form.get("what") == "recovery" and account.totp:
        with acting() as db:
            changed, made = own_account.renew_recovery(db, account)
        _go_on(changed)
        return _page("recovery.html", codes=made)
    sealed = base64.b64encode(second_factor.draft(services().vault)).decode()
    session[RENEWAL] = {"sealed": sealed, "at": now}
    return redirect("/account/codes/device")


@own.route("/codes/device", methods=["GET", "POST"])
def device() -> AnyResponse:
    """Put the new secret into a device, and prove it by a code."""
    account, sealed = _account(), _renewal()
    if sealed is None:
        return redirect("/account/codes")
    if request.method == "GET":
        return _device(account, sealed)
    if tries.spent(account.id):
        return _device(account, sealed, 429, "rate_limited")
    with acting() as db:
        done = own_account.replace_device(
            db, account, services().vault, sealed, request.form.get("code", "")[:40], time.time()
        )
    if done is None:
        tries.failed(account.id)
        return _device(account, sealed, 401, "wrong_code")
    tries.succeeded(account.id)
    changed, made = done
    _go_on(changed)
    return _page("recovery.html", codes=made)


@own.get("/codes/device/qr.svg")
def picture() -> AnyResponse:
    """What the device scans."""
    account, sealed = _account(), _renewal()
    if sealed is None:
        refuse("not_found")
    uri = _enrolment(account, sealed).uri
    return Response(second_factor.picture(uri), content_type="image/svg+xml")


@own.post("/sessions")
def end() -> AnyResponse:
    """End one session, or every one but this."""
    account, which = _account(), request.form.get("which", "")
    if which == "others":
        with acting() as db:
            record_act(db, account.name, "user.end_sessions", f"user:{account.name}")
            changed = own_account.end_all(db, account)
        _go_on(changed)
        return redirect("/account?done=others")
    found = next((each for each in _sessions(account) if _key(each.id) == which), None)
    if found is None:
        return _page("account.html", 422, faults=[("sessions", say(
            "การใช้งานนี้สิ้นสุดไปแล้ว", "This session is over already."))])  # fmt: skip
    with acting() as db:
        record_act(db, account.name, "user.end_session", f"user:{account.name}")
    services().accounts.end(found.id)
    services().live.sweep()
    return redirect("/account?done=session")


def _account() -> Account:
    user: Any = current_user
    account: Account = user.account
    return account


def _go_on(changed: Account) -> None:
    """The sessions of the account have ended; this browser gets a new one."""
    begin(changed)
    end_sessions()


def _renewal() -> bytes | None:
    """The secret that waits in this browser."""
    known: Any = session.get(RENEWAL)
    if not isinstance(known, dict) or time.time() - known["at"] > RENEWAL_S:
        return None
    try:
        return base64.b64decode(known["sealed"], validate=True)
    except binascii.Error:
        return None


def _enrolment(account: Account, sealed: bytes) -> second_factor.Enrolment:
    try:
        site = services().config.site.name_en
        return second_factor.enrolment_of(services().vault, sealed, account, site)
    except VaultError:
        refuse("not_found")


def _device(account: Account, sealed: bytes, status: int = 200, error: str = "") -> AnyResponse:
    secret = _enrolment(account, sealed).secret
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return _page("device.html", status, error=error, secret=groups)


def _sessions(account: Account) -> list[SessionInfo]:
    with looking() as db:
        return sessions_of(db, account.id, time.time() - SESSION_HOURS * 3600.0)


def _key(session_id: str) -> str:
    """How a form names a session: its identity itself is nobody's to see."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:24]


def _page(name: str, status: int = 200, **values: Any) -> AnyResponse:
    account: Account = _account()
    user: Any = current_user
    open_now = [
        {"key": _key(each.id), "mine": each.id == user.session_id, "about": each}
        for each in (_sessions(account) if name == "account.html" else ())
    ]
    known = {"account": account, "sessions": open_now, "done": ""}
    page = render_template(f"own/{name}", **{**known, **values})
    return AnyResponse(page, status, content_type="text/html; charset=utf-8")
