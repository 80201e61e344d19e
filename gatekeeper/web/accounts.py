"""Who is calling: sessions of people, bearer tokens of devices, and that both end at once.

A session's cookie names account, session version and an identity of its own; each request
compares them with the account as it was at most half a second ago, so a disabled user is
out within a second, and with what was signed out. While the main database is gone, accounts
known before stay signed in: a guard's screen must not go dark with it; nobody new gets in.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from gatekeeper.db.audit import ORIGIN
from gatekeeper.db.tokens import TokenInfo
from gatekeeper.db.users import Account
from gatekeeper.errors import StoreError
from gatekeeper.web.permissions import PUBLIC, ROUTES, allowed
from gatekeeper.web.problems import refuse
from gatekeeper.web.recent import Recent
from gatekeeper.web.scope import EVERYTHING, EventOf, Scope, scope_of
from gatekeeper.web.security import SESSION_HOURS
from gatekeeper.web.store import Store

__all__ = ["Accounts", "Caller", "SignedIn", "actor", "enforce", "setup", "sign_in", "sign_out"]

ACCOUNT_TTL_S = 0.5
_MARGIN_S = 3600.0
"""A cookie is never younger than this beyond its time, whatever the clocks do."""
TOKEN_TTL_S = 1.0
SEEN_S = 60.0


class SignedIn(UserMixin):  # type: ignore[misc]
    """A signed-in person, in the form that Flask-Login and templates want."""

    def __init__(self, account: Account, session_id: str) -> None:
        self.account = account
        self.session_id = session_id
        self.id = account.id
        self.username = account.name
        self.display_name = account.display_name or account.name
        self.role = account.role.value
        self.scope = scope_of(account)

    def get_id(self) -> str:
        """What the session cookie carries."""
        return f"{self.account.id}:{self.account.session_version}:{self.session_id}"


class Accounts:
    """Accounts and tokens as they were a moment ago, and the sessions that were ended."""

    def __init__(self, store: Store) -> None:
        self._accounts: Recent[int, Account | None] = Recent(store.account, ACCOUNT_TTL_S)
        self.tokens: Recent[str, TokenInfo | None] = Recent(store.token, TOKEN_TTL_S)
        self._store = store
        self._ended: set[str] = set()
        self._known = False
        """Whether what was ended before this process began is known."""
        self._unsaved: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._seen_saved = time.monotonic()

    def refresh(self) -> None:
        """Renew what is in use, store what could not be stored. Raises StoreError."""
        self._save()
        self._save_seen()
        self._accounts.refresh()
        self.tokens.refresh()

    def user(self, session_key: str) -> SignedIn | None:
        """The person of a session, or None where it is over. Raises StoreError."""
        number, _, rest = session_key.partition(":")
        version, _, session_id = rest.partition(":")
        if not number.isdigit() or not session_id or self._is_ended(session_id):
            return None
        account = self._accounts.get(int(number))
        if account is None or account.disabled or str(account.session_version) != version:
            return None
        self._seen[session_id] = time.time()
        return SignedIn(account, session_id)

    def bearer(self, header: str) -> Caller | None:
        """Who sends this Authorization header; None: nobody we know. Raises StoreError."""
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            return None
        grant = self.tokens.get(secret.strip())
        if grant is None:
            return None
        events = None if grant.events is None else frozenset(grant.events)
        return Caller(grant.role.value, f"token:{grant.name}", grant.gate, Scope(events=events))

    def end(self, session_id: str) -> None:
        """A person signed out: their cookie is worth nothing any more, wherever it was copied.

        Where the main database is gone, that is stored as soon as it is back.
        """
        self._ended.add(session_id)
        self._unsaved[session_id] = time.time()
        with contextlib.suppress(StoreError):
            self._save()

    def _save(self) -> None:
        for session_id, at in list(self._unsaved.items()):
            self._store.end_session(session_id, at, at - SESSION_HOURS * 3600.0 - _MARGIN_S)
            self._unsaved.pop(session_id, None)

    def _save_seen(self) -> None:
        """Once a minute: owners are shown when each session was last used."""
        if not self._seen or time.monotonic() - self._seen_saved < SEEN_S:
            return
        self._seen_saved, seen, self._seen = time.monotonic(), self._seen, {}
        self._store.note_seen(seen)

    def _is_ended(self, session_id: str) -> bool:
        if not self._known:
            self._ended |= self._store.ended_sessions()
            self._known = True
        return session_id in self._ended


class Caller:
    """Who calls a route: a role, a name for the record, and the one gate of a device."""

    def __init__(
        self, role: str, name: str, gate: str | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self.role = role
        self.name = name
        self.gate = gate
        self.scope = scope

    def may(self, endpoint: str, arguments: Mapping[str, Any], event_of: EventOf) -> bool:
        """Whether the table allows it, and it is about a gate and an event of this caller.

        A token that is good for one gate may call nothing that is not about that gate.
        """
        if self.gate is not None and arguments.get("gate") != self.gate:
            return False
        return allowed(endpoint, self.role) and self.scope.opens(endpoint, arguments, event_of)

    def may_open(self, endpoint: str) -> bool:
        """Whether a page that names no gate and no event is open to this caller."""
        return self.may(endpoint, {}, lambda _: None)


def setup(app: Flask, accounts: Accounts) -> None:
    """Flask-Login for people."""
    manager = LoginManager()
    # Tablets roam between access points; the cookie is HttpOnly and SameSite instead.
    manager.session_protection = None
    manager.user_loader(accounts.user)
    manager.init_app(app)


def sign_in(account: Account) -> str:
    """Begin a session; nothing of an earlier one stays (no fixation). Gives its identity."""
    session.clear()
    session.permanent = True
    begun = secrets.token_urlsafe(18)
    login_user(SignedIn(account, begun))
    return begun


def sign_out(accounts: Accounts) -> str | None:
    """End the session everywhere; gives its identity, if somebody was signed in."""
    ended = current_user.session_id if current_user.is_authenticated else None
    if ended is not None:
        accounts.end(ended)
    session.clear()
    return ended


def actor() -> str:
    """Name of the caller for the record."""
    caller: Caller = g.caller
    return caller.name


def enforce(accounts: Accounts, event_of: EventOf) -> None:
    """Before every request: who calls, and may they? Routes without an entry are nobody's."""
    ORIGIN.set(request.remote_addr or "?")
    endpoint = request.endpoint
    if endpoint is None or ROUTES.get(endpoint) is PUBLIC:
        return
    caller = _bearer(accounts) if request.blueprint == "api" else _person()
    if caller is None:
        refuse("unauthenticated")
    if not caller.may(endpoint, request.view_args or {}, event_of):
        refuse("forbidden")
    g.caller = caller


def bearer_role(accounts: Accounts) -> str | None:
    """Role of the token sent along, on a public route that shows more to some."""
    caller = _bearer(accounts)
    return caller.role if caller else None


def _person() -> Caller | None:
    user: Any = current_user
    return person(user) if user.is_authenticated else None


def person(user: SignedIn) -> Caller:
    """A signed-in person as a caller."""
    return Caller(user.role, user.username, scope=user.scope)


def _bearer(accounts: Accounts) -> Caller | None:
    header = request.headers.get("Authorization", "")
    caller = accounts.bearer(header)
    if caller is None and header:
        refuse("bad_token")
    return caller
