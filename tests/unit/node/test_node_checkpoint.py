"""The node begins from a checkpoint of presence where there is one, and from nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper import checkpoint
from gatekeeper.access.presence import Presence
from gatekeeper.config import Config, GateSettings
from gatekeeper.journal.keys import load_or_create_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.model import Direction, EntryKind, GateState, JournalEntry, Reason
from gatekeeper.node.process import Node
from gatekeeper.worker import checkpoints
from gatekeeper.worker.checkpoints import Checkpoints

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


@pytest.mark.parametrize("state", ["whole", "damaged", "none"])
def test_presence_and_closed_gates_are_those_of_a_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 100)
    _record(tmp_path, 400)
    begun: list[int] = []
    replay = JournalReader.replay
    monkeypatch.setattr(
        JournalReader, "replay", lambda self, since=0: begun.append(since) or replay(self, since)
    )
    with JournalReader(tmp_path / "journal.sqlite3") as reader:
        whole = Presence()
        whole.replay(replay(reader), reader.withdrawn())
        worker = Checkpoints(tmp_path, reader, behind=50)
        while state != "none" and worker.catch_up():
            pass
    if state == "damaged":
        path = tmp_path / checkpoint.NAME
        path.write_bytes(path.read_bytes()[:-1])

    with Node(_config(tmp_path)) as node:
        assert node._settled.wait(DEADLINE_S)
        found = node._gate.presence.snapshot()
        states = {rules.id: rules.state for rules in node._gate.rules}

    assert found == whole.snapshot()
    assert states == {"north": GateState.OPEN, "south": GateState.CLOSED}
    assert (begun[0] > 300) == (state == "whole")
