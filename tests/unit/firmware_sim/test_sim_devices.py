"""The two readers, on a clock that is moved by hand: what they say, when, and when nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.device import Device
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.r2000 import R2000
from firmware_sim.rdm6300 import Rdm6300

A, B = "em4100:62E3086CED", "em4100:01000734E0"
EPC, EPC2 = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"


class Bench:
    """A reader on a table, its port open, everything that it reports on a list."""

    def __init__(self, device: Device, loop: Any, fd: int, raw: Any) -> None:
        self.device, self.loop, self.fd, self.raw = device, loop, fd, raw
        self.reports: list[FrameReport] = []
        device.report = self.reports.append

    def put(self, credential: str, **more: Any) -> Tag:
        """A tag, right in front of the antenna for a minute."""
        tag = Tag(credential, near_m=0.5, far_m=0.5, **more)
        return self.device.field.put(tag, self.loop.now(), 60.0)

    def ask(self, command: bytes, ms: float = 200) -> list[bytes]:
        """Send a command, let time pass, and return the frames of the answer."""
        before = len(self.reports)
        os.write(self.fd, command)
        assert self.device.wire._poll.poll(5000)
        self.device.wire._readable()
        self.loop.pass_ms(ms)
        due = len(self.reports) - before
        data = self.raw.read_for(self.fd, 5.0, lambda data: len(self.frames(data)) >= due)
        return self.frames(data)

    def frames(self, data: bytes) -> list[bytes]:
        """The whole frames in `data`."""
        found: list[bytes] = self.raw.a0_frames(data)[0]
        return found


@pytest.fixture
def lf(tmp_path: Path, hand_loop: Any, open_host: Callable[[Path, int], int], raw: Any) -> Bench:
    """An RDM6300."""
    device = Rdm6300("lf1", hand_loop, tmp_path / "lf1", Faults(random.Random(1)))
    device.start()
    return Bench(device, hand_loop, open_host(tmp_path / "lf1", 9600), raw)


@pytest.fixture
def uhf(tmp_path: Path, hand_loop: Any, open_host: Callable[[Path, int], int], raw: Any) -> Bench:
    """An R2000 with antennas at ports 1 and 2."""
    device = R2000("uhf1", hand_loop, tmp_path / "uhf1", Faults(random.Random(1)), antennas=(1, 2))
    device.start()
    return Bench(device, hand_loop, open_host(tmp_path / "uhf1", 115200), raw)


def test_a_held_125_khz_tag_is_told_every_65_ms(lf: Bench) -> None:
    """From its coming to its going, and then no more."""
    tag = lf.put(A)
    lf.loop.pass_ms(1000)
    lf.device.field.take(tag)
    lf.loop.pass_ms(1000)

    times = [report.ns for report in lf.reports]
    assert 14 <= len(times) <= 16
    assert {right - left for left, right in pairwise(times)} == {65_000_000}
    assert {report.credential for report in lf.reports} == {A}
    assert lf.raw.lf_numbers(lf.raw.receive(lf.fd, 14 * len(times))) == ["62E3086CED"] * len(times)


def test_two_125_khz_tags_never_come_out_together(lf: Bench) -> None:
    """Over many pairs: nothing, garbage, or now one and now the other; then the one left."""
    seen = set()
    for _ in range(30):
        tags = [lf.put(A), lf.put(B)]
        before = len(lf.reports)
        lf.loop.pass_ms(1000)
        reports = lf.reports[before:]
        seen.add(tuple(sorted({str(report.credential) for report in reports})))
        lf.device.field.take(tags[0])
        lf.loop.pass_ms(200)
        assert lf.reports[-1].credential == B
        lf.device.field.take(tags[1])
        lf.loop.pass_ms(200)

    assert seen == {(), ("None",), (B, A)}


def test_a_ghost_is_one_frame_of_a_tag_that_is_not_there(lf: Bench) -> None:
    """With a valid checksum, and reported as what it is."""
    lf.device.strike("ghost")
    lf.loop.pass_ms(1000)

    (report,) = lf.reports
    assert report.ghost
    assert lf.raw.lf_numbers(lf.raw.receive(lf.fd, 14)) == [str(report.credential)[7:]]


def test_a_silent_reader_sends_nothing_and_comes_back(lf: Bench) -> None:
    """With the tag still there."""
    lf.put(A)
    lf.device.silence(1.0)
    lf.loop.pass_ms(990)
    assert lf.reports == []

    lf.loop.pass_ms(200)
    assert lf.reports


def test_a_reader_at_another_rate_is_not_understood(lf: Bench) -> None:
    """For a while; its frames count as unheard."""
    lf.put(A)
    lf.device.strike("baud")
    lf.loop.pass_ms(400)
    wrong = {report.fate for report in lf.reports}
    lf.loop.pass_ms(1600)

    assert wrong == {"unheard"}
    assert lf.reports[-1].fate == "intact"


def test_an_episode_of_unplugging_ends_by_itself(lf: Bench) -> None:
    """The port goes and is there again within three seconds."""
    lf.device.strike("unplug")
    gone = not lf.device.wire.plugged
    lf.loop.pass_ms(3001)

    assert gone
    assert lf.device.wire.plugged


def test_episodes_begin_when_their_rate_is_set(lf: Bench) -> None:
    """Sixty a minute for ten seconds of the play; then none."""
    lf.device.faults.set("ghost", 60.0)
    lf.loop.pass_ms(10_000)
    count = len(lf.reports)
    lf.device.faults.set("ghost", 0.0)
    lf.loop.pass_ms(10_000)

    assert 3 <= count <= 25
    assert len(lf.reports) == count


def test_an_inventory_round_tells_tags_and_then_its_end(uhf: Bench) -> None:
    """Two tags, then `0A` with antenna, rate and total."""
    uhf.put(EPC)
    uhf.put(EPC2)
    frames = uhf.ask(uhf.raw.a0(1, 0x89, b"\xff"))

    assert [frame[7:19].hex().upper() for frame in frames[:-1]] == [EPC[4:], EPC2[4:]]
    assert (frames[-1][1], frames[-1][4], frames[-1][-2]) == (0x0A, 0, 2)


def test_an_empty_round_takes_its_time_and_ends(uhf: Bench) -> None:
    """Nothing after 30 ms, the end frame within 50."""
    os.write(uhf.fd, uhf.raw.a0(1, 0x89, b"\xff"))
    assert uhf.device.wire._poll.poll(5000)
    uhf.device.wire._readable()
    uhf.loop.pass_ms(30)
    early = len(uhf.reports)
    uhf.loop.pass_ms(20)

    assert (early, len(uhf.reports)) == (0, 1)


@pytest.mark.parametrize(
    ("command", "data", "answer"),
    [
        (0x72, b"", b"\x08\x02"),
        (0x74, b"\x01", b"\x10"),
        (0x74, b"\x04", b"\x47"),
        (0x75, b"", b"\x00"),
        (0x73, b"\xff", b"\x46"),
        (0x71, b"\x09", b"\x4a"),
        (0x89, b"\x00", b"\x41"),
        (0x8B, b"\x01", b"\x41"),
        (0x81, b"\x01\x02", b"\x11"),
    ],
)
def test_a_command_is_answered(uhf: Bench, command: int, data: bytes, answer: bytes) -> None:
    """In a frame of the same command and the reader's own address."""
    assert uhf.ask(uhf.raw.a0(1, command, data)) == [uhf.raw.a0(1, command, answer)]


def test_a_broadcast_is_answered_from_the_own_address(uhf: Bench) -> None:
    """Whoever expects FF to answer waits for ever."""
    assert uhf.ask(uhf.raw.a0(0xFF, 0x75)) == [uhf.raw.a0(1, 0x75, b"\x00")]


def test_what_is_not_for_it_gets_no_answer(uhf: Bench) -> None:
    """Another address; a wrong checksum (a published frame that a reader ignored)."""
    for command in (uhf.raw.a0(2, 0x72), bytes.fromhex("A00401890171")):
        os.write(uhf.fd, command)
        assert uhf.device.wire._poll.poll(5000)
        uhf.device.wire._readable()
        uhf.loop.pass_ms(500)

    assert uhf.reports == []


def test_a_missing_antenna_is_error_22(uhf: Bench) -> None:
    """Ports 3 and 4 exist, with nothing connected."""
    uhf.ask(uhf.raw.a0(1, 0x74, b"\x03"))

    assert uhf.ask(uhf.raw.a0(1, 0x89, b"\xff")) == [bytes.fromhex("A004018922B0")]


def test_the_nearer_antenna_hears_better(uhf: Bench) -> None:
    """The same tag, averaged over rounds: stronger at antenna 2, where it stands."""
    uhf.put(EPC, antenna=2)
    strength = {}
    for antenna in (1, 2):
        uhf.ask(uhf.raw.a0(1, 0x74, bytes([antenna - 1])))
        rounds = [uhf.ask(uhf.raw.a0(1, 0x8B, b"\x01\x00\x01")) for _ in range(10)]
        heard = [frame[-2] for frames in rounds for frame in frames if len(frame) == 21]
        assert {frame[4] & 3 for frames in rounds for frame in frames} == {antenna - 1}
        strength[antenna] = sum(heard) / len(heard)

    assert strength[2] > strength[1] + 6


def test_a_far_tag_is_never_heard(uhf: Bench) -> None:
    """Beyond five metres."""
    tag = Tag(EPC, near_m=5.1, far_m=5.1)
    uhf.device.field.put(tag, uhf.loop.now(), 60.0)

    frames = [uhf.ask(uhf.raw.a0(1, 0x89, b"\xff")) for _ in range(10)]
    assert {len(each) for each in frames} == {1}


def test_fast_switching_visits_antennas_and_reports_a_missing_one(uhf: Bench) -> None:
    """8A: antennas 1, 2 and 4; the fourth is not connected; the end tells tags and time."""
    uhf.put(EPC)
    steps = bytes([0, 1, 1, 1, 3, 1, 0xFF, 1, 5, 1])
    frames = uhf.ask(uhf.raw.a0(1, 0x8A, steps), ms=400)

    assert [frame[4] & 3 for frame in frames if len(frame) == 21] == [0, 1]
    assert uhf.raw.a0(1, 0x8A, b"\x03\x22") in frames
    assert frames[-1][4:7] == b"\x00\x00\x02"
    assert 75 <= int.from_bytes(frames[-1][7:11], "big") <= 130


def test_a_reset_is_silent_and_forgets_the_antenna(uhf: Bench) -> None:
    """No answer to 70; afterwards antenna 1 again."""
    uhf.ask(uhf.raw.a0(1, 0x74, b"\x01"))

    assert uhf.ask(uhf.raw.a0(1, 0x70), ms=1300) == []
    assert uhf.ask(uhf.raw.a0(1, 0x75)) == [uhf.raw.a0(1, 0x75, b"\x00")]


def test_a_reset_within_a_round_ends_it_without_an_end_frame(uhf: Bench) -> None:
    """The host that waits for the end waits in vain; the next command works."""
    os.write(uhf.fd, uhf.raw.a0(1, 0x89, b"\xff"))
    assert uhf.device.wire._poll.poll(5000)
    uhf.device.wire._readable()
    uhf.loop.pass_ms(10)
    uhf.device.reset()
    uhf.loop.pass_ms(2000)
    assert uhf.reports == []

    assert len(uhf.ask(uhf.raw.a0(1, 0x89, b"\xff"))) == 1


def test_a_new_address_is_its_own_from_then_on(uhf: Bench) -> None:
    """73 sets it; the old one is no longer answered."""
    assert uhf.ask(uhf.raw.a0(1, 0x73, b"\x07")) == [uhf.raw.a0(7, 0x73, b"\x10")]
    assert uhf.ask(uhf.raw.a0(7, 0x75)) == [uhf.raw.a0(7, 0x75, b"\x00")]


def test_another_baud_rate_is_used_after_its_answer(uhf: Bench) -> None:
    """71 with 03: the answer still comes at 115200, the next one at 38400."""
    assert uhf.ask(uhf.raw.a0(1, 0x71, b"\x03")) == [uhf.raw.a0(1, 0x71, b"\x10")]

    assert uhf.device.wire.baud == 38400
    assert not uhf.device.wire.understood()


def test_a_model_with_eight_ports_tells_the_second_four_by_the_rssi(
    tmp_path: Path, hand_loop: Any, open_host: Callable[[Path, int], int], raw: Any
) -> None:
    """FreqAnt has two bits for the antenna; bit 7 of RSSI is the third."""
    device = R2000(
        "uhf8", hand_loop, tmp_path / "uhf8", Faults(random.Random(1)), antennas=(6,),
        options={"ports": "8"},
    )  # fmt: skip
    device.start()
    bench = Bench(device, hand_loop, open_host(tmp_path / "uhf8", 115200), raw)
    bench.put(EPC, antenna=6)
    assert bench.ask(raw.a0(1, 0x74, b"\x05"))[0][4] == 0x10

    tag, end = bench.ask(raw.a0(1, 0x89, b"\xff"))

    assert (tag[4] & 3, tag[-2] >> 7) == (1, 1)
    assert end[4] == 5


@pytest.mark.parametrize(("ports", "antenna"), [("4", 5), ("8", 9), ("6", 1), ("0", 1)])
def test_antennas_beyond_the_ports_are_refused(
    ports: str, antenna: int, tmp_path: Path, hand_loop: Any
) -> None:
    with pytest.raises(ValueError, match="ports 4 or 8"):
        R2000(
            "uhf", hand_loop, tmp_path / "uhf", Faults(random.Random(1)), antennas=(antenna,),
            options={"ports": ports},
        )  # fmt: skip
