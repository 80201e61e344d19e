"""The web application: everything put together, nothing started.

`create_app` builds; `Background.start` begins the threads that tail the journal, watch the
node and end sessions. A route without an entry in the table of permissions stops it here.
"""

from __future__ import annotations

import hashlib
import logging
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask_login import current_user
from flask_socketio import SocketIO

from gatekeeper.config import Config
from gatekeeper.db.engine import connect
from gatekeeper.errors import StoreError
from gatekeeper.journal.reader import JournalReader
from gatekeeper.link.client import LinkClient
from gatekeeper.office.name_index import NameIndex
from gatekeeper.vault import Vault
from gatekeeper.web import accounts as accounts_room
from gatekeeper.web import problems, security, texts
from gatekeeper.web.accounts import Accounts
from gatekeeper.web.acknowledged import Acknowledged
from gatekeeper.web.api import (
    api,
    audit,
    badges,
    lists,
    merging,
    reads,
    record,
    site,
    vehicle_merging,
    visits,
    watch,
)
from gatekeeper.web.api import holders as holder_api
from gatekeeper.web.api import passes as pass_api
from gatekeeper.web.api import requests as request_api
from gatekeeper.web.api import vehicles as vehicle_api
from gatekeeper.web.api.fast import FastReads
from gatekeeper.web.desk_taps import DeskSessions
from gatekeeper.web.desks import DESKS, apply_status
from gatekeeper.web.door import SocketDoor
from gatekeeper.web.earlier import earlier_feed
from gatekeeper.web.guests import Guests
from gatekeeper.web.hint import Hint
from gatekeeper.web.holders import Holders
from gatekeeper.web.hub import Hub
from gatekeeper.web.keeper import Keeper
from gatekeeper.web.lanes import NodeWatch
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.live import Emitter, LiveNamespace
from gatekeeper.web.pages import accounts as account_pages
from gatekeeper.web.pages.acts import ui
from gatekeeper.web.pages.ops import ops
from gatekeeper.web.pages.own import own
from gatekeeper.web.pages.screens import pages
from gatekeeper.web.permissions import allowed, check_complete
from gatekeeper.web.services import EXTENSION, Services
from gatekeeper.web.sockets import make_socketio
from gatekeeper.web.store import Store

__all__ = ["Background", "create_app"]

log = logging.getLogger(__name__)

_STATUS_DEADLINE_S = 1.2
"""A node that hangs shows as down within this and one period of asking: under two seconds."""

_API_MODULES = (
    audit,
    badges,
    holder_api,
    lists,
    merging,
    pass_api,
    reads,
    record,
    site,
    vehicle_api,
    vehicle_merging,
    visits,
    watch,
    request_api,
)
"""Imported for their routes."""


class Background:
    """The threads of one application."""

    def __init__(self, *parts: Any) -> None:
        """`parts` have start() and stop()."""
        self._parts = parts

    def start(self) -> None:
        """Start all."""
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """Stop all, the last started first."""
        for part in reversed(self._parts):
            part.stop()


def create_app(config: Config) -> tuple[Flask, Background]:
    """The application for `config`, and its threads, not yet running.

    Raises ConfigError. Neither the node nor the database need be there.
    """
    app = Flask("gatekeeper.web", root_path=str(Path(__file__).parent))
    csrf = security.setup(app, config)
    socketio = make_socketio()
    built, background = _build(config, socketio)
    app.extensions[EXTENSION] = built
    accounts_room.setup(app, built.accounts)
    event_of = {gate.id: gate.event for gate in config.gates}.get
    app.before_request(lambda: accounts_room.enforce(built.accounts, event_of))
    texts.setup(app, config.site.timezone)
    problems.setup(app)
    problems.on_stale_form(app, "accounts.login", account_pages.stale)
    for blueprint in (account_pages.accounts, own, pages, ui, api, ops, *DESKS):
        app.register_blueprint(blueprint)
    csrf.exempt(api)
    security.limit_sign_in(app, "accounts.login", account_pages.too_many)
    apply_status.limit(app)
    lists.limit(app)
    _templates(app, config)
    socketio.init_app(app)
    socketio.on_namespace(built.live)
    door = SocketDoor(app.wsgi_app, lambda environ: _is_known(app, environ))
    app.wsgi_app = FastReads(door, built)  # type: ignore[method-assign]
    events = [name[3:] for name in dir(built.live) if name.startswith("on_")]
    check_complete((rule.endpoint for rule in app.url_map.iter_rules()), events)
    return app, background


def _build(config: Config, socketio: SocketIO) -> tuple[Services, Background]:
    link = LinkClient.for_data(config.data)
    asking = LinkClient.for_data(config.data, deadline_s=_STATUS_DEADLINE_S)
    store = Store(connect(config.database_url))
    journal = JournalReader(config.journal_path)
    accounts = Accounts(store)
    watch = NodeWatch(asking, config.gates)
    ledger = Ledger(config.gates)
    holders = Holders(asking, store)
    acknowledged = Acknowledged(config.site.id, store)
    feed = JournalReader(config.journal_path)
    emitter = Emitter(socketio)
    earlier = partial(earlier_feed, config.data, ledger.places, feed)
    hub = Hub(feed, watch, holders, ledger, acknowledged, emitter, earlier)
    watch.on_change = hub.wake.set
    acknowledged.on_found = hub.tell_acknowledged
    live = LiveNamespace(hub, ledger, accounts, emitter)
    live.desks = DeskSessions(LinkClient.for_data(config.data), store.look_at_tag, emitter.send)
    guests = Guests(store, hub, holders)
    services = Services(
        config=config,
        gates={gate.id: gate for gate in config.gates},
        link=link,
        store=store,
        journal=journal,
        accounts=accounts,
        holders=holders,
        watch=watch,
        ledger=ledger,
        hub=hub,
        acknowledged=acknowledged,
        guests=guests,
        vault=Vault.of(config.data),
        names=NameIndex(),
        live=live,
    )
    hint = Hint(asking, lambda: hub.seq, hub.wake)
    return services, Background(watch, hub, hint, _keeper(services))


def _keeper(built: Services) -> Keeper:
    """What is looked at all the time."""
    return Keeper(
        {
            "guests": built.guests.refresh,
            "accounts": built.accounts.refresh,
            "alerts": built.acknowledged.refresh,
            "sweep": built.live.sweep,
            "names": lambda: built.store.refresh_names(built.names),
        }
    )


def _is_known(app: Flask, environ: dict[str, Any]) -> bool:
    """Whether a request comes from somebody who is signed in."""
    with app.request_context(environ):
        user: Any = current_user
        try:
            return bool(user.is_authenticated)
        except StoreError:
            return False


def _templates(app: Flask, config: Config) -> None:
    """Names that every template may use."""
    versions: dict[tuple[str, int], str] = {}

    def asset(filename: str) -> str:
        """Once a page: a list of a hundred lines names the icons' file a thousand times."""
        known: dict[str, str] = g.setdefault("assets", {})
        if filename not in known:
            known[filename] = versioned(filename)
        return known[filename]

    def versioned(filename: str) -> str:
        path = Path(app.static_folder or "") / filename
        if not path.is_file():
            return url_for("static", filename=filename)
        key = filename, path.stat().st_mtime_ns
        if key not in versions:
            versions[key] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        return url_for("static", filename=filename, v=versions[key])

    def nobody_may(endpoint: str) -> bool:
        return allowed(endpoint, None)

    def context() -> dict[str, Any]:
        user: Any = current_user
        lang = texts.language()
        signed_in = bool(user and user.is_authenticated)
        return {
            "lang": lang,
            "site": config.site,
            "site_name": config.site.name_th if lang == "th" else config.site.name_en,
            "user": user if signed_in else None,
            "may": accounts_room.person(user).may_open if signed_in else nobody_may,
            "demo": config.demo,
            "asset": asset,
        }

    app.context_processor(context)
