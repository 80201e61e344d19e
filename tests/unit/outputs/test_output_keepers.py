"""Who keeps a door: real threads, a board in memory, and nobody who waits for either."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from gatekeeper.config import BoardSettings, ContactSettings, DoorSettings, OutputSettings
from gatekeeper.errors import TransportError
from gatekeeper.model import DoorEvent, DoorState
from gatekeeper.outputs.base import Look
from gatekeeper.outputs.door import Door, Grant, Said
from gatekeeper.outputs.keeper import BoardKeeper, Watched
from gatekeeper.outputs.switch import SwitchKeeper
from gatekeeper.readers.clock import SystemClock
from tests.unit.outputs.memory_board import MemoryBoard

DEADLINE_S = 20.0
"""How long an event may take on a busy machine; none is waited for in full."""
SECOND = 1_000_000_000
clock = SystemClock()


class Told:
    """What doors said, to be waited for."""

    def __init__(self) -> None:
        self._said: queue.Queue[tuple[str, Said]] = queue.Queue()

    def __call__(self, door: Door, said: list[Said]) -> None:
        for one in said:
            self._said.put((door.settings.id, one))

    def wait(self, door: str, event: DoorEvent) -> Said:
        """The next event of that kind; those before it are passed over."""
        while True:
            name, said = self._said.get(timeout=DEADLINE_S)
            if (name, said.event) == (door, event):
                return said

    def nothing(self) -> bool:
        """Whether nothing is waiting."""
        return self._said.empty()


def door(name: str, channel: int, **more: object) -> Door:
    output = OutputSettings(board="b", channel=channel)
    return Door(
        DoorSettings(id=name, gate="g", output=output, **{"open_seconds": 0.3, **more})  # type: ignore[arg-type]
    )


def grant(seq: int = 7, age_s: float = 0.0) -> Grant:
    return Grant(seq, clock.monotonic_ns(), round(age_s * SECOND))


def wait(board: MemoryBoard, condition: Callable[[], bool]) -> None:
    """Until the board was told something that makes `condition` true."""
    with board.changed:
        assert board.changed.wait_for(condition, DEADLINE_S)


@pytest.fixture
def board() -> MemoryBoard:
    return MemoryBoard(
        BoardSettings(id="b", driver="memory", url="memory"),
        lambda url, baud: pytest.fail(url),
        clock,
    )


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def doors() -> list[Door]:
    contact = ContactSettings(board="b", input=1)
    return [door("d1", 1), door("d2", 2, contact=contact, held_open_seconds=1.0)]


@pytest.fixture
def keeper(board: MemoryBoard, doors: list[Door], told: Told) -> Iterator[BoardKeeper]:
    made = BoardKeeper("b", board, doors, [Watched(doors[1], 1, 1)], clock, told)
    yield made
    board.hold.set()
    assert made.stop(DEADLINE_S)


def test_every_relay_is_locked_before_anything_else(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door]
) -> None:
    keeper.grant(doors[0], grant(age_s=2.5))

    keeper.start()
    wait(board, lambda: len(board.log) >= 2)

    assert board.log[:2] == [(1, False), (2, False)]
    assert board.relays == {1: False, 2: False}


def test_a_grant_switches_its_own_relay_on_and_off_again(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    keeper.start()
    wait(board, lambda: len(board.log) >= 2)

    keeper.grant(doors[0], grant())
    wait(board, lambda: len(board.log) >= 4)

    assert board.log[2:4] == [(1, True), (1, False)]
    assert told.wait("d1", DoorEvent.RELEASED).ref == 7


def test_nobody_waits_for_a_board_that_hangs_and_the_newest_grant_counts(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    keeper.start()
    wait(board, lambda: len(board.log) >= 2)
    board.hold.clear()
    keeper.grant(doors[0], grant(1))

    for seq in range(2, 1000):
        keeper.grant(doors[0], grant(seq))  # a decision that waited here would never end
    board.hold.set()

    while told.wait("d1", DoorEvent.RELEASED).ref != 999:
        pass


def test_a_board_that_is_gone_is_told_and_tried_again_and_its_grants_fail_at_once(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    keeper.start()
    wait(board, lambda: len(board.log) >= 2)
    board.gone = True
    told.wait("d1", DoorEvent.FAILED)

    keeper.grant(doors[0], grant(8))
    failed = told.wait("d1", DoorEvent.FAILED)
    board.gone = False
    told.wait("d1", DoorEvent.RESTORED)

    assert (failed.ref, failed.note) == (8, "memory: unplugged")
    assert (1, True) not in board.log
    assert doors[0].state(clock.monotonic_ns())[0] is DoorState.READY


def test_a_defect_of_a_driver_is_survived(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    board.broken = True
    keeper.start()
    failed = told.wait("d1", DoorEvent.FAILED)

    board.broken = False
    wait(board, lambda: len(board.log) >= 2)

    assert failed.note == "driver failed: RuntimeError('a defect')"


def test_one_stuck_relay_leaves_the_other_door_working(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    keeper.start()
    wait(board, lambda: len(board.log) >= 2)
    board.stuck = True
    keeper.grant(doors[0], grant(8))
    failed = told.wait("d1", DoorEvent.FAILED)

    board.stuck = False
    keeper.grant(doors[1], grant(9))

    assert (failed.ref, failed.note) == (8, "relay 1 does not follow")
    assert told.wait("d2", DoorEvent.RELEASED).ref == 9


def test_a_contact_is_watched(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    keeper.start()
    wait(board, lambda: len(board.log) >= 2)
    wait(board, lambda: doors[1].state(clock.monotonic_ns())[2] == "closed")

    board.levels[1] = True

    told.wait("d2", DoorEvent.FORCED)
    board.levels[1] = False
    told.wait("d2", DoorEvent.CLOSED)


def test_stopping_locks(
    board: MemoryBoard, keeper: BoardKeeper, doors: list[Door], told: Told
) -> None:
    doors[0] = long = door("d1", 1, open_seconds=60.0)
    lasting = BoardKeeper("b", board, [long], [], clock, told)
    lasting.start()
    lasting.grant(long, grant())
    wait(board, lambda: (1, True) in board.log)

    assert lasting.stop(DEADLINE_S)
    assert board.log[-1] == (1, False)


def test_a_defect_while_stopping_leaves_no_other_door_open(
    board: MemoryBoard, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, long = door("d1", 1), door("d2", 2, open_seconds=60.0)
    lasting = BoardKeeper("b", board, [first, long], [], clock, told)
    lasting.start()
    lasting.grant(long, grant())
    wait(board, lambda: (2, True) in board.log)
    switch, closed = board.switch, threading.Event()

    def half_broken(channel: int, on: bool) -> None:
        if channel == 1:
            raise RuntimeError("a defect")
        switch(channel, on)

    monkeypatch.setattr(board, "switch", half_broken)
    monkeypatch.setattr(board, "close", closed.set)

    assert lasting.stop(DEADLINE_S)
    assert board.log[-1] == (2, False)
    assert closed.is_set()


def test_a_defect_locks_every_door_before_the_line_is_closed(
    board: MemoryBoard, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, other = door("d1", 1, open_seconds=60.0), door("d2", 2)
    lasting = BoardKeeper("b", board, [long, other], [], clock, told)
    lasting.start()
    lasting.grant(long, grant())
    wait(board, lambda: (1, True) in board.log)
    at_close: queue.Queue[dict[int, bool]] = queue.Queue()

    def close() -> None:
        at_close.put(dict(board.relays))
        raise RuntimeError("one more defect")

    def look(relays: frozenset[int], inputs: frozenset[int]) -> Look:
        raise RuntimeError("a defect")

    monkeypatch.setattr(board, "close", close)
    monkeypatch.setattr(board, "look", look)

    first, second = (at_close.get(timeout=DEADLINE_S) for _ in range(2))
    assert lasting.stop(DEADLINE_S)
    assert first == second == {1: False, 2: False}


class Reader:
    """A reader with contacts of its own."""

    def __init__(self) -> None:
        self.pulses: queue.Queue[tuple[int, float]] = queue.Queue()
        self.failing = False
        self.trouble = ""
        self.hold = threading.Event()
        self.hold.set()

    def pulse(self, output: int, seconds: float) -> None:
        self.hold.wait()
        if self.failing:
            raise TransportError("reader: no answer")
        self.pulses.put((output, seconds))


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def switch(reader: Reader, told: Told) -> Iterator[SwitchKeeper]:
    made = SwitchKeeper(on_reader(), reader.pulse, lambda: reader.trouble, clock, told)
    made.start()
    yield made
    reader.hold.set()
    assert made.stop(DEADLINE_S)


def on_reader() -> Door:
    output = OutputSettings(reader="r", channel=2)
    return Door(DoorSettings(id="d", gate="g", output=output, open_seconds=0.3))


def test_a_reader_s_contact_is_pulsed_for_the_door_s_time(
    switch: SwitchKeeper, reader: Reader, told: Told
) -> None:
    switch.grant(on_reader(), grant(7))
    first = reader.pulses.get(timeout=DEADLINE_S)
    released = told.wait("d", DoorEvent.RELEASED)

    switch.grant(on_reader(), grant(8))

    assert (first, released.ref) == ((2, 0.3), 7)
    assert reader.pulses.get(timeout=DEADLINE_S) == (2, 0.3)
    assert told.wait("d", DoorEvent.RELEASED).ref == 8


def test_a_reader_that_does_not_answer_is_told_and_not_asked_again(
    switch: SwitchKeeper, reader: Reader, told: Told
) -> None:
    reader.failing = True
    switch.grant(on_reader(), grant(7))
    failed = told.wait("d", DoorEvent.FAILED)

    reader.failing = False
    switch.grant(on_reader(), grant(8))
    released = told.wait("d", DoorEvent.RELEASED)

    assert (failed.ref, failed.note) == (7, "reader: no answer")
    assert released.ref == 8
    assert reader.pulses.qsize() == 1


def test_a_stale_grant_pulses_nothing(switch: SwitchKeeper, reader: Reader, told: Told) -> None:
    switch.grant(on_reader(), grant(7, age_s=2.5))

    assert told.wait("d", DoorEvent.FAILED).ref == 7
    assert reader.pulses.empty()


def test_a_door_fails_with_its_reader_before_anybody_comes_and_is_well_again_with_it(
    switch: SwitchKeeper, reader: Reader, told: Told
) -> None:
    door = switch._door
    switch.grant(door, grant(7))
    told.wait("d", DoorEvent.RELEASED)

    reader.trouble = "reader r: unplugged"
    failed = told.wait("d", DoorEvent.FAILED)
    state = door.state(clock.monotonic_ns())
    switch.grant(door, grant(8))
    refused = told.wait("d", DoorEvent.FAILED)
    reader.trouble = ""
    told.wait("d", DoorEvent.RESTORED)

    assert failed.note == "reader r: unplugged"
    assert state[:2] == (DoorState.FAILED, "reader r: unplugged")
    assert (refused.ref, refused.note) == (8, "reader r: unplugged")
    assert reader.pulses.qsize() == 1


def test_a_reader_that_is_still_coming_up_is_no_event_and_its_door_is_not_ready(
    reader: Reader, told: Told
) -> None:
    asked = threading.Semaphore(0)

    def trouble() -> str:
        asked.release()
        return reader.trouble

    reader.trouble = "reader r: not started"
    made = SwitchKeeper(on_reader(), reader.pulse, trouble, clock, told)
    made.start()
    for _ in range(3):
        assert asked.acquire(timeout=DEADLINE_S)
    before, silent = made._door.state(clock.monotonic_ns()), told.nothing()
    reader.trouble = ""
    while made._door.state(clock.monotonic_ns())[0] is not DoorState.READY:
        assert asked.acquire(timeout=DEADLINE_S)
    made.grant(made._door, grant(7))
    told.wait("d", DoorEvent.RELEASED)

    assert made.stop(DEADLINE_S)
    assert (before[:2], silent) == ((DoorState.FAILED, "not connected yet"), True)


def test_a_reader_that_never_comes_up_is_told(
    reader: Reader, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatekeeper.outputs.switch.START_NS", 0)
    reader.trouble = "reader r: no such port"
    made = SwitchKeeper(on_reader(), reader.pulse, lambda: reader.trouble, clock, told)
    made.start()

    assert told.wait("d", DoorEvent.FAILED).note == "reader r: no such port"
    assert made.stop(DEADLINE_S)


def test_a_defect_in_telling_leaves_the_door_its_keeper(reader: Reader) -> None:
    failing, released = threading.Event(), threading.Event()

    def tell(door: Door, said: list[Said]) -> None:
        if not failing.is_set():
            failing.set()
            raise RuntimeError("a defect")
        released.set()

    made = SwitchKeeper(on_reader(), reader.pulse, lambda: "", clock, tell)
    made.start()
    made.grant(made._door, grant(7))
    assert failing.wait(DEADLINE_S)
    made.grant(made._door, grant(8))

    assert released.wait(DEADLINE_S)
    assert made.stop(DEADLINE_S)
