"""The keyboard wedge: keys by their place, a device that is taken or refused, lines or nothing."""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.config import ReaderSettings
from gatekeeper.errors import CodecError, ConfigError, TransportError
from gatekeeper.readers.clock import SystemClock
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Answer, Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.keys import BY_CHARACTER, ENTER, KEYS, SHIFTS, TAB
from gatekeeper.readers.input_device import InputTransport, grab_device
from gatekeeper.readers.wedge import WedgeReader

FACTS = json.loads((Path(__file__).parents[2] / "vectors/keys.json").read_text("utf-8"))
KEY, SYN = 1, 0


def events(*events: tuple[int, int, int]) -> bytes:
    return b"".join(struct.pack("<qqHHi", 1_763_800_000, 5, *event) for event in events)


def tap(*codes: int) -> bytes:
    return b"".join(
        events((4, 4, 0x70004), (KEY, code, down), (SYN, 0, 0)) for code in codes for down in (1, 0)
    )


def decode(data: bytes, **options: str) -> list[object]:
    codec = make_codec("wedge", options)
    return [*codec.feed(data), *codec.idle()]


def texts(data: bytes, **options: str) -> list[str]:
    return [f.credential[3:] for f in decode(data, **options) if isinstance(f, Tag)]


def test_the_keys_are_those_of_the_shared_table() -> None:
    """Which any other table of keys is held to as well."""
    mine = [
        {"code": k.code, "event_code": k.place, "plain": k.plain, "shift": k.shift} for k in KEYS
    ]

    assert FACTS["keys"] == mine
    assert set(FACTS["enter"]["codes"]) == ENTER
    assert set(FACTS["tab"]["codes"]) == TAB
    assert set(FACTS["shift"]["codes"]) == SHIFTS
    assert len({key.code for key in KEYS}) == len({key.place for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize(
    ("code", "place", "plain", "shift"),
    [
        (2, "Digit1", "1", "!"), (11, "Digit0", "0", ")"), (12, "Minus", "-", "_"),
        (16, "KeyQ", "q", "Q"), (25, "KeyP", "p", "P"), (30, "KeyA", "a", "A"),
        (39, "Semicolon", ";", ":"), (41, "Backquote", "`", "~"), (44, "KeyZ", "z", "Z"),
        (50, "KeyM", "m", "M"), (51, "Comma", ",", "<"), (57, "Space", " ", " "),
        (71, "Numpad7", "7", "7"), (82, "Numpad0", "0", "0"), (98, "NumpadDivide", "/", "/"),
    ],
)  # fmt: skip
def test_a_key_stands_where_the_kernel_and_the_browser_say(
    code: int, place: str, plain: str, shift: str
) -> None:
    """By hand from linux/input-event-codes.h and the W3C table."""
    assert (code, place, plain, shift) in KEYS


def test_every_printable_character_can_be_typed() -> None:
    assert set(BY_CHARACTER) == {chr(code) for code in range(0x20, 0x7F)}


def test_keys_are_taken_by_place_and_never_by_layout() -> None:
    """On a Thai layout these keys give ๅ/-ภถ: the codes are the same."""
    assert texts(tap(2, 3, 4, 5, 6, 28)) == ["12345"]


@pytest.mark.parametrize(
    ("options", "ends"),
    [({}, (28, 96, 15)), ({"end": "enter"}, (28, 96)), ({"end": "tab"}, (15,))],
)
def test_a_line_ends_as_the_settings_say(options: dict[str, str], ends: tuple[int, ...]) -> None:
    for end in (28, 96, 15):
        assert texts(tap(2, 3, end), **options) == (["12"] if end in ends else [])


def test_silence_ends_a_line_only_when_told() -> None:
    assert texts(tap(2, 3), end="silence") == ["12"]
    assert texts(tap(2, 3, 28), end="silence") == ["12"]
    assert {f.reason for f in decode(tap(2, 3))} == {GarbageReason.LENGTH}  # type: ignore[attr-defined]


def test_shift_may_be_held_over_many_keys_and_come_up_late() -> None:
    down, up = events((KEY, 54, 1), (SYN, 0, 0)), events((KEY, 54, 0), (SYN, 0, 0))

    assert texts(down + tap(30, 48) + up + tap(46, 28)) == ["ABc"]
    assert texts(down + tap(30, 28) + tap(30) + up + tap(30, 28)) == ["A", "Aa"]


def test_the_next_line_may_begin_before_enter_is_up() -> None:
    enter = events((KEY, 28, 1), (SYN, 0, 0))
    late = events((KEY, 28, 0), (SYN, 0, 0))

    assert texts(tap(2) + enter + tap(3) + late + tap(28)) == ["1", "2"]


@pytest.mark.parametrize("key", [29, 56, 58, 59, 100, 103, 125, 0x2FF])
def test_a_key_that_types_nothing_refuses_its_line_and_no_other(key: int) -> None:
    found = decode(tap(2, key, 3, 28) + tap(4, 28))

    assert [f.credential for f in found if isinstance(f, Tag)] == ["qr:3"]
    assert {f.reason for f in found if isinstance(f, Garbage)} == {GarbageReason.FRAMING}


def test_what_the_kernel_dropped_is_not_guessed() -> None:
    found = decode(tap(2, 3) + events((SYN, 3, 0)) + tap(4, 28) + tap(5, 28))

    assert [f.credential for f in found if isinstance(f, Tag)] == ["qr:4"]


def test_the_end_of_a_line_that_is_too_long_is_no_line() -> None:
    assert texts(tap(*[2] * 513, 28) + tap(3, 28)) == ["2"]
    assert texts(tap(*[2] * 512, 28)) == ["1" * 512]


def test_keys_that_come_up_say_nothing() -> None:
    """Enter was down when the device was taken."""
    left = events((KEY, 28, 0), (SYN, 0, 0))

    (frame,) = decode(left)

    assert isinstance(frame, Answer)
    assert frame.name == "no_text"
    assert make_codec("wedge").encode(frame) == left
    assert texts(left + tap(2, 28)) == ["1"]


def test_records_are_found_again_after_bytes_that_are_none() -> None:
    codec = make_codec("wedge")
    assert codec.feed(b"\xff\x00\x13") == []
    codec.idle()

    assert [type(f) for f in codec.feed(tap(2, 28))] == [Tag]
    assert {type(f) for f in codec.feed(tap(2)[:30] + b"\xff" + tap(3, 28))} == {Garbage}
    assert [type(f) for f in codec.feed(tap(4, 28))] == [Tag]


def test_a_line_is_not_judged_as_a_whole() -> None:
    with pytest.raises(CodecError, match="record by record"):
        make_codec("wedge")._match(b"", at_end=True)


# The device


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[tuple[Path, Callable[[bytes], None], Callable[[], None]]]:
    """A node that records can be written to: its path, a way to write, a way to unplug."""
    path = tmp_path / "event7"
    os.mkfifo(path)
    ends = [os.open(path, os.O_RDWR)]

    def unplug() -> None:
        while ends:
            os.close(ends.pop())

    yield path, lambda data: (os.write(ends[0], data), None)[1], unplug
    unplug()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def refusing(number: int) -> Callable[[int], None]:
    def grab(_fd: int) -> None:
        raise OSError(number, os.strerror(number))

    return grab


def test_records_come_from_a_device_that_was_taken(fifo: Any) -> None:
    path, write, unplug = fifo
    taken: list[int] = []
    line = InputTransport(str(path), taken.append)
    line.open()
    write(tap(2, 28))

    assert line.read() == tap(2, 28)
    assert line.read() == b""
    assert len(taken) == 1
    unplug()
    with pytest.raises(TransportError, match=r"event7: its end seen; records or silence is due"):
        line.read()
    line.close()
    line.close()


def test_what_cannot_be_grabbed_is_refused_and_let_go(fifo: Any) -> None:
    """A FIFO, a terminal, a file: no input device, whatever it may carry."""
    path, _, _ = fifo
    line = InputTransport(str(path))
    assert line._grab is grab_device
    before = open_files()

    with pytest.raises(TransportError, match=r"event7: .+ seen; an input device, .+ is due"):
        line.open()

    assert open_files() == before
    with pytest.raises(TransportError, match="not open seen; an open device is due"):
        line.read()


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EBUSY, "no other program has grabbed; end that program"),
        (errno.EPERM, "group input, or a udev rule"),
        (errno.EINVAL, "an input device, /dev/input/event"),
        (errno.EIO, "an input device is due"),
    ],
)
def test_a_refused_grab_comes_with_its_remedy(fifo: Any, number: int, remedy: str) -> None:
    with pytest.raises(TransportError, match=remedy):
        InputTransport(str(fifo[0]), refusing(number)).open()


def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        TransportError, match=r"No such file .+ seen; a path such as .+ that exists"
    ):
        InputTransport(str(tmp_path / "event9")).open()


@pytest.mark.parametrize("url", ["", " ", "socket://10.0.0.5:4001", "/dev/input/\0"])
def test_a_path_that_is_none_is_refused_by_the_settings(url: str) -> None:
    settings = ReaderSettings(id="desk", driver="wedge", url=url, gate="g")

    with pytest.raises(ConfigError, match=r"reader 'desk': .+ seen; a path such as /dev/input"):
        WedgeReader(settings, SystemClock())


def test_a_keyboard_takes_nothing(fifo: Any) -> None:
    line = InputTransport(str(fifo[0]), lambda _fd: None)
    line.open()
    line.set_baud(9600)

    with pytest.raises(TransportError, match="2 bytes to send seen; nothing: it only types is due"):
        line.write(b"12")
    line.close()


def test_the_driver_takes_its_device_by_the_kernel(fifo: Any) -> None:
    settings = ReaderSettings(id="desk", driver="wedge", url=str(fifo[0]), gate="g")

    with pytest.raises(TransportError, match="an input device"):
        WedgeReader(settings, SystemClock()).open()


# The driver


def reader(clock: Any, line: Any, **options: Any) -> WedgeReader:
    settings = ReaderSettings(id="desk", driver="wedge", url="unused", gate="g", options=options)
    driver = WedgeReader(settings, clock, line)
    driver.open()
    return driver


def read(driver: Any, clock: Any, seconds: float) -> list[str]:
    end_ns, found = clock.ns + seconds * 1e9, []
    while clock.ns < end_ns:
        found += [read.credential for read in driver.read()]
    return found


def test_a_line_is_a_ticket_unless_the_settings_say_card(clock: Any, line: Any) -> None:
    number = [11, 11, 11, 7, 6, 8, 3, 10, 9, 3, 28]
    line.deliver(tap(*number), 10)
    assert read(reader(clock, line), clock, 0.0) == []
    assert read(reader(clock, line), clock, 0.5) == []

    driver = reader(clock, line)
    line.deliver(tap(*number), 10)
    assert read(driver, clock, 0.5) == ["qr:0006572982"]

    driver = reader(clock, line, content="card")
    line.deliver(tap(*number), 10)
    assert read(driver, clock, 0.5) == ["0006572982"]


def test_a_hand_is_told_from_a_machine_by_its_rhythm(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    for key in (2, 3, 4, 5, 6, 7, 28):
        line.deliver(tap(key), 400)
    assert read(driver, clock, 4) == []
    assert "several lines in a row were none" in driver.problem()

    for key in (2, 3, 4, 5, 6, 7, 28):
        line.deliver(tap(key), 20)

    assert read(driver, clock, 1) == ["qr:123456"]
    assert driver.problem() == ""


def test_it_never_writes(clock: Any, line: Any) -> None:
    driver = reader(clock, line)
    line.deliver(tap(2, 28), 20)
    read(driver, clock, 1)

    assert line.written == []
    assert driver.speed == 0
