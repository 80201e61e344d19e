"""The one path of every tag: look up, decide, record, act.

Under one lock the pass is looked up, judged, counted and queued, so that the order of the
journal is the order of the decisions; then the caller waits, without the lock, until the
entry is durable, and only then is anybody told. Whatever goes wrong on the way ends in a
denial. No I/O here: journal, clock and outputs are handed in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import msgspec

from gatekeeper.access.entries import of_decision, of_fault
from gatekeeper.access.fold import Fold
from gatekeeper.access.index import CredentialIndex
from gatekeeper.access.ledger import Ledger, Pending
from gatekeeper.access.nonces import Key, Nonces, key_of
from gatekeeper.access.policy import decide
from gatekeeper.access.ports import Clock, Journal
from gatekeeper.access.presence import NOWHERE, Presence
from gatekeeper.errors import JournalFault, UserError
from gatekeeper.model import (
    Decision,
    GateRules,
    GateState,
    JournalEntry,
    Pass,
    Presentation,
)

__all__ = ["Answer", "Clock", "Gate", "Journal"]

DEADLINE_S = 2.0
"""How long a caller waits for the disk before the answer is a denial."""

_log = logging.getLogger("gatekeeper.access")


class Answer(NamedTuple):
    """What a gate is told."""

    entry: JournalEntry
    """As recorded; `seq` 0 and system_fault where it could not be."""
    pass_: Pass | None = None
    repeated: bool = False
    """The same question (by its nonce) was answered before; do not act again."""


OnAnswer = Callable[[Answer], None]


class Gate:
    """All gates of this node: one order of decisions, one presence, one journal.

    It denies (`not_ready`) until `ready` is set, which whoever built it does once index and
    presence are loaded. Any thread may call any method.
    """

    def __init__(
        self,
        rules: Iterable[GateRules],
        index: CredentialIndex,
        presence: Presence,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.index = index
        self.ready = False
        self.clock = clock
        self.ledger = Ledger(presence, journal)
        self._rules = {rule.id: rule for rule in rules}
        self._fold = Fold(presence)
        self._nonces = Nonces()
        self._asked: dict[Key, tuple[Pending, Pass | None]] = {}
        self._on_answer: list[OnAnswer] = []

    @property
    def rules(self) -> tuple[GateRules, ...]:
        """Every gate as it is in force now."""
        return tuple(self._rules.values())

    @property
    def presence(self) -> Presence:
        """Who is where; only to look at."""
        return self.ledger.presence

    @property
    def unrecorded(self) -> int:
        """Denials given and not yet in the journal."""
        return self.ledger.unrecorded

    def on_answer(self, callback: OnAnswer) -> None:
        """`callback` is told each new answer, in the caller's thread: a granted one only
        after it is durable. What it raises is logged and changes nothing."""
        self._on_answer.append(callback)

    def resume(self, fold: Fold) -> None:
        """Begin from what `fold` gave, before anything is restored; it is taken over."""
        with self.ledger.lock:
            self.ledger.presence = fold.presence
            self._fold = fold
            self._take_states()

    def restore(self, entries: Iterable[JournalEntry], withdrawn: Collection[int] = ()) -> None:
        """Take over what the journal says, in order, before the first decision.

        `withdrawn`: numbers of the entries that a later WITHDRAWN entry names.
        """
        with self.ledger.lock:
            for entry in entries:
                if entry.seq in withdrawn:
                    continue
                self._fold.apply(entry)
                key = key_of(entry)
                if key is not None:
                    self._nonces.put(key, entry)
            self._take_states()

    def handle(self, p: Presentation, deadline_s: float = DEADLINE_S) -> Answer:
        """Decide on `p`, record it, and return once it is durable; never raises.

        After `deadline_s` seconds, or when anything fails, the answer is a denial
        (system_fault) that is recorded as soon as the journal takes it.
        """
        if p.nonce is not None and not self.ready:
            # What was answered under this nonce may not be known yet, and "not ready" must
            # not become its answer for ever: this denial stands under no nonce.
            p = msgspec.structs.replace(p, nonce=None)
        key = None if p.nonce is None else (p.gate, p.nonce, p.credential)
        try:
            with self.ledger.lock:
                given = None if key is None else self._nonces.get(key)
                if given is not None:
                    pass_ = self.index.find_pass(given.pass_id) if given.pass_id else None
                    return Answer(given, pass_, repeated=True)
                asked = None if key is None else self._asked.get(key)
                pending, pass_ = asked or self._decide(p)
                if key is not None:
                    self._asked[key] = pending, pass_
            entry = self.ledger.wait(pending, deadline_s)
            return self._give(Answer(entry, pass_, repeated=asked is not None), key)
        except Exception as error:
            return self._fail(p, key, error)

    def explain(self, text: str, gate: str, at: float | None = None) -> Decision:
        """What `gate` would decide now (or at `at`, UTC seconds) of the credential or key `text`.

        Nothing is recorded. Raises UserError for an unknown gate, CredentialError for text
        that is no credential.
        """
        # A pass without a tag has a key, which is no credential that could be resolved.
        credential = text if self.index.find(text) else self.index.resolve(text)
        rules = self.rules_of(gate)
        with self.ledger.lock:
            pass_ = self.index.find(credential)
            known = NOWHERE if pass_ is None else self.presence.lookup(pass_.id, rules.area)
            now = self.clock.now() if at is None else at
            return decide(credential, pass_, rules, known, now, ready=self.ready)

    def rules_of(self, gate: str) -> GateRules:
        """The rules of `gate`. Raises UserError for one that is not defined."""
        rules = self._rules.get(gate)
        if rules is None:
            known = ", ".join(sorted(self._rules)) or "none"
            raise UserError(f"gate {gate!r} is not defined; defined: {known}")
        return rules

    def put_in_force(self, gate: str, state: GateState) -> None:
        """Let `gate` be open or closed from the next decision on. The ledger's lock is held."""
        self._rules[gate] = msgspec.structs.replace(self._rules[gate], state=state)

    def announce(self, answer: Answer) -> None:
        """Tell every output; what one of them raises is logged and changes nothing."""
        for callback in self._on_answer:
            try:
                callback(answer)
            except Exception:
                # The answer stands, whatever a lamp or a log makes of it.
                _log.exception("an output failed")

    def _take_states(self) -> None:
        """Put in force how the record says that the gates stand."""
        for gate, standing in self._fold.gates.items():
            if gate in self._rules:
                self.put_in_force(gate, standing.state)

    def _decide(self, p: Presentation) -> tuple[Pending, Pass | None]:
        """The verdict on `p`, counted and queued, and its pass. The ledger's lock is held."""
        ledger = self.ledger
        epoch = ledger.settle()
        rules = self._rules[p.gate]
        credential = p.credential
        pass_ = self.index.find(credential)
        known = NOWHERE if pass_ is None else ledger.presence.lookup(pass_.id, rules.area)
        now = self.clock.now()
        decision = decide(credential, pass_, rules, known, now, ready=self.ready)
        return ledger.record(of_decision(p, rules, decision, now), epoch), pass_

    def _give(self, answer: Answer, key: Key | None) -> Answer:
        """Remember and announce a durable answer."""
        if key is not None:
            with self.ledger.lock:
                self._nonces.put(key, answer.entry)
                self._asked.pop(key, None)
        if answer.repeated:
            return answer
        self.announce(answer)
        if self.ledger.unrecorded:
            self.ledger.record_late()
        return answer

    def _fail(self, p: Presentation, key: Key | None, error: Exception) -> Answer:
        """The denial that is given whenever a decision could not be made or recorded."""
        if not isinstance(error, JournalFault | TimeoutError):
            _log.error("a presentation could not be decided", exc_info=error)
        with self.ledger.lock:
            given = None if key is None else self._nonces.get(key)
            if given is not None:
                return Answer(given, repeated=True)
            rules = self._rules.get(p.gate)
            entry = of_fault(p, rules, error, self._now(), ready=self.ready)
            self.ledger.deny(msgspec.structs.replace(entry, late=True))
            if key is not None:
                self._nonces.put(key, entry)
                self._asked.pop(key, None)
        self.ledger.record_late()
        answer = Answer(entry)
        self.announce(answer)
        return answer

    def _now(self) -> float:
        """The clock for a denial: a clock that fails must not fail the denial."""
        try:
            return self.clock.now()
        except Exception:
            _log.exception("the clock failed")
            return 0.0
