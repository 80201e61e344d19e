"""What other processes may ask of the node, put to the gate, the index and the journal.

Parse, call, answer: nothing is decided here. Names of gates and credentials are checked
before anything is done, so that a mistake is told to the person and never recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from gatekeeper.access.acts import Acts
from gatekeeper.access.gate import Answer, Gate
from gatekeeper.access.witness import Witness
from gatekeeper.errors import CredentialError, LinkError, UserError
from gatekeeper.link import messages as m
from gatekeeper.model import Holder, JournalEntry, NodeStatus, Pass, unpack_holder
from gatekeeper.node.clock import SystemClock
from gatekeeper.node.head import HeadWatch, bounded

__all__ = ["MOST_LOOK_UPS", "Requests"]

MOST_LOOK_UPS = 1000
MOST_ACTS = 500
LONGEST_READ_S = 10.0
"""A read from afar may wait so long for the disk, however long it asks for."""

KEY_PREFIX = "pass:"
"""What a pass without a credential is known by: `pass:ID`."""


class Requests:
    """Answers each request of `gatekeeper.link.messages`; from many threads at once."""

    def __init__(
        self,
        gate: Gate,
        acts: Acts,
        head: HeadWatch,
        clock: SystemClock,
        status: Callable[[], NodeStatus],
        hint: Callable[[], None],
        id_card: Callable[[str, float], m.Answer],
        witness: Witness,
        taps: Callable[[str, int | None, float], m.Answer],
    ) -> None:
        self._gate = gate
        self._acts = acts
        self._index = gate.index
        self._head = head
        self._clock = clock
        self._status = status
        self._hint = hint
        self._desks = witness
        self._answers: dict[type, Callable[[Any], m.Answer]] = {
            m.Read: self._read,
            m.Override: self._override,
            m.Companions: lambda asked: self._recorded(
                self._acts.companions(asked.ref, asked.count, actor=asked.actor)
            ),
            m.Representative: lambda asked: self._recorded(
                self._acts.representative(asked.ref, asked.note, actor=asked.actor)
            ),
            m.SetGateState: lambda asked: self._recorded(
                self._acts.set_gate_state(
                    asked.gate, asked.state, actor=asked.actor, note=asked.note
                )
            ),
            m.Explain: self._explain,
            m.LookUp: self._look_up,
            m.Status: lambda _: m.StatusAnswer(status=self._status()),
            m.Await: lambda asked: self._head.wait(asked.after_seq, asked.timeout_s),
            m.Changed: self._changed,
            m.Witness: self._witness,
            m.ReadIdCard: lambda asked: id_card(asked.desk, asked.wait_s),
            m.AwaitTaps: lambda asked: taps(asked.desk, asked.after, asked.timeout_s),
        }

    def __call__(self, request: m.Request) -> m.Answer:
        """The answer. Raises UserError for what cannot be, another of ours for what failed."""
        if isinstance(request, _ACTS) and not self._gate.ready:
            # Presence is still being rebuilt: an act in between would be out of order.
            raise LinkError("the node is loading; try again in a moment")
        try:
            return self._answers[type(request)](request)
        except CredentialError as error:
            raise UserError(str(error)) from error
        except TimeoutError as error:
            raise LinkError(f"the journal did not answer in time: {error}") from error

    def _read(self, asked: m.Read) -> m.Answer:
        shown = asked.presentation
        self._gate.rules_of(shown.gate)
        seen_at = shown.seen_at or self._clock.now()
        if not math.isfinite(seen_at):
            raise UserError("at: a time is due")
        shown = msgspec.structs.replace(
            shown, credential=self._credential(shown.credential), seen_at=seen_at
        )
        deadline_s = bounded(asked.deadline_s, LONGEST_READ_S)
        return _answered(self._gate.handle(shown, deadline_s))

    def _override(self, asked: m.Override) -> m.Answer:
        credential = None if asked.credential is None else self._credential(asked.credential)
        return _answered(
            self._acts.override(
                asked.gate,
                ref=asked.ref,
                credential=credential,
                pass_id=asked.pass_id,
                note=asked.note,
                actor=asked.actor,
            )
        )

    def _explain(self, asked: m.Explain) -> m.Answer:
        credential = self._credential(asked.credential)
        decision = self._gate.explain(credential, asked.gate, asked.at)
        holder = _holder(self._index.find(credential))
        return m.Explained(credential=credential, decision=decision, holder=holder)

    def _look_up(self, asked: m.LookUp) -> m.Answer:
        if max(len(asked.pass_ids), len(asked.credentials)) > MOST_LOOK_UPS:
            raise UserError(f"at most {MOST_LOOK_UPS} passes at once")
        passes = {name: _holder(self._index.find_pass(name)) for name in asked.pass_ids}
        credentials = {name: _holder(self._index.find(name)) for name in asked.credentials}
        return m.Holders(
            passes={name: holder for name, holder in passes.items() if holder},
            credentials={name: holder for name, holder in credentials.items() if holder},
        )

    def _witness(self, asked: m.Witness) -> m.Answer:
        if len(asked.acts) > MOST_ACTS:
            raise UserError(f"at most {MOST_ACTS} acts at once")
        deadline_s = bounded(asked.deadline_s, LONGEST_READ_S)
        return m.Witnessed(seqs=self._desks.record(asked.acts, deadline_s))

    def _changed(self, _: m.Changed) -> m.Answer:
        self._hint()
        return m.Done()

    def _credential(self, text: str) -> str:
        """The canonical form of what was typed. Raises CredentialError where it is none."""
        if text.startswith(KEY_PREFIX):
            return text if self._index.find(text) else self._of_pass(text[len(KEY_PREFIX) :])
        return self._index.resolve(text)

    def _of_pass(self, pass_id: str) -> str:
        found = self._index.find_pass(pass_id)
        if found is None:
            raise UserError(f"pass {pass_id!r} is not known")
        return found.credential

    @staticmethod
    def _recorded(entry: JournalEntry) -> m.Answer:
        return m.Recorded(entry=entry)


_ACTS = (m.Override, m.Companions, m.Representative, m.SetGateState)


def _answered(answer: Answer) -> m.Answer:
    return m.ReadAnswer(entry=answer.entry, holder=_holder(answer.pass_))


def _holder(found: Pass | None) -> Holder | None:
    return unpack_holder(found.holder) if found else None
