"""The simulated Chafon reader puts published frames on the wire, and has their readers' habits."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import chafon_wire as words
from firmware_sim.chafon import FOREIGN, Chafon
from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.wire import Wire

EPC, EPC2 = "epc:300833B2DDD9014000000001", "epc:E2004074850A0103163070E1"

# Entries (EPC, RSSI), antenna (None: an 18), frame; tests of wabson/chafon-rfid@05b55f35.
PUBLISHED = [
    ([("000000000000000000000313", 0)], None, "13000103010C0000000000000000000003133F39"),
    ([("49440000000000000A000334", 0)], None, "13000103010C49440000000000000A000334A5FB"),
    ([("000000000000000000000313", 0), ("000000000000000000000314", 0)], None,
     "20000103020C0000000000000000000003130C0000000000000000000003149AC9"),
    ([("000000000000000000000313", 0x6B)], 1, "1500010301010C0000000000000000000003136BB1A5"),
    ([("49440000000000000A000334", 0x64)], 3, "1500010304010C49440000000000000A0003346425C0"),
    ([("00323038", 0x6D)], 1, "0D000103010104003230386DA3D2"),
    ([("000000000000000000000313", 0x6B), ("000000000000000000000314", 0x6C)], 1,
     "2300010301020C0000000000000000000003136B0C0000000000000000000003146C70F2"),
]  # fmt: skip


class Line(Wire):
    """The device's line with a host that hears every frame whole, at once."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.said: list[bytes] = []

    @property
    def plugged(self) -> bool:
        return True

    def plug(self) -> None:
        """It is."""

    def host_present(self) -> bool:
        return True

    def host_baud(self) -> int:
        return self.baud

    def _write(self, data: bytes) -> bool:
        self.said.append(data)
        return True


class Bench:
    """A reader on a table, on a clock that is moved by hand."""

    def __init__(self, loop: Any, antennas: tuple[int, ...] = (1,), **options: str) -> None:
        self.loop, self.reports = loop, list[FrameReport]()
        kind = type("Held", (Chafon,), {"make_wire": lambda device, link: self._line(device, link)})
        self.device = kind(
            "uhf1", loop, Path("uhf1"), Faults(random.Random(1)), report=self.reports.append,
            address=0, antennas=antennas, options=options,
        )  # fmt: skip
        self.device.start()

    def _line(self, device: Chafon, link: Path) -> Line:
        self.line = Line(self.loop, link, device.baud, device.rng)
        return self.line

    def heard(self, ms: float) -> list[str]:
        """Frames that come within so long, in hexadecimal."""
        self.line.said.clear()
        self.loop.pass_ms(ms)
        return self._frames()

    def ask(self, command: str, ms: float = 400) -> list[str]:
        """Frames in answer to a command, given without length and check."""
        self.line.said.clear()
        body = bytes.fromhex(command)
        body = bytes([len(body) + 2]) + body
        self.line.on_bytes(body + words.crc(body))
        self.loop.pass_ms(ms)
        return self._frames()

    def _frames(self) -> list[str]:
        data, found = b"".join(self.line.said), []
        while data:
            found.append(data[: data[0] + 1].hex().upper())
            data = data[data[0] + 1 :]
        return found

    def put(self, *cards: str, antenna: int = 1) -> None:
        """Tags right before an antenna, for a minute."""
        for card in cards:
            tag = Tag(card, antenna, near_m=0.3, far_m=0.3)
            self.device.field.put(tag, self.loop.now(), 60.0)


@pytest.mark.parametrize(("entries", "antenna", "published"), PUBLISHED)
def test_a_list_of_tags_is_the_published_one(
    entries: list[tuple[str, int]], antenna: int | None, published: str
) -> None:
    """Both layouts, one tag and two, antenna by its bit."""
    heard = [(bytes.fromhex(epc), rssi) for epc, rssi in entries]

    data = words.tag_list(heard, antenna)

    assert words.frame(0, 0x01, 0x03, data).hex().upper() == published


def test_other_published_frames() -> None:
    """Nothing in the field, a 288's information, the check's catalogue value."""
    info = words.information(0x0C, 10, antennas=True)

    assert words.frame(0, 0x01, 0xFB).hex().upper() == "050001FBF23D"
    assert words.frame(0, 0x01, 0x01, words.tag_list([], 1)).hex().upper() == "0700010101001E4B"
    assert words.frame(0, 0x21, 0, info).hex().upper() == "1100210000160C034E001E0A01000000E651"
    assert words.crc(b"123456789") == bytes.fromhex("916F")


def test_published_commands_are_understood() -> None:
    """Inventory and reader information, as drivers in use send them."""
    found, rest = words.parse(bytes.fromhex("040001DB4B" + "040021D96A" + "04"))

    assert found == [words.Request(0, 0x01, b"", True), words.Request(0, 0x21, b"", True)]
    assert rest == b"\x04"


@given(st.binary(max_size=30), st.integers(0, 255))
def test_a_command_with_a_wrong_check_is_known_as_such(data: bytes, address: int) -> None:
    """Whatever its data."""
    body = bytes([len(data) + 4, address, 0x76]) + data
    good, bad = body + words.crc(body), body + bytes(b ^ 1 for b in words.crc(body))

    assert words.parse(good)[0] == [words.Request(address, 0x76, data, True)]
    assert words.parse(bad)[0] == [words.Request(address, 0x76, data, False)]


def test_a_288_tells_antenna_and_rssi_of_the_antenna_that_it_is_told(hand_loop: Any) -> None:
    """And a list of none where nothing answers."""
    bench = Bench(hand_loop, antennas=(1, 2))
    bench.put(EPC, antenna=2)
    answers = bench.ask("FF 01 04 00 01000000 00 81 03")

    told = bytes.fromhex(answers[0])
    assert told[4:7] == bytes((2, 1, 12))
    assert told[7:19].hex().upper() == EPC[4:]
    bench.device.field.tags.clear()
    assert bench.ask("FF 01 04 00 01000000 00 80 03") == ["0700010101001E4B"]


def test_an_antenna_that_is_not_connected_is_error_f8(hand_loop: Any) -> None:
    """At once, and without a list."""
    (answer,) = Bench(hand_loop).ask("FF 01 04 00 01000000 00 83 03", 20)

    assert answer[:8] == "050001F8"


def test_an_18_says_fb_where_nothing_answers(hand_loop: Any) -> None:
    """The published frame; with a tag, a list without antenna."""
    bench = Bench(hand_loop, model="18")

    assert bench.ask("00 01") == ["050001FBF23D"]
    bench.put(EPC)
    assert bench.ask("00 01")[0][6:12] in ("01010C", "03010C")


def test_many_tags_come_in_several_frames_the_last_of_which_says_so(hand_loop: Any) -> None:
    """Each tag is reported with the fate of its frame."""
    bench = Bench(hand_loop)
    bench.put(*(f"epc:3008{number:020X}" for number in range(10)))
    statuses = [answer[6:8] for answer in bench.ask("FF 01", 600)]

    assert statuses[-1] == "01"
    assert set(statuses[:-1]) == {"03"}
    assert len({report.credential for report in bench.reports if report.credential}) >= 9


def test_commands_during_a_round_and_for_others_are_lost(hand_loop: Any) -> None:
    """A pause inside a command drops it; a wrong check is called illegal."""
    bench = Bench(hand_loop)
    bench.ask("FF 01", 10)
    assert bench.ask("FF 21", 20) == []
    bench.loop.pass_ms(300)
    assert bench.ask("05 21") == []
    bench.line.on_bytes(bytes.fromhex("0400"))
    bench.loop.pass_ms(20)
    assert bench.ask("00 21")[0][:6] == "110021"
    bench.line.said.clear()
    bench.line.on_bytes(bytes.fromhex("0400210000"))
    assert bench.heard(20)[0][:8] == "050021FE"


def test_a_pushing_reader_tells_each_tag_and_rarely_that_it_lives(hand_loop: Any) -> None:
    """EE with antenna, length and RSSI from a 288; a heartbeat after 30 s of nothing."""
    bench = Bench(hand_loop, mode="active")
    bench.put(EPC)
    told = bytes.fromhex(bench.heard(250)[0])
    bench.device.field.tags.clear()

    assert told[2:6] == bytes.fromhex("EE00010C")
    assert told[6:18].hex().upper() == EPC[4:]
    beats = bench.heard(31_000)
    assert [beat[:16] for beat in beats] == ["1500EE2800000001"]
    assert bench.ask("FF 76 00")[0][:8] == "05007600"
    bench.put(EPC)
    assert bench.heard(1000) == []


def test_an_18_pushes_bare_words_as_the_captured_frame_has_them(hand_loop: Any) -> None:
    """The captured frame, byte for byte, by this encoder."""
    captured = "1100EE002000708C2B380B2D00000000E056"
    bench = Bench(hand_loop, model="18", mode="active")
    bench.put("epc:2000708C2B380B2D00000000")

    assert set(bench.heard(500)) == {captured}


def test_an_18_tells_and_takes_its_work_mode(hand_loop: Any) -> None:
    """36 tells twelve bytes; 35 sets six of them."""
    bench = Bench(hand_loop, model="18", mode="active")
    told = bytes.fromhex(bench.ask("00 36")[0])[4:-2]

    assert (len(told), told[4]) == (12, 1)
    bench.ask("00 35 00 02 01 00 06 00")
    assert bytes.fromhex(bench.ask("00 36")[0])[8] == 0


def test_settings_in_flash_outlive_a_reset(hand_loop: Any) -> None:
    """Address, speed and scan time, each answered with the old one."""
    bench = Bench(hand_loop)
    assert bench.ask("00 24 07")[0][:8] == "05002400"
    assert bench.ask("07 25 03")[0][:8] == "05072500"
    assert bench.ask("07 28 06")[0][:8] == "05072800"
    bench.device.reset()
    bench.loop.pass_ms(2000)

    assert bench.line.baud == 115200
    assert bytes.fromhex(bench.ask("07 21")[0])[11] == 3


def test_its_own_frame_faults_change_what_they_name(hand_loop: Any) -> None:
    """Each struck with certainty, then ended."""
    bench = Bench(hand_loop, model="18")
    none = bytes.fromhex("050001FBF23D")
    struck = {}
    for name in ("chafon.bad_crc", "chafon.lost_end", "chafon.glitch"):
        bench.device.faults.set(name, 1.0)
        bench.ask("00 01")
        struck[name] = b"".join(bench.line.said)
        bench.device.faults.set(name, 0.0)

    assert struck["chafon.bad_crc"][:4] == none[:4]
    assert struck["chafon.bad_crc"] != none
    assert struck["chafon.lost_end"] == b""
    assert struck["chafon.glitch"] == b"\xff" + none
    assert bench.ask("00 01") == [none.hex().upper()]


def test_a_list_that_ends_too_soon_has_a_right_check(hand_loop: Any) -> None:
    """Length and check fit, the entries do not."""
    bench = Bench(hand_loop, model="18")
    bench.put(EPC)
    bench.device.faults.set("chafon.short_list", 1.0)
    first = bytes.fromhex(bench.ask("00 01")[0])

    assert words.crc(first[:-2]) == first[-2:]
    assert len(first) == first[0] + 1 == 19


def test_its_own_episodes_befall_it_and_pass(hand_loop: Any) -> None:
    """A loose cable, a refusal, a neighbour, and settings that somebody changed."""
    bench = Bench(hand_loop)
    bench.device.strike("chafon.antenna")
    assert bench.ask("FF 01")[0][6:8] == "F8"
    bench.loop.pass_ms(3000)
    assert bench.ask("FF 01")[0][6:8] == "01"
    bench.device.strike("chafon.refuses")
    assert bench.ask("FF 21")[0][:8] == "050021FE"
    bench.loop.pass_ms(1500)
    assert bench.ask("FF 21")[0][:6] == "110021"
    bench.device.strike("chafon.other_reader")
    (stranger,) = bench.heard(50)
    assert stranger[2:4] == "01"
    assert FOREIGN[4:] in stranger
    assert bench.reports[-1].ghost
    bench.device.strike("chafon.left_baud")
    assert bench.line.baud == 115200
    bench.device.strike("chafon.active")
    bench.put(EPC2)
    assert any(told[4:6] == "EE" for told in bench.heard(500))


@pytest.mark.parametrize("params", ["taken", "refused"])
def test_a_variant_takes_no_parameters(hand_loop: Any, params: str) -> None:
    """Then only the bare command is answered with a list."""
    bench = Bench(hand_loop, params=params)
    answer = bench.ask("FF 01 04 00 01000000 00 80 03")[0]

    assert (answer[6:8] == "FD") == (params == "refused")
    assert bench.ask("FF 01")[0][6:8] == "01"
