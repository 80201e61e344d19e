"""Requests of other processes, put to a real gate on a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.access.acts import Acts
from gatekeeper.access.gate import Gate
from gatekeeper.access.index import CredentialIndex, pack
from gatekeeper.access.presence import Presence
from gatekeeper.access.witness import Witness
from gatekeeper.errors import LinkError, UserError
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.link import messages as m
from gatekeeper.model import (
    Direction,
    GateRules,
    GateState,
    Holder,
    NodeStatus,
    Pass,
    Presentation,
    Reason,
    pack_holder,
)
from gatekeeper.node.clock import SystemClock
from gatekeeper.node.desk_taps import DeskTaps
from gatekeeper.node.head import HeadWatch
from gatekeeper.node.requests import MOST_LOOK_UPS, Requests

CARD, NAMELESS = "em4100:62E3086CED", "pass:p2"
HOLDER = Holder(name="นายกิตติ ใจดี", table="7")


class Node:
    """The parts that answer, without readers and processes."""

    def __init__(self, data: Path) -> None:
        self.hints = 0
        self.writer = JournalWriter(data / "journal.sqlite3", b"k" * 32, run="run-1").open()
        self.reader = JournalReader(data / "journal.sqlite3")
        index = CredentialIndex()
        passes = [
            Pass(id="p1", credential=CARD, event="gala", holder=pack_holder(HOLDER)),
            Pass(id="p2", credential=NAMELESS, event="gala"),
        ]
        index.replace([(found.credential, pack(found)) for found in passes], 1)
        rules = [
            GateRules(id="in-1", event="gala", area="gala"),
            GateRules(id="out-1", event="gala", area="gala", direction=Direction.OUT),
        ]
        clock = SystemClock()
        self.gate = Gate(rules, index, Presence(), self.writer, clock)
        self.gate.ready = True
        self.head = HeadWatch("run-1")
        self.witness = Witness(self.writer, clock)
        self.witness.ready = True
        self.ask = Requests(
            self.gate,
            Acts(self.gate, self.reader.entry),
            self.head,
            clock,
            self._status,
            self._hint,
            lambda desk, wait_s: m.IdCardAnswer(card=None, reason=f"{desk} {wait_s}"),
            self.witness,
            DeskTaps([]).wait,
        )

    def read(self, credential: str, gate: str = "in-1", **fields: object) -> m.ReadAnswer:
        shown = Presentation(gate=gate, reader="http", credential=credential, **fields)  # type: ignore[arg-type]
        answer = self.ask(m.Read(presentation=shown))
        assert isinstance(answer, m.ReadAnswer)
        return answer

    def _hint(self) -> None:
        self.hints += 1

    def _status(self) -> NodeStatus:
        return NodeStatus(
            ready=True, journal_ok=True, head=0, change_seq=0, passes=2, readers=(), gates=()
        )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.writer.close()
    made.reader.close()


@pytest.mark.parametrize("typed", [CARD, "62e3086ced", "62 E3 08 6C ED", "EM4100:62e3086ced"])
def test_a_read_is_decided_recorded_and_shows_its_holder(node: Node, typed: str) -> None:
    answer = node.read(typed)

    assert answer.entry.reason is Reason.GRANTED
    assert answer.entry.credential == CARD
    assert answer.holder == HOLDER
    assert node.reader.entry(answer.entry.seq) == answer.entry


def test_a_repeated_nonce_is_counted_once(node: Node) -> None:
    first = node.read(CARD, nonce="n-1")

    assert node.read(CARD, nonce="n-1").entry == first.entry
    assert node.reader.head() == first.entry.seq


@pytest.mark.parametrize("key", ["pass:p1", "pass:p2"])
def test_a_guest_without_a_card_is_admitted_by_the_pass(node: Node, key: str) -> None:
    answer = node.read(key)

    assert answer.entry.reason is Reason.GRANTED
    assert answer.entry.pass_id == key.removeprefix("pass:")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (m.Read(presentation=Presentation(gate="x", reader="", credential=CARD)), "not defined"),
        (m.Read(presentation=Presentation(gate="in-1", reader="", credential="zz")), "due"),
        (m.Read(presentation=Presentation(gate="in-1", reader="", credential="pass:p9")), "p9"),
        (
            m.Read(
                presentation=Presentation(
                    gate="in-1", reader="", credential=CARD, seen_at=float("nan")
                )
            ),
            "time",
        ),
        (m.Override(gate="x", actor="a", note="known"), "not defined"),
        (m.Override(gate="in-1", actor="a", note=" "), "note"),
        (m.Override(gate="in-1", actor="a", note="known", ref=99), "99"),
        (m.Companions(ref=99, count=1, actor="a"), "99"),
        (m.SetGateState(gate="x", state=GateState.CLOSED, actor="a"), "not defined"),
        (m.Explain(credential=CARD, gate="x"), "not defined"),
        (m.Explain(credential="zz", gate="in-1"), "due"),
        (m.LookUp(pass_ids=("p",) * (MOST_LOOK_UPS + 1)), "at most"),
    ],
)
def test_what_cannot_be_is_told_and_never_recorded(
    node: Node, request_: m.Request, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        node.ask(request_)

    assert node.reader.head() == 0


def test_officers_acts_are_recorded(node: Node) -> None:
    node.read(CARD)
    refused = node.read(CARD).entry
    assert refused.reason is Reason.ALREADY_IN

    passed = node.ask(m.Override(gate="in-1", actor="somchai", note="same face", ref=refused.seq))
    noted = node.ask(m.Companions(ref=refused.seq, count=2, actor="somchai"))
    instead = node.ask(m.Representative(ref=refused.seq, note="นางสมศรี", actor="somchai"))
    closed = node.ask(m.SetGateState(gate="in-1", state=GateState.CLOSED, actor="somchai"))

    entries = [answer.entry for answer in (passed, noted, instead, closed)]  # type: ignore[union-attr]
    assert [node.reader.entry(entry.seq) for entry in entries] == entries
    assert entries[0].reason is Reason.GRANTED_OVERRIDE
    assert node.read(NAMELESS).entry.reason is Reason.GATE_CLOSED


def test_acts_wait_until_presence_is_rebuilt_while_reads_are_denied(node: Node) -> None:
    node.gate.ready = False

    with pytest.raises(LinkError, match="loading"):
        node.ask(m.SetGateState(gate="in-1", state=GateState.CLOSED, actor="a"))

    assert node.read(CARD).entry.reason is Reason.NOT_READY


def test_explaining_and_looking_up_record_nothing(node: Node) -> None:
    explained = node.ask(m.Explain(credential="62e3086ced", gate="out-1"))
    found = node.ask(m.LookUp(pass_ids=("p1", "p9"), credentials=(CARD, "uid:01020304")))

    assert isinstance(explained, m.Explained)
    assert explained.decision.reason is Reason.NOT_IN
    assert explained.holder == HOLDER
    assert found == m.Holders(passes={"p1": HOLDER}, credentials={CARD: HOLDER})
    assert node.reader.head() == 0


def test_a_hint_and_a_wait_and_a_status_are_passed_on(node: Node) -> None:
    node.head.move(1, 3, 42)

    assert node.ask(m.Changed()) == m.Done()
    assert node.ask(m.Await(after_seq=2, timeout_s=1)) == m.Head(seq=3, durable_ns=42, run="run-1")
    assert isinstance(node.ask(m.Status()), m.StatusAnswer)
    assert node.hints == 1
