"""Facts of the ThingMagic wire that no general promise states."""

from __future__ import annotations

from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs import thingmagic_requests as tm
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.thingmagic_requests import message_crc
from gatekeeper.readers.codecs.thingmagic_table import FIELDS, Op, Status

TAG = bytes.fromhex(
    "FF2822000010001B01FF0101C4110E16400000012700000500000F00803000000000000000000000001545E94A561D"
)  # published
KEEP_ALIVE = bytes.fromhex("FF0022040084E0")  # captured
STOP = bytes.fromhex("FF032F0000025E86")  # captured


def nibbles(content: bytes) -> int:
    """The check as the SparkFun library computes it."""
    table = [0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
             0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF]  # fmt: skip
    value = 0xFFFF
    for byte in content:
        for nibble in (byte >> 4, byte & 0x0F):
            value = (value << 4 & 0xFFFF | nibble) ^ table[value >> 12]
    return value


def frame(text: str) -> bytes:
    """A frame from the length on; the check is put in."""
    body = bytes.fromhex(text)
    return b"\xff" + body + nibbles(body).to_bytes(2, "big")


def record(metadata: str, fields: str, told: str, *, kind: str = "01", bits: int = -1) -> bytes:
    """A streamed tag: its metadata flags, their fields, and PC to CRC."""
    bits = len(told) * 4 if bits < 0 else bits
    data = f"10001B{metadata}{kind}{fields}{bits:04X}{told}"
    return frame(f"{len(data) // 2:02X}220000{data}")


def decode(data: bytes) -> list[Frame]:
    codec = make_codec("thingmagic")
    return [*codec.feed(data), *codec.idle()]


def only(data: bytes) -> Frame:
    (found,) = decode(data)
    return found


@pytest.mark.parametrize(
    "published",
    [TAG, KEEP_ALIVE, STOP, *map(bytes.fromhex, ("FF0A2403E800000000000300EE589D",
     "FF04060001C200A460", "FF102F00000122000005072210001B03E801FFDD2B", "FF00031D0C"))],
)  # fmt: skip
def test_the_check_is_that_of_published_frames_and_not_ccitt_false(published: bytes) -> None:
    content, check = published[1:-2], int.from_bytes(published[-2:], "big")

    assert message_crc(content) == nibbles(content) == check
    assert crc_hqx(content, 0xFFFF) != check


@given(st.binary(min_size=2, max_size=300))
def test_the_check_is_the_nibble_wise_one_for_any_content(content: bytes) -> None:
    assert message_crc(content) == nibbles(content)


def test_a_frame_is_read_as_an_answer_before_it_is_read_as_a_command() -> None:
    """Cut so that both could be meant, the bytes that follow decide."""
    codec = make_codec("thingmagic")

    assert codec.feed(STOP) == []
    stop, beat = codec.feed(KEEP_ALIVE)
    assert isinstance(stop, Answer)
    assert isinstance(beat, Answer)
    assert (stop.name, stop.detail("direction")) == ("stop_reading", "host")
    assert (beat.name, beat.detail("direction")) == ("keep_alive", "reader")


def test_a_command_at_the_end_is_known_when_the_line_is_silent() -> None:
    codec = make_codec("thingmagic")

    assert codec.feed(STOP) == []
    assert [type(found) for found in codec.idle()] == [Answer]


@pytest.mark.parametrize(("ports", "antenna"), [(0x11, 1), (0x21, 2), (0x4F, 4), (0x01, 16)])
def test_the_antenna_is_the_port_that_transmitted(ports: int, antenna: int) -> None:
    whole = frame((TAG[1:13] + bytes([ports]) + TAG[14:-2]).hex())
    found = only(whole)

    assert isinstance(found, Tag)
    assert (found.antenna, found.detail("antenna_tx")) == (antenna, antenna)
    assert found.detail("antenna_rx") == (ports & 0x0F or 16)


@pytest.mark.parametrize("flags", [0x0000, 0x0006, 0x0046, 0x01FF, 0x0FFF, 0x0182])
def test_the_fields_are_those_that_the_metadata_name(flags: int) -> None:
    values = {"protocol": 5, "data": 0, "antenna": 0x22, "rssi": 0xC8}
    fields = "".join(
        f"{values.get(name, 7):0{2 * size}X}" for flag, name, size in FIELDS if flags & flag
    )
    whole = record(f"{flags:04X}", fields, "1000596F596FF313")
    found = only(whole)

    assert isinstance(found, Tag)
    assert found.credential == "epc:596F596F"
    assert found.rssi_dbm == (-56 if flags & 0x0002 else None)
    assert found.antenna == (2 if flags & 0x0004 else None)
    assert found.detail("freq_khz") == (7 if flags & 0x0008 else None)
    if flags & 0x0002 and flags & 0x0004:
        assert make_codec("thingmagic").encode(found) == whole


def test_embedded_data_stands_before_the_epc_and_is_kept() -> None:
    fields = "01C4110E1640000001270000050020DEADBEEF0F"
    found = only(record("01FF", fields, "1000596F596FF313"))

    assert isinstance(found, Tag)
    assert found.credential == "epc:596F596F"
    assert (found.detail("data_bits"), found.detail("data")) == (32, "DEADBEEF")
    assert found.detail("gpio") == 15


@pytest.mark.parametrize(
    ("told", "epc", "xpc"),
    [
        ("1000596F596FF313", "596F596F", None),
        ("12000001596F596FF313", "596F596F", "0001"),
        ("1A000001596F596FF313", "596F596F", "0001"),  # PC may count the XPC as well
        ("120080011234596F596FF313", "596F596F", "80011234"),
    ],
)
def test_words_of_xpc_are_no_part_of_the_epc(told: str, epc: str, xpc: str | None) -> None:
    found = only(record("0006", "C411", told))

    assert isinstance(found, Tag)
    assert (found.credential, found.detail("xpc")) == (f"epc:{epc}", xpc)


@pytest.mark.parametrize(
    ("told", "bits"),
    [
        ("3000596F596FF313", -1),  # PC says six words
        ("1000596F596FF313", 0x30),  # the bits say less than there is
        ("1000596F596FF313", 0x41),  # no whole words
        ("1000", 0x10),
    ],
)
def test_a_record_that_contradicts_itself_is_garbage(told: str, bits: int) -> None:
    bad = record("0006", "C411", told, bits=bits)

    assert decode(bad + KEEP_ALIVE)[-1] == decode(KEEP_ALIVE)[0]
    assert not [f for f in decode(bad) if isinstance(f, Tag)]


@pytest.mark.parametrize("length", [0x29, 0x50, 0xFF])
def test_a_damaged_length_does_not_hold_the_decoder(length: int) -> None:
    codec = make_codec("thingmagic")
    bad = TAG[:1] + bytes([length]) + TAG[2:]

    assert [type(f) for f in codec.feed(bad + TAG)] == [Garbage, Tag]


def test_a_blank_tag_and_one_of_another_protocol_name_nobody() -> None:
    blank = only(record("0006", "C411", "00001D0F"))
    other = only(record("0046", "C41103", "1000596F596FF313"))

    assert isinstance(blank, Answer)
    assert isinstance(other, Answer)
    assert (blank.name, other.name) == ("tag_without_epc", "other_tag")
    assert make_codec("thingmagic").encode(blank) == blank.raw


def test_a_record_that_is_no_tag_is_a_report() -> None:
    found = only(record("0006", "C411", "1000596F596FF313", kind="02"))

    assert isinstance(found, Answer)
    assert found.name == "status_report"


@pytest.mark.parametrize("status", [s for s in Status if s not in (0, Status.NO_TAGS_FOUND)])
def test_every_status_has_its_name(status: Status) -> None:
    found = only(frame(f"0022{status:04X}"))

    assert isinstance(found, Answer)
    assert (found.name, found.detail("status")) == (status.name.lower(), status)


def test_an_unknown_status_keeps_its_number() -> None:
    found = only(frame("00220666"))

    assert isinstance(found, Answer)
    assert (found.name, found.detail("status")) == ("status_0666", 0x0666)


def test_no_tags_is_a_keep_alive_only_in_a_stream() -> None:
    found = only(frame("00210400"))

    assert isinstance(found, Answer)
    assert found.name == "no_tags_found"


def test_an_opcode_of_no_module_is_no_frame() -> None:
    assert decode(frame("00440000")) == [Garbage(GarbageReason.FRAMING, frame("00440000"))]


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        # All but the last three are captured.
        (tm.stop_reading(), "FF032F0000025E86"),
        (tm.start_reading(), "FF102F00000122000005072210001B03E801FFDD2B"),
        (tm.get_version(), "FF00031D0C"),
        (tm.get_current_program(), "FF000C1D03"),
        (tm.set_baud_rate(115200), "FF04060001C200A460"),
        (tm.set_region(0x0D), "FF01970D4BB0"),
        (tm.set_read_power(27), "FF02920A8C4BD5"),
        (tm.set_read_filter(on=False), "FF039A010C00A35D"),
        (tm.set_read_filter(on=True), "FF039A010C01A35C"),
        (tm.set_antennas([1]), "FF039102010142C5"),
        (tm.set_antennas([1, 16]), frame("0591020101" + "1010").hex().upper()),
        (tm.set_gen2(), frame("02930005").hex().upper()),
        (tm.boot_firmware(), frame("0004").hex().upper()),
    ],
)
def test_commands_are_these_bytes(request_: tm.Request, wire: str) -> None:
    assert request_.to_bytes().hex().upper() == wire


@pytest.mark.parametrize(
    "build",
    [
        lambda: tm.set_antennas([]),
        lambda: tm.set_antennas([0]),
        lambda: tm.set_antennas([17]),
        lambda: tm.set_read_power(34),
        lambda: tm.Request(Op.WRITE_TAG_DATA, bytes(256)).to_bytes(),
    ],
)
def test_a_command_that_the_wire_cannot_carry_is_refused(build: object) -> None:
    with pytest.raises(CodecError, match=r"seen; .+ due"):
        build()  # type: ignore[operator]


def test_a_tag_without_details_is_what_a_plain_module_would_send() -> None:
    made = make_codec("thingmagic").encode(Tag("epc:596F596F", 2, -57))
    found = only(made)

    assert isinstance(found, Tag)
    assert (found.credential, found.antenna, found.rssi_dbm) == ("epc:596F596F", 2, -57)
    assert (found.detail("pc"), found.detail("tag_crc")) == ("1000", "F313")
