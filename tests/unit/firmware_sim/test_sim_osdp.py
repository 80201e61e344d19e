"""The simulated OSDP reader on a clock moved by hand: published frames, repeats, its own faults."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.faults import Faults
from firmware_sim.field import Tag
from firmware_sim.osdp import Osdp
from firmware_sim.osdp_bits import card_bits
from firmware_sim.osdp_frames import commands_in, frame, is_intact, with_crc, without_secure_channel
from firmware_sim.shared_wire import SharedWire

VECTORS = {
    vector["id"]: bytes.fromhex(vector["hex"])
    for vector in json.loads(
        (Path(__file__).parents[2] / "vectors" / "osdp.json").read_text(encoding="utf-8")
    )["vectors"]
}
ID, POLL = 0x61, 0x60


class Reader:
    """A simulated reader whose words are collected instead of sent."""

    def __init__(self, folder: Path, loop: Any, address: int = 101, **options: str) -> None:
        self.loop = loop
        self.device = Osdp(
            "door",
            loop,
            folder / "door",
            Faults(random.Random(1)),
            address=address,
            options=options,
        )
        self.said: list[bytes] = []
        self.device.wire._master = -1  # there is a port, and nobody reads from it
        self.device.wire.send = lambda data, done=None: self.said.append(data)  # type: ignore[method-assign]
        self.device.on_power()

    def ask(self, command: bytes, ms: float = 300.0) -> list[bytes]:
        """What it says to `command` within so long."""
        before = len(self.said)
        self.device._take_bytes(command)
        self.loop.pass_ms(ms)
        return self.said[before:]

    def poll(self, sequence: int) -> list[bytes]:
        """What it says to a poll."""
        return self.ask(b"\xff" + with_crc(bytes([0x53, 101, 8, 0, 4 | sequence, POLL])))


@pytest.fixture
def reader(tmp_path: Path, hand_loop: Any) -> Callable[..., Reader]:
    return lambda **options: Reader(tmp_path, hand_loop, **options)


def test_its_own_frames_are_the_published_ones() -> None:
    assert frame(0, 1, 0x40) == VECTORS["osdp-ack-wire"]
    raw = frame(101, 2, 0x50, 0, 1, 26, 0, 0x02, 0x3A, 0x45, 0xC0)
    assert raw == VECTORS["osdp-raw"]


def test_published_commands_are_heard_whole_and_damaged_ones_not() -> None:
    published = [VECTORS[name] for name in ("osdp-comset-crc", "osdp-id", "osdp-cap")]
    stream = b"\x00\xff\x53\x01".join([b"", *published])

    heard, rest = commands_in(stream)

    assert heard == [raw.removeprefix(b"\xff") for raw in published]
    assert rest == b""
    assert all(is_intact(raw) for raw in heard)
    assert not is_intact(VECTORS["osdp-id-ck"])  # a sum; this reader wants the CRC
    assert not is_intact(heard[0][:-1] + b"\x00")


def test_it_answers_the_published_question_for_its_identity(reader: Any) -> None:
    made = reader()

    (answer,) = made.ask(VECTORS["osdp-id"])

    assert answer[:6] == bytes.fromhex("53E514000445")
    assert with_crc(answer[:-2]) == answer
    assert made.ask(VECTORS["osdp-cap"]) == []  # address 0 is somebody else


def test_a_repeated_command_gets_the_same_answer_and_is_not_done_twice(reader: Any) -> None:
    made = reader(channel="clear")
    made.ask(VECTORS["osdp-id"])
    made.device.field.put(Tag("w26:123:4567"), made.loop.now(), 60.0)

    (first,) = made.poll(1)
    (again,) = made.poll(1)
    (after,) = made.poll(2)

    assert first == again
    assert first[5] == 0x50
    assert after[5] == 0x40


def test_a_card_is_told_once_and_again_when_it_comes_anew(reader: Any) -> None:
    made = reader(channel="clear")
    made.ask(VECTORS["osdp-id"])
    tag = made.device.field.put(Tag("w26:123:4567"), made.loop.now(), 60.0)

    codes = [made.poll(n)[0][5] for n in (1, 2, 3)]
    made.device.field.take(tag)
    made.poll(1)
    made.device.field.put(tag, made.loop.now(), 60.0)

    assert codes == [0x50, 0x40, 0x40]
    assert made.poll(2)[0][5] == 0x50


def test_the_answer_comes_after_the_turnaround_time(reader: Any) -> None:
    made = reader(turnaround_ms="50")

    assert made.ask(VECTORS["osdp-id"], ms=49) == []
    made.loop.pass_ms(2)
    assert len(made.said) == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("osdp.busy", 0x79), ("osdp.nak", 0x41)], ids=["busy", "nak"]
)
def test_busy_and_refusals(reader: Any, fault: str, code: int) -> None:
    made = reader()
    made.device.strike(fault)

    assert made.ask(VECTORS["osdp-id"], ms=20)[0][5] == code
    made.loop.pass_ms(1000)
    assert made.ask(VECTORS["osdp-id"])[0][5] == 0x45


def test_silence_is_silence(reader: Any) -> None:
    made = reader()
    made.device.strike("osdp.silent_pd")

    assert made.ask(VECTORS["osdp-id"]) == []
    made.loop.pass_ms(3000)
    assert made.ask(VECTORS["osdp-id"]) != []


def test_frame_faults_leave_the_check_right_where_they_say_so() -> None:
    reply = VECTORS["osdp-sc-raw"]
    faults = Osdp.own_frame_faults

    mac = faults["osdp.bad_mac"](reply, random.Random(1))
    foreign = faults["osdp.foreign_address"](reply, random.Random(1))
    noise = faults["osdp.garbage_reply"](reply, random.Random(1))

    assert with_crc(mac[:-2]) == mac
    assert [n for n in range(len(reply) - 2) if mac[n] != reply[n]] == [len(reply) - 3]
    assert with_crc(foreign[:-2]) == foreign
    assert foreign[1] == reply[1] + 1
    assert len(noise) == len(reply)
    assert noise != reply


def test_a_reader_without_a_secure_channel_says_so() -> None:
    listed = with_crc(bytes.fromhex("53E511000446") + bytes([4, 1, 1, 9, 1, 0, 8, 1, 0]))

    told = without_secure_channel(listed)

    assert told == with_crc(listed[:6] + bytes([4, 1, 1, 9, 0, 0, 8, 1, 0]))
    assert without_secure_channel(VECTORS["osdp-raw"]) == VECTORS["osdp-raw"]


def test_cards_become_the_published_bits() -> None:
    # RfidResearchGroup/proxmark3 tools/pm3_online_tests.sh: facility 31, card 337.
    assert card_bits("w26:31:337") == (
        26,
        int("10001111100000001010100011000000", 2).to_bytes(4, "big"),
    )
    assert card_bits("uid:04A1B2C3") == (32, bytes.fromhex("04A1B2C3"))
    assert card_bits("w37:1:2")[0] == 37
    assert card_bits("w37:0:34359738367", "H10302")[0] == 37
    with pytest.raises(ValueError, match="8 and 16 bits are due"):
        card_bits("w26:256:1")


def test_readers_on_one_bus_share_its_line(tmp_path: Path, hand_loop: Any) -> None:
    readers = [
        Osdp(
            f"door{n}",
            hand_loop,
            tmp_path / f"door{n}",
            Faults(random.Random(n)),
            address=n,
            options={"bus": "corridor"},
        )
        for n in (1, 2)
    ]

    assert readers[0].wire is readers[1].wire
    assert isinstance(readers[0].wire, SharedWire)
    for reader in readers:
        reader.start()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corridor"]
    for reader in readers:
        reader.stop()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"channel": "open"}, {"key": "AB"}, {"colour": "red"}])
def test_bad_options_are_refused(reader: Any, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"seen|due"):
        reader(**options)
