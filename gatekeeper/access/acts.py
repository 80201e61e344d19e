"""What officers do at a gate: let somebody through, note who came along, open and close.

Each act is an entry of the journal, made with the same care as a decision: in order with
all others, durable before anybody is told. Who may do it is the caller's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from gatekeeper.access.gate import DEADLINE_S, Answer, Gate
from gatekeeper.access.ledger import Pending
from gatekeeper.errors import JournalError, JournalFault, UserError
from gatekeeper.model import EntryKind, GateState, JournalEntry, Pass, Reason

__all__ = ["MOST_COMPANIONS", "Acts"]

MOST_COMPANIONS = 99
"""More is a typing error, not a retinue."""

LONGEST_NOTE = 500

Recall = Callable[[int], JournalEntry | None]


class Acts:
    """The acts, on the gates of one node."""

    def __init__(self, gate: Gate, recall: Recall) -> None:
        """`recall` gives a journal entry by its number, or None."""
        self._gate = gate
        self._ledger = gate.ledger
        self._recall = recall
        self._closings: Counter[str] = Counter()

    def override(
        self,
        gate: str,
        *,
        actor: str,
        note: str,
        ref: int | None = None,
        credential: str | None = None,
        pass_id: str | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> Answer:
        """Let somebody through `gate` on an officer's word.

        Whom: the holder of the denied entry `ref`, of `credential` (canonical) or of
        `pass_id`; none of them for somebody the system does not know. Raises UserError for
        what cannot be, JournalFault or TimeoutError where it could not be recorded: then
        nobody may pass.
        """
        rules = self._gate.rules_of(gate)
        named = JournalEntry() if ref is None else self._entry(ref)
        credential = credential or named.credential
        pass_ = self._pass(credential, pass_id) or self._gate.index.find_pass(named.pass_id or "")
        entry = JournalEntry(
            at=self._gate.clock.now(),
            kind=EntryKind.OVERRIDE,
            gate=gate,
            credential=credential or (pass_.credential if pass_ else None),
            pass_id=pass_.id if pass_ else named.pass_id,
            event=rules.event,
            reason=Reason.GRANTED_OVERRIDE,
            direction=rules.direction,
            area=rules.area,
            companions=(pass_.companions or None) if pass_ else None,
            actor=_text("actor", actor),
            ref=ref,
            note=_text("note", note),
        )
        answer = Answer(self._record(entry, deadline_s), pass_)
        self._gate.announce(answer)
        return answer

    def companions(
        self, ref: int, count: int, *, actor: str, deadline_s: float = DEADLINE_S
    ) -> JournalEntry:
        """Record how many companions really came with the guest of entry `ref`.

        Raises UserError, JournalFault or TimeoutError.
        """
        if not 0 <= count <= MOST_COMPANIONS:
            raise UserError(f"{count} companions seen; 0 to {MOST_COMPANIONS} are due")
        entry = self._about(ref, EntryKind.COMPANIONS, actor, companions=count)
        return self._record(entry, deadline_s)

    def representative(
        self, ref: int, who: str, *, actor: str, deadline_s: float = DEADLINE_S
    ) -> JournalEntry:
        """Record who came in the place of the guest of entry `ref`.

        Raises UserError, JournalFault or TimeoutError.
        """
        entry = self._about(ref, EntryKind.REPRESENTATIVE, actor, note=_text("name", who))
        return self._record(entry, deadline_s)

    def set_gate_state(
        self,
        gate: str,
        state: GateState,
        *,
        actor: str,
        note: str = "",
        deadline_s: float = DEADLINE_S,
    ) -> JournalEntry:
        """Open or close `gate`.

        Closing is in force at once and stays so even if it cannot be recorded now (then it
        is recorded late, and the entry returned has `seq` 0). Opening is in force once it
        is durable; raises JournalFault or TimeoutError otherwise, UserError for an unknown
        gate.
        """
        rules = self._gate.rules_of(gate)
        entry = JournalEntry(
            at=self._gate.clock.now(),
            kind=EntryKind.GATE,
            gate=gate,
            event=rules.event,
            area=rules.area,
            actor=_text("actor", actor),
            state=state.value,
            note=note.strip()[:LONGEST_NOTE] or None,
        )
        if state is GateState.OPEN:
            return self._open(entry, deadline_s)
        return self._close(entry, deadline_s)

    def _close(self, entry: JournalEntry, deadline_s: float) -> JournalEntry:
        gate = entry.gate or ""
        try:
            with self._ledger.lock:
                self._closings[gate] += 1
                self._gate.put_in_force(gate, GateState.CLOSED)
                pending = self._queue(entry)
            return self._ledger.wait(pending, deadline_s)
        except (JournalError, TimeoutError):
            with self._ledger.lock:
                self._ledger.deny(msgspec.structs.replace(entry, late=True))
                self._ledger.record_late()
            return entry

    def _open(self, entry: JournalEntry, deadline_s: float) -> JournalEntry:
        gate = entry.gate or ""
        with self._ledger.lock:
            self._ledger.record_late()
            if self._ledger.waiting:
                # A closing among it would come to stand behind this entry.
                raise JournalFault("what happened during the fault is not recorded yet")
            closings = self._closings[gate]
            pending = self._queue(entry)
        durable = self._ledger.wait(pending, deadline_s)
        with self._ledger.lock:
            # A closing since then stands behind this entry in the journal, and in force.
            if self._closings[gate] == closings:
                self._gate.put_in_force(gate, GateState.OPEN)
        return durable

    def _queue(self, entry: JournalEntry) -> Pending:
        """`entry` counted and queued. The ledger's lock is held."""
        return self._ledger.record(entry, self._ledger.settle())

    def _record(self, entry: JournalEntry, deadline_s: float) -> JournalEntry:
        with self._ledger.lock:
            pending = self._queue(entry)
        return self._ledger.wait(pending, deadline_s)

    def _about(
        self,
        ref: int,
        kind: EntryKind,
        actor: str,
        *,
        companions: int | None = None,
        note: str | None = None,
    ) -> JournalEntry:
        """An entry of `kind` that speaks of entry `ref`, with what that one says of whom."""
        named = self._entry(ref)
        return JournalEntry(
            at=self._gate.clock.now(),
            kind=kind,
            gate=named.gate,
            credential=named.credential,
            pass_id=named.pass_id,
            event=named.event,
            area=named.area,
            companions=companions,
            actor=_text("actor", actor),
            ref=ref,
            note=note,
        )

    def _entry(self, ref: int) -> JournalEntry:
        named = self._recall(ref)
        if named is None or named.kind not in (EntryKind.DECISION, EntryKind.OVERRIDE):
            raise UserError(f"entry {ref} is no presentation on record")
        return named

    def _pass(self, credential: str | None, pass_id: str | None) -> Pass | None:
        index = self._gate.index
        if not pass_id:
            return index.find(credential) if credential else None
        found = index.find_pass(pass_id)
        if found is None:
            raise UserError(f"pass {pass_id!r} is not known here")
        return found


def _text(name: str, value: str) -> str:
    """`value` without blanks around it, as an officer has to give it."""
    stripped = value.strip()
    if not stripped or len(stripped) > LONGEST_NOTE:
        raise UserError(f"{name}: {len(stripped)} characters seen; 1 to {LONGEST_NOTE} are due")
    return stripped
