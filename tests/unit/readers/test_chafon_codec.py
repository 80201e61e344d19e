"""What the Chafon wire has beyond other wires: no start byte, two layouts, lists of tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CodecError
from gatekeeper.readers.codecs import chafon_requests as host
from gatekeeper.readers.codecs.chafon import ChafonCodec
from gatekeeper.readers.codecs.chafon_table import Command
from gatekeeper.readers.codecs.frames import Answer, Frame, Garbage, GarbageReason, Tag, as_line

TAG = bytes.fromhex("1500010301010C3039606303C74380001A055940F93E")
TWO = bytes.fromhex("2300010301020C0000000000000000000003136B0C0000000000000000000003146C70F2")

epcs = st.integers(1, 31).flatmap(lambda words: st.binary(min_size=2 * words, max_size=2 * words))


def checked(body: bytes) -> bytes:
    """`body` with its length and check, the CRC bit by bit as the manual has it."""
    whole = bytes([len(body) + 2]) + body
    register = 0xFFFF
    for byte in whole:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x8408 if register & 1 else 0)
    return whole + bytes([register & 0xFF, register >> 8])


def listing(layout: str, tags: list[tuple[bytes, int]], *, antennas: int = 1) -> bytes:
    body = bytes([0x00, 0x01, 0x03]) + (bytes([antennas]) if layout == "288" else b"")
    body += bytes([len(tags)])
    for epc, rssi in tags:
        body += bytes([len(epc)]) + epc + (bytes([rssi]) if layout == "288" else b"")
    return checked(body)


def decode(data: bytes, layout: str = "288") -> list[Frame]:
    codec = ChafonCodec({"layout": layout})
    return codec.feed(data) + codec.idle()


def tags(frames: list[Frame]) -> list[Tag]:
    return [frame for frame in frames if isinstance(frame, Tag)]


def test_the_check_is_the_catalogues() -> None:
    """CRC-16/MCRF4XX of "123456789" is 6F91; low byte first on this wire."""
    assert host.crc16(b"123456789") == bytes.fromhex("916F")


@given(st.binary(max_size=256))
def test_the_check_is_that_of_the_manual_for_any_bytes(data: bytes) -> None:
    whole = bytes([len(data[:250]) + 2]) + data[:250]

    assert whole + host.crc16(whole) == checked(data[:250])
    assert host.is_sound(whole + host.crc16(whole))


@pytest.mark.parametrize("layout", ["288", "18"])
@given(st.lists(st.tuples(epcs, st.integers(0, 255)), min_size=1, max_size=20), st.binary())
def test_a_list_yields_a_tag_for_each_entry_and_each_byte_once(
    layout: str, entries: list[tuple[bytes, int]], noise: bytes
) -> None:
    while sum(len(epc) + 2 for epc, _ in entries) > 245:
        entries.pop()
    data = listing(layout, entries)

    found = decode(data, layout)
    cut = ChafonCodec({"layout": layout})
    parts = [frame for byte in data for frame in cut.feed(bytes([byte]))]

    assert [f.credential for f in tags(found)] == [f"epc:{e.hex().upper()}" for e, _ in entries]
    assert parts == found
    assert b"".join(frame.raw for frame in found) == data
    assert b"".join(f.raw for f in decode(noise[:40] + data, layout)) == noise[:40] + data
    if layout == "288":
        assert [f.detail("rssi_raw") for f in tags(found)] == [rssi for _, rssi in entries]
    if len(entries) > 1:
        told = [(f.detail("number"), f.detail("tags")) for f in tags(found)]
        assert told == [(number, len(entries)) for number in range(1, len(entries) + 1)]


def test_only_the_first_tag_of_a_frame_shows_its_bytes() -> None:
    first, second = (as_line(frame) for frame in decode(TWO))

    assert first["frame"] == TWO.hex().upper()
    assert "frame" not in second
    assert (first["rssi_raw"], second["rssi_raw"]) == (0x6B, 0x6C)
    assert "rssi_dbm" not in first


@given(st.lists(st.tuples(epcs, st.integers(0, 255)), min_size=2, max_size=6), st.data())
def test_damage_to_a_list_costs_the_list_and_no_neighbour(
    entries: list[tuple[bytes, int]], data: st.DataObject
) -> None:
    while sum(len(epc) + 2 for epc, _ in entries) > 245:
        entries.pop()
    hurt = bytearray(listing("288", entries))
    hurt[data.draw(st.integers(0, len(hurt) - 1))] ^= data.draw(st.integers(1, 255))

    found = decode(TAG + bytes(hurt) + TWO)

    assert tags(found) == tags(decode(TAG + TWO))


@pytest.mark.parametrize("layout", ["288", "18"])
def test_a_list_of_the_other_layout_is_refused_for_its_length(layout: str) -> None:
    other = "18" if layout == "288" else "288"
    data = listing(other, [(bytes.fromhex("49440000000000000A000334"), 64)])

    assert decode(data, layout) == [Garbage(GarbageReason.LENGTH, data)]


def test_a_list_that_contradicts_its_length_holds_nothing_up() -> None:
    """Refused at the entry that tells, not after 256 bytes of waiting."""
    codec = ChafonCodec()
    false = bytes.fromhex("FA000103010C") + b"\x05"

    codec.feed(false)
    found = codec.feed(TAG)

    assert [frame.credential for frame in tags(found)] == ["epc:3039606303C74380001A0559"]


@pytest.mark.parametrize(
    ("mask", "antenna"), [(1, 1), (2, 2), (4, 3), (8, 4), (0x80, 8), (5, None), (0, None)]
)
def test_one_bit_of_the_mask_is_an_antenna(mask: int, antenna: int | None) -> None:
    (tag,) = tags(decode(listing("288", [(bytes(12), 1)], antennas=mask)))

    assert (tag.antenna, tag.detail("antenna_mask")) == (antenna, mask)


def test_a_blank_tag_names_nobody_and_hides_nobody() -> None:
    data = listing("288", [(b"", 40), (bytes.fromhex("E2004074"), 50)])

    blank, tag = decode(data)

    assert isinstance(blank, Answer)
    assert isinstance(tag, Tag)
    assert (blank.name, blank.raw, tag.credential) == ("tag_without_epc", data, "epc:E2004074")


@pytest.mark.parametrize("size", [3, 63, 64])
def test_an_epc_of_half_words_or_too_many_is_refused(size: int) -> None:
    assert tags(decode(listing("288", [(bytes(size), 1)]))) == []


def test_what_a_pushing_reader_sends_tells_its_layout_by_its_length() -> None:
    whole = checked(bytes.fromhex("00EE00" + "010C" + "300833B2DDD9014000000001" + "40"))
    words = checked(bytes.fromhex("00EE00" + "300833B2DDD9014000000001"))

    for layout in ("288", "18"):
        for data, antenna in ((whole, 1), (words, None)):
            (tag,) = tags(decode(data, layout))

            assert tag.credential == "epc:300833B2DDD9014000000001"
            assert tag.antenna == antenna


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        ("0001F8", "antenna_error"),
        ("0001FB", "no_tag"),
        ("000102", "scan_timeout"),
        ("000126" + "01" + "0019" + "0000002A", "statistics"),
        ("0035FE", "illegal_command"),
        ("0076FF", "wrong_parameter"),
        ("007600", "set_work_mode"),
        ("004C00" + "01020304", "get_serial_number"),
        ("FF01" + "0F0001000000008014", "inventory"),
        ("00EE28", "heartbeat"),
        ("00EE28" + "00" * 8, "heartbeat"),
        ("00EE28" + "00" * 16, "heartbeat"),
        ("00EEF8", "antenna_error"),
    ],
)
def test_answers_that_are_no_tag_have_names(frame: str, name: str) -> None:
    (answer,) = decode(checked(bytes.fromhex(frame)))

    assert isinstance(answer, Answer)
    assert answer.name == name


def test_an_unknown_model_is_told_by_the_length_of_its_information() -> None:
    short = checked(bytes.fromhex("002100" + "0001" + "3303" + "4E00" + "1E0A"))
    long = checked(bytes.fromhex("002100" + "0001" + "3303" + "4E00" + "1E0A" + "01000000"))

    told = [decode(data)[0] for data in (short, long)]

    assert [t.detail("layout") for t in told if isinstance(t, Answer)] == ["18", "288"]
    assert all(t.detail("model") == "type 33" for t in told if isinstance(t, Answer))


def test_the_commands_of_the_host_are_the_published_ones() -> None:
    assert host.inventory_18(0).to_bytes() == bytes.fromhex("040001DB4B")
    assert host.get_reader_information(0).to_bytes() == bytes.fromhex("040021D96A")
    request = host.inventory_288(1, q=15, session=0, scan=0x14)
    assert request.data == bytes.fromhex("0f0001000000008014")  # wabson/chafon-rfid's default


@pytest.mark.parametrize("antenna", [0, 17])
def test_a_round_on_an_antenna_that_no_reader_has_is_refused(antenna: int) -> None:
    with pytest.raises(CodecError, match=rf"antenna {antenna}, .+ are due"):
        host.inventory_288(antenna, q=4, session=0, scan=3)


def test_data_that_is_too_long_is_refused() -> None:
    with pytest.raises(CodecError, match="252 data bytes to address 0 seen; at most 251"):
        host.Request(Command.WRITE_DATA, bytes(252), 0).to_bytes()
