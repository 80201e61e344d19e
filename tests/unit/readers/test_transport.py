"""Lines on real kernel ptys and loopback sockets: every fault is a TransportError."""

from __future__ import annotations

import os
import socket
import termios
import threading
import types
from pathlib import Path
from typing import Any

import pytest
import serial
import serial.rfc2217

from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.readers.transport import SerialTransport, check_url


def drain(transport: SerialTransport, size: int) -> bytes:
    data = b""
    for _ in range(200):
        data += transport.read()
        if len(data) >= size:
            break
    return data


def read_until_lost(transport: SerialTransport) -> None:
    for _ in range(400):
        transport.read()


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_bytes_come_and_go(plug: Any) -> None:
    device = plug("gate1")
    transport = SerialTransport(str(device.link), 9600)
    transport.open()
    device.let_go()

    device.write(b"\x02hello\x03")
    assert drain(transport, 7) == b"\x02hello\x03"
    transport.write(b"\xa0\x03")
    assert os.read(device.master, 100) == b"\xa0\x03"
    assert transport.read() == b""
    transport.close()


@pytest.mark.parametrize("baud", [2400, 9600, 38400, 115200, 250000, 921600])
def test_any_usual_speed_is_taken(plug: Any, baud: int) -> None:
    transport = SerialTransport(str(plug("gate1").link), baud)

    transport.open()
    transport.close()


def test_the_speed_changes_on_an_open_line_and_holds_for_the_next(plug: Any) -> None:
    device = plug("gate1")
    transport = SerialTransport(str(device.link), 115200)

    def speed() -> object:
        return termios.tcgetattr(device.master)[5]

    transport.open()
    assert speed() == termios.B115200
    transport.set_baud(38400)
    assert speed() == termios.B38400
    transport.close()
    transport.set_baud(19200)
    transport.open()
    assert speed() == termios.B19200

    device.unplug()
    with pytest.raises(TransportError, match=r"seen; a line that takes 9600 baud due"):
        transport.set_baud(9600)


def test_a_port_that_is_not_there_is_named(tmp_path: Path) -> None:
    transport = SerialTransport(str(tmp_path / "gate1"), 9600)

    with pytest.raises(TransportError, match=r"gate1.* seen; a free serial line at 9600 baud due"):
        transport.open()


@pytest.mark.parametrize("path", ["/dev/null", "/", __file__])
def test_what_is_no_serial_line_is_refused(path: str) -> None:
    with pytest.raises(TransportError, match="a free serial line"):
        SerialTransport(path, 9600).open()


def test_a_line_is_taken_once(plug: Any) -> None:
    """By flock, which binds root as well."""
    device = plug("gate1")
    first, second = (SerialTransport(str(device.link), 9600) for _ in range(2))
    first.open()

    with pytest.raises(TransportError, match="exclusively lock"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_unplugging_wakes_a_read_and_fails_a_write(plug: Any) -> None:
    device = plug("gate1")
    transport = SerialTransport(str(device.link), 9600)
    transport.open()
    device.let_go()
    failed = threading.Event()

    def wait() -> None:
        with pytest.raises(TransportError, match=r"gate1: .+ seen; bytes or silence due"):
            read_until_lost(transport)
        failed.set()

    reading = threading.Thread(target=wait)
    reading.start()
    device.unplug()
    reading.join(10)

    assert failed.is_set()
    with pytest.raises(TransportError, match="2 bytes taken: A003"):
        transport.write(b"\xa0\x03")
    transport.close()
    transport.close()


def test_a_new_device_behind_the_same_link_is_found(plug: Any) -> None:
    device = plug("gate1")
    transport = SerialTransport(str(device.link), 9600)
    for round_number in range(20):
        transport.open()
        device.let_go()
        device.write(bytes([round_number]))
        assert drain(transport, 1) == bytes([round_number])
        device.unplug()
        device.plug()
    transport.close()


def test_replugging_leaks_no_descriptor(plug: Any) -> None:
    device = plug("gate1")
    transport = SerialTransport(str(device.link), 9600)
    transport.open()
    before = open_descriptors()

    for _ in range(50):
        device.unplug()
        with pytest.raises(TransportError):
            read_until_lost(transport)
        with pytest.raises(TransportError):
            transport.open()
        device.plug()
        transport.open()

    assert open_descriptors() <= before
    transport.close()


def test_a_closed_line_says_so() -> None:
    transport = SerialTransport("/dev/ttyS9", 9600)

    with pytest.raises(TransportError, match="not open seen; an open line due"):
        transport.read()


def test_a_tcp_line_carries_bytes_and_tells_when_it_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = SerialTransport(f"socket://127.0.0.1:{server.getsockname()[1]}", 9600)
        transport.open()
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"\x02" * 5000)
            assert drain(transport, 5000) == b"\x02" * 5000
            transport.write(b"ok")
            assert peer.recv(10) == b"ok"

        with pytest.raises(TransportError):
            read_until_lost(transport)
    transport.close()
    with pytest.raises(TransportError, match="refused"):
        transport.open()


def test_a_tcp_line_whose_far_end_takes_nothing_fails_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gatekeeper.readers.transport.WRITE_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = SerialTransport(f"socket://127.0.0.1:{server.getsockname()[1]}", 9600)
        transport.open()
        peer, _ = server.accept()
        with peer, pytest.raises(TransportError, match="bytes taken"):
            transport.write(bytes(1 << 25))
    transport.close()


def test_a_serial_server_with_rfc2217_carries_bytes() -> None:
    """Against pyserial's own server side, with a looped port behind it."""
    port = serial.serial_for_url("loop://", timeout=0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                connection = types.SimpleNamespace(write=peer.sendall)
                manager = serial.rfc2217.PortManager(port, connection)
                while not done.is_set() and (data := peer.recv(1024)):
                    port.write(b"".join(manager.filter(data)))
                    if back := port.read(4096):
                        peer.sendall(b"".join(manager.escape(back)))

        serving = threading.Thread(target=serve)
        serving.start()
        transport = SerialTransport(f"rfc2217://127.0.0.1:{server.getsockname()[1]}", 115200)
        transport.open()

        transport.write(b"\xa0\xff\x00\x03")

        assert drain(transport, 4) == b"\xa0\xff\x00\x03"
        assert port.baudrate == 115200
        done.set()
        transport.write(b"x")
        serving.join(10)
        with pytest.raises(TransportError):
            read_until_lost(transport)
        transport.close()


@pytest.mark.parametrize(
    "url",
    ["/dev/ttyUSB0", "sim/gate1", "socket://reader:4001", "rfc2217://10.0.0.7:4001",
     "socket://[::1]:4001", "rfc2217://10.0.0.7:4001?ign_set_control"],
)  # fmt: skip
def test_urls_that_are_known(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "  ", "http://x:1", "socket://x", "socket://x:0", "socket://x:70000", "loop://",
     "socket://:4001", "rfc2217://x:1/dev", "spy:///dev/ttyUSB0", "hwgrep://0403", "/dev/\0"],
)  # fmt: skip
def test_urls_that_are_not(url: str) -> None:
    with pytest.raises(ConfigError, match="is due"):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "due"),
    [
        ("socket://admin:hunter2@reader:4001", "'socket://…@reader:4001'"),
        ("rfc2217://admin:hun/ter2@reader:4001/x", "'rfc2217://…@reader:4001/x'"),
        ("http://:hunter2@x@reader", "'http://…@reader'"),
    ],
)
def test_a_password_is_refused_and_not_repeated(url: str, due: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_url(url)

    assert str(caught.value).startswith(f"{due} seen")
    assert "ter2" not in str(caught.value)
