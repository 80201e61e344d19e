"""What the PN532's wire has beyond other wires: free zeros, two cards in a frame, a weak sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import pn532_requests as host
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, Tag, as_line
from gatekeeper.readers.codecs.pn532 import Pn532Codec
from gatekeeper.readers.codecs.pn532_table import Command, card_type

CARD = bytes.fromhex("0000FF0CF4D54B01010004080424D34F592F00")
NTAG = bytes.fromhex("0000FF0FF1D54B01010044000704416D412B0289EA00")
ACK = bytes.fromhex("0000FF00FF00")
UID = "uid:24D34F59"


def decode(data: bytes) -> list[Frame]:
    codec = Pn532Codec()
    return codec.feed(data) + codec.idle()


def good(data: bytes) -> list[str]:
    """Credentials and names of what is no garbage."""
    return [
        frame.credential if isinstance(frame, Tag) else frame.name
        for frame in decode(data)
        if not isinstance(frame, Garbage)
    ]


def listed(*targets: str) -> bytes:
    """A list of targets, put together from the datasheet's table."""
    content = bytes([0xD5, 0x4B, len(targets)]) + bytes.fromhex("".join(targets))
    head = bytes([0, 0, 0xFF, len(content), -len(content) & 0xFF])
    return head + content + bytes([-sum(content) & 0xFF, 0])


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_any_number_of_zeros_around_frames_shifts_nothing(one: int, two: int, three: int) -> None:
    core, ack = CARD.strip(b"\0"), ACK.strip(b"\0")
    stream = bytes(one + 1) + ack + bytes(two + 1) + core + bytes(three)

    assert good(stream) == ["ack", UID]


def test_one_zero_between_two_frames_closes_the_one_and_starts_the_other() -> None:
    core, ack = CARD.strip(b"\0"), ACK.strip(b"\0")
    stream = b"\0" + ack + b"\0" + core + b"\0" + core + b"\xff\x00" + ack + b"\0\xff"

    assert good(stream) == ["ack", UID, UID, "ack"]
    assert b"".join(frame.raw for frame in decode(stream)) == stream
    codec = Pn532Codec()
    parts = [frame for byte in stream for frame in codec.feed(bytes([byte]))] + codec.idle()
    assert parts == decode(stream)


@given(st.integers(0, 12))
def test_a_frame_needs_the_zero_of_its_start_code_and_no_other(zeros: int) -> None:
    assert good(CARD.strip(b"\0") + bytes(zeros)) == []
    assert good(b"\x55\0" + CARD.strip(b"\0") + bytes(zeros)) == [UID]


def test_all_but_the_closing_zero_waits_for_it_and_says_so() -> None:
    codec = Pn532Codec()

    assert codec.feed(CARD[:-2]) == []
    assert not codec.lacks_postamble
    assert codec.feed(CARD[-2:-1]) == []
    assert codec.lacks_postamble
    (tag,) = codec.idle()
    assert tag.raw == CARD[:-1]
    assert not codec.lacks_postamble
    assert codec.feed(CARD) != []
    assert not codec.lacks_postamble


@pytest.mark.parametrize("frame", [CARD, NTAG, host.frame(CARD[5:-2], extended=True)])
def test_damage_between_the_zeros_costs_the_frame(frame: bytes) -> None:
    """Every byte that a check covers, and the start code, damaged to every other value."""
    for place in range(1, len(frame) - 1):
        for value in set(range(256)) - {frame[place]}:
            damaged = frame[:place] + bytes([value]) + frame[place + 1 :]
            found = good(NTAG + damaged + NTAG)
            tags = [name for name in found if name.startswith("uid:")]

            assert tags == ["uid:04416D412B0289"] * 2, (place, value)


@given(st.sampled_from([4, 7, 10]), st.data())
def test_a_lost_byte_makes_no_other_card(size: int, data: st.DataObject) -> None:
    """Also where it was a zero, which the sum does not miss."""
    byte = st.sampled_from([0, 0, 4, 0xFF]) | st.integers(0, 255)
    uid = bytes(data.draw(st.lists(byte, min_size=size, max_size=size)))
    whole = listed("01" + "0044" + "00" + f"{size:02X}" + uid.hex())
    place = data.draw(st.integers(3, len(whole) - 2))

    found = good(whole[:place] + whole[place + 1 :])

    assert [name for name in found if name.startswith("uid:")] in ([], [f"uid:{uid.hex().upper()}"])


def test_two_cards_of_one_frame_are_two_tags_and_their_bytes_are_counted_once() -> None:
    data = listed("010004080424D34F59", "0200440007" + "04416D412B0289")

    first, second = decode(data)

    assert (first.raw, second.raw) == (data, b"")
    assert isinstance(first, Tag)
    assert isinstance(second, Tag)
    assert (first.credential, second.credential) == (UID, "uid:04416D412B0289")
    assert (first.detail("targets"), second.detail("target")) == (2, 2)
    assert as_line(first)["frame"] == data.hex().upper()
    assert "frame" not in as_line(second)


def test_an_ats_belongs_to_its_card() -> None:
    """Told by ISO 14443-4 cards, unless the chip was set not to ask for it."""
    desfire, ats = "0344200704A1B2C3D4E5F6", "067577810280"

    with_one = decode(listed("01" + desfire + ats, "02" + "000408" + "0424D34F59"))
    without = decode(listed("01" + desfire, "02" + "000408" + "0424D34F59"))

    for frames, due in ((with_one, ats), (without, None)):
        assert [f.credential for f in frames if isinstance(f, Tag)] == ["uid:04A1B2C3D4E5F6", UID]
        assert [f.detail("ats") for f in frames if isinstance(f, Tag)] == [due, None]


@pytest.mark.parametrize(
    "targets",
    [
        ("01" + "0004" + "08" + "05" + "0102030405",),  # no such size of UID
        ("01" + "0004" + "08" + "04" + "010203",),  # UID cut short
        ("01" + "0004" + "08" + "04" + "01020304" + "FF",),  # more than a target
        ("01" + "FF0114" + "0102030405060708090A0B0C0D0E0F1011",),  # FeliCa
    ],
)
def test_a_list_that_is_none_of_type_a_cards_is_an_answer_with_its_bytes(
    targets: tuple[str, ...],
) -> None:
    (answer,) = decode(listed(*targets))

    assert isinstance(answer, Answer)
    assert answer.name == "in_list_passive_target"
    assert answer.detail("data") == "01" + targets[0]


def test_a_longer_length_than_a_chip_has_is_refused_at_once() -> None:
    codec = Pn532Codec()

    codec.feed(bytes.fromhex("0000FFFFFF010AF5"))

    assert codec.feed(CARD)[-1].raw == CARD


@pytest.mark.parametrize(
    ("sak", "kind"),
    [(0x08, "MIFARE Classic 1K"), (0x20, "ISO 14443-4 (DESFire and others)"), (0x77, "SAK 77")],
)
def test_the_select_acknowledge_names_the_type(sak: int, kind: str) -> None:
    assert card_type(sak) == kind


def test_the_commands_of_the_host_are_the_published_ones() -> None:
    assert host.get_firmware_version() == bytes.fromhex("0000FF02FED4022A00")
    assert host.in_list_passive_target(1) == bytes.fromhex("0000FF04FCD44A0100E100")
    assert host.limit_activation_tries(1) == bytes.fromhex("0000FF06FAD43205FF0101F400")
    assert host.ABORT == ACK
    assert host.request(Command.SET_SERIAL_BAUD_RATE, b"\6") == bytes.fromhex(
        "0000FF03FDD410061600"
    )


@pytest.mark.parametrize("size", [0, 266])
def test_content_that_no_frame_carries_is_refused(size: int) -> None:
    with pytest.raises(CodecError, match=rf"pn532: {size} bytes of content seen; 1 to 265 are due"):
        host.frame(bytes(size))


def test_more_than_two_targets_are_refused() -> None:
    with pytest.raises(CodecError, match="3 targets seen; 1 or 2 are due"):
        host.in_list_passive_target(3)
