"""One suite for every board of the registry, against the simulated board of the same name.

A new driver joins by a line in BOARDS of firmware_sim and a line in VARIANTS here.
"""

from __future__ import annotations

import os
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from firmware_sim.doorways import BOARDS, BoardSpec, Doorways
from firmware_sim.loop import Loop
from gatekeeper.config import BoardSettings
from gatekeeper.errors import OutputError, TransportError
from gatekeeper.outputs import REGISTRY, make_board
from gatekeeper.outputs.base import Board
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.transport import SerialTransport

DEADLINE_S = 20.0

VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "numato": ("numato", {"channels": 2}, {"channels": "2"}),
    "relay_a0 frame": (
        "relay_a0",
        {"channels": 2, "answers": "frame"},
        {"channels": "2", "answers": "frame"},
    ),
    "relay_a0 text": (
        "relay_a0",
        {"channels": 2, "answers": "text"},
        {"channels": "2", "answers": "text"},
    ),
    "relay_a0 none": ("relay_a0", {"channels": 2}, {"channels": "2"}),
}
"""Name to driver, options of the driver, options of the simulated board."""
SAYING = [name for name in VARIANTS if name != "relay_a0 none"]


class Rig:
    """A simulated board in a thread."""

    def __init__(self, folder: Path, device: str, options: dict[str, str]) -> None:
        self.loop = Loop()
        spec = BoardSpec("board", device, options=options)
        self.board = Doorways((spec,), (), self.loop, folder, 1).boards["board"]
        self.switched = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._woken, self._waker = os.pipe()
        self.loop.watch(self._woken, self._work)
        self.board.on_relay = self._on_relay
        self._thread = threading.Thread(target=self.loop.run, daemon=True)

    def __enter__(self) -> Self:
        self.board.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.board.stop)
        self.do(self.loop.stop)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        os.close(self._woken)
        os.close(self._waker)

    def do(self, deed: Callable[[], object]) -> None:
        """Let the board's own thread do it, and wait until it is done."""
        done = threading.Event()

        def job() -> None:
            deed()
            done.set()

        self._jobs.append(job)
        os.write(self._waker, b".")
        assert done.wait(DEADLINE_S)

    def _work(self) -> None:
        os.read(self._woken, 1)
        self._jobs.popleft()()

    def fault(self, name: str, rate: float = 1.0) -> None:
        """A fault strikes at `rate` from now on."""
        self.do(lambda: self.board.faults.set(name, rate))

    def wait_relays(self, *states: bool) -> None:
        """Until the relays are as given: a board that does not say may take its time."""
        with self.switched:
            assert self.switched.wait_for(lambda: self.board.relays == list(states), DEADLINE_S)

    def _on_relay(self, _channel: int, _on: bool) -> None:
        with self.switched:
            self.switched.notify_all()


@pytest.fixture(params=sorted(VARIANTS))
def variant(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def rig(variant: str, tmp_path: Path) -> Iterator[Rig]:
    device, _, options = VARIANTS[variant]
    with Rig(tmp_path, device, options) as made:
        yield made


@pytest.fixture
def board(variant: str, rig: Rig, tmp_path: Path) -> Iterator[Board]:
    driver, options, _ = VARIANTS[variant]
    settings = BoardSettings(id="b", driver=driver, url=str(tmp_path / "board"), options=options)
    made = make_board(settings, SerialTransport, SystemClock())
    made.open()
    yield made
    made.close()


BOTH, NONE = frozenset({1, 2}), frozenset[int]()


def test_every_board_has_its_simulated_twin() -> None:
    assert sorted(REGISTRY) == sorted(BOARDS)
    assert {driver for driver, _, _ in VARIANTS.values()} == set(REGISTRY)


def test_relays_switch_one_by_one(board: Board, rig: Rig) -> None:
    board.switch(2, True)
    rig.wait_relays(False, True)
    board.switch(1, True)
    rig.wait_relays(True, True)
    board.switch(2, False)
    rig.wait_relays(True, False)
    board.switch(1, False)
    rig.wait_relays(False, False)


def test_switching_twice_to_the_same_is_no_harm(board: Board, rig: Rig) -> None:
    for on in (False, True, True, False, False):
        board.switch(1, on)

    rig.wait_relays(False, False)


def test_a_look_tells_what_the_board_says(variant: str, board: Board, rig: Rig) -> None:
    board.switch(2, True)

    relays = board.look(BOTH, NONE).relays

    assert relays == ({1: False, 2: True} if variant in SAYING else {})
    assert board.confirms is (variant in SAYING)


def test_inputs_are_read_where_there_are_some(board: Board, rig: Rig) -> None:
    if not board.inputs:
        assert board.look(NONE, NONE).inputs == {}
        return

    rig.do(lambda: rig.board.levels.__setitem__(3, 1))

    assert board.look(NONE, frozenset({1, 4})).inputs == {1: False, 4: True}


@pytest.mark.parametrize("variant", SAYING, indirect=True)
@pytest.mark.parametrize("fault", ["relay.deaf", "relay.mute", "relay.stuck"])
def test_a_board_that_does_not_do_or_say_it_is_an_error_and_heals(
    board: Board, rig: Rig, fault: str
) -> None:
    rig.fault(fault)
    with pytest.raises(OutputError, match="relay 1"):
        board.switch(1, True)

    rig.fault(fault, 0.0)
    board.switch(1, False)

    rig.wait_relays(False, False)
    board.switch(1, True)
    rig.wait_relays(True, False)


@pytest.mark.parametrize("variant", SAYING, indirect=True)
def test_a_mute_board_is_an_error_at_a_look(board: Board, rig: Rig) -> None:
    rig.fault("relay.mute")

    with pytest.raises(OutputError, match="relay"):
        board.look(BOTH, NONE)


@pytest.mark.parametrize("variant", SAYING, indirect=True)
def test_a_liar_is_believed_which_is_why_doors_have_contacts(board: Board, rig: Rig) -> None:
    rig.fault("relay.liar")

    board.switch(1, True)

    assert rig.board.relays[0] is False


def test_a_restart_lets_every_relay_fall(board: Board, rig: Rig) -> None:
    board.switch(1, True)
    rig.wait_relays(True, False)

    rig.do(rig.board.reset)

    assert rig.board.relays == [False, False]


def test_unplugged_is_noticed_and_a_new_line_works(board: Board, rig: Rig) -> None:
    board.switch(1, True)
    rig.wait_relays(True, False)
    rig.do(rig.board.wire.unplug)
    with pytest.raises(TransportError):
        board.look(BOTH, NONE)
    board.close()
    rig.do(rig.board.replug)

    board.open()
    board.switch(2, True)

    rig.wait_relays(False, True)  # its power went with the cable


@pytest.mark.parametrize("variant", SAYING, indirect=True)
def test_a_noisy_line_never_makes_a_confirmation(board: Board, rig: Rig) -> None:
    """What is confirmed is so; what is not is an error, and may be tried again."""
    for name in ("damaged", "lost", "noise", "cut"):
        rig.fault(name, 0.06)
    dice = random.Random(7)
    confirmed = 0

    for _ in range(16):
        channel, on = dice.choice((1, 2)), dice.random() < 0.5
        try:
            board.switch(channel, on)
        except OutputError:
            continue
        confirmed += 1
        assert rig.board.relays[channel - 1] is on

    assert confirmed >= 6


@pytest.mark.parametrize("variant", ["relay_a0 none"], indirect=True)
def test_a_wrong_sum_moves_nothing_unless_the_board_ignores_sums(board: Board, rig: Rig) -> None:
    """Why the line to such a board must be short: its sums are all there is."""
    wrong = bytes.fromhex("A00101A3")

    rig.do(lambda: rig.board.on_bytes(wrong))
    before = list(rig.board.relays)
    rig.fault("relay.wrong_checksum_ignored")
    rig.do(lambda: rig.board.on_bytes(wrong))

    assert (before, rig.board.relays) == ([False, False], [True, False])
