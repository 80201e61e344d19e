"""The node begins from a checkpoint of presence where there is one, and from nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gatekeeper.access.presence import Presence
from gatekeeper.checkpoint.presence import NAME
from gatekeeper.config import Config, GateSettings
from gatekeeper.explaining import explain_offline
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, EntryKind, GateState, JournalEntry, Pass, PassKind, Reason
from gatekeeper.node.copy import PassCopy
from gatekeeper.node.process import Node
from gatekeeper.worker import checkpoints
from gatekeeper.worker.checkpoints import of_presence

DEADLINE_S = 20.0


def _config(data: Path) -> Config:
    return Config(data=data, gates=(GateSettings(id="north"), GateSettings(id="south")))


def _record(data: Path, count: int) -> None:
    """People coming and going, and a gate closed early on."""
    key = load_or_create_key(data / "journal.key")
    with JournalWriter(data / "journal.sqlite3", key, run="before") as writer:
        closed = {"kind": EntryKind.GATE, "gate": "south", "state": GateState.CLOSED}
        tickets = [writer.append(JournalEntry(at=1.0, **closed))]  # type: ignore[arg-type]
        for number in range(count):
            leaves = number % 3 == 2
            tickets.append(
                writer.append(
                    JournalEntry(
                        at=2.0 + number,
                        gate="north",
                        area="site",
                        pass_id=f"p{number % 40}",
                        direction=Direction.OUT if leaves else Direction.IN,
                        reason=Reason.GRANTED_EXIT if leaves else Reason.GRANTED,
                    )
                )
            )
        for ticket in tickets:
            ticket.wait(DEADLINE_S)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The entries after which the journal was replayed; a checkpoint each hundred entries."""
    monkeypatch.setattr(checkpoints, "EVERY", 100)
    begun: list[int] = []
    replay = JournalReader.replay

    def noting(self: JournalReader, since: int = 0) -> Iterator[JournalEntry]:
        begun.append(since)
        return replay(self, since)

    monkeypatch.setattr(JournalReader, "replay", noting)
    return begun


def _kept(data: Path, state: str) -> None:
    """A checkpoint of the journal in `data`, as `state` says."""
    with JournalReader(data / "journal.sqlite3") as reader:
        worker = of_presence(data, reader, behind=50)
        while state != "none" and worker.catch_up():
            pass
    if state == "damaged":
        path = data / NAME
        path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("state", ["whole", "damaged", "none"])
def test_presence_and_closed_gates_are_those_of_a_replay(
    tmp_path: Path, begun: list[int], state: str
) -> None:
    _record(tmp_path, 400)
    _kept(tmp_path, state)
    with JournalReader(tmp_path / "journal.sqlite3") as reader:
        whole = Presence()
        whole.replay(reader.replay(), reader.withdrawn())
    begun.clear()

    with Node(_config(tmp_path)) as node:
        assert node._settled.wait(DEADLINE_S)
        found = node._gate.presence.snapshot()
        states = {rules.id: rules.state for rules in node._gate.rules}

    assert found == whole.snapshot()
    assert states == {"north": GateState.OPEN, "south": GateState.CLOSED}
    assert (begun[0] > 300) == (state == "whole")


@pytest.mark.parametrize("state", ["whole", "damaged", "none", "without a key"])
def test_what_is_explained_without_a_node_is_what_it_would_decide(
    tmp_path: Path, begun: list[int], state: str
) -> None:
    """p0 came in long before the checkpoint's end; south was closed by the first entry."""
    _record(tmp_path, 400)
    _kept(tmp_path, state)
    if state == "without a key":
        (tmp_path / "journal.key").unlink()
    card = "em4100:62E3086CED"
    pass_ = Pass(id="p0", credential=card, kind=PassKind.BADGE)
    copy = PassCopy(tmp_path / "passes.copy")
    copy.replace([(card, msgspec.msgpack.encode(pass_))], 0, "trial")
    config = _config(tmp_path)

    answers = [explain_offline(config, card, gate, 5000.0).decision for gate in ("north", "south")]

    assert [answer.reason for answer in answers] == [Reason.ALREADY_IN, Reason.GATE_CLOSED]
    assert (begun[0] > 300) == (state == "whole")
