"""Facts of the M100 wire that no general promise states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import m100_requests as m100
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.gen2 import tag_crc
from gatekeeper.readers.codecs.m100_table import REGIONS, Command, Error, Type

TAG = bytes.fromhex("BB02220011C9340030751FEB705C5904E3D50D703A76EF7E")  # published
NO_TAG = bytes.fromhex("BB01FF000115167E")  # published


def frame(text: str) -> bytes:
    """A frame from type on; length and check are put in."""
    content = bytes.fromhex(text)
    body = content[:2] + (len(content) - 2).to_bytes(2, "big") + content[2:]
    return b"\xbb" + body + bytes([sum(body) & 0xFF, 0x7E])


def notice(epc: str, pc: str = "", rssi: str = "C9") -> bytes:
    told = bytes.fromhex((pc or f"{len(epc) // 4 << 11:04X}") + epc)
    return frame(f"0222{rssi}{told.hex()}{tag_crc(told):04X}")


def decode(data: bytes) -> list[Frame]:
    codec = make_codec("m100")
    return [*codec.feed(data), *codec.idle()]


@pytest.mark.parametrize(
    ("content", "crc"),
    [
        ("340030751FEB705C5904E3D50D70", 0x3A76),
        ("3400E200471BB0006013044509D0", 0x9582),
        ("3000E200001D7315016521408FC6", 0xB83E),
        ("1000596F596F", 0xF313),
    ],
)
def test_the_crc_of_a_tag_is_that_of_published_reads(content: str, crc: int) -> None:
    assert tag_crc(bytes.fromhex(content)) == crc


@given(st.integers(6, 17), st.integers(1, 255), st.integers(6, 17), st.integers(1, 255))
def test_two_damages_that_leave_the_sum_right_are_found_by_the_tags_own_crc(
    place: int, flip: int, other: int, more: int
) -> None:
    hurt = bytearray(TAG)
    hurt[place] ^= flip
    hurt[other] ^= more
    if hurt == TAG:
        return
    hurt[-2] = sum(hurt[1:-2]) & 0xFF

    found = decode(bytes(hurt) + TAG)

    assert [type(f) for f in found][-1] is Tag
    assert found[-1] == decode(TAG)[0]
    assert not [f for f in found[:-1] if isinstance(f, Tag)]


@pytest.mark.parametrize("words", [1, 2, 6, 8, 31])
@pytest.mark.parametrize("low", [0x000, 0x400, 0x7FF])
def test_an_epc_has_as_many_words_as_pc_says(words: int, low: int) -> None:
    epc = "7EBB" * words
    (found,) = decode(notice(epc, f"{words << 11 | low:04X}"))

    assert isinstance(found, Tag)
    assert found.credential == f"epc:{epc}"
    assert found.antenna is None


def test_a_notice_whose_pc_contradicts_its_length_is_refused_at_the_pc_word() -> None:
    codec = make_codec("m100")
    bad = notice("30751FEB705C5904E3D50D70", "4000")

    assert [type(f) for f in codec.feed(bad[:7] + TAG)] == [Garbage, Tag]
    assert decode(bad) == [Garbage(GarbageReason.LENGTH, bad)]


@pytest.mark.parametrize("length", ["0111", "FF11", "0044", "00FF"])
def test_a_damaged_length_does_not_hold_the_decoder(length: str) -> None:
    codec = make_codec("m100")
    bad = TAG[:3] + bytes.fromhex(length) + TAG[5:]

    found = codec.feed(bad + NO_TAG)

    assert isinstance(found[-1], Answer)


@pytest.mark.parametrize(("rssi", "dbm"), [("80", -128), ("C9", -55), ("FF", -1), ("7F", 127)])
def test_the_level_is_a_signed_byte(rssi: str, dbm: int) -> None:
    (found,) = decode(notice("1234", rssi=rssi))

    assert isinstance(found, Tag)
    assert found.rssi_dbm == dbm


def test_a_blank_tag_names_nobody() -> None:
    (found,) = decode(notice(""))

    assert isinstance(found, Answer)
    assert (found.name, found.detail("type")) == ("tag_without_epc", "notice")
    assert make_codec("m100").encode(found) == notice("")


def test_the_end_byte_is_part_of_a_frame() -> None:
    assert decode(TAG[:-1] + b"\x7f") == [Garbage(GarbageReason.FRAMING, TAG[:-1] + b"\x7f")]


@pytest.mark.parametrize("error", list(Error))
def test_every_error_has_its_name(error: Error) -> None:
    (found,) = decode(frame(f"01FF{error:02X}"))

    assert isinstance(found, Answer)
    assert (found.name, found.detail("code")) == (error.name.lower(), error)


def test_an_error_of_a_tag_keeps_its_number() -> None:
    (found,) = decode(frame("01FFB3"))

    assert isinstance(found, Answer)
    assert (found.name, found.detail("code")) == ("error_b3", 0xB3)


def test_an_error_that_names_its_tag_has_the_length_of_it() -> None:
    good = frame("01FF160E340030751FEB705C5904E3D50D70")
    bad = frame("01FF160C340030751FEB705C5904E3D50D70")

    assert isinstance(decode(good)[0], Answer)
    assert decode(bad) == [Garbage(GarbageReason.LENGTH, bad)]


def test_both_directions_are_told_apart() -> None:
    command, answer = decode(bytes.fromhex("BB00280000287E" + "BB01280001002A7E"))

    assert isinstance(command, Answer)
    assert isinstance(answer, Answer)
    assert (command.name, command.detail("type")) == ("stop", "command")
    assert (answer.name, answer.detail("type")) == ("stop", "answer")


def test_a_command_of_another_make_is_no_frame() -> None:
    assert decode(frame("000F01")) == [Garbage(GarbageReason.FRAMING, frame("000F01"))]


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        # All but the last two are published.
        (m100.stop(), "BB00280000287E"),
        (m100.module_info(), "BB00030001000" + "47E"),
        (m100.multi_poll(10000), "BB00270003222710837E"),
        (m100.multi_poll(65535), "BB0027000322FFFF4A7E"),
        (m100.set_power(20), "BB00B6000207D08F7E"),
        (m100.set_region(REGIONS["china900"]), "BB00070001010" + "97E"),
        (m100.set_baud(19200), "BB0011000200C0D37E"),
        (m100.set_baud(115200), "BB001100020480977E"),
        (m100.set_region(REGIONS["korea"]), "BB000700010" + "60E7E"),
    ],
)
def test_commands_are_these_bytes(request_: m100.Request, wire: str) -> None:
    assert request_.to_bytes().hex().upper() == wire


@pytest.mark.parametrize(
    "build",
    [
        lambda: m100.multi_poll(0),
        lambda: m100.multi_poll(65536),
        lambda: m100.set_power(34),
        lambda: m100.set_power(-1),
        lambda: m100.set_baud(115250),
        lambda: m100.set_baud(0),
        lambda: m100.Request(Command.WRITE_TAG, bytes(256)).to_bytes(),
    ],
)
def test_a_command_that_the_wire_cannot_carry_is_refused(build: object) -> None:
    with pytest.raises(CodecError, match=r"seen; .+ due"):
        build()  # type: ignore[operator]


def test_a_tag_without_details_is_what_a_plain_reader_would_send() -> None:
    codec = make_codec("m100")
    made = codec.encode(Tag("epc:E200471BB0006013044509D0", None, -53))

    assert made == notice("E200471BB0006013044509D0", rssi="CB")
    assert Type(made[1]) is Type.NOTICE
