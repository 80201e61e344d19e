"""The end of a node: a reader that hangs keeps no door from being locked, nor another reader."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from gatekeeper.config import BoardSettings, DoorSettings, OutputSettings, ReaderSettings
from gatekeeper.model import JournalEntry, Reason
from gatekeeper.node import process
from gatekeeper.node.troubles import trouble
from gatekeeper.outputs import doors as doors_room
from gatekeeper.outputs.doors import Doors
from gatekeeper.readers import make_reader
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.pump import Pump
from tests.unit.outputs.memory_board import MemoryBoard

DEADLINE_S = 20.0
clock = SystemClock()


class Hanging:
    """A reader whose opening takes until `free` is set."""

    def __init__(self, name: str, free: threading.Event) -> None:
        self.settings = ReaderSettings(name, "rdm6300", "/dev/null", gate="g")
        self._inner: Any = make_reader(self.settings, clock)
        self._free = free
        self.inside = threading.Event()
        self.closed = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self) -> None:
        self.inside.set()
        self._free.wait()

    def read(self) -> list[Any]:
        return []

    def close(self) -> None:
        self.closed.set()


def released(monkeypatch: pytest.MonkeyPatch) -> tuple[Doors, MemoryBoard]:
    """A door that is released for a minute, and its board."""
    boards: list[MemoryBoard] = []

    def made(settings: BoardSettings, *more: Any) -> MemoryBoard:
        boards.append(MemoryBoard(settings, *more))
        return boards[-1]

    monkeypatch.setattr(doors_room, "make_board", made)
    output = OutputSettings(board="b", channel=1)
    doors = Doors(
        [DoorSettings(id="d", gate="g", output=output, open_seconds=60.0)],
        [BoardSettings(id="b", driver="memory", url="memory")],
        open_line=lambda url, baud: pytest.fail(url),
        switches={},
        lamps={},
        clock=clock,
        record=lambda entry: None,
    )
    (board,) = boards
    doors.start()
    with board.changed:
        assert board.changed.wait_for(lambda: board.log == [(1, False)], DEADLINE_S)
        doors.told(JournalEntry(seq=7, at=clock.now(), gate="g", reason=Reason.GRANTED))
        assert board.changed.wait_for(lambda: board.relays[1], DEADLINE_S)
    return doors, board


def test_doors_are_locked_and_all_readers_asked_before_any_is_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doors, board = released(monkeypatch)
    free = threading.Event()
    readers = [Hanging(f"r{number}", free) for number in range(3)]
    pumps = [Pump(each.settings, lambda _: None, reader=each) for each in readers]
    for pump, reader in zip(pumps, readers, strict=True):
        pump.start()
        assert reader.inside.wait(DEADLINE_S)
    awaited: list[tuple[bool, list[bool], bool]] = []
    stop = Pump.stop

    def stopped(pump: Pump, timeout_s: float) -> bool:
        asked = [each._stop.is_set() for each in pumps]
        awaited.append((board.relays[1], asked, timeout_s <= process.STOP_S))
        return stop(pump, 0.0)

    monkeypatch.setattr(Pump, "stop", stopped)
    process._end(doors, pumps)
    free.set()

    assert awaited == [(False, [True] * 3, True)] * 3
    assert all(reader.closed.wait(DEADLINE_S) for reader in readers)


def test_a_reader_that_is_down_is_its_door_s_trouble() -> None:
    reader = Hanging("r1", threading.Event())

    assert trouble(Pump(reader.settings, lambda _: None, reader=reader)) == (
        "reader r1: not started"
    )
