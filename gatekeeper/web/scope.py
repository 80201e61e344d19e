"""The gates and events that a person may work with: one rule for routes, rooms, lists and acts.

An account without a scope has all of them. One with a scope gets what names a gate or an event
of it, and of the rest only what `WITHIN_SCOPE` lists, which filters by itself: a new page of
the whole site is closed to such accounts until somebody has thought of it. (A device's token
that is good for one gate is narrower still: `Caller.gate`.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.db.users import Account

__all__ = ["EVERYTHING", "OF_EVENTS", "WITHIN_SCOPE", "EventOf", "Scope", "scope_of"]

WITHIN_SCOPE = frozenset(
    {
        "pages.home",
        "pages.design",
        "pages.photo",
        "own.overview",
        "own.password",
        "own.codes",
        "own.device",
        "own.picture",
        "own.end",
        "ui.companions",
        "ui.representative",
    }
)
"""Routes that name neither gate nor event and are open to accounts with a scope."""

OF_EVENTS = frozenset(
    {
        "exports.asked",
        "exports.ask",
        "exports.fetch",
        "api.exports",
        "api.ask_export",
        "api.fetch_export",
    }
)
"""Routes open to who is held to some events: they give the guests of those and nothing else."""

_ARGUMENTS = {"gate", "slug"}

EventOf = Callable[[str], str | None]
"""The event of a gate; None: a gate of the site's daily life, or no gate at all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """None: every one."""

    gates: frozenset[str] | None = None
    events: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is out of it."""
        return self.gates is None and self.events is None

    def has_event(self, slug: str) -> bool:
        """Whether the event is in it."""
        return self.events is None or slug in self.events

    def has_gate(self, gate: str, event: str | None) -> bool:
        """Whether the gate, which admits to `event`, is in it."""
        if self.gates is not None and gate not in self.gates:
            return False
        return event is None or self.has_event(event)

    def opens(self, endpoint: str, arguments: Mapping[str, Any], event_of: EventOf) -> bool:
        """Whether a route with these arguments is in it."""
        if self.whole:
            return True
        if not arguments.keys() & _ARGUMENTS:
            within = endpoint in OF_EVENTS and self.events is not None
            return within or endpoint in WITHIN_SCOPE
        gate, slug = arguments.get("gate"), arguments.get("slug")
        if gate is not None and not self.has_gate(gate, event_of(gate)):
            return False
        return slug is None or self.has_event(slug)

    def admits(self, room: str, event_of: EventOf) -> bool:
        """Whether a room of the live feed (`gate:G`, `event:SLUG`, others) is in it."""
        kind, _, name = room.partition(":")
        if self.whole:
            return True
        if kind == "gate":
            return self.has_gate(name, event_of(name))
        return kind == "event" and self.has_event(name)


EVERYTHING = Scope()


def scope_of(account: Account) -> Scope:
    """What an account may work with."""
    return Scope(_set(account.gates), _set(account.events))


def _set(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
