"""The line: paced by its baud rate, deaf and mute where a real one is."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.loop import SECOND
from firmware_sim.wire import Sent, Wire, wire_time_ns


@pytest.fixture
def line(tmp_path: Path, hand_loop: Any) -> tuple[Any, Wire, Path]:
    """A plugged line of 9600 baud on a loop whose time stands."""
    wire = Wire(hand_loop, tmp_path / "lf1", 9600, random.Random(1))
    wire.plug()
    return hand_loop, wire, tmp_path / "lf1"


def test_a_byte_takes_ten_bits() -> None:
    """14 bytes at 9600 baud: 14.6 ms; 21 at 115200: 1.8 ms."""
    assert wire_time_ns(14, 9600) == 14_583_333
    assert wire_time_ns(21, 115200) == 1_822_916


def test_the_last_byte_comes_at_its_time_and_not_before(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """Half the frame after half its time; the end after all of it."""
    loop, wire, path = line
    fd = open_host(path, 9600)
    sent: list[Sent] = []
    begin = loop.time_ns
    wire.send(b"\x02" + b"0" * 12 + b"\x03", sent.append)

    loop.pass_time(begin + wire_time_ns(13, 9600))
    before = receive(fd, 10)
    loop.pass_time(begin + wire_time_ns(14, 9600))
    after = receive(fd, 4)

    assert b"\x03" not in before
    assert (before + after)[-1:] == b"\x03"
    assert sent == [Sent(begin + wire_time_ns(14, 9600), heard=True)]


def test_late_wake_ups_do_not_add_up(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """A hundred frames queued end when a hundred frames' time has passed, if never woken early."""
    loop, wire, path = line
    fd = open_host(path, 9600)
    sent: list[Sent] = []
    begin = loop.time_ns
    for _ in range(100):
        wire.send(b"x" * 14, sent.append)

    loop.pass_time(begin + 2 * SECOND, late=lambda: 700_000)

    assert len(sent) == 100
    assert len(receive(fd, 1400)) == 1400
    delay = sent[-1].ns - begin - 100 * wire_time_ns(14, 9600)
    assert 0 <= delay <= 700_000 + 100


def test_a_frame_takes_few_wake_ups(line: tuple[Any, Wire, Path]) -> None:
    """Three for 14 bytes at 9600 baud."""
    loop, wire, _ = line
    wire.send(b"x" * 14)

    assert len(wire._queue) == 3
    loop.pass_time(loop.time_ns + SECOND)
    assert not wire._queue


def test_nobody_hears_what_is_sent_before_the_port_is_open(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """No stale bytes wait for a host, and the truth knows that none was heard."""
    loop, wire, path = line
    sent: list[Sent] = []
    wire.send(b"early", sent.append)
    loop.pass_time(loop.time_ns + SECOND)
    fd = open_host(path, 9600)
    wire.send(b"later", sent.append)
    loop.pass_time(loop.time_ns + SECOND)

    assert [each.heard for each in sent] == [False, True]
    assert receive(fd, 5) == b"later"


def test_a_host_that_opens_within_a_frame_gets_its_rest(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """The first thing that a host sees may be half a frame, and that counts as unheard."""
    loop, wire, path = line
    sent: list[Sent] = []
    wire.send(b"0123456789ABCD", sent.append)
    loop.pass_time(loop.time_ns + 7_000_000)
    fd = open_host(path, 9600)
    loop.pass_time(loop.time_ns + SECOND)

    assert receive(fd, 9) == b"56789ABCD"
    assert [each.heard for each in sent] == [False]


def test_another_baud_rate_makes_garbage(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """A host at 115200 on a line of 9600 gets other bytes, and it counts as unheard."""
    loop, wire, path = line
    fd = open_host(path, 115200)
    sent: list[Sent] = []
    wire.send(b"\x0262E3086CED08\x03", sent.append)
    loop.pass_time(loop.time_ns + SECOND)

    assert b"62E3" not in receive(fd, 30)
    assert [each.heard for each in sent] == [False]
    assert not wire.understood()


def test_unplugging_cuts_the_frame_and_takes_the_link(
    line: tuple[Any, Wire, Path], open_host: Callable[[Path, int], int]
) -> None:
    """The host's port is dead, the link is gone, and replugging makes a new one."""
    loop, wire, path = line
    fd = open_host(path, 9600)
    sent: list[Sent] = []
    wire.send(b"x" * 14, sent.append)
    loop.pass_time(loop.time_ns + 6_000_000)

    wire.unplug()

    assert [each.heard for each in sent] == [False]
    assert not path.is_symlink()
    with pytest.raises(OSError, match="Input/output error"):
        os.write(fd, b"anybody?")
    wire.plug()
    assert path.is_symlink()
    assert wire.plugged


def test_nothing_is_echoed_or_translated(
    line: tuple[Any, Wire, Path],
    open_host: Callable[[Path, int], int],
    receive: Callable[[int, int], bytes],
) -> None:
    """The line is raw before a host has set anything."""
    loop, wire, path = line
    heard: list[bytes] = []
    wire.on_bytes = heard.append
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    os.close(fd)
    fd = open_host(path, 9600)
    data = bytes(range(256))
    wire.send(data)
    loop.pass_time(loop.time_ns + SECOND)

    assert receive(fd, 256) == data
    wire._readable()
    loop.pass_time(loop.time_ns + SECOND)
    assert heard == []


def test_what_the_host_says_arrives_after_its_time_on_the_line(
    line: tuple[Any, Wire, Path], open_host: Callable[[Path, int], int]
) -> None:
    """A pty hands over at once what a line would still be carrying."""
    loop, wire, path = line
    heard: list[tuple[bytes, int]] = []
    wire.on_bytes = lambda data: heard.append((data, loop.time_ns))
    fd = open_host(path, 9600)
    os.write(fd, b"123456")
    begin = loop.time_ns

    wire._readable()
    loop.pass_time(begin + SECOND)

    assert heard == [(b"123456", begin + wire_time_ns(6, 9600))]
