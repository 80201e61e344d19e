"""May this pass go through this gate now? A pure function and the table it walks.

Deny beats grant; of several reasons to deny the one lower in the table of reasons wins. So
the rules stand here from the bottom of that table upwards, and the first that applies is
the answer. Whatever cannot be judged (a clock that is no clock, a field of the wrong kind)
denies. No I/O, no state, no lock.
"""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.access.presence import PresenceState
from gatekeeper.credential import is_untrusted
from gatekeeper.model import (
    Decision,
    Direction,
    GateRules,
    GateState,
    InvitationState,
    Pass,
    PassKind,
    PassState,
    Reason,
)

__all__ = ["LATEST", "Rule", "decide", "denials"]

LATEST = 253_402_300_800.0
"""First second of the year 10000 UTC; a clock beyond it, before 1970 or NaN is no clock."""


class Rule(NamedTuple):
    """A reason and what it was found in, for `gatekeeper explain`."""

    reason: Reason
    name: str


_CLOCK = Rule(Reason.SYSTEM_FAULT, "clock")
_NOT_READY = Rule(Reason.NOT_READY, "readiness of the node")
_CLOSED = Rule(Reason.GATE_CLOSED, "state of the gate")
_WATCHED = Rule(Reason.WATCHLISTED, "watchlist")
_WRONG_GATE = Rule(Reason.WRONG_GATE, "gates of the pass")
_EXPIRED = Rule(Reason.EXPIRED, "end of validity")
_CANCELLED = Rule(Reason.INVITATION_CANCELLED, "state of the invitation")
_NOT_INVITED = Rule(Reason.NOT_INVITED, "event of the gate")
_UNTRUSTED = Rule(Reason.UNTRUSTED_CREDENTIAL, "kind of credential")
_UNKNOWN = Rule(Reason.UNKNOWN_CREDENTIAL, "table of passes")
_NOT_YET_VALID = Rule(Reason.NOT_YET_VALID, "start of validity")
_NOT_IN = Rule(Reason.NOT_IN, "presence")
_ALREADY_IN = Rule(Reason.ALREADY_IN, "presence")

_STATES = {
    PassState.REFUSED: Rule(Reason.REVOKED, "state of the pass"),
    PassState.RETURNED: Rule(Reason.RETURNED, "state of the pass"),
    PassState.LOST: Rule(Reason.LOST, "state of the pass"),
    PassState.REVOKED: Rule(Reason.REVOKED, "state of the pass"),
    PassState.SUSPENDED: Rule(Reason.SUSPENDED, "state of the pass"),
}
"""States that raise their red at an exit, too."""

_READY = frozenset({PassState.ACTIVE, PassState.EXPIRED})
_OVER = Rule(Reason.EXPIRED, "state of the pass")
_IN_THE_MAKING = Rule(Reason.NOT_YET_VALID, "state of the pass")

_GRANTED = Rule(Reason.GRANTED, "first entry")
_REENTRY = Rule(Reason.GRANTED_REENTRY, "entry after an exit")
_EXIT = Rule(Reason.GRANTED_EXIT, "exit")


def decide(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    *,
    ready: bool = True,
) -> Decision:
    """The verdict on `credential` shown at `gate` at `now` (UTC seconds).

    `pass_` is what the index holds for it; `presence` what is known of that pass in the
    gate's area; `ready` whether the node has everything a decision needs.
    """
    found = denials(credential, pass_, gate, presence, now, ready=ready)
    entering = gate.direction is Direction.IN
    if found:
        rule = found[0]
    elif entering:
        rule = _REENTRY if presence.entries else _GRANTED
    else:
        rule = _EXIT
    if pass_ is None:
        return Decision(rule.reason, None, rule.name)
    first = presence.first_seen_at if rule is _ALREADY_IN else None
    return Decision(rule.reason, pass_.id, rule.name, first, pass_.companions if entering else 0)


def denials(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    *,
    ready: bool,
) -> list[Rule]:
    """Every rule that denies, the one that wins first; empty where the verdict is granted."""
    found: list[Rule] = []
    if not 0.0 < now < LATEST:
        found.append(_CLOCK)
    if not ready:
        found.append(_NOT_READY)
    if gate.state is not GateState.OPEN:
        found.append(_CLOSED)
    if pass_ is None:
        if is_untrusted(credential):
            found.append(_UNTRUSTED)
        found.append(_UNKNOWN)
        return found
    _stops(found, pass_)
    leaving = gate.direction is not Direction.IN
    if leaving and presence.inside:
        # Whoever is inside may leave: no date, invitation or list of gates keeps a person
        # in. A pass that is suspended, revoked, lost or returned still raises its red.
        if is_untrusted(credential):
            found.append(_UNTRUSTED)
        return found
    _rights(found, credential, pass_, gate, now)
    if leaving is not presence.inside:
        found.append(_NOT_IN if leaving else _ALREADY_IN)
    return found


def _stops(found: list[Rule], pass_: Pass) -> None:
    """What stops the holder on the way out as well."""
    if pass_.watched:
        found.append(_WATCHED)
    if (stopped := _STATES.get(pass_.state)) is not None:
        found.append(stopped)


def _rights(found: list[Rule], credential: str, pass_: Pass, gate: GateRules, now: float) -> None:
    """What `pass_` does not allow here and now."""
    if not _opens(pass_, gate):
        found.append(_WRONG_GATE)
    if pass_.state is PassState.EXPIRED:
        found.append(_OVER)
    # `not <` and not `>=`, here and below: a NaN denies.
    if pass_.valid_until is not None and not now < pass_.valid_until:
        found.append(_EXPIRED)
    if pass_.invitation is InvitationState.CANCELLED:
        found.append(_CANCELLED)
    if not _invited(pass_, gate):
        found.append(_NOT_INVITED)
    if is_untrusted(credential):
        found.append(_UNTRUSTED)
    if pass_.state not in _READY and pass_.state not in _STATES:
        found.append(_IN_THE_MAKING)
    if pass_.valid_from is not None and not now >= pass_.valid_from:
        found.append(_NOT_YET_VALID)


def _opens(pass_: Pass, gate: GateRules) -> bool:
    """Whether the pass is for this gate: one it names, or any gate of its kind."""
    if pass_.gates is not None:
        return gate.id in pass_.gates
    return gate.event is not None or pass_.kind is not PassKind.EVENT


def _invited(pass_: Pass, gate: GateRules) -> bool:
    """Whether the pass has a place at the gate's event; naming the gate is such a place."""
    if pass_.kind is PassKind.EVENT:
        if pass_.invitation is InvitationState.NONE:
            return False
        if gate.event == pass_.event:
            return True
    return gate.event is None or (pass_.gates is not None and gate.id in pass_.gates)
