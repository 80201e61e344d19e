"""Who may call what: one table, and nothing is allowed that it does not name.

A route or a socket event without an entry stops the application from starting, so that a new
page cannot be open by being forgotten. Roles only; that a token is good for one gate alone is
checked where the gate is known (`gatekeeper.web.accounts`).
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.db.users import Role
from gatekeeper.errors import ConfigError

__all__ = ["PUBLIC", "ROUTES", "SOCKET_EVENTS", "Role", "allowed", "check_complete", "may_join"]


PUBLIC = frozenset({"*"})
"""Anybody, signed in or not. What is public must show neither names nor lists."""

_EVERY = frozenset(Role)
_AT_GATES = frozenset({Role.GUARD, Role.PROTOCOL, Role.DESK, Role.ADMIN})
_WATCH_GATES = _AT_GATES | {Role.AUDITOR}
_OFFICERS = frozenset({Role.GUARD, Role.PROTOCOL, Role.ADMIN})
_HOSTS = frozenset({Role.PROTOCOL, Role.ADMIN, Role.AUDITOR})
_LEADERS = frozenset({Role.PROTOCOL, Role.ADMIN})
_PASS_OFFICE = frozenset({Role.ISSUER, Role.ADMIN})
_DECIDERS = frozenset({Role.ADMIN, Role.AUDITOR, Role.ISSUER, Role.PROTOCOL})
"""Who may have asked for, or decides on, an act that needs two; each kind says who exactly."""
_RECORD = frozenset({Role.ADMIN, Role.AUDITOR})
_REQUESTS = frozenset({Role.ISSUER, Role.ADMIN})
_REQUESTS_READ = _REQUESTS | {Role.AUDITOR}
_VISITOR_DESK = frozenset({Role.DESK, Role.ISSUER, Role.ADMIN})
_ANNOUNCE = _VISITOR_DESK | {Role.PROTOCOL}
_ISSUERS = frozenset({Role.ISSUER, Role.ADMIN})
_SEE_HOLDERS = _ISSUERS | {Role.AUDITOR}
_FIND_HOLDERS = _SEE_HOLDERS | {Role.DESK}
_MAKERS = frozenset({Role.ISSUER, Role.ADMIN})

ROUTES: dict[str, frozenset[str]] = {
    # endpoint: roles. PUBLIC ones are the way in, errors, and what a monitor asks.
    "static": PUBLIC,
    "accounts.login": PUBLIC,
    "accounts.login_demo": PUBLIC,
    "accounts.logout": PUBLIC,
    "accounts.language": PUBLIC,
    "accounts.code": PUBLIC,
    "accounts.enrol": PUBLIC,
    "accounts.enrol_picture": PUBLIC,
    "accounts.link": PUBLIC,
    "ops.healthz": PUBLIC,
    "ops.metrics": PUBLIC,
    "api.openapi": PUBLIC,
    "own.overview": _EVERY,
    "own.password": _EVERY,
    "own.codes": _EVERY,
    "own.device": _EVERY,
    "own.picture": _EVERY,
    "own.end": _EVERY,
    "pages.home": _EVERY,
    "pages.design": _EVERY,
    "pages.checkpoint": _WATCH_GATES,
    "pages.event_live": _HOSTS,
    "pages.event_wall": _HOSTS,
    "pages.photo": _WATCH_GATES | {Role.ISSUER},
    "ui.gate_search": _AT_GATES,
    "ui.event_search": _HOSTS,
    "ui.admit": _AT_GATES,
    "ui.override": _OFFICERS,
    "ui.companions": _OFFICERS,
    "ui.representative": _OFFICERS,
    "ui.gate_state": _LEADERS,
    "ui.missing": _HOSTS,
    "ui.acknowledge": _LEADERS,
    "api.read": _AT_GATES,
    "api.journal": _RECORD,
    "api.attendance": _HOSTS,
    "api.gates": _EVERY,
    "api.readers": _EVERY,
    "api.muster": _HOSTS,
    "api.revoke": frozenset({Role.ISSUER, Role.ADMIN}),
    # -- holders: people and vehicles
    "holders.people": _FIND_HOLDERS,
    "holders.person": _SEE_HOLDERS,
    "holders.new_person": _ISSUERS,
    "holders.edit_person": _ISSUERS,
    "holders.photo": _ISSUERS,
    "merging.choose": _ISSUERS,
    "merging.merge": _ISSUERS,
    "vehicle_merging.choose": _ISSUERS,
    "vehicle_merging.merge": _ISSUERS,
    "vehicles.listed": _FIND_HOLDERS,
    "vehicles.vehicle": _SEE_HOLDERS,
    "vehicles.new_vehicle": _ISSUERS,
    "vehicles.edit_vehicle": _ISSUERS,
    "api.people": _SEE_HOLDERS,
    "api.person": _SEE_HOLDERS,
    "api.add_person": _ISSUERS,
    "api.change_person": _ISSUERS,
    "api.person_photo": _SEE_HOLDERS,
    "api.put_photo": _ISSUERS,
    "api.remove_photo": _ISSUERS,
    "api.merge_preview": _ISSUERS,
    "api.merge": _ISSUERS,
    "api.vehicle_merge_preview": _ISSUERS,
    "api.vehicle_merge": _ISSUERS,
    "api.vehicles": _SEE_HOLDERS,
    "api.vehicle": _SEE_HOLDERS,
    "api.add_vehicle": _ISSUERS,
    "api.change_vehicle": _ISSUERS,
    # -- passes
    "passes.index": _PASS_OFFICE | {Role.DESK, Role.AUDITOR},
    "passes.one": _PASS_OFFICE | {Role.DESK, Role.AUDITOR},
    "passes.new": _PASS_OFFICE | {Role.DESK},
    "passes.ask": _PASS_OFFICE | {Role.DESK},
    "passes.act": _PASS_OFFICE,
    "passes.bind": _PASS_OFFICE,
    "passes.enrol": _PASS_OFFICE,
    "passes.ui_next": _PASS_OFFICE,
    "passes.ui_bind": _PASS_OFFICE,
    "passes.bulk": _PASS_OFFICE,
    "passes.bulk_do": _PASS_OFFICE,
    "passes.bulk_one": _PASS_OFFICE,
    "passes.bulk_undo": _PASS_OFFICE,
    "pass_classes.index": frozenset({Role.ADMIN, Role.AUDITOR}),
    "pass_classes.edit": frozenset({Role.ADMIN}),
    "pass_classes.face": frozenset({Role.ADMIN}),
    "pass_classes.save": frozenset({Role.ADMIN}),
    "api.passes": _PASS_OFFICE | {Role.AUDITOR},
    "api.one_pass_": _PASS_OFFICE | {Role.AUDITOR},
    "api.new_pass": _PASS_OFFICE,
    "api.pass_act": _PASS_OFFICE,
    # -- visitor desk
    "visitors.desk": _VISITOR_DESK,
    "visitors.exchange": _VISITOR_DESK,
    "visitors.take_back": _VISITOR_DESK,
    "visitors.tap": _VISITOR_DESK,
    "visitors.id_card": _VISITOR_DESK,
    "visitors.known": _VISITOR_DESK,
    "visitors.lists": _VISITOR_DESK,
    "visitors.visit": _VISITOR_DESK | {Role.AUDITOR},
    "visitors.back": _VISITOR_DESK,
    "visitors.lost": _VISITOR_DESK,
    "visitors.extend": _VISITOR_DESK,
    "visitors.call": _VISITOR_DESK,
    "visitors.document": _VISITOR_DESK,
    "visitors.cancel": _ANNOUNCE,
    "visitors.expected": _ANNOUNCE,
    "visitors.expect": _ANNOUNCE,
    "visitors.cards": _VISITOR_DESK,
    "visitors.retire_card": frozenset({Role.ISSUER, Role.ADMIN}),
    "visitors.replace_card": frozenset({Role.ISSUER, Role.ADMIN}),
    "visitors.record": _VISITOR_DESK | {Role.AUDITOR},
    "visitors.record_file": _VISITOR_DESK | {Role.AUDITOR},
    "api.visits": _VISITOR_DESK,
    "api.open_visit": _VISITOR_DESK,
    "api.return_visit": _VISITOR_DESK,
    # -- requests from outside
    "apply.index": PUBLIC,
    "apply.start": PUBLIC,
    "apply.step": PUBLIC,
    "apply.check": PUBLIC,
    "apply.done": PUBLIC,
    "apply.photo": PUBLIC,
    "apply.team_template": PUBLIC,
    "apply.team": PUBLIC,
    "apply.team_member": PUBLIC,
    "apply.team_remove": PUBLIC,
    "apply.team_photo": PUBLIC,
    "apply.status": PUBLIC,
    "apply.view": PUBLIC,
    "apply.answer": PUBLIC,
    "apply.withdraw": PUBLIC,
    "apply.leave": PUBLIC,
    "requests.queue": _REQUESTS_READ,
    "requests.show": _REQUESTS_READ,
    "requests.document": _REQUESTS_READ,
    "requests.decide": _REQUESTS,
    "requests.member": _REQUESTS,
    "api.requests": _REQUESTS_READ,
    "api.request_turnaround": _REQUESTS_READ,
    "api.one_request": _REQUESTS_READ,
    "api.decide_request": _REQUESTS,
    # -- making of badges and permits
    "prints.queue": _MAKERS,
    "prints.order": _MAKERS,
    "prints.ordered": _MAKERS,
    "prints.document": _MAKERS,
    "prints.one": _MAKERS,
    "prints.preview_pdf": _MAKERS,
    "prints.face": _MAKERS,
    "prints.read_back_form": _MAKERS,
    "prints.read_back_do": _MAKERS,
    "api.badge_specimen": _MAKERS,
    "api.badge_print": _MAKERS,
    # -- watchlist
    "api.watchlist_entries": _RECORD,
    "api.watchlist_add": frozenset({Role.ADMIN}),
    "api.watchlist_removal": frozenset({Role.ADMIN}),
    "watch.listed": _RECORD,
    "watch.entry": _RECORD,
    "watch.questions": _RECORD,
    "watch.new": frozenset({Role.ADMIN}),
    "watch.remove": frozenset({Role.ADMIN}),
    "watch.decide": frozenset({Role.ADMIN}),
    # -- accounts and audit
    "control.index": _DECIDERS,
    "control.users": _RECORD,
    "control.user": _RECORD,
    "control.new_user": frozenset({Role.ADMIN}),
    "control.change_user": frozenset({Role.ADMIN}),
    "control.tokens": frozenset({Role.ADMIN}),
    "control.new_token": frozenset({Role.ADMIN}),
    "control.revoke_token": frozenset({Role.ADMIN}),
    "control.approvals": _DECIDERS,
    "control.decide": _DECIDERS,
    "control.audit": _RECORD,
    "api.audit": _RECORD,
    # -- whole lists
    "exports.asked": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    "exports.ask": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    "exports.fetch": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    "api.import_rows": _ISSUERS,
    "api.exports": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    "api.ask_export": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    "api.fetch_export": frozenset({Role.ISSUER, Role.PROTOCOL, Role.ADMIN}),
    # -- personal data
    "privacy.overview": _RECORD,
    "privacy.record": _RECORD,
    "privacy.person": _RECORD,
    "privacy.export": _RECORD,
    "privacy.retention": frozenset({Role.ADMIN}),
    "privacy.erase": frozenset({Role.ADMIN}),
}

SOCKET_EVENTS: dict[str, frozenset[str]] = {
    "connect": _EVERY,
    "disconnect": _EVERY,
    "join": _EVERY,
    "leave": _EVERY,
    "desk_open": _PASS_OFFICE | {Role.DESK},
    "desk_close": _EVERY,
}
"""Events of the namespace /live; which room a `join` may name is in `ROOMS`."""

ROOMS: dict[str, frozenset[str]] = {
    "gate": _WATCH_GATES,
    "event": _HOSTS,
    "readers": _HOSTS,
}
"""Kind of room (what stands before the colon) to the roles that may join it."""


def allowed(endpoint: str, role: str | None) -> bool:
    """Whether `role` (None: nobody is signed in) may call `endpoint`; unknown ones: nobody."""
    roles = ROUTES.get(endpoint, frozenset())
    return roles is PUBLIC or (role is not None and role in roles)


def may_join(room: str, role: str) -> bool:
    """Whether `role` may watch `room` (`gate:G`, `event:SLUG`, `readers`)."""
    return role in ROOMS.get(room.partition(":")[0], frozenset())


def check_complete(endpoints: Iterable[str], events: Iterable[str]) -> None:
    """Raise ConfigError where a route or a socket event has no entry, or an entry no route."""
    for kind, present, table in (
        ("route", set(endpoints), ROUTES),
        ("socket event", set(events), SOCKET_EVENTS),
    ):
        missing, idle = present - table.keys(), table.keys() - present
        if missing or idle:
            raise ConfigError(
                f"permissions: {kind} without an entry: {sorted(missing)}; "
                f"entry without a {kind}: {sorted(idle)}"
            )
