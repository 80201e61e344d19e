"""A line on TCP: the same port after each replug, one host at a time, and whole transmissions."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_sim.loop import Loop
from firmware_sim.tcp import WAITING_MAX, TcpWire
from firmware_sim.wire import Sent

PATIENCE_S = 10.0


class Line:
    """The wire, and a loop that runs until something is so."""

    def __init__(self, folder: Path) -> None:
        self.loop = Loop()
        self.wire = TcpWire(self.loop, folder / "gate1", random.Random(1))
        self.heard = b""
        self.events: list[str] = []
        self.wire.on_bytes = self._take
        self.wire.on_connect = lambda: self.events.append("connected")
        self.wire.on_hang_up = lambda: self.events.append("gone")
        self.wire.plug()

    def _take(self, data: bytes) -> None:
        self.heard += data

    def run_until(self, due: Callable[[], bool]) -> None:
        def look() -> None:
            self.loop.stop() if due() or self.loop.now() > end else self.loop.after(0.001, look)

        end = self.loop.now() + round(PATIENCE_S * 1e9)
        look_at = self.loop.after(0.0, look)
        self.loop.run()
        look_at.cancel()
        assert due()

    def connect(self) -> socket.socket:
        host, _, port = self.wire.address.read_text("ascii").strip().partition(":")
        return socket.create_connection((host, int(port)), PATIENCE_S)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.wire.unplug()


def test_bytes_go_both_ways(line: Line) -> None:
    sent: list[Sent] = []
    with line.connect() as host:
        host.sendall(b"hello")
        line.run_until(lambda: line.heard == b"hello")
        line.wire.send(b"hello yourself", sent.append)
        assert host.recv(100) == b"hello yourself"

    assert [one.heard for one in sent] == [True]
    line.run_until(lambda: line.events == ["connected", "gone"])


def test_unplugged_nobody_listens_and_the_host_is_cut_off(line: Line) -> None:
    with line.connect() as host:
        line.run_until(line.wire.host_present)
        line.wire.unplug()
        assert host.recv(100) == b""
    assert not line.wire.address.exists()
    assert not line.wire.plugged
    assert line.events == ["connected", "gone"]

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", line.wire.port), PATIENCE_S)


def test_plugged_in_again_it_is_at_the_same_port(line: Line) -> None:
    before = line.wire.address.read_text("ascii")
    for _ in range(20):
        with line.connect():
            line.run_until(line.wire.host_present)
            line.wire.unplug()
            line.wire.plug()

    assert line.wire.address.read_text("ascii") == before


def test_a_second_host_gets_a_word_and_is_turned_away(line: Line) -> None:
    line.wire.refusal = lambda: b"occupied"
    with line.connect() as first:
        line.run_until(line.wire.host_present)
        with line.connect() as second:
            line.loop.after(0.05, line.loop.stop)
            line.loop.run()
            assert second.recv(100) == b"occupied"
            assert second.recv(100) == b""
        line.wire.send(b"still here")
        assert first.recv(100) == b"still here"

    line.run_until(lambda: not line.wire.host_present())
    with line.connect():
        line.run_until(line.wire.host_present)


def test_with_no_host_nothing_is_heard(line: Line) -> None:
    sent: list[Sent] = []
    line.wire.send(b"anybody?", sent.append)

    assert [one.heard for one in sent] == [False]


def test_a_host_that_does_not_read_holds_nobody_up_and_gets_whole_pieces(line: Line) -> None:
    sent: list[Sent] = []
    piece = bytes(range(256)) * 256
    with line.connect() as host:
        line.run_until(line.wire.host_present)
        for _ in range(200):
            line.wire.send(piece, sent.append)
        lost = sum(not one.heard for one in sent)
        assert 0 < lost < 200
        host.setblocking(False)
        got = bytearray()

        def drained() -> bool:
            try:
                while data := host.recv(1 << 20):
                    got.extend(data)
            except BlockingIOError:
                pass
            return len(sent) == 200 and len(got) == (200 - lost) * len(piece)

        line.run_until(drained)

    assert bytes(got) == piece * (200 - lost)
    assert len(piece) * (200 - lost) > WAITING_MAX


def test_what_was_waiting_when_the_host_went_was_not_heard(line: Line) -> None:
    sent: list[Sent] = []
    host = line.connect()
    line.run_until(line.wire.host_present)
    for _ in range(200):
        line.wire.send(bytes(60_000), sent.append)
    before = sum(one.heard for one in sent)
    host.close()
    line.run_until(lambda: len(sent) == 200)

    assert sum(one.heard for one in sent) == before
    assert line.events == ["connected", "gone"]
