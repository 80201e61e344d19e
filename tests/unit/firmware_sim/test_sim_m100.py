"""The simulated M100: its frames are the published ones, its rounds the manual's."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import m100_frames as words
from firmware_sim.devices import device_class
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.gen2 import tag_crc
from firmware_sim.m100 import M100

EPC = "epc:30751FEB705C5904E3D50D70"

PUBLISHED = [
    (words.notice(bytes.fromhex("30751FEB705C5904E3D50D70"), -55, pc_low=0x400),
     "BB02220011C9340030751FEB705C5904E3D50D703A76EF7E"),
    (words.notice(bytes.fromhex("E200471BB0006013044509D0"), -53, pc_low=0x400),
     "BB02220011CB3400E200471BB0006013044509D09582D47E"),
    (words.notice(bytes.fromhex("E200001D7315016521408FC6"), -60),
     "BB02220011C43000E200001D7315016521408FC6B83EC27E"),
    (words.error(words.Error.NO_TAG), "BB01FF000115167E"),
    (words.answer(0x28, b"\x00"), "BB01280001002A7E"),
    (words.answer(0x03, b"\x02MagicRf"), "BB01030008024D616769635266A77E"),
    (words.answer(0x03, b"\x00M100 V1.00"), "BB0103000B004D3130302056312E3030227E"),
    (words.answer(0x07, b"\x00"), "BB010700010009" + "7E"),
    (words.answer(0xB7, b"\x07\xd0"), "BB01B7000207D0917E"),
]  # fmt: skip

COMMANDS = [
    ("BB0027000322FFFF4A7E", words.Request(0x27, b"\x22\xff\xff")),
    ("BB00B6000207D08F7E", words.Request(0xB6, b"\x07\xd0")),
    ("BB00280000287E", words.Request(0x28, b"")),
    ("BB0011000200C0D37E", words.Request(0x11, b"\x00\xc0")),
    ("BB00280000297E", words.Request(0x28, b"", good=False)),
]


@pytest.mark.parametrize(("made", "published"), PUBLISHED, ids=[p[1][:12] for p in PUBLISHED])
def test_a_frame_is_the_published_one(made: bytes, published: str) -> None:
    assert made.hex().upper() == published


@pytest.mark.parametrize(("published", "request_"), COMMANDS)
def test_a_published_command_is_understood(published: str, request_: words.Request) -> None:
    assert words.Parser().feed(bytes.fromhex(published)) == [request_]


@given(st.binary(max_size=20), st.binary(max_size=20).map(lambda b: b.replace(b"\xbb", b"\0")))
def test_a_command_is_found_wherever_the_bytes_are_cut(params: bytes, noise: bytes) -> None:
    content = bytes([0x00, 0x0C, 0, len(params)]) + params
    stream = noise + b"\xbb" + content + bytes([sum(content) & 0xFF, 0x7E])
    parser = words.Parser()

    found = [request for byte in stream for request in parser.feed(bytes([byte]))]

    assert found == words.Parser().feed(stream) == [words.Request(0x0C, params)]


class Bench:
    """A module on a table, its port open."""

    def __init__(self, device: M100, loop: Any, fd: int, raw: Any) -> None:
        self.device, self.loop, self.fd, self.raw = device, loop, fd, raw
        self.reports: list[FrameReport] = []
        device.report = self.reports.append

    def ask(self, command: str, ms: float = 200) -> list[bytes]:
        """Send a command, let time pass, and return what is said."""
        before = len(self.reports)
        os.write(self.fd, bytes.fromhex(command))
        assert self.device.wire._poll.poll(5000)
        self.device.wire._readable()
        self.loop.pass_ms(ms)
        due = sum(self.frame_sizes(before))
        return self.split(self.raw.receive(self.fd, due) if due else b"")

    def frame_sizes(self, before: int) -> list[int]:
        return [24 if report.credential else 8 for report in self.reports[before:]]

    def split(self, data: bytes) -> list[bytes]:
        found = []
        while data:
            size = data[4] + 7
            found.append(data[:size])
            data = data[size:]
        return found


@pytest.fixture
def bench(tmp_path: Path, hand_loop: Any, open_host: Callable[[Path, int], int], raw: Any) -> Bench:
    device = M100("uhf1", hand_loop, tmp_path / "uhf1", Faults(random.Random(1)))
    device.start()
    return Bench(device, hand_loop, open_host(tmp_path / "uhf1", 115200), raw)


def test_it_is_in_the_table() -> None:
    assert device_class("m100") is M100


def test_it_runs_as_many_rounds_as_it_was_told_and_says_nothing_at_their_end(bench: Bench) -> None:
    said = bench.ask("BB00270003220005517E", ms=1000)

    assert said == [words.error(0x15)] * 5


def test_a_tag_is_told_in_each_round_until_it_is_stopped(bench: Bench) -> None:
    tag = Tag(EPC, near_m=0.5, far_m=0.5)
    bench.device.field.put(tag, bench.loop.now(), 60.0)
    tags = [f for f in bench.ask("BB0027000322FFFF4A7E", ms=500) if f[1] == 2]

    assert 15 <= len(tags) <= 22
    assert {frame[8:20].hex().upper() for frame in tags} == {EPC.removeprefix("epc:")}
    assert {report.fate for report in bench.reports} == {"intact"}

    answer = bench.ask("BB00280000287E")
    before = len(bench.reports)
    bench.loop.pass_ms(500)
    assert words.answer(0x28, b"\x00") in answer
    assert len(bench.reports) == before


def test_a_command_that_it_cannot_make_out_is_an_error(bench: Bench) -> None:
    assert bench.ask("BB00280000297E") == [words.error(0x17)]
    assert bench.ask("BB00F30000F37E") == [words.error(0x17)]


def test_a_speed_is_changed_without_an_answer(bench: Bench) -> None:
    assert bench.ask("BB0011000200C0D37E") == []
    assert bench.device.wire.baud == 19200


def test_it_has_its_own_faults_by_name() -> None:
    assert set(M100.own_frame_faults) == {"m100.tag_crc", "m100.wrong_sum"}
    assert set(M100.own_episodes) == {
        f"m100.{name}" for name in ("count_end", "flood", "busy_channels", "sleep", "left_baud")
    }


@given(st.integers(0, 2**32))
def test_a_wrong_tag_crc_is_hidden_from_the_sum(seed: int) -> None:
    whole = words.notice(bytes.fromhex("30751FEB705C5904E3D50D70"), -55)

    hurt = M100.own_frame_faults["m100.tag_crc"](whole, random.Random(seed))

    assert hurt != whole
    assert sum(hurt[1:-2]) % 256 == hurt[-2]
    assert tag_crc(hurt[6:-4]) != int.from_bytes(hurt[-4:-2], "big")
