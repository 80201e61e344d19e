"""What routes are given to work with: built once in create_app, found from any request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from gatekeeper.config import Config, GateSettings
from gatekeeper.journal.reader import JournalReader
from gatekeeper.link.client import LinkClient
from gatekeeper.office.name_index import NameIndex
from gatekeeper.vault import Vault
from gatekeeper.web.accounts import Accounts
from gatekeeper.web.acknowledged import Acknowledged
from gatekeeper.web.guests import Guests
from gatekeeper.web.holders import Holders
from gatekeeper.web.hub import Hub
from gatekeeper.web.lanes import NodeWatch
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.problems import refuse
from gatekeeper.web.store import Store

__all__ = ["EXTENSION", "Services", "gate_settings", "services"]

EXTENSION = "gatekeeper"


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that lives as long as the application."""

    config: Config
    gates: dict[str, GateSettings]
    link: LinkClient
    store: Store
    journal: JournalReader
    accounts: Accounts
    holders: Holders
    watch: NodeWatch
    ledger: Ledger
    hub: Hub
    acknowledged: Acknowledged
    guests: Guests
    vault: Vault
    names: NameIndex
    live: Any
    """The LiveNamespace (its type is Flask-SocketIO's affair)."""


def services() -> Services:
    """Those of the application that handles this request."""
    return cast(Services, current_app.extensions[EXTENSION])


def gate_settings(gate: str) -> GateSettings:
    """The settings of `gate`; answers 404 where there is no such gate."""
    found = services().gates.get(gate)
    if found is None:
        refuse("not_found", f"gate {gate!r} is not defined")
    return found
