"""May this pass go through this gate now? A pure function and the table it walks.

Deny beats grant; of several reasons to deny the one lower in the table of reasons wins. So
the rules stand here from the bottom of that table upwards, and the first that applies is
the answer. Whatever cannot be judged (a clock that is no clock, a field of the wrong kind)
denies. No I/O, no state, no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

Test = Callable[[str, Pass, GateRules, float], bool]


class Rule(NamedTuple):
    """A reason and what it was found in, for `gatekeeper explain`."""

    reason: Reason
    name: str


class _Right(NamedTuple):
    """A rule that a known pass may break."""

    rule: Rule
    broken: Test


def _wrong_gate(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    if pass_.gates is not None:
        return gate.id not in pass_.gates
    return gate.event is None and pass_.kind is PassKind.EVENT


def _expired(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    # `not <` and not `>=`: a NaN denies.
    return pass_.valid_until is not None and not now < pass_.valid_until


def _cancelled(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    return pass_.invitation is InvitationState.CANCELLED


def _not_invited(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    if pass_.kind is PassKind.EVENT and pass_.invitation is InvitationState.NONE:
        return True
    if gate.event is None or (gate.event == pass_.event and pass_.kind is PassKind.EVENT):
        return False
    return pass_.gates is None or gate.id not in pass_.gates


def _untrusted(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    return is_untrusted(credential)


def _not_yet_valid(credential: str, pass_: Pass, gate: GateRules, now: float) -> bool:
    return pass_.valid_from is not None and not now >= pass_.valid_from


_CLOCK = Rule(Reason.SYSTEM_FAULT, "clock")
_NOT_READY = Rule(Reason.NOT_READY, "readiness of the node")
_CLOSED = Rule(Reason.GATE_CLOSED, "state of the gate")
_UNTRUSTED = Rule(Reason.UNTRUSTED_CREDENTIAL, "kind of credential")
_UNKNOWN = Rule(Reason.UNKNOWN_CREDENTIAL, "table of passes")
_NOT_IN = Rule(Reason.NOT_IN, "presence")
_ALREADY_IN = Rule(Reason.ALREADY_IN, "presence")

_STATES = {
    PassState.RETURNED: Rule(Reason.RETURNED, "state of the pass"),
    PassState.LOST: Rule(Reason.LOST, "state of the pass"),
    PassState.REVOKED: Rule(Reason.REVOKED, "state of the pass"),
    PassState.SUSPENDED: Rule(Reason.SUSPENDED, "state of the pass"),
}

_RIGHTS = (
    _Right(Rule(Reason.WRONG_GATE, "gates of the pass"), _wrong_gate),
    _Right(Rule(Reason.EXPIRED, "end of validity"), _expired),
    _Right(Rule(Reason.INVITATION_CANCELLED, "state of the invitation"), _cancelled),
    _Right(Rule(Reason.NOT_INVITED, "event of the gate"), _not_invited),
    _Right(_UNTRUSTED, _untrusted),
    _Right(Rule(Reason.NOT_YET_VALID, "start of validity"), _not_yet_valid),
)

_RIGHTS_TO_LEAVE = (_Right(_UNTRUSTED, _untrusted),)
"""Whoever is inside may leave: no date, invitation or list of gates keeps a person in. A
pass that is suspended, revoked, lost or returned still raises its red."""

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
    rule = next(_denials(credential, pass_, gate, presence, now, ready), None)
    entering = gate.direction is Direction.IN
    if rule is None:
        rule = (_REENTRY if presence.entries else _GRANTED) if entering else _EXIT
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
    ready: bool = True,
) -> list[Rule]:
    """Every rule that denies, the one that wins first; empty where the verdict is granted."""
    return list(_denials(credential, pass_, gate, presence, now, ready))


def _denials(
    credential: str,
    pass_: Pass | None,
    gate: GateRules,
    presence: PresenceState,
    now: float,
    ready: bool,
) -> Iterator[Rule]:
    """From the bottom of the table of reasons upwards; most presentations yield nothing."""
    if not 0.0 < now < LATEST:
        yield _CLOCK
    if not ready:
        yield _NOT_READY
    if gate.state is not GateState.OPEN:
        yield _CLOSED
    if pass_ is None:
        if is_untrusted(credential):
            yield _UNTRUSTED
        yield _UNKNOWN
        return
    if pass_.state is not PassState.ACTIVE:
        yield _STATES[pass_.state]
    leaving = gate.direction is not Direction.IN
    for right in _RIGHTS_TO_LEAVE if leaving and presence.inside else _RIGHTS:
        if right.broken(credential, pass_, gate, now):
            yield right.rule
    if leaving is not presence.inside:
        yield _NOT_IN if leaving else _ALREADY_IN
