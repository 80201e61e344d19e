"""How the gates are: the node asked over the link three times a second, and what follows.

A node that does not answer is down, and then every lane is: nobody decides. What pages are
told is a plain value (`View`); who compares two of them sees a change. Sends nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from gatekeeper.config import GateSettings
from gatekeeper.errors import LinkError
from gatekeeper.model import (
    DoorState,
    DoorStatus,
    GateRules,
    GateState,
    NodeStatus,
    ReaderState,
    ReaderStatus,
)
from gatekeeper.web.texts import iso

__all__ = [
    "Lane",
    "NodeWatch",
    "StatusSource",
    "View",
    "can_decide",
    "door_json",
    "reader_json",
    "view_of",
]

PERIOD_S = 0.35

SHOWN_S = 1.0
"""A node that was gone is shown so for as long, however quickly it came back: whoever watches
must learn that what they saw before was another run of it."""


class StatusSource(Protocol):
    """What can be asked how the node is."""

    def status(self) -> NodeStatus:
        """Raises LinkError where no answer comes in time."""


class Lane(msgspec.Struct, frozen=True):
    """One gate as screens show it."""

    state: ReaderState
    gate_state: GateState
    direction: str
    readers: tuple[dict[str, Any], ...]
    doors: tuple[dict[str, Any], ...] = ()


class View(msgspec.Struct, frozen=True):
    """All gates as screens show them."""

    node: str = "down"
    """`up` or `down`."""
    problem: str = "node_down"
    """`` (none), `node_down`, `not_ready` or `journal`."""
    lanes: dict[str, Lane] = {}
    unrecorded: int = 0
    run: str = ""

    def states(self, gates: tuple[str, ...] | None) -> dict[str, str]:
        """Gate to up, suspect or down; `gates` None: all."""
        return {gate: lane.state.value for gate, lane in self._chosen(gates).items()}

    def lanes_json(self, gates: tuple[str, ...] | None) -> dict[str, Any]:
        """Gate to everything known of its lane."""
        return {gate: msgspec.to_builtins(lane) for gate, lane in self._chosen(gates).items()}

    def _chosen(self, gates: tuple[str, ...] | None) -> dict[str, Lane]:
        if gates is None:
            return self.lanes
        return {gate: self.lanes[gate] for gate in gates if gate in self.lanes}


def view_of(status: NodeStatus | None, configured: tuple[GateSettings, ...]) -> View:
    """What pages are told of `status`; None: the node did not answer."""
    if status is None:
        lanes = {g.id: Lane(ReaderState.DOWN, GateState.OPEN, g.direction, ()) for g in configured}
        return View(lanes=lanes)
    problem = "" if status.ready else "not_ready"
    if not status.journal_ok:
        problem = "journal"
    gates = status.gates or tuple(gate.rules() for gate in configured)
    return View(
        node="up",
        problem=problem,
        lanes={gate.id: _lane(gate, status) for gate in gates},
        unrecorded=status.unrecorded,
        run=status.run,
    )


def _lane(gate: GateRules, status: NodeStatus) -> Lane:
    serving = [reader for reader in status.readers if gate.id in reader.gates]
    doors = [door for door in status.doors if door.gate == gate.id]
    state = _together([reader.state for reader in serving])
    if state is ReaderState.UP and not all(door.state.well for door in doors):
        state = ReaderState.SUSPECT  # it decides, and somebody has to look at the door
    return Lane(
        state=state,
        gate_state=gate.state,
        direction=gate.direction.value,
        readers=tuple(reader_json(reader) for reader in serving),
        doors=tuple(door_json(door) for door in doors),
    )


def _together(states: list[ReaderState]) -> ReaderState:
    """A lane is up with all its readers, down with none; a gate without readers takes HTTP."""
    if all(state is ReaderState.UP for state in states):
        return ReaderState.UP
    if all(state is ReaderState.DOWN for state in states):
        return ReaderState.DOWN
    return ReaderState.SUSPECT


def reader_json(reader: ReaderStatus) -> dict[str, Any]:
    """A reader for screens: without counters, which change at each frame."""
    return {
        "id": reader.id,
        "driver": reader.driver,
        "state": reader.state.value,
        "since_at": iso(reader.since_at),
        "detail": reader.detail,
    }


def door_json(door: DoorStatus) -> dict[str, Any]:
    """A door for screens: what is wrong with it, and nothing that changes at each passage."""
    well = door.state.well
    return {
        "id": door.id,
        "state": DoorState.READY.value if well else door.state.value,
        "detail": "" if well else door.detail,
    }


def can_decide(view: View, gate: str) -> bool:
    """Whether a tag shown at `gate` now would be decided and recorded."""
    lane = view.lanes.get(gate)
    return (
        view.node == "up"
        and not view.problem
        and lane is not None
        and lane.state is not ReaderState.DOWN
    )


class NodeWatch:
    """Keeps the latest status and view; calls back when the view changed."""

    def __init__(self, source: StatusSource, configured: tuple[GateSettings, ...]) -> None:
        """`source` must answer or raise within 1.3 s, so that a dead node shows within 2 s."""
        self._source = source
        self._configured = configured
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.status: NodeStatus | None = None
        """None while the node does not answer."""
        self.view = view_of(None, configured)
        self.asked_at = 0.0
        """Monotonic seconds of the latest answer or failure."""
        self.on_change: Callable[[], None] = lambda: None
        self._run_seen = ""
        self._down_until = 0.0

    def start(self) -> None:
        """Ask in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._run, name="node-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop asking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def ask(self) -> None:
        """Ask once."""
        try:
            status: NodeStatus | None = self._source.status()
        except LinkError:
            status = None
        now = time.monotonic()
        if self._was_gone(status):
            self._down_until = now + SHOWN_S
        view = view_of(None if now < self._down_until else status, self._configured)
        changed = view != self.view
        self.status, self.view, self.asked_at = status, view, now
        if changed:
            self.on_change()

    def _was_gone(self, status: NodeStatus | None) -> bool:
        """Whether it stopped answering now, or was started anew between two answers."""
        if status is None:
            return self.status is not None
        before, self._run_seen = self._run_seen, status.run
        return self.status is not None and before not in ("", status.run)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.ask()
            self._stop.wait(PERIOD_S)
