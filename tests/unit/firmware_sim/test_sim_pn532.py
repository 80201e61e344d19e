"""The simulated PN532 puts published frames on the wire, and has the chip's habits."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.faults import Faults
from firmware_sim.field import FrameReport, Tag
from firmware_sim.pn532 import LEFT_AT, Pn532
from firmware_sim.pn532_wire import ACK, NACK, SYNTAX_ERROR, Heard, Parser, frame, target
from firmware_sim.wire import Wire

CLASSIC, NTAG = "uid:24D34F59", "uid:04416D412B0289"
WAKE = b"\x55\x55" + bytes(14)
SAM = bytes.fromhex("0000FF03FDD414011700")
LIMIT = bytes.fromhex("0000FF06FAD43205FF0102F300")
ONE, TWO = bytes.fromhex("0000FF04FCD44A0100E100"), bytes.fromhex("0000FF04FCD44A0200E000")
RELEASE = bytes.fromhex("0000FF03FDD45200DA00")
NONE = bytes.fromhex("0000FF03FDD54B00E000")
RELEASED = bytes.fromhex("0000FF03FDD55300D800")
CLASSIC_LISTED = bytes.fromhex("0000FF0CF4D54B01010004080424D34F592F00")
NTAG_LISTED = bytes.fromhex("0000FF0FF1D54B01010044000704416D412B0289EA00")

# Content after D5, frame; from public source comments and nfcpy.
PUBLISHED = [
    (0x4B, target(1, bytes.fromhex("24D34F59"), b"\x00\x04", 0x08), CLASSIC_LISTED),
    (0x4B, target(1, bytes.fromhex("8A4CB512"), b"\x00\x02", 0x18),
     bytes.fromhex("0000FF0CF4D54B0101000218048A4CB5122300")),
    (0x4B, target(1, bytes.fromhex("04416D412B0289"), b"\x00\x44", 0x00), NTAG_LISTED),
    (0x4B, target(1, bytes.fromhex("5CBBE5D5"), b"\x00\x04", 0x08),
     bytes.fromhex("0000FF0CF4D54B0101000408045CBBE5D5FD00")),
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
    """A chip on a table, on a clock that is moved by hand."""

    def __init__(self, loop: Any, **options: str) -> None:
        self.loop, self.reports = loop, list[FrameReport]()
        kind = type("Held", (Pn532,), {"make_wire": lambda device, link: self._line(device, link)})
        self.device = kind(
            "hf1", loop, Path("hf1"), Faults(random.Random(1)), report=self.reports.append,
            options=options,
        )  # fmt: skip
        self.device.start()

    def _line(self, device: Pn532, link: Path) -> Line:
        self.line = Line(self.loop, link, device.baud, device.rng)
        return self.line

    def ask(self, command: bytes, ms: float = 100) -> bytes:
        """What the chip says to `command` within so long."""
        self.line.said.clear()
        self.line.on_bytes(command)
        self.loop.pass_ms(ms)
        return b"".join(self.line.said)

    def ready(self) -> Bench:
        """Awake, configured, and with a limit to its searches."""
        self.ask(WAKE + SAM)
        self.ask(LIMIT)
        return self

    def put(self, *cards: str) -> list[Tag]:
        """Cards in the field, for a minute."""
        return [self.device.field.put(Tag(card), self.loop.now(), 60.0) for card in cards]


@pytest.fixture
def bench(hand_loop: Any) -> Bench:
    return Bench(hand_loop).ready()


@pytest.mark.parametrize(("code", "content", "published"), PUBLISHED)
def test_a_list_of_one_card_is_the_published_one(
    code: int, content: bytes, published: bytes
) -> None:
    """LEN, LCS and DCS as in the sources' comments."""
    assert frame(code, b"\x01" + content) == published


def test_fixed_frames_are_the_published_ones() -> None:
    """ACK of nfcpy, NACK and error frame of UM0701-02."""
    assert bytes.fromhex("0000FF00FF00") == ACK
    assert bytes.fromhex("0000FFFF0000") == NACK
    assert bytes.fromhex("0000FF01FF7F8100") == SYNTAX_ERROR


def test_long_content_takes_the_extended_form() -> None:
    """From 256 bytes on; its length has a check of its own."""
    long = frame(0x41, bytes(260))

    assert long[:8] == bytes.fromhex("0000FFFFFF0106F9")
    assert len(long) == 8 + 262 + 2
    assert sum(long[8:-1]) % 256 == 0


@given(st.binary(max_size=40), st.binary(max_size=30), st.booleans())
def test_a_command_is_found_wherever_the_bytes_are_cut(
    noise: bytes, data: bytes, extended: bool
) -> None:
    """Byte by byte or whole, the same frames come out."""
    content = bytes((0xD4, 0x4A)) + data
    size = bytes([len(content), -len(content) & 0xFF])
    if extended:
        size = b"\xff\xff\x00" + size
    sent = b"\x00\x00\xff" + size + content + bytes([-sum(content) & 0xFF, 0])
    whole = Parser().feed(noise + sent)
    parser = Parser()

    assert [heard for byte in noise + sent for heard in parser.feed(bytes([byte]))] == whole
    assert Parser().feed(sent) == [Heard(0x4A, data)]


def test_a_chip_sleeps_until_it_is_woken_and_wants_its_configuration_first(hand_loop: Any) -> None:
    """55 55 and zeros; then SAMConfiguration."""
    bench = Bench(hand_loop)
    bench.put(CLASSIC)

    assert bench.ask(SAM) == b""
    assert bench.ask(WAKE + ONE) == b""
    assert bench.ask(SAM) == ACK + bytes.fromhex("0000FF02FED5151600")
    assert bench.ask(ONE) == ACK + CLASSIC_LISTED


def test_without_a_limit_a_search_waits_for_a_card(hand_loop: Any) -> None:
    """MxRtyPassiveActivation is FF after power."""
    bench = Bench(hand_loop)
    bench.ask(WAKE + SAM)

    assert bench.ask(ONE, 5000) == ACK
    bench.put(CLASSIC)
    bench.loop.pass_ms(50)
    assert b"".join(bench.line.said) == ACK + CLASSIC_LISTED


def test_an_ack_breaks_a_search_off_and_makes_the_chip_deaf_for_a_moment(hand_loop: Any) -> None:
    """nfc-tools/libnfc#167."""
    bench = Bench(hand_loop)
    bench.ask(WAKE + SAM)
    bench.ask(ONE)
    bench.put(CLASSIC)

    assert bench.ask(ACK + SAM) == b""
    assert bench.ask(ONE) == ACK + CLASSIC_LISTED


def test_a_card_that_is_not_released_misses_every_second_search(bench: Bench) -> None:
    """adafruit/Adafruit-PN532#52."""
    bench.put(CLASSIC)

    answers = [bench.ask(ONE)[len(ACK) :] for _ in range(4)]

    assert answers == [CLASSIC_LISTED, NONE, CLASSIC_LISTED, NONE]
    assert bench.ask(RELEASE) == ACK + RELEASED
    assert bench.ask(ONE) == ACK + CLASSIC_LISTED


def test_with_one_target_the_same_card_of_two_is_listed_each_time(bench: Bench) -> None:
    """The anticollision settles on one; with two targets both come, in one frame."""
    bench.put(CLASSIC, NTAG)

    for _ in range(3):
        assert bench.ask(ONE) == ACK + NTAG_LISTED
        bench.ask(RELEASE)
    both = bench.ask(TWO)[len(ACK) :]
    assert both[5:8] == bytes((0xD5, 0x4B, 2))
    assert {report.credential for report in bench.reports[-1:-3:-1]} == {CLASSIC, NTAG}


def test_random_and_iso_14443_4_cards_tell_an_ats(hand_loop: Any) -> None:
    """SAK 20, and the ATS of a DESFire after the UID."""
    bench = Bench(hand_loop, card="desfire").ready()
    bench.put("uid:04A1B2C3D4E5F6")
    told = bench.ask(ONE)

    assert bytes.fromhex("0344200704A1B2C3D4E5F6067577810280") in told


def test_the_speed_changes_after_the_host_has_acknowledged(bench: Bench) -> None:
    """D4 10 06: 460800 baud."""
    order = bytes.fromhex("0000FF03FDD410061600")

    assert bench.ask(order) == ACK + bytes.fromhex("0000FF02FED5111A00")
    assert bench.line.baud == 115200
    bench.ask(ACK)
    assert bench.line.baud == 460800


def test_the_last_answer_comes_again_on_a_nack(bench: Bench) -> None:
    """Not the ACK, and no new search."""
    bench.put(CLASSIC)
    bench.ask(ONE)

    assert bench.ask(NACK) == CLASSIC_LISTED


def test_an_unknown_command_gets_an_error_frame(bench: Bench) -> None:
    """As the manual has it for a syntax that it does not know."""
    assert bench.ask(bytes.fromhex("0000FF02FED4999300")) == ACK + SYNTAX_ERROR


def test_its_own_faults_change_what_they_name(bench: Bench) -> None:
    """Each struck with certainty, then ended."""
    bench.put("uid:04002233")
    listed = bench.ask(ONE)[len(ACK) :]
    expected = {
        "pn532.no_ack": listed,
        "pn532.extra_zero": ACK + b"\0" + listed + b"\0",
        "pn532.syntax_error": ACK + SYNTAX_ERROR,
    }
    for name, said in expected.items():
        bench.ask(RELEASE)
        bench.device.faults.set(name, 1.0)
        assert bench.ask(ONE) == said
        bench.device.faults.set(name, 0.0)
    bench.ask(RELEASE)
    bench.device.faults.set("pn532.lost_zero", 1.0)
    assert len(bench.ask(ONE)) == len(ACK) + len(listed) - 1
    assert bench.reports[-1].fate == "destroyed"


def test_its_own_episodes_befall_it_and_pass(bench: Bench) -> None:
    """Until power is lost, the next command, or some seconds."""
    bench.put(CLASSIC)
    bench.device.strike("pn532.no_answer")
    assert bench.ask(ONE) == ACK
    assert bench.ask(ONE) == ACK + CLASSIC_LISTED
    bench.ask(RELEASE)
    bench.device.strike("pn532.no_postamble")
    assert bench.ask(ONE) == ACK[:-1] + CLASSIC_LISTED[:-1]
    bench.loop.pass_ms(3000)
    bench.ask(RELEASE)
    assert bench.ask(ONE) == ACK + CLASSIC_LISTED
    bench.device.strike("pn532.left_baud")
    assert bench.line.baud == LEFT_AT
    bench.device.strike("pn532.brown_out")
    assert bench.line.baud == 115200
    assert bench.ask(ONE) == b""


@pytest.mark.parametrize(("zeros", "end"), [("0", b""), ("1", b"\0"), ("2", b"\0\0")])
def test_a_variant_has_other_closing_zeros(hand_loop: Any, zeros: str, end: bytes) -> None:
    """For hosts that count on one."""
    bench = Bench(hand_loop, zeros=zeros).ready()
    bench.put(CLASSIC)

    assert bench.ask(ONE) == ACK[:-1] + end + CLASSIC_LISTED[:-1] + end


def test_a_variant_ignores_the_first_command_after_power(hand_loop: Any) -> None:
    """Then it is as any other."""
    bench = Bench(hand_loop, first="ignored")

    assert bench.ask(WAKE + SAM) == b""
    assert bench.ask(SAM).startswith(ACK)
