"""Facts of single wires that no general promise states."""

from __future__ import annotations

import pytest

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import make_codec
from gatekeeper.readers.codecs import r2000_requests as r2000
from gatekeeper.readers.codecs.frames import Answer, Garbage, GarbageReason, Tag
from gatekeeper.readers.codecs.r2000_table import Status

TAG = bytes.fromhex("A01301898C3000300833B2DDD901400000000137BB")  # published
END = bytes.fromhex("A00A018B00001900000001B0")  # published


def a0(text: str) -> bytes:
    content = bytes.fromhex(text)
    frame = bytes([0xA0, len(content) + 1]) + content
    return frame + bytes([-sum(frame) & 0xFF])


def decode(data: bytes, wire: str = "r2000", **options: str) -> list[object]:
    codec = make_codec(wire, options)
    return [*codec.feed(data), *codec.idle()]


@pytest.mark.parametrize("damaged", [0x14, 0x40, 0xFF])
def test_a_damaged_length_is_refused_at_the_pc_word(damaged: int) -> None:
    codec = make_codec("r2000")
    bad = TAG[:1] + bytes([damaged]) + TAG[2:]

    assert [type(frame) for frame in codec.feed(bad + TAG)] == [Garbage, Tag]


def test_a_frame_whose_pc_contradicts_its_length_is_no_tag() -> None:
    bad = a0("01898C3000300833B2DDD90140000000010037")

    assert decode(bad) == [Garbage(GarbageReason.LENGTH, bad)]


def test_phase_is_taken_by_length_unless_told_otherwise() -> None:
    with_phase = a0("01898C1000ABCDEF01370102")
    plain = a0("01898C1000ABCDEF0137")
    tags = [("phase", 0x0102), None]

    assert [frame.details[-1] for frame in decode(with_phase)] == [tags[0]]  # type: ignore[attr-defined]
    assert decode(with_phase)[0].credential == decode(plain)[0].credential == "epc:ABCDEF01"  # type: ignore[attr-defined]
    assert isinstance(decode(with_phase, phase="off")[0], Garbage)
    assert isinstance(decode(plain, phase="on")[0], Garbage)
    assert isinstance(decode(with_phase, phase="on")[0], Tag)


def test_a_bad_frame_is_one_piece_of_garbage_whatever_is_inside() -> None:
    """An EPC that holds a frame whose own check is wrong too."""
    whole = bytearray(a0("01898C3000A00401892200112233445566" + "37"))
    whole[-1] ^= 0x55

    assert decode(bytes(whole) + END) == [
        Garbage(GarbageReason.CHECKSUM, bytes(whole)),
        *decode(END),
    ]


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.SUCCESS])
def test_every_error_code_has_its_name(status: Status) -> None:
    (frame,) = decode(a0(f"0189{status:02X}"))

    assert isinstance(frame, Answer)
    assert (frame.name, frame.detail("code")) == (status.name.lower(), status)


def test_an_unknown_code_keeps_its_number() -> None:
    (frame,) = decode(a0("017099"))

    assert isinstance(frame, Answer)
    assert (frame.name, frame.detail("code")) == ("status_99", 0x99)


def test_fast_switch_has_its_own_end_and_errors() -> None:
    end, error = decode(a0("018A00001200000150") + a0("018A0222"))

    assert isinstance(end, Answer)
    assert isinstance(error, Answer)
    assert (end.name, end.detail("total_read"), end.detail("duration_ms")) == (
        "round_end", 0x12, 0x150,
    )  # fmt: skip
    assert (error.name, error.detail("antenna"), error.detail("code")) == (
        "antenna_missing", 3, 0x22,
    )  # fmt: skip


def test_a_blank_tag_names_nobody() -> None:
    (frame,) = decode(a0("01898D000040"))

    assert isinstance(frame, Answer)
    assert (frame.name, frame.detail("antenna")) == ("tag_without_epc", 2)


@pytest.mark.parametrize("words", [1, 2, 6, 8, 31])
def test_an_epc_has_as_many_words_as_pc_says(words: int) -> None:
    epc = "0123" * words
    (frame,) = decode(a0(f"01898C{words << 11:04X}{epc}37"))

    assert isinstance(frame, Tag)
    assert frame.credential == f"epc:{epc}"


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        (r2000.set_work_antenna(1, 1), "A004017400E7"),  # published
        (r2000.session_inventory(1, 0, 1, 1), "A006018B010001CC"),  # published
        (r2000.real_time_inventory(1, 1), "A004018901D1"),
        (r2000.real_time_inventory(), "A004FF89FFD5"),
        (r2000.reset(), "A003FF70EE"),
        (r2000.get_firmware_version(), "A003FF72EC"),
    ],
)
def test_commands_are_these_bytes(request_: r2000.Request, wire: str) -> None:
    assert request_.to_bytes().hex().upper() == wire


@pytest.mark.parametrize(
    "build",
    [
        lambda: r2000.set_work_antenna(0),
        lambda: r2000.set_work_antenna(9),
        lambda: r2000.session_inventory(4),
        lambda: r2000.session_inventory(0, 2),
        lambda: r2000.Request(r2000.Command.WRITE, bytes(253)).to_bytes(),
        lambda: r2000.Request(r2000.Command.RESET, address=256).to_bytes(),
    ],
)
def test_a_command_that_the_wire_cannot_carry_is_refused(build: object) -> None:
    with pytest.raises(CodecError, match=r"seen; .+ due"):
        build()  # type: ignore[operator]


def test_small_hex_digits_are_no_rdm6300_frame() -> None:
    """One flipped bit turns A into a, and the value would stay the same."""
    held = bytes.fromhex("0236324533303836434544303803")

    assert isinstance(decode(held, "rdm6300")[0], Tag)
    assert isinstance(decode(held.lower(), "rdm6300")[0], Garbage)


def test_an_rdm6300_frame_that_ends_early_is_cut_short() -> None:
    assert decode(b"\x0262E308\x03", "rdm6300") == [
        Garbage(GarbageReason.LENGTH, b"\x0262E308\x03")
    ]


def test_a_start_inside_a_frame_begins_anew() -> None:
    held = bytes.fromhex("0236324533303836434544303803")

    found = decode(held[:6] + held, "rdm6300")

    assert [type(frame) for frame in found] == [Garbage, Tag]


@pytest.mark.parametrize("antenna", range(1, 9))
def test_a_model_with_eight_antennas_tells_the_second_four_by_the_rssi(antenna: int) -> None:
    """Two bits of FreqAnt, and bit 7 of RSSI, which is then no part of the strength."""
    group, port = divmod(antenna - 1, 4)
    frame = a0(f"0189{0x8C | port:02X}3000300833B2DDD9014000000001{55 | group << 7:02X}")

    (tag,) = decode(frame, ports="8")

    assert isinstance(tag, Tag)
    assert (tag.antenna, tag.rssi_dbm, tag.detail("rssi_raw")) == (antenna, -74, 55 | group << 7)
    assert make_codec("r2000", {"ports": "8"}).encode(tag) == frame


def test_a_round_of_a_model_with_eight_antennas_ends_on_its_own() -> None:
    end = a0("018B0600190000000A")

    (eight,), (four,) = decode(end, ports="8"), decode(end)

    assert isinstance(eight, Answer)
    assert isinstance(four, Answer)
    assert (eight.detail("antenna"), four.detail("antenna")) == (7, 3)


def test_no_tag_of_four_antennas_is_made_for_a_fifth() -> None:
    with pytest.raises(CodecError, match="antenna"):
        make_codec("r2000").encode(Tag("epc:300833B2DDD9014000000001", 5, -74))
