"""Doors in the web: a lane that needs somebody, entries that are news and those that are not."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.config import GateSettings
from gatekeeper.model import (
    DoorEvent,
    DoorState,
    DoorStatus,
    EntryKind,
    GateRules,
    JournalEntry,
    NodeStatus,
    ReaderState,
    ReaderStatus,
)
from gatekeeper.web import metrics
from gatekeeper.web.lanes import NodeWatch, can_decide, view_of
from gatekeeper.web.ledger import READERS, Ledger

GATES = (GateSettings(id="in-1", event="gala"), GateSettings(id="in-2"))


def status(*doors: DoorStatus, reader: ReaderState = ReaderState.UP) -> NodeStatus:
    """A node with a reader at gate in-1, and doors."""
    return NodeStatus(
        ready=True,
        journal_ok=True,
        head=0,
        change_seq=0,
        passes=0,
        readers=(ReaderStatus("r1", "r2000", reader, ("in-1",), 0.0),),
        gates=tuple(GateRules(gate.id) for gate in GATES),
        doors=doors,
    )


def door(state: DoorState, gate: str = "in-1", **more: Any) -> DoorStatus:
    return DoorStatus("north", gate, state, 0.0, detail="why", **more)


@pytest.mark.parametrize("state", list(DoorState))
def test_a_door_that_is_not_well_makes_its_lane_suspect_and_it_decides_on(
    state: DoorState,
) -> None:
    view = view_of(status(door(state)), GATES)

    lane = view.lanes["in-1"]
    assert lane.state == ("up" if state.well else "suspect")
    assert can_decide(view, "in-1")
    assert lane.doors == (
        {
            "id": "north",
            "state": "ready" if state.well else state.value,
            "detail": "" if state.well else "why",
        },
    )
    assert (view.lanes["in-2"].state, view.lanes["in-2"].doors) == ("up", ())


def test_a_lane_without_its_reader_is_down_whatever_its_door_does() -> None:
    view = view_of(status(door(DoorState.FAILED), reader=ReaderState.DOWN), GATES)

    assert view.lanes["in-1"].state == "down"


def test_a_passage_changes_no_lane() -> None:
    """Or every page would be told twice of everybody who goes through."""
    locked = status(door(DoorState.READY, contact="closed", released=1))
    passing = status(door(DoorState.OPEN, contact="open", released=2, opened=1))

    assert view_of(locked, GATES) == view_of(passing, GATES)


@pytest.mark.parametrize("event", list(DoorEvent))
def test_what_is_wrong_with_a_door_is_news_of_its_gate_and_passages_are_not(
    event: DoorEvent,
) -> None:
    ledger = Ledger(GATES)
    entry = JournalEntry(
        seq=5, kind=EntryKind.DOOR, gate="in-1", door="north", state=event.value, ref=4
    )

    rooms = {room.name for room in ledger.rooms_of(entry)}

    passage = event in (DoorEvent.RELEASED, DoorEvent.OPENED, DoorEvent.CLOSED)
    assert rooms == ({READERS} if passage else {READERS, "gate:in-1", "event:gala"})


def test_metrics_tell_each_door_s_state_and_counts() -> None:
    class Source:
        def status(self) -> NodeStatus:
            return status(door(DoorState.FORCED, released=9, failed=2))

    watch = NodeWatch(Source(), GATES)
    watch.ask()

    text = metrics.render(watch).decode()

    assert 'gatekeeper_door_state{door="north",state="forced"} 1.0' in text
    assert 'gatekeeper_door_state{door="north",state="ready"} 0.0' in text
    assert 'gatekeeper_door_total{door="north",what="released"} 9.0' in text
    assert 'gatekeeper_door_total{door="north",what="failed"} 2.0' in text
