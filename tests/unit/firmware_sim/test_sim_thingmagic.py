"""The simulated ThingMagic module: its frames are those of the logs, its stream too."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import thingmagic_frames as words
from firmware_sim.devices import device_class
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.thingmagic import VERSION, ThingMagic

EPC = "epc:596F596F"
STOP, START = "FF032F0000025E86", "FF102F00000122000005072210001B03E801FFDD2B"
FILTER_OFF, REGION = "FF039A010C00A35D", "FF01970D4BB0"

LOGGED = [
    (words.tag(words.TagRead(bytes.fromhex("000000000000000000001545"), -60,
                             since_keep_alive_ms=295)),
     "FF2822000010001B01FF0101C4110E16400000012700000500000F00803000000000000000000000001545E94A561D"),
    (words.tag(words.TagRead(bytes.fromhex("596F596F"), -57, freq_khz=919_600,
                             since_keep_alive_ms=15)),
     "FF2022000010001B01FF0101C7110E08300000000F00000500000F00401000596F596FF3138990"),
    (words.tag(words.TagRead(bytes.fromhex("E2001026760E017915907125"), -55, freq_khz=919_600,
                             since_keep_alive_ms=19)),
     "FF2822000010001B01FF0101C9110E08300000001300000500000F00803000E2001026760E0179159071251985"
     "5797"),
    (words.answer(words.Op.READ_MULTIPLE, words.Status.NO_TAGS), "FF0022040084E0"),
    (words.answer(words.Op.TAG_OP, 0, bytes.fromhex("01220000")), "FF042F0000012200006DC3"),
    (words.answer(words.Op.TAG_OP, 0, b"\x02"), "FF012F00000230E6"),
    (words.answer(words.Op.VERSION, 0, VERSION),
     "FF140300001412080030000002201503100103014700000010EBFF"),
    (words.answer(words.Op.GET_PROGRAM, 0, b"\x52"), "FF010C0000526303"),
    (words.answer(words.Op.SET_REGION), "FF00970000779E"),
]  # fmt: skip

COMMANDS = [
    (START, words.Request(0x2F, bytes.fromhex("000001220000050722 10001B03E801FF"))),
    (STOP, words.Request(0x2F, b"\x00\x00\x02")),
    ("FF04060001C200A460", words.Request(0x06, (115200).to_bytes(4, "big"))),
    ("FF00031D0C", words.Request(0x03, b"")),
]


@pytest.mark.parametrize(("made", "logged"), LOGGED, ids=[pair[1][:14] for pair in LOGGED])
def test_a_frame_is_the_logged_one(made: bytes, logged: str) -> None:
    assert made.hex().upper() == logged


@pytest.mark.parametrize(("logged", "request_"), COMMANDS)
def test_a_logged_command_is_understood(logged: str, request_: words.Request) -> None:
    assert words.Parser().feed(bytes.fromhex(logged)) == [request_]


def test_a_command_with_a_wrong_crc_is_dropped() -> None:
    assert words.Parser().feed(bytes.fromhex("FF032F0000025E87" + "FF00031D0C")) == [
        words.Request(0x03, b"")
    ]


@given(st.binary(max_size=30), st.binary(max_size=20).map(lambda b: b.replace(b"\xff", b"\0")))
def test_a_command_is_found_wherever_the_bytes_are_cut(data: bytes, noise: bytes) -> None:
    content = bytes([len(data), 0x6A]) + data
    stream = noise + b"\xff" + content + words.crc(content).to_bytes(2, "big")
    parser = words.Parser()

    found = [request for byte in stream for request in parser.feed(bytes([byte]))]

    assert found == words.Parser().feed(stream) == [words.Request(0x6A, data)]


def test_antenna_sixteen_is_told_as_nought() -> None:
    assert words.tag(words.TagRead(b"\x12\x34", -50, antenna=16))[13] == 0x00
    assert words.tag(words.TagRead(b"\x12\x34", -50, antenna=3))[13] == 0x33


class Bench:
    """A module on a table, its port open."""

    def __init__(self, device: ThingMagic, loop: Any, fd: int, raw: Any) -> None:
        self.device, self.loop, self.fd, self.raw = device, loop, fd, raw
        self.reports: list[FrameReport] = []
        device.report = self.reports.append
        loop.pass_ms(200)

    def ask(self, command: str, ms: float = 100) -> list[bytes]:
        """Send a command, let time pass, and return the frames that are said."""
        before = len(self.reports)
        os.write(self.fd, bytes.fromhex(command))
        assert self.device.wire._poll.poll(5000)
        self.device.wire._readable()
        self.loop.pass_ms(ms)
        due = len(self.reports) - before
        data = self.raw.read_for(self.fd, 5.0, lambda d: len(split(d)) >= due) if due else b""
        return split(data)

    def begin(self) -> None:
        """Set it up and let it stream."""
        for command in (REGION, FILTER_OFF, START):
            self.ask(command)


def split(data: bytes) -> list[bytes]:
    """Whole frames of a module in `data`."""
    found = []
    while len(data) > 1 and len(data) >= data[1] + 7:
        found.append(data[: data[1] + 7])
        data = data[data[1] + 7 :]
    return found


@pytest.fixture
def bench(tmp_path: Path, hand_loop: Any, open_host: Callable[[Path, int], int], raw: Any) -> Bench:
    device = ThingMagic("uhf1", hand_loop, tmp_path / "uhf1", Faults(random.Random(1)))
    device.start()
    return Bench(device, hand_loop, open_host(tmp_path / "uhf1", 115200), raw)


def test_it_is_in_the_table() -> None:
    assert device_class("thingmagic") is ThingMagic


def test_without_a_region_it_does_not_read(bench: Bench) -> None:
    assert bench.ask(START) == [words.answer(0x2F, 0x0405)]


def test_a_keep_alive_comes_every_second_tag_or_no_tag(bench: Bench) -> None:
    bench.begin()
    before = len(bench.reports)
    bench.loop.pass_ms(5000)

    assert 4 <= len(bench.reports) - before <= 5


def test_a_tag_is_told_all_the_time_unless_the_filter_is_on(bench: Bench) -> None:
    bench.ask(REGION)
    bench.device.field.put(Tag(EPC, near_m=0.5, far_m=0.5), bench.loop.now(), 60.0)
    bench.ask(START)
    bench.loop.pass_ms(2000)
    assert sum(report.credential == EPC for report in bench.reports) == 1

    bench.ask(STOP, ms=1000)
    bench.ask(FILTER_OFF)
    bench.ask(START, ms=1000)
    assert sum(report.credential == EPC for report in bench.reports) > 15


def test_a_stop_is_answered_when_all_is_told_and_until_then_nothing_else_is(bench: Bench) -> None:
    bench.begin()
    bench.ask(STOP, ms=5)
    said = bench.ask("FF00031D0C", ms=1000)

    assert said[-2:] == [bytes.fromhex("FF0022040084E0"), bytes.fromhex("FF012F00000230E6")]
    assert not any(frame[2] == 0x03 for frame in said)
    assert bench.ask("FF00031D0C") == [words.answer(0x03, 0, VERSION)]
    assert bench.ask(STOP) == [words.answer(0x2F, 0x0100)]


def test_a_speed_is_changed_after_the_answer_and_lost_with_the_power(bench: Bench) -> None:
    assert bench.ask(command(0x06, "00038400")) == [words.answer(0x06)]
    assert bench.device.wire.baud == 230400

    bench.device.on_power()
    assert bench.device.wire.baud == 115200


def test_an_unknown_opcode_is_told(bench: Bench) -> None:
    assert bench.ask(command(0x44, "")) == [words.answer(0x44, 0x0101)]


def command(op: int, data: str) -> str:
    content = bytes.fromhex(f"{len(data) // 2:02X}{op:02X}{data}")
    return (b"\xff" + content + words.crc(content).to_bytes(2, "big")).hex()


def test_it_has_its_own_faults_by_name() -> None:
    assert set(ThingMagic.own_frame_faults) == {"thingmagic.ccitt_crc"}
    assert set(ThingMagic.own_episodes) == {
        f"thingmagic.{name}"
        for name in ("hot", "return_loss", "stalled", "deaf", "bootloader", "left_baud")
    }
